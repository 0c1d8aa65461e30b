//! A line that somebody edits while others print above it, where the terminal can have that; else
//! plain lines. The client and the server's console share it.
//!
//! The editor is rustyline. Of three that were tried in ptys, it alone redraws what was typed
//! below what arrives on a terminal of unknown size, and never asks the terminal for its cursor.
//! Deliberately absent: what a line means, and any file.

use std::io::{self, BufRead, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{InputModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::MemHistory;
use rustyline::validate::Validator;
use rustyline::{
    Cmd, CompletionType, ConditionalEventHandler, Config, Context, Event, EventContext,
    EventHandler, Helper, KeyEvent, RepeatCount,
};

use crate::screen::{Printer, Screen, colour};

/// Bytes of a line that is not edited; what is behind them is a line of its own.
const LONGEST: usize = 64 << 10;
/// How long a terminal may take what gives it back.
const GIVING_BACK: Timespec = Timespec { tv_sec: 0, tv_nsec: 200_000_000 };

/// What a word that is being typed may become: where it begins, and the candidates.
pub type Complete = Box<dyn Fn(&str) -> (usize, Vec<String>) + Send>;

/// Where lines come from.
pub struct Editor {
    lines: Option<rustyline::Editor<Completion, MemHistory>>,
    colour: bool,
    /// The last plain line ended with a carriage return: a newline behind it ends nothing.
    returned: bool,
    /// Ctrl-Z was pressed.
    suspended: Arc<AtomicBool>,
}

/// Why there is no line.
#[derive(Debug)]
pub enum NoLine {
    /// There are no more: the end of the input, or Ctrl-D.
    End,
    /// Ctrl-C.
    Interrupted,
    /// Ctrl-Z, where [`Editor::tells_of_suspension`] asked for it.
    Suspended,
    /// The terminal cannot be read.
    Broken(io::Error),
}

/// How the terminal was before an editor took it.
#[derive(Clone, Debug)]
pub struct Terminal {
    before: Option<Termios>,
    /// There is a prompt, and pasting is bracketed.
    edited: bool,
}

impl Terminal {
    /// Has it work as it did, also from under an editor that still waits for a key. Writes
    /// nothing, so it waits for nobody.
    pub fn calm(&self) {
        if let Some(before) = &self.before {
            tcsetattr(io::stdin(), OptionalActions::Now, before).ok();
        }
    }

    /// Gives it back as it was. One that takes nothing is not waited for.
    pub fn restore(&self) {
        self.calm();
        let stdout = io::stdout();
        let mut ready = [PollFd::new(&stdout, PollFlags::OUT)];
        if self.edited && poll(&mut ready, Some(&GIVING_BACK)).is_ok_and(|count| count > 0) {
            // The prompt goes, and pasting is as it was. Past the standard library's lock, which
            // somebody may hold who is stuck in the middle of a line.
            rustix::io::write(&stdout, b"\r\x1b[K\x1b[?2004l").ok();
        }
    }
}

impl Editor {
    /// Takes the terminal, if there is one.
    pub fn open(complete: Complete) -> (Self, Screen, Terminal) {
        let colour = colour();
        let mut before = tcgetattr(io::stdin()).ok();
        let (lines, printer) = match editor(complete) {
            Some((lines, printer)) => (Some(lines), Some(printer)),
            None => (None, None),
        };
        if lines.is_none() {
            before = before.filter(|modes| !modes.input_modes.contains(InputModes::ICRNL));
            if let Some(mut modes) = before.clone() {
                // Where nothing edits, the terminal itself ends a line at Enter.
                modes.input_modes |= InputModes::ICRNL;
                tcsetattr(io::stdin(), OptionalActions::Now, &modes).ok();
            }
        }
        let terminal = Terminal { before, edited: lines.is_some() };
        let editor = Self { lines, colour, returned: false, suspended: Arc::default() };
        (editor, Screen::new(printer, colour), terminal)
    }

    /// Whether a line is edited, and so has a prompt.
    pub fn is_editing(&self) -> bool {
        self.lines.is_some()
    }

    /// From here on Ctrl-Z stops nothing by itself, and is told as [`NoLine::Suspended`].
    pub fn tells_of_suspension(&mut self) {
        if let Some(lines) = &mut self.lines {
            let pressed = EventHandler::Conditional(Box::new(Suspension(self.suspended.clone())));
            lines.bind_sequence(Event::from(KeyEvent::ctrl('Z')), pressed);
        }
    }

    /// Waits for a line, without its end. Carriage return and newline both end one.
    ///
    /// # Errors
    /// When there is none: why.
    pub fn line(&mut self, prompt: &str) -> Result<String, NoLine> {
        let Some(lines) = &mut self.lines else { return self.plain_line(prompt) };
        let line = if self.colour {
            lines.readline(&(prompt, format!("\x1b[1m{prompt}\x1b[0m")))
        } else {
            lines.readline(prompt)
        };
        line.map_err(|why| match why {
            ReadlineError::Interrupted if self.suspended.swap(false, Ordering::Relaxed) => {
                NoLine::Suspended
            }
            ReadlineError::Interrupted => NoLine::Interrupted,
            ReadlineError::Eof => NoLine::End,
            ReadlineError::Io(why) => NoLine::Broken(why),
            ReadlineError::Errno(why) => NoLine::Broken(why.into()),
            why => NoLine::Broken(io::Error::other(why)),
        })
    }

    /// Offers a line again when somebody looks back.
    pub fn remember(&mut self, line: &str) {
        if let Some(lines) = &mut self.lines {
            lines.add_history_entry(line).ok();
        }
    }

    fn plain_line(&mut self, prompt: &str) -> Result<String, NoLine> {
        if !prompt.is_empty() {
            let mut out = io::stdout().lock();
            out.write_all(prompt.as_bytes()).and_then(|()| out.flush()).map_err(NoLine::Broken)?;
        }
        let mut input = io::stdin().lock();
        plain_line(&mut input, &mut self.returned).map_err(NoLine::Broken)?.ok_or(NoLine::End)
    }
}

/// Reads up to a carriage return or a newline; both together are one. `None`: the end.
fn plain_line(input: &mut impl BufRead, returned: &mut bool) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    loop {
        let bytes = match input.fill_buf() {
            Err(why) if why.kind() == io::ErrorKind::Interrupted => continue,
            bytes => bytes?,
        };
        if bytes.is_empty() && line.is_empty() {
            return Ok(None);
        }
        if *returned && bytes.first() == Some(&b'\n') {
            *returned = false;
            input.consume(1);
            continue;
        }
        *returned = false;
        let end = bytes.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
        let count = end.unwrap_or(bytes.len()).min(LONGEST - line.len());
        line.extend_from_slice(&bytes[..count]);
        let ended = end == Some(count);
        let last = bytes.is_empty() || line.len() == LONGEST;
        *returned = ended && bytes[count] == b'\r';
        input.consume(count + usize::from(ended));
        if ended || last {
            return Ok(Some(String::from_utf8_lossy(&line).into_owned()));
        }
    }
}

/// An editor that others can print above, where the terminal can have one.
fn editor(complete: Complete) -> Option<(rustyline::Editor<Completion, MemHistory>, Printer)> {
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return None;
    }
    let config = Config::builder().completion_type(CompletionType::List).build();
    let mut editor = rustyline::Editor::with_history(config, MemHistory::new()).ok()?;
    // It fails where the terminal is too dumb to be edited on.
    let printer = editor.create_external_printer().ok()?;
    editor.set_helper(Some(Completion(complete)));
    Some((editor, Box::new(printer)))
}

