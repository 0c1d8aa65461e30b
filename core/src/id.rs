//! Identifiers. All are numbers that the log or a listener gave out once and never gives again.

/// The sequence number of an entry in the log, from 1. Zero is "before everything".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seq(pub u64);

/// Who owns things: the sequence number of the entry that made the principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PrincipalId(pub Seq);

impl PrincipalId {
    /// Every client without a name, together.
    pub const ANONYMOUS: Self = Self(Seq(0));
}

/// A room: the sequence number of the entry that made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoomId(pub Seq);

impl RoomId {
    /// The room that is always there.
    pub const LOBBY: Self = Self(Seq(0));
}

/// A listener of this node, numbered as in its configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListenerId(pub u16);

/// A session's number, unique within one start of one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionNumber(pub u64);

/// A session as the log knows it: unique for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId {
    /// The node that accepted it.
    pub node: u16,
    /// That node's start, counted from 1.
    pub epoch: u32,
    /// Its number within that start.
    pub number: SessionNumber,
}
