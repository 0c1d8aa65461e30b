//! What nobody should send: lines that are almost requests, as the real framer and the real
//! profile read them.

use posada_core::{Ask, Key};
use posada_wire::{Dialogue, Framer, Framing, Language, Profile, Read};

use super::Crowd;
use crate::rng::Rng;

/// Bytes of the longest line.
const LONGEST: usize = 700;

/// What lines are made of.
const REQUESTS: [&str; 12] = [
    "name Ana secret:0101010101010101010101010101010101",
    "decir hola",
    "to #patio1 hola",
    "key:7 reserve Habitación 1",
    "cancelar habitación 1",
    "resume 3 lobby",
    "join #Patio1",
    "announce hola",
    r#"{"id":1,"do":"say","text":"hola","room":"lobby"}"#,
    r#"{"id":"x","key":3,"do":"reserve","resource":"Habitación 1"}"#,
    r#"{"do":"name","name":"Iñaki","secret":"02020202020202020202020202020202"}"#,
    r#"{"do":"resume","after":0}"#,
];

/// What breaks them.
const PIECES: [&[u8]; 14] = [
    b"\0",
    b"\x1b[2J",
    b"\xff",
    b"\xc3",
    b"\n",
    b"\r\n",
    b"{",
    b"}",
    b"\"",
    b"\\u0000",
    b" ",
    b".",
    "\u{202e}".as_bytes(),
    b"99999999999999999999",
];

impl Crowd {
    /// A few broken lines, and what the server takes them for.
    pub fn garbage(&mut self, rng: &mut Rng) -> Vec<(Ask, Option<Key>)> {
        let profile = rng.pick(&[Profile::Native, Profile::Native, Profile::Talk, Profile::Desk]);
        let mut framer = Framer::new(Framing::Line, LONGEST);
        let mut dialogue = Dialogue::new(profile, Language::Es, 0);
        let mut bytes = broken(rng);
        bytes.push(b'\n');
        let mut asks = vec![];
        for piece in bytes.chunks(1 + rng.index(bytes.len())) {
            framer.push(piece, 0);
            while let Some(frame) = framer.pull() {
                let draw = || u128::from(rng.below(u64::MAX));
                match dialogue.read(&frame, draw) {
                    Read::Ask(ask, key) => asks.push((ask, key)),
                    Read::Nothing => {}
                    Read::Hangup => return asks,
                }
            }
        }
        asks
    }
}

fn broken(rng: &mut Rng) -> Vec<u8> {
    let mut line = rng.pick(&REQUESTS).as_bytes().to_vec();
    for _ in 0..rng.between(1, 4) {
        let place = rng.index(line.len());
        match rng.below(6) {
            0 if place < line.len() => line[place] = u8::try_from(rng.below(256)).expect("a byte"),
            1 => line.truncate(place),
            2 => line.extend(line.clone()),
            3 if place < line.len() => drop(line.remove(place)),
            _ => drop(line.splice(place..place, rng.pick(&PIECES).iter().copied())),
        }
    }
    line
}
