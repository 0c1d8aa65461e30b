//! Hearing many at once.

use super::Client;

/// What one talker receives, read as it comes: every relay ends with a semicolon here, so that it
/// does not matter what was joined.
pub(crate) struct Tape<'c> {
    client: &'c mut Client,
    pub(crate) heard: String,
    pub(crate) relays: Vec<String>,
    acknowledged: usize,
    understood: usize,
}

impl<'c> Tape<'c> {
    pub(crate) fn of(client: &'c mut Client) -> Self {
        Self { client, heard: String::new(), relays: vec![], acknowledged: 0, understood: 0 }
    }

    /// Says something, and listens to everybody until it is acknowledged.
    #[track_caller]
    pub(crate) fn says(&mut self, text: &str) {
        let before = self.acknowledged;
        self.client.says_only(text);
        self.runs_until(|tape| tape.acknowledged > before);
    }

    #[track_caller]
    pub(crate) fn runs_until(&mut self, enough: impl Fn(&Self) -> bool) {
        while !enough(self) {
            self.heard += std::str::from_utf8(&self.client.recv()).expect("only ASCII was said");
            while let Some(token) = self.token() {
                match token.as_str() {
                    "Recibido" => self.acknowledged += 1,
                    _ => self.relays.push(token),
                }
            }
        }
    }

    fn token(&mut self) -> Option<String> {
        let text = self.heard[self.understood..].trim_start_matches(['\r', '\n']);
        let len = match text.strip_prefix("Recibido") {
            Some(_) => "Recibido".len(),
            None => text.find(';')? + 1,
        };
        let token = text[..len].to_owned();
        self.understood = self.heard.len() - text.len() + len;
        Some(token)
    }
}
