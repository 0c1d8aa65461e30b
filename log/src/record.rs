//! One batch as one record: writing it, and reading it back with every check that it has to pass.

use crate::batch::{Batch, MAX_BATCH_BYTES};
use crate::format::{ALIGN, END_MARK, END_MARKS_LEAST, HEADER, Hash, Kind, RecordHeader};
use crate::format::{SECTOR, is_zero, link, stated_chain};
use crate::report::Flaw;

/// The longest record.
pub(crate) const RECORD_MOST: usize = record_len(MAX_BATCH_BYTES);

/// How many bytes the record of a payload takes.
pub(crate) const fn record_len(payload: usize) -> usize {
    (HEADER + payload + END_MARKS_LEAST).next_multiple_of(ALIGN)
}

/// Where a log stands: what the next record has to continue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) next_seq: u64,
    pub(crate) epoch: u32,
    /// The chain of hashes so far; unknown behind damage.
    pub(crate) chain: Option<Hash>,
}

/// Replaces `buffer` with the record of `batch` and returns the chain after it. The batch has been
/// validated.
pub(crate) fn encode(
    buffer: &mut Vec<u8>,
    batch: &Batch<'_>,
    segment: u32,
    epoch: u32,
    chain: &Hash,
) -> Hash {
    let payload_len = u32::try_from(batch.payload.len()).expect("validated: at most 1 MiB");
    let header = RecordHeader {
        kind: Kind::Batch,
        segment,
        epoch,
        first_seq: batch.first_seq,
        count: batch.count,
        payload_len,
        digest: *blake3::hash(batch.payload).as_bytes(),
        payload_crc: crc32c::crc32c(batch.payload),
    };
    let (bytes, after) = header.encode(chain);
    buffer.clear();
    buffer.extend_from_slice(&bytes);
    buffer.extend_from_slice(batch.payload);
    buffer.resize(record_len(batch.payload.len()), END_MARK);
    after
}

/// The record that ends a segment.
pub(crate) fn encode_seal(segment: u32, epoch: u32, next_seq: u64, chain: &Hash) -> [u8; HEADER] {
    let header = RecordHeader {
        kind: Kind::Seal,
        segment,
        epoch,
        first_seq: next_seq,
        count: 0,
        payload_len: 0,
        digest: [0; 32],
        payload_crc: 0,
    };
    header.encode(chain).0
}

/// A record that verifies and continues the log.
#[derive(Debug)]
pub(crate) enum Record<'a> {
    Batch { batch: Batch<'a>, len: usize },
    Seal,
}

/// Why there is no such record at an offset.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Zeros from here to the end of the sector: nothing was written here, or it was lost.
    Blank,
    /// The header verifies and continues the log, and a sector behind it was lost in writing.
    Torn { end: usize },
    /// No torn write explains this. A search for valid records should go on at `resume`.
    Broken { flaw: Flaw, resume: usize },
}

/// Reads the record at `offset` of a segment's `image` and moves `cursor` behind it.
pub(crate) fn read<'a>(
    image: &'a [u8],
    offset: usize,
    segment: u32,
    cursor: &mut Cursor,
) -> Result<Record<'a>, Fault> {
    let resume = offset + ALIGN;
    let broken = |flaw| Err(Fault::Broken { flaw, resume });
    let Some(bytes) = image.get(offset..offset + HEADER) else {
        return broken(Flaw::Impossible);
    };
    if is_zero(&image[offset..sector_end(offset).min(image.len())]) {
        return Err(Fault::Blank);
    }
    let header = match RecordHeader::decode(bytes) {
        Ok(header) if header.segment != segment => {
            return broken(Flaw::WrongSegment { found: header.segment });
        }
        Ok(header) => header,
        Err(flaw) => return broken(flaw),
    };
    let next_seq = header.first_seq.checked_add(u64::from(header.count));
    let (Some(end), Some(next_seq)) = (end_of(&header, offset, image.len()), next_seq) else {
        return broken(Flaw::Impossible);
    };
    if let Err(flaw) = continues(&header, bytes, cursor) {
        // The record itself may be fine: the search finds it again and goes on from there.
        return Err(Fault::Broken { flaw, resume: offset });
    }
    let record = match header.kind {
        Kind::Seal => Record::Seal,
        Kind::Batch => {
            let payload = verified_payload(image, offset, end, &header)?;
            let batch = Batch { first_seq: header.first_seq, count: header.count, payload };
            Record::Batch { batch, len: end - offset }
        }
    };
    *cursor = Cursor { next_seq, epoch: header.epoch, chain: Some(stated_chain(bytes)) };
    Ok(record)
}

/// The first offset from `from` on that holds a record header which verifies.
pub(crate) fn find(image: &[u8], from: usize, segment: u32) -> Option<(usize, RecordHeader)> {
    (from..image.len().saturating_sub(HEADER - 1)).step_by(ALIGN).find_map(|offset| {
        let header = RecordHeader::decode(&image[offset..offset + HEADER]).ok()?;
        (header.segment == segment).then_some((offset, header))
    })
}

fn sector_end(offset: usize) -> usize {
    (offset + 1).next_multiple_of(SECTOR)
}

/// Where the record ends, if its header says what can have been written: the last place in a
/// segment is always kept for the seal.
fn end_of(header: &RecordHeader, offset: usize, image_len: usize) -> Option<usize> {
    let payload_len = usize::try_from(header.payload_len).ok()?;
    match header.kind {
        Kind::Seal if header.count == 0 && payload_len == 0 => Some(offset + HEADER),
        Kind::Batch if header.count > 0 && payload_len <= MAX_BATCH_BYTES => {
            let end = offset + record_len(payload_len);
            (end + HEADER <= image_len).then_some(end)
        }
        _ => None,
    }
}

fn continues(header: &RecordHeader, bytes: &[u8], cursor: &Cursor) -> Result<(), Flaw> {
    if header.first_seq != cursor.next_seq {
        return Err(Flaw::Gap { found: header.first_seq });
    }
    let due = cursor.chain.map(|chain| match header.kind {
        Kind::Batch => link(&chain, bytes),
        Kind::Seal => chain,
    });
    if due.is_some_and(|due| due != stated_chain(bytes)) {
        return Err(Flaw::Chain);
    }
    Ok(())
}

fn verified_payload<'a>(
    image: &'a [u8],
    offset: usize,
    end: usize,
    header: &RecordHeader,
) -> Result<&'a [u8], Fault> {
    let (payload, marks) = image[offset + HEADER..end].split_at(header.payload_len as usize);
    let sound = marks.iter().all(|byte| *byte == END_MARK)
        && crc32c::crc32c(payload) == header.payload_crc
        && *blake3::hash(payload).as_bytes() == header.digest;
    if sound {
        return Ok(payload);
    }
    let behind_header = image.get(sector_end(offset)..end).unwrap_or_default();
    if behind_header.chunks(SECTOR).any(is_zero) {
        return Err(Fault::Torn { end });
    }
    Err(Fault::Broken { flaw: Flaw::Payload, resume: end })
}
