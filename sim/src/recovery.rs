//! How a start comes to its state: a snapshot, if there is one, and what the log says behind it.
//!
//! Every entry of the log is read for the auditor, whatever the state begins from. What a state
//! was after each entry goes back to the world, which knows what it was when that was new.

use posada_core::state::{Outcome, State};
use posada_core::{Entry, Seq};
use posada_log::{Batch, Log, OpenError, ReadError, Segment};
use posada_wire::record::{self, RecordError};
use posada_wire::snapshot::{self, SnapshotError};

use crate::disk::SimStorage;

/// Entries between two looks at the whole state.
const DIGEST_EVERY: u64 = 16;

/// What a log says.
#[derive(Debug, Default)]
pub struct Recovered {
    /// All of it.
    pub state: State,
    /// Every entry, from the first.
    pub entries: Vec<Entry>,
    /// What the state was after each of them, but for the first `unread`; see [`mark`].
    pub marks: Vec<u64>,
    /// So many entries did a snapshot save reading, before the one that it stands behind.
    pub unread: usize,
}

/// Why a start failed.
#[derive(Debug)]
pub enum StartError {
    /// The log did not open.
    Open(OpenError),
    /// It could not be read.
    Read(ReadError),
    /// It holds something that is no entry.
    Record(RecordError),
    /// Batches do not follow each other.
    Gap(String),
    /// The state is not what it was when the log was written.
    Drifted(u64),
    /// The snapshot cannot be read.
    Snapshot(SnapshotError),
}

/// Folds a log, from a snapshot if there is one that it reaches to.
///
/// # Errors
/// When the log does not hold entries, or the snapshot no state.
pub fn recover(
    log: &Segment<SimStorage>,
    snapshot: Option<&[u8]>,
) -> Result<Recovered, StartError> {
    let mut recovered = Recovered::default();
    if let Some(snapshot) = snapshot {
        let state = snapshot::decode(snapshot).map_err(StartError::Snapshot)?;
        // What the log has lost is the auditor's to say.
        if (1..log.next_seq()).contains(&state.seq().0) {
            recovered.begin(state);
        }
    }
    let mut trouble = None;
    let read = log.replay(1, &mut |batch| {
        if trouble.is_none() {
            trouble = recovered.batch(batch).err();
        }
    });
    read.map_err(StartError::Read)?;
    let (next, found) = (log.next_seq(), recovered.entries.len());
    match trouble {
        Some(trouble) => Err(trouble),
        None if next == found as u64 + 1 => Ok(recovered),
        None => Err(StartError::Gap(format!("next is {next}, found {found}"))),
    }
}

/// A state as it is written down.
pub fn written_down(state: &State) -> Vec<u8> {
    let mut payload = vec![];
    let written = snapshot::encode(state, &mut |chunk| {
        payload.extend_from_slice(chunk);
        Ok(())
    });
    written.expect("a vector takes any number of bytes");
    payload
}

/// What a state is known by: every few entries by itself, which takes long, and else by its trail,
/// which is what all entries came to.
pub fn mark(state: &State) -> u64 {
    if state.seq().0.is_multiple_of(DIGEST_EVERY) { state.digest() } else { state.trail() }
}

impl Recovered {
    fn begin(&mut self, state: State) {
        self.marks.push(mark(&state));
        self.unread = usize::try_from(state.seq().0 - 1).expect("it fits into a log in memory");
        self.state = state;
    }

    fn batch(&mut self, batch: Batch<'_>) -> Result<(), StartError> {
        let first = self.entries.len() as u64 + 1;
        let Batch { first_seq, count, payload } = batch;
        if first_seq != first {
            return Err(StartError::Gap(format!("a batch at {first_seq} instead of {first}")));
        }
        for entry in record::decode(payload) {
            let entry = entry.map_err(StartError::Record)?;
            self.entry(entry)?;
        }
        if self.entries.len() as u64 + 1 != first + u64::from(count) {
            return Err(StartError::Gap(format!("the batch at {first} does not hold {count}")));
        }
        Ok(())
    }

    fn entry(&mut self, entry: Entry) -> Result<(), StartError> {
        let seq = Seq(self.entries.len() as u64 + 1);
        if seq > self.state.seq() {
            if let Outcome::Drifted { at } = self.state.apply(seq, &entry) {
                return Err(StartError::Drifted(at.0));
            }
            self.marks.push(mark(&self.state));
        }
        self.entries.push(entry);
        Ok(())
    }
}
