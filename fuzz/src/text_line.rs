//! Lines of the native profile and of the seeds, cut at any borders, as the reactor hears them.
//!
//! The first byte of an input says who listens, the second how the rest is cut.

use posada_core::{Admission, Answer, Goodbye};
use posada_wire::{Dialogue, Frame, Framer, Framing, Language, Profile, Read};

use crate::dice::Dice;
use crate::house::{House, Told};
use crate::{json_line, spoken};

/// Silence that ends a message, in milliseconds.
const SILENCE_MS: u64 = 40;
/// As the smallest and the greatest buffer that a listener has for a message.
const MESSAGE_BYTES: [usize; 2] = [256 + 4 * 16, 65_536];

/// A listener.
struct Manner {
    profile: Profile,
    language: Language,
    framing: Framing,
    /// Characters in a message; zero is unlimited.
    characters: u32,
    message_bytes: usize,
    operator: bool,
}

impl Manner {
    fn of(byte: u8) -> Self {
        let (profile, language) = match byte & 7 {
            0 | 3 => (Profile::Native, Language::En),
            1 => (Profile::Native, Language::Es),
            2 => (Profile::Native, Language::Pt),
            4 => (Profile::Talk, Language::Es),
            5 => (Profile::Note, Language::Es),
            _ => (Profile::Desk, Language::Es),
        };
        let small = byte & 8 != 0;
        let guesses = profile != Profile::Native && byte & 7 != 7;
        let framing =
            if guesses { Framing::Auto { silence_ms: SILENCE_MS } } else { Framing::Line };
        Self {
            profile,
            language,
            framing,
            characters: if small { 16 } else { 4_000 },
            message_bytes: MESSAGE_BYTES[usize::from(!small)],
            operator: byte & 7 == 3,
        }
    }

    fn admission(&self) -> Admission {
        Admission {
            characters: self.characters,
            operator: self.operator,
            disconnect: self.profile == Profile::Desk,
            answers_only: self.profile == Profile::Desk,
            ..Admission::default()
        }
    }
}

/// A client's side, as the reactor has it.
struct Client {
    manner: Manner,
    house: House,
    framer: Framer,
    dialogue: Dialogue,
    now_ms: u64,
    messages: usize,
    /// How many newlines, silences and ends of the stream came, and how many bytes.
    ends: usize,
    bytes: usize,
    /// Nothing more is heard or said.
    over: bool,
}

/// Any bytes from a client of lines.
pub fn text_line(data: &[u8]) {
    let [manner, cut, stream @ ..] = data else { return };
    let manner = Manner::of(*manner);
    let pieces = pieces(stream, *cut);
    if manner.framing == Framing::Line {
        cuts_do_not_matter(stream, &pieces, manner.message_bytes);
    }
    let mut client = Client::new(manner);
    let mut dice = Dice::new(u64::from(*cut));
    for piece in pieces {
        client.sends(piece);
        if dice.below(4) == 0 {
            client.waits();
        }
        if client.over {
            return;
        }
    }
    client.ends();
}

/// The bytes as the network brings them: whole, or in pieces of a few bytes or of many.
fn pieces(stream: &[u8], cut: u8) -> Vec<&[u8]> {
    let size = cut & 15;
    let mut dice = Dice::new(u64::from(cut) + 256);
    let mut pieces = Vec::new();
    let mut rest = stream;
    while !rest.is_empty() {
        let length = if size == 0 { rest.len() } else { 1 + dice.below(1 << size) };
        let (piece, behind) = rest.split_at(length.min(rest.len()));
        pieces.push(piece);
        rest = behind;
    }
    pieces
}

/// Lines are those between the newlines, wherever the network cut them.
fn cuts_do_not_matter(stream: &[u8], pieces: &[&[u8]], most: usize) {
    let mut framer = Framer::new(Framing::Line, most);
    let mut found = Vec::new();
    for piece in pieces {
        framer.push(piece, 0);
        pull_all(&mut framer, &mut found);
    }
    framer.finish();
    pull_all(&mut framer, &mut found);

    let mut lines: Vec<&[u8]> = stream.split(|byte| *byte == b'\n').collect();
    if lines.last().is_some_and(|last| last.is_empty()) {
        lines.pop();
    }
    let bare = |line: &'_ [u8]| line.strip_suffix(b"\r").unwrap_or(line).to_vec();
    let fits = |line: Vec<u8>| (line.len() <= most).then_some(line);
    let due: Vec<_> = lines.into_iter().map(|line| fits(bare(line))).collect();
    assert_eq!(found, due, "the lines depend on how they were cut");
}

