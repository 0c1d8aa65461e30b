//! A disk that tears, loses, fills up, fails to sync and stops at any call.
//!
//! [`Disk`] is what the world holds: it arms faults and turns the power off and on. [`SimStorage`]
//! is what the log sees of it. What survives is decided in `platter` (bytes) and `folder` (names);
//! what one call comes to, in `machine`. Deliberately absent: bit rot and failing reads, which the
//! log's own tests look at.

mod folder;
mod machine;
mod platter;
mod storage;

use std::sync::{Arc, Mutex, MutexGuard};

use crate::rng::Rng;
use machine::Machine;
pub use platter::SECTOR;
pub use storage::{SimFile, SimStorage};

/// How the process came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The process is gone; the system still knows everything that it wrote.
    Killed,
    /// The power is gone, and with it whatever was not synced.
    PowerLost,
}

/// The machine's disk, shared between the world and the log on it.
///
/// The lock is never contended: a world has one thread. The log asks for it because a real
/// storage may have a background.
#[derive(Clone, Debug)]
pub struct Disk(Arc<Mutex<Machine>>);

impl Disk {
    /// An empty disk.
    pub fn new(rng: Rng) -> Self {
        Self(Arc::new(Mutex::new(Machine::new(rng))))
    }

    /// What a process that starts now sees.
    pub fn storage(&self) -> SimStorage {
        let boot = self.machine().boot;
        SimStorage { disk: self.clone(), boot }
    }

    /// Stops the process at the `calls`th call from now, counted from 1.
    pub fn stop_in(&self, calls: u32) {
        self.machine().stop_in = Some(calls);
    }

    /// Lets the `syncs`th sync from now fail, counted from 1.
    pub fn fail_sync_in(&self, syncs: u32) {
        self.machine().sync_fails_in = Some(syncs);
    }

    /// Leaves room for so many bytes more; `None`: for any number.
    pub fn set_space(&self, space: Option<usize>) {
        self.machine().space = space;
    }

    /// Nothing goes wrong any more until something is armed again.
    pub fn heal(&self) {
        let mut machine = self.machine();
        (machine.stop_in, machine.sync_fails_in, machine.space) = (None, None, None);
    }

    /// Whether the disk is short of room.
    pub fn is_full(&self) -> bool {
        self.machine().space.is_some()
    }

    /// Whether the process was stopped at some call.
    pub fn is_dead(&self) -> bool {
        self.machine().dead
    }

    /// How many calls there have been.
    pub fn calls(&self) -> u64 {
        self.machine().calls
    }

    /// Ends the process in some way and makes ready for the next one. Armed stops and failures
    /// are forgotten.
    pub fn restart(&self, how: Stop) {
        self.machine().restart(how);
    }

    fn machine(&self) -> MutexGuard<'_, Machine> {
        // A panic in the core while the lock is held is reported as the world's failure; what the
        // disk holds afterwards is of no interest any more.
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
