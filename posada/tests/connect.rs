//! `posada connect`, the real binary: through pipes, and on pseudo-terminals of several kinds.

mod support;

#[path = "connect/people.rs"]
mod people;
#[path = "connect/pipes.rs"]
mod pipes;
#[path = "connect/terminals.rs"]
mod terminals;

use support::pty;
