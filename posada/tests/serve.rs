//! Starting and stopping: what the operator reads, and what a client is still owed at the end.

mod support;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{self, Command};
use std::thread;
use std::time::{Duration, Instant};

use rustix::net::sockopt::{set_socket_linger, set_socket_recv_buffer_size};
use rustix::process::Signal;
use support::{GOODBYE, House, Ledger, ROOMS, Server, listed};

#[test]
fn it_says_where_it_listens_and_then_that_it_is_ready() {
    let house = House::new();
    let server = house.opens();
    let printed = server.printed();
    let listeners: Vec<_> = server.doors().keys().map(String::as_str).collect();
    assert_eq!(listeners, ["desk", "native", "note", "talk"], "{printed}");
    // Where the host name has another address, some are there too.
    let listening = printed.lines().filter(|line| line.contains("listening on tcp 127.0.0.1:"));
    assert_eq!(listening.count(), 4, "one line each:\n{printed}");
    for door in server.doors().values() {
        assert!(door.ip().is_loopback() && door.port() != 0, "{door} can be reached");
    }
    let data = printed.lines().find(|line| line.starts_with("data"));
    let data = data.unwrap_or_else(|| panic!("no data in:\n{printed}"));
    assert!(data.contains(&*house.data().to_string_lossy()), "{data}");
    let last = printed.lines().last().unwrap_or_default();
    assert!(last.starts_with("ready"), "{printed}");
    server.desk().asks("LISTAR", &listed(&ROOMS));
    server.stranger("anybody");
    assert_eq!(server.native("anybody").asks("ping"), "OK pong");
}

#[test]
fn every_start_finds_what_the_last_one_left() {
    let house = House::new();
    for room in ROOMS {
        let server = house.opens();
        server.desk().asks(&format!("RESERVAR {room}"), &format!("Reserva exitosa: {room}"));
        server.stops();
    }
    house.opens().desk().asks("LISTAR", "Recursos disponibles:");
}

#[test]
fn a_port_in_use_is_named_and_so_is_who_holds_it() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("some port is free");
    let address = taken.local_addr().expect("it is bound").to_string();
    let me = fs::read_to_string("/proc/self/comm").expect("this process has a name");
    let pid = process::id().to_string();
    for listener in ["desk", "talk", "native"] {
        let house = House::new().with(&format!("listeners.{listener}.address={address}"));
        let failure = house.fails_to_open();
        failure.names(&[&address, me.trim_end(), &pid]).before_opening_anything();
    }
}

#[test]
fn another_posada_on_the_port_is_recognised() {
    let house = House::new();
    let server = house.opens();
    let address = server.door("talk").to_string();
    let other = House::new().with(&format!("listeners.talk.address={address}"));
    let pid = server.pid().to_string();
    other.fails_to_open().names(&[&address, "posada", &pid]).before_opening_anything();
    server.stranger("anybody");
}

#[test]
fn a_directory_in_use_is_named_and_so_is_who_uses_it() {
    let house = House::new();
    let server = house.opens();
    server.desk().asks("RESERVAR Habitación 1", "Reserva exitosa: Habitación 1");
    let failure = house.fails_to_open();
    let data = house.data().to_string_lossy().into_owned();
    failure.names(&[&data, &server.pid().to_string()]).before_opening_anything();
    server.desk().asks("LISTAR", &listed(&ROOMS[1..]));
    server.stops();
    house.opens().desk().asks("LISTAR", &listed(&ROOMS[1..]));
}

/// The mistake is named, and not the port that is taken as well: nothing was opened yet.
#[test]
fn a_wrong_value_is_named_before_any_port_is_opened() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("some port is free");
    let address = taken.local_addr().expect("it is bound").to_string();
    let mistakes = [
        ("listeners.talk.sessions", "muchos"),
        ("listeners.talk.sesiones", "10"),
        ("listeners.desk.profile", "mesa"),
        ("listeners.desk.address", "127.0.0.1:99999"),
        ("listeners.desk.silence_ms", "-1"),
        ("listeners.native.framing", "auto"),
        ("listeners.talk.language", "la"),
        ("log.engine", "tape"),
        ("log.segment_bytes", "1000"),
        ("drain_seconds", "pronto"),
        ("level", "loud"),
        ("resources", "[\"a\",\"a\"]"),
        ("nada", "1"),
    ];
    for (key, value) in mistakes {
        let house = House::new()
            .with(&format!("listeners.native.address={address}"))
            .with(&format!("{key}={value}"));
        let failure = house.fails_to_open();
        failure.names(&[key]).before_opening_anything();
        assert!(!failure.stderr.contains(&address), "{key}: {}", failure.stderr);
        assert!(!house.data().exists(), "{key}: a directory was made before the mistake was seen");
    }
}

