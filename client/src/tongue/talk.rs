//! Seed 2: the server asks for a name, then every line is talk. The name is said again by itself
//! on a connection that was made again.

use posada_wire::Verb;

use super::{Step, Tone, Tongue, asks_help, notices, send_line, show, slashed};
use crate::known::{SharedKnown, learn};
use crate::profile::talk_prompt;

pub(super) struct Talk {
    known: SharedKnown,
    name: Option<String>,
    /// The server waits for a name.
    asked: bool,
}

const HELP: &str = "\
the first line is your name; each later one is said to everybody else
salir or /quit leaves, and so does Ctrl-D; Tab completes the names that were seen";

impl Talk {
    pub(super) fn new(name: Option<String>, known: SharedKnown) -> Self {
        known.with(|known| known.verbs = vec!["/help", "/quit", "salir"]);
        Self { known, name, asked: false }
    }

    fn names(&mut self, name: &str) -> Vec<Step> {
        self.asked = false;
        self.name = Some(name.to_owned());
        self.known.with(|known| known.me = Some(name.to_owned()));
        vec![send_line(name)]
    }

    fn is_asked(&mut self) -> Vec<Step> {
        self.asked = true;
        let mut steps = vec![show(Tone::Plain, talk_prompt())];
        if let Some(name) = self.name.take() {
            steps.extend(self.names(&name));
            steps.push(show(Tone::Notice, format!("you are {name}")));
        }
        steps
    }
}

impl Tongue for Talk {
    fn opens(&mut self, _checked: bool) -> Vec<Step> {
        vec![]
    }

    fn typed(&mut self, line: &str) -> Vec<Step> {
        let line = line.trim();
        if let Some((word, rest)) = slashed(line) {
            if asks_help(word) && rest.is_empty() {
                return notices(HELP);
            }
            if Verb::parse(word) == Some(Verb::Quit) {
                return self.leaves();
            }
        }
        if line.is_empty() {
            return vec![];
        }
        if line.eq_ignore_ascii_case("salir") {
            return self.leaves();
        }
        if self.asked { self.names(line) } else { vec![send_line(line)] }
    }

    fn arrived(&mut self, line: &str) -> Vec<Step> {
        if let Some(rest) = line.strip_prefix(talk_prompt()) {
            let mut steps = self.is_asked();
            if !rest.is_empty() {
                steps.extend(self.arrived(rest));
            }
            return steps;
        }
        if line.starts_with("Error:") {
            // The name that was just said may be what is refused: it must not be said again.
            self.name = None;
            return vec![show(Tone::Refused, line)];
        }
        match line.split_once(": ") {
            _ if line == "Recibido" => {
                self.name = self.known.with(|known| known.me.clone());
                vec![show(Tone::Done, line)]
            }
            Some((from, text)) => {
                self.known.with(|known| learn(&mut known.people, from));
                vec![show(Tone::Said { from: from.to_owned(), direct: false }, text)]
            }
            None => vec![show(Tone::Plain, line)],
        }
    }

    fn leaves(&mut self) -> Vec<Step> {
        vec![send_line("salir"), Step::Leave]
    }

    fn lost(&mut self) -> Vec<Step> {
        self.asked = false;
        vec![]
    }

    fn waits_for_line_ends(&self) -> bool {
        false
    }
}
