//! The sealed part of a log: files that nobody writes any more, read while others are written.

use std::io::ErrorKind;

use crate::batch::Batch;
use crate::border::{self, Border};
use crate::error::{CheckError, ReadError};
use crate::format::segment_name;
use crate::report::Flaw;
use crate::storage::{Storage, StorageFile};
use crate::survey::{Survey, Trouble, read_file, survey_begun};

/// The number of the segment in which the log goes on behind its last sealed one; `None` when no
/// segment is sealed. A snapshot of all that is sealed stands there.
///
/// # Errors
/// When a file cannot be listed or read.
pub fn last_border<S: Storage>(storage: &S) -> Result<Option<u32>, CheckError> {
    Ok(border::last_begun(storage)?)
}

/// Visits the batches of the sealed segments from a border up to segment `to`, with all the checks
/// of opening a log, and returns the border there.
///
/// # Errors
/// When a file cannot be read, or anything is damaged or missing. What was visited before is sound.
pub fn read_sealed<S: Storage>(
    storage: &S,
    from: &Border,
    to: u32,
    visit: &mut dyn FnMut(Batch<'_>),
) -> Result<Border, ReadError> {
    let mut survey = survey_begun(from);
    for number in from.segment..to {
        let file = segment_name(number);
        match read_file(storage, &file) {
            Ok(image) => survey.segment(number, &file, &image, false, visit),
            Err(Trouble { source, .. }) if source.kind() == ErrorKind::NotFound => {
                survey.note(&file, 0, Flaw::Missing);
            }
            Err(trouble) => return Err(trouble.into()),
        }
        undamaged(&survey)?;
    }
    let file = segment_name(to);
    match border::header(storage, to)? {
        Some(header) => {
            let length = storage.open(&file).and_then(|open| open.len());
            let bytes = length.map_err(|source| ReadError::Io { file: file.clone(), source })?;
            survey.judge_predecessor();
            survey.header(to, &file, bytes, &header);
        }
        None => survey.note(&file, 0, Flaw::SegmentHeader),
    }
    undamaged(&survey)?;
    let cursor = survey.cursor;
    let chain = cursor.chain.unwrap_or(from.chain);
    Ok(Border { segment: to, next_seq: cursor.next_seq, epoch: cursor.epoch, chain })
}

fn undamaged(survey: &Survey) -> Result<(), ReadError> {
    let first = survey.report.damage.first();
    first.map_or(Ok(()), |damage| Err(ReadError::Damaged(damage.clone())))
}
