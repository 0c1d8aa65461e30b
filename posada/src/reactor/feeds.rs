//! Feeds: who follows what, and how what is published gets to them.
//!
//! An event is spelled once in each dialect in which somebody follows its feed, whoever they are
//! and however many. A connection's part of this is in its outbox, which is changed here together
//! with the [circles](super::circles), so that the two always agree.

use std::collections::HashMap;

use posada_core::{Event, Feed, Seq};
use posada_wire::{Dialect, publish};

use super::circles::{CircleId, Circles};
use super::outbox::Outbox;
use super::ring::{Ring, Tick};

/// Where each dialect of one feed is, if anybody reads it.
type Dialects = [Option<CircleId>; Dialect::ALL.len()];

/// All feeds that somebody reads.
#[derive(Debug, Default)]
pub(super) struct Feeds {
    circles: Circles,
    by_feed: HashMap<Feed, Dialects>,
    /// The line that is being spelled.
    line: Vec<u8>,
}

impl Feeds {
    /// The rings, for those who read them.
    pub(super) fn circles(&self) -> &Circles {
        &self.circles
    }

    /// When the last publication was: a reply comes behind it and before the next.
    pub(super) fn now(&self) -> Tick {
        self.circles.now()
    }

    /// Gives a connection what is published in a feed from here on. To follow a feed twice is to
    /// follow it.
    pub(super) fn follow(&mut self, feed: Feed, dialect: Dialect, slot: usize, to: &mut Outbox) {
        let Self { circles, by_feed, .. } = self;
        let known = by_feed.get(&feed).and_then(|dialects| dialects[dialect as usize]);
        let id = known.unwrap_or_else(|| {
            let id = circles.make(feed.clone(), dialect);
            by_feed.entry(feed).or_default()[dialect as usize] = Some(id);
            id
        });
        if !to.is_following(id) {
            circles.enter(id, slot);
            to.follow(id, circles.ring(id));
        }
    }

    /// Gives a connection nothing more of a feed than what has been published.
    pub(super) fn unfollow(&mut self, feed: &Feed, dialect: Dialect, slot: usize, to: &mut Outbox) {
        let Some(id) = self.find(feed, dialect) else { return };
        if to.unfollow(id, self.circles.ring(id)) {
            self.circles.leave(id);
            self.release_taken(slot, to);
        }
    }

    /// Gives a connection nothing more of any feed than what has been published.
    pub(super) fn unfollow_all(&mut self, slot: usize, to: &mut Outbox) {
        let mut left = Vec::new();
        to.unfollow_all(&self.circles, |id| left.push(id));
        for id in left {
            self.circles.leave(id);
        }
        self.release_taken(slot, to);
    }

    /// Lets go of the circles that a connection has left and of which it has taken all.
    pub(super) fn release_taken(&mut self, slot: usize, to: &mut Outbox) {
        to.release_taken(|id| self.release(id, slot));
    }

    /// Lets go of all that a connection reads: it gets the rest of a line that it is in.
    pub(super) fn cut(&mut self, slot: usize, to: &mut Outbox) {
        to.cut(&self.circles);
        self.forget(slot, to);
    }

    /// Lets go of all that a connection reads, which is gone.
    pub(super) fn forget(&mut self, slot: usize, to: &mut Outbox) {
        self.unfollow_all(slot, to);
        to.release_all(|id| self.release(id, slot));
    }

    /// Spells an event for all who follow its feed. Whoever said it does not get it back.
    pub(super) fn publish(&mut self, feed: &Feed, seq: Option<Seq>, event: &Event) -> Tick {
        let tick = self.circles.advance();
        let dialects = self.by_feed.get(feed).copied().unwrap_or_default();
        for dialect in Dialect::ALL {
            let Some(id) = dialects[dialect as usize] else { continue };
            if !self.circles.is_followed(id) {
                continue;
            }
            self.line.clear();
            publish(dialect, seq, event, &mut self.line);
            if !self.line.is_empty() {
                self.line.push(b'\n');
                self.circles.push(id, &self.line);
            }
        }
        tick
    }

    /// Keeps from a connection what has just been published, because it said it itself.
    pub(super) fn skip(&self, tick: Tick, feed: &Feed, dialect: Dialect, to: &mut Outbox) {
        if let Some(id) = self.find(feed, dialect)
            && to.is_following(id)
        {
            to.skip(tick);
        }
    }

    /// Whether so much has been published that the readers must be written to now.
    pub(super) fn is_pressing(&self) -> bool {
        self.circles.is_pressing()
    }

    /// Names the connections that have not been written to since something was published, with the
    /// circles in which it was: their outboxes must look at those again.
    pub(super) fn take_due(&mut self, due: impl FnMut(usize, CircleId)) {
        self.circles.take_due(due);
    }

    /// Frees what everybody has taken. `has_taken` says whether a connection has.
    pub(super) fn settle(&mut self, has_taken: impl Fn(usize, CircleId, &Ring) -> bool) {
        self.circles.settle(has_taken);
    }

    fn find(&self, feed: &Feed, dialect: Dialect) -> Option<CircleId> {
        self.by_feed.get(feed).and_then(|dialects| dialects[dialect as usize])
    }

    fn release(&mut self, id: CircleId, slot: usize) {
        let Some((feed, dialect)) = self.circles.release(id, slot) else { return };
        let dialects = self.by_feed.get_mut(&feed).expect("a circle is known by its feed");
        dialects[dialect as usize] = None;
        if dialects.iter().all(Option::is_none) {
            self.by_feed.remove(&feed);
        }
    }
}

#[cfg(test)]
mod tests;
