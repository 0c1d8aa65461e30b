//! The state: what the log says, a pure fold over it.
//!
//! [`State::apply`] is the only way in. It reads the entry and nothing else: no configuration, no
//! clock, no session of this node. That is why recovery is the same as live traffic, and why a
//! log means the same wherever it is read. Each idea has its file: [`people`] (principals, names,
//! who is online), [`mailbox`] (what is said to one), [`rooms`] and their [`history`],
//! [`resources`], [`keys`] (what is not done twice), [`bans`]. What commands do across them is in
//! `talk` and `orders`. A state is taken apart in `facts` and put together again in `restored`.

pub mod bans;
mod digest;
mod facts;
pub mod history;
pub mod keys;
pub mod mailbox;
pub mod missed;
mod orders;
mod outcome;
pub mod people;
mod refusal;
pub mod resources;
mod restored;
pub mod rooms;
mod talk;

use alloc::boxed::Box;
use alloc::collections::BTreeMap;

pub use facts::Fact;
pub use outcome::{Departure, Outcome};
pub use refusal::Refusal;
pub use restored::{Restored, Unsound};

use crate::limits::CHECK_EVERY;
use crate::{Command, Entry, Key, PrincipalId, Seq, SessionId, Text, Time};
use bans::Bans;
use keys::{Answered, Keys};
use people::People;
use resources::Resources;
use rooms::Rooms;

/// The newest semantics that this program knows.
///
/// 1: one room without a history; whoever is offline and holds nothing is forgotten. 2: rooms,
/// histories, mailboxes, keys, and the operator.
pub const RULES: u32 = 2;

/// What the log says so far.
#[derive(Clone, Debug, Default)]
pub struct State {
    rules: u32,
    seq: Seq,
    time: Time,
    trail: u64,
    checkpoint: (Seq, u64),
    nodes: BTreeMap<u16, u32>,
    people: People,
    rooms: Rooms,
    resources: Resources,
    keys: Keys,
    bans: Bans,
}

impl State {
    /// Applies the next entry, whose sequence number is `seq`.
    ///
    /// # Panics
    /// When `seq` is not the next one, or when an entry comes before the first `Rules`: whoever
    /// drives the state has then mixed up the log, and nothing that follows could be trusted.
    pub fn apply(&mut self, seq: Seq, entry: &Entry) -> Outcome {
        assert_eq!(seq.0, self.seq.0 + 1, "entries are applied in the log's order, each once");
        self.seq = seq;
        self.time = entry.time.not_before(self.time);
        let outcome = match entry.key {
            Some(key) => self.decide_once(key, &entry.command),
            None => self.decide(&entry.command),
        };
        for forgotten in self.people.take_forgotten() {
            self.keys.forget_all(forgotten);
        }
        self.trail = outcome.fold_into(self.trail, seq, self.time);
        if seq.0.is_multiple_of(CHECK_EVERY) {
            self.checkpoint = (seq, self.trail);
        }
        outcome
    }

    fn decide(&mut self, command: &Command) -> Outcome {
        if let Command::Rules { version } = command {
            return self.switch_rules(*version);
        }
        assert!(self.rules > 0, "a log begins with its rules");
        if command.asker().is_some_and(|session| self.people.is_replaced(session)) {
            return Outcome::Refused(Refusal::NameFirst);
        }
        match command {
            Command::Rules { .. } => unreachable!("decided above"),
            Command::NodeUp { node, epoch } => self.node_up(*node, *epoch),
            Command::Declare { resource } => self.resources.declare(resource.clone()).into(),
            Command::History { bytes } => {
                self.rooms.set_history_bytes(*bytes);
                Outcome::Noted
            }
            Command::Name { session, name, proof, secret } => {
                let claim = people::Claim { name, proof: *proof, secret: *secret };
                self.arrive(*session, &claim).into()
            }
            Command::Join { session, room } => self.join(*session, room).into(),
            Command::Leave { session, room } => self.leave(*session, room.as_deref()).into(),
            Command::Topic { session, room, text } => {
                self.set_topic(*session, room.as_deref(), text).into()
            }
            Command::Say { session, room, text } => {
                self.say(*session, room.as_deref(), text).into()
            }
            Command::To { session, name, text } => self.say_to(*session, name, text).into(),
            Command::Note { session, .. } => Outcome::NoteTaken { from: self.name_of(*session) },
            Command::Reserve { session, resource } => self.reserve(*session, resource),
            Command::Cancel { session, resource } => self.cancel(*session, resource),
            Command::Announce { text, .. } => self.announce(text),
            Command::Tell { to, text, .. } => self.tell(to, text).into(),
            Command::Kick { who, .. } => self.kick(who).into(),
            Command::Ban { who, for_ms, .. } => self.ban(who, *for_ms).into(),
            Command::Release { resource, .. } => self.release(resource).into(),
            Command::End { session } => self.end(*session),
            Command::Check { at, trail } => self.check(*at, *trail),
        }
    }