#[test]
fn both_signals_to_stop_are_obeyed_in_order() {
    for signal in [Signal::TERM, Signal::INT] {
        let house = House::new();
        let mut server = house.opens();
        let mut desk = server.desk();
        let mut ana = server.talk("ana");
        let mut stranger = server.stranger("a stranger");
        let mut native = server.native("a program");
        assert_eq!(native.asks("ping"), "OK pong");
        desk.asks("RESERVAR Habitación 1", "Reserva exitosa: Habitación 1");
        server.signal(signal);
        desk.hears_at_once(GOODBYE).is_cut_off();
        ana.hears_at_once(GOODBYE).is_cut_off();
        stranger.hears_at_once(GOODBYE).is_cut_off();
        assert!(native.answer().is_some_and(|line| line.starts_with("BYE closing ")));
        native.socket.is_cut_off();
        drop((desk, ana, stranger, native));
        assert_eq!(server.ends().code(), Some(0), "{signal:?}:\n{}", server.logged());
        house.opens().desk().asks("LISTAR", &listed(&ROOMS[1..]));
    }
}

/// What was accepted is answered, and what is answered was done: the log says the same.
#[test]
fn what_was_accepted_before_the_signal_is_answered() {
    let house = House::new();
    let mut server = house.opens();
    let mut ana = server.native("ana").named("ana");
    let asked = (0..20_000).map(|n| format!("say {n}\n")).collect::<Vec<_>>().concat();
    let mut sender = ana.socket.sender();
    let sending = std::thread::spawn(move || sender.write_all(asked.as_bytes()));
    let mut answered = 0;
    while let Some(reply) = ana.answer() {
        if reply.starts_with("BYE closing ") {
            break;
        }
        assert!(reply.starts_with("OK "), "{reply}");
        answered += 1;
        if answered == 100 {
            server.signal(Signal::TERM);
        }
    }
    ana.socket.is_cut_off();
    drop(ana);
    // The server is gone or does not listen: the rest of what was sent went nowhere.
    sending.join().expect("no panic").ok();
    assert_eq!(server.ends().code(), Some(0), "{}", server.logged());

    let ledger = Ledger::of(&house);
    let said: Vec<_> = ledger.said.iter().map(|said| said.text.clone()).collect();
    let expected: Vec<_> = (0..answered).map(|n| n.to_string()).collect();
    assert!(said == expected, "{answered} answers, {} in the log", said.len());
}

#[test]
fn nobody_new_is_let_in_while_it_closes() {
    let house = House::new().with("drain_seconds=600");
    let closing = Closing::held_up(&house);
    let door = closing.server.door("talk");
    assert!(TcpStream::connect(door).is_err(), "somebody came in at {door}");
}

#[test]
fn a_second_signal_ends_it_at_once() {
    for signal in [Signal::TERM, Signal::INT] {
        let house = House::new().with("drain_seconds=600");
        let mut closing = Closing::held_up(&house);
        assert!(closing.server.exit_status().is_none(), "it waits for who is owed something");
        closing.server.signal(signal);
        assert_ne!(closing.server.ends().code(), Some(0), "that was no orderly end");
    }
}

#[test]
fn it_waits_no_longer_than_it_may() {
    let house = House::new().with("drain_seconds=1");
    let mut closing = Closing::held_up(&house);
    let told = Instant::now();
    assert_eq!(closing.server.ends().code(), Some(0), "{}", closing.server.logged());
    let waited = told.elapsed();
    assert!(waited < Duration::from_secs(4), "it waited {waited:?} instead of a second");
}

/// A server that was told to stop and cannot yet: a client takes nothing of what it is owed.
struct Closing {
    server: Server,
    _stuck: TcpStream,
}

