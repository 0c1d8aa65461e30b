//! What sessions do in rooms and to each other, as the log says it.

use super::people::{Claim, Delivery};
use super::{Outcome, Refusal, State};
use crate::{Event, Label, RoomId, SessionId, Text};

impl State {
    pub(super) fn arrive(
        &mut self,
        session: SessionId,
        claim: &Claim<'_>,
    ) -> Result<Outcome, Refusal> {
        let barred = crate::Barred::Name(claim.name.key.clone());
        if self.bans.holds(&barred, self.time) && self.name_of(session).is_none() {
            return Err(Refusal::Banned);
        }
        let arrival = self.people.arrive(session, claim, self.seq)?;
        let leaves = |old| (old, self.rooms.exit_all(old, self.seq));
        let replaced = arrival.replaced.map(leaves);
        self.rooms.enter(session, RoomId::LOBBY, self.seq);
        Ok(Outcome::Named {
            name: arrival.name,
            resumed: arrival.resumed,
            replaced,
            mail: arrival.mail,
        })
    }

    pub(super) fn join(&mut self, session: SessionId, name: &Label) -> Result<Outcome, Refusal> {
        let who = self.speaker(session)?;
        let room = self.rooms.find_or_make(session, name, self.seq)?;
        let again = self.rooms.enter(session, room, self.seq);
        let known = self.rooms.get(room).expect("somebody is in it");
        Ok(Outcome::Joined {
            room: (room, known.name.shown.clone()),
            name: who,
            here: known.here(),
            topic: known.topic.as_ref().map(|(topic, _)| topic.clone()),
            again,
        })
    }

    pub(super) fn leave(
        &mut self,
        session: SessionId,
        room: Option<&str>,
    ) -> Result<Outcome, Refusal> {
        let name = self.speaker(session)?;
        let room = self.rooms.meant(session, room)?;
        self.rooms.exit(session, room, self.seq);
        Ok(Outcome::Left { room: self.named(room), name })
    }

    pub(super) fn set_topic(
        &mut self,
        session: SessionId,
        room: Option<&str>,
        text: &Text,
    ) -> Result<Outcome, Refusal> {
        let from = self.speaker(session)?;
        let room = self.rooms.meant(session, room)?;
        let topic = (!text.is_empty()).then(|| (text.clone(), from.clone()));
        self.rooms.set_topic(room, topic);
        let (_, name) = self.named(room);
        let event = Event::Topic { room: name, from: from.clone(), text: text.clone() };
        self.rooms.keep(room, self.seq, event);
        Ok(Outcome::TopicSet { room: self.named(room), from })
    }

    pub(super) fn say(
        &mut self,
        session: SessionId,
        room: Option<&str>,
        text: &Text,
    ) -> Result<Outcome, Refusal> {
        let from = self.speaker(session)?;
        let room = self.rooms.meant(session, room)?;
        let (_, name) = self.named(room);
        if self.rules >= 2 {
            let event = Event::Said { room: name.clone(), from: from.clone(), text: text.clone() };
            self.rooms.keep(room, self.seq, event);
        }
        let here = self.rooms.get(room).expect("the speaker is in it").here();
        Ok(Outcome::Said { room: (room, name), from, addressed: here - 1 })
    }

    pub(super) fn say_to(
        &mut self,
        session: SessionId,
        name: &str,
        text: &Text,
    ) -> Result<Outcome, Refusal> {
        let from = self.speaker(session)?;
        if self.rules < 2 {
            let to = self.people.session_of(name).ok_or(Refusal::NotHere)?;
            return Ok(Outcome::Told { from: Some(from), to });
        }
        let event = Event::Direct { from: from.clone(), text: text.clone() };
        self.deliver(name, Some(from), event)
    }

    pub(super) fn deliver(
        &mut self,
        name: &str,
        from: Option<Text>,
        event: Event,
    ) -> Result<Outcome, Refusal> {
        Ok(match self.people.address(name, self.seq, event)? {
            Delivery::To(to) => Outcome::Told { from, to },
            Delivery::Kept(to) => Outcome::Kept { from, to },
        })
    }

    /// A session's name.
    fn speaker(&self, session: SessionId) -> Result<Text, Refusal> {
        self.name_of(session).ok_or(Refusal::NameFirst)
    }

    /// A room with its name.
    fn named(&self, room: RoomId) -> (RoomId, Text) {
        (room, self.rooms.get(room).expect("it is there").name.shown.clone())
    }
}
