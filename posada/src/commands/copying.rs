//! A log copied into a directory of its own: what `posada backup` and `posada restore` share.
//!
//! Each file is written under a name that no log reads, synced, and only then given its own, the
//! first segment last: without it nothing behind it is a log. Snapshots, where the log begins with
//! one, get theirs when all segments have; those that are not good stay behind. The copy is then
//! read back, from the disk and not from memory, as far as the system lets itself be asked.

use std::cell::Cell;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use posada_log::{
    CopyError, Directory, DirectoryError, Report, Storage, StorageFile, snapshot_name,
    snapshot_number, snapshots, verify_snapshot,
};
use rustix::fs::{Advice, fadvise};
use thiserror::Error;

use super::CommandError;
use super::whole::Whole;
use crate::snapshots::{BeginError, Start};

/// How long a segment may look damaged before it is taken for damaged: a server that is stopped in
/// the middle of a write, or whose disk stalls, leaves one like that for as long.
pub(super) const PATIENCE: Duration = Duration::from_secs(3);
/// How long the writer is given before the next look.
const PAUSE: Duration = Duration::from_millis(2);
/// Behind the name of a file that is not all there yet.
const UNREADY: &str = ".copying";
/// What may stand beside a log: the locks, the mark that one was begun, a segment or a snapshot
/// half made, the operator's token.
const BESIDE: [&str; 8] = [
    "lock",
    "readers.lock",
    "snapshot.lock",
    "begun",
    "prepare.tmp",
    "snapshot.tmp",
    "operator",
    "operator.new",
];
/// How much of a snapshot is copied at once.
const CHUNK: usize = 1 << 20;

/// Why a log was not copied. Nothing was left that looks like one.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CopyingError {
    /// The log cannot be read, or the copy cannot be written.
    #[error(transparent)]
    Copy(#[from] CopyError),
    /// There is no place in the log to begin with.
    #[error(transparent)]
    Begin(#[from] BeginError),
    /// One of the two directories cannot be used.

    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// There is something already.
    #[error(
        "{} is not empty: there is {name:?}; choose a directory that does not exist yet",
        path.display()
    )]
    NotEmpty {
        /// The directory.
        path: PathBuf,
        /// One of the files in it.
        name: String,
    },
    /// A path that no directory can be put at.
    #[error("{} cannot be the name of a backup; choose a directory inside another", path.display())]
    NoName {
        /// The path.
        path: PathBuf,
    },
    /// The copy would be lost with what it is a copy of.
    #[error("{} is inside of the log that is copied; choose a place outside", path.display())]
    Inside {
        /// The target.
        path: PathBuf,
    },
    /// A file operation failed.
    #[error("could not {doing} {}; check the free space and the permissions", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What failed, e.g. `rename`.
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// What was read back is not what was written.
    #[error("{} is not what was copied; check that disk, and copy to another", path.display())]
    NotTheSame {
        /// The copy.
        path: PathBuf,
    },
    /// The copy cannot be understood, or not be read back.
    #[error("the copy in {} does not verify", path.display())]
    Unsound {
        /// The copy.
        path: PathBuf,
        /// Why.
        source: Box<CommandError>,
    },
}

/// A directory that a copy goes into, and that holds nothing else.
pub(super) struct Copying<'a> {
    path: &'a Path,
    directory: Directory,
}

impl<'a> Copying<'a> {
    /// Locks a directory that is empty, or makes it. What an interrupted copy left is removed.
    pub(super) fn begin(
        path: &'a Path,
        is_leftover: impl Fn(&str) -> bool,
    ) -> Result<Self, CopyingError> {
        let directory = Directory::open(path)?;
        let trouble = |doing| io_error(path, doing);
        let names = directory.list().map_err(trouble("list"))?;
        let (left, others): (Vec<_>, Vec<_>) = names
            .into_iter()
            .filter(|name| !BESIDE.contains(&name.as_str()))
            .partition(|name| name.ends_with(UNREADY) || is_leftover(name));
        if let Some(name) = others.into_iter().next() {
            return Err(CopyingError::NotEmpty { path: path.to_owned(), name });
        }
        for name in left {
            directory.remove(&name).map_err(trouble("empty"))?;
        }
        Ok(Self { path, directory })
    }

