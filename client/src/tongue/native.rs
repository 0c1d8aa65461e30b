//! The native profile. What a person types goes as text, and its reply is shown in the server's
//! own words; names, and what completion needs, are asked in JSON beside it. Both are answered in
//! order on one connection. The resume secret stays here, in memory.

mod happened;
mod horizon;

use horizon::Horizon;
use posada_wire::{Verb, secret};
use serde_json::{Value, json};

use super::{Step, Tone, Tongue, asks_help, notices, send_line, show, slashed};
use crate::events::event;
use crate::known::{SharedKnown, learn};
use crate::replies::{Arrival, Replies};

/// Why something was asked.
enum Note {
    /// The person typed it.
    Typed,
    /// The person wants to be in a room, or no longer.
    Room { room: Option<String>, join: bool },
    /// What was missed while there was no connection.
    Missed,
    /// This client wants to be somebody.
    Name { name: String, secret: Option<String> },
    /// It keeps itself informed; nobody sees the reply.
    Quiet,
}

/// What the further lines of a reply are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Rows {
    /// What the person asked for.
    #[default]
    Asked,
    /// What was missed; up to there, where there is more.
    Missed { until: Option<u64> },
    /// What nobody sees.
    Hidden,
}

pub(super) struct Native {
    known: SharedKnown,
    replies: Replies<Note>,
    /// Who the person is, or wants to be; with the proof, once there is one.
    name: Option<(String, Option<String>)>,
    /// The rooms that it is in beside the lobby, the one it joined last at the end.
    rooms: Vec<String>,
    horizon: Horizon,
    rows_are: Rows,
}

const VERBS: [&str; 18] = [
    "/name", "/say", "/to", "/join", "/leave", "/rooms", "/topic", "/who", "/resume", "/watch",
    "/unwatch", "/list", "/reserve", "/cancel", "/ping", "/help", "/verbs", "/quit",
];

