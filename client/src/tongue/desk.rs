//! Seed 4: commands about resources, each answered once. `/verbs` in any language become its own.

use posada_wire::Verb;

use super::{Step, Tone, Tongue, asks_help, notices, send_line, show, slashed};
use crate::known::{SharedKnown, learn};

pub(super) struct Desk {
    known: SharedKnown,
    /// Whether what arrives are the lines of a list.
    listing: bool,
}

const HELP: &str = "\
LISTAR                what is free                    also /list
RESERVAR recurso      take it                         also /reserve
CANCELAR recurso      give it back                    also /cancel
SALIR                 leave                           also /quit, Ctrl-D
Tab completes commands and the resources that were listed";

impl Desk {
    pub(super) fn new(known: SharedKnown) -> Self {
        known.with(|known| {
            known.verbs = vec!["LISTAR", "RESERVAR", "CANCELAR", "AYUDA", "SALIR"];
            known.verbs.extend(["/list", "/reserve", "/cancel", "/help", "/quit"]);
        });
        Self { known, listing: false }
    }
}

impl Tongue for Desk {
    fn opens(&mut self, _checked: bool) -> Vec<Step> {
        vec![]
    }

    fn typed(&mut self, line: &str) -> Vec<Step> {
        self.listing = false;
        if line.trim().is_empty() {
            return vec![];
        }
        let Some((word, rest)) = slashed(line) else {
            let leaving = Verb::parse(line.trim()) == Some(Verb::Quit);
            return if leaving { self.leaves() } else { vec![send_line(line)] };
        };
        match Verb::parse(word) {
            _ if asks_help(word) => notices(HELP),
            Some(Verb::List) => vec![send_line("LISTAR")],
            Some(Verb::Reserve) => vec![send_line(&format!("RESERVAR {rest}"))],
            Some(Verb::Cancel) => vec![send_line(&format!("CANCELAR {rest}"))],
            Some(Verb::Quit) => self.leaves(),
            _ => vec![show(Tone::Refused, format!("there is no /{word} here (try /help)"))],
        }
    }

    fn arrived(&mut self, line: &str) -> Vec<Step> {
        let starts = |beginnings: &[&str]| beginnings.iter().any(|start| line.starts_with(start));
        if starts(&["Recursos disponibles:"]) {
            self.listing = true;
            return vec![show(Tone::Plain, line)];
        }
        if starts(&["Reserva exitosa:", "Reserva cancelada:", "Hasta luego."]) {
            self.listing = false;
            return vec![show(Tone::Done, line)];
        }
        if starts(&["Recurso no disponible", "No hay una reserva", "Error:", "El servidor se"]) {
            self.listing = false;
            return vec![show(Tone::Refused, line)];
        }
        if self.listing {
            self.known.with(|known| learn(&mut known.resources, line));
        }
        vec![show(Tone::Plain, line)]
    }

    fn leaves(&mut self) -> Vec<Step> {
        vec![send_line("SALIR"), Step::Leave]
    }

    fn lost(&mut self) -> Vec<Step> {
        self.listing = false;
        vec![]
    }

    fn waits_for_line_ends(&self) -> bool {
        false
    }
}
