//! The engine that keeps nothing: for tests and for servers whose history may end with them.

use crate::batch::{Batch, Log, MAX_BATCH_BYTES};
use crate::error::{AppendError, ReadError};

/// A log that only counts. It takes exactly the batches that [`crate::Segment`] takes, so that a
/// caller's mistake shows with either engine.
#[derive(Debug)]
pub struct Memory {
    next_seq: u64,
}

impl Memory {
    /// An empty log.
    pub fn new() -> Self {
        Self { next_seq: 1 }
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

impl Log for Memory {
    fn append(&mut self, batch: Batch<'_>) -> Result<(), AppendError> {
        self.next_seq = batch
            .validate(self.next_seq, MAX_BATCH_BYTES)
            .map_err(|reason| AppendError::Invalid { seq: batch.first_seq, reason })?;
        Ok(())
    }

    /// Visits nothing.
    fn replay(&self, _from: u64, _visit: &mut dyn FnMut(Batch<'_>)) -> Result<(), ReadError> {
        Ok(())
    }

    fn next_seq(&self) -> u64 {
        self.next_seq
    }
}
