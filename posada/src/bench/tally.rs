//! What is under way, how long it took, and what was wrong: the figures while they are gathered.
//!
//! Times are nanoseconds since the start. Only what falls into the window between the warm-up and
//! the end is measured; all of it is verified.

use std::collections::VecDeque;

use anyhow::Result;
use hdrhistogram::Histogram;

/// The longest time that a histogram holds: ten minutes.
const LONGEST: u64 = 600_000_000_000;
/// How many wrong answers are told; the others are counted.
const TOLD: usize = 10;
/// How many kinds of refusals are told apart.
const KINDS: usize = 40;

/// The figures of one run.
pub struct Tally {
    /// When each request under way was due, of each connection, oldest first.
    pending: Vec<VecDeque<u64>>,
    under_way: usize,
    /// The measured time: from, up to.
    window: (u64, u64),
    /// By schedule: what counts is when a request was due, not when it was answered.
    scheduled: bool,
    /// From due to done.
    pub latency: Histogram<u64>,
    /// From due to sent: what a schedule's requests wait before they are with the server.
    pub lag: Histogram<u64>,
    /// From due to refused, of what was refused because too much had come.
    pub busy: Histogram<u64>,
    /// Done within the window, or refused for a reason of its own.
    pub measured: u64,
    /// Sent in all.
    pub sent: u64,
    /// Done in all.
    pub done: u64,
    /// Done in all, of those that changed something.
    pub changes: u64,
    /// Never answered, where that can be.
    pub lost: u64,
    /// Answers that refuse, by code.
    pub refusals: Vec<(String, u64)>,
    /// Wrong answers, and missing ones.
    pub wrong: u64,
    /// What the first of them were.
    pub told: Vec<String>,
    /// It makes no sense to go on.
    pub over: bool,
}

impl Tally {
    /// Nothing was asked yet. The window is what is measured: from, up to.
    ///
    /// # Errors
    /// None, as long as the longest time is one that a histogram can hold.
    pub fn new(connections: usize, window: (u64, u64), scheduled: bool) -> Result<Self> {
        Ok(Self {
            pending: vec![VecDeque::new(); connections],
            under_way: 0,
            window,
            scheduled,
            latency: Histogram::new_with_bounds(1, LONGEST, 3)?,
            lag: Histogram::new_with_bounds(1, LONGEST, 3)?,
            busy: Histogram::new_with_bounds(1, LONGEST, 3)?,
            measured: 0,
            sent: 0,
            done: 0,
            changes: 0,
            lost: 0,
            refusals: Vec::new(),
            wrong: 0,
            told: Vec::new(),
            over: false,
        })
    }

    /// How many requests of a connection are under way.
    pub fn outstanding(&self, connection: usize) -> usize {
        self.pending[connection].len()
    }

    /// How many of all are.
    pub fn under_way(&self) -> usize {
        self.under_way
    }

    /// One is sent that was due then.
    pub fn sent(&mut self, connection: usize, due: u64, now: u64) {
        self.pending[connection].push_back(due);
        self.under_way += 1;
        self.sent += 1;
        if self.scheduled && self.within(due) {
            self.lag.saturating_record(now.saturating_sub(due).max(1));
        }
    }

    /// The oldest request of a connection is done.
    pub fn done(&mut self, connection: usize, now: u64) {
        if let Some((waited, counts)) = self.answered(connection, now) {
            self.measured += u64::from(self.within(now));
            if counts {
                self.latency.saturating_record(waited);
            }
        }
    }

    /// The oldest request of a connection is refused, because too much has come: that is no work,
    /// and its time is kept apart.
    pub fn busy(&mut self, connection: usize, now: u64) {
        if let Some((waited, true)) = self.answered(connection, now) {
            self.busy.saturating_record(waited);
        }
    }

    /// How long the oldest request has waited, and whether it counts.
    fn answered(&mut self, connection: usize, now: u64) -> Option<(u64, bool)> {
        let Some(due) = self.pending[connection].pop_front() else {
            self.wrong(|| format!("connection {connection}: an answer that nobody asked for"));
            return None;
        };
        self.under_way -= 1;
        self.done += 1;
        let counts = self.within(if self.scheduled { due } else { now });
        Some((now.saturating_sub(due).max(1), counts))
    }

