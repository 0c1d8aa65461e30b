//! A state as the payload of a snapshot: its facts in order, each one CBOR map of numbered,
//! optional fields, and behind them how many they are and the state's digest.
//!
//! As in the log, a field is never given a new meaning and a number is never used again. The
//! numbers are drawn in docs/log.md. Reading and writing hold one record at a time, never the
//! whole. Here are the order of records and the end; which fact has which fields is in `facts`,
//! what an entry once came to in `outcome`, the fields themselves in `fields`.

mod facts;
mod fields;
mod outcome;

use std::io;

use posada_core::state::{Restored, State, Unsound};
use thiserror::Error;

use fields::{Record, kind};

/// What this program writes and reads. A field more needs no other version; it is raised when a
/// program that does not know it would take a state for another.
pub const VERSION: u32 = 1;

/// Bytes that are handed out at once, about.
const CHUNK: usize = 64 * 1024;

/// Bytes of one record: more than the longest text, or the names of all rooms of a session, take.
const RECORD_BYTES: usize = 1 << 20;

const _: () = {
    use posada_core::limits::{KEY_BYTES, MESSAGE_BYTES, ROOMS_EACH};
    assert!(RECORD_BYTES > 2 * (MESSAGE_BYTES + (ROOMS_EACH + 3) * (KEY_BYTES + 64)));
};

/// Why bytes are not the payload of a snapshot.
#[derive(Debug, Error)]
pub enum SnapshotError {
    /// One of its records cannot be what it is.
    #[error("record {number} of the snapshot: {flaw}")]
    Record {
        /// Which one, from 1.
        number: u64,
        /// What is wrong with it.
        flaw: Flaw,
    },
    /// It ends in the middle.
    #[error("the snapshot ends behind record {0}, before its end")]
    Incomplete(u64),
    /// Something stands behind its end.
    #[error("the snapshot goes on behind its end")]
    Trailing,
    /// Its facts do not fit together.
    #[error("the snapshot holds {0}")]
    Unsound(Unsound),
    /// Its facts are another state than the one that was written down.
    #[error("the snapshot holds a state with digest {found:016x}, and says {expected:016x}")]
    AnotherState {
        /// The digest that it ends with.
        expected: u64,
        /// The digest of what it holds.
        found: u64,
    },
}

