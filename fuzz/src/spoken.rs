//! What may be sent: checks of replies, events and asks that know nothing of how they are made.

use posada_core::limits::{KEY_BYTES, NAME_CHARACTERS, TOPIC_CHARACTERS};
use posada_core::{Answer, Ask, Event, Label, Order, Seq};
use posada_wire::{Dialect, Profile, publish};
use serde_json::Value;

/// C0, DEL, C1, line and paragraph separators, and the controls of Unicode's UAX #9: written from
/// the standards, so that it is no copy of what it judges.
fn steers(c: char) -> bool {
    matches!(
        c,
        '\0'..='\x1f'
            | '\x7f'..='\u{9f}'
            | '\u{61c}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
    )
}

/// Text that may reach anybody's terminal: nothing in it steers one, and it has one line.
#[track_caller]
pub(crate) fn harmless(text: &str) {
    assert!(!text.contains(steers), "this steers a terminal: {text:?}");
}

#[track_caller]
fn line(bytes: &[u8]) -> &str {
    let text = std::str::from_utf8(bytes).expect("what is sent is UTF-8");
    harmless(text);
    text
}

/// An event in every dialect: one harmless line, in which everything stands where it is looked
/// for, so that no text passes for a name.
#[track_caller]
pub(crate) fn event(seq: Option<Seq>, event: &Event) {
    for dialect in Dialect::ALL {
        let mut out = Vec::new();
        publish(dialect, seq, event, &mut out);
        let text = line(&out);
        match dialect {
            Dialect::Talk => event_of_talk(event, text),
            Dialect::Text => event_by_hand(seq, event, text),
            Dialect::Json => event_as_object(seq, event, text),
        }
    }
}

#[track_caller]
fn event_of_talk(event: &Event, line: &str) {
    let parts = line.split_once(": ");
    match event {
        Event::Said { room, from, text } if &**room == "lobby" => {
            assert_eq!(parts, Some((&**from, &**text)));
        }
        Event::Said { room, from, text } => {
            assert_eq!(parts, Some((&*format!("#{room} {from}"), &**text)));
        }
        Event::Direct { from, text } => assert_eq!(parts, Some((&**from, &**text))),
        Event::Announced { text } | Event::Told { text } => {
            assert_eq!(line.strip_prefix("Servidor:"), Some(&**text));
        }
        _ => assert_eq!(line, "", "talk has no words for {event:?}"),
    }
}

#[track_caller]
fn event_by_hand(seq: Option<Seq>, event: &Event, line: &str) {
    let seq = seq.map_or_else(|| "-".to_owned(), |seq| seq.0.to_string());
    let begin = format!("* {seq} ");
    let told = line.strip_prefix(&begin).unwrap_or_else(|| panic!("{line:?} is no event"));
    let said = told.split_once(": ").and_then(|(head, text)| {
        let (place, from) = head.split_once(' ')?;
        Some((place, from, text))
    });
    match event {
        Event::Said { room, from, text } => {
            assert_eq!(said, Some((&*format!("#{room}"), &**from, &**text)));
        }
        Event::Direct { from, text } => assert_eq!(said, Some(("@", &**from, &**text))),
        Event::Topic { room, from, text } if !text.is_empty() => {
            assert_eq!(said, Some(("topic", &*format!("#{room} {from}"), &**text)));
        }
        _ => {}
    }
}

#[track_caller]
fn event_as_object(seq: Option<Seq>, event: &Event, line: &str) {
    let told: Value = serde_json::from_str(line).expect("an event is JSON");
    assert!(told["event"].is_string(), "{line}");
    harmless_within(&told);
    match event {
        Event::Said { room, from, text } => {
            assert_eq!(told["seq"].as_u64(), seq.map(|seq| seq.0));
            assert_eq!(told["room"], **room);
            assert_eq!(told["from"], **from);
            assert_eq!(told["text"], **text);
        }
        Event::Direct { from, text } => {
            assert_eq!(told["from"], **from);
            assert_eq!(told["text"], **text);
        }
        _ => {}
    }
}

