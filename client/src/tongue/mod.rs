//! How a conversation goes in each profile: what is sent for what is typed, and how what arrives
//! is shown. A [`Tongue`] knows no socket, clock or terminal: lines in, [`Step`]s out.

mod desk;
mod native;
mod raw;
mod talk;
#[cfg(test)]
mod tests;

use posada_wire::Verb;

use crate::Profile;
use crate::known::SharedKnown;
use crate::target::Transport;

/// What is to be done next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Send these bytes.
    Send(Vec<u8>),
    /// Show this to the person.
    Show(Tone, String),
    /// The person wants to leave: expect the end, and do not come back.
    Leave,
    /// The server does not want this client back.
    Over,
}

/// What kind of thing is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// As it came.
    Plain,
    /// Somebody said it: to this person alone?
    Said { from: String, direct: bool },
    /// It was done.
    Done,
    /// It was refused.
    Refused,
    /// This program says it.
    Notice,
}

/// One profile's side of a conversation.
pub(crate) trait Tongue: Send {
    /// A connection stands: what to say on it first. `checked`: it was already asked what it is.
    fn opens(&mut self, checked: bool) -> Vec<Step>;
    /// The person typed a line.
    fn typed(&mut self, line: &str) -> Vec<Step>;
    /// A line arrived; or the beginning of one whose end does not come.
    fn arrived(&mut self, line: &str) -> Vec<Step>;
    /// The person wants to leave without having said so.
    fn leaves(&mut self) -> Vec<Step>;
    /// The connection is gone: what the person should know.
    fn lost(&mut self) -> Vec<Step>;
    /// Whether everything that was to be found out at first is found out.
    fn is_settled(&self) -> bool {
        true
    }
    /// Whether a line that is not ended is shown after a while.
    fn waits_for_line_ends(&self) -> bool;
}

/// The tongue for a profile. `name`: what the person wants to be called.
pub(crate) fn tongue(
    transport: Transport,
    profile: Profile,
    name: Option<String>,
    known: &SharedKnown,
) -> Box<dyn Tongue> {
    let known = known.clone();
    match (transport, profile) {
        (Transport::Udp, _) => Box::new(raw::Raw::datagrams(name)),
        (_, Profile::Native) => Box::new(native::Native::new(name, known)),
        (_, Profile::Talk) => Box::new(talk::Talk::new(name, known)),
        (_, Profile::Desk) => Box::new(desk::Desk::new(known)),
        (_, Profile::Raw) => Box::new(raw::Raw::stream()),
    }
}

fn send_line(line: &str) -> Step {
    Step::Send(format!("{line}\n").into_bytes())
}

fn show(tone: Tone, text: impl Into<String>) -> Step {
    Step::Show(tone, text.into())
}

fn notices(text: &str) -> Vec<Step> {
    text.lines().map(|line| show(Tone::Notice, line)).collect()
}

/// `/verb rest` without the slash; a line that begins with two of them is talk.
fn slashed(line: &str) -> Option<(&str, &str)> {
    let line = line.trim().strip_prefix('/')?;
    if line.starts_with('/') {
        return None;
    }
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    Some((word, rest.trim()))
}

/// Whether a word behind a slash asks for help.
fn asks_help(word: &str) -> bool {
    matches!(word, "" | "?" | "verbs") || Verb::parse(word) == Some(Verb::Help)
}
