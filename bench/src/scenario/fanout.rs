//! One sender, and members that all hear the same bytes: a message is done when every member has
//! it, and, where the server acknowledges, its sender knows.
//!
//! What a member hears is known beforehand, byte by byte, so verifying is a comparison of memory.

use std::collections::VecDeque;
use std::io::Write as _;

use posada::bench::{Scenario, Tally};

use super::shown;

/// Bytes of a message's text, at the beginning of which stands its number.
pub(crate) const SIZE: usize = 64;
const DIGITS: usize = 20;
const FILLER: &[u8] = b"0123456789abcdef0123456789abcdef0123456789abcdef";
/// What is kept of what is to be heard before it is looked whether all have it.
const KEPT_BYTES: usize = 1 << 20;

/// How a peer spells a message.
pub(crate) struct Spelling {
    /// What its sender writes before and behind the text.
    pub(crate) asked: (Vec<u8>, Vec<u8>),
    /// What members hear before and behind it.
    pub(crate) heard: (Vec<u8>, Vec<u8>),
    /// What its sender is answered; where that is nothing, what it hears is not looked at.
    pub(crate) answer: Vec<u8>,
    /// What a server may say between messages.
    pub(crate) between: &'static [u8],
}

/// The scenario. Connection 0 is the sender.
pub(crate) struct Fanout {
    spelling: Spelling,
    /// How many bytes of messages each member has heard.
    members: Vec<usize>,
    /// What members hear, from this byte on.
    expected: Vec<u8>,
    begins: usize,
    /// How many have still to hear each message that is not done, the sender among them.
    left: VecDeque<usize>,
    first: usize,
    asked: usize,
    answered: usize,
}

impl Fanout {
    pub(crate) fn new(members: usize, spelling: Spelling) -> Self {
        Self {
            spelling,
            members: vec![0; members],
            expected: Vec::new(),
            begins: 0,
            left: VecDeque::new(),
            first: 0,
            asked: 0,
            answered: 0,
        }
    }

    /// Bytes of a message, as members hear it.
    fn frame(&self) -> usize {
        self.spelling.heard.0.len() + SIZE + self.spelling.heard.1.len()
    }

    fn acknowledged(&self) -> bool {
        !self.spelling.answer.is_empty()
    }

    /// Message by message, from one to before another, is one more told.
    fn told(&mut self, from: usize, until: usize, now: u64, tally: &mut Tally) {
        for message in from..until {
            if let Some(left) = self.left.get_mut(message - self.first) {
                *left -= 1;
            }
        }
        while self.left.front() == Some(&0) {
            self.left.pop_front();
            self.first += 1;
            tally.done(0, now);
        }
    }

    /// What a member heard must be what all hear. Returns how much of it was understood.
    fn listen(&mut self, member: usize, bytes: &[u8], now: u64, tally: &mut Tally) -> usize {
        let (frame, before) = (self.frame(), self.members[member]);
        let (mut at, mut used) = (before, 0);
        while used < bytes.len() {
            let known = &self.expected[at - self.begins..];
            let rest = &bytes[used..];
            if rest.len() <= known.len() && rest == &known[..rest.len()] {
                (at, used) = (at + rest.len(), bytes.len());
                continue;
            }
            // Something else may stand here, between two messages.
            let same = rest.iter().zip(known).take_while(|(a, b)| a == b).count();
            let whole = (at + same) / frame * frame;
            let step = whole.saturating_sub(at);
            let (rest, between) = (&rest[step..], self.spelling.between);
            if !between.is_empty() && whole >= at && rest.starts_with(between) {
                (at, used) = (at + step, used + step + between.len());
            } else if !between.is_empty() && whole >= at && between.starts_with(rest) {
                (at, used) = (at + step, used + step);
                break;
            } else {
                tally.fatal(|| format!("member {member} heard {:?} at {at}", shown(rest)));
                return bytes.len();
            }
        }
        self.members[member] = at;
        self.told(before / frame, at / frame, now, tally);
        used
    }

    /// What all have heard need not be compared any more.
    fn forget(&mut self) {
        let heard = self.members.iter().copied().min().unwrap_or_default();
        self.expected.drain(..heard - self.begins);
        self.begins = heard;
    }

