//! `posada snapshot`: what all sealed segments of a log come to, written down beside them.
//!
//! It reads what no server writes to any more, so it may run at any time: by hand, or as the helper
//! that a server starts (see `keeper`). It goes on from the newest good snapshot, gets its name
//! only when it has been read back, and changes nothing else. A server has another helper look at
//! the segments that its start left out. `docs/log.md` draws the file. Read
//! next: `snapshots`.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use posada_log::{
    Border, Directory, Draft, ReadError, SnapshotError, last_border, read_sealed, segments,
    snapshot_name, snapshots,
};
use rustix::fs::statvfs;
use rustix::process::{Pid, Signal, getppid, nice, set_parent_process_death_signal};
use thiserror::Error;

use super::{CommandError, unless_closed};
use crate::replay::Replay;
use crate::snapshots::{BeginError, Decoding, Start};

/// The least that a process may want of the processors.
const LOWEST: i32 = 19;
/// Should memory run out, it is this process that goes, and not the server.
const GOES_FIRST: &str = "900";

/// Room for so many segments is left to the server, which would refuse changes without.
const SEGMENTS_LEFT: u64 = 2;

/// Why no snapshot was written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TakeError {
    /// A segment is damaged or missing, or cannot be read.
    #[error(transparent)]
    Segment(#[from] ReadError),
    /// It cannot be written, or is not what was written.
    #[error(transparent)]
    File(#[from] SnapshotError),
    /// What was read back is another state than the one that was written.
    #[error("what was written is not the state; this is an error of posada: report it ({0})")]
    NotTheSame(String),
}

/// Writes a snapshot of what is sealed of the log in `data`, unless there is one already.
///
/// # Errors
/// When another process is writing one, when the log is damaged, or the snapshot cannot be written
/// or does not verify. There is no new snapshot then.
pub fn snapshot(data: &Path, out: &mut dyn Write) -> Result<(), CommandError> {
    let began = Instant::now();
    if segments(&Directory::open_beside(data)?).map_err(BeginError::from)?.is_empty() {
        return Err(CommandError::no_log(data));
    }
    let directory = Directory::open_to_snapshot(data)?;
    let Some(to) = last_border(&directory)? else {
        return said(out, "nothing is sealed yet: there is no need for a snapshot");
    };
    let start = Start::newest(&directory)?;
    if start.border.segment == to {
        return said(out, &format!("{} is the newest there can be", snapshot_name(to)));
    }
    let (file, from) = (snapshot_name(to), start.border.segment);
    let has_room = || {
        let segment = fs::metadata(data.join(format!("{to:08}.log")))?.len();
        leaves_room(data, SEGMENTS_LEFT * segment)
    };
    let (seq, bytes) = take(&directory, start, to, &has_room)?;
    let ms = began.elapsed().as_millis();
    let (segments, s) = (to - from, if to - from == 1 { "" } else { "s" });
    let how = format!("from {segments} segment{s} in {ms} ms");
    said(out, &format!("{file}: the state at seq {seq} in {bytes} bytes, {how}"))
}

/// Reads the segments that the newest snapshot stands for, which a start leaves out.
///
/// # Errors
/// When one is damaged or missing, or cannot be read.
pub fn verify(data: &Path) -> Result<(), CommandError> {
    let directory = Directory::open_beside(data)?;
    let newest = snapshots(&directory).map_err(BeginError::from)?.last().copied();
    let Some(to) = newest else { return Ok(()) };
    let Start { border, .. } = Start::oldest(&directory)?;
    if border.segment < to {
        read_sealed(&directory, &border, to, &mut |_| {}).map_err(TakeError::from)?;
    }
    Ok(())
}

/// Folds what is behind a start, up to a segment, and writes that down. Returns where it is, and
/// how many bytes it takes.
fn take(
    directory: &Directory,
    start: Start,
    to: u32,
    has_room: &dyn Fn() -> io::Result<()>,
) -> Result<(u64, u64), CommandError> {
    let Start { border, state, .. } = start;
    let mut replay = Replay { state, flaw: None };
    let border: Border = read_sealed(directory, &border, to, &mut |batch| {
        replay.batch(batch, &mut |_, _| {});
    })
    .map_err(TakeError::from)?;
    if let Some(flaw) = replay.flaw {
        return Err(flaw.into());
    }
    let state = replay.state;
    let name = snapshot_name(to);
    let cannot_write =
        |source| TakeError::from(SnapshotError::Io { file: name.clone(), doing: "write", source });
    has_room().map_err(cannot_write)?;
    let mut draft = Draft::begin(directory, border).map_err(TakeError::from)?;
    let mut bytes = 0;
    let spelled = posada_wire::snapshot::encode(&state, &mut |chunk| {
        bytes += chunk.len() as u64;
        has_room()?;
        draft.write(chunk)
    });
    spelled.map_err(cannot_write)?;
    let of = (state.seq(), state.trail(), state.digest());
    // Before it is read back: there is one state in memory at a time.
    drop(state);
    let written = draft.finish().map_err(TakeError::from)?;
    let mut decoding = Decoding::default();
    written.read(&mut |chunk| decoding.take(chunk)).map_err(TakeError::from)?;
    let back = decoding.finish().map_err(|why| TakeError::NotTheSame(why.to_string()))?;
    if of != (back.seq(), back.trail(), back.digest()) {
        return Err(TakeError::NotTheSame("another digest".to_owned()).into());
    }
    written.publish().map_err(TakeError::from)?;
    Ok((of.0.0, bytes))
}

/// Whether the file system has so much room that a snapshot is not what takes the last of it.
fn leaves_room(data: &Path, least: u64) -> io::Result<()> {
    let found = statvfs(data)?;
    if found.f_bavail.saturating_mul(found.f_frsize) > least {
        return Ok(());
    }
    Err(io::Error::new(ErrorKind::StorageFull, "what is left is the server's: make room"))
}

fn said(out: &mut dyn Write, what: &str) -> Result<(), CommandError> {
    Ok(unless_closed(writeln!(out, "{what}"))?)
}

/// Makes this process the helper of a server: it ends with that, and stands back for it and for
/// everybody else. `Err` when the server has ended already.
///
/// # Errors
/// When there is nobody to help.
pub fn help(server: u32) -> Result<(), ExitCode> {
    // What the system does not grant is not worth failing for.
    let _ = nice(LOWEST);
    let _ = fs::write("/proc/self/oom_score_adj", GOES_FIRST);
    let _ = set_parent_process_death_signal(Some(Signal::KILL));
    let parent = getppid().map_or(0, Pid::as_raw_pid);
    if i64::from(parent) == i64::from(server) { Ok(()) } else { Err(ExitCode::FAILURE) }
}
