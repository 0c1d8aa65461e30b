//! At most so many in any second: the times of the last ones, made when first needed.

use alloc::collections::VecDeque;

const SECOND_MS: u64 = 1_000;

#[derive(Clone, Debug, Default)]
pub(super) struct Rate {
    times_ms: VecDeque<u64>,
}

impl Rate {
    /// Counts one more at `now_ms`, unless `limit` were counted within the second before it.
    /// A limit of zero counts nothing.
    pub(super) fn allows(&mut self, limit: u32, now_ms: u64) -> bool {
        if limit == 0 {
            return true;
        }
        if self.times_ms.len() < limit as usize {
            self.times_ms.push_back(now_ms);
            return true;
        }
        let oldest_ms = self.times_ms.front().copied().unwrap_or(0);
        if now_ms.saturating_sub(oldest_ms) < SECOND_MS {
            return false;
        }
        self.times_ms.pop_front();
        self.times_ms.push_back(now_ms);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `times` are the moments of messages, in milliseconds; which of them pass?
    fn check(limit: u32, times: &[u64], passed: &[bool]) {
        let mut rate = Rate::default();
        let found: std::vec::Vec<bool> = times.iter().map(|now| rate.allows(limit, *now)).collect();
        assert_eq!(found, passed);
    }

    #[test]
    fn five_in_a_second_pass_and_the_sixth_does_not() {
        check(5, &[0, 1, 2, 3, 4, 5], &[true, true, true, true, true, false]);
    }

    #[test]
    fn the_second_slides() {
        check(2, &[0, 900, 999, 1000, 1899, 1900], &[true, true, false, true, false, true]);
    }

    #[test]
    fn zero_is_unlimited() {
        check(0, &[0; 4], &[true; 4]);
    }
}