impl Closing {
    fn held_up(house: &House) -> Self {
        let server = house.opens();
        let stuck = server.native("who never reads").socket.sender();
        set_socket_recv_buffer_size(&stuck, 4096).expect("a socket has a buffer");
        stuck.set_nonblocking(true).expect("a socket knows it");
        let mut desk = server.desk_in_lines();
        let questions = "help\n".repeat(1000);
        // When nothing is taken for so long, while others are answered, it is not listened to.
        let mut refused = 0;
        while refused < 100 {
            desk.asks("LISTAR", &listed(&ROOMS));
            let taken = (&stuck).write(questions.as_bytes());
            refused = if taken.is_ok() { 0 } else { refused + 1 };
        }
        server.signal(Signal::TERM);
        desk.hears(GOODBYE).is_cut_off();
        Self { server, _stuck: stuck }
    }
}

/// Nothing is silently begun anew where a log was: somebody may have a copy of it.
#[test]
fn a_log_whose_files_are_gone_is_missed() {
    let house = House::new();
    drop(house.opens());
    for entry in fs::read_dir(house.data()).expect("it was made") {
        let path = entry.expect("it can be listed").path();
        if path.extension().is_some_and(|extension| extension == "log") {
            fs::remove_file(path).expect("it can be removed");
        }
    }
    house.fails_to_open().names(&["its files are gone", "begun"]);
    fs::remove_file(house.data().join("begun")).expect("it was made");
    house.opens().desk().asks("LISTAR", &listed(&ROOMS));
}

#[test]
fn a_server_that_nobody_could_reach_does_not_open() {
    let house = House::new()
        .with("listeners.desk.address=off")
        .with("listeners.talk.address=off")
        .with("listeners.note.address=off")
        .with("listeners.native.address=off");
    house.fails_to_open().names(&["every listener is off"]);
}

#[test]
fn a_directory_without_a_log_is_not_called_sound() {
    let empty = tempfile::tempdir().expect("a directory for the test");
    for command in ["check", "log"] {
        let looked = Command::new(env!("CARGO_BIN_EXE_posada"))
            .args([command, "--data"])
            .arg(empty.path())
            .output()
            .expect("the binary under test runs");
        let said = String::from_utf8_lossy(&looked.stderr);
        assert_eq!(looked.status.code(), Some(1), "{said}");
        assert!(said.contains("holds no log"), "{said}");
    }
}

/// What a broken connection was saying has no end, so it is no command.
#[test]
fn half_a_command_of_a_broken_connection_is_not_executed() {
    let server = House::new().opens();
    let socket = TcpStream::connect(server.door("native")).expect("it listens");
    (&socket).write_all("reserve Habitación 1".as_bytes()).expect("it is sent");
    // With no time to linger, closing resets the connection.
    set_socket_linger(&socket, Some(Duration::ZERO)).expect("it can be set");
    drop(socket);
    server.logs("broken off");
    server.desk().asks("LISTAR", &listed(&ROOMS));
}

/// A client that talks on while the server closes reads every answer, and the goodbye.
#[test]
fn who_talks_while_it_closes_is_told_everything() {
    let house = House::new().in_memory();
    let mut server = house.opens();
    let socket = TcpStream::connect(server.door("native")).expect("it listens");
    let talker = socket.try_clone().expect("it can be shared");
    let talk = thread::spawn(move || while (&talker).write_all(&b"ping\n".repeat(500)).is_ok() {});
    let mut lines = BufReader::new(&socket).lines();
    assert_eq!(lines.next().expect("it answers").expect("it is text"), "OK pong");
    server.signal(Signal::TERM);
    let all: Vec<_> = lines.map_while(Result::ok).collect();
    let (last, before) = all.split_last().expect("there was more");
    assert!(last.starts_with("BYE closing "), "{last}");
    assert!(before.iter().all(|line| line == "OK pong"));
    assert!(server.ends().success());
    talk.join().expect("it stops when nobody listens");
}

/// Whoever runs the server says how much it tells.
#[test]
fn the_operator_is_told_as_much_as_was_asked_for() {
    for (level, told) in [("warn", false), ("info", true)] {
        let house = House::new().with(&format!("level={level}"));
        let mut server = house.opens();
        server.native("ana").asks("ping");
        server.signal(Signal::TERM);
        server.ends();
        assert_eq!(server.logged().contains("connected"), told, "{}", server.logged());
    }
}
