//! The native profile. What a person types goes as text, and its reply is shown in the server's
//! own words; names, and what completion needs, are asked in JSON beside it. Both are answered in
//! order on one connection. The resume secret stays here, in memory.

use posada_wire::{Verb, secret};
use serde_json::{Value, json};

use super::{Step, Tone, Tongue, asks_help, notices, send_line, show, slashed};
use crate::known::{SharedKnown, learn};
use crate::replies::{Arrival, Message, Replies};

/// Why something was asked.
enum Note {
    /// The person typed it.
    Typed,
    /// This client wants to be somebody.
    Name { name: String, secret: Option<String> },
    /// It keeps itself informed; nobody sees the reply.
    Quiet,
}

pub(super) struct Native {
    known: SharedKnown,
    replies: Replies<Note>,
    /// Who the person is, or wants to be; with the proof, once there is one.
    name: Option<(String, Option<String>)>,
}

const VERBS: [&str; 11] = [
    "/name", "/say", "/to", "/who", "/list", "/reserve", "/cancel", "/ping", "/help", "/verbs",
    "/quit",
];

const HELP: &str = "\
what you type is said to everybody in the lobby, unless it begins with /
or is a whole request; //TEXT says a text that begins with /
/VERB asks the server: its verbs are below, in any language
Tab completes verbs, names, rooms and resources; the arrows bring back lines
/quit leaves, and so does Ctrl-D";

impl Native {
    pub(super) fn new(name: Option<String>, known: SharedKnown) -> Self {
        known.with(|known| {
            known.verbs = VERBS.to_vec();
            learn(&mut known.rooms, "lobby");
        });
        let name = name.map(|name| split_secret(&name));
        Self { known, replies: Replies::default(), name }
    }

    fn asks(&mut self, line: &str, note: Note) -> Step {
        self.replies.asked(line, note);
        send_line(line)
    }

    fn asks_json(&mut self, request: &Value, note: Note) -> Step {
        self.asks(&request.to_string(), note)
    }

    fn takes(&mut self, name: String, secret: Option<String>) -> Step {
        let mut request = json!({"id": "name", "do": "name", "name": name});
        if let Some(secret) = &secret {
            request["secret"] = secret.as_str().into();
        }
        self.asks_json(&request, Note::Name { name, secret })
    }

    /// Learns what can be completed.
    fn looks(&mut self) -> Vec<Step> {
        let who = self.asks_json(&json!({"id": "who", "do": "who"}), Note::Quiet);
        vec![who, self.asks_json(&json!({"id": "list", "do": "list"}), Note::Quiet)]
    }

    fn verb(&mut self, word: &str, rest: &str) -> Vec<Step> {
        let line = format!("{word} {rest}");
        match Verb::parse(word) {
            _ if asks_help(word) => {
                let mut steps = notices(HELP);
                steps.push(self.asks("help", Note::Typed));
                steps
            }
            Some(Verb::Name) if !rest.is_empty() => {
                let (name, secret) = split_secret(rest);
                vec![self.takes(name, secret)]
            }
            Some(Verb::Quit) => self.leaves(),
            _ => vec![self.asks(line.trim(), Note::Typed)],
        }
    }

    /// A line that somebody typed: a verb, a request in JSON, or talk.
    fn says(&mut self, line: &str) -> Vec<Step> {
        if line.is_empty() {
            return vec![];
        }
        if let Some((word, rest)) = slashed(line) {
            return self.verb(word, rest);
        }
        if line.starts_with('{') {
            return vec![self.asks(line, Note::Typed)];
        }
        let (requested, nameless) =
            self.known.with(|known| (known.is_request(line), known.me.is_none()));
        let begins = line.split(' ').next().and_then(Verb::parse).is_some();
        if requested || (nameless && begins) {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            return self.verb(word, rest.trim());
        }
        let text = line.strip_prefix('/').unwrap_or(line);
        vec![self.asks(&format!("say {text}"), Note::Typed)]
    }

    fn named(&mut self, asked: (String, Option<String>), line: &str) -> Vec<Step> {
        let reply: Value = serde_json::from_str(line).unwrap_or_default();
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        if let Some(error) = reply.get("error") {
            let [code, message, help] = ["code", "message", "help"].map(|key| word(&error[key]));
            if code != "already_named" {
                self.name = None;
                self.known.with(|known| known.me = None);
            }
            let mut steps = vec![show(Tone::Refused, format!("ERR {code} {message} ({help})"))];
            steps.extend(self.looks());
            return steps;
        }
        let ok = &reply["ok"];
        let name = ok["name"].as_str().map_or(asked.0, str::to_owned);
        let fresh = ok["secret"].as_str().map(str::to_owned);
        let mut steps = Vec::new();
        let back = ok["resumed"] == true;
        let welcome = if back { "welcome back, you are" } else { "you are" };
        steps.push(show(Tone::Done, format!("{welcome} {name}, in the {}", word(&ok["room"]))));
        if let Some(secret) = fresh.as_ref().filter(|_| !back && asked.1.is_none()) {
            let proof = format!("/name {name} {}{secret}", secret::PREFIX);
            steps.push(show(Tone::Notice, format!("to be {name} on another day: {proof}")));
        }
        self.known.with(|known| {
            known.me = Some(name.clone());
            known.people.remove(&name);
        });
        self.name = Some((name, fresh.or(asked.1)));
        steps.extend(self.looks());
        steps
    }

