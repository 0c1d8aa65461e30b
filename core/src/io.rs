//! The core's whole surface: what goes in, what comes out.

use alloc::vec::Vec;

use crate::{Digest, Entry, Label, ListenerId, Refusal, RoomId, Seq, SessionNumber, Text};

/// What happened outside.
#[derive(Clone, Debug)]
pub enum Input {
    /// A client connected. Refused ones come out again as [`Output::Close`].
    Opened {
        /// A number never used before in this epoch.
        session: SessionNumber,
        /// Where it came in.
        listener: ListenerId,
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

/// What a client asks, whatever dialect it said it in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Take a name, or return to it.
    Name {
        /// The name.
        name: Label,
        /// The digest of the resume secret, from who returns.
        proof: Option<Digest>,
        /// The digest of a newly drawn secret, for who is new.
        secret: Option<Digest>,
    },
    /// Say something in the lobby.
    Say(Text),
    /// Say something to one name.
    To {
        /// The name, as a key.
        name: Text,
        /// What to say.
        text: Text,
    },
    /// Who is in the lobby?
    Who,
    /// What is there to reserve?
    List,
    /// Take a resource, by its key.
    Reserve(Text),
    /// Give a resource back, by its key.
    Cancel(Text),
    /// Are you there?
    Ping,
    /// What can I ask?
    Help,
    /// Goodbye.
    Quit,
    /// Something that could not be read as any of these; answered in its turn.
    Unreadable(Refusal),
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
    /// From here on the session gets what is published in the room.
    Joined {
        /// Who.
        session: SessionNumber,
        /// Where.
        room: RoomId,
        /// The last entry that it does not get.
        after: Seq,
    },
    /// One message for everybody in a room, however many they are, but its sender.
    Published {
        /// Where.
        room: RoomId,
        /// Which entry it is.
        seq: Seq,
        /// The sender's session, where it is one of this node.
        sender: Option<SessionNumber>,
        /// The sender's name.
        from: Text,
        /// What was said.
        text: Text,
    },
    /// One message for one session.
    Direct {
        /// For whom.
        session: SessionNumber,
        /// Which entry it is.
        seq: Seq,
        /// The sender's name.
        from: Text,
        /// What was said.
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

/// The answer to one [`Ask`].
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
    /// The message is on its way.
    Said {
        /// Which entry it is.
        seq: Seq,
        /// To how many sessions it went; advisory.
        addressed: u32,
    },
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
    /// Who is in the lobby, in order of arrival there.
    Who(Vec<Text>),
    /// All resources, in the order in which they were declared.
    List(Vec<ResourceView>),
    /// Here I am.
    Pong,
    /// What can be asked is the profile's to say.
    Help,
    /// No, and why.
    Refused(Refusal),
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
    /// It takes what it is sent too slowly. Only listeners know, so the core never says it.
    Slow,
    /// The server is closing.
    Closing,
}
