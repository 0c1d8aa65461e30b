//! What a session watches, and how often it may be seen typing.

use alloc::collections::BTreeSet;

use crate::limits::{TYPING_MS, WATCHED_EACH};
use crate::{Feed, Refusal, RoomId};

/// What one session watches beside the rooms that it is in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watching {
    feeds: BTreeSet<Feed>,
    /// When it was last seen typing, in uptime milliseconds.
    typed_ms: Option<u64>,
}

impl Watching {
    /// Watches one thing more. Returns what is to be followed, and what no longer is, since it
    /// is a part of that.
    ///
    /// # Errors
    /// When it watches as much as it may.
    pub(crate) fn add(&mut self, feed: Feed) -> Result<(Option<Feed>, BTreeSet<Feed>), Refusal> {
        let covered = matches!(feed, Feed::Resource(_)) && self.feeds.contains(&Feed::Resources);
        if covered || self.feeds.contains(&feed) {
            return Ok((None, BTreeSet::new()));
        }
        let parts = if feed == Feed::Resources { self.take_resources() } else { BTreeSet::new() };
        if self.feeds.len() >= WATCHED_EACH {
            return Err(Refusal::TooManyWatched);
        }
        self.feeds.insert(feed.clone());
        Ok((Some(feed), parts))
    }

    /// Watches something no longer. Returns what is no longer to be followed.
    pub(crate) fn remove(&mut self, feed: &Feed) -> BTreeSet<Feed> {
        let mut gone = BTreeSet::new();
        if *feed == Feed::Resources {
            gone = self.take_resources();
        }
        gone.extend(self.feeds.take(feed));
        gone
    }

    /// It left a room. Says whether it had watched it.
    pub(crate) fn leave(&mut self, room: RoomId) -> bool {
        self.feeds.remove(&Feed::Signals(room))
    }

    fn take_resources(&mut self) -> BTreeSet<Feed> {
        self.feeds.extract_if(.., |feed| matches!(feed, Feed::Resource(_))).collect()
    }

    /// Whether a sign of typing is passed on now, or is one too many.
    pub(crate) fn types(&mut self, now_ms: u64) -> bool {
        let fresh = self.typed_ms.is_none_or(|last| now_ms.saturating_sub(last) >= TYPING_MS);
        if fresh {
            self.typed_ms = Some(now_ms);
        }
        fresh
    }
}
