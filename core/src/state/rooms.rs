//! Rooms: who is in them, what they are about, what was said there.

mod restored;

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::Refusal;
use super::history::History;
use crate::limits::{HISTORY_BYTES, ROOMS, ROOMS_EACH};
use crate::{Event, Label, RoomId, Seq, SessionId, Text};

/// All rooms, and which of them each session is in.
#[derive(Clone, Debug)]
pub struct Rooms {
    by_id: BTreeMap<RoomId, Room>,
    by_key: BTreeMap<Text, RoomId>,
    /// Where each session is, the room that it joined last at the end.
    joined: BTreeMap<SessionId, Vec<Membership>>,
    history_bytes: u32,
    /// The last event of any room that was forgotten, which one made anew knows nothing of.
    forgotten: Seq,
}

/// Where messages go.
#[derive(Clone, Debug)]
pub struct Room {
    /// Its name.
    pub name: Label,
    /// What it is about, and who said so.
    pub topic: Option<(Text, Text)>,
    /// By the entry that brought them, so that "who" lists the earliest first.
    members: BTreeMap<Seq, SessionId>,
    /// What was said.
    pub history: History,
    /// The last entry that had to do with it.
    last: Seq,
}

/// That a session is in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Membership {
    /// Which room.
    pub room: RoomId,
    /// The entry that brought it there.
    pub since: Seq,
}

impl Room {
    fn new(name: Label, seq: Seq) -> Self {
        let history = History::default();
        Self { name, topic: None, members: BTreeMap::new(), history, last: seq }
    }

    /// The sessions in it, in order of arrival.
    pub fn members(&self) -> impl Iterator<Item = SessionId> + '_ {
        self.members.values().copied()
    }

    /// How many are in it.
    pub fn here(&self) -> u32 {
        u32::try_from(self.members.len()).expect("ONLINE bounds the members of a room")
    }

    /// The last entry that had to do with it.
    pub fn last(&self) -> Seq {
        self.last
    }
}

/// The name of the room that is always there.
fn lobby() -> Label {
    Label { shown: "lobby".into(), key: "lobby".into() }
}

impl Default for Rooms {
    fn default() -> Self {
        let mut rooms = Self {
            by_id: BTreeMap::new(),
            by_key: BTreeMap::new(),
            joined: BTreeMap::new(),
            history_bytes: HISTORY_BYTES,
            forgotten: Seq(0),
        };
        rooms.found(RoomId::LOBBY, lobby());
        rooms
    }
}

impl Rooms {
    /// Brings a session into a room. Says whether it was there before.
    pub(super) fn enter(&mut self, session: SessionId, room: RoomId, seq: Seq) -> bool {
        let joined = self.joined.entry(session).or_default();
        if let Some(at) = joined.iter().position(|membership| membership.room == room) {
            let membership = joined.remove(at);
            joined.push(membership);
            return true;
        }
        joined.push(Membership { room, since: seq });
        let room = self.by_id.get_mut(&room).expect("a room that was found is there");
        room.members.insert(seq, session);
        room.last = seq;
        false
    }

    /// The room of that name, which comes into being where there is none.
    pub(super) fn find_or_make(
        &mut self,
        session: SessionId,
        name: &Label,
        seq: Seq,
    ) -> Result<RoomId, Refusal> {
        let known = self.by_key.get(&name.key).copied();
        if known.is_some_and(|room| self.membership(session, room).is_some()) {
            return Ok(known.expect("it was just seen"));
        }
        if self.joined.get(&session).is_some_and(|joined| joined.len() >= ROOMS_EACH) {
            return Err(Refusal::TooManyRooms);
        }
        if let Some(room) = known {
            return Ok(room);
        }
        if self.by_id.len() >= ROOMS {
            self.forget_the_idlest()?;
        }
        let room = RoomId(seq);
        self.found(room, name.clone());
        Ok(room)
    }

    fn found(&mut self, room: RoomId, name: Label) {
        self.by_key.insert(name.key.clone(), room);
        let mut made = Room::new(name, room.0);
        made.history.begin_behind(self.forgotten);
        self.by_id.insert(room, made);
    }

    /// The rules before kept nothing of what was said.
    pub(super) fn begin_histories(&mut self, seq: Seq) {
        self.by_id.values_mut().for_each(|room| room.history.begin_behind(seq));
    }

