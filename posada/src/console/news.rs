//! What the operator is told, before it has words.

use std::net::SocketAddr;

use posada_core::{Goodbye, Order, Refusal, Text};

use super::order::Mistake;
use super::reply::Reply;

/// Somebody as the operator knows them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Who {
    /// Where they come from.
    pub peer: Option<SocketAddr>,
    /// Their name, once they have one.
    pub name: Option<Text>,
}

/// One thing to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// Somebody connected, at this listener.
    Connected(Who, &'static str),
    /// Somebody got a name; whether it was theirs before.
    Named(Who, Text, bool),
    /// Somebody came into a room.
    Joined(Who, Text),
    /// Somebody left a room.
    Departed(Who, Text),
    /// A message in a room.
    Said {
        /// Where.
        room: Text,
        /// The sender's name.
        from: Text,
        /// What was said.
        text: Text,
    },
    /// Somebody said what a room is about.
    Topic {
        /// Which room.
        room: Text,
        /// Who said it.
        from: Text,
        /// What it is about.
        text: Text,
    },
    /// A message from one to one: that there was one, and to whom, but not what it says.
    Direct(Text, Who),
    /// A message to one who is away, by the name that was asked for.
    Kept(Who, Text),
    /// A note for the operator.
    Noted(Text),
    /// What the operator said to everybody.
    Announced(Text),
    /// What the operator said to one.
    Told(Who, Text),
    /// Somebody has a resource.
    Reserved(Who, Text),
    /// Somebody gave a resource back.
    Cancelled(Who, Text),
    /// Somebody was refused something.
    Refused(Who, Refusal),
    /// Somebody is the operator from here on.
    Operator(Who),
    /// An operator elsewhere gave an order that was carried out.
    Ordered(Who, Order),
    /// Somebody is gone; for what reason, if the server had one.
    Gone(Who, Option<Goodbye>),
    /// A sync took so many milliseconds.
    DiskSlow(u128),
    /// More comes than can be done: some of it is refused from here on.
    Overloaded,
    /// That is over; so much was refused.
    Relieved(u64),
    /// There is no space to store anything, and what the log says to that.
    DiskFull(String),
    /// There is space again.
    DiskFree,
    /// The answer to what was typed here.
    Reply(Reply),
    /// What was typed cannot be meant.
    Mistake(Mistake),
    /// What can be typed.
    Help,
    /// There is no more input: from here on the console only shows.
    NoInput,
    /// The server is closing.
    Closing,
    /// What the program has to say beside all this.
    Log(String),
}
