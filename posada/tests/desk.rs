//! The reservation desk, as seed 4's unmodified client meets it: raw bytes over a real socket.

mod support;

use std::collections::BTreeMap;
use std::sync::Barrier;

use support::{Client, GOODBYE, House, ROOMS, at_once, listed};

const HELP: &str = "Comandos: LISTAR | RESERVAR recurso | CANCELAR recurso | AYUDA | SALIR";
const TAKEN: &str = "Recurso no disponible";
const NOT_HELD: &str = "No hay una reserva para ese recurso";
const TOO_LONG: &str = "Error: Mensaje demasiado largo.";

#[test]
fn the_old_client_takes_its_tour() {
    let house = House::new();
    let server = house.opens();
    let mut guest = server.desk();
    guest
        .asks("LISTAR", &listed(&ROOMS))
        .asks("RESERVAR Habitación 2", "Reserva exitosa: Habitación 2")
        .asks("LISTAR", "Recursos disponibles:\nHabitación 1\nHabitación 3")
        .asks("RESERVAR Habitación 2", TAKEN)
        .asks("RESERVAR Habitación 9", TAKEN)
        .asks("CANCELAR Habitación 1", NOT_HELD)
        .asks("CANCELAR Habitación 9", NOT_HELD)
        .asks("CANCELAR Habitación 2", "Reserva cancelada: Habitación 2")
        .asks("CANCELAR Habitación 2", NOT_HELD)
        .asks("LISTAR", &listed(&ROOMS));
    for room in ROOMS {
        guest.asks(&format!("RESERVAR {room}"), &format!("Reserva exitosa: {room}"));
    }
    guest.asks("LISTAR", "Recursos disponibles:");
    guest.asks("SALIR", "Hasta luego.").is_cut_off();
}

#[test]
fn any_client_without_a_name_may_cancel_what_another_reserved() {
    let house = House::new();
    let server = house.opens();
    server.desk().asks("RESERVAR Habitación 1", "Reserva exitosa: Habitación 1");
    server.desk_in_lines().asks("CANCELAR Habitación 1", "Reserva cancelada: Habitación 1");
    server.desk().asks("LISTAR", &listed(&ROOMS));
}

#[test]
fn lines_end_with_lf_with_crlf_or_with_silence() {
    let house = House::new();
    let server = house.opens();
    for line_end in ["\n", "\r\n", ""] {
        let mut guest = server.desk().in_lines(line_end);
        guest
            .asks("RESERVAR Habitación 3", "Reserva exitosa: Habitación 3")
            .asks("LISTAR", &listed(&ROOMS[..2]))
            .asks("CANCELAR Habitación 3", "Reserva cancelada: Habitación 3")
            .asks("SALIR", "Hasta luego.")
            .is_cut_off();
    }
}

/// Once there was a newline, silence ends nothing: `LIS` waits for its `TAR`.
#[test]
fn who_sends_one_newline_is_read_in_lines_from_then_on() {
    let house = House::new();
    let server = house.opens();
    let mut guest = server.desk_in_lines();
    guest.asks("LISTAR", &listed(&ROOMS));
    guest.sends("RESERVAR Habi");
    silence(&mut server.desk());
    guest.sends("tación 1\nLISTAR\n");
    guest.reads("Reserva exitosa: Habitación 1\nRecursos disponibles:\nHabitación 2\n");
    guest.reads("Habitación 3\n");
}

#[test]
fn many_lines_at_once_are_answered_in_their_order() {
    let house = House::new();
    let server = house.opens();
    let mut guest = server.desk_in_lines();
    let mut asked = String::new();
    let mut answered = String::new();
    for _ in 0..100 {
        asked += "RESERVAR Habitación 1\nLISTAR\r\nCANCELAR Habitación 1\n";
        answered += "Reserva exitosa: Habitación 1\n";
        answered += "Recursos disponibles:\nHabitación 2\nHabitación 3\n";
        answered += "Reserva cancelada: Habitación 1\n";
    }
    guest.sends(asked).reads(answered);
}

#[test]
fn verbs_are_known_in_any_case() {
    let house = House::new();
    let server = house.opens();
    for mut guest in [server.desk(), server.desk_in_lines()] {
        guest
            .asks("listar", &listed(&ROOMS))
            .asks("Reservar Habitación 1", "Reserva exitosa: Habitación 1")
            .asks("cAnCeLaR Habitación 1", "Reserva cancelada: Habitación 1")
            .asks("Salir", "Hasta luego.")
            .is_cut_off();
    }
}

#[test]
fn whatever_is_no_command_is_answered_with_help() {
    let house = House::new();
    let server = house.opens();
    let mut guest = server.desk();
    for line in ["AYUDA", "HOLA", "RESERVAR", "CANCELAR", "RESERVA Habitación 1", "¿qué hay?"] {
        guest.asks(line, HELP);
    }
    let mut guest = server.desk_in_lines();
    for line in ["", "ayuda", "RESERVAR", "RESERVAR ", "  "] {
        guest.asks(line, HELP);
    }
    guest.sends(b"RESERVAR \xff\xfe\n").reads(format!("{HELP}\n"));
    guest.asks("LISTAR", &listed(&ROOMS));
}