    /// Makes a place for a room by forgetting the empty one where nothing happened for longest.
    fn forget_the_idlest(&mut self) -> Result<(), Refusal> {
        let empty =
            self.by_id.iter().filter(|(id, room)| **id != RoomId::LOBBY && room.members.is_empty());
        let idlest = empty.min_by_key(|(_, room)| room.last).map(|(id, _)| *id);
        let gone = self.by_id.remove(&idlest.ok_or(Refusal::Full)?).expect("it was just found");
        self.by_key.remove(&gone.name.key);
        self.forgotten = self.forgotten.max(gone.history.last());
        Ok(())
    }

    /// Takes a session out of a room in which it is.
    pub(super) fn exit(&mut self, session: SessionId, room: RoomId, seq: Seq) {
        let joined = self.joined.get_mut(&session).expect("it is in a room");
        let at = joined.iter().position(|membership| membership.room == room);
        let membership = joined.remove(at.expect("it is in this room"));
        if joined.is_empty() {
            self.joined.remove(&session);
        }
        let room = self.by_id.get_mut(&room).expect("a room with members is there");
        room.members.remove(&membership.since);
        room.last = seq;
    }

    /// Takes a session out of all its rooms, and says which they were.
    pub(super) fn exit_all(&mut self, session: SessionId, seq: Seq) -> Vec<(RoomId, Text)> {
        let rooms: Vec<RoomId> = self.of(session).iter().map(|it| it.room).collect();
        let name = |rooms: &Self, room: RoomId| (room, rooms.by_id[&room].name.shown.clone());
        rooms
            .into_iter()
            .map(|room| {
                self.exit(session, room, seq);
                name(self, room)
            })
            .collect()
    }

    /// Keeps what happened in a room.
    pub(super) fn keep(&mut self, room: RoomId, seq: Seq, event: Event) {
        let most = self.history_bytes;
        let room = self.by_id.get_mut(&room).expect("something happened in it");
        room.history.push(seq, event, most);
        room.last = seq;
    }

    pub(super) fn set_topic(&mut self, room: RoomId, topic: Option<(Text, Text)>) {
        self.by_id.get_mut(&room).expect("somebody is in it").topic = topic;
    }

    pub(super) fn set_history_bytes(&mut self, bytes: u32) {
        self.history_bytes = bytes;
        self.by_id.values_mut().for_each(|room| room.history.shrink(bytes));
    }

    /// The room that a session means, in which it must be: the one of that key, or its current.
    ///
    /// # Errors
    /// When there is no such room, or it is not in it.
    pub fn meant(&self, session: SessionId, key: Option<&str>) -> Result<RoomId, Refusal> {
        let Some(key) = key else { return self.current(session).ok_or(Refusal::NotInRoom) };
        let room = *self.by_key.get(key).ok_or(Refusal::NoSuchRoom)?;
        self.membership(session, room).map(|_| room).ok_or(Refusal::NotInRoom)
    }

    /// The room that somebody asks about: the one of that key, or its current, or the lobby.
    ///
    /// # Errors
    /// When there is no such room.
    pub fn asked(&self, session: SessionId, key: Option<&str>) -> Result<&Room, Refusal> {
        let room = match key {
            Some(key) => *self.by_key.get(key).ok_or(Refusal::NoSuchRoom)?,
            None => self.current(session).unwrap_or(RoomId::LOBBY),
        };
        Ok(&self.by_id[&room])
    }

    /// The room that a session joined last, of those in which it is.
    pub fn current(&self, session: SessionId) -> Option<RoomId> {
        self.of(session).last().map(|membership| membership.room)
    }

    /// Where a session is, the room that it joined last at the end.
    pub fn of(&self, session: SessionId) -> &[Membership] {
        self.joined.get(&session).map_or(&[], Vec::as_slice)
    }

    /// Since when a session is in a room.
    pub fn membership(&self, session: SessionId, room: RoomId) -> Option<Membership> {
        self.of(session).iter().find(|membership| membership.room == room).copied()
    }

    /// A room that is there.
    pub fn get(&self, room: RoomId) -> Option<&Room> {
        self.by_id.get(&room)
    }

    /// All rooms, the lobby first, then in the order in which they came into being.
    pub fn iter(&self) -> impl Iterator<Item = (RoomId, &Room)> {
        self.by_id.iter().map(|(id, room)| (*id, room))
    }

    /// The last event of any room that was forgotten; zero: there was none.
    pub fn forgotten(&self) -> Seq {
        self.forgotten
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether there are none; there is always the lobby.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// Bytes of history that each keeps.
    pub fn history_bytes(&self) -> u32 {
        self.history_bytes
    }
}
