//! Rooms, coming back, keys and watching, against the real binary: what each client reads is
//! compared with what the log says, byte for byte where that is possible.

mod support;

#[path = "rooms/arrivals.rs"]
mod arrivals;
#[path = "rooms/chronicle.rs"]
mod chronicle;
#[path = "rooms/cutter.rs"]
mod cutter;
#[path = "rooms/dialects.rs"]
mod dialects;
#[path = "rooms/order.rs"]
mod order;
#[path = "rooms/patience.rs"]
mod patience;
#[path = "rooms/retrying.rs"]
mod retrying;
#[path = "rooms/returning.rs"]
mod returning;
#[path = "rooms/silent.rs"]
mod silent;
#[path = "rooms/staying.rs"]
mod staying;
#[path = "rooms/wanderers.rs"]
mod wanderers;
#[path = "rooms/watching.rs"]
mod watching;