    fn learns(&mut self, line: &str) {
        let reply: Value = serde_json::from_str(line).unwrap_or_default();
        self.known.with(|known| {
            if let Some(here) = reply["ok"]["here"].as_array() {
                known.people.clear();
                let others = here.iter().filter_map(Value::as_str);
                let others = others.filter(|name| known.me.as_deref() != Some(*name));
                others.for_each(|name| learn(&mut known.people, name));
            }
            for resource in reply["ok"]["resources"].as_array().into_iter().flatten() {
                if let Some(name) = resource["name"].as_str() {
                    learn(&mut known.resources, name);
                }
            }
        });
    }

    fn replied(&mut self, note: Note, line: &str) -> Vec<Step> {
        match note {
            Note::Typed if line.starts_with("ERR ") => vec![show(Tone::Refused, line)],
            Note::Typed => vec![show(Tone::Done, line)],
            Note::Name { name, secret } => self.named((name, secret), line),
            Note::Quiet => {
                self.learns(line);
                vec![]
            }
        }
    }

    fn heard(&mut self, message: &Message<'_>) -> Vec<Step> {
        let known_before = self.known.with(|known| {
            let known_before = known.people.contains(message.from);
            learn(&mut known.people, message.from);
            if let Some(room) = message.room {
                learn(&mut known.rooms, room);
            }
            known_before
        });
        let said = Tone::Said { from: message.from.to_owned(), direct: message.room.is_none() };
        let elsewhere = message.room.filter(|room| *room != "lobby");
        let text = match elsewhere {
            Some(room) => format!("[#{room}] {}", message.text),
            None => message.text.to_owned(),
        };
        let mut steps = vec![show(said, text)];
        // A stranger is a reason to look who else has come.
        if !known_before {
            steps.extend(self.looks());
        }
        steps
    }
}

impl Tongue for Native {
    fn opens(&mut self, checked: bool) -> Vec<Step> {
        self.replies = Replies::default();
        let mut steps = Vec::new();
        if !checked {
            // The first line of a connection decides that events come as text.
            steps.push(self.asks("ping", Note::Quiet));
        }
        match self.name.clone() {
            Some((name, secret)) => steps.push(self.takes(name, secret)),
            None => steps.extend(self.looks()),
        }
        steps
    }

    fn typed(&mut self, line: &str) -> Vec<Step> {
        let mut steps = self.says(line.trim());
        if !steps.is_empty() && !steps.contains(&Step::Leave) {
            // Who is here and what there is may be others by the next line.
            steps.extend(self.looks());
        }
        steps
    }

    fn arrived(&mut self, line: &str) -> Vec<Step> {
        match self.replies.read(line) {
            Arrival::Reply(note, line) => self.replied(note, line),
            Arrival::Row(row) => vec![show(Tone::Plain, row)],
            Arrival::End => vec![],
            Arrival::Message(message) => self.heard(&message),
            Arrival::Goodbye("replaced") => vec![show(Tone::Refused, line), Step::Over],
            Arrival::Goodbye(_) => vec![show(Tone::Refused, line)],
            Arrival::Other(line) => vec![show(Tone::Plain, line)],
        }
    }

    fn leaves(&mut self) -> Vec<Step> {
        vec![self.asks("quit", Note::Typed), Step::Leave]
    }

    fn lost(&mut self) -> Vec<Step> {
        let typed = self.replies.unanswered(|note| !matches!(note, Note::Quiet));
        self.replies = Replies::default();
        if typed == 0 {
            return vec![];
        }
        let what = format!("{typed} not answered: whether it was done, /list and /who will tell");
        vec![show(Tone::Notice, what)]
    }

    fn is_settled(&self) -> bool {
        self.replies.outstanding() == 0
    }

    fn waits_for_line_ends(&self) -> bool {
        true
    }
}

/// Splits `ana secret:DIGITS` and takes away quotes; the server judges both parts.
fn split_secret(text: &str) -> (String, Option<String>) {
    let split = text.rsplit_once(' ').and_then(|(name, last)| {
        Some((name.trim(), Some(last.strip_prefix(secret::PREFIX)?.to_owned())))
    });
    let (name, secret) = split.unwrap_or((text.trim(), None));
    let unquoted = name.strip_prefix('"').and_then(|name| name.strip_suffix('"'));
    (unquoted.unwrap_or(name).to_owned(), secret)
}
