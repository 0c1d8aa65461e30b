//! What the log says, read when its server has ended.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use posada_core::state::{Outcome, State};
use posada_core::{Command, Entry, Seq};
use posada_log::{Directory, Log, Options, Segment};
use posada_wire::record;

use super::House;

/// Every entry of a log, in order; the first has the sequence number 1.
///
/// # Errors
/// With the words of posada-log, where it does not open or does not read to its end.
pub(crate) fn read_log(data: &Path) -> Result<Vec<Entry>, String> {
    let directory = Directory::open(data).map_err(|why| why.to_string())?;
    // Nothing is appended, but opening prepares a spare segment: a small one is quickest.
    let options = Options { segment_bytes: 1 << 16 };
    let (log, _) = Segment::open(directory, options).map_err(|why| why.to_string())?;
    let mut entries = vec![];
    let mut next = 1;
    log.replay(1, &mut |batch| {
        assert_eq!(batch.first_seq, next, "batches follow each other");
        let decoded = record::decode(batch.payload).map(|entry| entry.expect("an entry"));
        entries.extend(decoded);
        next += u64::from(batch.count);
        assert_eq!(entries.len() as u64, next - 1, "a batch holds as many as it says");
    })
    .map_err(|why| why.to_string())?;
    Ok(entries)
}

/// What came of the entries of one log.
pub(crate) struct Ledger {
    pub(crate) said: Vec<Said>,
    pub(crate) moves: Vec<Move>,
    /// What was free at each start of the server, before it declared anything new.
    pub(crate) free_at_start: Vec<Vec<String>>,
    pub(crate) state: State,
}

/// A message to the lobby.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) seq: u64,
    pub(crate) from: String,
    pub(crate) text: String,
}

/// A resource that changed hands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Move {
    pub(crate) seq: u64,
    /// Which start of the server it happened in, from 1.
    pub(crate) epoch: u32,
    pub(crate) taken: bool,
    pub(crate) resource: String,
}

impl Ledger {
    /// Folds the log of a house whose server has ended.
    #[track_caller]
    pub(crate) fn of(house: &House) -> Self {
        let entries = read_log(house.data()).unwrap_or_else(|why| panic!("no log: {why}"));
        Self::fold(&entries)
    }

    fn fold(entries: &[Entry]) -> Self {
        let mut ledger =
            Self { said: vec![], moves: vec![], free_at_start: vec![], state: State::default() };
        let mut epoch = 0;
        for (seq, entry) in (1..).zip(entries) {
            let outcome = ledger.state.apply(Seq(seq), entry);
            match (&entry.command, outcome) {
                (Command::NodeUp { epoch: started, .. }, _) => {
                    epoch = *started;
                    ledger.free_at_start.push(ledger.free());
                }
                (Command::Say { text, .. }, Outcome::Said { from, .. }) => {
                    ledger.said.push(Said { seq, from: from.to_string(), text: text.to_string() });
                }
                (_, Outcome::Reserved { resource }) => {
                    let resource = resource.to_string();
                    ledger.moves.push(Move { seq, epoch, taken: true, resource });
                }
                (_, Outcome::Cancelled { resource }) => {
                    let resource = resource.to_string();
                    ledger.moves.push(Move { seq, epoch, taken: false, resource });
                }
                (_, Outcome::Drifted { at }) => panic!("the log drifted at {}", at.0),
                _ => {}
            }
        }
        ledger.at_most_one_has_each();
        ledger
    }

    /// What nobody has, in the order of declaration.
    pub(crate) fn free(&self) -> Vec<String> {
        let free = self.state.resources().iter().filter(|resource| resource.held.is_none());
        free.map(|resource| resource.name.shown.to_string()).collect()
    }

    /// The moves of one resource, in order.
    pub(crate) fn moves_of(&self, resource: &str) -> Vec<&Move> {
        self.moves.iter().filter(|step| step.resource == resource).collect()
    }

    /// Where each text was said; fails when one was said twice.
    #[track_caller]
    pub(crate) fn places(&self) -> BTreeMap<&str, u64> {
        let mut places = BTreeMap::new();
        for said in &self.said {
            let before = places.insert(said.text.as_str(), said.seq);
            assert_eq!(before, None, "in the log twice: {said:?}");
        }
        places
    }

    /// Counted without the state's own idea of it: taken, given back, taken, given back.
    fn at_most_one_has_each(&self) {
        let mut held = BTreeSet::new();
        for step in &self.moves {
            let resource = &step.resource;
            let in_turn = if step.taken { held.insert(resource) } else { held.remove(resource) };
            assert!(in_turn, "out of turn: {step:?}");
        }
    }
}