    /// Copies all of a log, and reads it back. A segment that looks damaged is looked at again
    /// for as long as `patience` says.
    pub(super) fn copy(
        &self,
        from: &Directory,
        patience: Duration,
    ) -> Result<(Report, Whole), CopyingError> {
        let start = Start::oldest(from)?.border;
        // Before the segments: so each stands behind segments that are copied.
        let written = if start.segment > 1 { self.snapshots(from, start.segment)? } else { vec![] };
        let mut names = Vec::new();
        let waiting = Cell::new(None);
        let mut keep = |name: &str, bytes: &[u8]| {
            waiting.set(None);
            names.push(name.to_owned());
            self.write(&format!("{name}{UNREADY}"), bytes)
        };
        let mut again = || {
            let since = waiting.get().unwrap_or_else(Instant::now);
            waiting.set(Some(since));
            thread::sleep(PAUSE.min(patience));
            since.elapsed() < patience
        };
        let report = posada_log::copy_from(from, &start, &mut keep, &mut again)?;
        self.name(&names, &written).map_err(io_error(self.path, "name the files in"))?;
        let whole = Whole::read(&self.directory, &mut |_, _| {}).map_err(|source| {
            CopyingError::Unsound { path: self.path.to_owned(), source: Box::new(source) }
        })?;
        let same = |it: &Report| (it.seqs, it.batches) == (report.seqs, report.batches);
        let good = |name: &String| {
            let number = snapshot_number(name).unwrap_or_default();
            verify_snapshot(&self.directory, number).is_ok()
        };
        if same(&whole.report) && written.iter().all(good) {
            Ok((report, whole))
        } else {
            Err(CopyingError::NotTheSame { path: self.path.to_owned() })
        }
    }

    /// Copies the good snapshots from this segment on, and returns their names. A log that has its
    /// first segment needs none; and without any, one that has lost it is no log.
    fn snapshots(&self, from: &Directory, first: u32) -> Result<Vec<String>, CopyingError> {
        let mut written = Vec::new();
        for number in snapshots(from).map_err(io_error(self.path, "list what is copied to"))? {
            if number >= first && verify_snapshot(from, number).is_ok() {
                let name = snapshot_name(number);
                self.carry(from, &name).map_err(io_error(&self.path.join(&name), "write"))?;
                written.push(name);
            }
        }
        Ok(written)
    }

    /// Copies a file that nobody changes.
    fn carry(&self, from: &Directory, name: &str) -> io::Result<()> {
        let source = Storage::open(from, name)?;
        let mut file = self.directory.create(&format!("{name}{UNREADY}"))?;
        let length = StorageFile::len(&source)?;
        let mut offset = 0;
        while offset < length {
            let part = usize::try_from(length - offset).map_or(CHUNK, |rest| rest.min(CHUNK));
            let mut bytes = vec![0; part];
            StorageFile::read_at(&source, &mut bytes, offset)?;
            StorageFile::write_at(&mut file, &bytes, offset)?;
            offset += part as u64;
        }
        StorageFile::sync(&mut file)?;
        let _ = fadvise(&file, 0, None, Advice::DontNeed);
        Ok(())
    }

    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut file = self.directory.create(name)?;
        file.write_at(bytes, 0)?;
        file.sync()?;
        // What is read back is to come from the disk. A system that does not want to is no error.
        let _ = fadvise(&file, 0, None, Advice::DontNeed);
        Ok(())
    }

    /// Gives the files their names, the first segment when all others are durable, and the
    /// snapshots when that is, too.
    fn name(&self, segments: &[String], snapshots: &[String]) -> io::Result<()> {
        for (place, name) in segments.iter().enumerate().rev() {
            if place == 0 {
                self.directory.sync_dir()?;
            }
            self.directory.rename(&format!("{name}{UNREADY}"), name)?;
        }
        self.directory.sync_dir()?;
        for name in snapshots {
            self.directory.rename(&format!("{name}{UNREADY}"), name)?;
        }
        self.directory.sync_dir()
    }

    /// Removes what was copied: snapshots, then the first segment first, so that the rest is no
    /// log.
    pub(super) fn undo(&self) {
        let mut names = self.directory.list().unwrap_or_default();
        names.retain(|name| name.ends_with(UNREADY) || is_of_a_log(name));
        names.sort_by_key(|name| (snapshot_number(name).is_none(), name.clone()));
        for name in names {
            // What cannot be removed is reported by whoever uses the directory next.
            let _ = self.directory.remove(&name);
        }
        let _ = self.directory.sync_dir();
    }
}

/// Whether a file is one of a log's.
pub(super) fn is_of_a_log(name: &str) -> bool {
    let is_segment = |name: &str| name.parse::<u32>().is_ok();
    name.strip_suffix(".log").is_some_and(is_segment) || snapshot_number(name).is_some()
}

pub(super) fn io_error(
    path: &Path,
    doing: &'static str,
) -> impl FnOnce(io::Error) -> CopyingError + use<> {
    let path = path.to_owned();
    move |source| CopyingError::Io { path, doing, source }
}
