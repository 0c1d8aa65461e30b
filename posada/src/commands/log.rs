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
use posada_core::{Barred, Command, SessionId, Text, Whom};
use posada_log::Directory;

use super::{CommandError, unless_closed, visible};
use crate::replay::{Applied, Replay, session_of};
use crate::snapshots::Start;

/// Prints the entries of the log in `data`, those from `from` on. Returns the number of the first
/// entry that the log still holds.
///
/// # Errors
/// When the directory is in use, a file cannot be read, or the log is damaged: what comes before
/// the damage has then been printed.
pub fn log(data: &Path, from: u64, out: &mut dyn Write) -> Result<u64, CommandError> {
    let directory = Directory::open_read_only(data)?;
    let Start { border, state, .. } = Start::oldest(&directory)?;
    let mut replay = Replay { state, flaw: None };
    let mut written = Ok(());
    let report = posada_log::read_from(&directory, &border, &mut |batch| {
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
    replay.flaw.map_or(Ok(border.next_seq), |flaw| Err(flaw.into()))
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
        (Command::Name { .. }, Outcome::Named { name, resumed, replaced, .. }) => {
            let how = if *resumed { "comes back as" } else { "takes the name" };
            let old = replaced.as_ref().map(|(old, _)| format!(", in place of {}", number(*old)));
            format!("{how} {}{}", visible(name), old.unwrap_or_default())
        }
        (Command::Name { name, .. }, _) => format!("takes the name {}", visible(&name.shown)),
        (Command::Say { text, .. }, Outcome::Said { room: (_, room), addressed, .. }) => {
            format!("says in {} to {addressed}: {}", visible(room), visible(text))
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
        (command, _) => talk(command).unwrap_or_else(|| order(state, command)),
    };
    let mut line = String::new();
    match &applied.outcome {
        Outcome::Refused(refusal) => {
            let _ = write!(line, "refused ({}): ", refusal.code());
        }
        Outcome::Repeated { seq, .. } => {
            let _ = write!(line, "done before, at seq {}: ", seq.0);
        }
        _ => {}
    }
    line + &done
}

/// What happens in rooms; `None`: it is something else.
fn talk(command: &Command) -> Option<String> {
    let room = |room: &Option<Text>| match room {
        Some(key) => format!("the room {}", visible(key)),
        None => "its room".to_owned(),
    };
    Some(match command {
        Command::History { bytes } => format!("rooms keep {bytes} bytes from here on"),
        Command::Join { room, .. } => format!("joins {}", visible(&room.shown)),
        Command::Leave { room: left, .. } => format!("leaves {}", room(left)),
        Command::Topic { room: of, text, .. } => {
            format!("says what {} is about: {}", room(of), visible(text))
        }
        Command::Note { text, .. } => format!("notes: {}", visible(text)),
        _ => return None,
    })
}

/// What the operator does.
fn order(state: &State, command: &Command) -> String {
    let whom = |who: &Whom| match who {
        Whom::Name(name) => visible(&addressee(state, name)),
        Whom::Session(session) => number(*session),
    };
    match command {
        Command::Announce { text, .. } => format!("announces: {}", visible(text)),
        Command::Tell { to, text, .. } => format!("tells {}: {}", whom(to), visible(text)),
        Command::Kick { who, .. } => format!("sends {} away", whom(who)),
        Command::Ban { who, for_ms, .. } => {
            let who = match who {
                Barred::Name(name) => visible(name),
                Barred::Address(address) => address.to_string(),
            };
            match for_ms {
                0 => format!("lets {who} in again"),
                _ => format!("shuts {who} out for {} s", for_ms / 1_000),
            }
        }
        Command::Release { resource, .. } => {
            format!("gives back {}", visible(&shown(state, resource)))
        }
        _ => String::new(),
    }
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