const HELP: &str = "\
what you type is said in the room that you joined last, the lobby at first, unless it begins with /
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
        let replies = Replies::default();
        let (horizon, rows_are) = (Horizon::default(), Rows::default());
        Self { known, replies, name, rooms: Vec::new(), horizon, rows_are }
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
        let ask = |verb| json!({"id": verb, "do": verb});
        ["who", "list", "rooms"].map(|verb| self.asks_json(&ask(verb), Note::Quiet)).into()
    }

    /// Goes back to where the person was, and asks for what was said there meanwhile.
    fn catches_up(&mut self) -> Vec<Step> {
        let rooms = self.rooms.clone();
        let join = |room: &String| json!({"id": "join", "do": "join", "room": room});
        let joins = rooms.iter().map(join).collect::<Vec<_>>();
        let mut steps: Vec<Step> =
            joins.iter().map(|request| self.asks_json(request, Note::Quiet)).collect();
        self.horizon.falls_behind();
        let seen = self.horizon.seen().unwrap_or(0);
        steps.push(self.asks(&format!("resume {seen}"), Note::Missed));
        steps
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
            Some(verb @ (Verb::Join | Verb::Leave)) => {
                let room = rest.trim_start_matches('#');
                let room = (!room.is_empty()).then(|| room.to_owned());
                vec![self.asks(line.trim(), Note::Room { room, join: verb == Verb::Join })]
            }
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
        let seq = ok["seq"].as_u64();
        if let Some(seen) = self.horizon.seen() {
            if seq.is_some_and(|seq| seq < seen) {
                steps.push(show(
                    Tone::Notice,
                    "this server knows less than before: it is shown anew",
                ));
                self.horizon.forgets();
            }
            steps.extend(self.catches_up());
        }
        if !back || self.horizon.seen().is_none() {
            // What was kept for who is back comes behind this, with smaller numbers.
            self.horizon.passes(seq);
        }
        steps.extend(self.looks());
        steps
    }

    /// The person is in a room from here on, or no longer in one.
    fn moved(&mut self, room: Option<String>, join: bool) {
        let room = room.or_else(|| self.rooms.last().cloned());
        self.rooms.retain(|known| Some(known) != room.as_ref());
        if join {
            self.rooms.extend(room);
        }
    }

    fn learns(&mut self, line: &str) {
        let reply: Value = serde_json::from_str(line).unwrap_or_default();
        self.known.with(|known| {
            if let Some(here) = reply["ok"]["here"].as_array() {
                // Who is elsewhere or has left is known all the same: what is meant for one alone
                // must not be said to a room because they are not in it.
                let others = here.iter().filter_map(Value::as_str);
                let others = others.filter(|name| known.me.as_deref() != Some(*name));
                others.for_each(|name| learn(&mut known.people, name));
            }
            for resource in reply["ok"]["resources"].as_array().into_iter().flatten() {
                if let Some(name) = resource["name"].as_str() {
                    learn(&mut known.resources, name);
                }
            }
            for room in reply["ok"]["rooms"].as_array().into_iter().flatten() {
                if let Some(name) = room["name"].as_str() {
                    learn(&mut known.rooms, name);
                }
            }
        });
    }

    fn replied(&mut self, note: Note, line: &str) -> Vec<Step> {
        self.rows_are = match note {
            Note::Missed => Rows::Missed { until: None },
            Note::Quiet => Rows::Hidden,
            _ => Rows::Asked,
        };
        match note {
            Note::Missed if line.starts_with("OK ") => self.goes_on(line),
            Note::Typed | Note::Room { .. } | Note::Missed if line.starts_with("ERR ") => {
                let mut steps = vec![show(Tone::Refused, line)];
                if matches!(note, Note::Missed) {
                    steps.extend(self.was_not_told(line));
                }
                steps
            }
            Note::Room { room, join } => {
                self.saw_reply(line);
                self.moved(room, join);
                vec![show(Tone::Done, line)]
            }
            Note::Typed | Note::Missed => {
                self.saw_reply(line);
                vec![show(Tone::Done, line)]
            }
            Note::Name { name, secret } => self.named((name, secret), line),
            Note::Quiet => {
                self.learns(line);
                vec![]
            }
        }
    }

    /// What was missed is refused. A server of rules 1 keeps nothing that could be told; any other
    /// tells it on the next connection, or when the person asks.
    fn was_not_told(&mut self, line: &str) -> Option<Step> {
        if line.starts_with("ERR unknown_verb") {
            self.horizon.catches_up();
            return None;
        }
        let seen = self.horizon.seen().unwrap_or(0);
        let how = format!("not all that you missed was shown: /resume {seen} shows it");
        Some(show(Tone::Notice, how))
    }

    /// `OK N …; …: resume SEQ`: there is more behind that entry.
    fn goes_on(&mut self, line: &str) -> Vec<Step> {
        let Some(from) = line.split(' ').skip(2).last().and_then(|last| last.parse::<u64>().ok())
        else {
            return vec![];
        };
        self.rows_are = Rows::Missed { until: Some(from) };
        vec![self.asks(&format!("resume {from}"), Note::Missed)]
    }

    /// `OK SEQ …`: whatever was told before it has been seen. Replies that list something begin
    /// with how much of it there is.
    fn saw_reply(&mut self, line: &str) {
        if self.replies.is_in_rows() {
            return;
        }
        let seq = line.strip_prefix("OK ").and_then(|rest| rest.split(' ').next()?.parse().ok());
        self.horizon.passes(seq);
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
            Arrival::Row(_) if self.rows_are == Rows::Hidden => vec![],
            // What was missed comes as the rows of a reply.
            Arrival::Row(row) => match event(row) {
                Some(told) => self.happened(&told),
                None => vec![show(Tone::Plain, row)],
            },
            Arrival::End => {
                match self.rows_are {
                    Rows::Missed { until: None } => self.horizon.catches_up(),
                    Rows::Missed { until: Some(seq) } => self.horizon.advances(seq),
                    _ => {}
                }
                vec![]
            }
            Arrival::Event(told) => self.happened(&told),
            // A person may come back, but not by itself.
            Arrival::Goodbye("replaced" | "kicked" | "banned") => {
                vec![show(Tone::Refused, line), Step::Over]
            }
            Arrival::Goodbye(_) => vec![show(Tone::Refused, line)],
            Arrival::Other(line) => vec![show(Tone::Plain, line)],
        }
    }

    fn leaves(&mut self) -> Vec<Step> {
        vec![self.asks("quit", Note::Typed), Step::Leave]
    }

    fn lost(&mut self) -> Vec<Step> {
        self.horizon.breaks();
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
