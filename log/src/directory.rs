//! The real [`Storage`]: a directory of files, held by one process at a time.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::failpoint::{self, pass, reach};
use crate::storage::{Storage, StorageFile, prepare_now};

/// The file whose lock says who uses the directory. The kernel drops the lock with the process, so
/// that a crash leaves none behind; the pid in it is for people only.
const LOCK: &str = "lock";

/// A server that was killed in the instant in which it started a helper leaves the lock to that,
/// until the helper is a program of its own. That takes no time, or as long as a busy machine
/// likes.
const LETS_GO: Duration = Duration::from_secs(2);
const LOOKS_AGAIN: Duration = Duration::from_millis(5);

/// A directory with a log, locked for as long as this value lives.
#[derive(Debug)]
pub struct Directory {
    pub(crate) files: Files,
    worker: Option<Worker>,
    /// A directory that is only read may have none.
    locks: Vec<Arc<Lock>>,
}

/// Why a directory cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DirectoryError {
    /// Another process has it open.
    #[error(
        "{} is in use by another process{}; stop that one first, or choose another directory",
        path.display(),
        pid.map(|pid| format!(" (pid {pid})")).unwrap_or_default()
    )]
    Held {
        /// The directory.
        path: PathBuf,
        /// The process that holds it, if it has said so.
        pid: Option<u32>,
    },
    /// `posada check` is reading it.
    #[error("{} is being checked; start again when `posada check` is done", path.display())]
    BeingChecked {
        /// The directory.
        path: PathBuf,
    },
    /// Another process is writing a snapshot.
    #[error("a snapshot of {} is being written; try again when that is done", path.display())]
    BeingWritten {
        /// The directory.
        path: PathBuf,
    },
    /// A file operation failed.
    #[error("could not {doing} {}; check that it is a directory that you may use", path.display())]
    Io {
        /// The directory, or its lock file.
        path: PathBuf,
        /// What failed, e.g. `create`.
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

/// A file being prepared in the background.
#[derive(Debug)]
struct Worker {
    name: String,
    thread: JoinHandle<io::Result<()>>,
}

impl Directory {
    /// Opens a directory for writing and takes its lock. A missing one is created for this user
    /// only (0700), durably.
    ///
    /// # Errors
    /// [`DirectoryError::Held`] when another process has the lock.
    pub fn open(path: &Path) -> Result<Self, DirectoryError> {
        create_dir(path).map_err(trouble(path, "create"))?;
        let files = Files::open(path, true)?;
        let lock_path = path.join(LOCK);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let lock = options.open(&lock_path).map_err(trouble(&lock_path, "open"))?;
        let began = Instant::now();
        loop {
            match lock.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) => match held(path, &lock) {
                    DirectoryError::Held { pid: Some(pid), .. }
                        if !is_alive(pid) && began.elapsed() < LETS_GO =>
                    {
                        thread::sleep(LOOKS_AGAIN);
                    }
                    held => return Err(held),
                },
                Err(TryLockError::Error(error)) => return Err(trouble(&lock_path, "lock")(error)),
            }
        }
        // Information only: a full disk must not keep a server from starting read-only.
        let pid = format!("{}\n", std::process::id());
        let _ = lock.set_len(0).and_then(|()| lock.write_all_at(pid.as_bytes(), 0));
        Ok(Self::of(files, vec![lock]))
    }

    /// Opens a directory for [`crate::check`]: nothing in it can be changed. While a server has it
    /// open there is nothing to check, since the batch being written would look torn; a copy
    /// without a lock file is as good as any.
    ///
    /// # Errors
    /// [`DirectoryError::Held`] when a server has the lock.
    pub fn open_read_only(path: &Path) -> Result<Self, DirectoryError> {
        let files = Files::open(path, false)?;
        let lock_path = path.join(LOCK);
        let lock = match File::open(&lock_path) {
            Ok(lock) => lock,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Self::of(files, vec![]));
            }
            Err(error) => return Err(trouble(&lock_path, "open")(error)),
        };
        match lock.try_lock_shared() {
            Ok(()) => Ok(Self::of(files, vec![lock])),
            Err(TryLockError::WouldBlock) => {
                Err(DirectoryError::Held { path: path.to_owned(), pid: pid_in(&lock) })
            }
            Err(TryLockError::Error(error)) => Err(trouble(&lock_path, "lock")(error)),
        }
    }

    pub(crate) fn of(files: Files, locks: Vec<File>) -> Self {
        let locks = locks.into_iter().map(|file| Arc::new(Lock(file))).collect();
        Self { files, worker: None, locks }
    }

    /// The same directory, under the same locks: they are held until both are gone.
    pub(crate) fn shared(&self) -> Self {
        let files = Files { watched: false, ..self.files.clone() };
        Self { files, worker: None, locks: self.locks.clone() }
    }
}

impl Drop for Directory {
    /// No thread may still write when the lock goes.
    fn drop(&mut self) {
        if let Some(worker) = self.worker.take() {
            let _ = worker.thread.join();
        }
    }
}

/// A file whose lock this process has.
#[derive(Debug)]
pub(crate) struct Lock(pub(crate) File);

impl Drop for Lock {
    /// Closing would do, unless a process was forked this instant and has not yet closed its copy
    /// of the file.
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

impl Storage for Directory {
    type File = File;

    fn list(&self) -> io::Result<Vec<String>> {
        self.files.list()
    }

    fn create(&self, name: &str) -> io::Result<File> {
        self.files.create(name)
    }

