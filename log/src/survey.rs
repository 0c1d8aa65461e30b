//! All segments of a log, in order: what opening and checking have in common. It changes nothing.

use std::{collections::BTreeMap, io};

use crate::batch::Batch;
use crate::border::Border;
use crate::format::{self, SECTOR, SegmentHeader, is_zero, segment_name};
use crate::record::Cursor;
use crate::report::{Damage, Flaw, Report, Torn};
use crate::scan::{self, Ending, Scan};
use crate::segment::Options;
use crate::storage::{Storage, StorageFile};

/// What is known of a log after reading all of it.
#[derive(Clone, Debug)]
pub(crate) struct Survey {
    pub(crate) report: Report,
    pub(crate) cursor: Cursor,
    /// The number of the first segment that is read.
    pub(crate) first: u32,
    /// The first sequence number of each segment, by number from the first one on.
    pub(crate) starts: Vec<u64>,
    /// The last segment that was begun.
    pub(crate) last: Option<LastSegment>,
    /// The length of the empty segment file behind it.
    pub(crate) spare: Option<u64>,
}

/// Where the last segment ends.
#[derive(Clone, Debug)]
pub(crate) struct LastSegment {
    pub(crate) number: u32,
    pub(crate) bytes: u64,
    pub(crate) scan: Scan,
}

/// What could not be done, and to which file.
#[derive(Debug)]
pub(crate) struct Trouble {
    pub(crate) file: String,
    pub(crate) doing: &'static str,
    pub(crate) source: io::Error,
}

