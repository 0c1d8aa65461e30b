//! From files to a state: the newest good snapshot, and the log behind it.
//!
//! A snapshot that is not good is named in a warning, and the one before is taken; without any,
//! the whole log. What is not certain is refused: see `docs/log.md`. Read next: `snapshots`, then
//! [`crate::engine::recover`].

use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use posada_core::state::State;
use posada_log::{Directory, Log, MAX_BATCH_BYTES, Memory, Options, Segment, SnapshotError};
use tracing::warn;

use crate::config::{Config, Engine};
use crate::engine::recover;
use crate::failpoint::{self, reach};
use crate::keeper::Keeper;
use crate::snapshots::{Bad, Start};

/// A log that is open, and what it says.
pub struct Recovered {
    /// The log.
    pub log: Box<dyn Log>,
    /// Bytes of the largest batch that it takes.
    pub largest: usize,
    /// What it says.
    pub state: State,
    /// Who has snapshots of it written.
    pub keeper: Option<Keeper>,
    /// How it was found out.
    pub how: How,
}

/// What was read, and how long that took. Displayed, it is a line for the operator.
#[derive(Clone, Copy, Debug, Default)]
pub struct How {
    /// The last entry that the snapshot stands for.
    pub snapshot: Option<u64>,
    /// Entries that were read and applied.
    pub replayed: u64,
    /// From the first file to the state.
    pub took: Duration,
}

impl How {
    /// There was nothing to find out.
    pub fn is_nothing(&self) -> bool {
        self.snapshot.is_none() && self.replayed == 0
    }
}

impl fmt::Display for How {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(seq) = self.snapshot {
            write!(f, "snapshot of seq {seq}, ")?;
        }
        let entries = if self.replayed == 1 { "entry" } else { "entries" };
        write!(f, "{} {entries} replayed in {} ms", self.replayed, self.took.as_millis())
    }
}

/// Opens the log that is configured, and folds it.
///
/// # Errors
/// When another process has it, when it is damaged, or does not mean what it meant.
pub fn open_and_recover(config: &Config, marker: &Path) -> Result<Recovered> {
    if config.log.engine == Engine::Memory {
        let (log, state) = (Box::new(Memory::new()), State::default());
        let how = How::default();
        return Ok(Recovered { log, largest: MAX_BATCH_BYTES, state, keeper: None, how });
    }
    let data = config.data.display();
    let directory = Directory::open(&config.data)?;
    let began = Instant::now();
    let cannot_open = || format!("cannot open the log in {data}");
    let Start { border, state, bad } = Start::newest(&directory).with_context(cannot_open)?;
    bad.iter().for_each(warn_of);
    let snapshot = (border.segment > 1).then_some(state.seq().0);
    let keeper = Keeper::start(&config.data, &directory, config.log.keep)?;
    let options = Options { segment_bytes: config.log.segment_bytes };
    let (log, opened) = Segment::open_at(directory, &border, options).with_context(cannot_open)?;
    if let Some(torn) = &opened.dropped {
        warn!("a batch that was never acknowledged was dropped: {torn}");
    }
    reach(failpoint::OPENED);
    let known = state.seq().0;
    let state = recover(&log, state)?;
    let took = began.elapsed();
    reach(failpoint::RECOVERED);
    ensure!(
        state.seq().0 > 0 || !marker.exists(),
        "a log was begun in {data} and its files are gone: restore them from a copy, or remove {} \
         to begin anew",
        marker.display()
    );
    let how = How { snapshot, replayed: state.seq().0 - known, took };
    let largest = log.largest_payload();
    Ok(Recovered { log: Box::new(log), largest, state, keeper: Some(keeper), how })
}

fn warn_of(bad: &Bad) {
    if let Bad::File(SnapshotError::Io { source, .. }) = bad {
        warn!("starting without a snapshot that cannot be read: {bad}: {source}");
    } else {
        warn!("starting without a snapshot: {bad}; run `posada check` when there is time");
    }
}
