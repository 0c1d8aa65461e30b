//! Rooms: who is in them, what they are about, what was said there, and what somebody missed.

use posada_core::state::missed::Missed;
use posada_core::state::{Outcome, Refusal};
use posada_core::{Event, Label, RoomId, Seq, SessionId, Text};

use super::people::bytes;
use super::{Decided, Model};

#[derive(Clone, Debug)]
pub(super) struct Room {
    pub(super) id: RoomId,
    pub(super) name: Label,
    pub(super) topic: Option<(Text, Text)>,
    pub(super) history: Vec<(Seq, Event)>,
    /// The last of its history that is not there any more.
    pub(super) cut: Seq,
    /// The last entry that had to do with it.
    pub(super) last: Seq,
}

/// That a session is in a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Membership {
    pub(super) session: SessionId,
    pub(super) room: RoomId,
    pub(super) since: Seq,
    /// The last time that it said it wanted to be there.
    pub(super) chosen: Seq,
}

impl Room {
    pub(super) fn new(seq: Seq, name: &Label) -> Self {
        let (id, name) = (RoomId(seq), name.clone());
        Self { id, name, topic: None, history: Vec::new(), cut: Seq(0), last: seq }
    }

    pub(super) fn named(&self) -> (RoomId, Text) {
        (self.id, self.name.shown.clone())
    }

    fn shrink(&mut self, most: u32) {
        let counts = |kept: &(Seq, Event)| bytes(&kept.1);
        while self.history.iter().map(counts).sum::<usize>() > most as usize {
            self.cut = self.history.remove(0).0;
        }
    }
}

impl Model {
    pub(super) fn join(&mut self, session: SessionId, name: &Label) -> Decided {
        let from = self.speaker(session)?.name.shown.clone();
        if !self.rooms.iter().any(|room| room.name.key == name.key) {
            self.rooms.push(Room::new(self.seq, name));
        }
        let room = self.find(&name.key)?.id;
        let again = self.memberships_of(session).iter().any(|known| known.room == room);
        self.enter(session, room);
        let here = u32::try_from(self.members(room).len()).expect("few");
        let room = self.room(room);
        let topic = room.topic.as_ref().map(|(text, _)| text.clone());
        Ok(Outcome::Joined { room: room.named(), name: from, here, topic, again })
    }

    /// A session is in a room from here on, if it was not, and it is its current one.
    pub(super) fn enter(&mut self, session: SessionId, room: RoomId) {
        let chosen = self.seq;
        let is_in = |known: &&mut Membership| (known.session, known.room) == (session, room);
        if let Some(known) = self.memberships.iter_mut().find(is_in) {
            known.chosen = chosen;
            return;
        }
        self.memberships.push(Membership { session, room, since: chosen, chosen });
        self.room(room).last = chosen;
    }

    pub(super) fn leave(&mut self, session: SessionId, key: Option<&str>) -> Decided {
        let name = self.speaker(session)?.name.shown.clone();
        let room = self.talks_in(session, key)?;
        self.memberships.retain(|known| (known.session, known.room) != (session, room));
        let seq = self.seq;
        let room = self.room(room);
        room.last = seq;
        Ok(Outcome::Left { room: room.named(), name })
    }

    /// A session leaves all rooms.
    pub(super) fn walk_out(&mut self, session: SessionId) -> Vec<(RoomId, Text)> {
        let seq = self.seq;
        let left = self.memberships_of(session);
        self.memberships.retain(|known| known.session != session);
        let mut leave = |known: &Membership| {
            let room = self.room(known.room);
            room.last = seq;
            room.named()
        };
        left.iter().map(&mut leave).collect()
    }

    pub(super) fn topic(&mut self, session: SessionId, key: Option<&str>, text: &Text) -> Decided {
        let from = self.speaker(session)?.name.shown.clone();
        let room = self.talks_in(session, key)?;
        let (room, name) = self.room(room).named();
        let topic = (!text.is_empty()).then(|| (text.clone(), from.clone()));
        self.room(room).topic = topic;
        let event = Event::Topic { room: name.clone(), from: from.clone(), text: text.clone() };
        self.keep(room, event);
        Ok(Outcome::TopicSet { room: (room, name), from })
    }

