//! The state: what the log says, a pure fold over it.
//!
//! [`State::apply`] is the only way in. It reads the entry and nothing else: no configuration, no
//! clock, no session of this node. That is why recovery is the same as live traffic, and why a
//! log means the same wherever it is read. Each idea has its file: [`people`] (principals, names,
//! who is online), [`resources`], and the lobby's members beside the people in it.

mod digest;
mod outcome;
pub mod people;
pub mod resources;

use alloc::collections::BTreeMap;

pub use outcome::{Outcome, Refusal};

use crate::limits::CHECK_EVERY;
use crate::{Command, Entry, Seq, SessionId, Text, Time};
use people::People;
use resources::Resources;

/// The newest semantics that this program knows.
pub const RULES: u32 = 1;

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
    resources: Resources,
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
        let outcome = self.decide(&entry.command);
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
            Command::Name { session, name, proof, secret } => {
                let claim = people::Claim { name, proof: *proof, secret: *secret };
                self.people.arrive(*session, &claim, self.seq)
            }
            Command::Say { session, .. } => self.people.speak(*session),
            Command::To { session, name, .. } => self.people.address(*session, name),
            Command::Reserve { session, resource } => self.reserve(*session, resource),
            Command::Cancel { session, resource } => self.cancel(*session, resource),
            Command::End { session } => self.people.leave(*session).into(),
            Command::Check { at, trail } => self.check(*at, *trail),
        }
    }

    fn switch_rules(&mut self, version: u32) -> Outcome {
        if version > RULES {
            return Outcome::UnknownRules(version);
        }
        self.rules = self.rules.max(version);
        Outcome::Noted
    }

    fn node_up(&mut self, node: u16, epoch: u32) -> Outcome {
        let known = self.nodes.entry(node).or_default();
        *known = epoch.max(*known);
        self.people.end_epochs_before(node, *known);
        Outcome::Noted
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
                self.people.discount_reservation(principal);
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

    /// The sessions in the lobby, in order of arrival.
    pub fn in_lobby(&self) -> impl Iterator<Item = SessionId> + '_ {
        self.people.in_lobby()
    }
}
