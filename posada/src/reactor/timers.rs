//! Timers: what is to be done though nobody says anything, and how long that is not due.

use std::time::Duration;

use posada_core::{Goodbye, Input};

use super::Reactor;

impl Reactor {
    /// How long nothing needs to be done.
    pub(super) fn timeout(&self) -> Option<Duration> {
        let waits = self.ready.is_empty() && self.mail.is_empty() && self.dirty.is_empty();
        if !waits || self.engine.is_due() {
            return Some(Duration::ZERO);
        }
        let first_timer = self.timers.first().map(|(when, _)| *when);
        let later = |when: Option<u64>| when.map(|when| when.max(self.forgiving));
        let (wake, post) = (later(self.wake), later(self.post.deadline()));
        let next = [first_timer, wake, self.accept_again, post, self.overload.deadline()];
        let next = next.into_iter().flatten().min()?;
        Some(Duration::from_millis(next.saturating_sub(self.engine.now().uptime_ms)))
    }

    pub(super) fn expire(&mut self) {
        let now = self.engine.now().uptime_ms;
        let forgiving = now < self.forgiving;
        if !forgiving && self.wake.is_some_and(|wake| now >= wake) {
            self.wake = None;
            self.engine.feed(Input::Tick);
        }
        if self.accept_again.is_some_and(|when| now >= when) {
            self.accept_again = None;
            (0..self.doors.len()).for_each(|door| self.accept(door));
        }
        if !forgiving {
            self.post.expire(&mut self.engine);
        }
        self.see_the_end_of_overload();
        while let Some(&(when, slot)) = self.timers.first()
            && now >= when
        {
            self.timers.pop_first();
            let connection = &mut self.connections[slot];
            connection.timer = None;
            if connection.is_open() && !connection.paused {
                self.hear_silence(slot, now);
            } else if forgiving {
                self.set_timer(slot, Some(self.forgiving));
            } else if connection.is_open() {
                self.say_goodbye(slot, Goodbye::Slow);
            } else {
                self.remove(slot);
            }
        }
    }

    pub(super) fn set_timer(&mut self, slot: usize, when: Option<u64>) {
        let connection = &mut self.connections[slot];
        if connection.timer == when {
            return;
        }
        if let Some(old) = std::mem::replace(&mut connection.timer, when) {
            self.timers.remove(&(old, slot));
        }
        if let Some(when) = when {
            self.timers.insert((when, slot));
        }
    }

    /// How long a connection that is not heard any more has yet.
    pub(super) fn give(&mut self, slot: usize, patience_ms: u64) {
        let until = self.engine.now().uptime_ms + patience_ms;
        self.set_timer(slot, Some(until));
    }
}
