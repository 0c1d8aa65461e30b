//! Every place where sessions come in, by its number: the configured listeners, and behind them
//! those that the server opens for itself. The core judges by these numbers, the reactor and the
//! operator's lists call them by name. Read next: `doors`, which opens the sockets.

use posada_core::limits::MESSAGE_BYTES;
use posada_core::{Admission, ListenerId};
use posada_wire::{Framing, Language, Profile};

use crate::config::Config;
use crate::doors::HTTP;
use crate::reactor::Manner;

/// The web's own conversation, and how many of it there may be: one, and those that it gave up.
const OWN: &str = "web";
const OWN_SESSIONS: u32 = 16;
/// What the operator's console is called among the listeners.
pub const CONSOLE: &str = "console";

/// The numbers of the places that stand behind the configured listeners.
#[derive(Clone, Copy, Debug)]
pub struct Places {
    /// Browsers.
    pub http: ListenerId,
    /// What the web asks for itself.
    pub own: ListenerId,
    /// The operator's console.
    pub console: ListenerId,
}

impl Places {
    /// The numbers under this configuration.
    pub fn of(config: &Config) -> Self {
        let first = u16::try_from(config.listeners.len()).expect("the configuration has a few");
        Self { http: ListenerId(first), own: ListenerId(first + 1), console: ListenerId(first + 2) }
    }

    /// How browsers are let in.
    pub fn browsers(self, config: &Config) -> Manner {
        Manner {
            name: HTTP,
            id: self.http,
            profile: Profile::Native,
            language: Language::En,
            framing: Framing::Line,
            characters: config.http.admission.characters,
            message_bytes: 2 * MESSAGE_BYTES,
            own: false,
        }
    }

    /// How the web itself is let in.
    pub fn web(self, config: &Config) -> Manner {
        Manner { name: OWN, id: self.own, own: true, ..self.browsers(config) }
    }
}

/// What each place allows, in the order of their numbers.
pub fn admissions(config: &Config) -> Vec<Admission> {
    let own = Admission { sessions: OWN_SESSIONS, answers_only: true, ..Admission::default() };
    let console = Admission { operator: true, ..Admission::default() };
    let configured = config.listeners.iter().map(|listener| listener.admission);
    configured.chain([config.http.admission, own, console]).collect()
}

/// What each place is called, in the order of their numbers.
pub fn names(config: &Config) -> Vec<&'static str> {
    let configured = config.listeners.iter().map(|listener| listener.name);
    configured.chain([HTTP, OWN, CONSOLE]).collect()
}
