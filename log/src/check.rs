//! The offline look at a log: `posada check`, and whatever else reads one that nobody writes.

use crate::batch::Batch;
use crate::border::Border;
use crate::error::CheckError;
use crate::report::Report;
use crate::storage::Storage;
use crate::survey::{Trouble, survey};

/// Reads all of a log and reports what it holds and all that is damaged. It changes nothing.
///
/// The log must not be open elsewhere: a batch that is being written would look torn. For a
/// [`crate::Directory`], its lock sees to that.
///
/// # Errors
/// When a file cannot be listed or read. Damage is in the report.
pub fn check<S: Storage>(storage: &S) -> Result<Report, CheckError> {
    read(storage, &mut |_| {})
}

/// As [`check`], and visits every batch before the first damage, in order.
///
/// # Errors
/// As [`check`].
pub fn read<S: Storage>(
    storage: &S,
    visit: &mut dyn FnMut(Batch<'_>),
) -> Result<Report, CheckError> {
    read_from(storage, &Border::first(), visit)
}

/// As [`read`], of the log behind a border: what is before is not looked at.
///
/// # Errors
/// As [`check`].
pub fn read_from<S: Storage>(
    storage: &S,
    from: &Border,
    visit: &mut dyn FnMut(Batch<'_>),
) -> Result<Report, CheckError> {
    Ok(survey(storage, from, visit)?.report)
}

impl From<Trouble> for CheckError {
    fn from(trouble: Trouble) -> Self {
        let Trouble { file, doing, source } = trouble;
        Self { file, doing, source }
    }
}
