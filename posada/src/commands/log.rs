//! `posada log`: the history as people read it, one entry a line.
//!
//! Names come from the fold, as they were at that moment. Secrets are never printed, and what
//! clients wrote cannot steer the terminal: see [`visible`]. Columns are set apart by two spaces,
//! which no name can hold, and a refusal stands before the text that was refused, so that nobody
//! can write a line that looks like another. Read next: `replay`.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;

use jiff::Timestamp;
use posada_core::state::{Outcome, State};
use posada_core::{Command, SessionId};
use posada_log::Directory;

use super::{CommandError, unless_closed, visible};
use crate::replay::{Applied, Replay, session_of};

/// Prints the entries of the log in `data`, those from `from` on.
///
/// # Errors
/// When the directory is in use, a file cannot be read, or the log is damaged: what comes before
/// the damage has then been printed.
pub fn log(data: &Path, from: u64, out: &mut dyn Write) -> Result<(), CommandError> {
    let directory = Directory::open_read_only(data)?;
    let mut replay = Replay::default();
    let mut written = Ok(());
    let report = posada_log::read(&directory, &mut |batch| {
        replay.batch(batch, &mut |state, applied| {
            if applied.seq.0 >= from && written.is_ok() {
                written = print(state, applied, out);
            }
        });
    })?;
    unless_closed(written)?;
    if report.segments == 0 {
        return Err(CommandError::no_log(data));
    }
    if !report.is_sound() {
        return Err(CommandError::Damaged(report.damage.len()));
    }
    replay.flaw.map_or(Ok(()), |flaw| Err(flaw.into()))
}

fn print(state: &State, applied: &Applied, out: &mut dyn Write) -> io::Result<()> {
    let (seq, time) = (applied.seq.0, utc(state.time().wall_ms));
    writeln!(out, "{seq}  {time}  {}  {}", who(applied), what(state, applied))
}

/// A moment, from milliseconds since 1970.
pub(super) fn utc(wall_ms: u64) -> String {
    let time = i64::try_from(wall_ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
    time.map_or_else(|| format!("{wall_ms} ms"), |time| format!("{time:.3}"))
}

fn who(applied: &Applied) -> String {
    match (&applied.name, session_of(&applied.entry.command)) {
        (Some(name), _) => visible(name),
        (None, Some(session)) => format!("anonymous {}", number(session)),
        (None, None) => "posada".into(),
    }
}

/// A session as the log knows it: its node, that node's start, its number there.
fn number(SessionId { node, epoch, number }: SessionId) -> String {
    format!("({node}.{epoch}.{})", number.0)
}

fn what(state: &State, applied: &Applied) -> String {
    let done = match (&applied.entry.command, &applied.outcome) {
        (Command::Rules { version }, _) => format!("rules {version} from here on"),
        (Command::NodeUp { node, epoch }, _) => format!("node {node} starts, epoch {epoch}"),
        (Command::Declare { resource }, _) => format!("declares {}", visible(&resource.shown)),
        (Command::Name { .. }, Outcome::Named { name, resumed, replaced }) => {
            let how = if *resumed { "comes back as" } else { "takes the name" };
            let old = replaced.map(|old| format!(", in place of {}", number(old)));
            format!("{how} {}{}", visible(name), old.unwrap_or_default())
        }
        (Command::Name { name, .. }, _) => format!("takes the name {}", visible(&name.shown)),
        (Command::Say { text, .. }, Outcome::Said { addressed, .. }) => {
            format!("says to {addressed}: {}", visible(text))
        }
        (Command::Say { text, .. }, _) => format!("says: {}", visible(text)),
        (Command::To { name, text, .. }, _) => {
            format!("to {}: {}", visible(&addressee(state, name)), visible(text))
        }
        (Command::Reserve { resource, .. }, _) => {
            format!("reserves {}", visible(&shown(state, resource)))
        }
        (Command::Cancel { resource, .. }, _) => {
            format!("cancels {}", visible(&shown(state, resource)))
        }
        (Command::End { .. }, _) => "leaves".into(),
        (Command::Check { at, trail }, _) => {
            format!("the trail at seq {} was {trail:016x}", at.0)
        }
    };
    let mut line = String::new();
    if let Outcome::Refused(refusal) = &applied.outcome {
        let _ = write!(line, "refused ({}): ", refusal.code());
    }
    line + &done
}

/// A resource's name as it was declared.
fn shown(state: &State, key: &str) -> String {
    let known = state.resources().iter().find(|resource| &*resource.name.key == key);
    known.map_or(key, |resource| &resource.name.shown).into()
}

/// A principal's name as it was given.
fn addressee(state: &State, key: &str) -> String {
    let mut known = state.people().principals();
    let known = known.find(|(_, principal)| &*principal.name.key == key);
    known.map_or(key.into(), |(_, principal)| principal.name.shown.to_string())
}
