//! `posada check`: whether a log is whole, what it holds, and exactly where it is not.
//!
//! It reads every byte and changes none. It repairs nothing: what an acknowledged entry said can
//! only come from a copy. Read next: `replay`, and [`posada_log::read`].

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use posada_core::Time;
use posada_core::state::State;
use posada_log::{Border, Directory, Report, snapshot_name, snapshots as numbers};

use super::log::utc;
use super::{CommandError, unless_closed, visible};
use crate::replay::Replay;
use crate::snapshots::{self, BeginError, Start};

/// What a log was found to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Everything is there.
    Sound,
    /// Everything that was acknowledged is there; a crash left a piece of one batch more.
    Torn,
    /// Something that was acknowledged is not there, or is not what was written.
    Damaged,
}

impl Verdict {
    /// For the shell: 0, or 3 for damage (1 is a command that failed, 2 one that was misspelled).
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Sound | Self::Torn => 0,
            Self::Damaged => 3,
        }
    }
}

/// Reads the log in `data` and says what it holds.
///
/// # Errors
/// When the directory is in use, or a file cannot be read. Damage is not an error but the verdict.
pub fn check(data: &Path, out: &mut dyn Write) -> Result<Verdict, CommandError> {
    let directory = Directory::open_read_only(data)?;
    let mut marks = Marks::of(&directory)?;
    let Start { border, state, .. } = match Start::oldest(&directory) {
        Err(BeginError::Gone { first, .. }) => {
            return nothing_to_begin_with(data, &first, &marks, out);
        }
        start => start?,
    };
    let mut replay = Replay { state, flaw: None };
    let mut times: Option<(Time, Time)> = None;
    let report = posada_log::read_from(&directory, &border, &mut |batch| {
        replay.batch(batch, &mut |state, _| {
            let first = times.map_or(state.time(), |(first, _)| first);
            times = Some((first, state.time()));
            marks.pass(state);
        });
    })?;
    if report.segments == 0 && report.is_sound() {
        return Err(CommandError::no_log(data));
    }
    let verdict = if !report.is_sound() || replay.flaw.is_some() || !marks.bad.is_empty() {
        Verdict::Damaged
    } else if report.torn.is_some() {
        Verdict::Torn
    } else {
        Verdict::Sound
    };
    writeln!(out, "{}", visible(&data.to_string_lossy()))
        .and_then(|()| describe(&report, times, out))
        .and_then(|()| marks.describe(&border, out))
        .and_then(|()| match verdict {
            // What stands before the first damage is not what the log says.
            Verdict::Damaged => Ok(()),
            Verdict::Sound | Verdict::Torn => holdings(&replay.state, out),
        })
        .and_then(|()| findings(&report, &replay, &marks, out))
        .or_else(|error| unless_closed(Err(error)))?;
    Ok(verdict)
}

fn describe(report: &Report, times: Option<(Time, Time)>, out: &mut dyn Write) -> io::Result<()> {
    let spare = if report.spare { " and a spare one" } else { "" };
    writeln!(out, "segments:  {}{spare}", report.segments)?;
    write!(out, "entries:   {} in {} batches", report.entries, report.batches)?;
    match report.seqs {
        Some((first, last)) => writeln!(out, ", seq {first} to {last}")?,
        None => writeln!(out)?,
    }
    match times {
        Some((first, last)) => {
            writeln!(out, "times:     {} to {}", utc(first.wall_ms), utc(last.wall_ms))
        }
        None => Ok(()),
    }
}

/// What the state is, up to the first damage.
fn holdings(state: &State, out: &mut dyn Write) -> io::Result<()> {
    let people = state.people();
    let online = people.principals().filter(|(_, principal)| principal.online.is_some()).count();
    writeln!(out, "people:    {}, {online} online", people.principals().count())?;
    let held = state.resources().iter().filter(|resource| resource.held.is_some()).count();
    writeln!(out, "resources: {}, {held} held", state.resources().iter().count())?;
    let (seq, trail, digest) = (state.seq().0, state.trail(), state.digest());
    writeln!(out, "state:     at seq {seq}, trail {trail:016x}, digest {digest:016x}")
}

fn findings(
    report: &Report,
    replay: &Replay,
    marks: &Marks,
    out: &mut dyn Write,
) -> io::Result<()> {
    if let Some(torn) = &report.torn {
        writeln!(out, "torn:      {torn}; the next start drops them")?;
    }
    for damage in &report.damage {
        writeln!(out, "damaged:   {damage}")?;
    }
    if let Some(flaw) = &replay.flaw {
        writeln!(out, "damaged:   {flaw}")?;
    }
    for bad in &marks.bad {
        writeln!(out, "damaged:   {bad}")?;
    }
    match (report.is_sound(), &replay.flaw) {
        (true, None) if marks.bad.is_empty() => writeln!(out, "sound"),
        (true, None) => {
            writeln!(out, "not sound: the segments are whole; put the snapshots back from a copy")
        }
        (true, Some(_)) => writeln!(out, "not sound: the files are whole, what they say is not"),
        (false, _) => writeln!(out, "not sound: restore the named files from a copy"),
    }
}

/// What the snapshots say, to be compared with what the log says.
struct Marks {
    /// By the last entry that each stands for: its segment, trail and digest.
    good: BTreeMap<u64, (u32, u64, u64)>,
    bad: Vec<String>,
}

impl Marks {
    fn of(directory: &Directory) -> Result<Self, BeginError> {
        let mut marks = Self { good: BTreeMap::new(), bad: Vec::new() };
        for segment in numbers(directory)? {
            match snapshots::load(directory, segment) {
                Ok((_, state)) => {
                    let mark = (segment, state.trail(), state.digest());
                    marks.good.insert(state.seq().0, mark);
                }
                Err(why) => marks.bad.push(why.to_string()),
            }
        }
        Ok(marks)
    }

    /// The log has come so far.
    fn pass(&mut self, state: &State) {
        let Some((segment, trail, digest)) = self.good.get(&state.seq().0) else { return };
        if (*trail, *digest) != (state.trail(), state.digest()) {
            let file = snapshot_name(*segment);
            self.bad.push(format!("{file} is not good: it is not what the log says there"));
        }
    }

    fn describe(&self, begin: &Border, out: &mut dyn Write) -> io::Result<()> {
        if begin.segment > 1 {
            writeln!(out, "begins:    with {}", snapshot_name(begin.segment))?;
        }
        let Some((seq, _)) = self.good.last_key_value() else { return Ok(()) };
        writeln!(out, "snapshots: {}, the newest of seq {seq}", self.good.len())
    }
}

/// The log's first part is gone, and with it what the rest means.
fn nothing_to_begin_with(
    data: &Path,
    first: &str,
    marks: &Marks,
    out: &mut dyn Write,
) -> Result<Verdict, CommandError> {
    let mut tell = || {
        writeln!(out, "{}", visible(&data.to_string_lossy()))?;
        writeln!(out, "begins:    with {first}, and no good snapshot of what was before")?;
        for bad in &marks.bad {
            writeln!(out, "damaged:   {bad}")?;
        }
        writeln!(out, "not sound: restore one of the snapshots from a copy")
    };
    unless_closed(tell())?;
    Ok(Verdict::Damaged)
}
