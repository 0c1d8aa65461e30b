//! What the server counts of itself while it runs, for whoever measures it.
//!
//! One thread writes, others read, nobody waits: every figure is an atomic of its own, so two of
//! them may be a moment apart. Nothing is decided by them, except that a server that closes says
//! so. Read next: `web/metrics`, which gives them names.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Everything that is counted since the start.
#[derive(Debug, Default)]
pub struct Figures {
    /// Sessions open at each listener, by its index.
    pub sessions: Box<[AtomicU32]>,
    /// Connections that were let in.
    pub accepted: AtomicU64,
    /// Connections that found no place.
    pub refused: AtomicU64,
    /// Requests that clients made.
    pub requests: AtomicU64,
    /// The last entry on disk.
    pub seq: AtomicU64,
    /// Batches that were made durable.
    pub batches: AtomicU64,
    /// Bytes of entries that were made durable.
    pub bytes: AtomicU64,
    /// Clients that were cut because they did not read.
    pub slow: AtomicU64,
    /// Requests that were refused because too many had come.
    pub shed: AtomicU64,
    /// How long each batch took to be durable.
    pub syncs: Durations,
    /// There is no space: changes are refused.
    pub read_only: AtomicBool,
    /// The server has been asked to close.
    pub closing: AtomicBool,
}

impl Figures {
    /// Those of a server with so many listeners.
    pub fn of(listeners: usize) -> Self {
        let sessions = (0..listeners).map(|_| AtomicU32::new(0)).collect();
        Self { sessions, ..Self::default() }
    }

    /// Counts one more. Only one thread writes a figure, so that it needs no lock of the bus.
    pub(crate) fn count(figure: &AtomicU64) {
        figure.store(figure.load(Relaxed) + 1, Relaxed);
    }
}

/// How often something took how long.
#[derive(Debug, Default)]
pub struct Durations {
    counts: [AtomicU64; Self::BOUNDS_US.len() + 1],
    total_us: AtomicU64,
}

impl Durations {
    /// The longest duration of each class but the last, in microseconds.
    const BOUNDS_US: [u64; 15] = [
        100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000,
        1_000_000, 2_500_000, 5_000_000,
    ];

    /// Counts one that took so long.
    pub fn add(&self, took: Duration) {
        let took = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let class = Self::BOUNDS_US.partition_point(|bound| *bound < took);
        Figures::count(&self.counts[class]);
        self.total_us.fetch_add(took, Relaxed);
    }

    /// How many there were in each class, by its longest duration in seconds; not summed up.
    pub fn classes(&self) -> Vec<(f64, u64)> {
        let bounds = Self::BOUNDS_US.map(|bound| Duration::from_micros(bound).as_secs_f64());
        let bounds = bounds.into_iter().chain([f64::MAX]);
        bounds.zip(self.counts.iter().map(|count| count.load(Relaxed))).collect()
    }

    /// How long all of them took together, in seconds.
    pub fn total_seconds(&self) -> f64 {
        Duration::from_micros(self.total_us.load(Relaxed)).as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_counted_in_the_first_class_that_holds_it() {
        let durations = Durations::default();
        for micros in [0, 100, 101, 5_000_000, 5_000_001] {
            durations.add(Duration::from_micros(micros));
        }
        let counts: Vec<_> = durations.classes().into_iter().map(|(_, count)| count).collect();
        assert_eq!(counts, [2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
        assert!((durations.total_seconds() - 10.000_202).abs() < 1e-9);
    }
}
