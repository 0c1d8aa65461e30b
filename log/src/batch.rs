//! What goes into a log and comes out of it: numbered entries in batches.

use crate::error::{AppendError, ReadError};

/// The largest payload of one batch, in bytes (1 MiB).
pub const MAX_BATCH_BYTES: usize = 1 << 20;

/// Payloads are judged in blocks of this size; see [`InvalidBatch::Sparse`].
const BLOCK: usize = 256;

/// `count` consecutive entries, encoded by the caller as one payload: one record of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batch<'a> {
    /// The sequence number of the first entry. The first entry ever has 1.
    pub first_seq: u64,
    /// How many entries the payload holds, at least 1.
    pub count: u32,
    /// The entries, at most [`MAX_BATCH_BYTES`]. The log never looks inside, but see
    /// [`InvalidBatch::Sparse`].
    pub payload: &'a [u8],
}

/// Ordered durable batches.
pub trait Log {
    /// Appends a batch and returns only when it is durable.
    ///
    /// # Errors
    /// [`AppendError::Full`]: nothing of the batch remains, and a later call may succeed.
    /// [`AppendError::Fatal`]: it is unknown what is durable, and every later call fails too.
    /// [`AppendError::Invalid`]: the caller's mistake; nothing has changed.
    fn append(&mut self, batch: Batch<'_>) -> Result<(), AppendError>;

    /// Calls `visit` for each batch whose last entry is `from` or later, in order: of a log that
    /// was opened behind a border, of those behind it.
    ///
    /// # Errors
    /// When a file cannot be read, or no longer holds what was written. What was visited before
    /// is sound.
    fn replay(&self, from: u64, visit: &mut dyn FnMut(Batch<'_>)) -> Result<(), ReadError>;

    /// The sequence number that the next batch must begin with.
    fn next_seq(&self) -> u64;

    /// The number of the last segment that is sealed: it and all before it never change again. 0
    /// where there is none.
    fn sealed(&self) -> u32 {
        0
    }
}

/// Why a batch cannot be appended, whatever the state of the disk.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidBatch {
    /// The batch does not begin where the log ends.
    #[error("it should begin with seq {expected}")]
    WrongSeq {
        /// [`Log::next_seq`].
        expected: u64,
    },
    /// The batch has no entries.
    #[error("it has no entries")]
    NoEntries,
    /// The sequence numbers would overflow.
    #[error("sequence numbers end at {}", u64::MAX)]
    SeqOverflow,
    /// The payload is larger than a record may be.
    #[error("its payload of {bytes} bytes is larger than {most}; split it")]
    TooLarge {
        /// The length of the payload.
        bytes: usize,
        /// The largest payload that this log takes.
        most: usize,
    },
    /// Every whole block of 256 bytes of a payload needs at least two nonzero bytes. A sector of
    /// zeros in the file then always means that its write was lost, and never that it holds data:
    /// this is how a torn write is told from damage.
    #[error("its payload has 256 bytes of zeros at {at}; encode it without such runs")]
    Sparse {
        /// Where in the payload the block begins.
        at: usize,
    },
}

impl Batch<'_> {
    /// The sequence number of the entry after the last, if the batch may be appended at `next_seq`.
    pub(crate) fn validate(&self, next_seq: u64, most: usize) -> Result<u64, InvalidBatch> {
        if self.first_seq != next_seq {
            return Err(InvalidBatch::WrongSeq { expected: next_seq });
        }
        if self.count == 0 {
            return Err(InvalidBatch::NoEntries);
        }
        if self.payload.len() > most {
            return Err(InvalidBatch::TooLarge { bytes: self.payload.len(), most });
        }
        if let Some(block) = self.payload.chunks_exact(BLOCK).position(is_sparse) {
            return Err(InvalidBatch::Sparse { at: block * BLOCK });
        }
        next_seq.checked_add(u64::from(self.count)).ok_or(InvalidBatch::SeqOverflow)
    }
}

fn is_sparse(block: &[u8]) -> bool {
    block.iter().filter(|byte| **byte != 0).take(2).count() < 2
}
