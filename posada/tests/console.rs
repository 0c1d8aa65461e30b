//! The operator's console of the real binary: on pseudo-terminals of several kinds, in pipes, in
//! the background.

mod support;

#[path = "console/background.rs"]
mod background;
#[path = "console/orders.rs"]
mod orders;
#[path = "console/pipes.rs"]
mod pipes;
#[path = "console/stage.rs"]
mod stage;
#[path = "console/terminals.rs"]
mod terminals;
