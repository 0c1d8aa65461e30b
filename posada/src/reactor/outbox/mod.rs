//! What one client is still owed: its own replies, and its places in the feeds that it follows.
//!
//! All of it is one stream in the order in which things happened. The feeds' bytes are not
//! copied: the outbox knows how far it has come in each ring, which bytes of its own came when,
//! and which lines the client said itself and does not get. `write` takes the stream to a socket;
//! `plan` puts it together where there is more than one thing in it.

mod plan;
mod unframed;
mod write;

use std::collections::VecDeque;
use std::mem;

pub(super) use self::unframed::{UNFRAMED_BYTES, character_border};
use super::circles::{CircleId, Circles};
use super::ring::{RING_BYTES, Ring, Tick};

/// Bytes that a client may be owed before a direct message to it has it cut. Its replies are
/// bounded by its window: who does not read them is not heard.
pub(super) const OUTBOX_BYTES: usize = 256 << 10;
/// Behind its feeds by more than this, all together, a client is cut: enough is left in each ring
/// to end its last line.
const BEHIND_BYTES: u64 = (RING_BYTES / 2) as u64;
/// Feeds that a client may have to take something from: about a hundred that it follows, and
/// those that it has left without taking all.
const READINGS: usize = 256;
/// Allocated at once for what a client gets alone, until it has it: most turns' replies fit.
const REPLY_BYTES: usize = 1 << 10;

/// What one client is still owed.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    /// Bytes for this client alone.
    own: Vec<u8>,
    /// How much of `own` has gone.
    sent: usize,
    /// Where the stream is more than what the feeds say, in the order of their ticks.
    marks: VecDeque<Mark>,
    readings: Vec<Reading>,
    /// How many of the readings may have something to give; they are the first ones. What a
    /// client follows without hearing from it is not looked at.
    awake: usize,
}

/// What is to be done when the stream has come to a tick.
#[derive(Clone, Copy, Debug)]
struct Mark {
    tick: Tick,
    /// The line of that tick is left out: the client said it itself.
    skip: bool,
    /// So many bytes of `own` follow all that was published until then.
    length: usize,
}

/// A place in a feed.
#[derive(Clone, Copy, Debug)]
struct Reading {
    circle: CircleId,
    /// What comes before has been taken.
    cursor: u64,
    /// How far the client follows; `None`: as long as the feed goes on.
    until: Option<u64>,
}

impl Reading {
    fn end(&self, ring: &Ring) -> u64 {
        self.until.unwrap_or(ring.head())
    }

    fn is_taken(&self, ring: &Ring) -> bool {
        self.cursor >= self.end(ring)
    }
}

impl Outbox {
    /// Whether the client follows a circle.
    pub(super) fn is_following(&self, circle: CircleId) -> bool {
        self.readings.iter().any(|one| one.circle == circle && one.until.is_none())
    }

    /// Whether it reads from so many feeds that it must take something before it follows more.
    pub(super) fn is_full(&self) -> bool {
        self.readings.len() >= READINGS
    }

    /// Follows a circle from the head of its ring on.
    pub(super) fn follow(&mut self, circle: CircleId, ring: &Ring) {
        if self.readings.capacity() == 0 {
            // The lobby, and what everybody gets.
            self.readings.reserve_exact(2);
        }
        self.readings.push(Reading { circle, cursor: ring.head(), until: None });
    }

    /// Looks at a circle again, in which something has been published.
    pub(super) fn wake(&mut self, circle: CircleId) {
        for at in self.awake..self.readings.len() {
            if self.readings[at].circle == circle {
                self.readings.swap(at, self.awake);
                self.awake += 1;
            }
        }
    }

    /// Follows a circle no further than the head of its ring. Says whether it followed it.
    pub(super) fn unfollow(&mut self, circle: CircleId, ring: &Ring) -> bool {
        let mut readings = self.readings.iter_mut();
        let reading = readings.find(|one| one.circle == circle && one.until.is_none());
        reading.is_some_and(|reading| reading.until.replace(ring.head()).is_none())
    }

