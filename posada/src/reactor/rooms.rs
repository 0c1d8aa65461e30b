//! The lobby as its readers see it: one ring a dialect, and who follows it.

use posada_core::{Seq, Text};
use posada_wire::{Dialect, publish};

use super::ring::{RING_BYTES, Ring};

/// What may be published before everybody must have had a chance to take it: a reader that is
/// not behind at one flush still has its place at the next.
const FLUSH_BYTES: u64 = (RING_BYTES / 4) as u64;

/// One room, in each dialect in which somebody reads it.
#[derive(Default)]
pub(super) struct Lobby {
    circles: [Circle; Dialect::ALL.len()],
    line: Vec<u8>,
}

/// The readers of one dialect.
#[derive(Default)]
struct Circle {
    ring: Ring,
    readers: Vec<usize>,
    flushed: u64,
}

impl Lobby {
    /// The ring that a connection follows, or any where it follows none.
    pub(super) fn ring(&self, dialect: Option<Dialect>) -> &Ring {
        &self.circles[dialect.map_or(0, |dialect| dialect as usize)].ring
    }

    /// Adds a reader.
    pub(super) fn join(&mut self, dialect: Dialect, slot: usize) {
        self.circles[dialect as usize].readers.push(slot);
    }

    /// Removes a reader.
    pub(super) fn leave(&mut self, dialect: Dialect, slot: usize) {
        let readers = &mut self.circles[dialect as usize].readers;
        if let Some(at) = readers.iter().position(|reader| *reader == slot) {
            readers.swap_remove(at);
        }
    }

    /// Spells one message for all readers. Returns where it stands, by dialect.
    pub(super) fn publish(
        &mut self,
        seq: Seq,
        from: &Text,
        said: &Text,
    ) -> [u64; Dialect::ALL.len()] {
        let mut begins = [0; Dialect::ALL.len()];
        for dialect in Dialect::ALL {
            let circle = &mut self.circles[dialect as usize];
            begins[dialect as usize] = circle.ring.head();
            if circle.readers.is_empty() {
                continue;
            }
            self.line.clear();
            publish(dialect, seq, "lobby", from, said, &mut self.line);
            self.line.push(b'\n');
            circle.ring.push(&self.line);
        }
        begins
    }

    /// Whether so much has been published that the readers must be written to now.
    pub(super) fn is_pressing(&self) -> bool {
        self.circles.iter().any(|circle| circle.ring.head() - circle.flushed > FLUSH_BYTES)
    }

    /// The readers who have not been written to since something was published.
    pub(super) fn take_due(&mut self, due: &mut Vec<usize>) {
        for circle in &mut self.circles {
            if circle.ring.head() > circle.flushed {
                circle.flushed = circle.ring.head();
                due.extend_from_slice(&circle.readers);
            }
        }
    }
}
