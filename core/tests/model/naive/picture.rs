//! The picture: all of a log's meaning that anybody can ever observe, taken of the model and of
//! the core's state, to be compared.

use posada_core::state::people::Principal;
use posada_core::state::rooms::Room;
use posada_core::state::{Outcome, State};
use posada_core::{
    Barred, Digest, Event, Key, Label, PrincipalId, RoomId, Seq, SessionId, Text, Time,
};

use super::{Body, Model, Thing};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    rules: u32,
    time: Time,
    nodes: Vec<(u16, u32)>,
    /// In the order in which they came into being.
    people: Vec<PersonSeen>,
    /// In the order in which they were declared.
    things: Vec<Thing>,
    /// In the order in which they came into being.
    rooms: Vec<RoomSeen>,
    /// Where each session is, its current room last, and since when.
    joined: Vec<(SessionId, Vec<(RoomId, Seq)>)>,
    history_bytes: u32,
    /// Those that are not over.
    bans: Vec<(Barred, u64)>,
    replaced: Vec<SessionId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct PersonSeen {
    id: PrincipalId,
    name: Label,
    secret: Option<Digest>,
    online: Option<(SessionId, Seq)>,
    away: Option<Seq>,
    /// What is kept of what was said to it, and whether it got it.
    mail: Vec<(Seq, Event, bool)>,
    cut: Seq,
    /// The last that it got before its present session began.
    before: Seq,
    keys: Vec<(Key, Seq, Outcome)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct RoomSeen {
    id: RoomId,
    name: Label,
    topic: Option<(Text, Text)>,
    members: Vec<SessionId>,
    history: Vec<(Seq, Event)>,
    cut: Seq,
    /// The last entry that had to do with it, unless it is the lobby, which is never forgotten.
    last: Option<Seq>,
}

impl Model {
    pub(crate) fn picture(&self) -> Picture {
        let mut bans: Vec<_> =
            self.bans.iter().map(|ban| (ban.who.clone(), ban.until_ms)).collect();
        bans.retain(|(_, until)| self.time.uptime_ms < *until);
        bans.sort();
        let mut replaced = self.replaced.clone();
        replaced.sort_unstable();
        Picture {
            rules: self.rules,
            time: self.time,
            nodes: self.nodes.clone(),
            people: self.people.iter().map(PersonSeen::of_model).collect(),
            things: self.things.clone(),
            rooms: self.rooms.iter().map(|room| RoomSeen::of_model(self, room)).collect(),
            joined: self.joined(),
            history_bytes: self.history_bytes,
            bans,
            replaced,
        }
    }

    fn joined(&self) -> Vec<(SessionId, Vec<(RoomId, Seq)>)> {
        let mut sessions: Vec<_> = self.memberships.iter().map(|known| known.session).collect();
        sessions.sort_unstable();
        sessions.dedup();
        let of = |session| {
            let known = self.memberships_of(session);
            known.into_iter().map(|known| (known.room, known.since)).collect()
        };
        sessions.into_iter().map(|session| (session, of(session))).collect()
    }

    /// What stands behind each key: the core keeps but a fingerprint of it.
    pub(crate) fn bodies(&self) -> Vec<Body> {
        let mut bodies = Vec::new();
        for person in &self.people {
            let mut asked: Vec<_> = person.asked.iter().collect();
            asked.sort_by_key(|asked| asked.key);
            bodies.extend(asked.into_iter().map(|asked| asked.body.clone()));
        }
        bodies
    }
}

impl PersonSeen {
    fn of_model(person: &super::Person) -> Self {
        let mail = person.kept().iter();
        let asked = person.asked.iter();
        let mut keys: Vec<_> =
            asked.map(|asked| (asked.key, asked.seq, asked.outcome.clone())).collect();
        keys.sort_by_key(|known| known.0);
        Self {
            id: person.id,
            name: person.name.clone(),
            secret: person.secret,
            online: person.online,
            away: person.away,
            mail: mail
                .map(|mail| (mail.seq, mail.event.clone(), mail.delivered.is_some()))
                .collect(),
            cut: person.cut(),
            before: person.delivered_before(),
            keys,
        }
    }

    fn of_state(state: &State, id: PrincipalId, known: &Principal) -> Self {
        let mailbox = &known.mailbox;
        let got = |seq: Seq| seq <= mailbox.delivered();
        let mail = mailbox.history().iter();
        let keys = state.keys().iter().filter(|window| window.0 == id).flat_map(|window| window.2);
        Self {
            id,
            name: known.name.clone(),
            secret: known.secret,
            online: known.online,
            away: known.away,
            mail: mail.map(|kept| (kept.seq, kept.event.clone(), got(kept.seq))).collect(),
            cut: mailbox.history().cut(),
            before: match known.online {
                Some(_) => mailbox.before(),
                None => mailbox.delivered(),
            },
            keys: keys
                .map(|(key, answered)| (key, answered.seq, answered.outcome.clone()))
                .collect(),
        }
    }
}

impl RoomSeen {
    fn of_model(model: &Model, room: &super::Room) -> Self {
        Self {
            id: room.id,
            name: room.name.clone(),
            topic: room.topic.clone(),
            members: model.members(room.id),
            history: room.history.clone(),
            cut: room.cut,
            last: (room.id != RoomId::LOBBY).then_some(room.last),
        }
    }

    fn of_state(id: RoomId, room: &Room) -> Self {
        Self {
            id,
            name: room.name.clone(),
            topic: room.topic.clone(),
            members: room.members().collect(),
            history: room.history.iter().map(|kept| (kept.seq, kept.event.clone())).collect(),
            cut: room.history.cut(),
            last: (id != RoomId::LOBBY).then_some(room.last()),
        }
    }
}

impl Picture {
    /// The same picture, taken of the core's state.
    pub(crate) fn of(state: &State) -> Self {
        let people = state.people().principals();
        let things = state.resources().iter().map(|resource| {
            let held = resource.held.map(|held| (held.holder, held.token, held.since_ms));
            Thing { name: resource.name.clone(), held }
        });
        let nodes = (0..2).map(|node| (node, state.epoch(node)));
        let now = state.time().uptime_ms;
        let bans = state.bans().iter().filter(|(_, until)| now < *until);
        let sessions: Vec<_> = state.people().principals().filter_map(|it| it.1.online).collect();
        let mut sessions: Vec<_> = sessions.into_iter().map(|(session, _)| session).collect();
        sessions.sort_unstable();
        let joined = sessions.into_iter().map(|session| {
            let known = state.rooms().of(session).iter();
            (session, known.map(|known| (known.room, known.since)).collect::<Vec<_>>())
        });
        Self {
            rules: state.rules(),
            time: state.time(),
            nodes: nodes.filter(|(_, epoch)| *epoch > 0).collect(),
            people: people.map(|(id, known)| PersonSeen::of_state(state, id, known)).collect(),
            things: things.collect(),
            rooms: state.rooms().iter().map(|(id, room)| RoomSeen::of_state(id, room)).collect(),
            joined: joined.filter(|(_, rooms)| !rooms.is_empty()).collect(),
            history_bytes: state.rooms().history_bytes(),
            bans: bans.map(|(who, until)| (who.clone(), until)).collect(),
            replaced: state.people().replaced().collect(),
        }
    }
}