    /// Decides what was asked with a key: once, and from then on by heart.
    fn decide_once(&mut self, key: Key, command: &Command) -> Outcome {
        let asker = command.asker().map(|session| self.people.principal_of(session));
        let Some(principal) = asker.filter(|it| *it != PrincipalId::ANONYMOUS) else {
            return Outcome::Refused(Refusal::NameFirst);
        };
        let body = keys::body(command);
        match self.keys.look(principal, key, body) {
            Err(refusal) => Outcome::Refused(refusal),
            Ok(Some(answered)) => {
                Outcome::Repeated { seq: answered.seq, outcome: Box::new(answered.outcome.clone()) }
            }
            Ok(None) => {
                let outcome = self.decide(command);
                let answered = Answered { body, seq: self.seq, outcome: outcome.clone() };
                self.keys.record(principal, key, answered);
                outcome
            }
        }
    }

    fn switch_rules(&mut self, version: u32) -> Outcome {
        if version > RULES {
            return Outcome::UnknownRules(version);
        }
        if self.rules == 1 && version > 1 {
            self.rooms.begin_histories(self.seq);
        }
        self.rules = self.rules.max(version);
        Outcome::Noted
    }

    fn node_up(&mut self, node: u16, epoch: u32) -> Outcome {
        let known = self.nodes.entry(node).or_default();
        *known = epoch.max(*known);
        let epoch = *known;
        for session in self.people.of_epochs_before(node, epoch) {
            self.end(session);
        }
        Outcome::Noted
    }

    fn end(&mut self, session: SessionId) -> Outcome {
        let name = match self.people.leave(session, self.seq) {
            Ok(name) => name,
            Err(refusal) => return Outcome::Refused(refusal),
        };
        let rooms = self.rooms.exit_all(session, self.seq);
        if self.rules < 2 {
            self.people.forget_the_away();
            return Outcome::Noted;
        }
        Outcome::Ended(Departure { name, rooms })
    }

    fn reserve(&mut self, session: SessionId, resource: &str) -> Outcome {
        let principal = self.people.principal_of(session);
        if !self.people.may_reserve(principal) {
            return Outcome::Refused(Refusal::TooManyReservations);
        }
        match self.resources.reserve(resource, principal, self.seq, self.time) {
            Ok(resource) => {
                self.people.count_reservation(principal);
                Outcome::Reserved { resource }
            }
            Err(refusal) => Outcome::Refused(refusal),
        }
    }

    fn cancel(&mut self, session: SessionId, resource: &str) -> Outcome {
        let principal = self.people.principal_of(session);
        match self.resources.cancel(resource, principal) {
            Ok(resource) => {
                self.people.discount_reservation(principal, self.seq);
                Outcome::Cancelled { resource }
            }
            Err(refusal) => Outcome::Refused(refusal),
        }
    }

    fn check(&self, at: Seq, trail: u64) -> Outcome {
        if self.checkpoint == (at, trail) { Outcome::Noted } else { Outcome::Drifted { at } }
    }

    /// The last entry applied.
    pub fn seq(&self) -> Seq {
        self.seq
    }

    /// The latest time in the log.
    pub fn time(&self) -> Time {
        self.time
    }

    /// The semantics in force; zero before the first entry.
    pub fn rules(&self) -> u32 {
        self.rules
    }

    /// A running fingerprint of every outcome so far. Two programs that replay the same log and
    /// differ here mean different things by it.
    pub fn trail(&self) -> u64 {
        self.trail
    }

    /// The last multiple of [`CHECK_EVERY`] that was passed, and the trail there.
    pub fn checkpoint(&self) -> (Seq, u64) {
        self.checkpoint
    }

    /// A fingerprint of the state itself, whatever way led to it.
    pub fn digest(&self) -> u64 {
        digest::of(self)
    }

    /// How often a node has started.
    pub fn epoch(&self, node: u16) -> u32 {
        self.nodes.get(&node).copied().unwrap_or(0)
    }

    /// Principals, names and who is online.
    pub fn people(&self) -> &People {
        &self.people
    }

    /// What can be reserved, and who has it.
    pub fn resources(&self) -> &Resources {
        &self.resources
    }

    /// The name of a session's principal; `None` for the anonymous.
    pub fn name_of(&self, session: SessionId) -> Option<Text> {
        self.people.name_of(self.people.principal_of(session))
    }

    /// All rooms, and who is in them.
    pub fn rooms(&self) -> &Rooms {
        &self.rooms
    }

    /// What was asked with a key, and what it came to.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Whom the operator has shut out.
    pub fn bans(&self) -> &Bans {
        &self.bans
    }
}
