//! What is answered to who only asks how things are.

use posada_core::state::Refusal;
use posada_core::state::missed::Missed;
use posada_core::{Answer, Ask, RoomId, RoomView, SessionId};

use super::Model;
use super::rooms::Room;
use crate::house::PAGE;

impl Model {
    /// The answer to an ask about rooms; `None`: it is about something else.
    pub(crate) fn answer(&self, session: SessionId, ask: &Ask) -> Option<Answer> {
        let answered = match ask {
            Ask::Who(room) => self.asked(session, room.as_deref()).map(|room| self.who_is_in(room)),
            Ask::Topic(room) => self.asked(session, room.as_deref()).map(|room| Answer::Topic {
                room: room.name.shown.clone(),
                topic: room.topic.clone(),
            }),
            Ask::Rooms => Ok(self.rooms()),
            Ask::Resume { after, room } => self
                .missed(session, *after, room.as_deref(), PAGE as usize)
                .map(|Missed { until, more, events }| Answer::Missed { until, more, events }),
            _ => return None,
        };
        Some(answered.unwrap_or_else(Answer::Refused))
    }

    fn who_is_in(&self, room: &Room) -> Answer {
        let members = self.members(room.id).into_iter();
        let name = |session| self.speaker(session).expect("members are named").name.shown.clone();
        Answer::Who(members.map(name).collect())
    }

    fn rooms(&self) -> Answer {
        let is_one = |room: &&Room| {
            let is_lobby = room.id == RoomId::LOBBY;
            is_lobby || !room.history.is_empty() || !self.members(room.id).is_empty()
        };
        let view = |room: &Room| RoomView {
            name: room.name.shown.clone(),
            here: u32::try_from(self.members(room.id).len()).expect("few"),
            topic: room.topic.as_ref().map(|(text, _)| text.clone()),
        };
        Answer::Rooms(self.rooms.iter().filter(is_one).map(view).collect())
    }

    /// The room that somebody asks about: that of the key, or its current one, or the lobby.
    fn asked(&self, session: SessionId, key: Option<&str>) -> Result<&Room, Refusal> {
        let current = self.memberships_of(session).last().map(|known| known.room);
        let meant = |room: &&Room| match key {
            Some(key) => &*room.name.key == key,
            None => room.id == current.unwrap_or(RoomId::LOBBY),
        };
        self.rooms.iter().find(meant).ok_or(Refusal::NoSuchRoom)
    }

    /// Whether a session goes on though its person is no longer in it.
    pub(crate) fn is_replaced(&self, session: SessionId) -> bool {
        self.replaced.contains(&session)
    }

    /// Whether a session has a name.
    pub(crate) fn is_named(&self, session: SessionId) -> bool {
        self.speaker(session).is_ok()
    }
}
