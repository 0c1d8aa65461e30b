//! The core of posada: what the log says, and who may add to it.
//!
//! It does no I/O, reads no clock and draws no random number: everything it knows arrives as an
//! [`Input`], everything it wants done leaves as an [`Output`]. Whoever drives it does this:
//!
//! 1. feed [`Input::Opened`], [`Input::Asked`], [`Input::Closed`] as clients come, ask and go;
//! 2. collect the [`Output::Append`] entries of a turn into one batch, make the batch durable;
//! 3. feed each entry back as [`Input::Appended`], in order; only then do the replies come out.
//!
//! ```
//! use posada_core::{Ask, Command, Core, Input, ListenerId, Output, SessionNumber, Setup, Time};
//!
//! let mut core = Core::new(Setup::default());
//! let mut out = Vec::new();
//! let now = Time::new(1_000, 0);
//! let ana = SessionNumber(1);
//! core.step(now, Input::Opened { session: ana, listener: ListenerId(0) }, &mut out);
//! core.step(now, Input::Asked { session: ana, ask: Ask::Ping, counted: false }, &mut out);
//! assert!(matches!(out.last(), Some(Output::Reply { session, .. }) if *session == ana));
//! ```
//!
//! Two halves, and one rule between them. [`state`] is the fold over the log: durable, the same
//! wherever it is replayed. `session` is admission: volatile, of this node alone. `state` never
//! reads `session`. Deliberately absent: bytes (see posada-wire), disks (posada-log), sockets.
//! Read next: [`Core::step`], then [`state::State::apply`].

#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod core;
mod entry;
mod id;
mod io;
pub mod limits;
mod reading;
mod session;
pub mod state;
mod time;

pub use crate::core::{Core, Setup};
pub use entry::{Command, Digest, Entry, Label, Text};
pub use id::{ListenerId, PrincipalId, RoomId, Seq, SessionId, SessionNumber};
pub use io::{Answer, Ask, Goodbye, HolderView, Input, Output, ResourceView};
pub use session::Admission;
pub use state::Refusal;
pub use time::Time;
