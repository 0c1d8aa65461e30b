//! The durable engine: batches in segment files, one write and one sync each.
//!
//! Where the log ends is known from memory while it is open, and found by reading all of it when
//! it is opened (`open.rs`). After a failed sync nobody knows what the disk holds, so the engine
//! takes nothing more. Running out of room is different: it leaves the engine where it was.

use std::{io, sync::Arc};

use crate::batch::{Batch, Log};
use crate::border::Border;
use crate::error::{AppendError, ReadError};
use crate::failpoint::{ROLL, ROLLED, SEALED, reach};
use crate::format::{HEADER, Hash, SECTOR, SegmentHeader, segment_name};
use crate::record::{self, record_len};
use crate::storage::{Storage, StorageFile, is_no_room};
use crate::{open, replay};

pub use crate::open::{Opened, Options};

/// A log in segment files of a [`Storage`].
#[derive(Debug)]
pub struct Segment<S: Storage> {
    pub(crate) storage: S,
    pub(crate) options: Options,
    /// The segment that is written to.
    pub(crate) active: Active<S::File>,
    /// The number of the first segment that is known.
    pub(crate) first: u32,
    /// The first sequence number of each segment, by number from that one on.
    pub(crate) starts: Vec<u64>,
    pub(crate) next_seq: u64,
    pub(crate) chain: Hash,
    pub(crate) epoch: u32,
    /// The length of the empty segment file behind the active one, if it is known to be there.
    pub(crate) spare: Option<u64>,
    /// The seal of the active segment may have been written: the next one must be begun first.
    pub(crate) rolling: bool,
    /// How many bytes behind the end a failed write may have left: they must be zeroed first.
    pub(crate) dirty: usize,
    pub(crate) poison: Option<Poison>,
    pub(crate) buffer: Vec<u8>,
}

/// An open segment file and where its records end.
#[derive(Debug)]
pub(crate) struct Active<F> {
    pub(crate) file: F,
    pub(crate) number: u32,
    pub(crate) bytes: u64,
    pub(crate) end: u64,
}

/// Why the log takes nothing more.
#[derive(Clone, Debug)]
pub(crate) struct Poison {
    file: String,
    doing: &'static str,
    source: Arc<io::Error>,
}

impl<S: Storage> Segment<S> {
    /// Opens the log in `storage`, or begins one if it holds none. A torn batch at the end, which
    /// was never acknowledged, is dropped and reported.
    ///
    /// # Errors
    /// When the options or the disk do not allow it, and when anything acknowledged is damaged:
    /// then nothing has been changed.
    pub fn open(storage: S, options: Options) -> Result<(Self, Opened), crate::OpenError> {
        open::open(storage, &Border::first(), options)
    }

    /// Opens the log behind a border, which a good snapshot states. What is before is neither read
    /// nor needed, and [`Log::replay`] begins there.
    ///
    /// # Errors
    /// As [`Segment::open`]; also when the segment behind the border is missing.
    pub fn open_at(
        storage: S,
        from: &Border,
        options: Options,
    ) -> Result<(Self, Opened), crate::OpenError> {
        open::open(storage, from, options)
    }

    /// The number of bytes that a batch's payload may have at most, by the options given.
    pub fn largest_payload(&self) -> usize {
        self.options.largest_payload()
    }

    /// Ends the active segment with a seal and begins the next. Each step is durable before the
    /// next one, and may be repeated: what it writes is the same each time.
    fn roll_over(&mut self) -> Result<(), AppendError> {
        let number = self.active.number + 1;
        let name = segment_name(number);
        let bytes = self.options.segment_bytes;
        if self.spare != Some(bytes) {
            let prepared = self.storage.prepare(&name, bytes);
            prepared.map_err(|error| self.refuse(&name, "prepare", error))?;
            self.spare = Some(bytes);
        }
        let opened = self.storage.open(&name);
        let mut file = opened.map_err(|error| self.refuse(&name, "open", error))?;

        reach(ROLL);
        self.rolling = true;
        let Active { number: full, end, .. } = self.active;
        let seal = record::encode_seal(full, self.epoch, self.next_seq, &self.chain);
        let written = self.active.file.write_at(&seal, end);
        written.map_err(|error| self.refuse(&segment_name(full), "write", error))?;
        let synced = self.active.file.sync();
        synced.map_err(|error| self.poison(&segment_name(full), "sync", error))?;

        reach(SEALED);
        let header = SegmentHeader { number, bytes, first_seq: self.next_seq, chain: self.chain };
        let written = file.write_at(&header.encode(), 0);
        written.map_err(|error| self.refuse(&name, "write", error))?;
        file.sync().map_err(|error| self.poison(&name, "sync", error))?;

        reach(ROLLED);
        self.rolling = false;
        self.spare = None;
        self.active = Active { file, number, bytes, end: SECTOR as u64 };
        self.starts.push(self.next_seq);
        self.prepare_ahead();
        Ok(())
    }

