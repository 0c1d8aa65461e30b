//! What the person types: with an editor where the terminal can have one, else line by line.
//!
//! The editor is rustyline. Of three that were tried in ptys, it alone redraws what was typed
//! below what arrives on a terminal of unknown size, and never asks the terminal for its cursor.

use std::borrow::Cow;
use std::io::{self, BufRead, IsTerminal, Write};
use std::sync::mpsc::Sender;

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::MemHistory;
use rustyline::validate::Validator;
use rustyline::{CompletionType, Config, Context, Editor, Helper};

use crate::known::SharedKnown;
use crate::screen::{Printer, Screen, colour};
use crate::session::Event;

/// Whoever types.
pub(crate) struct Input {
    editor: Option<Editor<Completion, MemHistory>>,
    known: SharedKnown,
    colour: bool,
}

/// How the terminal was before an editor took it.
pub(crate) struct Terminal(Option<Termios>);

impl Terminal {
    /// Gives it back as it was, also from under an editor that still waits for a key.
    pub(crate) fn restore(self) {
        if let Some(before) = self.0 {
            tcsetattr(io::stdin(), OptionalActions::Now, &before).ok();
            // The prompt goes, and pasting is as it was.
            let mut out = io::stdout().lock();
            out.write_all(b"\r\x1b[K\x1b[?2004l").and_then(|()| out.flush()).ok();
        }
    }
}

impl Input {
    /// Takes the terminal.
    pub(crate) fn open(known: SharedKnown) -> (Self, Screen, Terminal) {
        let colour = colour();
        let before = tcgetattr(io::stdin()).ok();
        let (editor, printer) = match editor(&known) {
            Some((editor, printer)) => (Some(editor), Some(printer)),
            None => (None, None),
        };
        let terminal = Terminal(before.filter(|_| editor.is_some()));
        (Self { editor, known, colour }, Screen::new(printer, colour), terminal)
    }

    /// Asks for one thing. `None`: the person would rather leave.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub(crate) fn ask(&mut self, question: &str) -> io::Result<Option<String>> {
        match self.line(question) {
            Ok(line) => Ok(Some(line.trim().to_owned())),
            Err(ReadlineError::Io(why)) => Err(why),
            Err(_) => Ok(None),
        }
    }

    /// Reads what is typed until its end, and passes it on.
    pub(crate) fn run(mut self, events: &Sender<Event>) {
        loop {
            let me = self.known.with(|known| known.me.clone()).unwrap_or_default();
            let prompt = if self.editor.is_some() { format!("{me}> ") } else { String::new() };
            let Ok(line) = self.line(&prompt) else { break };
            if let Some(editor) = &mut self.editor
                && !line.contains(posada_wire::secret::PREFIX)
            {
                editor.add_history_entry(line.as_str()).ok();
            }
            // What is pasted may have several lines; none must hide in another.
            for line in line.split(['\n', '\r']) {
                if events.send(Event::Typed(line.to_owned())).is_err() {
                    return;
                }
            }
        }
        events.send(Event::Leave).ok();
    }

    fn line(&mut self, prompt: &str) -> rustyline::Result<String> {
        let Some(editor) = &mut self.editor else { return plain_line(prompt) };
        if self.colour {
            editor.readline(&(prompt, format!("\x1b[1m{prompt}\x1b[0m")))
        } else {
            editor.readline(prompt)
        }
    }
}

/// An editor that others can print above, where the terminal can have one.
fn editor(known: &SharedKnown) -> Option<(Editor<Completion, MemHistory>, Printer)> {
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return None;
    }
    let config = Config::builder().completion_type(CompletionType::List).build();
    let mut editor = Editor::with_history(config, MemHistory::new()).ok()?;
    // It fails where the terminal is too dumb to be edited on.
    let printer = editor.create_external_printer().ok()?;
    editor.set_helper(Some(Completion(known.clone())));
    Some((editor, Box::new(printer)))
}

fn plain_line(prompt: &str) -> rustyline::Result<String> {
    let mut out = io::stdout().lock();
    out.write_all(prompt.as_bytes())?;
    out.flush()?;
    drop(out);
    let mut line = Vec::new();
    if io::stdin().lock().read_until(b'\n', &mut line)? == 0 {
        return Err(ReadlineError::Eof);
    }
    let line = String::from_utf8_lossy(&line).into_owned();
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// Completes verbs, names, rooms and resources.
struct Completion(SharedKnown);

impl Completer for Completion {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        at: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        let (start, candidates) = self.0.with(|known| known.complete(&line[..at]));
        // Names come from the network: what is put into the line must be as clean as what is shown.
        let clean = |candidate: String| match crate::screen::clean(&candidate) {
            Cow::Borrowed(_) => Some(candidate),
            Cow::Owned(_) => None,
        };
        Ok((start, candidates.into_iter().filter_map(clean).collect()))
    }
}

impl Hinter for Completion {
    type Hint = String;
}

impl Highlighter for Completion {}

impl Validator for Completion {}

impl Helper for Completion {}