    /// Follows nothing any further. Names the circles that it followed.
    pub(super) fn unfollow_all(&mut self, circles: &Circles, mut left: impl FnMut(CircleId)) {
        for reading in &mut self.readings {
            if reading.until.is_none() {
                reading.until = Some(circles.ring(reading.circle).head());
                left(reading.circle);
            }
        }
    }

    /// Forgets the circles that it follows no more and of which it has taken all.
    pub(super) fn release_taken(&mut self, mut released: impl FnMut(CircleId)) {
        let done = |one: &Reading| one.until.is_some_and(|until| one.cursor >= until);
        if !self.readings.iter().any(done) {
            return;
        }
        let (mut at, mut awake) = (0, self.awake);
        self.readings.retain(|one| {
            let done = done(one);
            if done {
                released(one.circle);
                awake -= usize::from(at < self.awake);
            }
            at += 1;
            !done
        });
        self.awake = awake;
        if self.readings.capacity() > 8 * self.readings.len() {
            self.readings.shrink_to(2);
        }
    }

    /// Forgets all circles, which it must have left.
    pub(super) fn release_all(&mut self, mut released: impl FnMut(CircleId)) {
        self.awake = 0;
        for reading in mem::take(&mut self.readings) {
            assert!(reading.until.is_some(), "who is released has left");
            released(reading.circle);
        }
    }

    /// Leaves out what has just been published, since the client said it itself.
    pub(super) fn skip(&mut self, tick: Tick) {
        self.mark(Mark { tick, skip: true, length: 0 });
    }

    /// Adds bytes for this client alone, behind all that has been published until now.
    pub(super) fn push(&mut self, now: Tick, write: impl FnOnce(&mut Vec<u8>)) {
        if self.own.capacity() == 0 {
            self.own.reserve(REPLY_BYTES);
        } else if self.sent > OUTBOX_BYTES {
            self.own.drain(..mem::take(&mut self.sent));
        }
        let before = self.own.len();
        write(&mut self.own);
        let length = self.own.len() - before;
        match self.marks.back_mut() {
            _ if length == 0 => {}
            Some(last) if last.tick == now || self.readings.is_empty() => last.length += length,
            _ => self.mark(Mark { tick: now, skip: false, length }),
        }
    }

    fn mark(&mut self, mark: Mark) {
        let last = self.marks.back();
        assert!(last.is_none_or(|last| last.tick < mark.tick), "marks come in their order");
        self.marks.push_back(mark);
    }

    /// How many bytes of its own the client is owed.
    pub(super) fn owed(&self) -> usize {
        self.own.len() - self.sent
    }

    /// Whether the client has everything.
    pub(super) fn is_empty(&self, circles: &Circles) -> bool {
        let taken = |one: &Reading| one.is_taken(circles.ring(one.circle));
        self.owed() == 0 && self.readings.iter().all(taken)
    }

    /// Whether the client has taken all that one circle has for it.
    pub(super) fn has_taken(&self, circle: CircleId, ring: &Ring) -> bool {
        self.readings.iter().all(|one| one.circle != circle || one.is_taken(ring))
    }

    /// Whether the client is so far behind its feeds that it must be cut.
    pub(super) fn is_behind(&self, circles: &Circles) -> bool {
        let behind = |one: &Reading| {
            let ring = circles.ring(one.circle);
            if one.is_taken(ring) { 0 } else { ring.head() - one.cursor }
        };
        self.readings[..self.awake].iter().map(behind).sum::<u64>() > BEHIND_BYTES
    }

    /// Ends what the client gets from its feeds, which must be released next: it gets the rest of
    /// the line that it is in, then what is its own.
    pub(super) fn cut(&mut self, circles: &Circles) {
        let mut own = Vec::new();
        for reading in &self.readings {
            let ring = circles.ring(reading.circle);
            let (first, second) = ring.parts(reading.cursor, ring.end_of_line(reading.cursor));
            assert!(own.is_empty() || first.is_empty(), "a client is in one line at a time");
            own.extend_from_slice(first);
            own.extend_from_slice(second);
        }
        own.extend_from_slice(&self.own[self.sent..]);
        let length = own.len();
        (self.own, self.sent) = (own, 0);
        self.marks.clear();
        self.mark(Mark { tick: Tick::default(), skip: false, length });
    }
}

#[cfg(test)]
mod tests;
