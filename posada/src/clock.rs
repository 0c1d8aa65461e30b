//! The one place that reads the clocks.

use std::time::{Duration, Instant, SystemTime};

use posada_core::Time;

/// Stamps time: the wall's, and uptime that goes on where the log left it.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    began: Instant,
    uptime_before: Duration,
}

impl Clock {
    /// A clock for a log whose latest time is `last`.
    pub fn after(last: Time) -> Self {
        Self { began: Instant::now(), uptime_before: Duration::from_millis(last.uptime_ms) }
    }

    /// Now, in whole milliseconds.
    pub fn now(&self) -> Time {
        let uptime = self.uptime_before + self.began.elapsed();
        Time::new(wall_ms(), whole_ms(uptime))
    }
}

/// The wall's time alone, for who stamps nothing: milliseconds since 1970.
pub fn wall_ms() -> u64 {
    let wall = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    whole_ms(wall.unwrap_or_default())
}

fn whole_ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
