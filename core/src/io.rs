//! The core's whole surface: what goes in, what comes out.

use core::net::SocketAddr;

use crate::{Answer, Ask, Entry, Key, ListenerId, RoomId, Seq, SessionNumber, Text};

/// What happened outside.
#[derive(Clone, Debug)]
pub enum Input {
    /// A client connected. Refused ones come out again as [`Output::Close`].
    Opened {
        /// A number never used before in this epoch.
        session: SessionNumber,
        /// Where it came in.
        listener: ListenerId,
        /// Where it comes from; `None`: from this process.
        peer: Option<SocketAddr>,
    },
    /// Bytes arrived that make no whole message yet, from a client that may never end one:
    /// they count against its rate.
    Heard {
        /// From whom.
        session: SessionNumber,
    },
    /// A client asked something.
    Asked {
        /// Who.
        session: SessionNumber,
        /// What.
        ask: Ask,
        /// What it calls the change, to be answered the same when it asks again.
        key: Option<Key>,
        /// Whether [`Input::Heard`] has counted it against the rate already.
        counted: bool,
    },
    /// A client is gone.
    Closed {
        /// Which one.
        session: SessionNumber,
    },
    /// The oldest entry that was handed out is durable.
    Appended {
        /// Where it stands in the log.
        seq: Seq,
        /// The entry, as it was handed out.
        entry: Entry,
    },
    /// The oldest entry that was handed out could not be stored, for lack of space.
    NotAppended {
        /// The entry, as it was handed out.
        entry: Entry,
    },
    /// The time that [`Output::Wake`] asked for has come.
    Tick,
    /// The server is closing: everyone is told, nobody new is let in.
    Drain,
}

/// What is to be done outside.
#[derive(Clone, Debug)]
pub enum Output {
    /// Make this entry durable and bring it back as [`Input::Appended`].
    Append(Entry),
    /// Answer the oldest unanswered ask of a session.
    Reply {
        /// Whose.
        session: SessionNumber,
        /// The answer.
        answer: Answer,
    },
    /// From here on the session gets what is published there, its own words excepted.
    Follow {
        /// Who.
        session: SessionNumber,
        /// What.
        feed: Feed,
    },
    /// From here on it does not.
    Unfollow {
        /// Who.
        session: SessionNumber,
        /// What.
        feed: Feed,
    },
    /// One event for everybody who follows a feed, however many they are.
    Published {
        /// Where.
        feed: Feed,
        /// Which entry it is; `None`: it is a signal, and in no log.
        seq: Option<Seq>,
        /// Who does not get it, where that is a session of this node.
        sender: Option<SessionNumber>,
        /// What happened.
        event: Event,
    },
    /// One event for one session.
    Direct {
        /// For whom.
        session: SessionNumber,
        /// Which entry it is.
        seq: Seq,
        /// What happened.
        event: Event,
    },
    /// A note for the operator.
    Noted {
        /// From whom.
        session: SessionNumber,
        /// Which entry it is.
        seq: Seq,
        /// The sender's name, if it has one.
        from: Option<Text>,
        /// What it says.
        text: Text,
    },
    /// Tell a session goodbye and close it, after all that it was owed.
    Close {
        /// Which one.
        session: SessionNumber,
        /// Why.
        reason: Goodbye,
    },
    /// Feed [`Input::Tick`] when uptime reaches this many milliseconds; `None`: never.
    Wake(Option<u64>),
}

/// Something that many follow together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Feed {
    /// What every named session gets.
    Everyone,
    /// What is said in a room.
    Room(RoomId),
    /// Who comes, goes and types in a room.
    Signals(RoomId),
    /// What happens to any resource.
    Resources,
    /// What happens to one resource, by its key.
    Resource(Text),
}

/// Something that clients are told though they did not ask just then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A message in a room.
    Said {
        /// Where.
        room: Text,
        /// The sender's name.
        from: Text,
        /// What was said.
        text: Text,
    },
    /// A message for one alone.
    Direct {
        /// The sender's name.
        from: Text,
        /// What was said.
        text: Text,
    },
    /// A message from the operator to everybody.
    Announced {
        /// What was said.
        text: Text,
    },
    /// A message from the operator to one alone.
    Told {
        /// What was said.
        text: Text,
    },
    /// Somebody said what a room is about.
    Topic {
        /// Which room.
        room: Text,
        /// Who said it.
        from: Text,
        /// What it is about; empty: nothing any more.
        text: Text,
    },
    /// A resource was reserved.
    Reserved {
        /// Which one.
        resource: Text,
    },
    /// A resource was given back.
    Cancelled {
        /// Which one.
        resource: Text,
    },
    /// What happened is not known any more, from the entry behind `after` on.
    Gap {
        /// In which room; `None`: among the messages for one alone.
        room: Option<Text>,
        /// The last entry before the gap that was seen.
        after: Seq,
    },
    /// Somebody came into a room.
    Here {
        /// Which room.
        room: Text,
        /// Who.
        name: Text,
    },
    /// Somebody left a room.
    Gone {
        /// Which room.
        room: Text,
        /// Who.
        name: Text,
    },
    /// Somebody types.
    Typing {
        /// In which room.
        room: Text,
        /// Who.
        name: Text,
    },
}

/// Why a session is closed by the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goodbye {
    /// It asked to leave.
    Left,
    /// All places of its listener are taken; the number of places.
    Full(u32),
    /// It sent a message over the length allowed.
    TooLong,
    /// It sent too many messages in a second.
    TooFast,
    /// It gave no name in time.
    Nameless,
    /// Its principal came back on another connection.
    Replaced,
    /// The operator sent it away.
    Kicked,
    /// The operator has shut it out.
    Banned,
    /// It takes what it is sent too slowly. Only listeners know, so the core never says it.
    Slow,
    /// The server is closing.
    Closing,
}