/// A network may cut between the two bytes of `ó`, and be slower than the silence of a message.
#[test]
fn half_a_character_is_waited_for() {
    let house = House::new();
    let server = house.opens();
    let mut unframed = server.desk();
    unframed.sends(b"RESERVAR Habitaci\xc3");
    silence(&mut server.desk());
    unframed.sends(b"\xb3n 1").hears("Reserva exitosa: Habitación 1");

    let mut framed = server.desk_in_lines();
    framed.sends(b"RESERVAR Habitaci\xc3");
    silence(&mut server.desk());
    framed.sends(b"\xb3n 2\n").reads("Reserva exitosa: Habitación 2\n");
}

/// `printf LISTAR | nc -N`: the end of the stream ends the message, and the answer still comes.
#[test]
fn the_end_of_the_stream_ends_a_message() {
    let house = House::new().with("listeners.desk.silence_ms=1000");
    let server = house.opens();
    let mut guest = server.desk();
    guest.sends("LISTAR").hangs_up();
    assert_eq!(guest.rest(), listed(&ROOMS));

    let mut guest = server.desk_in_lines();
    guest.sends("RESERVAR Habitación 1\nLISTAR").hangs_up();
    assert_eq!(guest.rest(), format!("Reserva exitosa: Habitación 1\n{}\n", listed(&ROOMS[1..])));
}

/// With `framing = "line"` nothing is guessed, however long the silence.
#[test]
fn a_desk_framed_by_lines_guesses_nothing() {
    let house = House::new()
        .with("listeners.desk.framing=line")
        .with("listeners.talk.profile=desk")
        .with("listeners.talk.name_within_seconds=0");
    let server = house.opens();
    let mut guest = server.desk_in_lines();
    guest.sends("RESERVAR Habitación 1");
    silence(&mut Client::connect("another", server.door("talk")));
    guest.sends("23\n").reads(format!("{TAKEN}\n"));
    guest.asks("LISTAR", &listed(&ROOMS));
}

/// A web page can make a browser send this; nothing of it is obeyed.
#[test]
fn a_web_browser_is_shown_the_door() {
    let house = House::new();
    let server = house.opens();
    let requests = [
        "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: localhost\r\n\r\nRESERVAR Habitación 1\r\n",
        "OPTIONS /x HTTP/1.1\r\nRESERVAR Habitación 1\r\n",
        "Host: localhost\r\nRESERVAR Habitación 1\r\n",
        "host: localhost\r\nRESERVAR Habitación 1\r\n",
        "GET / HTTP/1.1",
    ];
    for request in requests {
        server.desk().sends(request).is_cut_off();
    }
    server.desk().asks("LISTAR", &listed(&ROOMS));
}

#[test]
fn a_message_that_is_too_long_ends_the_visit() {
    let house = House::new();
    let server = house.opens();
    let longest = "ñ".repeat(1000 - "RESERVAR ".len());
    server.desk().asks(&format!("RESERVAR {longest}"), TAKEN).asks("LISTAR", &listed(&ROOMS));
    let mut guest = server.desk_in_lines();
    guest.asks(&format!("RESERVAR {longest}"), TAKEN).asks("LISTAR", &listed(&ROOMS));

    for too_long in [format!("RESERVAR {longest}ñ"), "x".repeat(1001), "x".repeat(200_000)] {
        server.desk().asks(&too_long, TOO_LONG).is_cut_off();
        let mut guest = server.desk_in_lines();
        guest.asks("AYUDA", HELP);
        guest.sends(format!("{too_long}\nRESERVAR Habitación 1\n"));
        guest.reads(format!("{TOO_LONG}\n")).is_cut_off();
    }
    server.desk().asks("LISTAR", &listed(&ROOMS));
}

/// The old client takes what one `recv(1024)` brings for the whole answer: more would be taken
/// for the answer to its next command.
#[test]
fn the_old_client_gets_no_more_than_one_recv_takes() {
    let names: Vec<_> = (0..100).map(|n| format!("Salón añejo del rincón {n:03} ñ")).collect();
    let house = House::new().with_resources(&names);
    let server = house.opens();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let all = listed(&names);

    let mut old = server.desk();
    for _ in 0..3 {
        let reply = old.says_only("LISTAR").recv();
        assert!(reply.len() <= 1024, "{} bytes at once", reply.len());
        assert!(reply.len() > 900, "only {} bytes of 1024", reply.len());
        let reply = String::from_utf8(reply).expect("it ends at a character's border");
        assert!(all.starts_with(&reply), "the beginning of the list, but not {reply:?}");
        old.asks("RESERVAR nada", TAKEN);
    }
    server.desk_in_lines().asks("LISTAR", &all);
}

