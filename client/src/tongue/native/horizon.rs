//! How far a client has seen, so that it can ask for what comes behind.

use std::collections::BTreeSet;

/// The last entry behind which nothing was seen. While what was missed is still being told, what
/// arrives by itself is further on, and says nothing of what lies between.
#[derive(Debug, Default)]
pub(super) struct Horizon {
    /// `None`: there was nothing to see yet.
    seen: Option<u64>,
    newest: u64,
    behind: bool,
    /// Of which rooms, or of what was said to it alone, it knows by now that there is a gap.
    gaps: BTreeSet<Option<String>>,
}

impl Horizon {
    /// Where to ask from; `None`: there is nothing to ask for.
    pub(super) fn seen(&self) -> Option<u64> {
        self.seen
    }

    /// Something arrived by itself, or was answered.
    pub(super) fn passes(&mut self, seq: Option<u64>) {
        self.newest = self.newest.max(seq.unwrap_or(0));
        if !self.behind && self.newest > 0 {
            self.seen = Some(self.newest);
        }
    }

    /// What was missed is asked for from the beginning.
    pub(super) fn falls_behind(&mut self) {
        self.behind = true;
        self.gaps.clear();
    }

    /// What was missed is told up to there.
    pub(super) fn advances(&mut self, seq: u64) {
        self.seen = self.seen.max(Some(seq));
    }

    /// All that was missed is told.
    pub(super) fn catches_up(&mut self) {
        self.behind = false;
        self.passes(self.seen);
    }

    /// There is a gap in a room, or in what was said to it alone. Says whether that is news: each
    /// page speaks of its own part of a gap.
    pub(super) fn has_gap(&mut self, room: Option<&str>) -> bool {
        self.gaps.insert(room.map(str::to_owned)) || !self.behind
    }

    /// The connection is gone: what was still to be told is to be asked for again.
    pub(super) fn breaks(&mut self) {
        (self.newest, self.behind) = (self.seen.unwrap_or(0), false);
    }

    /// Whoever tells knows nothing of this: everything is asked for.
    pub(super) fn forgets(&mut self) {
        *self = Self { seen: Some(0), ..Self::default() };
    }
}
