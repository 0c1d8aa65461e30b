//! A log whose beginning is in snapshots: written while the server serves, and everything is there
//! when it starts again.

mod support;

#[path = "snapshots/commands.rs"]
mod commands;
#[cfg(debug_assertions)]
#[path = "snapshots/kills.rs"]
mod kills;
#[path = "snapshots/life.rs"]
mod life;
#[path = "snapshots/starts.rs"]
mod starts;
