//! The native protocol, as far as these stories need it: by hand, and in JSON lines.

use serde_json::{Value, json};

use super::Client;

/// A message that reached a member of the lobby.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) seq: u64,
    pub(crate) from: String,
    pub(crate) text: String,
}

/// Somebody who types `verb arguments`.
pub(crate) struct Native {
    pub(crate) socket: Client,
    events: Vec<Event>,
}

/// A program that sends JSON objects, and numbers them.
pub(crate) struct Program {
    pub(crate) socket: Client,
    asked: u64,
    answered: u64,
}

/// What a program reads.
#[derive(Debug)]
pub(crate) enum Arrival {
    /// The answer to its oldest unanswered request: the `seq` of what was done, or the code of
    /// the error.
    Answer(Result<Value, String>),
    /// A message of somebody else.
    Event(Event),
}

impl Native {
    pub(crate) fn over(socket: Client) -> Self {
        Self { socket, events: vec![] }
    }

    /// Takes a name.
    #[track_caller]
    pub(crate) fn named(mut self, name: &str) -> Self {
        let reply = self.asks(&format!("name {name}"));
        assert!(reply.starts_with("OK "), "{name} is not welcome: {reply}");
        self
    }

    /// Asks something that is answered in one line.
    #[track_caller]
    pub(crate) fn asks(&mut self, line: &str) -> String {
        self.socket.says_only(line);
        self.answer().unwrap_or_else(|| panic!("cut off instead of an answer to {line:?}"))
    }

    /// Asks for something to be done, and returns where in the log it stands.
    #[track_caller]
    pub(crate) fn does(&mut self, line: &str) -> u64 {
        let reply = self.asks(line);
        let seq = reply.strip_prefix("OK ").and_then(|rest| rest.split(' ').next()?.parse().ok());
        seq.unwrap_or_else(|| panic!("{line:?} was not done: {reply}"))
    }

    /// The next answer; what others say before it is kept for [`Native::hears`]. `None`: the end.
    #[track_caller]
    pub(crate) fn answer(&mut self) -> Option<String> {
        loop {
            let line = self.socket.line()?;
            match event(&line) {
                Some(event) => self.events.push(event),
                None => return Some(line),
            }
        }
    }

    /// Asks something that is answered in several lines.
    #[track_caller]
    pub(crate) fn lists(&mut self, line: &str) -> Vec<String> {
        let first = self.asks(line);
        assert!(first.starts_with("OK "), "{line:?} was not answered: {first}");
        let mut lines = vec![];
        loop {
            let next = self.answer().unwrap_or_else(|| panic!("cut off within {line:?}"));
            if next == "." {
                return lines;
            }
            lines.push(next);
        }
    }

    /// Whether somebody of that name is in the lobby.
    #[track_caller]
    pub(crate) fn sees(&mut self, name: &str) -> bool {
        self.lists("who").iter().any(|line| line == name)
    }

    /// The next message of somebody else.
    #[track_caller]
    pub(crate) fn hears(&mut self) -> Event {
        if !self.events.is_empty() {
            return self.events.remove(0);
        }
        let line = self.socket.line().expect("cut off instead of a message");
        event(&line).unwrap_or_else(|| panic!("no message: {line:?}"))
    }
}

impl Program {
    pub(crate) fn over(socket: Client) -> Self {
        Self { socket, asked: 0, answered: 0 }
    }

    /// Takes a name.
    #[track_caller]
    pub(crate) fn named(mut self, name: &str) -> Self {
        let done = self.asks(json!({"do": "name", "name": name}));
        assert!(done.is_ok(), "{name} is not welcome: {done:?}");
        self
    }

    /// Sends a request, and does not wait. `false`: there is nobody to take it any more.
    pub(crate) fn posts(&mut self, mut request: Value) -> bool {
        self.asked += 1;
        request["id"] = self.asked.into();
        self.socket.throws(format!("{request}\n"))
    }

    /// Sends a request and waits for its answer.
    #[track_caller]
    pub(crate) fn asks(&mut self, request: Value) -> Result<Value, String> {
        self.posts(request);
        loop {
            match self.reads() {
                Some(Arrival::Answer(answer)) => return answer,
                Some(Arrival::Event(_)) => {}
                None => panic!("cut off instead of an answer"),
            }
        }
    }

    /// The next thing that arrives; `None`: the connection has ended.
    #[track_caller]
    pub(crate) fn reads(&mut self) -> Option<Arrival> {
        let line = self.socket.line()?;
        let mut it: Value =
            serde_json::from_str(&line).unwrap_or_else(|why| panic!("{why}: {line:?}"));
        if it.get("event").is_some() {
            return Some(Arrival::Event(Event {
                seq: it["seq"].as_u64().unwrap_or_else(|| panic!("no seq: {line}")),
                from: it["from"].as_str().unwrap_or_else(|| panic!("no from: {line}")).into(),
                text: it["text"].as_str().unwrap_or_else(|| panic!("no text: {line}")).into(),
            }));
        }
        self.answered += 1;
        assert_eq!(it["id"].as_u64(), Some(self.answered), "answers come in order: {line}");
        Some(Arrival::Answer(match it.get("error") {
            Some(error) => Err(error["code"].as_str().expect("an error has a code").to_owned()),
            None => Ok(it["ok"].take()),
        }))
    }
}

/// `* 17 #lobby ana: hola`
fn event(line: &str) -> Option<Event> {
    let mut words = line.strip_prefix("* ")?.splitn(3, ' ');
    let seq = words.next()?.parse().ok()?;
    let _place = words.next()?;
    let (from, text) = words.next()?.split_once(": ")?;
    Some(Event { seq, from: from.to_owned(), text: text.to_owned() })
}
