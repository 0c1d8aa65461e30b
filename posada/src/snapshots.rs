//! Where reading a log begins: with a snapshot, or with its first entry.
//!
//! A start wants the newest snapshot that is good, since it reads the least; whoever tells what a
//! log holds wants the oldest, since it has the most to tell. One that is not good is passed over
//! and named. Read next: `commands/snapshot`, which writes them, `keeper`, which has that done, and
//! [`posada_log::read_snapshot`].

use std::io;

use posada_core::state::State;
use posada_log::{
    Border, SnapshotError, Storage, read_snapshot, segments, snapshot_name, snapshots,
};
use posada_wire::snapshot::{self, Decoder};
use thiserror::Error;

/// Why a snapshot is not good.
#[derive(Debug, Error)]
pub enum Bad {
    /// The file is not what was written, or cannot be read.
    #[error(transparent)]
    File(#[from] SnapshotError),
    /// What it holds is no state.
    #[error("{file} is not good: {why}")]
    Payload {
        /// The snapshot.
        file: String,
        /// What is wrong.
        why: snapshot::SnapshotError,
    },
    /// What it holds is the state of another place.
    #[error("{file} is not good: its state is that at seq {found}, and the log goes on at {next}")]
    Place {
        /// The snapshot.
        file: String,
        /// Where the state is.
        found: u64,
        /// The first entry behind the snapshot.
        next: u64,
    },
}

/// Why there is nothing to begin with.
#[derive(Debug, Error)]
pub enum BeginError {
    /// The directory cannot be read.
    #[error("could not list the files of the log; check the permissions")]
    List(#[from] io::Error),
    /// The log's first part was removed, and no snapshot is good that stands for it.
    #[error(
        "the log begins with {first}, and what was before it is in no good snapshot: {}; put back \
         one of these files from a copy, or restore a backup",
        bad.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    )]
    Gone {
        /// The first segment that is there.
        first: String,
        /// All snapshots, with what is wrong.
        bad: Vec<Bad>,
    },
}

/// Where reading begins, and what is known there.
#[derive(Debug)]
pub struct Start {
    /// The place.
    pub border: Border,
    /// What all before it comes to.
    pub state: State,
    /// Snapshots that were passed over.
    pub bad: Vec<Bad>,
}

impl Start {
    /// With the newest good snapshot, or else the first entry.
    ///
    /// # Errors
    /// When neither is there.
    pub fn newest<S: Storage>(storage: &S) -> Result<Self, BeginError> {
        let mut numbers = snapshots(storage)?;
        numbers.reverse();
        Self::among(storage, &numbers, false)
    }

    /// With the first entry, or else the oldest good snapshot.
    ///
    /// # Errors
    /// When neither is there.
    pub fn oldest<S: Storage>(storage: &S) -> Result<Self, BeginError> {
        Self::among(storage, &snapshots(storage)?, true)
    }

    /// Whether a snapshot stands for what is before.
    pub fn is_snapshot(&self) -> bool {
        self.border.segment > 1
    }

    fn among<S: Storage>(
        storage: &S,
        numbers: &[u32],
        first_entry_first: bool,
    ) -> Result<Self, BeginError> {
        let segments = segments(storage)?;
        // A log that nobody wrote a snapshot of begins with its first entry, or is damaged.
        let is_whole = segments.first() == Some(&1) || numbers.is_empty();
        let first_entry = |bad| Self { border: Border::first(), state: State::default(), bad };
        if is_whole && first_entry_first {
            return Ok(first_entry(vec![]));
        }
        let mut bad = vec![];
        for number in numbers {
            match load(storage, *number) {
                Ok((border, state)) => return Ok(Self { border, state, bad }),
                Err(why) => bad.push(why),
            }
        }
        if is_whole {
            return Ok(first_entry(bad));
        }
        let first = segments.first().map_or("no segment".to_owned(), |it| format!("{it:08}.log"));
        Err(BeginError::Gone { first, bad })
    }
}

/// What a good snapshot says.
///
/// # Errors
/// When it is not good, or cannot be read.
pub fn load<S: Storage>(storage: &S, segment: u32) -> Result<(Border, State), Bad> {
    let mut decoding = Decoding::default();
    let border = read_snapshot(storage, segment, &mut |chunk| decoding.take(chunk))?;
    let file = snapshot_name(segment);
    let state = decoding.finish().map_err(|why| Bad::Payload { file: file.clone(), why })?;
    let (found, next) = (state.seq().0, border.next_seq);
    if found.checked_add(1) == Some(next) {
        Ok((border, state))
    } else {
        Err(Bad::Place { file, found, next })
    }
}

/// A payload that is decoded as it is read, up to what cannot be.
#[derive(Default)]
pub(crate) struct Decoding {
    decoder: Decoder,
    flaw: Option<snapshot::SnapshotError>,
}

impl Decoding {
    pub(crate) fn take(&mut self, chunk: &[u8]) {
        if self.flaw.is_none() {
            self.flaw = self.decoder.take(chunk).err();
        }
    }

    pub(crate) fn finish(self) -> Result<State, snapshot::SnapshotError> {
        self.flaw.map_or_else(|| self.decoder.finish(), Err)
    }
}
