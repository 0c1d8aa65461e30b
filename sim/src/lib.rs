//! Whole worlds of posada in one thread, each drawn from one number.
//!
//! The real core, the real log records and the real segment engine run over a simulated disk,
//! network and clock. Clients collide on a few names, rooms, resources and keys, come back with
//! their secrets to ask what they missed and to ask again what was never answered; some never read,
//! flood, or send garbage; streams break with something on their way, datagrams are lost and come
//! twice; limits are met to the millisecond, the process stops at any call, and what was not
//! synced is lost sector by sector. Most starts begin from a snapshot of an earlier one.
//! An auditor that shares no code with the core watches what clients see and what the log holds,
//! and names the invariant that breaks. The same seed always gives the same world: a failure is a
//! number.
//!
//! Deliberately absent: sockets, threads, real time, real files. What it cannot find: races
//! between threads, mistakes of listeners and of the real file system, damage at rest, and the
//! bounds that no small world reaches (principals away, keys of all, bans): scripts of the core do.
//!
//! Read next: [`world`] (what happens), [`auditor`] (what must hold), [`disk`] (what survives),
//! [`network`] (what arrives), [`swarm`] (what is drawn), [`shrink`] (the shortest way to a
//! failure). `faults/` holds mistakes put in on purpose; `faults/run` shows that each is caught.
#![forbid(unsafe_code)]

pub mod auditor;
pub mod client;
pub mod disk;
pub mod network;
pub mod node;
pub mod recovery;
pub mod rng;
pub mod shrink;
pub mod stats;
pub mod swarm;
pub mod trace;
pub mod world;

pub use auditor::{Invariant, Violation};
pub use world::{Report, run};
