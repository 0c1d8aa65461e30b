//! A disk in memory that keeps what was synced, and loses what the test says of the rest.
#![allow(dead_code, unreachable_pub, reason = "each test file uses a part of it")]

pub mod fold;
mod node;
pub mod odometer;
pub mod script;

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard};

use node::Node;
use posada_log::{Storage, StorageFile};

/// A disk. Clones are the same disk.
#[derive(Clone, Debug, Default)]
pub struct Disk(Arc<Mutex<State>>);

type Names = BTreeMap<String, usize>;

/// A change of names, which lasts as a whole or not at all: what each is from then on.
type Change = Vec<(String, Option<usize>)>;

/// All files by name, with what is in them.
pub type Contents = BTreeMap<String, Vec<u8>>;

#[derive(Debug, Default)]
struct State {
    nodes: Vec<Node>,
    names: Names,
    durable_names: Names,
    /// The changes since the last sync, in order: a crash leaves any of these.
    unsynced_names: Vec<Change>,
    calls: u64,
    syncs: u64,
    plan: Plan,
    dead: bool,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, Default)]
pub struct Plan {
    /// The machine stops in the middle of this call, counted from 1.
    pub crash_at: Option<u64>,
    /// This sync of a file fails, counted from 1, and what it should have kept is lost.
    pub fail_sync: Option<u64>,
    /// Writes fail with this after having written about so many bytes.
    pub fail_writes: Option<(ErrorKind, usize)>,
    /// So many writes succeed before that.
    pub writes_before: u64,
    /// So many bytes fit on the disk.
    pub capacity: Option<usize>,
    /// No file can be opened or created: the process has no descriptors left.
    pub no_descriptors: bool,
}

/// An open file of a [`Disk`].
#[derive(Debug)]
pub struct DiskFile {
    disk: Disk,
    node: usize,
}

impl Disk {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn plan(&self, plan: Plan) {
        self.state().plan = plan;
    }

    /// How many calls there were so far.
    pub fn calls(&self) -> u64 {
        self.state().calls
    }

    pub fn syncs(&self) -> u64 {
        self.state().syncs
    }

    /// The disk after a power cut now: `keep` decides which changes of names lasted, and which
    /// lengths and sectors. It is not asked where both answers leave the same.
    pub fn after_crash(&self, keep: &mut dyn FnMut() -> bool) -> Self {
        let state = self.state();
        let mut names = state.durable_names.clone();
        for change in &state.unsynced_names {
            let mut changed = names.clone();
            apply(change, &mut changed);
            if changed != names && keep() {
                names = changed;
            }
        }
        let mut nodes = vec![Node::default(); state.nodes.len()];
        for node in names.values() {
            nodes[*node] = state.nodes[*node].after_crash(keep);
        }
        let durable_names = names.clone();
        Self(Arc::new(Mutex::new(State { nodes, names, durable_names, ..State::default() })))
    }

    /// The same bytes on another disk, all durable.
    pub fn copy(&self) -> Self {
        self.after_crash(&mut || true)
    }

    /// The process is gone and a new one starts: the system still has what was written.
    pub fn after_kill(&self) {
        let mut state = self.state();
        state.dead = false;
        state.plan = Plan::default();
    }

    /// Whether the machine has not been stopped.
    pub fn is_on(&self) -> bool {
        !self.state().dead
    }

    /// A file's bytes.
    pub fn bytes(&self, name: &str) -> Vec<u8> {
        let state = self.state();
        state.nodes[state.names[name]].bytes().to_vec()
    }

    /// Replaces a file's bytes, or makes the file.
    pub fn set(&self, name: &str, bytes: &[u8]) {
        let mut state = self.state();
        state.nodes.push(Node::durable(bytes));
        let node = state.nodes.len() - 1;
        state.names.insert(name.to_owned(), node);
        state.durable_names.insert(name.to_owned(), node);
    }

    /// Changes a file's bytes.
    pub fn edit(&self, name: &str, edit: impl FnOnce(&mut Vec<u8>)) {
        let mut bytes = self.bytes(name);
        edit(&mut bytes);
        self.set(name, &bytes);
    }

    pub fn delete(&self, name: &str) {
        let mut state = self.state();
        state.names.remove(name).expect("the file exists");
        state.durable_names.remove(name);
    }

    /// All files.
    pub fn contents(&self) -> Contents {
        let state = self.state();
        let bytes = |node: &usize| state.nodes[*node].bytes().to_vec();
        state.names.iter().map(|(name, node)| (name.clone(), bytes(node))).collect()
    }

    pub fn names(&self) -> Vec<String> {
        self.state().names.keys().cloned().collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no test panics while it holds the disk")
    }

