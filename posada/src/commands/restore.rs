//! `posada restore`: a backup becomes the log of a server that has none.
//!
//! The backup is read to its end first, so that nothing is touched for one that is damaged. It is
//! copied into the data directory itself, whose lock keeps servers out meanwhile: that directory
//! may be a mount or a link, which a rename could not replace. Read next: `copying`.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use posada_log::{CopyError, Directory};

use super::CommandError;
use super::backup::tell;
use super::copying::{Copying, CopyingError};
use super::whole::Whole;

/// Copies the log in `backup` to the directory `data`, which must not hold anything yet.
///
/// # Errors
/// When the backup is damaged or cannot be read, when `data` is in use or not empty, or when the
/// copy cannot be written or does not verify. There is no log in `data` then.
pub fn restore(backup: &Path, data: &Path, out: &mut dyn Write) -> Result<(), CommandError> {
    let from = Directory::open_read_only(backup)?;
    let source = Whole::read(&from, &mut |_, _| {}).map_err(|source| CopyingError::Unsound {
        path: backup.to_owned(),
        source: Box::new(source),
    })?;
    if source.report.segments == 0 {
        return Err(CopyingError::from(CopyError::Nothing).into());
    }
    let copying = Copying::begin(data, |_| false)?;
    let copied = copying.copy(&from, Duration::ZERO).and_then(|copied| {
        let same = copied.1.is_same_as(&source);
        same.then_some(copied).ok_or(CopyingError::NotTheSame { path: data.to_owned() })
    });
    if copied.is_err() {
        copying.undo();
    }
    let (report, whole) = copied?;
    tell("restored", data, &report, &whole, out)
}
