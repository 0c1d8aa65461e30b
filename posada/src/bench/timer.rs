//! A timer that wakes a poll within microseconds: the poll's own counts in milliseconds.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::time::Duration;

use mio::unix::SourceFd;
use mio::{Interest, Registry, Token};
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};

/// It rings once, each time that it is armed.
pub(super) struct Timer(OwnedFd);

impl Timer {
    pub(super) fn new() -> io::Result<Self> {
        let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
        Ok(Self(timerfd_create(TimerfdClockId::Monotonic, flags)?))
    }

    pub(super) fn register(&self, registry: &Registry, token: Token) -> io::Result<()> {
        registry.register(&mut SourceFd(&self.0.as_raw_fd()), token, Interest::READABLE)
    }

    /// Rings after that long, which is more than nothing. What was armed before is forgotten.
    pub(super) fn arm(&self, after: Duration) {
        let never = Timespec { tv_sec: 0, tv_nsec: 0 };
        let wait = Timespec::try_from(after).unwrap_or(never);
        let once = Itimerspec { it_interval: never, it_value: wait };
        // Without it the poll's own patience wakes it, only later; the lag would show that.
        let _ = timerfd_settime(&self.0, TimerfdTimerFlags::empty(), &once);
    }
}
