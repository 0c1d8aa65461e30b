//! JSON requests of the native profile: one line, one reply with the same id.

use posada_core::{Admission, Answer, Ask};
use posada_wire::{Dialogue, Frame, Language, Profile, Read};
use serde_json::Value;

use crate::house::{House, Told};
use crate::spoken;

/// Characters in an id.
const ID_CHARACTERS: usize = 64;

/// Any lines of JSON, or of what begins like it.
pub fn json_line(data: &[u8]) {
    let mut house = House::open(Admission { characters: 4_000, ..Admission::default() });
    let mut dialogue = Dialogue::new(Profile::Native, Language::En, 4_000);
    for line in data.split(|byte| *byte == b'\n').filter(|line| is_request(line)) {
        let (ask, key) = match dialogue.read(&frame(line), draw) {
            Read::Ask(ask, key) => (ask, key),
            other => panic!("{other:?} is no answer to a request"),
        };
        assert_eq!(dialogue.outstanding(), 1, "one line is one ask");
        spoken::ask(&ask, line);
        spelling_does_not_matter(line, &ask);
        house.asked(ask, key, false);
        for told in house.commit() {
            let mut out = Vec::new();
            let over = match told {
                Told::Reply(answer) => {
                    dialogue.reply(&answer, &mut out);
                    reply(&answer, &out);
                    false
                }
                Told::Goodbye(reason) => {
                    dialogue.goodbye(reason, &mut out);
                    true
                }
            };
            same_id(line, &out);
            if over {
                return;
            }
        }
        assert_eq!(dialogue.outstanding(), 0, "what is asked is answered");
    }
}

fn frame(bytes: &[u8]) -> Frame<'_> {
    Frame { bytes, too_long: false, counted: false }
}

fn draw() -> u128 {
    7
}

/// Whether a line is answered in JSON, whatever was said before.
fn is_request(line: &[u8]) -> bool {
    std::str::from_utf8(line).is_ok_and(|text| text.trim_start().starts_with('{'))
}

/// A reply to a request: one line, one object, with `ok` or `error`.
#[track_caller]
pub(crate) fn reply(answer: &Answer, bytes: &[u8]) {
    let reply = object(bytes);
    let parts = ["ok", "error"].map(|part| reply.get(part));
    match (answer, parts) {
        (Answer::Refused(refusal), [None, Some(error)]) => {
            assert_eq!(error["code"], refusal.code());
            spoken::harmless_within(error);
        }
        (_, [Some(ok), None]) => spoken::harmless_within(ok),
        _ => panic!("{reply} answers {answer:?}"),
    }
}

/// One line of JSON; what its client called it may be anything, but not for ever.
#[track_caller]
fn object(bytes: &[u8]) -> Value {
    assert!(!bytes.contains(&b'\n') && !bytes.contains(&b'\r'), "more than one line");
    let object: Value = serde_json::from_slice(bytes).expect("a reply is JSON");
    let id = object.get("id").expect("a reply has an id");
    let fits = id.as_str().is_none_or(|id| id.chars().count() <= ID_CHARACTERS);
    assert!(fits, "{id} is a longer id than any may be");
    object
}

/// The id comes back, where there is one that everybody finds.
fn same_id(line: &[u8], out: &[u8]) {
    let text = String::from_utf8_lossy(line);
    let found = object(out).get("id").cloned().unwrap_or_default();
    let Ok(asked) = serde_json::from_slice::<Value>(line) else { return };
    // Who says it twice, or hides how often, is told of no id.
    if text.matches("\"id\"").count() != 1 || text.contains("\\u") {
        return;
    }
    let due = asked.get("id").filter(|id| match id {
        Value::Number(number) => number.as_i64().is_some(),
        Value::String(text) => text.chars().count() <= ID_CHARACTERS,
        _ => false,
    });
    assert_eq!(found, due.cloned().unwrap_or_default(), "{text} is answered with another id");
}

/// The same object written otherwise, with its fields in another order, asks the same.
fn spelling_does_not_matter(line: &[u8], ask: &Ask) {
    let object: Result<Value, _> = serde_json::from_slice(line);
    if let (Ok(object), false) = (object, matches!(ask, Ask::Unreadable(_))) {
        let again = object.to_string();
        let mut dialogue = Dialogue::new(Profile::Native, Language::En, 4_000);
        match dialogue.read(&frame(again.as_bytes()), draw) {
            Read::Ask(read, _) => assert_eq!(read, *ask, "{again} asks something else"),
            other => panic!("{again} is {other:?}"),
        }
    }
}
