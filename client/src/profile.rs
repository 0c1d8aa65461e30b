//! What the server speaks, and how that can be told from its port.

use posada_wire::{Dialogue, Language};

/// A way to talk to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Profile {
    /// Names, talk and reservations, with /verbs
    Native,
    /// The greeting server: a name, then talk
    Talk,
    /// The reservation server: LISTAR, RESERVAR, CANCELAR
    Desk,
    /// Any server: sends what is typed without a line end, prints what arrives
    Raw,
}

impl Profile {
    const PORTS: [(u16, Self); 4] =
        [(7672, Self::Native), (2010, Self::Talk), (12_345, Self::Desk), (12_000, Self::Raw)];

    /// The port that it usually has.
    pub fn usual_port(self) -> u16 {
        let known = Self::PORTS.iter().find(|(_, profile)| *profile == self);
        known.expect("every profile has a port").0
    }

    /// Which profile usually has a port.
    pub fn of_port(port: u16) -> Option<Self> {
        Self::PORTS.iter().find(|(known, _)| *known == port).map(|(_, profile)| *profile)
    }
}

/// What a talk server says first; it ends without a newline.
pub(crate) fn talk_prompt() -> &'static str {
    Dialogue::new(posada_wire::Profile::Talk, Language::Es, 0).greeting()
}
