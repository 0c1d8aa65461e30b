//! A log read from end to end and found whole: what is copied or exported has to be.
//!
//! It says in one line what that was, so that two logs can be compared by eye. Where the damage
//! is, `posada check` tells. Read next: [`crate::replay`].

use std::fmt;

use posada_core::state::State;
use posada_log::{Batch, Report, Storage};

use super::CommandError;
use crate::replay::{Applied, Replay};
use crate::snapshots::Start;

/// A whole log, and the state that it comes to.
#[derive(Debug)]
pub(super) struct Whole {
    /// What the files hold.
    pub(super) report: Report,
    /// What they say.
    pub(super) state: State,
}

impl Whole {
    /// Reads all of a log, and hands on each entry with the state behind it; first of all, where
    /// the log begins with a snapshot, the state there and no entry.
    ///
    /// # Errors
    /// When a file cannot be read, and when anything is damaged or cannot be understood.
    pub(super) fn read<S: Storage>(
        storage: &S,
        each: &mut dyn FnMut(&State, Option<&Applied>),
    ) -> Result<Self, CommandError> {
        let start = Start::oldest(storage)?;
        if start.is_snapshot() {
            each(&start.state, None);
        }
        let (border, mut replay) = (start.border, Replay { state: start.state, flaw: None });
        let visit = &mut |batch: Batch<'_>| {
            replay.batch(batch, &mut |state, applied| each(state, Some(applied)));
        };
        let report = posada_log::read_from(storage, &border, visit)?;
        if !report.is_sound() {
            return Err(CommandError::Damaged(report.damage.len()));
        }
        match replay.flaw {
            Some(flaw) => Err(flaw.into()),
            None => Ok(Self { report, state: replay.state }),
        }
    }

    /// Whether the other says the same, to its last entry.
    pub(super) fn is_same_as(&self, other: &Self) -> bool {
        let of = |it: &Self| (it.state.seq(), it.state.trail(), it.state.digest());
        of(self) == of(other)
    }
}

impl fmt::Display for Whole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (entries, batches) = (self.report.entries, self.report.batches);
        let (seq, trail, digest) = (self.state.seq().0, self.state.trail(), self.state.digest());
        writeln!(f, "entries:   {entries} in {batches} batches, up to seq {seq}")?;
        write!(f, "state:     at seq {seq}, trail {trail:016x}, digest {digest:016x}")
    }
}