/// Reads all segments from a border on and visits each batch before the first damage.
pub(crate) fn survey<S: Storage>(
    storage: &S,
    from: &Border,
    visit: &mut dyn FnMut(Batch<'_>),
) -> Result<Survey, Trouble> {
    let listed = storage.list().map_err(|source| trouble(".", "list", source))?;
    let numbers: BTreeMap<u32, String> = listed
        .into_iter()
        .filter_map(|name| format::segment_number(&name).map(|number| (number, name)))
        .filter(|(number, _)| *number >= from.segment)
        .collect();
    let mut survey = survey_begun(from);
    for (number, file) in &numbers {
        let due = survey.number_due();
        if *number != due {
            survey.note(&segment_name(due), 0, Flaw::Missing);
        }
        let image = read_file(storage, file)?;
        let is_last = numbers.keys().next_back() == Some(number);
        survey.segment(*number, file, &image, is_last, visit);
    }
    if numbers.is_empty() && from.segment > 1 {
        // Whoever stands at a border knows that the log goes on behind it.
        survey.note(&segment_name(from.segment), 0, Flaw::Missing);
    }
    survey.conclude();
    Ok(survey)
}

/// What is known before anything is read.
pub(crate) fn survey_begun(from: &Border) -> Survey {
    Survey {
        report: Report::default(),
        cursor: from.cursor(),
        first: from.segment,
        starts: Vec::new(),
        last: None,
        spare: None,
    }
}

/// The whole of a file.
pub(crate) fn read_file<S: Storage>(storage: &S, name: &str) -> Result<Vec<u8>, Trouble> {
    let file = storage.open(name).map_err(|source| trouble(name, "open", source))?;
    let read = || {
        let len = file.len()?;
        let most = len.min(Options::SEGMENT_BYTES_MOST);
        let mut image = vec![0; usize::try_from(most).map_err(io::Error::other)?];
        file.read_at(&mut image, 0)?;
        Ok(image)
    };
    read().map_err(|source| trouble(name, "read", source))
}

impl Survey {
    pub(crate) fn number_due(&self) -> u32 {
        self.last.as_ref().map_or(self.first, |last| last.number.saturating_add(1))
    }

    /// Reads the segment that is due, or that is there instead.
    pub(crate) fn segment(
        &mut self,
        number: u32,
        file: &str,
        image: &[u8],
        is_last: bool,
        visit: &mut dyn FnMut(Batch<'_>),
    ) {
        let bytes = image.len() as u64;
        if !Options::allows(bytes) {
            let expected = self.last.as_ref().map_or(Options::SEGMENT_BYTES_LEAST, |l| l.bytes);
            self.note(file, 0, Flaw::Length { found: bytes, expected });
        }
        if is_last && Options::allows(bytes) && is_zero(image) {
            self.spare = Some(bytes);
            return;
        }
        match image.get(..SECTOR).map_or(Err(Flaw::SegmentHeader), SegmentHeader::decode) {
            Ok(header) => {
                self.judge_predecessor();
                self.header(number, file, bytes, &header);
            }
            Err(flaw) => {
                // The records behind may still continue the log, so its cursor stays. This file
                // is named first: the one before it may be whole, and this its spoilt spare.
                self.note(file, 0, flaw);
                self.judge_predecessor();
            }
        }
        self.starts.push(self.cursor.next_seq);
        let report = &mut self.report;
        report.segments += 1;
        let scan = scan::scan(image, number, file, &mut self.cursor, &mut |batch, sound| {
            tally(report, &batch);
            if sound && report.damage.is_empty() {
                visit(batch);
            }
        });
        report.damage.extend_from_slice(&scan.damage);
        self.last = Some(LastSegment { number, bytes, scan });
    }

    /// A segment is begun only when the one before it is sealed.
    pub(crate) fn judge_predecessor(&mut self) {
        let Some(last) = &self.last else { return };
        if matches!(last.scan.ending, Ending::Open { .. }) {
            let (file, end) = (segment_name(last.number), last.scan.end as u64);
            self.note(&file, end, Flaw::Unsealed);
        }
    }

    /// A segment's header continues what is before it.
    pub(crate) fn header(&mut self, number: u32, file: &str, bytes: u64, header: &SegmentHeader) {
        if header.number != number {
            self.note(file, 0, Flaw::WrongSegment { found: header.number });
            return;
        }
        if header.bytes != bytes {
            self.note(file, 0, Flaw::Length { found: bytes, expected: header.bytes });
        }
        if header.first_seq != self.cursor.next_seq {
            self.note(file, 0, Flaw::Gap { found: header.first_seq });
            self.cursor.next_seq = header.first_seq;
        } else if self.cursor.chain.is_some_and(|chain| chain != header.chain) {
            self.note(file, 0, Flaw::Chain);
        }
        self.cursor.chain = Some(header.chain);
    }

    /// What the last segment's end says of the log as a whole.
    pub(crate) fn conclude(&mut self) {
        self.report.spare = self.spare.is_some();
        let Some(last) = &self.last else { return };
        let file = segment_name(last.number);
        match last.scan.ending {
            Ending::Open { torn } if torn > 0 => {
                self.report.torn = Some(Torn {
                    file,
                    offset: last.scan.end as u64,
                    seq: self.cursor.next_seq,
                    bytes: torn as u64,
                });
            }
            Ending::Sealed if self.spare.is_none() => {
                let missing = segment_name(self.number_due());
                self.note(&missing, 0, Flaw::Missing);
            }
            _ => {}
        }
    }

    pub(crate) fn note(&mut self, file: &str, offset: u64, flaw: Flaw) {
        let (file, seq) = (file.to_owned(), self.cursor.next_seq);
        self.report.damage.push(Damage { file, offset, seq, flaw, behind: None });
    }
}

fn tally(report: &mut Report, batch: &Batch<'_>) {
    let last = batch.first_seq + u64::from(batch.count) - 1;
    report.batches += 1;
    report.entries += u64::from(batch.count);
    report.seqs = Some((report.seqs.map_or(batch.first_seq, |(first, _)| first), last));
}

fn trouble(file: &str, doing: &'static str, source: io::Error) -> Trouble {
    Trouble { file: file.to_owned(), doing, source }
}
