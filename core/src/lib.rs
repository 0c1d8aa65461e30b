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
//! core.step(now, Input::Opened { session: ana, listener: ListenerId(0), peer: None }, &mut out);
//! let ask = Input::Asked { session: ana, ask: Ask::Ping, key: None, counted: false };
//! core.step(now, ask, &mut out);
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

mod answer;
mod ask;
mod core;
mod entry;
mod id;
mod io;
pub mod limits;
mod reading;
mod session;
pub mod state;
mod time;

pub use crate::core::{Core, Founding, Setup};
pub use answer::{Answer, HolderView, Reach, ResourceView, RoomView, SessionView};
pub use ask::{Addressee, Ask, Order, Watched};
pub use entry::{Barred, Command, Digest, Entry, Key, Label, Text, Whom};
pub use id::{ListenerId, PrincipalId, RoomId, Seq, SessionId, SessionNumber};
pub use io::{Event, Feed, Goodbye, Input, Output};
pub use session::{Admission, Budget};
pub use state::Refusal;
pub use time::Time;
