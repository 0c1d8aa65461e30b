//! The commands beside the server: those that look and change nothing (`posada config`, `posada
//! check`, `posada log`), those that carry a log elsewhere (`backup`, `restore`, `export`), and the
//! one that writes beside it (`snapshot`).
//!
//! Each writes to whatever it is given and opens no port. The server itself is `serve`. Read
//! next: the file that has the command's name; `replay`, on which most of them stand.

mod backup;
mod check;
mod config;
mod copying;
mod export;
mod log;
mod restore;
mod snapshot;
#[cfg(test)]
mod tests;
mod visible;
mod whole;

use std::io;
use std::path::Path;

use posada_log::{CheckError, DirectoryError};
use thiserror::Error;

use crate::replay::EntryFlaw;
use crate::snapshots::BeginError;
pub use backup::backup;
pub use check::{Verdict, check};
pub use config::config;
pub use copying::CopyingError;
pub use export::{ExportError, export};
pub use log::log;
pub use restore::restore;
pub use snapshot::{TakeError, help, snapshot, verify};
pub use visible::visible;

/// Why a command could not do its work.
#[derive(Debug, Error)]
pub enum CommandError {
    /// The data directory cannot be used.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// A file of the log cannot be read.
    #[error(transparent)]
    Read(#[from] CheckError),
    /// There is nothing to look at.
    #[error("{0} holds no log: name the data directory of a server with --data")]
    NoLog(String),
    /// The log is damaged, and its history ends there.
    #[error("{0} places of the log are damaged; run `posada check` for all of them")]
    Damaged(usize),
    /// An entry cannot be understood, and the history ends there.
    #[error(transparent)]
    Entry(#[from] EntryFlaw),
    /// The log was not copied.
    #[error(transparent)]
    Copying(#[from] CopyingError),
    /// There is no place in the log to begin with.
    #[error(transparent)]
    Begin(#[from] BeginError),
    /// No snapshot was written.
    #[error(transparent)]
    Take(#[from] TakeError),
    /// The log was not exported.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// The output cannot be written.
    #[error("could not write the output")]
    Output(#[from] io::Error),
}

impl CommandError {
    fn no_log(data: &Path) -> Self {
        Self::NoLog(data.display().to_string())
    }
}

/// What came of writing, where a reader that has seen enough, such as `head`, is no error.
///
/// # Errors
/// All others.
pub fn unless_closed(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}
