//! Where a log can be read from: its very beginning, or behind a sealed segment.

use crate::format::{self, Hash, SECTOR, SegmentHeader, segment_name, segment_number};
use crate::record::Cursor;
use crate::storage::{Storage, StorageFile};
use crate::survey::Trouble;

/// The place between two segments, and what the log behind it has to continue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Border {
    /// The number of the segment in which the log goes on.
    pub segment: u32,
    /// The sequence number of the first entry there.
    pub next_seq: u64,
    /// The epoch of the last record before it.
    pub epoch: u32,
    /// The chain of hashes up to there.
    pub chain: [u8; 32],
}

impl Border {
    /// The beginning of every log.
    pub fn first() -> Self {
        Self { segment: 1, next_seq: 1, epoch: 0, chain: format::genesis() }
    }

    pub(crate) fn cursor(&self) -> Cursor {
        Cursor { next_seq: self.next_seq, epoch: self.epoch, chain: Some(self.chain) }
    }
}

/// The numbers of all segment files that are there, in order.
///
/// # Errors
/// When the files cannot be listed.
pub fn segments<S: Storage>(storage: &S) -> std::io::Result<Vec<u32>> {
    let names = storage.list()?;
    let mut numbers: Vec<_> = names.iter().filter_map(|name| segment_number(name)).collect();
    numbers.sort_unstable();
    Ok(numbers)
}

/// The segment behind the last one that is certainly sealed, if there is one: its own header was
/// written, which happens only when the seal before it is durable.
pub(crate) fn last_begun<S: Storage>(storage: &S) -> Result<Option<u32>, Trouble> {
    let numbers = segments(storage).map_err(|source| trouble(".", "list", source))?;
    for number in numbers.iter().rev().filter(|number| **number > 1) {
        if header(storage, *number)?.is_some_and(|header| header.number == *number) {
            return Ok(Some(*number));
        }
    }
    Ok(None)
}

/// What the header of a segment says, if it was begun and is whole.
pub(crate) fn header<S: Storage>(
    storage: &S,
    number: u32,
) -> Result<Option<SegmentHeader>, Trouble> {
    let name = segment_name(number);
    let mut block = [0; SECTOR];
    let read = storage.open(&name).and_then(|file| file.read_at(&mut block, 0));
    match read.map_err(|source| trouble(&name, "read", source)) {
        Ok(()) => Ok(SegmentHeader::decode(&block).ok()),
        Err(Trouble { source, .. }) if is_absent(&source) => Ok(None),
        Err(trouble) => Err(trouble),
    }
}

fn is_absent(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::UnexpectedEof)
}

/// Whether a segment's header continues what stands at a border.
pub(crate) fn continues(border: &Border, header: &SegmentHeader) -> bool {
    let due: (u32, u64, Hash) = (border.segment, border.next_seq, border.chain);
    due == (header.number, header.first_seq, header.chain)
}

fn trouble(file: &str, doing: &'static str, source: std::io::Error) -> Trouble {
    Trouble { file: file.to_owned(), doing, source }
}
