//! The way of one batch: to the log, back into the core, out to the clients; and every point on
//! it at which the process may stop.

use posada_core::{Entry, Input, Seq};
use posada_log::AppendError;

use super::{Process, World};
use crate::auditor::{Audit, Invariant, Violation};
use crate::recovery::mark;

/// Batches between two looks at how much is kept.
const WEIGH_EVERY: u64 = 8;

/// Where on its way the process stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doom {
    Never,
    BeforeAppend,
    /// At that call of the log to its storage, in this append or a later one.
    InStorage(u32),
    AfterAppend,
    /// After so many entries were applied: the last one's replies reach nobody.
    Applied(usize),
    /// After so many replies and messages were sent.
    Shown(usize),
}

impl World {
    /// Appends the oldest entries that wait, as one batch.
    pub(super) fn append(&mut self) -> Result<Process, Violation> {
        if !self.running().has_waiting() {
            return Ok(Process::Lives);
        }
        let batch = self.running().take_batch();
        let doom = self.doom(batch.len());
        if doom != Doom::Never {
            self.trace.note(|| format!("-- doom: {doom:?}"));
        }
        self.auditor.attempt(&batch)?;
        if doom == Doom::BeforeAppend {
            return Ok(Process::Stopped);
        }
        if let Doom::InStorage(calls) = doom {
            self.disk.stop_in(calls);
        }
        let appended = self.running().append(&batch);
        if self.disk.is_dead() {
            self.stats.stops_in_storage += 1;
            return Ok(Process::Stopped);
        }
        match appended {
            Ok(first) => self.apply(first, batch, doom),
            Err(AppendError::Full { .. }) => self.not_stored(batch).map(|()| Process::Lives),
            Err(AppendError::Fatal { doing, file, .. }) => {
                self.stats.fatal += 1;
                self.trace.note(|| format!("-- fatal: could not {doing} {file}"));
                Ok(Process::Stopped)
            }
            Err(invalid @ AppendError::Invalid { .. }) => {
                Err(Invariant::SenderOrder.broken(invalid.to_string()))
            }
        }
    }

    /// Appends everything that waits, without regard to what is appended on the way.
    pub(super) fn append_all(&mut self) -> Result<Process, Violation> {
        while self.running().has_waiting() {
            if self.append()? == Process::Stopped {
                return Ok(Process::Stopped);
            }
        }
        Ok(Process::Lives)
    }

    fn doom(&mut self, entries: usize) -> Doom {
        if !self.draw(self.swarm.faults.stop) {
            return Doom::Never;
        }
        let calls = self.rng.pick(&[1, 1, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14]);
        match self.rng.below(8) {
            0 => Doom::BeforeAppend,
            1 => Doom::AfterAppend,
            2 => Doom::Applied(self.rng.index(entries)),
            3 => Doom::Shown(self.rng.index(2 * entries)),
            _ => Doom::InStorage(calls),
        }
    }

    fn apply(&mut self, first: Seq, batch: Vec<Entry>, doom: Doom) -> Result<Process, Violation> {
        self.trace.note(|| format!("-- {} entries durable from {}", batch.len(), first.0));
        self.stats.batches += 1;
        self.stats.entries += batch.len() as u64;
        self.auditor.durable();
        if doom == Doom::AfterAppend {
            return Ok(Process::Stopped);
        }
        self.sync_takes();
        let mut shown = 0;
        for (place, entry) in batch.into_iter().enumerate() {
            let seq = Seq(first.0 + place as u64);
            self.auditor.applying()?;
            let outputs = self.feed(Input::Appended { seq, entry });
            let mark = mark(self.running().state());
            self.marks.push(mark);
            if doom == Doom::Applied(place) {
                return Ok(Process::Stopped);
            }
            for output in outputs {
                if doom == Doom::Shown(shown) {
                    return Ok(Process::Stopped);
                }
                shown += 1;
                self.show(output)?;
            }
            self.settle()?;
        }
        // It takes a while where there is much.
        if self.stats.batches.is_multiple_of(WEIGH_EVERY) {
            self.weigh()?;
        }
        Ok(Process::Lives)
    }

    /// Now and then a sync takes long. The engine reads its clocks only when it waits for clients:
    /// what the sync was for still happens in the moment in which it began.
    fn sync_takes(&mut self) {
        if self.draw(self.swarm.faults.slow) {
            self.stall_ms = self.rng.pick(&[300, 2_500, 40_000]);
            self.trace.note(|| format!("-- that sync takes {} ms", self.stall_ms));
        }
    }

    fn not_stored(&mut self, batch: Vec<Entry>) -> Audit {
        self.stats.full += 1;
        self.trace.note(|| format!("-- no room for {} entries", batch.len()));
        self.auditor.full();
        for entry in batch {
            self.auditor.not_stored(&entry);
            self.step(Input::NotAppended { entry })?;
        }
        Ok(())
    }
}
