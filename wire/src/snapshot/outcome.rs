//! What a key once came to, which its retries are answered with: a map within a record.

use minicbor::{Decode, Encode};
use posada_core::state::{self, Departure, Refusal};
use posada_core::{RoomId, Seq, SessionId, SessionNumber, Text};

use super::Flaw;

/// The kinds of outcomes, by the same numbers as in the trail.
mod kind {
    pub(super) const REFUSED: u8 = 2;
    pub(super) const SAID: u8 = 4;
    pub(super) const TOLD: u8 = 5;
    pub(super) const RESERVED: u8 = 6;
    pub(super) const CANCELLED: u8 = 7;
    pub(super) const JOINED: u8 = 10;
    pub(super) const LEFT: u8 = 11;
    pub(super) const TOPIC_SET: u8 = 12;
    pub(super) const KEPT: u8 = 13;
    pub(super) const NOTE_TAKEN: u8 = 14;
    pub(super) const ANNOUNCED: u8 = 15;
    pub(super) const KICKED: u8 = 16;
    pub(super) const BARRED: u8 = 17;
}

#[derive(Default, Encode, Decode)]
#[cbor(map)]
pub(super) struct Outcome<'b> {
    #[n(0)]
    kind: u8,
    #[n(1)]
    room: Option<u64>,
    #[b(2)]
    room_name: Option<&'b str>,
    /// Who did it.
    #[b(3)]
    name: Option<&'b str>,
    /// What it was done to: a topic, a resource, somebody.
    #[b(4)]
    what: Option<&'b str>,
    #[n(5)]
    many: Option<u32>,
    #[n(6)]
    again: Option<bool>,
    #[n(7)]
    node: Option<u16>,
    #[n(8)]
    epoch: Option<u32>,
    #[n(9)]
    number: Option<u64>,
    #[b(10)]
    refusal: Option<&'b str>,
    /// The rooms that the session left, each with its name.
    #[b(11)]
    left: Option<Vec<(u64, &'b str)>>,
}

/// Writing.
impl<'b> Outcome<'b> {
    pub(super) fn from(outcome: &'b state::Outcome) -> Self {
        use state::Outcome as It;
        match outcome {
            It::Refused(refusal) => {
                Self { refusal: Some(refusal.code()), ..Self::of(kind::REFUSED) }
            }
            It::Joined { room, name, here, topic, again } => Self {
                name: Some(name),
                what: topic.as_deref(),
                many: Some(*here),
                again: Some(*again),
                ..Self::of(kind::JOINED).room(room)
            },
            It::Left { room, name } => Self { name: Some(name), ..Self::of(kind::LEFT).room(room) },
            It::TopicSet { room, from } => {
                Self { name: Some(from), ..Self::of(kind::TOPIC_SET).room(room) }
            }
            It::Said { room, from, addressed } => {
                Self { name: Some(from), many: Some(*addressed), ..Self::of(kind::SAID).room(room) }
            }
            It::Told { from, to } => {
                Self { name: from.as_deref(), ..Self::of(kind::TOLD).session(to) }
            }
            It::Kept { from, to } => {
                Self { name: from.as_deref(), what: Some(to), ..Self::of(kind::KEPT) }
            }
            It::NoteTaken { from } => Self { name: from.as_deref(), ..Self::of(kind::NOTE_TAKEN) },
            It::Reserved { resource } => Self::of(kind::RESERVED).to(resource),
            It::Cancelled { resource } => Self::of(kind::CANCELLED).to(resource),
            It::Announced { addressed } => {
                Self { many: Some(*addressed), ..Self::of(kind::ANNOUNCED) }
            }
            It::Kicked { session, left } => {
                let record = Self::of(kind::KICKED).session(session);
                left.iter().fold(record, Self::departed)
            }
            It::Barred { kicked } => {
                let record = Self::of(kind::BARRED);
                kicked.iter().fold(record, |it, (session, left)| it.session(session).departed(left))
            }
            It::Noted
            | It::Named { .. }
            | It::Ended(_)
            | It::Repeated { .. }
            | It::Drifted { .. }
            | It::UnknownRules(_) => {
                unreachable!("what comes to these takes no key")
            }
        }
    }

