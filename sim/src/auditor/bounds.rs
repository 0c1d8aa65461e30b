//! What the server may keep of anything, however long it runs and whatever clients do.

use super::Auditor;
use super::violation::{Audit, Invariant};

const ROOMS: usize = 1_000;
const MAILBOX_BYTES: u64 = 16 * 1024;
const KEYS_EACH: usize = 256;
const KEYS: usize = 1_000_000;
const BANS: usize = 10_000;
const AWAY: usize = 10_000;

/// How much the server keeps.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// Rooms.
    pub rooms: usize,
    /// Bytes of the longest history of a room.
    pub history_bytes: u64,
    /// Bytes of the longest history of one principal.
    pub mailbox_bytes: u64,
    /// Keys of the principal that has most.
    pub keys_each: usize,
    /// Keys of all.
    pub keys: usize,
    /// Bans.
    pub bans: usize,
    /// Principals that are away.
    pub away: usize,
    /// Sessions, named or not.
    pub sessions: usize,
    /// Asks and goodbyes that wait for their turn.
    pub waiting: usize,
}

impl Auditor {
    /// What the server keeps now, between two steps.
    ///
    /// # Errors
    /// When that is more than it may be, or sessions are kept that are over.
    pub fn weighed(&self, sizes: &Sizes) -> Audit {
        let here = self.seats.all().filter(|(_, seat)| seat.is_placed()).count();
        let owed: usize = self.seats.all().map(|(_, seat)| seat.owed.len()).sum();
        // An end waits too, and nobody waits for it; so does what the server writes for itself.
        let waiting = owed + self.seats.all().count() + 1;
        let holds = sizes.rooms <= ROOMS
            && sizes.history_bytes <= u64::from(self.fold.history_bytes)
            && sizes.mailbox_bytes <= MAILBOX_BYTES
            && sizes.keys_each <= KEYS_EACH
            && sizes.keys <= KEYS
            && sizes.bans <= BANS
            && sizes.away <= AWAY
            && sizes.sessions == here
            && sizes.waiting <= waiting;
        Invariant::MemoryIsBounded.require(holds, || {
            format!("{sizes:?}, where {here} sessions are here and {waiting} may wait")
        })
    }
}
