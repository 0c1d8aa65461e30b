//! `posada backup`: a copy of the log, taken while a server writes to it or while none does.
//!
//! The copy is made beside its target, read back, and only then given its name: a target that is
//! there is whole. The server is not asked and not held up; why that is safe is said in
//! [`posada_log::copy`]. Read next: `copying`, then `restore`.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use posada_log::{Directory, Report};

use super::copying::{Copying, CopyingError, PATIENCE, io_error, is_of_a_log};
use super::whole::Whole;
use super::{CommandError, unless_closed, visible};

/// Behind the name of a backup that is not all there yet.
const UNFINISHED: &str = ".unfinished";

/// Copies the log in `data` to a directory `target`, which must not hold anything yet.
///
/// # Errors
/// When the log is damaged or cannot be read, or the copy cannot be written or does not verify.
/// `target` is then as it was.
pub fn backup(data: &Path, target: &Path, out: &mut dyn Write) -> Result<(), CommandError> {
    let from = Directory::open_beside(data)?;
    refuse_occupied(target)?;
    refuse_inside(target, data)?;
    let unfinished = unfinished(target)?;
    let copying = Copying::begin(&unfinished, is_of_a_log)?;
    let copied = copying.copy(&from, PATIENCE).and_then(|copied| {
        fs::rename(&unfinished, target).map_err(io_error(target, "put the backup at"))?;
        sync_parent(target).map_err(io_error(target, "sync the directory of"))?;
        Ok(copied)
    });
    if copied.is_err() && unfinished.exists() {
        copying.undo();
        let _ = fs::remove_file(unfinished.join("lock"));
        let _ = fs::remove_dir(&unfinished);
    }
    let (report, whole) = copied?;
    tell("backup", target, &report, &whole, out)
}

/// Prints where a copy is, and what it holds.
pub(super) fn tell(
    what: &str,
    path: &Path,
    report: &Report,
    whole: &Whole,
    out: &mut dyn Write,
) -> Result<(), CommandError> {
    let what = format!("{what}:");
    let written = writeln!(out, "{what:<10} {}", visible(&path.to_string_lossy()))
        .and_then(|()| writeln!(out, "{whole}"))
        .and_then(|()| match &report.torn {
            Some(torn) => writeln!(out, "left out:  {torn}"),
            None => Ok(()),
        })
        .and_then(|()| writeln!(out, "verified"));
    Ok(unless_closed(written)?)
}

fn refuse_occupied(target: &Path) -> Result<(), CopyingError> {
    let listed = match fs::read_dir(target) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        listed => listed.map_err(io_error(target, "list"))?,
    };
    match listed.flatten().next() {
        None => Ok(()),
        Some(entry) => {
            let name = entry.file_name().to_string_lossy().into_owned();
            Err(CopyingError::NotEmpty { path: target.to_owned(), name })
        }
    }
}

fn refuse_inside(target: &Path, data: &Path) -> Result<(), CopyingError> {
    let trouble = |path: &Path| io_error(path, "find");
    let data = fs::canonicalize(data).map_err(trouble(data))?;
    let target = std::path::absolute(target).map_err(trouble(target))?;
    let is_data = |it: &Path| fs::canonicalize(it).is_ok_and(|it| it == data);
    if target.ancestors().any(is_data) {
        return Err(CopyingError::Inside { path: target });
    }
    Ok(())
}

/// Where a backup is before it is all there: beside its target, so that a rename will do.
fn unfinished(target: &Path) -> Result<PathBuf, CopyingError> {
    let no_name = || CopyingError::NoName { path: target.to_owned() };
    let mut name = OsString::from(target.file_name().ok_or_else(no_name)?);
    name.push(UNFINISHED);
    Ok(target.with_file_name(name))
}

fn sync_parent(path: &Path) -> std::io::Result<()> {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => File::open(parent)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}