/// Notes that Ctrl-Z was pressed, and ends the line.
struct Suspension(Arc<AtomicBool>);

impl ConditionalEventHandler for Suspension {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, _: &EventContext<'_>) -> Option<Cmd> {
        self.0.store(true, Ordering::Relaxed);
        Some(Cmd::Interrupt)
    }
}

struct Completion(Complete);

impl Completer for Completion {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        at: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        Ok(self.0(&line[..at]))
    }
}

impl Hinter for Completion {
    type Hint = String;
}

impl Highlighter for Completion {}

impl Validator for Completion {}

impl Helper for Completion {}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(input: &[u8], expected: &[&str]) {
        let (mut input, mut returned) = (io::BufReader::with_capacity(3, input), false);
        let next = || plain_line(&mut input, &mut returned).expect("memory can be read");
        assert_eq!(std::iter::from_fn(next).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_line_ends_with_a_return_a_newline_or_both() {
        check(b"uno\ndos\rtres\r\ncuatro", &["uno", "dos", "tres", "cuatro"]);
        check(b"\n\n", &["", ""]);
        check(b"\r\n\r\n", &["", ""]);
        check(b"", &[]);
    }

    #[test]
    fn a_line_without_end_does_not_fill_the_memory() {
        let long = vec![b'a'; LONGEST + 1];
        check(&long, &[&"a".repeat(LONGEST), "a"]);
    }
}
