//! Flushing: each client that is owed something is written to once.

use std::mem;

use posada_core::Goodbye;

use super::Reactor;
use super::connection::{LINGER_MS, Stage};
use crate::failpoint::{self, reach};

impl Reactor {
    /// Writes to everybody who is owed something, what their sockets take.
    pub(super) fn flush(&mut self) {
        let mut due = mem::take(&mut self.dirty);
        let connections = &mut self.connections;
        self.feeds.take_due(|slot, circle| {
            let connection = &mut connections[slot];
            connection.outbox.wake(circle);
            if !mem::replace(&mut connection.dirty, true) {
                due.push(slot);
            }
        });
        reach(failpoint::FLUSH);
        for (nth, slot) in due.drain(..).enumerate() {
            if nth > 0 {
                reach(failpoint::BETWEEN);
            }
            if let Some(connection) = self.connections.get_mut(slot) {
                connection.dirty = false;
                self.flush_one(slot);
            }
        }
        reach(failpoint::FLUSHED);
        if self.dirty.is_empty() {
            self.dirty = due;
        }
        let connections = &self.connections;
        self.feeds.settle(|slot, circle, ring| connections[slot].outbox.has_taken(circle, ring));
    }

    fn flush_one(&mut self, slot: usize) {
        let connection = &mut self.connections[slot];
        if connection.outbox.is_behind(self.feeds.circles()) {
            self.feeds.cut(slot, &mut connection.outbox);
            if connection.is_open() {
                self.say_goodbye(slot, Goodbye::Slow);
            }
        }
        let connection = &mut self.connections[slot];
        if !connection.blocked && connection.flush(self.feeds.circles()).is_err() {
            return self.remove(slot);
        }
        self.feeds.release_taken(slot, &mut connection.outbox);
        if connection.blocked {
            return;
        }
        let circles = self.feeds.circles();
        let now = self.engine.now().uptime_ms;
        match connection.stage {
            Stage::Open if connection.paused => {
                connection.listen_again(now, self.overload.now());
                self.set_timer(slot, None);
                self.queue(slot);
            }
            Stage::Closing if connection.outbox.is_empty(circles) => {
                connection.shut_down();
                if connection.ended {
                    self.remove(slot);
                } else {
                    connection.readable = true;
                    self.give(slot, LINGER_MS);
                    self.queue(slot);
                }
            }
            Stage::Ended
                if connection.outbox.is_empty(circles)
                    && connection.dialogue.outstanding() == 0 =>
            {
                self.remove(slot);
            }
            _ => {}
        }
    }
}
