//! The open loop: when each request is due, whatever happened to those before it.
//!
//! Latency counts from there. A server that stalls, or a generator that does, makes everything
//! wait that was due meanwhile, and all of it is counted: nothing is omitted because it could not
//! be sent in time. Nothing here reads a clock: times are nanoseconds since the start.

const SECOND: u128 = 1_000_000_000;

/// Requests at equal distances.
#[derive(Clone, Debug)]
pub(super) struct Schedule {
    per_second: u128,
    /// How many were taken.
    taken: u64,
}

impl Schedule {
    pub(super) fn new(per_second: u32) -> Self {
        Self { per_second: u128::from(per_second), taken: 0 }
    }

    /// When the next one is due.
    pub(super) fn next_due(&self) -> u64 {
        self.due_after(0)
    }

    /// When the one is due that comes after so many others.
    pub(super) fn due_after(&self, others: u64) -> u64 {
        let number = u128::from(self.taken) + u128::from(others);
        u64::try_from((number * SECOND).div_ceil(self.per_second)).unwrap_or(u64::MAX)
    }

    /// How many are due and were not taken.
    pub(super) fn backlog(&self, now: u64) -> u64 {
        let due = u128::from(now) * self.per_second / SECOND + 1;
        u64::try_from(due).unwrap_or(u64::MAX).saturating_sub(self.taken)
    }

    /// Takes the next one, if it is due, and says since when.
    pub(super) fn take(&mut self, now: u64) -> Option<u64> {
        let due = self.next_due();
        (due <= now).then(|| {
            self.taken += 1;
            due
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    #[test]
    fn requests_are_due_at_equal_distances() {
        let mut schedule = Schedule::new(1_000);
        assert_eq!(schedule.take(0), Some(0));
        assert_eq!(schedule.take(MS - 1), None);
        assert_eq!(schedule.take(MS), Some(MS));
        assert_eq!(schedule.next_due(), 2 * MS);
    }

    #[test]
    fn what_was_due_during_a_stall_is_due_since_then() {
        let mut schedule = Schedule::new(1_000);
        while schedule.take(5 * MS).is_some() {}
        // The clock stands still for this program, and not for its users.
        let now = 105 * MS;
        assert_eq!((schedule.backlog(now), schedule.due_after(99)), (100, now));
        let since: Vec<_> = std::iter::from_fn(|| schedule.take(now)).collect();
        let expected: Vec<_> = (6..=105).map(|ms| ms * MS).collect();
        assert_eq!(since, expected);
        assert_eq!((schedule.take(now), schedule.backlog(now)), (None, 0));
    }

    #[test]
    fn no_error_adds_up_where_a_distance_is_no_whole_number() {
        let mut schedule = Schedule::new(3);
        let due: Vec<_> = std::iter::from_fn(|| schedule.take(2_000 * MS)).collect();
        assert_eq!(due.len(), 7);
        assert_eq!(due[3], 1_000 * MS);
        assert_eq!(due[6], 2_000 * MS);
        assert_eq!(schedule.backlog(2_000 * MS), 0);
        let third = Schedule { taken: 1, ..Schedule::new(3) };
        assert_eq!((third.backlog(third.next_due() - 1), third.backlog(third.next_due())), (0, 1));
    }
}
