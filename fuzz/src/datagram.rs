//! Datagrams of one address: each is a message, each is answered once, and by little.
//!
//! The first byte of an input says how long a message may be; record separators (0x1E) stand
//! between the datagrams.

use posada_core::{Admission, Answer};
use posada_wire::{Dialogue, Frame, Language, Profile, Read};

use crate::house::{House, Told};
use crate::spoken;

/// What stands between two datagrams of an input.
const SEPARATOR: u8 = 0x1e;
/// Headers of IP and UDP, which count for both sides.
const HEADER_BYTES: usize = 28;

/// Any datagrams from one address.
pub fn datagram(data: &[u8]) {
    let [limit, stream @ ..] = data else { return };
    let characters = if limit & 1 == 0 { 1_000 } else { 16 };
    let admission = Admission { characters, answers_only: true, ..Admission::default() };
    let mut house = House::open(admission);
    let mut dialogue = Dialogue::new(Profile::Datagram, Language::Pt, characters);
    for bytes in stream.split(|byte| *byte == SEPARATOR) {
        let frame = Frame { bytes, too_long: false, counted: false };
        let (ask, key) = match dialogue.read(&frame, || 0) {
            Read::Ask(ask, key) => (ask, key),
            other => panic!("a datagram is answered, and not {other:?}"),
        };
        assert!(key.is_none(), "a datagram has no key");
        assert_eq!(dialogue.outstanding(), 1, "one datagram is one ask");
        spoken::ask(&ask, bytes);
        house.asked(ask, None, false);
        let mut answers = 0;
        for told in house.commit() {
            let mut out = Vec::new();
            answers += 1;
            match told {
                Told::Reply(answer) => {
                    dialogue.reply(&answer, &mut out);
                    is_little(&answer, bytes.len(), &out);
                    spoken::reply(Profile::Datagram, &answer, &out);
                }
                Told::Goodbye(reason) => {
                    dialogue.goodbye(reason, &mut out);
                    return spoken::harmless(&String::from_utf8(out).expect("it is UTF-8"));
                }
            }
        }
        assert_eq!(answers, 1, "a datagram is answered once");
        assert_eq!(dialogue.outstanding(), 0);
    }
}

/// Nobody can use this listener to flood somebody else. What repeats a name is cut by the post.
fn is_little(answer: &Answer, asked: usize, out: &[u8]) {
    let allowed = 3 * (HEADER_BYTES + asked) - HEADER_BYTES;
    let named = matches!(answer, Answer::Named { .. });
    assert!(named || out.len() <= allowed, "{} bytes for {asked}", out.len());
}
