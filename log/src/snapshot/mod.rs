//! Snapshots: files that say what a log comes to at a border, so that reading can begin there.
//!
//! What a payload means is the caller's. A snapshot has its name only when all of it is durable,
//! and is never changed. `docs/log.md` draws the file. Read next: `write.rs`, `read.rs`, then
//! `retire.rs`, which removes what nobody needs any more.

mod header;
mod read;
mod retire;
mod write;

use std::io;

use crate::storage::Storage;
use crate::survey::Trouble;

pub use read::{read_snapshot, verify_snapshot};
pub use retire::{Keep, Retired, retire, snapshot_is_due};
pub use write::{Draft, Written};

/// The name of a snapshot that is being written.
const UNFINISHED: &str = "snapshot.tmp";

/// The name of the snapshot behind which the log goes on in this segment.
pub fn snapshot_name(segment: u32) -> String {
    format!("{segment:08}.snapshot")
}

/// The number of the segment that a snapshot's name says, if it is one's.
pub fn snapshot_number(name: &str) -> Option<u32> {
    let number = name.strip_suffix(".snapshot")?.parse().ok()?;
    (number > 1 && snapshot_name(number) == name).then_some(number)
}

/// The numbers of all snapshots that are there, oldest first, whether they are good or not.
///
/// # Errors
/// When the files cannot be listed.
pub fn snapshots<S: Storage>(storage: &S) -> io::Result<Vec<u32>> {
    let names = storage.list()?;
    let mut numbers: Vec<_> = names.iter().filter_map(|name| snapshot_number(name)).collect();
    numbers.sort_unstable();
    Ok(numbers)
}

/// Why a snapshot cannot be read, written or removed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// A file operation failed.
    #[error("could not {doing} {file}; check the disk, its free space and the permissions")]
    Io {
        /// The file, or `.` for the directory.
        file: String,
        /// What failed, e.g. `write`.
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// It is not what was written.
    #[error("{file} is not good: {flaw}")]
    Flawed {
        /// The snapshot.
        file: String,
        /// What is wrong with it.
        flaw: SnapshotFlaw,
    },
}

/// What is wrong with a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotFlaw {
    /// The first sector fails its checksum, or is no snapshot's.
    #[error("its header is damaged")]
    Header,
    /// A newer format.
    #[error("its format version {found} is unknown; was it written by a newer posada?")]
    Version {
        /// The version that it states.
        found: u16,
    },
    /// It has the name of another one.
    #[error("it belongs to segment {found}")]
    WrongSegment {
        /// The segment that it states.
        found: u32,
    },
    /// It is shorter or longer than its header says.
    #[error("it has {found} bytes instead of {expected}")]
    Length {
        /// The file's length.
        found: u64,
        /// What it should be.
        expected: u64,
    },
    /// The payload fails its checksum.
    #[error("its payload is damaged")]
    Payload,
    /// The log does not go on where it ends.
    #[error("the segment behind it belongs to another log")]
    Elsewhere,
}

fn trouble(file: &str, doing: &'static str) -> impl FnOnce(io::Error) -> SnapshotError + use<> {
    let file = file.to_owned();
    move |source| SnapshotError::Io { file, doing, source }
}

impl From<Trouble> for SnapshotError {
    fn from(Trouble { file, doing, source }: Trouble) -> Self {
        Self::Io { file, doing, source }
    }
}
