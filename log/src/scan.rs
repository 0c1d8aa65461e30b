//! One segment's records, in order: where they end, and whether that end is clean, torn or damage.
//!
//! The rule rests on two facts. A disk writes a sector whole or not at all, and at most one batch
//! is ever unsynced. So a crash leaves at most one record incomplete, at the very end, with whole
//! sectors of zeros in it. Whatever else does not verify is damage to what was acknowledged.

use crate::batch::Batch;
use crate::format::{HEADER, SECTOR, is_zero};
use crate::record::{self, Cursor, Fault, RECORD_MOST, Record};
use crate::report::{Damage, Flaw};

/// How a segment's records end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// There is room behind them. A torn batch may have left `torn` bytes there.
    Open { torn: usize },
    /// The log goes on in the next segment.
    Sealed,
    /// Unknown, because of damage.
    Damaged,
}

/// What the walk through a segment found.
#[derive(Clone, Debug)]
pub(crate) struct Scan {
    /// Where the last record that verifies begins; 0 if there is none.
    pub(crate) last: usize,
    /// Where it ends, or where the first record is due.
    pub(crate) end: usize,
    pub(crate) ending: Ending,
    pub(crate) damage: Vec<Damage>,
}

/// Walks through the records of a segment, moving `cursor` and calling `visit` for each batch,
/// with whether there was no damage before it. It goes on behind damage, so that all is found.
pub(crate) fn scan(
    image: &[u8],
    segment: u32,
    file: &str,
    cursor: &mut Cursor,
    visit: &mut dyn FnMut(Batch<'_>, bool),
) -> Scan {
    let mut scan = Scan { last: 0, end: SECTOR, ending: Ending::Damaged, damage: Vec::new() };
    loop {
        let due = cursor.next_seq;
        let fault = match record::read(image, scan.end, segment, cursor) {
            Ok(Record::Batch { batch, len }) => {
                visit(batch, scan.damage.is_empty());
                scan.last = scan.end;
                scan.end += len;
                continue;
            }
            Ok(Record::Seal) => {
                scan.ending = Ending::Sealed;
                if !is_zero(&image[scan.end + HEADER..]) {
                    scan.note(file, due, Flaw::Leftovers, None);
                }
                return scan;
            }
            Err(fault) => fault,
        };
        let resume = match fault {
            Fault::Blank => scan.end + HEADER,
            Fault::Torn { end } => end,
            Fault::Broken { resume, .. } => resume,
        };
        let Some((offset, header)) = record::find(image, resume, segment) else {
            scan.judge_tail(image, file, due, fault);
            return scan;
        };
        scan.note(file, due, flaw_of(fault), Some(offset).filter(|found| *found > scan.end));
        *cursor = Cursor { next_seq: header.first_seq, epoch: header.epoch, chain: None };
        scan.end = offset;
    }
}

impl Scan {
    /// Decides what a fault is with no valid record behind it in this segment.
    fn judge_tail(&mut self, image: &[u8], file: &str, due: u64, fault: Fault) {
        let tail = &image[self.end.min(image.len())..];
        let torn = tail.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        let most = match fault {
            Fault::Blank => RECORD_MOST,
            Fault::Torn { end } => end - self.end,
            Fault::Broken { flaw, .. } => return self.note(file, due, flaw, None),
        };
        if torn > most {
            return self.note(file, due, Flaw::Leftovers, None);
        }
        self.ending = Ending::Open { torn };
    }

    fn note(&mut self, file: &str, seq: u64, flaw: Flaw, behind: Option<usize>) {
        self.damage.push(Damage {
            file: file.to_owned(),
            offset: self.end as u64,
            seq,
            flaw,
            behind: behind.map(|offset| offset as u64),
        });
    }
}

/// What a fault is with valid records behind it.
fn flaw_of(fault: Fault) -> Flaw {
    match fault {
        Fault::Blank => Flaw::RecordMissing,
        Fault::Torn { .. } => Flaw::Payload,
        Fault::Broken { flaw, .. } => flaw,
    }
}
