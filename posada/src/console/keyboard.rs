//! The thread that reads what the operator types, and knows what it means.

use posada_client::editor::{Editor, NoLine};
use posada_core::Ask;
use rustix::process::{Signal, getpid, kill_process};

use super::order::{self, Typed};
use super::queue::Teller;
use super::{News, foreground};
use crate::clock::wall_ms;

/// What is said goes out under this name.
const PROMPT: &str = "Servidor> ";

/// Takes an order to the core; says whether there still is one.
pub(super) type Pass = Box<dyn Fn(Ask) -> bool + Send>;

pub(super) struct Keyboard {
    pub(super) editor: Editor,
    pub(super) teller: Teller,
    pub(super) pass: Pass,
}

impl Keyboard {
    /// Reads until there is no more input, or the server is to close.
    pub(super) fn run(mut self) {
        self.editor.tells_of_suspension();
        let prompt = if self.editor.is_editing() { PROMPT } else { "" };
        loop {
            foreground::wait();
            match self.editor.line(prompt) {
                Ok(line) => {
                    if !line.trim().is_empty() {
                        self.editor.remember(&line);
                    }
                    // What is pasted may have several lines; none must hide in another.
                    if !line.split(['\n', '\r']).all(|line| self.typed(line)) {
                        return;
                    }
                }
                Err(NoLine::Suspended) => foreground::stop(),
                Err(NoLine::Interrupted) => return close(),
                Err(NoLine::Broken(_)) if !foreground::is_in_front() => {}
                Err(NoLine::Broken(_) | NoLine::End) => return self.tell(News::NoInput),
            }
        }
    }

    /// Says whether to read on.
    fn typed(&self, line: &str) -> bool {
        match order::read(line) {
            Typed::Nothing => {}
            Typed::Ask(ask) => return (self.pass)(ask),
            Typed::Help => self.tell(News::Help),
            Typed::Mistake(mistake) => self.tell(News::Mistake(mistake)),
            Typed::Leave => {
                close();
                return false;
            }
        }
        true
    }

    fn tell(&self, news: News) {
        self.teller.tell(wall_ms(), news);
    }
}

/// Closes the server the way that Ctrl-C does where nothing reads the keys.
fn close() {
    if kill_process(getpid(), Signal::INT).is_err() {
        tracing::error!("cannot close by myself: send SIGINT to this process");
    }
}
