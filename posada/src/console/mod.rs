//! The operator's console: what happens is shown as it happens, and a typed line is an order.
//!
//! The core knows it as one more session, which is the operator by birth ([`CONSOLE`]). A
//! [`witness`] beside the engine sees what goes in and out and tells it as [`News`]; a bounded
//! queue takes them to a thread that writes, and never holds anybody up: what a terminal does not
//! take is counted and dropped. Another thread reads lines and knows from [`order`] what they
//! mean. What clients send reaches the terminal clean or not at all.
//!
//! Deliberately absent: state (it asks like everybody), and what people tell each other alone.
//! Read next: [`witness`], then [`show`].

mod foreground;
mod keyboard;
mod news;
pub mod order;
pub mod queue;
mod reply;
mod running;
pub mod show;
mod span;
mod traced;
pub mod witness;
pub mod words;
mod writer;

use posada_core::SessionNumber;

pub use news::{News, Who};
pub use reply::{Guest, Reply, Thing};
pub use running::{Console, Manner, Running};
pub use traced::Traced;

/// The console's session. Its bit is in no other session's number.
pub const CONSOLE: SessionNumber = SessionNumber(1 << 62);
