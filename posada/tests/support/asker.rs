//! Somebody who asks everything with a key, and again until it is answered.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::ops::RangeInclusive;

use serde_json::{Value, json};

use super::Client;

/// What each proves with that it is the same.
pub(crate) const SECRET: &str = "00000000000000000000000000c0ffee";

/// The answer to a command: its place in the log, or the code of what refused it.
pub(crate) type Answer = Result<u64, String>;

/// What a command is about.
pub(crate) enum What {
    /// Said with a verb, to a place.
    Words(&'static str, String),
    /// Taken, or given back.
    Moves(&'static str, &'static str),
}

/// One of two, and what it was answered to each key.
pub(crate) struct Asker {
    pub(crate) name: &'static str,
    /// To whom it talks.
    pub(crate) other: &'static str,
    pub(crate) in_json: bool,
    pub(crate) answers: BTreeMap<u64, Answer>,
    /// What somebody of its name asks with a key: always the same.
    script: fn(&'static str, u64) -> What,
}

impl Asker {
    pub(crate) fn new(
        [name, other]: [&'static str; 2],
        in_json: bool,
        script: fn(&'static str, u64) -> What,
    ) -> Self {
        Self { name, other, in_json, answers: BTreeMap::new(), script }
    }

    /// The same key is always the same command.
    pub(crate) fn what(&self, key: u64) -> What {
        (self.script)(self.name, key)
    }

    fn request(&self, key: u64) -> String {
        let other = self.other;
        if self.in_json {
            let mut request = match self.what(key) {
                What::Moves(verb, resource) => json!({"do": verb, "resource": resource}),
                What::Words("to", text) => json!({"do": "to", "to": other, "text": text}),
                What::Words("topic", text) => {
                    json!({"do": "topic", "room": "lobby", "text": text})
                }
                What::Words(verb, text) => json!({"do": verb, "text": text}),
            };
            request["key"] = key.into();
            return format!("{request}\n");
        }
        match self.what(key) {
            What::Moves(verb, resource) => format!("key:{key} {verb} {resource}\n"),
            What::Words("to", text) => format!("key:{key} to {other} {text}\n"),
            What::Words("topic", text) => format!("key:{key} topic lobby {text}\n"),
            What::Words(verb, text) => format!("key:{key} {verb} {text}\n"),
        }
    }

    /// Comes in by its name and its secret; `None`: the connection broke before it was let in.
    #[track_caller]
    pub(crate) fn returns(&self, door: SocketAddr) -> Option<Client> {
        let mut socket = Client::reaches(self.name, door).ok()?;
        if self.in_json {
            let name = json!({"do": "name", "name": self.name, "secret": SECRET});
            socket.throws(format!("{name}\n"));
        } else {
            socket.throws(format!("name {} secret:{SECRET}\n", self.name));
        }
        answer(&mut socket)?.unwrap_or_else(|code| panic!("{} is not let in: {code}", self.name));
        Some(socket)
    }

    /// Asks at once, and returns how many were answered before the connection broke.
    #[track_caller]
    pub(crate) fn asks(&mut self, socket: &mut Client, keys: RangeInclusive<u64>) -> u64 {
        socket.throws(keys.clone().map(|key| self.request(key)).collect::<String>());
        let mut done = 0;
        for key in keys {
            let Some(answer) = answer(socket) else { break };
            let before = self.answers.entry(key).or_insert_with(|| answer.clone());
            assert_eq!(*before, answer, "what {} is answered to {key}", self.name);
            done += 1;
        }
        done
    }
}

/// The next answer, in either form; `None`: the connection broke, or was ended with a goodbye.
#[track_caller]
fn answer(socket: &mut Client) -> Option<Answer> {
    loop {
        let line = socket.line()?;
        if line.starts_with('{') {
            let it: Value = serde_json::from_str(&line).expect("a line is whole");
            if it.get("event").is_none() {
                let code = it["error"]["code"].as_str().map(str::to_owned);
                return Some(code.map_or_else(|| Ok(seq(&it)), Err));
            }
        } else if !line.starts_with("* ") && !line.starts_with("BYE ") {
            let words: Vec<_> = line.split(' ').collect();
            let code = words[1].to_owned();
            let is_done = words[0] == "OK";
            return Some(if is_done { Ok(code.parse().expect("a number")) } else { Err(code) });
        }
    }
}

fn seq(answer: &Value) -> u64 {
    answer["ok"]["seq"].as_u64().unwrap_or_else(|| panic!("no seq: {answer}"))
}