    fn open(&self, name: &str) -> io::Result<File> {
        Storage::open(&self.files, name)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.files.rename(from, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.files.remove(name)
    }

    fn sync_dir(&self) -> io::Result<()> {
        self.files.sync_dir()
    }

    /// Writing a segment's zeros takes many times as long as an append, so a thread does it.
    fn prepare_ahead(&mut self, name: &str, len: u64) {
        if self.worker.is_some() {
            return;
        }
        let (files, file) = (self.files.clone(), name.to_owned());
        let thread = thread::Builder::new()
            .name("log-prepare".to_owned())
            .spawn(move || prepare_now(&files, &file, len));
        // Without a thread, `prepare` does it when the time has come.
        self.worker = thread.ok().map(|thread| Worker { name: name.to_owned(), thread });
    }

    fn prepare(&mut self, name: &str, len: u64) -> io::Result<()> {
        if let Some(worker) = self.worker.take() {
            let prepared = worker.thread.join().map_err(|_| io::Error::other("thread panicked"))?;
            match prepared {
                Ok(()) if worker.name == name => return Ok(()),
                // There may be room by now.
                Err(error) if !crate::storage::is_no_room(&error) => return Err(error),
                _ => {}
            }
        }
        prepare_now(&self.files, name, len)
    }
}

impl StorageFile for File {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.read_exact_at(buffer, offset)
    }

    fn write_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        pass(failpoint::WRITE)?;
        #[cfg(debug_assertions)]
        let (bytes, offset) = write_half(self, bytes, offset)?;
        self.write_all_at(bytes, offset)
    }

    fn sync(&mut self) -> io::Result<()> {
        pass(failpoint::SYNC)?;
        self.sync_data()?;
        reach(failpoint::SYNCED);
        Ok(())
    }

    fn len(&self) -> io::Result<u64> {
        self.metadata().map(|metadata| metadata.len())
    }
}

/// Writes the first half of the sectors, so that a test can stop there. Returns what is left.
#[cfg(debug_assertions)]
fn write_half<'a>(file: &File, bytes: &'a [u8], offset: u64) -> io::Result<(&'a [u8], u64)> {
    use crate::format::SECTOR;
    let middle = (offset + bytes.len() as u64 / 2) / SECTOR as u64 * SECTOR as u64;
    let Some(half) = middle.checked_sub(offset).filter(|half| *half > 0) else {
        return Ok((bytes, offset));
    };
    let (first, rest) = bytes.split_at(usize::try_from(half).map_err(io::Error::other)?);
    file.write_all_at(first, offset)?;
    pass(failpoint::HALF)?;
    Ok((rest, middle))
}

/// The files of a directory, without its lock: what the background thread needs.
#[derive(Clone, Debug)]
pub(crate) struct Files {
    pub(crate) path: PathBuf,
    /// Kept open, so that syncing names needs no file descriptor when none is left.
    dir: Arc<File>,
    writable: bool,
    /// It comes to the failpoints of the log's own way to the disk.
    watched: bool,
}

impl Files {
    pub(crate) fn open(path: &Path, writable: bool) -> Result<Self, DirectoryError> {
        let dir = File::open(path).map_err(trouble(path, "open"))?;
        Ok(Self { path: path.to_owned(), dir: Arc::new(dir), writable, watched: true })
    }

    fn pass(&self, place: &'static str) -> io::Result<()> {
        if self.watched { pass(place) } else { Ok(()) }
    }

    fn writable(&self) -> io::Result<()> {
        if self.writable { Ok(()) } else { Err(io::ErrorKind::ReadOnlyFilesystem.into()) }
    }
}

impl Storage for Files {
    type File = File;

    fn list(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            // A name that is not UTF-8 is not one of the log's.
            names.extend(entry?.file_name().into_string());
        }
        Ok(names)
    }

    fn create(&self, name: &str) -> io::Result<File> {
        self.writable()?;
        self.pass(failpoint::CREATE)?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(true).mode(0o600);
        options.open(self.path.join(name))
    }

    fn open(&self, name: &str) -> io::Result<File> {
        OpenOptions::new().read(true).write(self.writable).open(self.path.join(name))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.writable()?;
        self.pass(failpoint::RENAME)?;
        fs::rename(self.path.join(from), self.path.join(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.writable()?;
        self.pass(failpoint::REMOVE)?;
        fs::remove_file(self.path.join(name))
    }

    fn sync_dir(&self) -> io::Result<()> {
        self.writable()?;
        self.pass(failpoint::SYNC_NAMES)?;
        self.dir.sync_all()?;
        // Nothing can fail there.
        let _ = self.pass(failpoint::NAMED);
        Ok(())
    }
}

/// Creates a directory and those above it, each durable in the one above.
fn create_dir(path: &Path) -> io::Result<()> {
    if path.as_os_str().is_empty() || path.is_dir() {
        return Ok(());
    }
    let parent = path.parent().unwrap_or(Path::new(""));
    create_dir(parent)?;
    DirBuilder::new().mode(0o700).create(path)?;
    let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
    File::open(parent)?.sync_all()
}

/// The lock is held: by a check, which shares it, or by a server.
fn held(path: &Path, lock: &File) -> DirectoryError {
    let path = path.to_owned();
    match lock.try_lock_shared() {
        Ok(()) => DirectoryError::BeingChecked { path },
        Err(_) => DirectoryError::Held { path, pid: pid_in(lock) },
    }
}

fn pid_in(lock: &File) -> Option<u32> {
    let mut text = [0; 16];
    let count = FileExt::read_at(lock, &mut text, 0).ok()?;
    str::from_utf8(&text[..count]).ok()?.trim().parse().ok()
}

/// Whether there is such a process, and it has not ended.
fn is_alive(pid: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // Its state stands behind its name, which may hold anything.
    status.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

pub(crate) fn trouble(
    path: &Path,
    doing: &'static str,
) -> impl FnOnce(io::Error) -> DirectoryError {
    let path = path.to_owned();
    move |source| DirectoryError::Io { path, doing, source }
}
