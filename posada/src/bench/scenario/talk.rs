//! One sender and a room whose members all hear it. A message is done when it is acknowledged and
//! every member has it.
//!
//! All members hear the same bytes. Whoever is ahead has its bytes read as lines, each of which
//! must be the next message; the others must have heard the same bytes, which is a comparison of
//! memory: a hundred members cost little more than one.

use std::collections::VecDeque;
use std::io::Write as _;

use anyhow::Result;

use super::super::args::Plan;
use super::super::driver::Scenario;
use super::super::socket::{Introduction, Socket};
use super::super::spawn::Server;
use super::super::tally::Tally;
use super::answer::number;
use super::{lines, name, shown};

/// Digits of a message's number, at the beginning of its text.
const DIGITS: usize = 20;
/// What is kept of what was heard before it is looked whether all have it.
const KEPT_BYTES: usize = 1 << 20;

/// The scenario. Connection 0 is the sender.
pub(super) struct Talk {
    members: Vec<Member>,
    /// What follows the number of each message.
    filler: Vec<u8>,
    /// What stands between a message's number in the log and its text.
    head: Vec<u8>,
    /// The messages that are not done, the oldest of which has this number.
    messages: VecDeque<Message>,
    first: u64,
    asked: u64,
    acknowledged: u64,
    stream: Stream,
}

/// Somebody who listens.
#[derive(Clone, Default)]
struct Member {
    /// How many bytes it has heard.
    heard: u64,
    /// The next message that it will have.
    next: u64,
}

/// One that was sent.
struct Message {
    /// How many have still to hear it; the sender hears that it was sent.
    left: usize,
    /// Where it ends in what is heard, as soon as somebody has heard it.
    end: Option<u64>,
    /// Its number in the log, as soon as somebody has told it.
    seq: Option<u64>,
}

/// What members hear.
#[derive(Default)]
struct Stream {
    /// The latest of it, and where that begins.
    bytes: Vec<u8>,
    begins: u64,
    /// Up to where it was read as lines.
    read: usize,
    /// How many messages that were, and the number of the last of them.
    messages: u64,
    seq: u64,
}

impl Talk {
    pub(super) fn open(plan: &Plan, server: &Server) -> Result<(Self, Vec<Socket>)> {
        let room = name(0);
        let mut sockets = Vec::new();
        for number in 0..=plan.connections {
            let mut introduction = Introduction::to(server.address)?;
            introduction.insist(&format!("name {}", name(number)))?;
            introduction.insist(&format!("join {room}"))?;
            introduction.insist("leave lobby")?;
            sockets.push(introduction.done()?);
        }
        let filler = b"0123456789abcdef".iter().copied().cycle();
        let scenario = Self {
            members: vec![Member::default(); plan.connections],
            filler: filler.take(plan.size.saturating_sub(DIGITS)).collect(),
            head: format!(" #{room} {room}: ").into_bytes(),
            messages: VecDeque::new(),
            first: 0,
            asked: 0,
            acknowledged: 0,
            stream: Stream::default(),
        };
        Ok((scenario, sockets))
    }

    /// A line that somebody was the first to hear must be the next message.
    fn read(&mut self, tally: &mut Tally) {
        let mut at = self.stream.begins + self.stream.read as u64;
        let unread = self.stream.bytes.split_off(self.stream.read);
        let used = lines(&unread, |line| {
            at += line.len() as u64 + 1;
            let wanted = self.stream.messages;
            if tally.over {
                return;
            }
            let Some((seq, text)) = self.message(line) else {
                // The operator may speak to everybody.
                if !line.starts_with(b"* ") {
                    tally.fatal(|| format!("a member heard {:?}", shown(line)));
                }
                return;
            };
            let found = text.get(..DIGITS).and_then(number).map(|(found, _)| found);
            if found != Some(wanted) || text.get(DIGITS..) != Some(&self.filler) {
                let text = shown(text);
                tally.fatal(|| format!("message {wanted} was due, and members heard {text:?}"));
            } else if seq <= self.stream.seq {
                let before = self.stream.seq;
                tally.fatal(|| format!("message {wanted} has number {seq} behind {before}"));
            } else {
                self.numbered(wanted, seq, tally);
                if let Some(message) = self.at(wanted) {
                    message.end = Some(at);
                }
                (self.stream.seq, self.stream.messages) = (seq, wanted + 1);
            }
        });
        self.stream.bytes.extend_from_slice(&unread);
        self.stream.read += used;
    }

