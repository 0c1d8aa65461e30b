//! A state in pieces: everything that it holds, one fact after the other, so that it can be written
//! down without a copy of it.
//!
//! [`State::facts`] takes a state apart, [`Restored`](super::Restored) puts one together. Between
//! them nothing is lost that `apply` reads, whether the digest covers it or not. What follows from
//! other facts (who is named how, who holds how many, what waits) is none of its own. How facts
//! are spelled is posada-wire's to say.

use core::iter;

use super::State;
use super::history::Kept;
use super::outcome::Outcome;
use super::people::Principal;
use super::resources::Reservation;
use super::rooms::Room;
use crate::{Barred, Digest, Event, Key, Label, PrincipalId, RoomId, Seq, SessionId, Text, Time};

/// One thing that a state holds. They come in the order in which they stand here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// What there is one of: how far the log was read, and what holds for all rooms. Always first.
    Head {
        /// See [`State::rules`].
        rules: u32,
        /// See [`State::seq`].
        seq: Seq,
        /// See [`State::time`].
        time: Time,
        /// See [`State::trail`].
        trail: u64,
        /// See [`State::checkpoint`].
        checkpoint: (Seq, u64),
        /// Bytes of history that each room keeps.
        history_bytes: u32,
        /// The last event of any room that was forgotten.
        forgotten: Seq,
    },
    /// How often a node has started.
    Node {
        /// Which node.
        node: u16,
        /// Its last start.
        epoch: u32,
    },
    /// A room.
    Room {
        /// Which one.
        id: RoomId,
        /// Its name.
        name: Label,
        /// What it is about, and who said so.
        topic: Option<(Text, Text)>,
        /// The last entry that had to do with it.
        last: Seq,
        /// See [`super::history::History::cut`].
        cut: Seq,
    },
    /// A principal.
    Principal {
        /// Which one.
        id: PrincipalId,
        /// Its name.
        name: Label,
        /// The digest of its resume secret.
        secret: Option<Digest>,
        /// Its session and the entry that brought it.
        online: Option<(SessionId, Seq)>,
        /// The entry since which it is away.
        away: Option<Seq>,
        /// The last message that it got.
        delivered: Seq,
        /// The last message that it got before its present session.
        before: Seq,
        /// See [`super::history::History::cut`].
        cut: Seq,
    },
    /// Something was said in the room, or to the principal, that stands before it.
    Said {
        /// Which entry it is.
        seq: Seq,
        /// Who said it; `None`: the operator.
        from: Option<Text>,
        /// What.
        text: Text,
    },
    /// Somebody said what the room is about that stands before it.
    Topic {
        /// Which entry it is.
        seq: Seq,
        /// Who said it.
        from: Text,
        /// What it is about; empty: nothing any more.
        text: Text,
    },
    /// The principal that stands before it is in a room; the one that it joined last at the end.
    Member {
        /// Which room.
        room: RoomId,
        /// The entry that brought it there.
        since: Seq,
    },
    /// The principal that stands before it has used keys.
    Keys {
        /// The greatest that was dropped.
        floor: Key,
    },
    /// A key of that principal is remembered.
    Answered {
        /// Which one.
        key: Key,
        /// A fingerprint of what was asked.
        body: u128,
        /// The entry that did it.
        seq: Seq,
        /// What it came to.
        outcome: Outcome,
    },
    /// A session that is not over, and whose principal is no longer in it.
    Replaced {
        /// Which one.
        session: SessionId,
    },
    /// A resource, in the order in which they were declared.
    Resource {
        /// Its name.
        name: Label,
        /// Who has it.
        held: Option<Reservation>,
    },
    /// Somebody is shut out.
    Ban {
        /// Who.
        who: Barred,
        /// Until when, in milliseconds of uptime.
        until_ms: u64,
    },
}

impl State {
    /// Everything that the state holds, in a fixed order: of two equal states it is the same.
    pub fn facts(&self) -> impl Iterator<Item = Fact> {
        let nodes = self.nodes.iter().map(|(&node, &epoch)| Fact::Node { node, epoch });
        let rooms = self.rooms.iter().flat_map(|(id, room)| of_room(id, room));
        let people = self.people.principals();
        let people = people.flat_map(|(id, principal)| self.of_principal(id, principal));
        let replaced = self.people.replaced().map(|session| Fact::Replaced { session });
        let resources = self.resources.iter();
        let resources = resources.map(|it| Fact::Resource { name: it.name.clone(), held: it.held });
        let bans = self.bans.iter();
        let bans = bans.map(|(who, until_ms)| Fact::Ban { who: who.clone(), until_ms });
        let named = rooms.chain(people).chain(replaced).chain(resources).chain(bans);
        iter::once(self.head()).chain(nodes).chain(named)
    }

    fn head(&self) -> Fact {
        Fact::Head {
            rules: self.rules,
            seq: self.seq,
            time: self.time,
            trail: self.trail,
            checkpoint: self.checkpoint,
            history_bytes: self.rooms.history_bytes(),
            forgotten: self.rooms.forgotten(),
        }
    }

    fn of_principal(&self, id: PrincipalId, principal: &Principal) -> impl Iterator<Item = Fact> {
        let mailbox = &principal.mailbox;
        let first = Fact::Principal {
            id,
            name: principal.name.clone(),
            secret: principal.secret,
            online: principal.online,
            away: principal.away,
            delivered: mailbox.delivered(),
            before: mailbox.before(),
            cut: mailbox.history().cut(),
        };
        let joined = principal.online.map_or(&[][..], |(session, _)| self.rooms.of(session));
        let joined = joined.iter().map(|it| Fact::Member { room: it.room, since: it.since });
        let keys = self.keys.of(id).into_iter().flat_map(|(floor, kept)| {
            let kept = kept.map(|(key, it)| Fact::Answered {
                key,
                body: it.body,
                seq: it.seq,
                outcome: it.outcome.clone(),
            });
            iter::once(Fact::Keys { floor }).chain(kept)
        });
        let said = mailbox.history().iter().map(said);
        iter::once(first).chain(said).chain(joined).chain(keys)
    }
}

fn of_room(id: RoomId, room: &Room) -> impl Iterator<Item = Fact> {
    let (name, topic, last) = (room.name.clone(), room.topic.clone(), room.last());
    let first = Fact::Room { id, name, topic, last, cut: room.history.cut() };
    iter::once(first).chain(room.history.iter().map(said))
}

/// Where it was said is known from what stands before it.
fn said(kept: &Kept) -> Fact {
    let seq = kept.seq;
    match &kept.event {
        Event::Said { from, text, .. } | Event::Direct { from, text } => {
            Fact::Said { seq, from: Some(from.clone()), text: text.clone() }
        }
        Event::Announced { text } | Event::Told { text } => {
            Fact::Said { seq, from: None, text: text.clone() }
        }
        Event::Topic { from, text, .. } => {
            Fact::Topic { seq, from: from.clone(), text: text.clone() }
        }
        _ => unreachable!("what happens to resources, and signals, are in no history"),
    }
}