    /// Counts a call. The effect of the call in which the machine stops may or may not last.
    fn call<T>(&self, act: impl FnOnce(&mut State) -> io::Result<T>) -> io::Result<T> {
        let mut state = self.state();
        if state.dead {
            return Err(io::Error::other("the machine is off"));
        }
        state.calls += 1;
        if state.plan.crash_at != Some(state.calls) {
            return act(&mut state);
        }
        state.dead = true;
        let _ = act(&mut state);
        Err(io::Error::other("power cut"))
    }
}

fn apply(change: &Change, names: &mut Names) {
    for (name, node) in change {
        match node {
            Some(node) => names.insert(name.clone(), *node),
            None => names.remove(name),
        };
    }
}

impl State {
    fn find(&self, name: &str) -> io::Result<usize> {
        self.names.get(name).copied().ok_or_else(|| ErrorKind::NotFound.into())
    }

    fn change_names(&mut self, change: Change) {
        apply(&change, &mut self.names);
        self.unsynced_names.push(change);
    }

    fn descriptor(&self) -> io::Result<()> {
        const EMFILE: i32 = 24;
        let none = self.plan.no_descriptors;
        if none { Err(io::Error::from_raw_os_error(EMFILE)) } else { Ok(()) }
    }

    /// How many of `bytes` at `offset` can be written, and with which error the rest fails.
    fn room(&mut self, node: usize, bytes: usize, offset: usize) -> (usize, Option<ErrorKind>) {
        if self.plan.writes_before > 0 {
            self.plan.writes_before -= 1;
            return (bytes, None);
        }
        if let Some((kind, some)) = self.plan.fail_writes {
            // Even then a sector is written whole or not at all.
            let sectors = (offset + some.min(bytes)) / 512 * 512;
            return (sectors.saturating_sub(offset), Some(kind));
        }
        let Some(capacity) = self.plan.capacity else { return (bytes, None) };
        let used: usize = self.names.values().map(|node| self.nodes[*node].bytes().len()).sum();
        let end = self.nodes[node].bytes().len() + capacity.saturating_sub(used);
        let fits = end.saturating_sub(offset).min(bytes);
        (fits, (fits < bytes).then_some(ErrorKind::StorageFull))
    }
}

impl Storage for Disk {
    type File = DiskFile;

    fn list(&self) -> io::Result<Vec<String>> {
        self.call(|state| Ok(state.names.keys().cloned().collect()))
    }

    fn create(&self, name: &str) -> io::Result<DiskFile> {
        let node = self.call(|state| {
            state.descriptor()?;
            state.nodes.push(Node::default());
            let node = state.nodes.len() - 1;
            state.change_names(vec![(name.to_owned(), Some(node))]);
            Ok(node)
        })?;
        Ok(DiskFile { disk: self.clone(), node })
    }

    fn open(&self, name: &str) -> io::Result<DiskFile> {
        let node = self.call(|state| state.descriptor().and_then(|()| state.find(name)))?;
        Ok(DiskFile { disk: self.clone(), node })
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.call(|state| {
            let node = state.find(from)?;
            state.change_names(vec![(from.to_owned(), None), (to.to_owned(), Some(node))]);
            Ok(())
        })
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.call(|state| {
            state.find(name)?;
            state.change_names(vec![(name.to_owned(), None)]);
            Ok(())
        })
    }

    fn sync_dir(&self) -> io::Result<()> {
        self.call(|state| {
            if state.dead {
                return Ok(());
            }
            state.durable_names = state.names.clone();
            state.unsynced_names.clear();
            Ok(())
        })
    }
}

impl StorageFile for DiskFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let offset = usize::try_from(offset).expect("small disks");
        self.disk.call(|state| {
            let bytes = state.nodes[self.node].bytes();
            let part = bytes.get(offset..offset + buffer.len());
            buffer.copy_from_slice(part.ok_or(ErrorKind::UnexpectedEof)?);
            Ok(())
        })
    }

    fn write_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let offset = usize::try_from(offset).expect("small disks");
        self.disk.call(|state| {
            let (fits, error) = state.room(self.node, bytes.len(), offset);
            state.nodes[self.node].write(&bytes[..fits], offset);
            error.map_or(Ok(()), |kind| Err(kind.into()))
        })
    }

    fn sync(&mut self) -> io::Result<()> {
        self.disk.call(|state| {
            state.syncs += 1;
            if state.dead {
                return Ok(());
            }
            if state.plan.fail_sync == Some(state.syncs) {
                state.nodes[self.node].lose();
                return Err(io::Error::other("input/output error"));
            }
            state.nodes[self.node].sync();
            Ok(())
        })
    }

    fn len(&self) -> io::Result<u64> {
        self.disk.call(|state| Ok(state.nodes[self.node].bytes().len() as u64))
    }
}
