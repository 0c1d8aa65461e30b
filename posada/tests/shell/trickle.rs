//! Clients that begin a line and do not end it: they cost nobody anything, and have a minute.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::support::{Client, FakeClock, House, ROOMS, Server, listed, until};

/// Half lines of each kind.
const EACH: usize = 100;
const ROUNDS: usize = 20;
/// What comes of each in a round.
const PIECE: &str = "aaaaaaaaaaaaaaaa";
/// The half lines themselves are a hundred kilobytes; the rest is what connections take.
const MOST_GROWTH_KB: u64 = 4 << 10;

#[test]
fn half_lines_cost_nobody_anything() {
    let house = House::new()
        .in_memory()
        .with("listeners.talk.sessions=0")
        .with("listeners.talk.per_second=0")
        .with("listeners.desk.sessions=0");
    let server = house.opens();
    let mut quiet = server.native("quiet").named("quiet");
    let before = server.memory_kb();
    let mut half: Vec<_> = (0..EACH).map(|n| begin(&server, n)).collect();
    for _ in 0..ROUNDS {
        for client in half.iter_mut().flatten() {
            client.sends(PIECE);
        }
        assert_eq!(quiet.asks("ping"), "OK pong");
        server.desk_in_lines().asks("LISTAR", &listed(&ROOMS));
    }
    let grown = server.memory_kb().saturating_sub(before);
    eprintln!("{} half lines take {grown} kB", 3 * EACH);
    assert!(grown < MOST_GROWTH_KB, "the server grew by {grown} kB");
    // Nothing of it was lost: who ends the line after all is answered.
    let [_, _, talker] = &mut half[0];
    talker.sends("\n").reads("Recibido\n");
    for [by_hand, program, _] in &mut half {
        by_hand.sends("\n").reads("ERR unknown_verb ");
        program.sends("\"}\n").reads("{\"id\":1,\"error\":{\"code\":\"name_first\"");
    }
    server.stops();
}

/// One by hand, one in JSON, one who talks.
fn begin(server: &Server, n: usize) -> [Client; 3] {
    let mut by_hand = server.native("by hand").socket;
    by_hand.sends("a");
    let mut program = server.program("a program").socket;
    program.sends("{\"id\":1,\"do\":\"say\",\"text\":\"");
    let mut talker = server.stranger("a talker");
    talker.sends(format!("nadie {n}\nhol"));
    [by_hand, program, talker]
}

const GOODBYE: &str = "you read or write too slowly";
const ADIOS: &str = "Error: Lees o escribes demasiado despacio.";

/// A minute is a second here.
#[test]
fn a_line_that_is_not_whole_after_a_minute_is_the_last() {
    let Some(clock) = FakeClock::that_runs(60) else { return };
    let server = House::new().in_memory().under(&clock).opens();
    let mut quiet = server.native("quiet").named("quiet");
    let mut luis = server.talk_in_lines("luis", "\n");
    let mut pasting = server.native("pasting");

    let mut by_hand = server.native("by hand");
    by_hand.socket.sends("say ho");
    let mut program = server.program("a program");
    assert!(program.asks(json!({"do": "ping"})).is_ok());
    program.socket.sends("{\"id\":2,");
    let mut talker = server.talk_in_lines("eva", "\n");
    talker.sends("hol");
    let mut guest = server.desk_in_lines();
    guest.asks("LISTAR", &listed(&ROOMS)).sends("RESERVAR Hab");
    let mut trickling = server.native("trickling");
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let mut tap = trickling.socket.sender();
        let over = &over;
        let _at_the_latest = Over(over);
        scope.spawn(move || {
            while !over.load(Ordering::Relaxed) && tap.write_all(b"a").is_ok() {
                thread::park_timeout(Duration::from_millis(1));
            }
        });
        // A long paste: each of its lines has a minute.
        scope.spawn(move || {
            let lines = format!("{}\n", "x".repeat(9_000)).repeat(8);
            while !over.load(Ordering::Relaxed) {
                pasting.socket.sends(&lines);
                for _ in 0..8 {
                    let reply = pasting.answer().expect("it is not cut off");
                    assert!(reply.starts_with("ERR unknown_verb "), "{reply}");
                }
            }
        });
        by_hand.socket.reads(format!("BYE slow {GOODBYE}\n")).is_cut_off();
        let bye = format!("{{\"event\":\"bye\",\"code\":\"slow\",\"message\":\"{GOODBYE}\"}}\n");
        program.socket.reads(bye).is_cut_off();
        talker.reads(format!("{ADIOS}\n")).is_cut_off();
        guest.reads(format!("{ADIOS}\n")).is_cut_off();
        trickling.socket.reads(format!("BYE slow {GOODBYE}\n"));
    });
    server.forgets("eva");
    // What is logged is written beside what is done.
    let sent_away = || server.logged().matches("it did not end what it had begun").count();
    until("all five are written down", || (sent_away() == 5).then_some(()));
    // Who says nothing at all may stay as long as it likes.
    assert_eq!(quiet.asks("ping"), "OK pong");
    luis.says("hola");
}

/// Ends what goes on beside a story when that ends, well or not.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
