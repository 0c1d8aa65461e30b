//! What the person types, line by line, passed on to the session.

use std::borrow::Cow;
use std::io;
use std::sync::mpsc::Sender;

use crate::editor::{Editor, NoLine, Terminal};
use crate::known::SharedKnown;
use crate::screen::Screen;
use crate::session::Event;

/// Whoever types.
pub(crate) struct Input {
    editor: Editor,
    known: SharedKnown,
}

impl Input {
    /// Takes the terminal.
    pub(crate) fn open(known: SharedKnown) -> (Self, Screen, Terminal) {
        let words = known.clone();
        let (editor, screen, terminal) =
            Editor::open(Box::new(move |line| completed(&words, line)));
        (Self { editor, known }, screen, terminal)
    }

    /// Asks for one thing. `None`: the person would rather leave.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub(crate) fn ask(&mut self, question: &str) -> io::Result<Option<String>> {
        match self.editor.line(question) {
            Ok(line) => Ok(Some(line.trim().to_owned())),
            Err(NoLine::Broken(why)) => Err(why),
            Err(_) => Ok(None),
        }
    }

    /// Reads what is typed until its end, and passes it on.
    pub(crate) fn run(mut self, events: &Sender<Event>) {
        loop {
            let me = self.known.with(|known| known.me.clone()).unwrap_or_default();
            let editing = self.editor.is_editing();
            let prompt = if editing { format!("{me}> ") } else { String::new() };
            let Ok(line) = self.editor.line(&prompt) else { break };
            if !line.contains(posada_wire::secret::PREFIX) {
                self.editor.remember(&line);
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
}

/// Completes verbs, names, rooms and resources.
fn completed(known: &SharedKnown, line: &str) -> (usize, Vec<String>) {
    let (start, candidates) = known.with(|known| known.complete(line));
    // Names come from the network: what is put into the line must be as clean as what is shown.
    let clean = |candidate: String| match crate::screen::clean(&candidate) {
        Cow::Borrowed(_) => Some(candidate),
        Cow::Owned(_) => None,
    };
    (start, candidates.into_iter().filter_map(clean).collect())
}