    fn of(kind: u8) -> Self {
        Self { kind, ..Self::default() }
    }

    fn room(self, (room, name): &'b (RoomId, Text)) -> Self {
        Self { room: Some(room.0.0), room_name: Some(name), ..self }
    }

    fn session(self, session: &SessionId) -> Self {
        let SessionId { node, epoch, number } = *session;
        Self { node: Some(node), epoch: Some(epoch), number: Some(number.0), ..self }
    }

    fn to(self, what: &'b str) -> Self {
        Self { what: Some(what), ..self }
    }

    fn departed(self, left: &'b Departure) -> Self {
        let rooms = left.rooms.iter().map(|(room, name)| (room.0.0, &**name));
        Self { name: Some(&left.name), left: Some(rooms.collect()), ..self }
    }
}

/// Reading.
impl Outcome<'_> {
    pub(super) fn read(&self) -> Result<state::Outcome, Flaw> {
        use state::Outcome as It;
        let from = self.name.map(Text::from);
        Ok(match self.kind {
            kind::REFUSED => It::Refused(self.refusal()?),
            kind::JOINED => It::Joined {
                room: self.in_room()?,
                name: self.name()?,
                here: need(self.many, "outcome's number")?,
                topic: self.what.map(Text::from),
                again: need(self.again, "outcome's again")?,
            },
            kind::LEFT => It::Left { room: self.in_room()?, name: self.name()? },
            kind::TOPIC_SET => It::TopicSet { room: self.in_room()?, from: self.name()? },
            kind::SAID => It::Said {
                room: self.in_room()?,
                from: self.name()?,
                addressed: need(self.many, "outcome's number")?,
            },
            kind::TOLD => It::Told { from, to: self.in_session()? },
            kind::KEPT => It::Kept { from, to: self.what()? },
            kind::NOTE_TAKEN => It::NoteTaken { from },
            kind::RESERVED => It::Reserved { resource: self.what()? },
            kind::CANCELLED => It::Cancelled { resource: self.what()? },
            kind::ANNOUNCED => It::Announced { addressed: need(self.many, "outcome's number")? },
            kind::KICKED => It::Kicked { session: self.in_session()?, left: self.departure()? },
            kind::BARRED => It::Barred {
                kicked: match self.departure()? {
                    Some(left) => Some((self.in_session()?, left)),
                    None => None,
                },
            },
            unknown => return Err(Flaw::UnknownOutcome(unknown)),
        })
    }

    fn name(&self) -> Result<Text, Flaw> {
        need(self.name, "outcome's name").map(Text::from)
    }

    fn what(&self) -> Result<Text, Flaw> {
        need(self.what, "outcome's object").map(Text::from)
    }

    fn in_room(&self) -> Result<(RoomId, Text), Flaw> {
        let room = need(self.room, "outcome's room")?;
        let name = need(self.room_name, "outcome's room")?;
        Ok((RoomId(Seq(room)), name.into()))
    }

    fn in_session(&self) -> Result<SessionId, Flaw> {
        let field = "outcome's session";
        Ok(SessionId {
            node: need(self.node, field)?,
            epoch: need(self.epoch, field)?,
            number: SessionNumber(need(self.number, field)?),
        })
    }

    fn departure(&self) -> Result<Option<Departure>, Flaw> {
        let Some(left) = &self.left else { return Ok(None) };
        let rooms = left.iter().map(|&(room, name)| (RoomId(Seq(room)), Text::from(name)));
        Ok(Some(Departure { name: self.name()?, rooms: rooms.collect() }))
    }

    fn refusal(&self) -> Result<Refusal, Flaw> {
        let code = need(self.refusal, "outcome's refusal")?;
        let known = Refusal::ALL.into_iter().find(|refusal| refusal.code() == code);
        known.ok_or_else(|| Flaw::UnknownRefusal(code.to_owned()))
    }
}

fn need<T>(field: Option<T>, name: &'static str) -> Result<T, Flaw> {
    field.ok_or(Flaw::Missing { kind: super::kind::ANSWERED, field: name })
}
