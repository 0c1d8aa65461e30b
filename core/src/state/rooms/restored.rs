//! Rooms put together from facts.

use alloc::collections::BTreeMap;

use super::{Membership, Room, Rooms, lobby};
use crate::limits::{ROOMS, ROOMS_EACH};
use crate::state::Unsound;
use crate::state::history::{History, Kept};
use crate::state::restored::require;
use crate::{Label, RoomId, Seq, SessionId, Text};

impl Room {
    pub(in crate::state) fn restored(
        name: Label,
        topic: Option<(Text, Text)>,
        last: Seq,
        cut: Seq,
    ) -> Self {
        let mut history = History::default();
        history.begin_behind(cut);
        Self { name, topic, members: BTreeMap::new(), history, last }
    }
}

impl Rooms {
    /// Without any room yet, not even the lobby.
    pub(in crate::state) fn restored(history_bytes: u32, forgotten: Seq) -> Self {
        let (by_id, by_key, joined) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { by_id, by_key, joined, history_bytes, forgotten }
    }

    pub(in crate::state) fn restore(&mut self, id: RoomId, room: Room) -> Result<(), Unsound> {
        require(self.by_key.insert(room.name.key.clone(), id).is_none(), "a room's name twice")?;
        require(self.by_id.insert(id, room).is_none(), "a room twice")?;
        require(self.by_id.len() <= ROOMS, "too many rooms")
    }

    /// Puts an event into the history of a room that was restored.
    pub(in crate::state) fn restore_event(
        &mut self,
        room: RoomId,
        kept: Kept,
    ) -> Result<(), Unsound> {
        let room = self.by_id.get_mut(&room).expect("it was restored just before");
        room.history.restore(kept)?;
        require(room.history.bytes() <= u64::from(self.history_bytes), "too long a history")
    }

    /// Puts a session into one more room.
    pub(in crate::state) fn restore_member(
        &mut self,
        session: SessionId,
        membership: Membership,
    ) -> Result<(), Unsound> {
        let joined = self.joined.entry(session).or_default();
        let again = joined.iter().any(|it| it.room == membership.room);
        require(!again, "a member twice")?;
        require(joined.len() < ROOMS_EACH, "a member of too many rooms")?;
        let room = self.by_id.get_mut(&membership.room);
        let room = room.ok_or(Unsound::Impossible("a member of no room"))?;
        let known = room.members.insert(membership.since, session);
        require(known.is_none(), "two members who came with one entry")?;
        joined.push(membership);
        Ok(())
    }

    /// A restored room's name as it is shown, which every event of it shares.
    pub(in crate::state) fn shown(&self, room: RoomId) -> Text {
        self.by_id[&room].name.shown.clone()
    }

    pub(in crate::state) fn is_restored(&self) -> Result<(), Unsound> {
        let known = self.by_id.get(&RoomId::LOBBY);
        require(known.is_some_and(|room| room.name == lobby()), "no lobby")
    }
}
