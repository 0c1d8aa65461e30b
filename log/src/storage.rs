//! The few file operations that the log needs, as a trait.
//!
//! [`crate::Directory`] is the real implementation. Tests and the simulator bring their own, which
//! may lose or tear whatever was not synced, fail at any call, or run out of space. The log never
//! touches a file in any other way, and apart from [`Storage::prepare_ahead`] it is deterministic.

use std::io;

/// A flat set of named files.
///
/// An error of kind [`io::ErrorKind::StorageFull`] or [`io::ErrorKind::QuotaExceeded`] means that
/// there is no room: the log keeps running and tries again later. So does running out of file
/// descriptors. Any other error of a write or a sync is final.
pub trait Storage: Send + Sync + 'static {
    /// An open file.
    type File: StorageFile;

    /// The names of all files, in any order. Files that are not the log's may be among them.
    ///
    /// # Errors
    /// When the files cannot be listed.
    fn list(&self) -> io::Result<Vec<String>>;

    /// Creates an empty file, or empties an existing one. The name is durable after
    /// [`Storage::sync_dir`].
    ///
    /// # Errors
    /// When it cannot be created.
    fn create(&self, name: &str) -> io::Result<Self::File>;

    /// Opens an existing file for reading and writing.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] when there is no such file.
    fn open(&self, name: &str) -> io::Result<Self::File>;

    /// Gives a file another name, atomically, in place of any file of that name.
    ///
    /// # Errors
    /// When it cannot be renamed.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] when there is no such file.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Returns when all names given, changed and removed so far are durable.
    ///
    /// # Errors
    /// When that is not certain.
    fn sync_dir(&self) -> io::Result<()>;

    /// A hint that [`Storage::prepare`] will be asked for this file soon. It returns at once; a
    /// failure comes to light in `prepare`. It does nothing unless an implementation has a
    /// background to work in.
    fn prepare_ahead(&mut self, _name: &str, _len: u64) {}

    /// Makes `name` a durable file of `len` zero bytes, or changes nothing that lasts.
    ///
    /// # Errors
    /// Any error of the operations it consists of.
    fn prepare(&mut self, name: &str, len: u64) -> io::Result<()> {
        prepare_now(self, name, len)
    }
}

/// One open file of a [`Storage`].
#[allow(clippy::len_without_is_empty, reason = "nothing asks whether a file is empty")]
pub trait StorageFile: Send {
    /// Fills `buffer` with the bytes at `offset`.
    ///
    /// # Errors
    /// [`io::ErrorKind::UnexpectedEof`] when the file ends before.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()>;

    /// Writes all of `bytes` at `offset`, growing the file if needed; durable after `sync`.
    ///
    /// # Errors
    /// When not all could be written. Some may have been, but each sector of 512 bytes wholly or
    /// not at all.
    fn write_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()>;

    /// Returns when all that was written is durable (`fdatasync`).
    ///
    /// # Errors
    /// When that is not certain. A later success says nothing about the writes before this call.
    fn sync(&mut self) -> io::Result<()>;

    /// The length in bytes.
    ///
    /// # Errors
    /// When it cannot be found out.
    fn len(&self) -> io::Result<u64>;
}

/// The name under which a file is prepared. A crash may leave one behind; `open` removes it.
pub(crate) const UNREADY: &str = "prepare.tmp";

/// How much is written at once while preparing: small enough not to hold up a sync for long.
const CHUNK: usize = 256 * 1024;

/// [`Storage::prepare`], in the calling thread. The zeros are durable before the file gets its
/// name, so that a segment file is never seen half-prepared.
pub(crate) fn prepare_now(
    storage: &(impl Storage + ?Sized),
    name: &str,
    len: u64,
) -> io::Result<()> {
    let prepared = write_zeros(storage, len)
        .and_then(|()| storage.rename(UNREADY, name))
        .and_then(|()| storage.sync_dir());
    if prepared.is_err() {
        // Gives the space back. The error that matters is the first; a leftover is harmless.
        let _ = storage.remove(UNREADY);
    }
    prepared
}

fn write_zeros(storage: &(impl Storage + ?Sized), len: u64) -> io::Result<()> {
    let mut file = storage.create(UNREADY)?;
    let zeros = vec![0; CHUNK.min(usize::try_from(len).unwrap_or(CHUNK))];
    let mut offset = 0;
    while offset < len {
        let part = usize::try_from(len - offset).map_or(CHUNK, |rest| rest.min(CHUNK));
        file.write_at(&zeros[..part], offset)?;
        offset += part as u64;
    }
    file.sync()
}

/// Whether an error means "no room now" rather than "broken".
pub(crate) fn is_no_room(error: &io::Error) -> bool {
    const ENFILE: i32 = 23;
    const EMFILE: i32 = 24;
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
        || matches!(error.raw_os_error(), Some(ENFILE | EMFILE))
}