/// What is wrong with a record.
#[derive(Debug, Error)]
pub enum Flaw {
    /// Not CBOR, or not this map.
    #[error("not a record: {0}")]
    Malformed(minicbor::decode::Error),
    /// Longer than any record is.
    #[error("longer than {RECORD_BYTES} bytes")]
    TooLong,
    /// A format that a later posada writes.
    #[error("snapshots of format {0}, which this version does not know: use a newer posada")]
    NewVersion(u32),
    /// A kind of record that a later posada writes.
    #[error("a record of kind {0}, which this version does not know: use a newer posada")]
    UnknownKind(u8),
    /// A kind of record without a field that it cannot do without.
    #[error("a record of kind {kind} without its field {field}")]
    Missing {
        /// The kind of record.
        kind: u8,
        /// The field that is not there.
        field: &'static str,
    },
    /// An outcome of a kind that no key comes to.
    #[error("an outcome of kind {0}, to which no key comes")]
    UnknownOutcome(u8),
    /// A refusal that a later posada writes.
    #[error("the refusal {0:?}, which this version does not know: use a newer posada")]
    UnknownRefusal(String),
    /// An IP address that is none.
    #[error("{0:?} in the place of an IP address")]
    BadAddress(String),
    /// The end of more or fewer records than there are.
    #[error("the end of a snapshot of {written} records, of which {read} are there")]
    NotAll {
        /// How many were written.
        written: u64,
        /// How many were read.
        read: u64,
    },
    /// A fact to which no log leads.
    #[error(transparent)]
    Unsound(#[from] Unsound),
}

/// Spells a state, in chunks of about 64 KiB. Equal states are spelled the same.
///
/// # Errors
/// The first one of `out`, after which nothing more is handed out; and where something is longer
/// than a snapshot can hold, which no server lets into a log.
pub fn encode(state: &State, out: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
    let mut chunk = Vec::new();
    let mut records = 0;
    for fact in state.facts() {
        let before = chunk.len();
        facts::encode(&fact, &mut chunk);
        records += 1;
        if chunk.len() - before > RECORD_BYTES {
            return Err(io::Error::other("something in the state is too long for a snapshot"));
        }
        if chunk.len() >= CHUNK {
            out(&chunk)?;
            chunk.clear();
        }
    }
    let (digest, records) = (Some(state.digest()), Some(records));
    Record { digest, records, ..Record::of(kind::END) }.write(&mut chunk);
    out(&chunk)
}

/// Reads the whole payload of a snapshot.
///
/// # Errors
/// When it is not one, or the state that it holds is not the one that was spelled.
pub fn decode(bytes: &[u8]) -> Result<State, SnapshotError> {
    let mut decoder = Decoder::new();
    decoder.take(bytes)?;
    decoder.finish()
}

/// Reads the payload of a snapshot as it comes, cut anywhere.
#[derive(Debug, Default)]
pub struct Decoder {
    restored: Restored,
    /// The beginning of a record that is not whole yet.
    begun: Vec<u8>,
    /// Records that were read.
    records: u64,
    /// The digest, once the end was read.
    digest: Option<u64>,
}

impl Decoder {
    /// A decoder that has read nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// When what came so far is not how the payload of a snapshot begins. No more can be taken
    /// then.
    pub fn take(&mut self, bytes: &[u8]) -> Result<(), SnapshotError> {
        for bytes in bytes.chunks(CHUNK) {
            let mut begun = std::mem::take(&mut self.begun);
            begun.extend_from_slice(bytes);
            let read = self.records_of(&begun)?;
            begun.drain(..read);
            if begun.len() > RECORD_BYTES {
                return Err(self.flawed(Flaw::TooLong));
            }
            self.begun = begun;
        }
        Ok(())
    }

    /// The state, once everything was taken.
    ///
    /// # Errors
    /// When something is missing, or the state is not the one that was spelled.
    pub fn finish(self) -> Result<State, SnapshotError> {
        let expected = self.digest.ok_or(SnapshotError::Incomplete(self.records))?;
        let state = self.restored.finish().map_err(SnapshotError::Unsound)?;
        let found = state.digest();
        if found != expected {
            return Err(SnapshotError::AnotherState { expected, found });
        }
        Ok(state)
    }

    /// Reads the records that are whole. Says where the first one begins that is not.
    fn records_of(&mut self, bytes: &[u8]) -> Result<usize, SnapshotError> {
        let mut at = 0;
        while at < bytes.len() {
            if self.digest.is_some() {
                return Err(SnapshotError::Trailing);
            }
            let mut decoder = minicbor::Decoder::new(&bytes[at..]);
            let record = match decoder.decode::<Record>() {
                Ok(record) => record,
                Err(why) if why.is_end_of_input() => break,
                Err(why) => return Err(self.flawed(Flaw::Malformed(why))),
            };
            self.record(&record).map_err(|flaw| self.flawed(flaw))?;
            self.records += 1;
            at += decoder.position();
        }
        Ok(at)
    }

    fn record(&mut self, record: &Record<'_>) -> Result<(), Flaw> {
        if record.kind == kind::END {
            self.digest = Some(record.need(record.digest, "digest")?);
            let written = record.need(record.records, "records")?;
            return if written == self.records {
                Ok(())
            } else {
                Err(Flaw::NotAll { written, read: self.records })
            };
        }
        Ok(self.restored.take(facts::decode(record)?)?)
    }

    /// The record behind those that were read is not one.
    fn flawed(&self, flaw: Flaw) -> SnapshotError {
        SnapshotError::Record { number: self.records + 1, flaw }
    }
}
