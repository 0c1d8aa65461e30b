//! `posada export --sqlite FILE`: what a log holds, as tables for whoever asks questions in SQL.
//!
//! It reads a sound log to its end and writes a file that did not exist: in one transaction, under
//! another name until it is complete. Nothing is ever read back from such a file. Read next:
//! `tables`, which says what becomes a row.

mod tables;

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process;

use posada_log::{Directory, DirectoryError};
use rusqlite::{Connection, OpenFlags};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use thiserror::Error;

use super::whole::Whole;
use super::{CommandError, unless_closed, visible};
use tables::Tables;

/// Why there is no export.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExportError {
    /// A server has the log open.
    #[error("{0}; or export a backup, which `posada backup` makes while a server runs")]
    InUse(DirectoryError),
    /// Something has the name already.
    #[error("{} exists; choose another file, or remove that one", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The file's path names no file.
    #[error("{} cannot be the name of a file; choose one inside a directory", path.display())]
    NoName {
        /// The path.
        path: PathBuf,
    },
    /// The file cannot be written.
    #[error("could not {doing} {}; check the free space and the permissions", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What failed, e.g. `create`.
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// The tables cannot be written.
    #[error("could not write the tables; check the free space and the permissions")]
    Tables(#[from] rusqlite::Error),
}

/// Writes what the log in `data` holds to an `SQLite` database `file`, which must not exist.
///
/// # Errors
/// When the log is in use or damaged, or the file exists or cannot be written. There is no new
/// file then.
pub fn export(data: &Path, file: &Path, out: &mut dyn Write) -> Result<(), CommandError> {
    let directory = Directory::open_read_only(data).map_err(|error| match error {
        DirectoryError::Held { .. } => CommandError::from(ExportError::InUse(error)),
        error => error.into(),
    })?;
    if file.symlink_metadata().is_ok() {
        return Err(ExportError::Exists { path: file.to_owned() }.into());
    }
    let unfinished = unfinished(file)?;
    let done = fill(&directory, data, &unfinished).and_then(|whole| {
        publish(&unfinished, file)?;
        Ok(whole)
    });
    if done.is_err() {
        // It may not be there; and what cannot be removed has a name that says what it is.
        let _ = fs::remove_file(&unfinished);
    }
    let whole = done?;
    let name = visible(&file.to_string_lossy());
    let written = writeln!(out, "exported:  {name}\n{whole}").and_then(|()| out.flush());
    Ok(unless_closed(written)?)
}

/// Makes the database, and fills it in one transaction.
fn fill(directory: &Directory, data: &Path, path: &Path) -> Result<Whole, CommandError> {
    let created = File::options().write(true).create_new(true).open(path);
    drop(created.map_err(io_error(path, "create"))?);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut database = Connection::open_with_flags(path, flags).map_err(ExportError::from)?;
    let whole = in_one_transaction(&mut database, directory, data)?;
    database.close().map_err(|(_, error)| ExportError::from(error))?;
    Ok(whole)
}

fn in_one_transaction(
    database: &mut Connection,
    directory: &Directory,
    data: &Path,
) -> Result<Whole, CommandError> {
    // What a crash leaves is thrown away, so nothing has to be kept for undoing it.
    let begun = database
        .execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
        .and_then(|()| database.transaction());
    let transaction = begun.map_err(ExportError::from)?;
    let mut tables = Tables::create(&transaction).map_err(ExportError::from)?;
    let mut written = Ok(());
    let whole = Whole::read(directory, &mut |state, applied| {
        if written.is_ok() {
            written = match applied {
                Some(applied) => tables.add(state, applied),
                None => tables.begin(state),
            };
        }
    })?;
    if whole.report.segments == 0 {
        return Err(CommandError::no_log(data));
    }
    written.and_then(|()| transaction.commit()).map_err(ExportError::from)?;
    Ok(whole)
}

/// Makes the file durable, and then gives it its name, unless somebody else has taken that.
fn publish(unfinished: &Path, file: &Path) -> Result<(), ExportError> {
    let synced = File::open(unfinished).and_then(|file| file.sync_all());
    synced.map_err(io_error(unfinished, "sync"))?;
    match renameat_with(CWD, unfinished, CWD, file, RenameFlags::NOREPLACE) {
        Err(rustix::io::Errno::EXIST) => Err(ExportError::Exists { path: file.to_owned() }),
        renamed => renamed.map_err(|error| io_error(file, "rename")(error.into())),
    }?;
    let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty());
    let synced = File::open(parent.unwrap_or(Path::new("."))).and_then(|dir| dir.sync_all());
    synced.map_err(io_error(file, "sync the directory of"))
}

/// The name until it is complete: of this process alone, so that two cannot mix.
fn unfinished(file: &Path) -> Result<PathBuf, ExportError> {
    let no_name = || ExportError::NoName { path: file.to_owned() };
    let mut name = OsString::from(file.file_name().ok_or_else(no_name)?);
    name.push(format!(".unfinished-{}", process::id()));
    Ok(file.with_file_name(name))
}

fn io_error(path: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> ExportError + use<> {
    let path = path.to_owned();
    move |source| ExportError::Io { path, doing, source }
}
