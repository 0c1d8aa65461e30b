//! Processes beside the one that writes a log: who copies it, and who writes its snapshots.
//!
//! They need no lock of the log itself, since they read what is never changed. Files may go,
//! though: who reads shares a lock that says so, and who removes must have it alone. The kernel
//! drops these locks with the process, as it does the log's own.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::directory::{Directory, DirectoryError, Files, Lock, trouble};

/// Its lock is shared by all who read files that may go.
const READERS: &str = "readers.lock";
/// Its lock says who writes a snapshot.
const SNAPSHOT: &str = "snapshot.lock";

/// Nobody reads files beside the process that has this, as long as it has it.
#[derive(Debug)]
pub struct Alone {
    _lock: Lock,
}

impl Directory {
    /// Opens a directory for [`crate::copy`], beside the process that may have it open and write
    /// to it: without its lock, and nothing in it can be changed. What is there stays there.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn open_beside(path: &Path) -> Result<Self, DirectoryError> {
        let files = Files::open(path, false)?;
        // Without such a file, nobody ever removes anything.
        let lock = match File::open(path.join(READERS)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            opened => Some(opened.map_err(trouble(&path.join(READERS), "open"))?),
        };
        if let Some(lock) = &lock {
            lock.lock_shared().map_err(trouble(&path.join(READERS), "lock"))?;
        }
        Ok(Self::of(files, lock.into_iter().collect()))
    }

    /// Opens a directory to write a snapshot in it, beside the process that may have it open.
    ///
    /// # Errors
    /// [`DirectoryError::BeingWritten`] when another process does so.
    pub fn open_to_snapshot(path: &Path) -> Result<Self, DirectoryError> {
        let files = Files::open(path, true)?;
        let writing = lock_file(path, SNAPSHOT)?;
        match writing.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(DirectoryError::BeingWritten { path: path.to_owned() });
            }
            Err(TryLockError::Error(error)) => {
                return Err(trouble(&path.join(SNAPSHOT), "lock")(error));
            }
        }
        let reading = lock_file(path, READERS)?;
        reading.lock_shared().map_err(trouble(&path.join(READERS), "lock"))?;
        Ok(Self::of(files, vec![writing, reading]))
    }

    /// The same directory once more, for another thread of the process that has its lock: it is
    /// held until both are gone. It makes the file by whose lock readers are known.
    ///
    /// # Errors
    /// When that file cannot be made.
    pub fn again(&self) -> Result<Self, DirectoryError> {
        drop(lock_file(&self.files.path, READERS)?);
        Ok(self.shared())
    }

    /// Keeps readers out; `None` while there are any.
    ///
    /// # Errors
    /// When the kernel cannot say.
    pub fn alone(&self) -> Result<Option<Alone>, DirectoryError> {
        let lock = lock_file(&self.files.path, READERS)?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(Alone { _lock: Lock(lock) })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => {
                Err(trouble(&self.files.path.join(READERS), "lock")(error))
            }
        }
    }
}

fn lock_file(path: &Path, name: &str) -> Result<File, DirectoryError> {
    let path = path.join(name);
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    options.open(&path).map_err(trouble(&path, "open"))
}
