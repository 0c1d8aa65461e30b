//! Delivering: what came of it all goes into the outboxes and the rings.

use posada_core::{Goodbye, Output, RoomId, Seq, SessionNumber, Text};
use posada_wire::{Dialogue, goodbye_code};
use tracing::{info, warn};

use super::Reactor;
use super::connection::Stage;
use super::outbox::OUTBOX_BYTES;
use super::post::POSTAL;

impl Reactor {
    /// Hands out everything that the engine has brought about.
    pub(super) fn deliver(&mut self) {
        loop {
            let mut effects = self.engine.effects();
            if effects.is_empty() {
                return self.engine.recycle(effects);
            }
            for effect in effects.drain(..) {
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
            Output::Published { room, seq, sender, from, text } => {
                assert_eq!(room, RoomId::LOBBY, "the lobby is the only room");
                self.publish(seq, sender, &from, &text);
            }
            Output::Direct { session, seq, from, text } => {
                self.make_room(session);
                self.tell(session, |dialogue, out| dialogue.direct(seq, &from, &text, out));
            }
            Output::Joined { session, .. } => self.join(session),
            Output::Close { session, reason } => {
                if let Some(slot) = self.slot(session) {
                    self.say_goodbye(slot, reason);
                }
            }
            Output::Wake(when) => self.wake = when,
            Output::Append(_) => unreachable!("the engine keeps what goes to the log"),
        }
    }

    /// Lets a client take what it is owed before it is cut for not taking it.
    fn make_room(&mut self, session: SessionNumber) {
        let full = |it: &Self| {
            it.slot(session).filter(|slot| it.connections[*slot].outbox.owed() > OUTBOX_BYTES)
        };
        if let Some(slot) = full(self) {
            self.flush_one(slot);
        }
        if let Some(slot) = full(self) {
            self.say_goodbye(slot, Goodbye::Slow);
        }
    }

    fn tell(&mut self, session: SessionNumber, spell: impl FnOnce(&mut Dialogue, &mut Vec<u8>)) {
        let Some(slot) = self.slot(session) else { return };
        let connection = &mut self.connections[slot];
        if !matches!(connection.stage, Stage::Open | Stage::Ended) {
            return;
        }
        connection.tell(self.lobby.ring(connection.following), spell);
        self.mark_dirty(slot);
    }

    fn publish(&mut self, seq: Seq, sender: Option<SessionNumber>, from: &Text, text: &Text) {
        let begins = self.lobby.publish(seq, from, text);
        if let Some(slot) = sender.and_then(|sender| self.slot(sender)) {
            let connection = &mut self.connections[slot];
            if let Some(dialect) = connection.following {
                let end = self.lobby.ring(Some(dialect)).head();
                connection.outbox.skip(begins[dialect as usize], end);
            }
        }
        if self.lobby.is_pressing() {
            self.flush();
        }
    }

    fn join(&mut self, session: SessionNumber) {
        let Some(slot) = self.slot(session) else { return };
        let connection = &mut self.connections[slot];
        if !connection.is_open() {
            return;
        }
        let dialect = connection.dialogue.dialect();
        connection.following = Some(dialect);
        connection.outbox.follow(self.lobby.ring(Some(dialect)));
        self.lobby.join(dialect, slot);
    }

    /// Tells a client why it is closed, after all that it is owed, and closes it.
    pub(super) fn say_goodbye(&mut self, slot: usize, reason: Goodbye) {
        if !matches!(self.connections[slot].stage, Stage::Open | Stage::Ended) {
            return;
        }
        let (peer, listener) = (self.connections[slot].peer, self.connections[slot].listener);
        match reason {
            Goodbye::Left | Goodbye::Closing => info!(%peer, listener, "left"),
            Goodbye::Slow => warn!(%peer, listener, "slow: cut off, it did not read"),
            reason => info!(%peer, listener, reason = goodbye_code(reason), "sent away"),
        }
        self.dismiss(slot, Stage::Closing);
        if reason != Goodbye::Slow {
            self.give(slot, super::hear::STALLED_MS);
        }
        let connection = &mut self.connections[slot];
        let ring = self.lobby.ring(connection.following);
        connection.tell(ring, |dialogue, out| dialogue.goodbye(reason, out));
        self.mark_dirty(slot);
    }
}
