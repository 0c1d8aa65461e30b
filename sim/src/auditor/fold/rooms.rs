//! Rooms: who is in them, what they are about, what was said there last.

use posada_core::{Answer, Event, Label, Reach, Refusal, Seq, SessionId, Text};

use super::{Audience, Effect, Fold, Place, Told};

/// Rooms that exist at one time.
const ROOMS: usize = 1_000;
/// Rooms that one session is in.
const ROOMS_EACH: usize = 32;
/// What each message in a history counts beside its text and its sender's name.
const OVERHEAD: usize = 64;

#[derive(Debug)]
pub(in crate::auditor) struct Room {
    /// The entry that made it.
    pub(in crate::auditor) id: u64,
    pub(in crate::auditor) name: Label,
    /// What it is about, and who said so.
    pub(in crate::auditor) topic: Option<(Text, Text)>,
    /// In the order of arrival.
    pub(in crate::auditor) members: Vec<Member>,
    pub(super) history: Vec<(u64, Event)>,
    weight: usize,
    /// The last that was dropped from its history.
    pub(super) cut: u64,
    /// The last entry that was about it.
    touched: u64,
}

#[derive(Clone, Copy, Debug)]
pub(in crate::auditor) struct Member {
    pub(in crate::auditor) session: SessionId,
    /// The entry with which it came.
    pub(in crate::auditor) joined: u64,
    /// The entry with which it asked to be here last.
    latest: u64,
}

/// What an event counts in a history.
pub(in crate::auditor) fn weight(event: &Event) -> usize {
    let (from, text) = match event {
        Event::Said { from, text, .. }
        | Event::Topic { from, text, .. }
        | Event::Direct { from, text } => (from.len(), text.len()),
        Event::Announced { text } | Event::Told { text } => (0, text.len()),
        _ => (0, 0),
    };
    OVERHEAD + from + text
}

impl Room {
    pub(super) fn lobby() -> Self {
        Self::new(0, Label { shown: "lobby".into(), key: "lobby".into() })
    }

    fn new(id: u64, name: Label) -> Self {
        Self {
            id,
            name,
            topic: None,
            members: vec![],
            history: vec![],
            weight: 0,
            cut: 0,
            touched: id,
        }
    }

    pub(in crate::auditor) fn member(&self, session: SessionId) -> Option<&Member> {
        self.members.iter().find(|member| member.session == session)
    }

    /// Whether there is anything to see.
    pub(in crate::auditor) fn is_empty(&self) -> bool {
        self.members.is_empty() && self.history.is_empty()
    }

    pub(super) fn enter(&mut self, session: SessionId, seq: u64) {
        self.touched = seq;
        self.members.push(Member { session, joined: seq, latest: seq });
    }

    pub(super) fn keep(&mut self, seq: u64, event: Event, most: u32) {
        self.touched = seq;
        self.weight += weight(&event);
        self.history.push((seq, event));
        self.shrink(most);
    }

    pub(super) fn shrink(&mut self, most: u32) {
        while self.weight > most as usize {
            let (seq, event) = self.history.remove(0);
            self.weight -= weight(&event);
            self.cut = seq;
        }
    }

    fn others(&self, session: SessionId) -> Vec<SessionId> {
        let all = self.members.iter().map(|member| member.session);
        all.filter(|&other| other != session).collect()
    }
}

impl Fold {
    pub(in crate::auditor) fn room(&self, key: &str) -> Option<&Room> {
        self.rooms.iter().find(|room| &*room.name.key == key)
    }

    /// The room with the latest join of a session.
    pub(in crate::auditor) fn current(&self, session: SessionId) -> Option<&Room> {
        let joined = self.rooms.iter().filter(|room| room.member(session).is_some());
        joined.max_by_key(|room| room.member(session).map(|member| member.latest))
    }

    /// The room that a member means.
    pub(in crate::auditor) fn member_of(
        &self,
        session: SessionId,
        room: Option<&Text>,
    ) -> Result<&Room, Refusal> {
        let Some(key) = room else {
            return self.current(session).ok_or(Refusal::NotInRoom);
        };
        let room = self.room(key).ok_or(Refusal::NoSuchRoom)?;
        if room.member(session).is_some() { Ok(room) } else { Err(Refusal::NotInRoom) }
    }

    pub(super) fn join(
        &mut self,
        session: SessionId,
        name: &Label,
        effect: &mut Effect,
    ) -> Result<Answer, Refusal> {
        let who = self.speaker(session)?;
        let seq = self.seq;
        let joined = self.rooms.iter().filter(|room| room.member(session).is_some()).count();
        let place = self.rooms.iter().position(|room| room.name.key == name.key);
        let is_in = place.is_some_and(|place| self.rooms[place].member(session).is_some());
        if !is_in && joined >= ROOMS_EACH {
            return Err(Refusal::TooManyRooms);
        }
        let place = match place {
            Some(place) => place,
            None => self.build(name)?,
        };
        let room = &mut self.rooms[place];
        if let Some(member) = room.members.iter_mut().find(|member| member.session == session) {
            member.latest = seq;
        } else {
            room.enter(session, seq);
            let event = Event::Here { room: room.name.shown.clone(), name: who };
            let to = Audience::Signals(room.name.key.clone(), session);
            effect.told.push(Told { to, event });
        }
        Ok(Answer::Joined {
            seq: Seq(seq),
            room: room.name.shown.clone(),
            here: count(room.members.len()),
            topic: room.topic.as_ref().map(|(text, _)| text.clone()),
        })
    }