/// Every text within a value, as a program shows it.
#[track_caller]
pub(crate) fn harmless_within(value: &Value) {
    match value {
        Value::String(text) => harmless(text),
        Value::Array(items) => items.iter().for_each(harmless_within),
        Value::Object(fields) => fields.iter().for_each(|(name, value)| {
            harmless(name);
            harmless_within(value);
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A reply that is no JSON. Of many lines only where the profile has an end for them.
#[track_caller]
pub(crate) fn reply(profile: Profile, answer: &Answer, bytes: &[u8]) {
    let text = std::str::from_utf8(bytes).expect("what is sent is UTF-8");
    let lines: Vec<&str> = text.split('\n').collect();
    for line in &lines {
        harmless(line);
    }
    assert!(!lines.iter().take(1).any(|line| line.starts_with("* ")), "it passes for an event");
    let by_verb = profile == Profile::Native || text.starts_with("OK") || text.starts_with("ERR ");
    match answer {
        Answer::Refused(refusal) if profile == Profile::Native => {
            assert!(text.starts_with(&format!("ERR {} ", refusal.code())), "{text:?}");
            assert_eq!(lines.len(), 1, "{text:?}");
        }
        Answer::Refused(_) if profile == Profile::Talk && lines.len() == 2 => {
            assert_eq!(lines[1], "Por favor, envia tu  nombre:");
        }
        _ if by_verb && is_list(answer) => stuffed(&lines),
        Answer::List(_) if profile == Profile::Desk => {
            assert_eq!(lines[0], "Recursos disponibles:");
        }
        _ => {
            assert_eq!(lines.len(), 1, "{text:?}");
            assert!(profile != Profile::Native || text.starts_with("OK "), "{text:?}");
        }
    }
    let silent = matches!(profile, Profile::Talk | Profile::Note);
    assert!(silent || !text.is_empty(), "{answer:?} is answered by nothing");
}

fn is_list(answer: &Answer) -> bool {
    matches!(
        answer,
        Answer::Who(_)
            | Answer::Rooms(_)
            | Answer::List(_)
            | Answer::Missed { .. }
            | Answer::Sessions(_)
            | Answer::Help
    )
}

/// Lines that end with a dot alone, and with the first one only.
#[track_caller]
fn stuffed(lines: &[&str]) {
    let (first, rest) = lines.split_first().expect("there is one");
    let (last, inner) = rest.split_last().expect("a list has more than one line");
    assert!(first.starts_with("OK "), "{first:?}");
    assert_eq!(*last, ".", "a list ends with a dot");
    for line in inner {
        assert!(!line.starts_with('.') || line.starts_with(".."), "{line:?} is not stuffed");
    }
}

/// What a line asks is within the limits, and what others will read of it is harmless.
#[track_caller]
pub(crate) fn ask(ask: &Ask, line: &[u8]) {
    match ask {
        Ask::Name { name, .. } => named(name, NAME_CHARACTERS),
        Ask::Join(room) => {
            named(room, NAME_CHARACTERS);
            let begins = room.shown.starts_with('#');
            assert!(!begins && !room.shown.contains(' '), "{room:?} is not one word");
        }
        Ask::SetTopic { text, .. } => {
            harmless(text);
            assert!(text.chars().count() <= TOPIC_CHARACTERS, "{text:?}");
        }
        Ask::Say { text, .. }
        | Ask::To { text, .. }
        | Ask::Note(text)
        | Ask::Order(Order::Announce(text) | Order::Tell { text, .. }) => {
            harmless(text);
            assert!(!text.is_empty(), "nothing is said");
            // Each byte becomes at most one character of three.
            assert!(text.len() <= 3 * line.len(), "{text:?} has grown");
        }
        _ => {}
    }
}

#[track_caller]
fn named(label: &Label, most: u32) {
    let Label { shown, key } = label;
    harmless(shown);
    harmless(key);
    let characters = shown.chars().count();
    assert!((1..=most as usize).contains(&characters), "{shown:?}");
    assert!(key.len() <= KEY_BYTES, "{key:?}");
    assert!(!shown.contains([':', '@']), "{shown:?}");
    assert_eq!(posada_wire::names::key(shown), *key, "{shown:?} is not its own name");
}
