//! What the tests of the real binary share: a house, the server that opens it, and the clients
//! that come in with raw sockets. Nothing here knows how posada works inside; the log is read
//! only after its server has ended. Nobody sleeps: every wait is for a condition and bounded.

#![allow(
    dead_code,
    unused_imports,
    reason = "every test file tells its own story with some of these words"
)]

mod asker;
mod client;
mod clock;
mod dice;
mod house;
mod ledger;
pub(crate) mod load;
mod native;
mod process;
pub(crate) mod pty;
mod script;
mod server;
mod tape;
mod transcript;
mod wait;

pub(crate) use asker::{Asker, SECRET, What};
pub(crate) use client::Client;
pub(crate) use clock::FakeClock;
pub(crate) use dice::Dice;
pub(crate) use house::{Failure, House};
pub(crate) use ledger::{Ledger, Move, Said, read_log};
pub(crate) use native::{Arrival, Event, Native, Program};
pub(crate) use process::{lacks, raise_descriptors, stop};
pub(crate) use script::Script;
pub(crate) use server::{Server, doors};
pub(crate) use tape::Tape;
pub(crate) use wait::{PATIENCE, until};

/// What seed 2's server says first. The two spaces are its own.
pub(crate) const PROMPT: &str = "Por favor, envia tu  nombre:";

/// What everybody on a seed listener is told when the operator stops the server.
pub(crate) const GOODBYE: &str = "El servidor se esta cerrando. Desconectando...";

/// The three rooms of seed 4.
pub(crate) const ROOMS: [&str; 3] = ["Habitación 1", "Habitación 2", "Habitación 3"];

/// How seed 4's server lists what is free.
pub(crate) fn listed(free: &[&str]) -> String {
    let mut reply = "Recursos disponibles:".to_owned();
    for room in free {
        reply.push('\n');
        reply.push_str(room);
    }
    reply
}

/// Runs one thread per guest, at once, and returns what each brought back, in order.
pub(crate) fn at_once<G, R, F>(guests: impl IntoIterator<Item = G>, each: F) -> Vec<R>
where
    G: Send,
    R: Send,
    F: Fn(G) -> R + Sync,
{
    let each = &each;
    std::thread::scope(|scope| {
        let threads: Vec<_> =
            guests.into_iter().map(|guest| scope.spawn(move || each(guest))).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|why| std::panic::resume_unwind(why)))
            .collect()
    })
}