    /// Makes a room, and room for it.
    fn build(&mut self, name: &Label) -> Result<usize, Refusal> {
        if self.rooms.len() >= ROOMS {
            let empty = |room: &&Room| room.id != 0 && room.members.is_empty();
            let oldest = self.rooms.iter().filter(empty).min_by_key(|room| room.touched);
            let oldest = oldest.ok_or(Refusal::Full)?;
            let id = oldest.id;
            let last = oldest.history.last().map_or(oldest.cut, |(seq, _)| *seq);
            self.unknown = self.unknown.max(last);
            self.rooms.retain(|room| room.id != id);
        }
        let mut room = Room::new(self.seq, name.clone());
        // It may be one of those that were forgotten.
        room.cut = self.unknown;
        self.rooms.push(room);
        Ok(self.rooms.len() - 1)
    }

    pub(super) fn leave(
        &mut self,
        session: SessionId,
        room: Option<&Text>,
        effect: &mut Effect,
    ) -> Result<Answer, Refusal> {
        let who = self.speaker(session)?;
        let room = self.member_of(session, room)?;
        let (id, room) = (room.id, room.name.shown.clone());
        self.walk_out(id, session, &who, effect);
        Ok(Answer::Left { seq: Seq(self.seq), room })
    }

    pub(super) fn leave_all(&mut self, session: SessionId, who: &Text, effect: &mut Effect) {
        let joined = self.rooms.iter().filter(|room| room.member(session).is_some());
        for id in joined.map(|room| room.id).collect::<Vec<_>>() {
            self.walk_out(id, session, who, effect);
        }
    }

    fn walk_out(&mut self, id: u64, session: SessionId, who: &Text, effect: &mut Effect) {
        let room = self.rooms.iter_mut().find(|room| room.id == id).expect("it is there");
        room.members.retain(|member| member.session != session);
        room.touched = self.seq;
        let event = Event::Gone { room: room.name.shown.clone(), name: who.clone() };
        let to = Audience::Signals(room.name.key.clone(), session);
        effect.told.push(Told { to, event });
        effect.left.push((session, room.name.key.clone()));
    }

    pub(super) fn say(
        &mut self,
        session: SessionId,
        room: Option<&Text>,
        text: &Text,
        effect: &mut Effect,
    ) -> Result<Answer, Refusal> {
        let from = self.speaker(session)?;
        let room = self.member_of(session, room)?;
        let (id, shown) = (room.id, room.name.shown.clone());
        let event = Event::Said { room: shown, from, text: text.clone() };
        let reached = self.tell_room(id, session, event, effect);
        let reach = Some(Reach::Addressed(reached));
        Ok(Answer::Said { seq: Seq(self.seq), reach })
    }

    pub(super) fn set_topic(
        &mut self,
        session: SessionId,
        room: Option<&Text>,
        text: &Text,
        effect: &mut Effect,
    ) -> Result<Answer, Refusal> {
        let from = self.speaker(session)?;
        let id = self.member_of(session, room)?.id;
        let room = self.rooms.iter_mut().find(|room| room.id == id).expect("it is there");
        room.topic = (!text.is_empty()).then(|| (text.clone(), from.clone()));
        let room = room.name.shown.clone();
        let event = Event::Topic { room: room.clone(), from, text: text.clone() };
        self.tell_room(id, session, event, effect);
        Ok(Answer::TopicSet { seq: Seq(self.seq), room })
    }

    /// Tells everybody else in a room, and says how many they are.
    fn tell_room(&mut self, id: u64, session: SessionId, event: Event, effect: &mut Effect) -> u32 {
        let (seq, most) = (self.seq, self.history_bytes);
        let rules = self.rules;
        let room = self.rooms.iter_mut().find(|room| room.id == id).expect("it is there");
        let others = room.others(session);
        if rules >= 2 {
            room.keep(seq, event.clone(), most);
        }
        self.publish(Place::Room(id), Some(session));
        let reached = count(others.len());
        effect.told.push(Told { to: Audience::These(others), event });
        reached
    }
}

pub(in crate::auditor) fn count(number: usize) -> u32 {
    u32::try_from(number).expect("a simulated world is small")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_drops_the_oldest_and_says_so() {
        let mut room = Room::lobby();
        let said = |text: &str| Event::Announced { text: text.into() };
        room.keep(5, said("one"), 140);
        room.keep(6, said("two"), 140);
        assert_eq!((room.history.len(), room.cut), (2, 0));
        room.keep(7, said("three"), 140);
        assert_eq!((room.history[0].0, room.cut), (6, 5));
        room.shrink(0);
        assert_eq!((room.history.len(), room.cut, room.weight), (0, 7, 0));
    }
}
