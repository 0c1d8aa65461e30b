//! What a pipe has asked, and what was answered: so that a connection that breaks too early is
//! noticed, whatever the server speaks.

use posada_wire::Verb;

use crate::Profile;
use crate::profile::talk_prompt;
use crate::replies::{Arrival, Replies};

/// The account of one connection.
#[derive(Debug)]
pub(crate) struct Tally {
    profile: Profile,
    replies: Replies<()>,
    asked: usize,
    answered: usize,
    /// The server was asked to end it: what is asked after that is nobody's.
    left: bool,
    sending: Sending,
    /// The last reply was a refusal.
    refused: bool,
    /// Why the server says that it ends it.
    goodbye: Option<String>,
}

/// How far sending has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sending {
    /// There is more to be sent.
    UnderWay,
    /// Everything that was to be sent was sent.
    Done,
    /// Something could not be sent.
    Failed,
}

impl Tally {
    pub(crate) fn new(profile: Profile) -> Self {
        Self {
            profile,
            replies: Replies::default(),
            asked: 0,
            answered: 0,
            left: false,
            sending: Sending::UnderWay,
            refused: false,
            goodbye: None,
        }
    }

    /// This line is about to be sent.
    pub(crate) fn asks(&mut self, line: &str) {
        let line = line.trim();
        if line.is_empty() || self.left {
            return;
        }
        self.asked += 1;
        self.replies.asked(line, ());
        let talk = line.eq_ignore_ascii_case("salir");
        self.left = match self.profile {
            Profile::Native if line.starts_with('{') => false,
            Profile::Native | Profile::Desk => Verb::parse(line) == Some(Verb::Quit),
            Profile::Talk => talk,
            Profile::Raw => false,
        };
    }

    pub(crate) fn sent_all(&mut self) {
        self.sending = Sending::Done;
    }

    pub(crate) fn could_not_send(&mut self) {
        self.sending = Sending::Failed;
    }

    /// This line arrived.
    pub(crate) fn hears(&mut self, line: &str) {
        match self.profile {
            Profile::Native => match self.replies.read(line) {
                Arrival::Goodbye(code) => self.goodbye = Some(code.to_owned()),
                Arrival::Reply((), line) => {
                    self.left |= is_bye(line);
                    self.refused = line.starts_with("ERR ");
                }
                _ => {}
            },
            Profile::Talk if line == "Recibido" || line.starts_with("Error:") => self.answered += 1,
            Profile::Desk if !line.starts_with("El servidor se esta") => self.answered += 1,
            _ => {}
        }
        if line.starts_with("El servidor se esta cerrando") {
            self.goodbye = Some("closing".to_owned());
        }
    }

    /// Whether all that was asked so far is answered.
    pub(crate) fn is_settled(&self) -> bool {
        self.replies.outstanding() == 0
    }

    /// Whether the last reply was a refusal.
    pub(crate) fn is_refused(&self) -> bool {
        self.refused
    }

    /// What is missing, now that the connection has ended.
    pub(crate) fn missing(&self) -> Option<String> {
        let owed = match self.profile {
            Profile::Native if self.left => 0,
            Profile::Native => self.replies.outstanding(),
            // The name is answered by nothing, and so is the word that leaves.
            Profile::Talk => self.asked.saturating_sub(1 + usize::from(self.left) + self.answered),
            // An answer has a line at least.
            Profile::Desk => self.asked.saturating_sub(self.answered),
            Profile::Raw => 0,
        };
        let why = self.goodbye.as_ref().map_or(String::new(), |code| format!(" ({code})"));
        if owed > 0 {
            return Some(format!("{owed} of {} lines were not answered{why}", self.asked));
        }
        let cut = match self.sending {
            Sending::UnderWay => !self.left && self.profile != Profile::Raw,
            Sending::Done => false,
            Sending::Failed => true,
        };
        cut.then(|| format!("not everything could be sent{why}"))
    }
}

fn is_bye(line: &str) -> bool {
    line.starts_with('{') && line.contains(r#""bye":true"#)
}

/// A talk server's question has no line end: what comes behind it is a line of its own.
pub(crate) fn split_prompt(line: &str) -> (Option<&str>, &str) {
    let prompt = talk_prompt();
    line.strip_prefix(prompt).map_or((None, line), |rest| (Some(prompt), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(profile: Profile, asked: &[&str], heard: &[&str]) -> Option<String> {
        let mut tally = Tally::new(profile);
        for line in asked {
            tally.asks(line);
        }
        tally.sent_all();
        for line in heard {
            tally.hears(line);
        }
        tally.missing()
    }

    #[test]
    fn a_reply_that_is_missing_is_missed() {
        let native = Profile::Native;
        assert_eq!(tally(native, &["ping", "list"], &["OK pong", "OK 0 resources", "."]), None);
        assert!(tally(native, &["ping", "list"], &["OK pong", "OK 1 resources"]).is_some());
        assert!(
            tally(native, &["ping"], &["BYE closing x"]).is_some_and(|it| it.contains("closing"))
        );
        assert_eq!(tally(native, &["quit", "ping"], &["OK bye"]), None);
        assert_eq!(
            tally(native, &[r#"{"do":"quit"}"#], &[r#"{"id":null,"ok":{"bye":true}}"#]),
            None
        );
        assert!(tally(Profile::Desk, &["LISTAR"], &[]).is_some());
        assert_eq!(tally(Profile::Desk, &["LISTAR"], &["Recursos disponibles:", "x"]), None);
        assert_eq!(tally(Profile::Talk, &["ana", "hola", "salir"], &["Recibido"]), None);
        assert!(tally(Profile::Talk, &["ana", "hola"], &["luis: Recibido"]).is_some());
        assert_eq!(tally(Profile::Raw, &["HOLA MUNDO"], &[]), None);
    }

    #[test]
    fn an_end_before_everything_was_sent_is_too_early() {
        let mut tally = Tally::new(Profile::Native);
        tally.asks("ping");
        tally.hears("OK pong");
        assert!(tally.missing().is_some());
        tally.sent_all();
        assert_eq!(tally.missing(), None);
    }
}
