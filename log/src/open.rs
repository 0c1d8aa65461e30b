//! Opening a log: reading all of it, refusing damage, and making its end certain.

use crate::batch::MAX_BATCH_BYTES;
use crate::border::Border;
use crate::error::OpenError;
use crate::format::{END_MARKS_LEAST, HEADER, SECTOR, SegmentHeader, segment_name};
use crate::record::RECORD_MOST;
use crate::report::Torn;
use crate::scan::Ending;
use crate::segment::{Active, Segment};
use crate::storage::{Storage, StorageFile, UNREADY};
use crate::survey::{LastSegment, Trouble, survey};

/// How a log keeps its files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// The size of a new segment file in bytes, 16 MiB unless given: a multiple of 512 from
    /// [`Options::SEGMENT_BYTES_LEAST`] to [`Options::SEGMENT_BYTES_MOST`]. It may change between
    /// starts; segments that are begun keep theirs.
    pub segment_bytes: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { segment_bytes: 16 << 20 }
    }
}

/// What was found when a log was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The sequence number that the next batch must begin with.
    pub next_seq: u64,
    /// How many batches the log holds.
    pub batches: u64,
    /// How many segments were begun.
    pub segments: u32,
    /// Which start of the log this is, as far as earlier starts appended anything.
    pub epoch: u32,
    /// The batch that a crash left incomplete, and that was dropped.
    pub dropped: Option<Torn>,
}

impl Options {
    /// The smallest size of a segment, in bytes. A segment below about 1.1 MiB lowers the largest
    /// payload: such sizes are meant for tests.
    pub const SEGMENT_BYTES_LEAST: u64 = 4096;
    /// The largest size of a segment, in bytes: opening a log takes as much memory.
    pub const SEGMENT_BYTES_MOST: u64 = 1 << 30;

    /// The number of bytes that a batch's payload may have at most: [`MAX_BATCH_BYTES`], or less
    /// if a segment has no room for that.
    pub fn largest_payload(&self) -> usize {
        let overhead = SECTOR + HEADER + HEADER + END_MARKS_LEAST;
        let room = self.segment_bytes.saturating_sub(overhead as u64);
        usize::try_from(room).map_or(MAX_BATCH_BYTES, |room| room.min(MAX_BATCH_BYTES))
    }

    pub(crate) fn allows(bytes: u64) -> bool {
        (Self::SEGMENT_BYTES_LEAST..=Self::SEGMENT_BYTES_MOST).contains(&bytes)
            && bytes.is_multiple_of(SECTOR as u64)
    }
}

pub(crate) fn open<S: Storage>(
    mut storage: S,
    from: &Border,
    options: Options,
) -> Result<(Segment<S>, Opened), OpenError> {
    if !Options::allows(options.segment_bytes) {
        return Err(OpenError::SegmentBytes { given: options.segment_bytes });
    }
    let survey = survey(&storage, from, &mut |_| {})?;
    if let Some(first) = survey.report.damage.first() {
        let all = survey.report.damage.len();
        return Err(OpenError::Damaged { first: first.clone(), all });
    }
    tidy(&storage)?;

    let mut spare = survey.spare;
    let mut starts = survey.starts;
    let mut rolling = false;
    let active = if let Some(last) = survey.last {
        rolling = last.scan.ending == Ending::Sealed;
        resume(&storage, &last)?
    } else {
        starts.push(from.next_seq);
        let reusable = spare.take() == Some(options.segment_bytes);
        begin(&mut storage, options.segment_bytes, reusable, from)?
    };
    let opened = Opened {
        next_seq: survey.cursor.next_seq,
        batches: survey.report.batches,
        segments: active.number,
        epoch: survey.cursor.epoch.saturating_add(1),
        dropped: survey.report.torn,
    };
    let mut log = Segment {
        storage,
        options,
        active,
        first: from.segment,
        starts,
        next_seq: opened.next_seq,
        chain: survey.cursor.chain.unwrap_or(from.chain),
        epoch: opened.epoch,
        spare,
        rolling,
        dirty: 0,
        poison: None,
        buffer: Vec::new(),
    };
    log.prepare_ahead();
    Ok((log, opened))
}

/// Removes a half-prepared file, and makes all names durable: a crashed process may have been
/// about to, and nothing may be written into a file whose name can vanish.
fn tidy<S: Storage>(storage: &S) -> Result<(), OpenError> {
    let names = storage.list().map_err(trouble(".", "list"))?;
    if names.iter().any(|name| name == UNREADY) {
        storage.remove(UNREADY).map_err(trouble(UNREADY, "remove"))?;
    }
    storage.sync_dir().map_err(trouble(".", "sync"))
}

/// Begins the first segment, or the one behind a border whose header was lost.
fn begin<S: Storage>(
    storage: &mut S,
    bytes: u64,
    reusable: bool,
    from: &Border,
) -> Result<Active<S::File>, OpenError> {
    let number = from.segment;
    let name = segment_name(number);
    if !reusable {
        storage.prepare(&name, bytes).map_err(trouble(&name, "prepare"))?;
    }
    let mut file = storage.open(&name).map_err(trouble(&name, "open"))?;
    let header = SegmentHeader { number, bytes, first_seq: from.next_seq, chain: from.chain };
    file.write_at(&header.encode(), 0).map_err(trouble(&name, "write"))?;
    file.sync().map_err(trouble(&name, "sync"))?;
    Ok(Active { file, number, bytes, end: SECTOR as u64 })
}

/// Opens the last segment for appending, with a certain end.
///
/// What was read may be in the system's memory only: written by a process that was killed before
/// its sync, or whose sync failed. So the last record is written again, and zeros behind it where
/// a torn one may be, and synced. Behind a seal nothing is uncertain but the seal, and the first
/// append writes that again.
fn resume<S: Storage>(storage: &S, last: &LastSegment) -> Result<Active<S::File>, OpenError> {
    let name = segment_name(last.number);
    let mut file = storage.open(&name).map_err(trouble(&name, "open"))?;
    let (from, end) = (last.scan.last, last.scan.end);
    if last.scan.ending != Ending::Sealed {
        let mut bytes = vec![0; end - from];
        file.read_at(&mut bytes, from as u64).map_err(trouble(&name, "read"))?;
        let segment_end = usize::try_from(last.bytes).unwrap_or(usize::MAX);
        bytes.resize((end + RECORD_MOST).min(segment_end) - from, 0);
        file.write_at(&bytes, from as u64).map_err(trouble(&name, "write"))?;
        file.sync().map_err(trouble(&name, "sync"))?;
    }
    Ok(Active { file, number: last.number, bytes: last.bytes, end: end as u64 })
}

fn trouble(file: &str, doing: &'static str) -> impl FnOnce(std::io::Error) -> OpenError {
    let file = file.to_owned();
    move |source| OpenError::Io { file, doing, source }
}

impl From<Trouble> for OpenError {
    fn from(trouble: Trouble) -> Self {
        let Trouble { file, doing, source } = trouble;
        Self::Io { file, doing, source }
    }
}
