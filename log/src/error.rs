//! What can go wrong, one enum per operation. Messages name the file and say what to do.

use std::{io, sync::Arc};

use crate::batch::InvalidBatch;
use crate::report::Damage;

/// Why [`crate::Log::append`] did not append.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// There is no room (space, quota or file descriptors). Nothing of the batch is durable or
    /// visible, the log stays usable, and a later append may succeed.
    #[error("no room in {file} to append seq {seq}; make room, appending resumes by itself")]
    Full {
        /// The first sequence number of the batch.
        seq: u64,
        /// The file that could not be written or prepared.
        file: String,
        /// What the system said.
        source: io::Error,
    },
    /// A write or a sync failed. What is durable is unknown until the log is opened again; every
    /// later append returns this same error. Never retried: after a failed sync the system may
    /// report success for data that it has lost.
    #[error(
        "could not {doing} {file} at seq {seq}; the log takes nothing more: check the disk, run \
         `posada check`, then start again"
    )]
    Fatal {
        /// The sequence number that was next when it failed.
        seq: u64,
        /// The file that it happened to.
        file: String,
        /// What failed: `write`, `sync`, `open` or `prepare`.
        doing: &'static str,
        /// What the system said.
        source: Arc<io::Error>,
    },
    /// The caller's mistake. Nothing has changed.
    #[error("the batch at seq {seq} cannot be appended: {reason}")]
    Invalid {
        /// The first sequence number of the batch, as given.
        seq: u64,
        /// What is wrong with it.
        reason: InvalidBatch,
    },
}

/// Why [`crate::Log::replay`] stopped.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// A file could not be read.
    #[error("could not read {file}; check the disk, then run `posada check`")]
    Io {
        /// The file.
        file: String,
        /// What the system said.
        source: io::Error,
    },
    /// The file no longer holds what was written.
    #[error("damaged log: {0}; run `posada check`")]
    Damaged(Damage),
}

/// Why a log could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The size of segments is not allowed.
    #[error(
        "segments cannot have {given} bytes; choose a multiple of 512 from {} to {}",
        crate::Options::SEGMENT_BYTES_LEAST,
        crate::Options::SEGMENT_BYTES_MOST
    )]
    SegmentBytes {
        /// What the options said.
        given: u64,
    },
    /// A file operation failed.
    #[error("could not {doing} {file} while opening the log; check the disk and its free space")]
    Io {
        /// The file, or `.` for the directory.
        file: String,
        /// What failed, e.g. `read`.
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// Acknowledged entries are damaged or missing. Nothing was changed.
    #[error(
        "damaged log: {first}{}; nothing was changed: run `posada check`, then restore the named \
         files from a copy", and_more(*all)
    )]
    Damaged {
        /// The first damage, in order of the log.
        first: Damage,
        /// How many there are.
        all: usize,
    },
}

/// Why a log could not be checked. Damage is not an error here: see [`crate::Report`].
#[derive(Debug, thiserror::Error)]
#[error("could not {doing} {file} while checking the log; check the disk and the permissions")]
pub struct CheckError {
    /// The file, or `.` for the directory.
    pub file: String,
    /// What failed, e.g. `read`.
    pub doing: &'static str,
    /// What the system said.
    pub source: io::Error,
}

/// Why a log could not be copied.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CopyError {
    /// No segment was ever begun.
    #[error("there is no log to copy; name the directory that a server keeps one in")]
    Nothing,
    /// A file of the log could not be read, or made durable.
    #[error("could not {doing} {file} of the log; check the disk and the permissions")]
    Read {
        /// The file, or `.` for the directory.
        file: String,
        /// What failed, e.g. `read`.
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// The copy could not be written.
    #[error("could not write the copy of {file}; check the free space and the permissions")]
    Keep {
        /// The file.
        file: String,
        /// What the system said.
        source: io::Error,
    },
    /// Acknowledged entries are damaged or missing.
    #[error(
        "damaged log: {first}{}; nothing was changed: close the server and run `posada check`",
        and_more(*all)
    )]
    Damaged {
        /// The first damage, in order of the log.
        first: Damage,
        /// How many there are in its segment.
        all: usize,
    },
}

fn and_more(all: usize) -> String {
    if all > 1 { format!(" (and {} more)", all - 1) } else { String::new() }
}
