//! Bytes and what they mean: the only place that knows how anything is spelled.
//!
//! Inwards, a [`Framer`] cuts what a socket brought into messages, and a [`Dialogue`] reads each
//! as an [`Ask`](posada_core::Ask) in its profile's grammar. Outwards, the dialogue spells
//! answers, and [`publish`] spells an event once per [`Dialect`], for all who read it.
//! [`record`] spells entries for the log, [`snapshot`] the state that they came to. [`names`] and
//! [`clean()`] decide what may be a name and what may reach another's terminal.
//!
//! Deliberately absent: sockets, clocks, and any idea of what a command does. Read next:
//! [`Dialogue`], then the profiles in `seed/` (frozen) and `native/`.

mod clean;
mod dialogue;
mod frame;
mod http;
pub mod names;
mod native;
pub mod record;
pub mod secret;
mod seed;
pub mod snapshot;
mod verb;
mod words;

pub use clean::clean;
pub use dialogue::{Dialect, Dialogue, Profile, Read, publish};
pub use frame::{Frame, Framer, Framing};
pub use native::goodbye_code;
pub use verb::Verb;
pub use words::Language;
