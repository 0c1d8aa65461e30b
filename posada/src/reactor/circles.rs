//! Circles: each is one feed in one dialect, as a ring and those who read it.
//!
//! A circle is there while somebody reads it, those included who follow the feed no more and
//! have not taken all of it yet. What it costs to deliver depends on the circles in which
//! something was published, never on how many there are. Which feed is where stands in `feeds`.

use posada_core::Feed;
use posada_wire::Dialect;
use slab::Slab;

use super::ring::{RING_BYTES, Ring, Tick};

/// What may be published before everybody must have had a chance to take it: a reader that is
/// not behind at one flush still has its place at the next.
const FLUSH_BYTES: usize = RING_BYTES / 4;

/// Where a circle is in the table, while it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct CircleId(usize);

/// All circles.
#[derive(Debug, Default)]
pub(super) struct Circles {
    table: Slab<Circle>,
    /// When the last publication was.
    tick: Tick,
    /// Those in which something was published since the last flush.
    touched: Vec<CircleId>,
    /// Bytes published since then.
    fresh: usize,
    /// Those that were touched at the last flush.
    flushed: Vec<CircleId>,
}

/// One feed in one dialect.
#[derive(Debug)]
struct Circle {
    feed: Feed,
    dialect: Dialect,
    ring: Ring,
    /// The connections that read it, each as often as it came and has not been released.
    readers: Vec<usize>,
    /// How many of them follow it no more.
    leaving: usize,
    touched: bool,
}

impl Circles {
    /// Makes a circle, which is dropped when its last reader is released.
    pub(super) fn make(&mut self, feed: Feed, dialect: Dialect) -> CircleId {
        let (ring, readers) = (Ring::default(), Vec::new());
        let circle = Circle { feed, dialect, ring, readers, leaving: 0, touched: false };
        CircleId(self.table.insert(circle))
    }

    /// Adds a reader.
    pub(super) fn enter(&mut self, id: CircleId, slot: usize) {
        self.table[id.0].readers.push(slot);
    }

    /// Notes that one of the readers follows the circle no more.
    pub(super) fn leave(&mut self, id: CircleId) {
        let circle = &mut self.table[id.0];
        circle.leaving += 1;
        assert!(circle.leaving <= circle.readers.len(), "who leaves has been there");
    }

    /// Removes a reader that has left. Returns what the circle was, if that was the last one.
    pub(super) fn release(&mut self, id: CircleId, slot: usize) -> Option<(Feed, Dialect)> {
        let circle = &mut self.table[id.0];
        let at = circle.readers.iter().position(|reader| *reader == slot);
        circle.readers.swap_remove(at.expect("who is released has been there"));
        circle.leaving = circle.leaving.checked_sub(1).expect("who is released has left");
        if !circle.readers.is_empty() {
            return None;
        }
        let Circle { feed, dialect, .. } = self.table.remove(id.0);
        Some((feed, dialect))
    }

    /// What a circle's readers read.
    pub(super) fn ring(&self, id: CircleId) -> &Ring {
        &self.table[id.0].ring
    }

    /// Whether anybody follows a circle, and not only takes what was said before it left.
    pub(super) fn is_followed(&self, id: CircleId) -> bool {
        let circle = &self.table[id.0];
        circle.readers.len() > circle.leaving
    }

    /// When the last publication was.
    pub(super) fn now(&self) -> Tick {
        self.tick
    }

    /// Begins the next publication.
    pub(super) fn advance(&mut self) -> Tick {
        self.tick = self.tick.next();
        self.tick
    }

    /// Adds a line to a circle, as part of the publication that has begun.
    pub(super) fn push(&mut self, id: CircleId, line: &[u8]) {
        let circle = &mut self.table[id.0];
        circle.ring.push(self.tick, line);
        self.fresh += line.len();
        if !std::mem::replace(&mut circle.touched, true) {
            self.touched.push(id);
        }
    }

    /// Whether so much has been published that the readers must be written to now.
    pub(super) fn is_pressing(&self) -> bool {
        self.fresh > FLUSH_BYTES
    }

    /// Names the readers who have not been written to since something was published, with the
    /// circle in which it was.
    pub(super) fn take_due(&mut self, mut due: impl FnMut(usize, CircleId)) {
        self.fresh = 0;
        self.flushed.clear();
        std::mem::swap(&mut self.flushed, &mut self.touched);
        for id in &self.flushed {
            // One that was touched and then dropped may have given its place to another.
            if let Some(circle) = self.table.get_mut(id.0) {
                circle.touched = false;
                circle.readers.iter().for_each(|slot| due(*slot, *id));
            }
        }
    }

    /// Empties the rings of which everybody has taken all. `has_taken` says whether a reader has.
    pub(super) fn settle(&mut self, has_taken: impl Fn(usize, CircleId, &Ring) -> bool) {
        for id in self.flushed.drain(..) {
            if let Some(circle) = self.table.get_mut(id.0)
                && circle.ring.is_filled()
                && circle.readers.iter().all(|slot| has_taken(*slot, id, &circle.ring))
            {
                circle.ring.empty();
            }
        }
    }

    /// How many there are.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.table.len()
    }
}