    /// Lets the storage prepare the next segment in the background, if it can.
    pub(crate) fn prepare_ahead(&mut self) {
        if self.spare != Some(self.options.segment_bytes) {
            let name = segment_name(self.active.number + 1);
            self.storage.prepare_ahead(&name, self.options.segment_bytes);
        }
    }

    /// Zeroes what a write that ran out of room may have left behind the end. A shorter batch
    /// written over it would leave bytes that look like damage.
    fn scrub(&mut self) -> Result<(), AppendError> {
        if self.dirty == 0 {
            return Ok(());
        }
        let name = segment_name(self.active.number);
        let written = self.active.file.write_at(&vec![0; self.dirty], self.active.end);
        written.map_err(|error| self.refuse(&name, "write", error))?;
        self.active.file.sync().map_err(|error| self.poison(&name, "sync", error))?;
        self.dirty = 0;
        Ok(())
    }

    /// Writes the record in the buffer at the end: one write, one sync.
    fn write(&mut self) -> Result<(), AppendError> {
        let number = self.active.number;
        if let Err(error) = self.active.file.write_at(&self.buffer, self.active.end) {
            self.dirty = self.buffer.len();
            return Err(self.refuse(&segment_name(number), "write", error));
        }
        let synced = self.active.file.sync();
        synced.map_err(|error| self.poison(&segment_name(number), "sync", error))
    }

    /// The answer to a failed operation other than a sync of the active file.
    fn refuse(&mut self, file: &str, doing: &'static str, error: io::Error) -> AppendError {
        if is_no_room(&error) {
            return AppendError::Full { seq: self.next_seq, file: file.to_owned(), source: error };
        }
        self.poison(file, doing, error)
    }

    fn poison(&mut self, file: &str, doing: &'static str, error: io::Error) -> AppendError {
        let poison = Poison { file: file.to_owned(), doing, source: Arc::new(error) };
        self.poison.insert(poison).error(self.next_seq)
    }
}

impl Poison {
    fn error(&self, seq: u64) -> AppendError {
        let Self { file, doing, source } = self.clone();
        AppendError::Fatal { seq, file, doing, source }
    }
}

impl<S: Storage> Log for Segment<S> {
    fn append(&mut self, batch: Batch<'_>) -> Result<(), AppendError> {
        if let Some(poison) = &self.poison {
            return Err(poison.error(self.next_seq));
        }
        let next_seq = batch
            .validate(self.next_seq, self.largest_payload())
            .map_err(|reason| AppendError::Invalid { seq: batch.first_seq, reason })?;
        self.scrub()?;
        let needed = (record_len(batch.payload.len()) + HEADER) as u64;
        if self.rolling || self.active.bytes - self.active.end < needed {
            self.roll_over()?;
        }
        let Active { number, .. } = self.active;
        let chain = record::encode(&mut self.buffer, &batch, number, self.epoch, &self.chain);
        self.write()?;
        self.active.end += self.buffer.len() as u64;
        self.chain = chain;
        self.next_seq = next_seq;
        Ok(())
    }

    fn replay(&self, from: u64, visit: &mut dyn FnMut(Batch<'_>)) -> Result<(), ReadError> {
        replay::replay(self, from, visit)
    }

    fn next_seq(&self) -> u64 {
        self.next_seq
    }

    fn sealed(&self) -> u32 {
        self.active.number - 1
    }
}
