//! Reading a log back while it is open, with all the checks of opening it.

use crate::batch::Batch;
use crate::error::ReadError;
use crate::format::{SECTOR, SegmentHeader, segment_name};
use crate::record::{self, Cursor, Fault, Record};
use crate::report::{Damage, Flaw};
use crate::segment::Segment;
use crate::storage::Storage;
use crate::survey::{Trouble, read_file};

/// Visits the batches whose last entry is `from` or later.
pub(crate) fn replay<S: Storage>(
    log: &Segment<S>,
    from: u64,
    visit: &mut dyn FnMut(Batch<'_>),
) -> Result<(), ReadError> {
    // The segment before the first one that begins behind `from`.
    let first = log.starts.partition_point(|start| *start <= from).max(1);
    for (number, start) in (log.first..).zip(&log.starts).skip(first - 1) {
        let file = segment_name(number);
        let image = read_file(&log.storage, &file)?;
        let end = (number == log.active.number).then_some(log.active.end);
        let mut cursor = Cursor { next_seq: *start, epoch: 0, chain: None };
        let mut offset = 0;
        let read = read_segment(&image, number, end, &mut cursor, &mut offset, &mut |batch| {
            if batch.first_seq + u64::from(batch.count) > from {
                visit(batch);
            }
        });
        read.map_err(|flaw| {
            let (offset, seq) = (offset as u64, cursor.next_seq);
            ReadError::Damaged(Damage { file, offset, seq, flaw, behind: None })
        })?;
    }
    Ok(())
}

/// Reads a segment up to its seal, or up to `end`. On a flaw, `cursor` and `offset` say where.
fn read_segment(
    image: &[u8],
    number: u32,
    end: Option<u64>,
    cursor: &mut Cursor,
    offset: &mut usize,
    visit: &mut dyn FnMut(Batch<'_>),
) -> Result<(), Flaw> {
    let header = SegmentHeader::decode(image.get(..SECTOR).ok_or(Flaw::SegmentHeader)?)?;
    if header.number != number {
        return Err(Flaw::WrongSegment { found: header.number });
    }
    if header.first_seq != cursor.next_seq {
        return Err(Flaw::Gap { found: header.first_seq });
    }
    cursor.chain = Some(header.chain);
    *offset = SECTOR;
    while end.is_none_or(|end| (*offset as u64) < end) {
        match record::read(image, *offset, number, cursor) {
            Ok(Record::Batch { batch, len }) => {
                visit(batch);
                *offset += len;
            }
            Ok(Record::Seal) => break,
            Err(Fault::Blank) => return Err(Flaw::RecordMissing),
            Err(Fault::Torn { .. }) => return Err(Flaw::Payload),
            Err(Fault::Broken { flaw, .. }) => return Err(flaw),
        }
    }
    Ok(())
}

impl From<Trouble> for ReadError {
    fn from(trouble: Trouble) -> Self {
        let Trouble { file, source, .. } = trouble;
        Self::Io { file, source }
    }
}
