//! The real binary as a process: stopped and let go on, without descriptors, under clocks that
//! jump, beside peers that vanish, trickle, do nothing, or come and go ten thousand times.

mod support;

#[path = "shell/churn.rs"]
mod churn;
#[path = "shell/clocks.rs"]
mod clocks;
#[path = "shell/descriptors.rs"]
mod descriptors;
#[path = "shell/drain.rs"]
mod drain;
#[path = "shell/idle.rs"]
mod idle;
#[path = "shell/stopped.rs"]
mod stopped;
#[path = "shell/trickle.rs"]
mod trickle;
#[path = "shell/vanished.rs"]
mod vanished;
