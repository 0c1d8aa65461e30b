//! A server that is held up, short of descriptors, or told very much at once does no harm to
//! clients that do what they should.

use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::support::{Client, House, Ledger, Server, until};

/// What ends a message of a client without lines.
const SILENCE: Duration = Duration::from_millis(400);

/// What comes while the server is held up, by its disk or by its machine, was no silence.
#[test]
fn a_server_that_is_held_up_cuts_no_message_in_two() {
    let silence = format!("listeners.desk.silence_ms={}", SILENCE.as_millis());
    let house = House::new().with(&silence);
    let server = house.opens();
    let mut guests: Vec<_> = (0..5).map(|_| server.desk()).collect();
    let mut porter = server.desk_in_lines();
    for guest in &mut guests {
        guest.sends("RESERVAR Habit");
    }
    // Whoever is answered now was heard after them.
    for _ in 0..3 {
        porter.asks(
            "AYUDA",
            "Comandos: LISTAR | RESERVAR recurso | CANCELAR recurso | AYUDA | SALIR",
        );
    }
    server.signal(Signal::STOP);
    let held_up = Instant::now();
    for guest in &mut guests {
        guest.sends("ación 1");
    }
    until("their silence would have been long enough", || {
        (held_up.elapsed() > SILENCE * 2).then_some(())
    });
    server.signal(Signal::CONT);
    let replies = ["Reserva exitosa: Habitación 1", "Recurso no disponible"];
    let heard: Vec<_> = guests.iter_mut().map(|guest| guest.hears_one_of(&replies)).collect();
    assert_eq!(heard.iter().filter(|it| **it == 0).count(), 1, "one of them has it: {heard:?}");
    server.stops();
}

/// Clients may take all the descriptors that there are for clients, and the log goes on.
#[test]
fn the_log_has_descriptors_when_clients_take_all() {
    let house = House::new()
        .with_descriptors(64)
        .with("listeners.desk.sessions=0")
        .with("log.segment_bytes=65536");
    let server = house.opens();
    let mut ana = server.native("ana").named("ana");
    let crowd: Vec<_> = (0..100).map(|_| come(&server)).collect();
    server.logs("no more clients for now");
    let segments = || {
        let files = std::fs::read_dir(house.data()).expect("it is a directory");
        files.filter_map(Result::ok).map(|file| file.file_name()).collect::<Vec<_>>()
    };
    let before = segments();
    let filling = "relleno ".repeat(400);
    let mut last = 0;
    for n in 0..100 {
        last = ana.does(&format!("say {n} {filling}"));
    }
    assert!(segments().len() >= before.len() + 3, "{before:?} and now {:?}", segments());
    drop(crowd);
    server.knows("ana");
    server.stops();
    let ledger = Ledger::of(&house);
    assert_eq!(ledger.said.len(), 100);
    assert_eq!(ledger.said.last().map(|said| said.seq), Some(last));
}

/// Connected, as far as the kernel is concerned.
fn come(server: &Server) -> Client {
    Client::connect("one of many", server.door("desk"))
}

const SENDERS: usize = 5;
const EACH: usize = 20;
/// Bytes of a direct message; each is two in JSON.
const LONG: usize = 3_000;

/// More comes at once than anybody may be owed; but it reads what comes, as fast as it comes.
#[test]
fn who_reads_is_not_cut_however_much_comes_at_once() {
    let house = House::new();
    let server = house.opens();
    let mut reader = server.program("reader").named("reader");
    let senders = (0..SENDERS).map(|n| server.native("sender").named(&format!("s{n}")));
    let mut senders: Vec<_> = senders.collect();
    let reading = thread::spawn(move || {
        let mut heard = vec![0; SENDERS];
        while heard.iter().sum::<usize>() < SENDERS * EACH {
            let line = reader.socket.line().expect("who reads is not cut off");
            let from = (0..SENDERS).find(|n| line.contains(&format!(r#""from":"s{n}""#)));
            heard[from.unwrap_or_else(|| panic!("no message: {line}"))] += 1;
            assert!(line.len() > 2 * LONG, "it is whole");
        }
        reader.asks(serde_json::json!({"do": "ping"})).expect("it is still there");
        heard
    });
    // It finds all of it at once when it goes on.
    server.signal(Signal::STOP);
    for sender in &mut senders {
        let line = format!("to reader {:\\<LONG$}\n", "");
        sender.socket.sends(line.repeat(EACH));
    }
    server.signal(Signal::CONT);
    for sender in &mut senders {
        for _ in 0..EACH {
            let reply = sender.answer().expect("a sender is answered");
            assert!(reply.ends_with("addressed 1"), "{reply}");
        }
    }
    assert_eq!(reading.join().expect("its own story"), [EACH; SENDERS]);
    server.stops();
}