/// Every message that is there; `None` for one that was too long.
fn pull_all(framer: &mut Framer, found: &mut Vec<Option<Vec<u8>>>) {
    loop {
        let ready = framer.is_ready();
        let Some(frame) = framer.pull() else { return };
        assert!(ready, "a message comes that was not announced");
        found.push((!frame.too_long).then(|| frame.bytes.to_vec()));
    }
}

impl Client {
    fn new(manner: Manner) -> Self {
        let dialogue = Dialogue::new(manner.profile, manner.language, manner.characters);
        spoken::harmless(dialogue.greeting());
        Self {
            house: House::open(manner.admission()),
            framer: Framer::new(manner.framing, manner.message_bytes),
            dialogue: if manner.operator { dialogue.with_operator() } else { dialogue },
            manner,
            now_ms: 0,
            messages: 0,
            ends: 0,
            bytes: 0,
            over: false,
        }
    }

    fn sends(&mut self, piece: &[u8]) {
        self.bytes += piece.len();
        self.ends += piece.split(|byte| *byte == b'\n').count() - 1;
        if self.framer.push(piece, self.now_ms) {
            self.house.heard();
        }
        self.hears();
    }

    /// Lets so much time pass that silence ends what is held, even half a character.
    fn waits(&mut self) {
        while let Some(deadline) = self.framer.deadline().filter(|_| !self.over) {
            self.now_ms = deadline;
            if self.framer.is_overdue(self.now_ms) {
                // Who does not end what it began is told goodbye.
                self.over = true;
                return;
            }
            self.framer.expire(self.now_ms);
            self.ends += 1;
            self.hears();
        }
    }

    fn ends(&mut self) {
        self.framer.finish();
        self.ends += 1;
        self.hears();
    }

    fn hears(&mut self) {
        while !self.over {
            let Some(frame) = self.framer.pull() else { break };
            let most = self.manner.message_bytes;
            assert!(frame.bytes.len() <= most, "a message is too long");
            self.messages += 1;
            // What no buffer holds is a message too, once.
            assert!(self.messages <= self.ends + self.bytes / most, "a message of nothing");
            let before = self.dialogue.outstanding();
            let read = self.dialogue.read(&frame, || u128::MAX / 3);
            let owed = self.dialogue.outstanding() - before;
            match read {
                Read::Ask(ask, key) => {
                    assert_eq!(owed, 1, "one message is one ask");
                    spoken::ask(&ask, frame.bytes);
                    self.house.asked(ask, key, frame.counted);
                }
                Read::Nothing => assert!(owed == 0 && is_blank(&frame), "{frame:?} is ignored"),
                Read::Hangup => {
                    assert_eq!(owed, 0);
                    self.over = true;
                }
            }
        }
        self.is_told();
    }

    fn is_told(&mut self) {
        for told in self.house.commit() {
            let mut out = Vec::new();
            match told {
                _ if self.over => return,
                Told::Reply(answer) => {
                    self.dialogue.reply(&answer, &mut out);
                    self.check(&answer, &out);
                }
                Told::Goodbye(reason) => {
                    self.dialogue.goodbye(reason, &mut out);
                    self.check_goodbye(reason, &out);
                    self.over = true;
                }
            }
        }
        let silent = self.over || self.dialogue.outstanding() == 0;
        assert!(silent, "something that was asked is not answered");
    }

    fn check(&self, answer: &Answer, out: &[u8]) {
        if self.manner.profile == Profile::Native && out.starts_with(b"{") {
            json_line::reply(answer, out);
        } else {
            spoken::reply(self.manner.profile, answer, out);
        }
    }

    fn check_goodbye(&self, reason: Goodbye, out: &[u8]) {
        let text = std::str::from_utf8(out).expect("what is sent is UTF-8");
        spoken::harmless(text);
        let silent = matches!(self.manner.profile, Profile::Talk | Profile::Note);
        assert!(!text.is_empty() || (silent && reason == Goodbye::Left), "no word for {reason:?}");
    }
}

/// Only what holds nothing to see is passed over.
fn is_blank(frame: &Frame<'_>) -> bool {
    std::str::from_utf8(frame.bytes).is_ok_and(|line| line.trim().is_empty())
}
