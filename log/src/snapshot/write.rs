//! Writing a snapshot: under a name that nobody reads, until all of it is durable and read back.

use std::io;

use super::header::Header;
use super::{SnapshotError, UNFINISHED, read, snapshot_name, trouble};
use crate::border::Border;
use crate::failpoint::{
    SNAPSHOT_BEGUN, SNAPSHOT_HALF, SNAPSHOT_NAMED, SNAPSHOT_READ, SNAPSHOT_SYNCED, SNAPSHOT_THERE,
    reach,
};
use crate::format::SECTOR;
use crate::storage::{Storage, StorageFile};

/// How much is written at once.
const CHUNK: usize = 256 << 10;
/// How much may wait for a sync: a server on the same disk syncs all the time, and what is synced
/// in one go holds it up.
const UNSYNCED: u64 = 2 << 20;

/// A snapshot that is being written.
#[derive(Debug)]
pub struct Draft<'a, S: Storage> {
    place: Place<'a, S>,
    border: Border,
    file: S::File,
    hasher: blake3::Hasher,
    buffer: Vec<u8>,
    written: u64,
    unsynced: u64,
}

/// One that is written and durable, and has no name yet.
#[derive(Debug)]
pub struct Written<'a, S: Storage> {
    place: Place<'a, S>,
    border: Border,
}

/// The unfinished file, which is removed unless it gets its name.
#[derive(Debug)]
struct Place<'a, S: Storage> {
    storage: &'a S,
    named: bool,
}

impl<S: Storage> Drop for Place<'_, S> {
    fn drop(&mut self) {
        if !self.named {
            // Gives the space back; a leftover is harmless.
            let _ = self.storage.remove(UNFINISHED);
        }
    }
}

impl<'a, S: Storage> Draft<'a, S> {
    /// Begins a snapshot of what the log comes to at this border. Nobody else may write one in
    /// this storage meanwhile.
    ///
    /// # Errors
    /// When there is no room for it.
    pub fn begin(storage: &'a S, border: Border) -> Result<Self, SnapshotError> {
        let file = storage.create(UNFINISHED).map_err(trouble(UNFINISHED, "create"))?;
        let place = Place { storage, named: false };
        reach(SNAPSHOT_BEGUN);
        let hasher = blake3::Hasher::new();
        let buffer = Vec::with_capacity(CHUNK);
        Ok(Self { place, border, file, hasher, buffer, written: 0, unsynced: 0 })
    }

    /// Adds to its payload.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        self.hasher.update(bytes);
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(CHUNK - self.buffer.len()));
            self.buffer.extend_from_slice(now);
            bytes = later;
            if self.buffer.len() == CHUNK {
                self.flush()?;
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.write_at(&self.buffer, SECTOR as u64 + self.written)?;
        self.written += self.buffer.len() as u64;
        self.unsynced += self.buffer.len() as u64;
        self.buffer.clear();
        if self.unsynced >= UNSYNCED {
            self.file.sync()?;
            self.unsynced = 0;
        }
        Ok(())
    }

    /// Writes the header, and makes all of it durable.
    ///
    /// # Errors
    /// When it is not.
    pub fn finish(mut self) -> Result<Written<'a, S>, SnapshotError> {
        self.flush().map_err(trouble(UNFINISHED, "write"))?;
        reach(SNAPSHOT_HALF);
        let digest = *self.hasher.finalize().as_bytes();
        let header = Header { border: self.border, payload_len: self.written, digest };
        self.file.write_at(&header.encode(), 0).map_err(trouble(UNFINISHED, "write"))?;
        self.file.sync().map_err(trouble(UNFINISHED, "sync"))?;
        reach(SNAPSHOT_SYNCED);
        let Self { place, border, .. } = self;
        Ok(Written { place, border })
    }
}

impl<S: Storage> Written<'_, S> {
    /// Reads it back, with all checks.
    ///
    /// # Errors
    /// When it is not what was written.
    pub fn read(&self, visit: &mut dyn FnMut(&[u8])) -> Result<(), SnapshotError> {
        read::read_file(self.place.storage, UNFINISHED, self.border.segment, visit).map(drop)
    }

    /// Gives it its name, durably.
    ///
    /// # Errors
    /// When that is not certain.
    pub fn publish(mut self) -> Result<(), SnapshotError> {
        reach(SNAPSHOT_READ);
        let (storage, name) = (self.place.storage, snapshot_name(self.border.segment));
        storage.rename(UNFINISHED, &name).map_err(trouble(&name, "name"))?;
        self.place.named = true;
        reach(SNAPSHOT_NAMED);
        storage.sync_dir().map_err(trouble(".", "sync"))?;
        reach(SNAPSHOT_THERE);
        Ok(())
    }
}
