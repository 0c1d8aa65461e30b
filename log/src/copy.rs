//! A copy of what a log holds at this moment, while another process may be writing to it.
//!
//! No lock is needed, because of what `docs/log.md` says: a segment is written once, and at most
//! one record, the last, is under way. A look at it can catch that record half written, and a look
//! that takes long can miss a record and see the one behind it. Both go away when one looks again;
//! damage does not. It decides nothing of its own about damage: that is `survey.rs`.

use std::io::{self, ErrorKind};

use crate::border::Border;
use crate::error::CopyError;
use crate::format::{SECTOR, is_zero, segment_name, segment_number};
use crate::report::{Flaw, Report};
use crate::scan::Ending;
use crate::storage::{Storage, StorageFile};
use crate::survey::{Survey, Trouble, read_file, survey_begun};

/// Hands each segment of a log on to `keep`, in order: its file's name and all its bytes.
///
/// What is kept under these names is a sound log. It holds every entry whose append had returned
/// before this was called, and none that is not durable. A record that is not complete is zeros
/// in the copy, and reported as torn.
///
/// `again` is asked before a segment that does not verify is looked at another time: it waits a
/// moment, and says whether there is still patience. For a log that nobody writes it says no.
///
/// # Errors
/// When there is no log, when it is damaged, when a file cannot be read, or when `keep` fails.
pub fn copy<S: Storage>(
    storage: &S,
    keep: &mut dyn FnMut(&str, &[u8]) -> io::Result<()>,
    again: &mut dyn FnMut() -> bool,
) -> Result<Report, CopyError> {
    copy_from(storage, &Border::first(), keep, again)
}

/// As [`copy`], of the log behind a border. Nothing of it may be removed meanwhile.
///
/// # Errors
/// As [`copy`].
pub fn copy_from<S: Storage>(
    storage: &S,
    from: &Border,
    keep: &mut dyn FnMut(&str, &[u8]) -> io::Result<()>,
    again: &mut dyn FnMut() -> bool,
) -> Result<Report, CopyError> {
    let mut survey = survey_begun(from);
    loop {
        let file = segment_name(survey.number_due());
        let (found, mut image) = look(storage, &survey, again)?;
        survey = found;
        let open_end = match (&survey.last, survey.spare) {
            (Some(last), None) if last.scan.ending != Ending::Sealed => Some(last.scan.end),
            _ => None,
        };
        if let Some(end) = open_end {
            // What was read may be in the system's memory only, and lost when the power fails.
            let synced = storage.open(&file).and_then(|mut open| open.sync());
            synced.map_err(|source| trouble(&file, "sync", source))?;
            image[end..].fill(0);
        }
        keep(&file, &image).map_err(|source| CopyError::Keep { file, source })?;
        if open_end.is_some() || survey.spare.is_some() {
            survey.conclude();
            return Ok(survey.report);
        }
    }
}

/// Reads the segment that is due until it verifies. What is known then comes with its bytes.
fn look<S: Storage>(
    storage: &S,
    before: &Survey,
    again: &mut dyn FnMut() -> bool,
) -> Result<(Survey, Vec<u8>), CopyError> {
    let number = before.number_due();
    let file = segment_name(number);
    loop {
        let mut survey = before.clone();
        let image = match read_file(storage, &file) {
            Ok(image) => Some(image),
            Err(Trouble { source, .. }) if source.kind() == ErrorKind::NotFound => None,
            Err(trouble) => return Err(trouble.into()),
        };
        let newest = newest(storage)?;
        if let Some(image) = &image {
            survey.segment(number, &file, image, newest <= number, &mut |_| {});
            if begun_behind(storage, number, newest)? {
                survey.judge_predecessor();
            }
        } else {
            survey.note(&file, 0, Flaw::Missing);
        }
        let nothing = newest == 0 || survey.last.is_none() && survey.spare.is_some();
        let nothing = nothing && survey.first == 1;
        match survey.report.damage.first() {
            _ if nothing => return Err(CopyError::Nothing),
            None => return Ok((survey, image.unwrap_or_default())),
            Some(_) if again() => {}
            Some(first) => {
                let all = survey.report.damage.len();
                return Err(CopyError::Damaged { first: first.clone(), all });
            }
        }
    }
}

/// The highest number of a segment file; 0 if there is none.
fn newest<S: Storage>(storage: &S) -> Result<u32, Trouble> {
    let names = storage.list().map_err(|source| trouble(".", "list", source))?;
    Ok(names.iter().filter_map(|name| segment_number(name)).max().unwrap_or(0))
}

/// Whether the log goes on behind a segment: with more than a spare one.
fn begun_behind<S: Storage>(storage: &S, number: u32, newest: u32) -> Result<bool, Trouble> {
    if newest != number + 1 {
        return Ok(newest > number);
    }
    let file = segment_name(newest);
    let mut header = [0; SECTOR];
    let read = storage.open(&file).and_then(|open| open.read_at(&mut header, 0));
    read.map_err(|source| trouble(&file, "read", source))?;
    Ok(!is_zero(&header))
}

fn trouble(file: &str, doing: &'static str, source: io::Error) -> Trouble {
    Trouble { file: file.to_owned(), doing, source }
}

impl From<Trouble> for CopyError {
    fn from(trouble: Trouble) -> Self {
        let Trouble { file, doing, source } = trouble;
        Self::Read { file, doing, source }
    }
}