#[test]
fn two_hundred_race_for_three_rooms() {
    let house = House::new();
    let server = house.opens();
    let start = Barrier::new(200);
    let won = at_once(0..200, |guest: usize| {
        // Every other one is the old client, that ends its commands with silence.
        let door = server.door("desk");
        let line_end = ["", "\n"][guest % 2];
        let mut desk = Client::connect("a guest", door).in_lines(line_end);
        start.wait();
        race_for_every_room(&mut desk, guest)
    });
    let mut winners: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (guest, rooms) in won.iter().enumerate() {
        for room in rooms {
            winners.entry(room).or_default().push(guest);
        }
    }
    for room in ROOMS {
        assert_eq!(winners[room].len(), 1, "{room} was given to {:?}", winners[room]);
    }
    server.desk().asks("LISTAR", "Recursos disponibles:");
}

/// Tries every room, looking around all the time, and returns those it got. Nobody cancels: once
/// a room is gone it never comes back.
fn race_for_every_room(desk: &mut Client, guest: usize) -> Vec<&'static str> {
    let mut gone = vec![];
    let mut won = vec![];
    for step in 0..ROOMS.len() {
        let room = ROOMS[(guest + step) % ROOMS.len()];
        let reply = asks_freely(desk, &format!("RESERVAR {room}"));
        if reply == format!("Reserva exitosa: {room}") {
            won.push(room);
        } else {
            assert_eq!(reply, TAKEN, "to guest {guest}");
        }
        gone.push(room);
        let list = asks_freely(desk, "LISTAR");
        let mut lines = list.lines();
        assert_eq!(lines.next(), Some("Recursos disponibles:"));
        let free: Vec<_> = lines.collect();
        let in_order: Vec<_> = ROOMS.into_iter().filter(|room| free.contains(room)).collect();
        assert_eq!(free, in_order, "the list of guest {guest}");
        for room in ROOMS {
            let is_free = free.contains(&room);
            assert!(!(is_free && gone.contains(&room)), "{room} is gone, but not in {free:?}");
            if !is_free {
                gone.push(room);
            }
        }
    }
    won
}

#[test]
fn reservations_outlive_the_server() {
    let house = House::new();
    let server = house.opens();
    server
        .desk()
        .asks("RESERVAR Habitación 1", "Reserva exitosa: Habitación 1")
        .asks("RESERVAR Habitación 3", "Reserva exitosa: Habitación 3");
    server.stops();

    let server = house.opens();
    let mut guest = server.desk();
    guest
        .asks("LISTAR", "Recursos disponibles:\nHabitación 2")
        .asks("RESERVAR Habitación 1", TAKEN)
        .asks("CANCELAR Habitación 1", "Reserva cancelada: Habitación 1");
    server.dies();

    let server = house.opens();
    server.desk().asks("LISTAR", "Recursos disponibles:\nHabitación 1\nHabitación 2");
    server.stops();
}

#[test]
fn everybody_at_the_desk_hears_that_it_closes() {
    let house = House::new();
    let server = house.opens();
    let mut unframed = server.desk();
    let mut framed = server.desk_in_lines();
    let mut silent = server.desk();
    unframed.asks("LISTAR", &listed(&ROOMS));
    framed.asks("LISTAR", &listed(&ROOMS));
    let closing = std::thread::spawn(move || server.stops());
    unframed.hears(GOODBYE).is_cut_off();
    framed.hears(GOODBYE).is_cut_off();
    silent.hears(GOODBYE).is_cut_off();
    closing.join().expect("it stopped");
}

/// A reply, whatever it is. In lines it has no end of its own, so help is asked for behind it.
fn asks_freely(desk: &mut Client, command: &str) -> String {
    if !desk.is_by_lines() {
        return String::from_utf8(desk.says_only(command).recv()).expect("it is UTF-8");
    }
    desk.says_only(command).says_only("AYUDA");
    let lines = std::iter::from_fn(|| desk.line().filter(|line| line != HELP));
    lines.collect::<Vec<_>>().join("\n")
}

/// Waits longer than the silence that ends a message: until another's message was ended by it.
fn silence(other: &mut Client) {
    other.asks("AYUDA", HELP);
}

/// The log takes no runs of zeros: what looks a resource up by them must never get that far.
#[test]
fn a_name_of_nothing_but_zeros_is_no_resource() {
    let house = House::new();
    let server = house.opens();
    let zeros = "\0".repeat(700);
    server.desk().asks(&format!("RESERVAR {zeros}"), TAKEN).asks("LISTAR", &listed(&ROOMS));
    let mut ana = server.native("ana");
    assert!(ana.asks("name ana").starts_with("OK "));
    assert!(ana.asks(&format!("reserve {zeros}")).starts_with("ERR no_such_resource"));
    assert!(ana.asks(&format!("to {zeros} hola")).starts_with("ERR not_here"));
    assert_eq!(ana.asks("ping"), "OK pong");
}
