//! What stands in the log.

use alloc::sync::Arc;

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

/// One command with the time at which it was stamped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Stamped once, by the node that appended it.
    pub time: Time,
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
    /// A session takes a name and arrives in the lobby.
    Name {
        /// Who asks.
        session: SessionId,
        /// The name asked for.
        name: Label,
        /// Proof of being the principal that already has the name.
        proof: Option<Digest>,
        /// The digest of the resume secret that a new principal gets.
        secret: Option<Digest>,
    },
    /// A session says something in the lobby.
    Say {
        /// Who speaks.
        session: SessionId,
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
    pub(crate) fn asker(&self) -> Option<SessionId> {
        match self {
            Self::Name { session, .. }
            | Self::Say { session, .. }
            | Self::To { session, .. }
            | Self::Reserve { session, .. }
            | Self::Cancel { session, .. } => Some(*session),
            Self::Rules { .. }
            | Self::NodeUp { .. }
            | Self::Declare { .. }
            | Self::End { .. }
            | Self::Check { .. } => None,
        }
    }
}