    /// `* SEQ #ROOM SENDER: TEXT`, where room and sender are ours.
    fn message<'a>(&self, line: &'a [u8]) -> Option<(u64, &'a [u8])> {
        let (seq, rest) = number(line.strip_prefix(b"* ")?)?;
        Some((seq, rest.strip_prefix(self.head.as_slice())?))
    }

    fn at(&mut self, message: u64) -> Option<&mut Message> {
        let place = usize::try_from(message.checked_sub(self.first)?).ok()?;
        self.messages.get_mut(place)
    }

    /// Its sender and its members are told the same number.
    fn numbered(&mut self, message: u64, seq: u64, tally: &mut Tally) {
        let Some(one) = self.at(message) else {
            tally.fatal(|| format!("message {message} was heard, and never sent"));
            return;
        };
        let known = *one.seq.get_or_insert(seq);
        if known != seq {
            tally.fatal(|| format!("message {message} has the numbers {known} and {seq}"));
        }
    }

    /// What one member heard is what all do; counts the messages that it has now.
    fn listen(&mut self, member: usize, bytes: &[u8], now: u64, tally: &mut Tally) {
        let heard = self.members[member].heard - self.stream.begins;
        let heard = usize::try_from(heard).unwrap_or(usize::MAX);
        let known = &self.stream.bytes[heard..];
        let common = known.len().min(bytes.len());
        if known[..common] != bytes[..common] {
            let next = self.members[member].next;
            let end = known.len().min(common + 1);
            let (expected, found) = (shown(&known[..end]), shown(bytes));
            tally.fatal(|| {
                format!(
                    "member {member}, of message {next} on, heard {found:?}; others {expected:?}"
                )
            });
            return;
        }
        if bytes.len() > common {
            self.stream.bytes.extend_from_slice(&bytes[common..]);
            self.read(tally);
        }
        self.members[member].heard += bytes.len() as u64;
        let Member { heard, mut next } = self.members[member].clone();
        while let Some(message) = self.at(next)
            && message.end.is_some_and(|end| end <= heard)
        {
            message.left -= 1;
            next += 1;
        }
        self.members[member].next = next;
        self.complete(now, tally);
        if self.stream.bytes.len() > KEPT_BYTES {
            self.forget();
        }
    }

    fn complete(&mut self, now: u64, tally: &mut Tally) {
        while self.messages.front().is_some_and(|message| message.left == 0) {
            self.messages.pop_front();
            self.first += 1;
            tally.changes += 1;
            tally.done(0, now);
        }
    }

    /// What all have heard need not be compared any more.
    fn forget(&mut self) {
        let heard = self.members.iter().map(|member| member.heard).min().unwrap_or_default();
        let all = usize::try_from(heard - self.stream.begins).unwrap_or_default();
        let all = all.min(self.stream.read);
        self.stream.bytes.drain(..all);
        self.stream.begins += all as u64;
        self.stream.read -= all;
    }

    fn acknowledge(&mut self, line: &[u8], now: u64, tally: &mut Tally) {
        let message = self.acknowledged;
        let seq = line.strip_prefix(b"OK ").and_then(number).map(|(seq, _)| seq);
        let Some(seq) = seq else {
            if !line.starts_with(b"* ") {
                tally.fatal(|| format!("message {message} was answered {:?}", shown(line)));
            }
            return;
        };
        self.acknowledged += 1;
        self.numbered(message, seq, tally);
        if let Some(one) = self.at(message) {
            one.left -= 1;
        }
        self.complete(now, tally);
    }
}

impl Scenario for Talk {
    fn askers(&self) -> usize {
        1
    }

    fn ask(&mut self, _connection: usize, out: &mut Vec<u8>) -> bool {
        // Writing to memory does not fail.
        let _ = write!(out, "say {:0DIGITS$}", self.asked);
        out.extend_from_slice(&self.filler);
        out.push(b'\n');
        self.asked += 1;
        self.messages.push_back(Message { left: self.members.len() + 1, end: None, seq: None });
        true
    }

    fn hear(&mut self, connection: usize, bytes: &[u8], now: u64, tally: &mut Tally) -> usize {
        if let Some(member) = connection.checked_sub(1) {
            self.listen(member, bytes, now, tally);
            return bytes.len();
        }
        lines(bytes, |line| {
            if !tally.over {
                self.acknowledge(line, now, tally);
            }
        })
    }
}
