//! Named places on the log's way to the disk, where a test may have the process killed, held up,
//! or refused as a failing disk refuses.
//!
//! The log only says which place it comes to; what happens there is up to whoever watches. There
//! is nothing of it in a build without debug assertions: `pass` and `reach` are empty there.

use std::io;

/// A file is about to be made, or emptied.
pub const CREATE: &str = "create";
/// A file is about to be written to.
pub const WRITE: &str = "write";
/// The first half of the sectors of a write are written.
pub const HALF: &str = "write-half";
/// All is written, and may still be lost.
pub const SYNC: &str = "sync";
/// What was written is durable.
pub const SYNCED: &str = "synced";
/// A file that is prepared is about to get its name.
pub const RENAME: &str = "rename";
/// Names have changed, and may still be lost.
pub const SYNC_NAMES: &str = "sync-names";
/// Names are durable.
pub const NAMED: &str = "names-synced";
/// A start is about to remove what was left half-prepared.
pub const REMOVE: &str = "remove";
/// A segment is full, and the next one is there.
pub const ROLL: &str = "roll";
/// A segment is sealed, and the next one is not begun.
pub const SEALED: &str = "sealed";
/// The next segment is begun.
pub const ROLLED: &str = "rolled";

/// A snapshot is begun, and nothing of it is written.
pub const SNAPSHOT_BEGUN: &str = "snapshot-begun";
/// All of its payload is written, and its header is not.
pub const SNAPSHOT_HALF: &str = "snapshot-half";
/// All of it is durable, and it has no name.
pub const SNAPSHOT_SYNCED: &str = "snapshot-synced";
/// It was read back.
pub const SNAPSHOT_READ: &str = "snapshot-read";
/// It has its name, which may still be lost.
pub const SNAPSHOT_NAMED: &str = "snapshot-named";
/// Its name is durable.
pub const SNAPSHOT_THERE: &str = "snapshot-there";

/// What nobody needs is about to be removed.
pub const RETIRE: &str = "retire";
/// Snapshots were removed, durably, and segments were not.
pub const RETIRED_SNAPSHOTS: &str = "retired-snapshots";
/// One more segment was removed, durably.
pub const RETIRED: &str = "retired";

/// Those that a helper comes to that writes a snapshot.
pub const SNAPSHOT: [&str; 6] =
    [SNAPSHOT_BEGUN, SNAPSHOT_HALF, SNAPSHOT_SYNCED, SNAPSHOT_READ, SNAPSHOT_NAMED, SNAPSHOT_THERE];
/// Those that a server comes to when it removes what nobody needs.
pub const RETIRING: [&str; 3] = [RETIRE, RETIRED_SNAPSHOTS, RETIRED];
/// All that it comes to by appending.
pub const ALL: [&str; 12] =
    [CREATE, WRITE, HALF, SYNC, SYNCED, RENAME, SYNC_NAMES, NAMED, REMOVE, ROLL, SEALED, ROLLED];
/// Those where a disk can fail.
pub const FALLIBLE: [&str; 7] = [CREATE, WRITE, HALF, SYNC, RENAME, SYNC_NAMES, REMOVE];

/// What is called at each place with its name. An error, at one where a disk can fail, is taken
/// for the disk's.
pub type Watcher = fn(&'static str) -> io::Result<()>;

#[cfg(debug_assertions)]
static WATCHER: std::sync::OnceLock<Watcher> = std::sync::OnceLock::new();

/// Has all places of this process watched from here on. The first watcher stays.
#[cfg(debug_assertions)]
pub fn watch(watcher: Watcher) {
    WATCHER.get_or_init(|| watcher);
}

/// Comes to a place where a disk can fail.
#[cfg(debug_assertions)]
pub(crate) fn pass(name: &'static str) -> io::Result<()> {
    WATCHER.get().map_or(Ok(()), |watcher| watcher(name))
}

#[cfg(not(debug_assertions))]
#[expect(clippy::unnecessary_wraps, reason = "it is what it is with debug assertions")]
pub(crate) fn pass(_name: &'static str) -> io::Result<()> {
    Ok(())
}

/// Comes to a place where nothing can fail.
pub(crate) fn reach(name: &'static str) {
    // Whoever watches knows which can.
    let _ = pass(name);
}
