//! The two clocks that an entry carries.

/// When an entry was stamped, by the wall and since the log's first start.
///
/// Calendars will run on the wall clock, leases on uptime, which only counts while a server runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Time {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub wall_ms: u64,
    /// Milliseconds that servers of this log have been up, all starts together.
    pub uptime_ms: u64,
}

impl Time {
    /// A point in time, both in milliseconds.
    pub const fn new(wall_ms: u64, uptime_ms: u64) -> Self {
        Self { wall_ms, uptime_ms }
    }

    /// This time, or `earlier` where a clock went back: time in the log never does.
    #[must_use]
    pub fn not_before(self, earlier: Self) -> Self {
        Self {
            wall_ms: self.wall_ms.max(earlier.wall_ms),
            uptime_ms: self.uptime_ms.max(earlier.uptime_ms),
        }
    }
}
