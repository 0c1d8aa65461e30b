//! The commands that look and change nothing: `posada config`, `posada check`, `posada log`.
//!
//! Each writes to whatever it is given and opens no port. The server itself is `serve`. Read
//! next: the file that has the command's name; `replay`, on which two of them stand.

mod check;
mod config;
mod log;
#[cfg(test)]
mod tests;
mod visible;

use std::io;

use posada_log::{CheckError, DirectoryError};
use thiserror::Error;

use crate::replay::EntryFlaw;
pub use check::{Verdict, check};
pub use config::config;
pub use log::log;
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
    /// The log is damaged, and its history ends there.
    #[error("{0} places of the log are damaged; run `posada check` for all of them")]
    Damaged(usize),
    /// An entry cannot be understood, and the history ends there.
    #[error(transparent)]
    Entry(#[from] EntryFlaw),
    /// The output cannot be written.
    #[error("could not write the output")]
    Output(#[from] io::Error),
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
