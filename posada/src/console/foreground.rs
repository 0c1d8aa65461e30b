//! Whose terminal it is: a server in the background neither reads nor changes it, and is not
//! stopped for having wanted to.

use std::io;
use std::thread;
use std::time::Duration;

use nix::sys::signal::{SigSet, Signal};
use rustix::process::{getpgrp, kill_current_process_group};
use rustix::termios::tcgetpgrp;

/// How often a server in the background looks whether it is in front again. Nothing tells it.
const LOOK: Duration = Duration::from_millis(250);
/// How long a stop may take to be one.
const STOPPING: Duration = Duration::from_millis(100);

/// Has this thread, and those that it starts, told of a terminal that is not theirs by an error,
/// instead of being stopped.
pub(super) fn survive() -> io::Result<()> {
    let mut stops = SigSet::empty();
    stops.add(Signal::SIGTTIN);
    stops.add(Signal::SIGTTOU);
    Ok(stops.thread_block()?)
}

/// Whether what is typed is for this process. It is where no shell shares a terminal out.
pub(super) fn is_in_front() -> bool {
    tcgetpgrp(io::stdin()).map_or(true, |front| front == getpgrp())
}

/// Waits until it is.
pub(super) fn wait() {
    while !is_in_front() {
        thread::sleep(LOOK);
    }
}

/// Stops the server with all that was started with it, as Ctrl-Z does; returns when it goes on.
pub(super) fn stop() {
    if kill_current_process_group(rustix::process::Signal::TSTP).is_ok() {
        thread::sleep(STOPPING);
    }
}
