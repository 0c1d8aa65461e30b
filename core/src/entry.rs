//! What stands in the log.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::net::IpAddr;

use crate::{Seq, SessionId, Time};

/// Text that many hold and nobody changes.
pub type Text = Arc<str>;

/// The digest of a secret; the secret itself never enters the core or the log.
pub type Digest = [u8; 32];

/// A name as it is shown, and the key by which it is compared.
///
/// Both are logged, because the Unicode tables that turn one into the other change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// As people see it.
    pub shown: Text,
    /// Normalised and case-folded.
    pub key: Text,
}

/// What a client calls a change that it may ask for twice: a number that grows, from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub u64);

impl Key {
    /// The greatest one: every number of a key is a whole number in any language.
    pub const MOST: Self = Self((1 << 63) - 1);
}

/// Whom the operator means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// Whoever has this name, as a key.
    Name(Text),
    /// One session, named or not.
    Session(SessionId),
}

/// What the operator shuts out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Barred {
    /// A name, as a key.
    Name(Text),
    /// Everybody who comes from an address.
    Address(IpAddr),
}

/// One command with the time at which it was stamped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Stamped once, by the node that appended it.
    pub time: Time,
    /// What the asker calls it, to be answered the same when it asks again.
    pub key: Option<Key>,
    /// What it asks of the state.
    pub command: Command,
}

/// Everything that can change the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Switches on the semantics `version` for all that follows. The first entry of every log.
    Rules {
        /// From 1; see [`crate::state::RULES`].
        version: u32,
    },
    /// A node started: sessions of its earlier epochs are over.
    NodeUp {
        /// Which node.
        node: u16,
        /// Its start, counted from 1.
        epoch: u32,
    },
    /// A resource comes into being.
    Declare {
        /// Its name.
        resource: Label,
    },
    /// How many bytes of its history each room keeps, from here on.
    History {
        /// Counted as [`crate::limits::KEPT_OVERHEAD`] says.
        bytes: u32,
    },
    /// A session takes a name and arrives in the lobby.
    Name {
        /// Who asks.
        session: SessionId,
        /// The name asked for.
        name: Label,
        /// Proof of being the principal that already has the name.
        proof: Option<Box<Digest>>,
        /// The digest of the resume secret that a new principal gets.
        secret: Option<Box<Digest>>,
    },
    /// A session comes into a room, which comes into being where there is none.
    Join {
        /// Who comes.
        session: SessionId,
        /// Where to.
        room: Label,
    },
    /// A session leaves a room.
    Leave {
        /// Who leaves.
        session: SessionId,
        /// Which room, as a key; `None`: its current one.
        room: Option<Text>,
    },
    /// A session says what a room is about.
    Topic {
        /// Who says it.
        session: SessionId,
        /// Which room, as a key; `None`: its current one.
        room: Option<Text>,
        /// What it is about; empty: nothing any more.
        text: Text,
    },
    /// A session says something in a room.
    Say {
        /// Who speaks.
        session: SessionId,
        /// Where, as a key; `None`: in its current room.
        room: Option<Text>,
        /// What was said.
        text: Text,
    },
    /// A session says something to one name.
    To {
        /// Who speaks.
        session: SessionId,
        /// To whom, as a key.
        name: Text,
        /// What was said.
        text: Text,
    },
    /// A session, named or not, tells the operator something.
    Note {
        /// Who.
        session: SessionId,
        /// What.
        text: Text,
    },
    /// A session takes a resource, now and until it gives it back.
    Reserve {
        /// Who asks.
        session: SessionId,
        /// Which resource, as a key.
        resource: Text,
    },
    /// A session gives a resource back.
    Cancel {
        /// Who asks.
        session: SessionId,
        /// Which resource, as a key.
        resource: Text,
    },
    /// The operator says something to every named session.
    Announce {
        /// The operator's session.
        session: SessionId,
        /// What is said.
        text: Text,
    },
    /// The operator says something to one.
    Tell {
        /// The operator's session.
        session: SessionId,
        /// To whom.
        to: Whom,
        /// What is said.
        text: Text,
    },
    /// The operator sends somebody away.
    Kick {
        /// The operator's session.
        session: SessionId,
        /// Whom.
        who: Whom,
    },
    /// The operator shuts somebody out.
    Ban {
        /// The operator's session.
        session: SessionId,
        /// Whom.
        who: Barred,
        /// For so many milliseconds of uptime; zero: from here on no more.
        for_ms: u64,
    },
    /// The operator gives a resource back, whoever has it.
    Release {
        /// The operator's session.
        session: SessionId,
        /// Which resource, as a key.
        resource: Text,
    },
    /// A session that had asked for a name is over.
    End {
        /// Which one.
        session: SessionId,
    },
    /// What the state had become after the entry `at`; a state that disagrees has drifted.
    Check {
        /// The entry after which `trail` was taken.
        at: Seq,
        /// See [`crate::state::State::trail`].
        trail: u64,
    },
}

impl Command {
    /// The session that waits for an answer to it.
    pub fn asker(&self) -> Option<SessionId> {
        match self {
            Self::Name { session, .. }
            | Self::Join { session, .. }
            | Self::Leave { session, .. }
            | Self::Topic { session, .. }
            | Self::Say { session, .. }
            | Self::To { session, .. }
            | Self::Note { session, .. }
            | Self::Reserve { session, .. }
            | Self::Cancel { session, .. }
            | Self::Announce { session, .. }
            | Self::Tell { session, .. }
            | Self::Kick { session, .. }
            | Self::Ban { session, .. }
            | Self::Release { session, .. } => Some(*session),
            Self::Rules { .. }
            | Self::NodeUp { .. }
            | Self::Declare { .. }
            | Self::History { .. }
            | Self::End { .. }
            | Self::Check { .. } => None,
        }
    }
}