    fn acknowledge(&mut self, bytes: &[u8], now: u64, tally: &mut Tally) -> usize {
        if !self.acknowledged() {
            return bytes.len();
        }
        let before = self.answered;
        let answer = &self.spelling.answer;
        let mut rest = bytes;
        while let Some(behind) = rest.strip_prefix(answer.as_slice()) {
            (rest, self.answered) = (behind, self.answered + 1);
        }
        if !answer.starts_with(rest) || self.answered > self.asked {
            tally.fatal(|| format!("the sender heard {:?}", shown(rest)));
        }
        self.told(before, self.answered, now, tally);
        bytes.len() - rest.len()
    }
}

impl Scenario for Fanout {
    fn askers(&self) -> usize {
        1
    }

    fn ask(&mut self, _connection: usize, out: &mut Vec<u8>) -> bool {
        if self.expected.len() > KEPT_BYTES {
            self.forget();
        }
        let Spelling { asked, heard, .. } = &self.spelling;
        for (bytes, (before, behind)) in [(out, asked), (&mut self.expected, heard)] {
            bytes.extend_from_slice(before);
            // Writing to memory does not fail.
            let _ = write!(bytes, "{:0DIGITS$}", self.asked);
            bytes.extend_from_slice(&FILLER[..SIZE - DIGITS]);
            bytes.extend_from_slice(behind);
        }
        self.asked += 1;
        self.left.push_back(self.members.len() + usize::from(self.acknowledged()));
        true
    }

    fn hear(&mut self, connection: usize, bytes: &[u8], now: u64, tally: &mut Tally) -> usize {
        match connection.checked_sub(1) {
            Some(member) => self.listen(member, bytes, now, tally),
            None => self.acknowledge(bytes, now, tally),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room() -> (Fanout, Tally, Vec<u8>) {
        let spelling = Spelling {
            asked: (b"say ".to_vec(), b"\n".to_vec()),
            heard: (b"MSG ".to_vec(), b"\n".to_vec()),
            answer: b"OK\n".to_vec(),
            between: b"PING\n",
        };
        let mut fanout = Fanout::new(2, spelling);
        let mut tally = Tally::new(3, (0, 10), false).expect("bounds are right");
        let mut out = Vec::new();
        for _ in 0..2 {
            fanout.ask(0, &mut out);
            tally.sent(0, 1, 1);
        }
        let heard = fanout.expected.clone();
        (fanout, tally, heard)
    }

    #[test]
    fn a_message_is_done_when_all_have_it_and_the_sender_knows() {
        let (mut fanout, mut tally, heard) = room();
        fanout.hear(1, &heard, 2, &mut tally);
        fanout.hear(2, &heard[..100], 2, &mut tally);
        assert_eq!(tally.done, 0);
        fanout.hear(0, b"OK\nOK\n", 2, &mut tally);
        assert_eq!(tally.done, 1);
        fanout.hear(2, &heard[100..], 2, &mut tally);
        assert_eq!((tally.done, tally.wrong), (2, 0), "{:?}", tally.told);
    }

    #[test]
    fn what_a_server_says_between_messages_is_passed_over() {
        let (mut fanout, mut tally, heard) = room();
        let frame = heard.len() / 2;
        let all = [b"PING\n", &heard[..frame], b"PING\n", &heard[frame..], b"PI"].concat();
        assert_eq!(fanout.hear(1, &all, 2, &mut tally), all.len() - 2);
        assert_eq!((fanout.members[0], tally.wrong), (heard.len(), 0), "{:?}", tally.told);
    }

    #[test]
    fn what_nobody_sent_is_wrong() {
        let (mut fanout, mut tally, mut heard) = room();
        heard[30] ^= 1;
        fanout.hear(1, &heard, 2, &mut tally);
        assert_eq!(tally.wrong, 1);
        let (mut fanout, mut tally, heard) = room();
        fanout.hear(1, &[&heard[..], &heard[..]].concat(), 2, &mut tally);
        assert_eq!(tally.wrong, 1);
    }
}
