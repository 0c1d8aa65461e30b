//! Ordered durable bytes: the log under posada.
//!
//! A [`Log`] keeps batches of numbered entries in order. [`Segment`] keeps them in files and
//! returns from [`Log::append`] only when the batch is durable; [`Memory`] keeps nothing. All
//! input and output goes through [`Storage`], so that a test can lose, tear and refuse writes;
//! [`Directory`] is the real one.
//!
//! [`Draft`] writes a snapshot of what the log comes to, [`read_snapshot`] reads it, and
//! [`Segment::open_at`] opens the log behind it; [`retire`] removes what is not needed any more.
//!
//! The crate knows nothing of what a payload means, has no clock, and never repairs: a damaged
//! acknowledged record is reported ([`check`]) and refuses to open, it is never skipped.
//!
//! The format is drawn byte by byte in `docs/log.md`. Read next: `segment.rs` (the engine), then
//! `scan.rs` (what counts as torn, and what as damage).
#![forbid(unsafe_code)]

mod batch;
mod beside;
mod border;
mod check;
mod copy;
mod directory;
mod error;
pub mod failpoint;
mod format;
mod memory;
mod open;
mod record;
mod replay;
mod report;
mod scan;
mod sealed;
mod segment;
mod snapshot;
mod storage;
mod survey;

pub use batch::{Batch, InvalidBatch, Log, MAX_BATCH_BYTES};
pub use beside::Alone;
pub use border::{Border, segments};
pub use check::{check, read, read_from};
pub use copy::{copy, copy_from};
pub use directory::{Directory, DirectoryError};
pub use error::{AppendError, CheckError, CopyError, OpenError, ReadError};
pub use memory::Memory;
pub use report::{Damage, Flaw, Report, Torn};
pub use sealed::{last_border, read_sealed};
pub use segment::{Opened, Options, Segment};
pub use snapshot::{
    Draft, Keep, Retired, SnapshotError, SnapshotFlaw, Written, read_snapshot, retire,
    snapshot_is_due, snapshot_name, snapshot_number, snapshots, verify_snapshot,
};
pub use storage::{Storage, StorageFile};
