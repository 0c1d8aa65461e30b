//! A session that does nothing costs little memory, however it came.

use crate::support::{House, raise_descriptors};

const SESSIONS: usize = 2_000;
/// What a named session may cost: see docs/performance.md for what it does cost.
const MOST_BYTES: u64 = 2 << 10;

#[test]
fn an_idle_session_costs_no_more_than_two_kibibytes() {
    raise_descriptors(2 * SESSIONS as u64);
    let house = House::new()
        .with("level=warn")
        .with("listeners.native.sessions=0")
        .with("listeners.native.per_second=0")
        .gives_memory_back();
    let server = house.opens();
    let comes = |number| server.native("a guest").named(&format!("guest-{number}"));
    let cost = server.costs_of(SESSIONS, comes);
    eprintln!("each of {SESSIONS} sessions costs {cost} bytes");
    assert!(cost <= MOST_BYTES, "each of {SESSIONS} sessions costs {cost} bytes");
}
