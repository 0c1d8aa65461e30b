//! What a member reads, by hand or in JSON, understood alike.

use serde_json::Value;

use crate::chronicle::Line;
use crate::support::Client;

/// What comes over a connection.
#[derive(Debug)]
pub(crate) enum Arrival {
    /// Something that was said, and its place in the log.
    Line(u64, Line),
    Gap(Gap),
    /// The whole answer to `resume`; where to ask on, if there is more.
    Missed(Vec<Arrival>, Option<u64>),
    /// The answer to a message.
    Said(u64),
    Pong,
    Other,
}

/// Nothing is known of a place behind `after` and up to `until`.
#[derive(Debug)]
pub(crate) struct Gap {
    /// `#dev`, or `@` for what was said to one alone.
    place: String,
    after: u64,
    until: u64,
}

impl Gap {
    /// Whether something is among what is missing.
    pub(crate) fn holds(&self, seq: u64, line: &Line) -> bool {
        let alone = line.place.starts_with('@');
        let here = if alone { self.place == "@" } else { self.place == line.place };
        here && self.after < seq && seq <= self.until
    }
}

impl Arrival {
    /// The next thing that comes; `None`: the connection has ended.
    #[track_caller]
    pub(crate) fn over(socket: &mut Client, me: &str) -> Option<Self> {
        let line = socket.line()?;
        if line.starts_with('{') {
            let it = serde_json::from_str(&line).unwrap_or_else(|why| panic!("{why}: {line}"));
            return Some(in_json(&it, me));
        }
        let counted = line.strip_prefix("OK ").and_then(|rest| rest.split_once(" events"));
        let Some((count, more)) = counted else { return Some(by_hand(&line, me)) };
        let more = more.strip_prefix("; more: resume ").map(|seq| seq.parse().expect("a number"));
        let mut missed = vec![];
        loop {
            let line = socket.line()?;
            if line == "." {
                assert_eq!(count, missed.len().to_string(), "as many as it says: {missed:?}");
                return Some(Self::missed(missed, more));
            }
            missed.push(by_hand(&line, me));
        }
    }

    /// Gaps come first, and then everything in order.
    fn missed(missed: Vec<Self>, more: Option<u64>) -> Self {
        let place = |it: &Self| match it {
            Self::Gap(_) => 0,
            Self::Line(seq, _) => *seq,
            other => panic!("{other:?} among what was missed"),
        };
        assert!(missed.is_sorted_by_key(place), "out of order: {missed:?}");
        Self::Missed(missed, more)
    }
}

/// `* 17 #lobby ana: hola`, `* 18 @ ana: hola`, `* 17 gap #lobby 12`
fn by_hand(line: &str, me: &str) -> Arrival {
    if line == "OK pong" {
        return Arrival::Pong;
    }
    let words: Vec<_> = line.splitn(4, ' ').collect();
    let number = |word: &str| word.parse().unwrap_or_else(|_| panic!("no number: {line}"));
    match words[..] {
        ["OK", seq, "addressed", _] => Arrival::Said(number(seq)),
        ["OK", ..] => Arrival::Other,
        ["*", until, "gap", rest] => {
            let (place, after) = rest.split_once(' ').expect("a place and a number");
            let (after, until) = (number(after), number(until));
            Arrival::Gap(Gap { place: place.to_owned(), after, until })
        }
        ["*", seq, place, rest] => {
            let text = rest.split_once(": ").expect("a name and a text").1.to_owned();
            Arrival::Line(number(seq), Line { place: place_of(place, me), text })
        }
        _ => panic!("nobody asked for {line:?}"),
    }
}

fn in_json(it: &Value, me: &str) -> Arrival {
    let text = |field: &str| it[field].as_str().unwrap_or_else(|| panic!("no {field}: {it}"));
    let number = |field: &str| it[field].as_u64().unwrap_or_else(|| panic!("no {field}: {it}"));
    let place = || it["room"].as_str().map_or("@".to_owned(), |room| format!("#{room}"));
    if let Some(event) = it["event"].as_str() {
        return match event {
            "message" | "direct" => {
                let line = Line { place: place_of(&place(), me), text: text("text").to_owned() };
                Arrival::Line(number("seq"), line)
            }
            "gap" => {
                Arrival::Gap(Gap { place: place(), after: number("after"), until: number("until") })
            }
            _ => panic!("nobody asked for {it}"),
        };
    }
    let done = it["ok"].as_object().unwrap_or_else(|| panic!("refused: {it}"));
    if done.contains_key("pong") {
        Arrival::Pong
    } else if done.contains_key("addressed") {
        Arrival::Said(done["seq"].as_u64().expect("a number"))
    } else if let Some(events) = done.get("events").and_then(Value::as_array) {
        let more = done.get("more").and_then(|_| done["until"].as_u64());
        Arrival::missed(events.iter().map(|event| in_json(event, me)).collect(), more)
    } else {
        Arrival::Other
    }
}

fn place_of(place: &str, me: &str) -> String {
    if place == "@" { format!("@{me}") } else { place.to_owned() }
}
