//! How far a client has seen, so that it can ask for what comes behind.

/// The last entry behind which nothing was seen. While what was missed is still being told, what
/// arrives by itself is further on, and says nothing of what lies between.
#[derive(Debug, Default)]
pub(super) struct Horizon {
    seen: u64,
    newest: u64,
    behind: bool,
}

impl Horizon {
    /// Where to ask from.
    pub(super) fn seen(&self) -> u64 {
        self.seen
    }

    /// Something arrived by itself, or was answered.
    pub(super) fn passes(&mut self, seq: Option<u64>) {
        self.newest = self.newest.max(seq.unwrap_or(0));
        if !self.behind {
            self.seen = self.newest;
        }
    }

    /// What was missed is asked for.
    pub(super) fn falls_behind(&mut self) {
        self.behind = true;
    }

    /// What was missed is told up to there.
    pub(super) fn advances(&mut self, seq: u64) {
        self.seen = self.seen.max(seq);
    }

    /// All that was missed is told.
    pub(super) fn catches_up(&mut self) {
        self.behind = false;
        self.passes(Some(self.seen));
    }

    /// The connection is gone: what was still to be told is to be asked for again.
    pub(super) fn breaks(&mut self) {
        *self = Self { seen: self.seen, newest: self.seen, behind: false };
    }

    /// Whoever tells knows nothing of this.
    pub(super) fn forgets(&mut self) {
        *self = Self::default();
    }
}
