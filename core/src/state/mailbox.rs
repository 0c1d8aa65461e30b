//! Direct messages to one principal: those that it got, as many as fit, and those that wait for
//! its return.

use alloc::vec::Vec;

use super::history::{History, Kept};
use super::restored::require;
use super::{Refusal, Unsound};
use crate::limits::MAILBOX_BYTES;
use crate::{Event, Seq};

/// One principal's direct messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mailbox {
    history: History,
    /// The last that has been delivered, and so has everything before it.
    delivered: Seq,
    /// Bytes of what has not.
    waiting_bytes: u64,
    /// The last that was delivered before the present session began.
    before: Seq,
}

impl Mailbox {
    /// Takes a message for one who is online.
    pub(super) fn deliver(&mut self, seq: Seq, event: Event) {
        assert_eq!(self.waiting_bytes, 0, "nothing waits for who is here");
        self.history.push(seq, event, MAILBOX_BYTES);
        self.delivered = seq;
    }

    /// Keeps a message for one who is away. What was delivered gives way to it.
    ///
    /// # Errors
    /// When so much waits already that it does not fit.
    pub(super) fn keep(&mut self, seq: Seq, event: Event) -> Result<(), Refusal> {
        let bytes = Kept { seq, event: event.clone() }.bytes();
        if self.waiting_bytes + bytes > u64::from(MAILBOX_BYTES) {
            return Err(Refusal::MailboxFull);
        }
        self.waiting_bytes += bytes;
        self.history.push(seq, event, MAILBOX_BYTES);
        assert!(self.history.cut() <= self.delivered, "what waits gives way to nothing");
        Ok(())
    }

    /// The principal comes in a new session, at the entry `seq`: takes what waited.
    pub(super) fn open(&mut self, seq: Seq) -> Vec<Kept> {
        self.before = self.delivered;
        let waiting: Vec<_> = self.history.between(self.delivered, seq).cloned().collect();
        if let Some(last) = waiting.last() {
            self.delivered = last.seq;
        }
        self.waiting_bytes = 0;
        waiting
    }

    /// An empty one, in which so much was delivered.
    pub(super) fn restored(delivered: Seq, before: Seq, cut: Seq) -> Result<Self, Unsound> {
        require(before <= delivered, "a message delivered before any was")?;
        require(cut <= delivered, "a message that waited and is forgotten")?;
        let mut history = History::default();
        history.begin_behind(cut);
        Ok(Self { history, delivered, waiting_bytes: 0, before })
    }

    /// Puts back one more message, behind all that are there.
    pub(super) fn restore(&mut self, kept: Kept) -> Result<(), Unsound> {
        if kept.seq > self.delivered {
            self.waiting_bytes += kept.bytes();
        }
        self.history.restore(kept)?;
        require(self.history.bytes() <= u64::from(MAILBOX_BYTES), "too much in a mailbox")
    }

    /// Whether anything waits.
    pub(super) fn waits(&self) -> bool {
        self.waiting_bytes > 0
    }

    /// Everything, oldest first.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// The last message of which an earlier session of the principal may have been told.
    pub fn before(&self) -> Seq {
        self.before
    }

    /// The last message that has been delivered; what follows it waits.
    pub fn delivered(&self) -> Seq {
        self.delivered
    }
}
