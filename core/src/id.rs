//! Identifiers. All are numbers that the log or a listener gave out once and never gives again.

use core::cmp::Ordering;

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

/// A session as the log knows it: unique for ever. Ordered by node, epoch and number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SessionId {
    /// The node that accepted it.
    pub node: u16,
    /// That node's start, counted from 1.
    pub epoch: u32,
    /// Its number within that start.
    pub number: SessionNumber,
}

impl SessionId {
    /// The same as one number, since it is compared many times in every command.
    fn packed(self) -> u128 {
        u128::from(self.node) << 96 | u128::from(self.epoch) << 64 | u128::from(self.number.0)
    }
}

impl Ord for SessionId {
    fn cmp(&self, other: &Self) -> Ordering {
        self.packed().cmp(&other.packed())
    }
}

impl PartialOrd for SessionId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_are_ordered_by_node_then_epoch_then_number() {
        let id = |node, epoch, number| SessionId { node, epoch, number: SessionNumber(number) };
        let ordered = [
            id(0, 0, 0),
            id(0, 0, u64::MAX),
            id(0, 1, 0),
            id(0, u32::MAX, 1),
            id(1, 0, 0),
            id(u16::MAX, 0, 0),
        ];
        assert!(ordered.is_sorted() && ordered.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
