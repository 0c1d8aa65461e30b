//! What was said somewhere, as much of the end of it as fits.

use alloc::collections::{VecDeque, vec_deque};

use super::Unsound;
use super::restored::require;
use crate::limits::KEPT_OVERHEAD;
use crate::{Event, Seq};

/// The end of what was said, bounded by bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    kept: VecDeque<Kept>,
    bytes: u64,
    cut: Seq,
}

/// One event that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Which entry it is.
    pub seq: Seq,
    /// What happened.
    pub event: Event,
}

impl Kept {
    /// As it is told again.
    pub(super) fn told(&self) -> (Seq, Event) {
        (self.seq, self.event.clone())
    }

    /// What it counts: its texts, and what keeping it costs.
    pub(super) fn bytes(&self) -> u64 {
        let (from, text) = match &self.event {
            Event::Said { from, text, .. }
            | Event::Direct { from, text }
            | Event::Topic { from, text, .. } => (from.len(), text.len()),
            Event::Announced { text } | Event::Told { text } => (0, text.len()),
            _ => (0, 0),
        };
        (from + text) as u64 + u64::from(KEPT_OVERHEAD)
    }
}

impl History {
    /// Keeps one more event, and of the older ones what fits beside it in `most` bytes.
    pub(super) fn push(&mut self, seq: Seq, event: Event, most: u32) {
        let kept = Kept { seq, event };
        self.bytes += kept.bytes();
        self.kept.push_back(kept);
        self.shrink(most);
    }

    /// Forgets the oldest until the rest fits in `most` bytes.
    pub(super) fn shrink(&mut self, most: u32) {
        while self.bytes > u64::from(most) {
            self.drop_oldest();
        }
    }

    /// Forgets the oldest event.
    pub(super) fn drop_oldest(&mut self) {
        let oldest = self.kept.pop_front().expect("bytes are counted by what is kept");
        self.bytes -= oldest.bytes();
        self.cut = oldest.seq;
    }

    /// Begins anew: nothing is known of what there was up to `seq`.
    pub(super) fn begin_behind(&mut self, seq: Seq) {
        *self = Self { cut: seq, ..Self::default() };
    }

    /// Puts back one more event, behind all that are there.
    pub(super) fn restore(&mut self, kept: Kept) -> Result<(), Unsound> {
        require(kept.seq > self.last(), "a history that goes back")?;
        self.bytes += kept.bytes();
        self.kept.push_back(kept);
        Ok(())
    }

    /// The last event that there ever was; zero: there was none.
    pub(super) fn last(&self) -> Seq {
        self.kept.back().map_or(self.cut, |kept| kept.seq)
    }

    /// The last event that was forgotten; zero: none was.
    pub fn cut(&self) -> Seq {
        self.cut
    }

    /// What is kept, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Kept> {
        self.kept.iter()
    }

    /// How much that counts.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// What is kept behind `after` and up to `until`, oldest first.
    pub(super) fn between(&self, after: Seq, until: Seq) -> vec_deque::Iter<'_, Kept> {
        let from = self.kept.partition_point(|kept| kept.seq <= after);
        let to = self.kept.partition_point(|kept| kept.seq <= until);
        self.kept.range(from..to.max(from))
    }
}
