//! What a client asks, whatever dialect it said it in.

use alloc::boxed::Box;
use core::net::SocketAddr;

use crate::{Barred, Digest, Label, Refusal, Seq, Text};

/// What a client asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Take a name, or return to it.
    Name {
        /// The name.
        name: Label,
        /// The digest of the resume secret, from who returns.
        proof: Option<Box<Digest>>,
        /// The digest of a newly drawn secret, for who is new.
        secret: Option<Box<Digest>>,
    },
    /// Come into a room.
    Join(Label),
    /// Leave a room, by its key, or the current one.
    Leave(Option<Text>),
    /// What is a room about? By its key, or the current one.
    Topic(Option<Text>),
    /// Say what a room is about.
    SetTopic {
        /// The room, by its key; `None`: the current one.
        room: Option<Text>,
        /// What it is about; empty: nothing any more.
        text: Text,
    },
    /// Say something in a room.
    Say {
        /// The room, by its key; `None`: the current one.
        room: Option<Text>,
        /// What to say.
        text: Text,
    },
    /// Say something to one name.
    To {
        /// The name, as a key.
        name: Text,
        /// What to say.
        text: Text,
    },
    /// Tell the operator something.
    Note(Text),
    /// Let those who watch a room know that something is being typed: by its key, or the current.
    Typing(Option<Text>),
    /// What did I miss?
    Resume {
        /// The last entry that was seen.
        after: Seq,
        /// In which room, by its key; `None`: everywhere.
        room: Option<Text>,
    },
    /// Tell me from here on what happens to something.
    Watch(Watched),
    /// Do not tell me any more.
    Unwatch(Watched),
    /// Who is in a room? By its key, or the current one, or the lobby.
    Who(Option<Text>),
    /// Which rooms are there?
    Rooms,
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
    /// I am the operator: the digest of the token that proves it.
    Operator(Box<Digest>),
    /// What only the operator may ask.
    Order(Order),
    /// Something that could not be read as any of these; answered in its turn.
    Unreadable(Refusal),
}

/// What only the operator may ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Say something to every named session.
    Announce(Text),
    /// Say something to one.
    Tell {
        /// To whom.
        to: Addressee,
        /// What to say.
        text: Text,
    },
    /// Send somebody away.
    Kick(Addressee),
    /// Shut somebody out.
    Ban {
        /// Whom.
        who: Barred,
        /// For so many milliseconds; zero: from here on no more.
        for_ms: u64,
    },
    /// Give a resource back, whoever has it; by its key.
    Release(Text),
    /// Who is connected?
    Sessions,
}

/// Somebody whom the operator means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Addressee {
    /// Whoever has this name, as a key.
    Name(Text),
    /// Whoever is connected from there.
    Peer(SocketAddr),
}

/// What can be watched.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Watched {
    /// Every resource.
    Resources,
    /// One resource, by its key.
    Resource(Text),
    /// Who comes, goes and types in a room, by its key.
    Room(Text),
}
