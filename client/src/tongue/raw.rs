//! Any server, as the original clients took it: what is typed is sent, what arrives is shown.
//! Over a stream, without a line end; over UDP, one datagram a line, the first one a client code.

use posada_wire::Verb;

use super::{Step, Tone, Tongue, asks_help, notices, show, slashed};

pub(super) struct Raw {
    /// What a new socket says first, over UDP.
    code: Option<String>,
    datagrams: bool,
    /// The words with which one leaves, which are sent too.
    exits: [&'static str; 2],
}

const HELP: &str = "\
what you type is sent as it is; salir, sair or /quit leaves, and so does Ctrl-D";

impl Raw {
    pub(super) fn stream() -> Self {
        Self { code: None, datagrams: false, exits: ["salir", "sair"] }
    }

    pub(super) fn datagrams(code: Option<String>) -> Self {
        Self { code, ..Self { datagrams: true, ..Self::stream() } }
    }
}

impl Tongue for Raw {
    fn opens(&mut self, _checked: bool) -> Vec<Step> {
        self.code.iter().map(|code| Step::Send(code.clone().into_bytes())).collect()
    }

    fn typed(&mut self, line: &str) -> Vec<Step> {
        if let Some((word, "")) = slashed(line) {
            if asks_help(word) {
                return notices(HELP);
            }
            if Verb::parse(word) == Some(Verb::Quit) {
                return self.leaves();
            }
        }
        if self.datagrams && self.code.is_none() {
            self.code = Some(line.to_owned());
        }
        if line.is_empty() {
            return vec![];
        }
        let send = Step::Send(line.as_bytes().to_vec());
        let leaving = self.exits.iter().any(|exit| line.trim().eq_ignore_ascii_case(exit));
        if leaving { vec![send, Step::Leave] } else { vec![send] }
    }

    fn arrived(&mut self, line: &str) -> Vec<Step> {
        vec![show(Tone::Plain, line)]
    }

    fn leaves(&mut self) -> Vec<Step> {
        vec![Step::Leave]
    }

    fn lost(&mut self) -> Vec<Step> {
        vec![Step::Over]
    }

    fn waits_for_line_ends(&self) -> bool {
        false
    }
}