    pub(super) fn say(&mut self, session: SessionId, key: Option<&str>, text: &Text) -> Decided {
        let from = self.speaker(session)?.name.shown.clone();
        let room = self.talks_in(session, key)?;
        let addressed = u32::try_from(self.members(room).len() - 1).expect("few");
        let (room, name) = self.room(room).named();
        let event = Event::Said { room: name.clone(), from: from.clone(), text: text.clone() };
        self.keep(room, event);
        Ok(Outcome::Said { room: (room, name), from, addressed })
    }

    /// Puts something at the end of a room's history.
    pub(super) fn keep(&mut self, room: RoomId, event: Event) {
        let (seq, most) = (self.seq, self.history_bytes);
        let rules = self.rules;
        let room = self.room(room);
        room.last = seq;
        if rules > 1 {
            room.history.push((seq, event));
            room.shrink(most);
        }
    }

    pub(super) fn set_history(&mut self, bytes: u32) {
        self.history_bytes = bytes;
        self.rooms.iter_mut().for_each(|room| room.shrink(bytes));
    }

    /// The room in which a session may talk: the one of that key, or its current one.
    fn talks_in(&self, session: SessionId, key: Option<&str>) -> Result<RoomId, Refusal> {
        let wanted = key.map(|key| self.find(key).map(|room| room.id)).transpose()?;
        let mut known = self.memberships_of(session).into_iter().map(|known| known.room).rev();
        known.find(|room| wanted.is_none_or(|wanted| wanted == *room)).ok_or(Refusal::NotInRoom)
    }

    /// Where a session is, its current room last.
    pub(super) fn memberships_of(&self, session: SessionId) -> Vec<Membership> {
        let mine = self.memberships.iter().filter(|known| known.session == session);
        let mut mine: Vec<_> = mine.cloned().collect();
        mine.sort_by_key(|known| known.chosen);
        mine
    }

    /// Who is in a room, the first to arrive first.
    pub(crate) fn members(&self, room: RoomId) -> Vec<SessionId> {
        let here = self.memberships.iter().filter(|known| known.room == room);
        here.map(|known| known.session).collect()
    }

    fn find(&self, key: &str) -> Result<&Room, Refusal> {
        self.rooms.iter().find(|room| &*room.name.key == key).ok_or(Refusal::NoSuchRoom)
    }

    fn room(&mut self, id: RoomId) -> &mut Room {
        self.rooms.iter_mut().find(|room| room.id == id).expect("it is there")
    }

    /// What a session has missed since an entry, in one room or everywhere.
    pub(crate) fn missed(
        &self,
        session: SessionId,
        after: Seq,
        key: Option<&str>,
        most: usize,
    ) -> Result<Missed, Refusal> {
        let person = self.speaker(session)?;
        let only = key.map(|_| self.talks_in(session, key)).transpose()?;
        let (mut gaps, mut events) = (Vec::new(), Vec::new());
        let mut tell = |room: Option<Text>, cut: Seq, last: Seq, known: Vec<(Seq, Event)>| {
            let until = cut.min(last);
            gaps.extend((until > after).then_some((until, Event::Gap { room, after })));
            let wanted = |known: &(Seq, Event)| known.0 > after && known.0 <= last;
            events.extend(known.into_iter().filter(wanted));
        };
        for room in &self.rooms {
            let mine = |known: &&Membership| (known.session, known.room) == (session, room.id);
            let wanted = only.is_none_or(|only| only == room.id);
            if let Some(known) = self.memberships.iter().find(mine).filter(|_| wanted) {
                let name = Some(room.name.shown.clone());
                tell(name, room.cut, Seq(known.since.0 - 1), room.history.clone());
            }
        }
        if only.is_none() {
            let mail = person.kept().iter().map(|mail| (mail.seq, mail.event.clone())).collect();
            tell(None, person.cut(), person.delivered_before(), mail);
        }
        events.sort_by_key(|known| known.0);
        let fits = |end: usize| events[..end].iter().map(|(_, event)| bytes(event)).sum::<usize>();
        let end = (1..=events.len()).rev().find(|end| *end == 1 || fits(*end) <= most);
        let more = end.is_some_and(|end| end < events.len());
        events.truncate(end.unwrap_or(0));
        let until = if more { events[events.len() - 1].0 } else { self.seq };
        gaps.retain_mut(|gap| {
            gap.0 = gap.0.min(until);
            gap.0 > after
        });
        gaps.extend(events);
        Ok(Missed { until, more, events: gaps })
    }
}
