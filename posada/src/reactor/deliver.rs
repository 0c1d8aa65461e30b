//! Delivering: what came of it all goes into the outboxes and the rings.

use posada_core::{Event, Feed, Goodbye, Output, Seq, SessionNumber};
use posada_wire::{Dialogue, goodbye_code};
use tracing::{info, warn};

use super::Reactor;
use super::connection::{Connection, Stage};
use super::outbox::{OUTBOX_BYTES, Outbox};
use super::post::POSTAL;
use crate::failpoint::{self, reach};
use crate::figures::Figures;

impl Reactor {
    /// Hands out everything that the engine has brought about.
    pub(super) fn deliver(&mut self) {
        loop {
            let mut effects = self.engine.effects();
            if effects.is_empty() {
                return self.engine.recycle(effects);
            }
            for effect in effects.drain(..) {
                reach(failpoint::DELIVER);
                self.handle(effect);
            }
            self.engine.recycle(effects);
        }
    }

    fn handle(&mut self, effect: Output) {
        match effect {
            Output::Reply { session, answer } if session.0 & POSTAL != 0 => {
                self.post.reply(session, &answer, &mut self.engine);
            }
            Output::Close { session, reason } if session.0 & POSTAL != 0 => {
                self.post.close(session, reason, &mut self.engine);
            }
            Output::Reply { session, answer } => {
                self.tell(session, |dialogue, out| dialogue.reply(&answer, out));
            }
            Output::Published { feed, seq, sender, event } => {
                self.publish(&feed, seq, sender, &event);
            }
            Output::Direct { session, seq, event } => self.tell_unasked(session, seq, &event),
            Output::Follow { session, feed } => self.follow(session, feed),
            Output::Unfollow { session, feed } => self.unfollow(session, &feed),
            Output::Noted { text, .. } => {
                if let Some(notes) = &mut self.notes {
                    notes.show(&text);
                }
            }
            Output::Close { session, reason } => {
                if let Some(slot) = self.slot(session) {
                    self.say_goodbye(slot, reason);
                }
            }
            Output::Wake(when) => self.wake = when,
            Output::Append(_) => unreachable!("the engine keeps what goes to the log"),
        }
    }

    fn tell(&mut self, session: SessionNumber, spell: impl FnOnce(&mut Dialogue, &mut Vec<u8>)) {
        let Some(slot) = self.slot(session) else { return };
        let connection = &mut self.connections[slot];
        if !matches!(connection.stage, Stage::Open | Stage::Ended) {
            return;
        }
        connection.tell(self.feeds.now(), spell);
        self.mark_dirty(slot);
    }

    /// Tells one client of something that it did not ask for just then.
    fn tell_unasked(&mut self, session: SessionNumber, seq: Seq, event: &Event) {
        let Some(slot) = self.listening(session) else { return };
        self.make_room(slot, |outbox| outbox.owed() > OUTBOX_BYTES);
        self.tell(session, |dialogue, out| dialogue.direct(seq, event, out));
    }

    /// Lets a client take what it is owed before it is cut for not taking it.
    fn make_room(&mut self, slot: usize, is_full: impl Fn(&Outbox) -> bool) {
        let full = |it: &Self| it.connections.get(slot).is_some_and(|found| is_full(&found.outbox));
        if full(self) {
            self.flush();
        }
        if full(self) {
            self.say_goodbye(slot, Goodbye::Slow);
        }
    }

    fn publish(
        &mut self,
        feed: &Feed,
        seq: Option<Seq>,
        sender: Option<SessionNumber>,
        event: &Event,
    ) {
        let tick = self.feeds.publish(feed, seq, event);
        if let Some(slot) = sender.and_then(|sender| self.slot(sender)) {
            let Connection { dialogue, outbox, .. } = &mut self.connections[slot];
            self.feeds.skip(tick, feed, dialogue.dialect(), outbox);
        }
        if self.feeds.is_pressing() {
            self.flush();
        }
    }

    fn follow(&mut self, session: SessionNumber, feed: Feed) {
        let Some(slot) = self.listening(session) else { return };
        self.make_room(slot, Outbox::is_full);
        if let Some(connection) = self.connections.get_mut(slot)
            && connection.is_open()
        {
            let Connection { dialogue, outbox, .. } = connection;
            self.feeds.follow(feed, dialogue.dialect(), slot, outbox);
        }
    }

    fn unfollow(&mut self, session: SessionNumber, feed: &Feed) {
        let Some(slot) = self.slot(session) else { return };
        let Connection { dialogue, outbox, .. } = &mut self.connections[slot];
        self.feeds.unfollow(feed, dialogue.dialect(), slot, outbox);
    }

    /// Where the connection is of a client that may be told what it did not ask for. Those who
    /// send datagrams have none, and at the desk every line is the answer to another.
    fn listening(&self, session: SessionNumber) -> Option<usize> {
        self.slot(session).filter(|slot| self.connections[*slot].dialogue.is_told_unasked())
    }

    /// Tells a client why it is closed, after all that it is owed, and closes it.
    pub(super) fn say_goodbye(&mut self, slot: usize, reason: Goodbye) {
        if !matches!(self.connections[slot].stage, Stage::Open | Stage::Ended) {
            return;
        }
        let (peer, listener) = (self.connections[slot].peer, self.connections[slot].listener);
        match reason {
            Goodbye::Left | Goodbye::Closing => info!(%peer, listener, "left"),
            Goodbye::Slow => {
                Figures::count(&self.engine.figures().slow);
                warn!(%peer, listener, "slow: cut off, it did not read");
            }
            reason => info!(%peer, listener, reason = goodbye_code(reason), "sent away"),
        }
        self.engine.dismissed(self.connections[slot].session, reason);
        self.dismiss(slot, Stage::Closing);
        if reason != Goodbye::Slow {
            self.give(slot, super::hear::STALLED_MS);
        }
        let connection = &mut self.connections[slot];
        connection.tell(self.feeds.now(), |dialogue, out| dialogue.goodbye(reason, out));
        self.mark_dirty(slot);
    }
}
