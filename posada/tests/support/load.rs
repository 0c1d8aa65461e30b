//! Clients that pipeline until their server is gone, and remember what they were promised.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::json;

use super::{Arrival, Client, Event, GOODBYE, Ledger, Program};

/// How much is sent at once, without waiting for the answers.
const BURST: usize = 16;

/// How many promises were made so far, by all together.
#[derive(Default)]
pub(crate) struct Promises(AtomicU64);

impl Promises {
    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn one_more(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// What one client knows when its server is gone.
pub(crate) enum Memory {
    /// A program: where its messages and moves stand, and what it heard of others.
    Program { said: Vec<(String, u64)>, moved: Vec<(bool, u64)>, key: String, heard: Vec<Event> },
    /// A talker: what it said, and how much of that was acknowledged.
    Talker { said: Vec<String>, acknowledged: usize },
    /// A guest at the desk: whether its room was free at first, and how often it was told that it
    /// has taken it or given it back, of how many attempts.
    Guest { room: String, was_free: Option<bool>, moves: usize, attempts: usize },
}

/// Says things that nobody else says, and takes and gives back a key that nobody else touches.
pub(crate) fn program(mut client: Program, name: &str, key: &str, told: &Promises) -> Memory {
    let (mut said, mut moved, mut heard) = (vec![], vec![], vec![]);
    let mut asked = Vec::new();
    let mut next = 0;
    let mut open = true;
    while open {
        for _ in 0..BURST {
            let request = if asked.len() % 4 == 3 {
                let verb = ["reserve", "cancel"][asked.len() / 4 % 2];
                json!({"do": verb, "resource": key})
            } else {
                json!({"do": "say", "text": format!("{name} {}", asked.len())})
            };
            asked.push(request.clone());
            client.posts(request);
        }
        while next < asked.len() {
            match client.reads() {
                None => {
                    open = false;
                    break;
                }
                Some(Arrival::Event(event)) => heard.push(event),
                Some(Arrival::Answer(answer)) => {
                    let done = answer.unwrap_or_else(|code| panic!("{name} was refused: {code}"));
                    let seq = done["seq"].as_u64().expect("what is done has a seq");
                    match asked[next]["text"].as_str() {
                        Some(text) => said.push((text.to_owned(), seq)),
                        None => moved.push((asked[next]["do"] == "reserve", seq)),
                    }
                    next += 1;
                    told.one_more();
                }
            }
        }
    }
    Memory::Program { said, moved, key: key.to_owned(), heard }
}

/// Talks in lines.
pub(crate) fn talker(mut client: Client, name: &str, told: &Promises) -> Memory {
    let mut said: Vec<String> = vec![];
    let mut acknowledged = 0;
    loop {
        let burst: Vec<_> =
            (said.len()..said.len() + BURST).map(|n| format!("{name} {n}")).collect();
        client.throws(burst.join("\n") + "\n");
        said.extend(burst);
        while acknowledged < said.len() {
            match client.line().as_deref() {
                None => return Memory::Talker { said, acknowledged },
                Some("Recibido") => {
                    acknowledged += 1;
                    told.one_more();
                }
                Some(relay) => assert!(relay.contains(": "), "{name} reads {relay:?}"),
            }
        }
    }
}

/// Takes a room that nobody else wants, gives it back, takes it again.
pub(crate) fn guest(mut client: Client, room: &str, told: &Promises) -> Memory {
    let (mut moves, mut attempts) = (0, 0);
    let was_free = looks_for(&mut client, room);
    let remembered = |moves, attempts| {
        let room = room.to_owned();
        Memory::Guest { room, was_free, moves, attempts }
    };
    let Some(was_free) = was_free else { return remembered(moves, attempts) };
    let taking = |attempt: usize| attempt.is_multiple_of(2) == was_free;
    let verb = |attempt| if taking(attempt) { "RESERVAR" } else { "CANCELAR" };
    loop {
        let burst = (attempts..attempts + BURST).map(|n| format!("{} {room}\n", verb(n)));
        client.throws(burst.collect::<Vec<_>>().concat());
        attempts += BURST;
        while moves < attempts {
            let reply = client.line().filter(|line| line != GOODBYE);
            let Some(reply) = reply else { return remembered(moves, attempts) };
            let done = if taking(moves) { "exitosa" } else { "cancelada" };
            assert_eq!(reply, format!("Reserva {done}: {room}"), "to attempt {moves}");
            moves += 1;
            told.one_more();
        }
    }
}

/// Whether a room is free; `None` when the server is gone before it has said so.
fn looks_for(client: &mut Client, room: &str) -> Option<bool> {
    client.throws("LISTAR\nAYUDA\n");
    let mut free = false;
    loop {
        let line = client.line()?;
        free |= line == room;
        if line.starts_with("Comandos:") {
            return Some(free);
        }
    }
}

impl Memory {
    /// Everything that was promised in one epoch of the server is in the log, once, and where it
    /// was said to be.
    pub(crate) fn agrees_with(&self, ledger: &Ledger, epoch: u32) {
        match self {
            Self::Program { said, moved, key, heard } => {
                let places = ledger.places();
                for (text, seq) in said {
                    assert_eq!(places.get(text.as_str()), Some(seq), "{text:?} in the log");
                }
                for event in heard {
                    let place = places.get(event.text.as_str());
                    assert_eq!(place, Some(&event.seq), "{event:?}, as others heard it");
                }
                let logged = ledger.moves_of(key);
                for (place, (taken, seq)) in moved.iter().enumerate() {
                    let step = logged.get(place).map(|step| (step.taken, step.seq));
                    assert_eq!(step, Some((*taken, *seq)), "move {place} of {key}");
                }
            }
            Self::Talker { said, acknowledged } => {
                let places = ledger.places();
                let mut before = 0;
                for text in &said[..*acknowledged] {
                    let place = places.get(text.as_str()).copied();
                    assert!(place > Some(before), "{text:?} at {place:?}, after {before}");
                    before = place.unwrap_or_default();
                }
            }
            Self::Guest { room, was_free, moves, attempts } => {
                let logged = ledger.moves_of(room).into_iter().filter(|step| step.epoch == epoch);
                let logged: Vec<_> = logged.collect();
                let (done, most) = (logged.len(), *attempts);
                assert!(*moves <= done, "{room}: {moves} promised, {done} in epoch {epoch}");
                assert!(done <= most, "{room}: {most} tried, {done} in epoch {epoch}");
                let Some(was_free) = *was_free else { return };
                let in_turn = |turn: usize| turn.is_multiple_of(2) == was_free;
                let turned = logged.iter().enumerate().all(|(n, step)| step.taken == in_turn(n));
                assert!(turned, "{room} was not what it was said to be at start {epoch}");
                let at_start = &ledger.free_at_start[epoch as usize - 1];
                // At the first start the log did not know the room yet.
                let expected = epoch == 1 || at_start.contains(room);
                assert_eq!(was_free, expected, "{room} at start {epoch}");
            }
        }
    }
}
