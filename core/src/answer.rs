//! What a client is answered, whatever dialect it asked in.

use alloc::vec::Vec;
use core::net::SocketAddr;

use crate::{Event, ListenerId, Refusal, Seq, Text};

/// The answer to one [`crate::Ask`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The name is yours.
    Named {
        /// Which entry it is.
        seq: Seq,
        /// As others see it.
        name: Text,
        /// Whether the principal existed before.
        resumed: bool,
    },
    /// You are in the room.
    Joined {
        /// Which entry it is.
        seq: Seq,
        /// The room.
        room: Text,
        /// How many are in it, with you.
        here: u32,
        /// What it is about.
        topic: Option<Text>,
    },
    /// You are no longer in the room.
    Left {
        /// Which entry it is.
        seq: Seq,
        /// The room.
        room: Text,
    },
    /// What the room is about is as you said.
    TopicSet {
        /// Which entry it is.
        seq: Seq,
        /// The room.
        room: Text,
    },
    /// What a room is about.
    Topic {
        /// The room.
        room: Text,
        /// What it is about, and who said so.
        topic: Option<(Text, Text)>,
    },
    /// The message is on its way.
    Said {
        /// Which entry it is.
        seq: Seq,
        /// Where it goes; `None`: this was done before, and where it went then is not known.
        reach: Option<Reach>,
    },
    /// What was missed, oldest first, and gaps where it is not known any more.
    Missed {
        /// The last entry that it speaks of.
        until: Seq,
        /// Whether something was missed behind that.
        more: bool,
        /// Each with the entry that it is; a gap with the last entry that is missing.
        events: Vec<(Seq, Event)>,
    },
    /// From here on it is watched, or it is not.
    Watching(bool),
    /// It was passed on, or it was one sign too many and will not be missed.
    PassedOn,
    /// The resource is yours.
    Reserved {
        /// Which entry it is; also the fencing token.
        seq: Seq,
        /// The resource's name.
        resource: Text,
    },
    /// The resource is free again.
    Cancelled {
        /// Which entry it is.
        seq: Seq,
        /// The resource's name.
        resource: Text,
    },
    /// Who is in a room, in order of arrival there.
    Who(Vec<Text>),
    /// All rooms with members or a history, in the order in which they came into being; the lobby
    /// first, whoever is in it.
    Rooms(Vec<RoomView>),
    /// All resources, in the order in which they were declared.
    List(Vec<ResourceView>),
    /// Here I am.
    Pong,
    /// What can be asked is the profile's to say.
    Help,
    /// You are the operator.
    Operator,
    /// The order was carried out.
    Done {
        /// Which entry it is.
        seq: Seq,
    },
    /// Everybody who is connected to this node, the first to come first.
    Sessions(Vec<SessionView>),
    /// No, and why.
    Refused(Refusal),
}

/// Where a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// To so many sessions; advisory.
    Addressed(u32),
    /// To one who is away, on return.
    Kept,
}

/// A room as everybody may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomView {
    /// Its name.
    pub name: Text,
    /// How many are in it.
    pub here: u32,
    /// What it is about.
    pub topic: Option<Text>,
}

/// A resource as one session may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceView {
    /// Its name.
    pub name: Text,
    /// Who has it; `None`: it is free.
    pub holder: Option<HolderView>,
}

/// A held resource as one session may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HolderView {
    /// The holder's name: hidden from the nameless, and `None` for the nameless too.
    pub name: Option<Text>,
    /// Since when, in wall milliseconds.
    pub since_ms: u64,
    /// Whether the asking session may give it back.
    pub yours: bool,
}

/// A session as the operator sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionView {
    /// Where it comes from; `None`: from this process.
    pub peer: Option<SocketAddr>,
    /// Where it came in.
    pub listener: ListenerId,
    /// Its name.
    pub name: Option<Text>,
    /// How long it has been here, in milliseconds.
    pub for_ms: u64,
}
