//! Waiting for conditions, never for time.

use std::thread;
use std::time::{Duration, Instant};

/// How long anything may take before a test gives up: generous, for machines under load.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// Asks again and again until `found` finds something.
#[track_caller]
pub(crate) fn until<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(it) = found() {
            return it;
        }
        assert!(Instant::now() < deadline, "waited {PATIENCE:?} in vain until {what}");
        thread::park_timeout(Duration::from_millis(2));
    }
}
