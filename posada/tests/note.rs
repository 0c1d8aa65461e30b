//! Notes to the operator, as the unmodified clients of seeds 1 and 3 leave them.

mod support;

use std::net::{SocketAddr, TcpListener};

use posada_core::Command;
use support::{Client, GOODBYE, House, Script, Server, at_once, until};

const TOO_FAST: &str = "Error: Demasiados mensajes en poco tiempo.";
const TOO_LONG: &str = "Error: Mensaje demasiado largo.";

fn writer(server: &Server) -> Client {
    Client::connect("a writer", server.door("note"))
}

/// Everything that the operator was shown since the server was ready, up to a last note.
#[track_caller]
fn shown(server: &Server) -> Vec<String> {
    writer(server).asks("nada más", "Recibido");
    let mut shown = server.prints_until("Mensaje recibido: nada más");
    shown.pop();
    shown
}

#[test]
fn the_old_window_leaves_notes() {
    let server = House::new().opens();
    let mut window = Script::seed1("a window", server.door("note"));
    window.asks("hola", "Recibido").asks("¿hay alguien?", "Recibido");
    window.types("salir");
    window.ends();
    assert_eq!(shown(&server), ["Mensaje recibido: hola", "Mensaje recibido: ¿hay alguien?"]);
}

/// It closes without reading: whatever the answer causes comes too late to do harm.
#[test]
fn the_old_program_leaves_its_note_and_is_gone() {
    const PROGRAMS: usize = 5;
    let house = House::new();
    let server = house.opens();
    at_once(0..PROGRAMS, |n| {
        Script::seed3(&format!("program {n}"), server.door("note")).ends();
    });
    until("all are shown", || {
        (server.printed().matches("HOLA MUNDO").count() == PROGRAMS).then_some(())
    });
    assert_eq!(shown(&server), ["Mensaje recibido: HOLA MUNDO"; PROGRAMS]);
    server.stops();
    let log = support::read_log(house.data()).expect("the log reads");
    let notes = log.iter().filter(|entry| matches!(entry.command, Command::Note { .. }));
    assert_eq!(notes.count(), PROGRAMS + 1, "what was shown is in the log");
}

#[test]
fn a_wrong_address_is_the_clients_own_error() {
    let server = House::new().opens();
    let closed = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let nobody: SocketAddr = closed.local_addr().expect("it is bound");
    drop(closed);
    let complaint = Script::seed3("a program", nobody).gives_up();
    assert!(complaint.contains("No se pudo conectar"), "{complaint}");
    let complaint = Script::seed1("a window", nobody).gives_up();
    assert!(complaint.contains("No se pudo conectar"), "{complaint}");
    assert_eq!(shown(&server), [""; 0], "nothing was sent");
}

#[test]
fn notes_end_with_lf_with_crlf_or_with_silence() {
    let server = House::new().opens();
    for line_end in ["\n", "\r\n", ""] {
        let mut writer = writer(&server).in_lines(line_end);
        writer.asks("una nota", "Recibido").asks("LISTAR", "Recibido").says_only("SALIR");
        writer.is_cut_off();
    }
    let expected = ["Mensaje recibido: una nota", "Mensaje recibido: LISTAR"].repeat(3);
    assert_eq!(shown(&server), expected);
}

/// Nothing is said that was not asked for, and an empty line asks for nothing.
#[test]
fn there_is_no_greeting_and_empty_lines_are_nothing() {
    let server = House::new().opens();
    let mut writer = writer(&server).in_lines("\n");
    writer.sends("\n\r\n  \nhola\n\n").reads("Recibido\n").sends("salir\n").is_cut_off();
    assert_eq!(shown(&server), ["Mensaje recibido: hola"]);
}

/// Who shows a note is no place to steer a terminal from, or to forge a line.
#[test]
fn a_note_is_one_clean_line() {
    let server = House::new().opens();
    let mut writer = writer(&server).in_lines("\n");
    writer.asks("\x1b[2Ja\rMensaje recibido: b\u{202e}c", "Recibido");
    let clean = "Mensaje recibido: \u{fffd}[2Ja\u{fffd}Mensaje recibido: b\u{fffd}c";
    assert_eq!(shown(&server), [clean]);
    writer.asks("\u{0}", "Error: El mensaje no es texto UTF-8.");
    writer.sends(b"\xff\n").reads("Error: El mensaje no es texto UTF-8.\n");
}

#[test]
fn limits_are_those_of_talk_and_end_the_visit() {
    let server = House::new().with("listeners.note.sessions=1").opens();
    let mut flood = writer(&server).in_lines("\n");
    let full = "Error: No hay lugar: los 1 lugares estan ocupados. Intenta mas tarde.";
    writer(&server).hears_at_once(full).is_cut_off();
    flood.sends("1\n2\n3\n4\n5\n6\n").reads("Recibido\n".repeat(5));
    flood.reads(format!("{TOO_FAST}\n")).is_cut_off();
    writer(&server).asks(&"x".repeat(1001), TOO_LONG).is_cut_off();
    let expected: Vec<_> = (1..=5).map(|n| format!("Mensaje recibido: {n}")).collect();
    assert_eq!(shown(&server), expected);
}

/// A pipe that nobody reads, or a terminal that is stopped, takes so much and no more.
#[test]
fn an_output_that_nobody_reads_holds_nobody_up() {
    let house = House::new().with("listeners.note.per_second=0");
    let server = house.opens_unread();
    let mut flood = writer(&server).in_lines("\n");
    let long = "x".repeat(1000) + "\n";
    // A pipe takes 64 KiB, and some 256 notes wait for it.
    for _ in 0..20 {
        flood.sends(long.repeat(50)).reads("Recibido\n".repeat(50));
    }
    server.desk().asks("LISTAR", &support::listed(&support::ROOMS));
    let warning = server.logs("standard output is not read");
    assert!(warning.contains("WARN") && warning.contains("dropped=1"), "{warning}");
    server.stops();
}

/// `posada serve | head -12`: whoever has seen enough has not stopped the server.
#[test]
fn an_output_that_is_closed_stops_nothing() {
    let house = House::new().with("listeners.note.per_second=0");
    let server = house.opens_for_a_glance();
    let mut writer = writer(&server);
    until("it is noticed", || {
        writer.asks("uno", "Recibido");
        server.logged().contains("no more notes are shown, they are in the log").then_some(())
    });
    writer.asks("dos", "Recibido").asks("tres", "Recibido");
    server.stops();
}

#[test]
fn a_web_browser_is_shown_the_door() {
    let server = House::new().opens();
    writer(&server).sends("POST / HTTP/1.1\r\nHost: casa\r\n\r\nhola\r\n").is_cut_off();
    assert_eq!(shown(&server), [""; 0]);
}

#[test]
fn who_writes_hears_that_the_server_closes() {
    let server = House::new().opens();
    let mut one = writer(&server);
    one.asks("hola", "Recibido");
    let closing = std::thread::spawn(move || server.stops());
    one.hears_at_once(GOODBYE).is_cut_off();
    closing.join().expect("it stopped");
}
