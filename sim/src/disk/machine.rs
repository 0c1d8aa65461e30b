//! What one call of the log comes to: done, refused, or the last thing that the process did.

use std::io::{self, ErrorKind};

use super::Stop;
use super::folder::{Change, Folder};
use super::platter::{Platter, SECTOR};
use crate::rng::Rng;

#[derive(Debug)]
pub(super) struct Machine {
    rng: Rng,
    folder: Folder,
    files: Vec<Platter>,
    /// Whether the file system's journal keeps changes of names in order.
    ordered: bool,
    /// Whether a full disk may refuse to overwrite even what has its place already.
    copies_on_write: bool,
    /// How often the process ended: handles of an earlier one are dead.
    pub(super) boot: u32,
    pub(super) dead: bool,
    /// Calls until the process stops.
    pub(super) stop_in: Option<u32>,
    /// Syncs until one fails.
    pub(super) sync_fails_in: Option<u32>,
    /// Bytes by which files may still grow.
    pub(super) space: Option<usize>,
    pub(super) calls: u64,
}

/// Whether the process lives to see what its call came to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Lives,
    /// It stops here, and the call still has its effect, or not.
    Stops {
        effect: bool,
    },
}

impl Fate {
    fn has_effect(self) -> bool {
        self != Self::Stops { effect: false }
    }

    fn result<T>(self, value: T) -> io::Result<T> {
        if self == Self::Lives { Ok(value) } else { Err(stopped()) }
    }
}

fn stopped() -> io::Error {
    io::Error::other("the machine is off")
}

fn full() -> io::Error {
    io::Error::new(ErrorKind::StorageFull, "no space left on the disk")
}

fn not_synced() -> io::Error {
    io::Error::other("the disk did not take it")
}

fn place(at: u64) -> usize {
    usize::try_from(at).expect("a simulated file fits into memory")
}

impl Machine {
    pub(super) fn new(mut rng: Rng) -> Self {
        let (ordered, copies_on_write) = (rng.coin(), rng.coin());
        Self {
            rng,
            folder: Folder::default(),
            files: vec![],
            ordered,
            copies_on_write,
            boot: 0,
            dead: false,
            stop_in: None,
            sync_fails_in: None,
            space: None,
            calls: 0,
        }
    }

    pub(super) fn restart(&mut self, how: Stop) {
        self.boot += 1;
        self.dead = false;
        self.stop_in = None;
        self.sync_fails_in = None;
        if how == Stop::PowerLost {
            self.folder.lose_power(self.ordered, &mut self.rng);
            for file in &mut self.files {
                file.lose_power(&mut self.rng);
            }
        }
    }

    pub(super) fn list(&mut self, boot: u32) -> io::Result<Vec<String>> {
        let fate = self.call(boot)?;
        fate.result(self.folder.names().cloned().collect())
    }

    pub(super) fn open(&mut self, boot: u32, name: &str) -> io::Result<usize> {
        let fate = self.call(boot)?;
        fate.result(self.find(name)?)
    }

    /// Makes a file, or empties the one of that name.
    pub(super) fn create(&mut self, boot: u32, name: &str) -> io::Result<usize> {
        let fate = self.call(boot)?;
        if let Some(file) = self.folder.find(name) {
            if fate.has_effect() {
                self.files[file].resize(0);
            }
            return fate.result(file);
        }
        if self.copies_on_write && self.space == Some(0) {
            return Err(full());
        }
        let file = self.files.len();
        if fate.has_effect() {
            self.files.push(Platter::default());
            self.folder.change(Change::Create(name.to_owned(), file));
        }
        fate.result(file)
    }

    pub(super) fn rename(&mut self, boot: u32, from: &str, to: &str) -> io::Result<()> {
        let file = self.find(from)?;
        self.change(boot, Change::Rename(from.to_owned(), to.to_owned(), file))
    }

    pub(super) fn remove(&mut self, boot: u32, name: &str) -> io::Result<()> {
        self.find(name)?;
        self.change(boot, Change::Remove(name.to_owned()))
    }

    pub(super) fn sync_folder(&mut self, boot: u32) -> io::Result<()> {
        let fate = self.call(boot)?;
        if self.sync_fails() {
            return Err(not_synced());
        }
        if fate.has_effect() {
            self.folder.sync();
        }
        fate.result(())
    }

    pub(super) fn length(&mut self, boot: u32, file: usize) -> io::Result<u64> {
        let fate = self.call(boot)?;
        fate.result(self.files[file].len() as u64)
    }

    /// Fills all of `buffer`.
    pub(super) fn read(
        &mut self,
        boot: u32,
        file: usize,
        at: u64,
        buffer: &mut [u8],
    ) -> io::Result<()> {
        let fate = self.call(boot)?;
        if self.files[file].read(place(at), buffer) < buffer.len() {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        fate.result(())
    }

    /// Writes all of it, or on a full disk a part, or where the process stops any part.
    pub(super) fn write(
        &mut self,
        boot: u32,
        file: usize,
        at: u64,
        bytes: &[u8],
    ) -> io::Result<()> {
        let fate = self.call(boot)?;
        let at = place(at);
        let room = match fate {
            Fate::Lives => self.room(file, at, bytes.len()),
            Fate::Stops { .. } => self.part(at, bytes.len()),
        };
        self.files[file].write(at, &bytes[..room]);
        if fate == Fate::Lives && room < bytes.len() { Err(full()) } else { fate.result(()) }
    }

    pub(super) fn sync(&mut self, boot: u32, file: usize) -> io::Result<()> {
        let fate = self.call(boot)?;
        if self.sync_fails() {
            let forgets = self.rng.coin();
            self.files[file].sync_badly(forgets, &mut self.rng);
            return Err(not_synced());
        }
        if fate.has_effect() {
            self.files[file].sync();
        }
        fate.result(())
    }

    /// Every call goes through here.
    fn call(&mut self, boot: u32) -> io::Result<Fate> {
        if self.dead || boot != self.boot {
            return Err(stopped());
        }
        self.calls += 1;
        if let Some(left) = &mut self.stop_in {
            *left -= 1;
            if *left == 0 {
                self.dead = true;
                return Ok(Fate::Stops { effect: self.rng.coin() });
            }
        }
        Ok(Fate::Lives)
    }

    fn change(&mut self, boot: u32, change: Change) -> io::Result<()> {
        let fate = self.call(boot)?;
        if fate.has_effect() {
            self.folder.change(change);
        }
        fate.result(())
    }

    fn find(&self, name: &str) -> io::Result<usize> {
        let missing = || io::Error::new(ErrorKind::NotFound, name.to_owned());
        self.folder.find(name).ok_or_else(missing)
    }

    fn sync_fails(&mut self) -> bool {
        let Some(left) = &mut self.sync_fails_in else { return false };
        *left -= 1;
        let fails = *left == 0;
        if fails {
            self.sync_fails_in = None;
        }
        fails
    }

    /// How many of `length` bytes at `at` there is room for; takes that room.
    fn room(&mut self, file: usize, at: usize, length: usize) -> usize {
        let Some(space) = &mut self.space else { return length };
        let growth = (at + length).saturating_sub(self.files[file].len());
        let granted = growth.min(*space);
        *space -= granted;
        if growth == 0 && *space == 0 && self.copies_on_write && self.rng.coin() {
            return self.part(at, length);
        }
        length - (growth - granted)
    }

    /// Some part of a write, up to the border of a sector: no sector is ever half written.
    fn part(&mut self, at: usize, length: usize) -> usize {
        let end = at + self.rng.index(length + 1);
        (end - end % SECTOR).max(at) - at
    }
}
