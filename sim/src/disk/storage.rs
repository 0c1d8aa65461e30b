//! What the log sees of the disk: its own storage traits.

use std::io;

use posada_log::{Storage, StorageFile};

use super::Disk;

/// The disk as one process sees it, until that process ends.
#[derive(Clone, Debug)]
pub struct SimStorage {
    pub(super) disk: Disk,
    pub(super) boot: u32,
}

/// An open file of one process.
#[derive(Clone, Debug)]
pub struct SimFile {
    disk: Disk,
    boot: u32,
    file: usize,
}

impl SimStorage {
    fn file(&self, file: usize) -> SimFile {
        SimFile { disk: self.disk.clone(), boot: self.boot, file }
    }
}

impl Storage for SimStorage {
    type File = SimFile;

    fn list(&self) -> io::Result<Vec<String>> {
        self.disk.machine().list(self.boot)
    }

    fn create(&self, name: &str) -> io::Result<SimFile> {
        let file = self.disk.machine().create(self.boot, name)?;
        Ok(self.file(file))
    }

    fn open(&self, name: &str) -> io::Result<SimFile> {
        let file = self.disk.machine().open(self.boot, name)?;
        Ok(self.file(file))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.disk.machine().rename(self.boot, from, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.disk.machine().remove(self.boot, name)
    }

    fn sync_dir(&self) -> io::Result<()> {
        self.disk.machine().sync_folder(self.boot)
    }
}

impl StorageFile for SimFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.disk.machine().read(self.boot, self.file, offset, buffer)
    }

    fn write_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.disk.machine().write(self.boot, self.file, offset, bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.disk.machine().sync(self.boot, self.file)
    }

    fn len(&self) -> io::Result<u64> {
        self.disk.machine().length(self.boot, self.file)
    }
}
