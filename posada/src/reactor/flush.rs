//! Flushing: each client that is owed something is written to once.

use std::mem;

use posada_core::Goodbye;

use super::Reactor;
use super::connection::{LINGER_MS, Stage};

impl Reactor {
    /// Writes to everybody who is owed something, what their sockets take.
    pub(super) fn flush(&mut self) {
        let mut due = mem::take(&mut self.dirty);
        for slot in &due {
            if let Some(connection) = self.connections.get_mut(*slot) {
                connection.dirty = false;
            }
        }
        self.lobby.take_due(&mut due);
        for slot in due.drain(..) {
            if self.connections.contains(slot) {
                self.flush_one(slot);
            }
        }
        if self.dirty.is_empty() {
            self.dirty = due;
        }
    }

    pub(super) fn flush_one(&mut self, slot: usize) {
        let connection = &mut self.connections[slot];
        let ring = self.lobby.ring(connection.following);
        if connection.outbox.is_behind(ring) {
            connection.outbox.cut(ring);
            if connection.is_open() {
                self.say_goodbye(slot, Goodbye::Slow);
            }
        }
        let connection = &mut self.connections[slot];
        let ring = self.lobby.ring(connection.following);
        if !connection.blocked && connection.flush(ring).is_err() {
            return self.remove(slot);
        }
        if connection.blocked {
            return;
        }
        match connection.stage {
            Stage::Open if mem::take(&mut connection.paused) => {
                self.set_timer(slot, None);
                self.queue(slot);
            }
            Stage::Closing if connection.outbox.is_empty(ring) => {
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
                if connection.outbox.is_empty(ring) && connection.dialogue.outstanding() == 0 =>
            {
                self.remove(slot);
            }
            _ => {}
        }
    }
}
