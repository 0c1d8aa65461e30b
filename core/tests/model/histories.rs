//! Histories: any log means what the model says, wherever and however often it is read.

use std::collections::BTreeMap;

use posada_core::state::{Outcome, State};
use posada_core::{Command, Entry, PrincipalId, Seq, Text};
use proptest::prelude::*;

use crate::cases;
use crate::house::PAGE;
use crate::naive::{Body, Model, Picture};
use crate::world::{as_written, entry, log, sessions, twins};

/// Reads a log in both ways and compares them after every entry.
pub(crate) fn check(log: &[Entry]) -> Result<(), TestCaseError> {
    let (mut state, mut model) = (State::default(), Model::default());
    let mut ledger = Ledger::default();
    for (entry, seq) in log.iter().zip(1..) {
        let asker = asker(&state, &entry.command);
        let outcome = state.apply(Seq(seq), entry);
        prop_assert_eq!(&outcome, &model.apply(Seq(seq), entry), "entry {}: {:?}", seq, entry);
        let (is, means) = (Picture::of(&state), model.picture());
        prop_assert_eq!(is, means, "after entry {}: {:?}", seq, entry);
        ask_what_was_missed(&state, &model)?;
        ledger.write(Seq(seq), &entry.command, &outcome, asker)?;
        ledger.audit(&state, &model)?;
    }
    Ok(())
}

/// What each session missed, known or not, everywhere and in one room.
fn ask_what_was_missed(state: &State, model: &Model) -> Result<(), TestCaseError> {
    let last = state.seq().0;
    for session in sessions() {
        for after in [0, last / 2, last.saturating_sub(3), last, last + 1] {
            for room in [None, Some("lobby"), Some("dev"), Some("té")] {
                for most in [0, PAGE, 1 << 20] {
                    let is = state.missed(session, Seq(after), room, most);
                    let means = model.missed(session, Seq(after), room, most as usize);
                    prop_assert_eq!(is, means, "{:?} after {} in {:?}", session, after, room);
                }
            }
        }
    }
    Ok(())
}

/// As whom a command is given.
fn asker(state: &State, command: &Command) -> PrincipalId {
    match command {
        Command::Reserve { session, .. } | Command::Cancel { session, .. } => {
            state.people().principal_of(*session)
        }
        _ => PrincipalId::ANONYMOUS,
    }
}

/// Who holds what, only by what was answered.
#[derive(Default)]
struct Ledger {
    holders: BTreeMap<Text, (PrincipalId, Seq)>,
    last: Seq,
}

impl Ledger {
    fn write(
        &mut self,
        seq: Seq,
        command: &Command,
        outcome: &Outcome,
        asker: PrincipalId,
    ) -> Result<(), TestCaseError> {
        match (command, outcome) {
            (Command::Reserve { resource, .. }, Outcome::Reserved { .. }) => {
                prop_assert!(seq > self.last, "tokens only grow");
                self.last = seq;
                let before = self.holders.insert(resource.clone(), (asker, seq));
                prop_assert_eq!(before, None, "two hold {}", resource);
            }
            (Command::Cancel { resource, .. }, Outcome::Cancelled { .. }) => {
                let before = self.holders.remove(resource);
                prop_assert_eq!(before.map(|held| held.0), Some(asker), "{}", resource);
            }
            (Command::Release { resource, .. }, Outcome::Cancelled { .. }) => {
                let before = self.holders.remove(resource);
                prop_assert!(before.is_some(), "nobody had {}", resource);
            }
            (_, Outcome::Reserved { .. } | Outcome::Cancelled { .. }) => {
                prop_assert!(false, "{:?} changed a reservation", command);
            }
            _ => {}
        }
        Ok(())
    }

    /// What must hold of any state, whatever way led to it.
    fn audit(&self, state: &State, model: &Model) -> Result<(), TestCaseError> {
        for resource in state.resources().iter() {
            let held = resource.held.map(|held| (held.holder, held.token));
            prop_assert_eq!(held, self.holders.get(&resource.name.key).copied());
        }
        let mut keys = Vec::new();
        for (id, principal) in state.people().principals() {
            prop_assert!(!keys.contains(&&principal.name.key), "two are {}", principal.name.key);
            keys.push(&principal.name.key);
            prop_assert_eq!(principal.reservations as usize, model.held_by(id));
            let away = principal.online.is_none() && principal.reservations == 0;
            prop_assert_eq!(principal.away.is_some(), away, "{}", principal.name.key);
            prop_assert!(!away || state.rules() > 1, "a ghost");
            if let Some((session, _)) = principal.online {
                prop_assert_eq!(state.people().principal_of(session), id);
            }
        }
        Ok(())
    }
}

/// What a log came to: every outcome, every time, and the end.
fn meaning(log: &[Entry]) -> (Vec<(Outcome, u64, u64)>, Picture, Vec<Body>) {
    let mut model = Model::default();
    let mut read = |(entry, seq): (&Entry, u64)| {
        let outcome = model.apply(Seq(seq), entry);
        (outcome, model.time.wall_ms, model.time.uptime_ms)
    };
    let outcomes = log.iter().zip(1..).map(&mut read).collect();
    (outcomes, model.picture(), model.bodies())
}

pub(crate) fn fold(log: &[Entry]) -> State {
    let mut state = State::default();
    for (entry, seq) in log.iter().zip(1..) {
        state.apply(Seq(seq), entry);
    }
    state
}

proptest! {
    #![proptest_config(cases(600))]

    #[test]
    fn any_log_means_what_the_model_says(log in log(120)) {
        check(&log)?;
    }

    #[test]
    fn the_same_log_means_the_same_twice(log in log(60), at in 0..60_usize) {
        let (one, other) = (fold(&log), fold(&log));
        prop_assert_eq!(one.digest(), other.digest());
        prop_assert_eq!(one.trail(), other.trail());
        let cut = at.min(log.len());
        let mut resumed = fold(&log[..cut]).clone();
        for (entry, seq) in log.iter().zip(1..).skip(cut) {
            resumed.apply(Seq(seq), entry);
        }
        prop_assert_eq!(resumed.digest(), one.digest());
    }

    /// One entry is another: the digest is another if the log means anything else, and only then.
    #[test]
    fn the_digest_tells_what_a_log_means(log in log(40), at in 3..43_usize, other in entry()) {
        let mut changed = log.clone();
        let at = at.min(log.len() - 1);
        changed[at] = other;
        let changed = as_written(changed);
        let same = meaning(&log) == meaning(&changed);
        prop_assert_eq!(fold(&log).digest() == fold(&changed).digest(), same);
    }

    /// The same for entries that differ in little, wherever they stand.
    #[test]
    fn the_digest_tells_twins_apart(log in log(40), at in 3..43_usize, twins in twins()) {
        let with = |twin| {
            let mut log = log.clone();
            log.insert(at.min(log.len()), twin);
            as_written(log)
        };
        let (one, other) = (with(twins.0), with(twins.1));
        let same = meaning(&one) == meaning(&other);
        prop_assert_eq!(fold(&one).digest() == fold(&other).digest(), same);
    }

    #[test]
    fn the_digest_tells_that_an_entry_is_missing(log in log(40), at in 3..43_usize) {
        let mut changed = log.clone();
        changed.remove(at.min(log.len() - 1));
        let changed = as_written(changed);
        prop_assert_ne!(fold(&log).digest(), fold(&changed).digest());
        prop_assert_ne!(fold(&log).trail(), fold(&changed).trail());
    }
}
