//! What applying one entry came to.

use alloc::boxed::Box;
use alloc::vec::Vec;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::history::Kept;
use super::refusal::Refusal;
use crate::{RoomId, Seq, SessionId, Text, Time};

/// What one entry did. The engine turns it into replies; the log does not hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done, and nobody needs to hear of it.
    Noted,
    /// Refused, and nothing changed.
    Refused(Refusal),
    /// The session has the name and is in the lobby.
    Named {
        /// The name as it is shown.
        name: Text,
        /// Whether the principal existed before.
        resumed: bool,
        /// The session that the same principal had until now, and the rooms that it left.
        replaced: Option<(SessionId, Vec<(RoomId, Text)>)>,
        /// What waited for the principal.
        mail: Vec<Kept>,
    },
    /// The session is in the room.
    Joined {
        /// Which room, and its name.
        room: (RoomId, Text),
        /// Who came.
        name: Text,
        /// How many are in it.
        here: u32,
        /// What it is about.
        topic: Option<Text>,
        /// Whether it was there before.
        again: bool,
    },
    /// The session is no longer in the room.
    Left {
        /// Which room, and its name.
        room: (RoomId, Text),
        /// Who left.
        name: Text,
    },
    /// The room is about something else.
    TopicSet {
        /// Which room, and its name.
        room: (RoomId, Text),
        /// Who said so.
        from: Text,
    },
    /// The session's message goes to the room.
    Said {
        /// Which room, and its name.
        room: (RoomId, Text),
        /// The sender's name.
        from: Text,
        /// How many others are in it.
        addressed: u32,
    },
    /// The message goes to one session.
    Told {
        /// The sender's name; `None`: the operator.
        from: Option<Text>,
        /// Who gets it.
        to: SessionId,
    },
    /// The message waits for one who is away.
    Kept {
        /// The sender's name; `None`: the operator.
        from: Option<Text>,
        /// For whom.
        to: Text,
    },
    /// The operator is told.
    NoteTaken {
        /// The sender's name, if it has one.
        from: Option<Text>,
    },
    /// The session's principal holds the resource; the entry's number is the fencing token.
    Reserved {
        /// The resource's name.
        resource: Text,
    },
    /// The resource is free.
    Cancelled {
        /// The resource's name.
        resource: Text,
    },
    /// The operator's message goes to every named session.
    Announced {
        /// How many there are.
        addressed: u32,
    },
    /// The session is sent away.
    Kicked {
        /// Which one.
        session: SessionId,
        /// What it left, if it had a name.
        left: Option<Departure>,
    },
    /// Somebody is shut out, or not any more.
    Barred {
        /// Who was online under that name, and is sent away.
        kicked: Option<(SessionId, Departure)>,
    },
    /// The session is over.
    Ended(Departure),
    /// The key was used before: nothing happened again.
    Repeated {
        /// The entry that did it.
        seq: Seq,
        /// What it came to.
        outcome: Box<Outcome>,
    },
    /// The state after `at` was another one when this log was written.
    Drifted {
        /// Where the two differ at the latest.
        at: Seq,
    },
    /// The log asks for semantics that this program does not know.
    UnknownRules(u32),
}

/// What a session left that is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Departure {
    /// Its name.
    pub name: Text,
    /// The rooms that it was in.
    pub rooms: Vec<(RoomId, Text)>,
}

impl Outcome {
    /// The trail after this outcome: changes if anything about it, or before it, changes.
    pub(super) fn fold_into(&self, trail: u64, seq: Seq, time: Time) -> u64 {
        let (kind, detail, text): (u64, u64, &str) = match self {
            Self::Noted => (1, 0, ""),
            Self::Refused(refusal) => (2, 0, refusal.code()),
            Self::Named { name, resumed, mail, .. } => {
                (3, u64::from(*resumed) + 2 * mail.len() as u64, name)
            }
            Self::Said { from, addressed, .. } => (4, u64::from(*addressed), from),
            Self::Told { from, .. } => (5, 0, from.as_deref().unwrap_or("")),
            Self::Reserved { resource } => (6, 0, resource),
            Self::Cancelled { resource } => (7, 0, resource),
            Self::Drifted { at } => (8, at.0, ""),
            Self::UnknownRules(version) => (9, u64::from(*version), ""),
            Self::Joined { name, here, again, .. } => {
                (10, u64::from(*here) * 2 + u64::from(*again), name)
            }
            Self::Left { name, .. } => (11, 0, name),
            Self::TopicSet { from, .. } => (12, 0, from),
            Self::Kept { to, .. } => (13, 0, to),
            Self::NoteTaken { from } => (14, 0, from.as_deref().unwrap_or("")),
            Self::Announced { addressed } => (15, u64::from(*addressed), ""),
            Self::Kicked { left, .. } => (16, 0, left.as_ref().map_or("", |left| &left.name)),
            Self::Barred { kicked } => (17, 0, kicked.as_ref().map_or("", |(_, left)| &left.name)),
            Self::Ended(left) => (18, left.rooms.len() as u64, &left.name),
            Self::Repeated { seq, .. } => (19, seq.0, ""),
        };
        let [node, epoch, number] = self.other();
        let mut bytes = [0; 64];
        let numbers = [seq.0, time.wall_ms, time.uptime_ms, kind, detail, node, epoch, number];
        for (place, number) in bytes.chunks_exact_mut(8).zip(numbers) {
            place.copy_from_slice(&number.to_le_bytes());
        }
        xxh3_64_with_seed(&bytes, xxh3_64_with_seed(text.as_bytes(), trail))
    }

    /// The session or the room that it is about, as three numbers; zeros: none, or the lobby.
    fn other(&self) -> [u64; 3] {
        let session = match self {
            Self::Named { replaced, .. } => replaced.as_ref().map(|(old, _)| old),
            Self::Told { to, .. } => Some(to),
            Self::Kicked { session, .. } => Some(session),
            Self::Barred { kicked } => kicked.as_ref().map(|(session, _)| session),
            Self::Said { room: (room, _), .. }
            | Self::Joined { room: (room, _), .. }
            | Self::Left { room: (room, _), .. }
            | Self::TopicSet { room: (room, _), .. } => return [0, 0, room.0.0],
            _ => None,
        };
        session.map_or([0; 3], |other| {
            [u64::from(other.node) + 1, u64::from(other.epoch), other.number.0]
        })
    }
}

impl From<Result<Self, Refusal>> for Outcome {
    fn from(result: Result<Self, Refusal>) -> Self {
        result.unwrap_or_else(Self::Refused)
    }
}

impl From<Result<(), Refusal>> for Outcome {
    fn from(result: Result<(), Refusal>) -> Self {
        result.map_or_else(Self::Refused, |()| Self::Noted)
    }
}
