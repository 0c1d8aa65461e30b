//! What applying one entry came to.

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::{Seq, SessionId, Text, Time};

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
        /// The session that the same principal had until now.
        replaced: Option<SessionId>,
    },
    /// The session's message goes to the lobby.
    Said {
        /// The sender's name.
        from: Text,
        /// How many others are in the lobby.
        addressed: u32,
    },
    /// The session's message goes to one other.
    Told {
        /// The sender's name.
        from: Text,
        /// Who gets it.
        to: SessionId,
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
    /// The state after `at` was another one when this log was written.
    Drifted {
        /// Where the two differ at the latest.
        at: Seq,
    },
    /// The log asks for semantics that this program does not know.
    UnknownRules(u32),
}

impl Outcome {
    /// The trail after this outcome: changes if anything about it, or before it, changes.
    pub(super) fn fold_into(&self, trail: u64, seq: Seq, time: Time) -> u64 {
        let (kind, detail, text): (u64, u64, &str) = match self {
            Self::Noted => (1, 0, ""),
            Self::Refused(refusal) => (2, 0, refusal.code()),
            Self::Named { name, resumed, .. } => (3, u64::from(*resumed), name),
            Self::Said { from, addressed } => (4, u64::from(*addressed), from),
            Self::Told { from, .. } => (5, 0, from),
            Self::Reserved { resource } => (6, 0, resource),
            Self::Cancelled { resource } => (7, 0, resource),
            Self::Drifted { at } => (8, at.0, ""),
            Self::UnknownRules(version) => (9, u64::from(*version), ""),
        };
        let other = match self {
            Self::Named { replaced, .. } => *replaced,
            Self::Told { to, .. } => Some(*to),
            _ => None,
        };
        let [node, epoch, number] = other.map_or([0; 3], |other| {
            [u64::from(other.node) + 1, u64::from(other.epoch), other.number.0]
        });
        let mut bytes = [0; 64];
        let numbers = [seq.0, time.wall_ms, time.uptime_ms, kind, detail, node, epoch, number];
        for (place, number) in bytes.chunks_exact_mut(8).zip(numbers) {
            place.copy_from_slice(&number.to_le_bytes());
        }
        xxh3_64_with_seed(&bytes, xxh3_64_with_seed(text.as_bytes(), trail))
    }
}

/// Why something was refused. The codes are part of the protocol and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The session has no name, and this needs one.
    NameFirst,
    /// The session has a name already.
    AlreadyNamed,
    /// Somebody else has the name.
    NameTaken,
    /// The resume secret is not the one that was given with the name.
    BadSecret,
    /// Nobody of that name is here.
    NotHere,
    /// There is no resource of that name.
    NoSuchResource,
    /// Somebody has the resource.
    Taken,
    /// Nobody has the resource.
    NotHeld,
    /// Somebody else has the resource.
    NotYours,
    /// The principal holds as many as it may.
    TooManyReservations,
    /// A table of the state is full.
    Full,
    /// The resource has been declared before.
    AlreadyDeclared,
    /// The name cannot be a name.
    BadName,
    /// The name is one of the words that nobody may have.
    NameReserved,
    /// The text is not UTF-8, or holds a NUL.
    BadText,
    /// The message is longer than this listener allows.
    TooLong,
    /// The message holds nothing.
    Empty,
    /// No such verb.
    UnknownVerb,
    /// The verb needs another form.
    BadRequest,
    /// More messages in a second than this listener allows.
    TooFast,
    /// Too much is under way; nothing was done.
    Busy,
    /// There is no space to store anything; nothing was done.
    ReadOnly,
}

impl Refusal {
    /// Every refusal, for tables and tests.
    pub const ALL: [Self; 22] = [
        Self::NameFirst,
        Self::AlreadyNamed,
        Self::NameTaken,
        Self::BadSecret,
        Self::NotHere,
        Self::NoSuchResource,
        Self::Taken,
        Self::NotHeld,
        Self::NotYours,
        Self::TooManyReservations,
        Self::Full,
        Self::AlreadyDeclared,
        Self::BadName,
        Self::NameReserved,
        Self::BadText,
        Self::TooLong,
        Self::Empty,
        Self::UnknownVerb,
        Self::BadRequest,
        Self::TooFast,
        Self::Busy,
        Self::ReadOnly,
    ];

    /// The stable code, for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NameFirst => "name_first",
            Self::AlreadyNamed => "already_named",
            Self::NameTaken => "name_taken",
            Self::BadSecret => "bad_secret",
            Self::NotHere => "not_here",
            Self::NoSuchResource => "no_such_resource",
            Self::Taken => "taken",
            Self::NotHeld => "not_held",
            Self::NotYours => "not_yours",
            Self::TooManyReservations => "too_many_reservations",
            Self::Full => "full",
            Self::AlreadyDeclared => "already_declared",
            Self::BadName => "bad_name",
            Self::NameReserved => "name_reserved",
            Self::BadText => "bad_text",
            Self::TooLong => "too_long",
            Self::Empty => "empty",
            Self::UnknownVerb => "unknown_verb",
            Self::BadRequest => "bad_request",
            Self::TooFast => "too_fast",
            Self::Busy => "busy",
            Self::ReadOnly => "read_only",
        }
    }
}

impl From<Result<(), Refusal>> for Outcome {
    fn from(result: Result<(), Refusal>) -> Self {
        match result {
            Ok(()) => Self::Noted,
            Err(refusal) => Self::Refused(refusal),
        }
    }
}