    /// So many were due about then and could not even be sent: they waited this long, at least.
    pub fn never_sent(&mut self, due: u64, count: u64, now: u64) {
        if self.within(due) {
            self.latency.saturating_record_n(now.saturating_sub(due).max(1), count);
        }
    }

    /// Gives up what has waited since before then, of each connection that has such.
    pub fn give_up(&mut self, before: u64) {
        for pending in &mut self.pending {
            while pending.front().is_some_and(|due| *due < before) {
                pending.pop_front();
                self.under_way -= 1;
                self.lost += 1;
            }
        }
    }

    /// An answer that refuses.
    pub fn refused(&mut self, code: &str) {
        if let Some((_, count)) = self.refusals.iter_mut().find(|(known, _)| known == code) {
            *count += 1;
        } else if self.refusals.len() < KINDS {
            self.refusals.push((code.to_owned(), 1));
        }
    }

    /// An answer, or a missing one, that cannot be.
    pub fn wrong(&mut self, what: impl FnOnce() -> String) {
        self.wrong += 1;
        if self.told.len() < TOLD {
            self.told.push(what());
        }
    }

    /// One after which nothing can be told right from wrong.
    pub fn fatal(&mut self, what: impl FnOnce() -> String) {
        if !self.over {
            self.wrong(what);
        }
        self.over = true;
    }

    /// What was measured ended earlier.
    pub fn ends(&mut self, now: u64) {
        self.window.1 = self.window.1.min(now.max(self.window.0));
    }

    /// How long was measured, in seconds.
    #[expect(clippy::cast_precision_loss, reason = "hours of nanoseconds fit")]
    pub fn seconds(&self) -> f64 {
        (self.window.1 - self.window.0) as f64 / 1e9
    }

    fn within(&self, at: u64) -> bool {
        (self.window.0..self.window.1).contains(&at)
    }
}

#[cfg(test)]
mod tests {
    use super::super::schedule::Schedule;
    use super::*;

    const MS: u64 = 1_000_000;

    /// A server that answers at once, but stands still from 5 ms to 105 ms: of 200 requests, a
    /// hundred waited, and the middle one of those for 50 ms.
    #[test]
    fn a_stall_counts_for_everything_that_was_due_in_it() {
        let mut schedule = Schedule::new(1_000);
        let mut tally = Tally::new(1, (0, 200 * MS), true).expect("bounds are right");
        for now in (0..200).map(|ms| ms * MS).filter(|now| !(6 * MS..105 * MS).contains(now)) {
            while let Some(due) = schedule.take(now) {
                tally.sent(0, due, now);
                tally.done(0, now);
            }
        }
        assert_eq!((tally.latency.len(), tally.measured), (200, 200));
        let about = |quantile: f64| (tally.latency.value_at_quantile(quantile) + MS / 2) / MS;
        assert_eq!((about(0.5), about(0.75), about(0.9), about(1.0)), (0, 49, 79, 99));
    }

    /// The same stall in a closed loop is one long wait among many short ones.
    #[test]
    fn without_a_schedule_only_what_was_sent_can_have_waited() {
        let mut tally = Tally::new(1, (0, 200 * MS), false).expect("bounds are right");
        tally.sent(0, 5 * MS, 5 * MS);
        tally.done(0, 105 * MS);
        assert_eq!(tally.latency.len(), 1);
    }

    #[test]
    fn what_is_told_busy_is_no_work_and_its_time_is_its_own() {
        let mut tally = Tally::new(1, (0, 100), true).expect("bounds are right");
        for (due, is_busy) in [(0, false), (10, true), (20, true), (30, false)] {
            tally.sent(0, due, due);
            if is_busy { tally.busy(0, due + 2) } else { tally.done(0, due + 7) }
        }
        assert_eq!((tally.done, tally.measured, tally.under_way()), (4, 2, 0));
        assert_eq!((tally.latency.len(), tally.latency.max()), (2, 7));
        assert_eq!((tally.busy.len(), tally.busy.max()), (2, 2));
    }

    #[test]
    fn only_the_window_is_measured_and_everything_is_verified() {
        let mut tally = Tally::new(1, (10, 20), false).expect("bounds are right");
        for now in [5, 15, 25] {
            tally.sent(0, now, now);
            tally.done(0, now);
        }
        tally.done(0, 30);
        assert_eq!((tally.done, tally.measured, tally.wrong), (3, 1, 1));
        assert!(tally.told[0].contains("nobody asked"), "{:?}", tally.told);
    }
}
