//! All five original clients at one server, several of each, all at once: scripts that do on the
//! wire what the originals do. Whatever each `recv` brings is compared byte for byte.

mod support;

use std::sync::Barrier;
use std::thread;

use support::{GOODBYE, House, PROMPT, ROOMS, Script, Server, at_once, listed};

const TAKEN: &str = "Recurso no disponible";
const NOT_HELD: &str = "No hay una reserva para ese recurso";
const TALKERS: [&str; 5] = ["ana", "Luis", "Eva María", "José", "Begoña"];
const CODES: [&str; 3] = ["c1", "código 2", "c3"];
const WINDOWS: usize = 3;
const PROGRAMS: usize = 4;

#[test]
fn the_five_original_clients_are_served_at_once() {
    let house = House::new().with("listeners.datagram.address=127.0.0.1:0");
    let server = house.opens();
    let desks = ROOMS.map(|room| Script::seed4(room, server.door("desk")));
    let windows = (0..WINDOWS).map(|n| Script::seed1(&window(n), server.door("note")));
    let windows: Vec<_> = windows.collect();
    let mut talkers = TALKERS.map(|name| enters(&server, name));
    let mut writers = CODES.map(|code| registers(&server, code));
    let everybody = Barrier::new(1 + WINDOWS + PROGRAMS + 1);
    thread::scope(|scope| {
        scope.spawn(|| {
            everybody.wait();
            reserve(desks);
        });
        for (number, window) in windows.into_iter().enumerate() {
            let everybody = &everybody;
            scope.spawn(move || {
                everybody.wait();
                leaves_notes(window, number);
            });
        }
        for number in 0..PROGRAMS {
            let (everybody, door) = (&everybody, server.door("note"));
            scope.spawn(move || {
                everybody.wait();
                Script::seed3(&format!("program {number}"), door).ends();
            });
        }
        everybody.wait();
        converse(&mut talkers, &mut writers);
    });
    is_what_the_operator_saw(&server);
    writers.into_iter().for_each(Script::ends);
    says_goodbye(server, talkers);
}

fn window(number: usize) -> String {
    format!("ventana {number}")
}

/// Seed 2's client gives its name, which is not answered.
fn enters(server: &Server, name: &str) -> Script {
    let mut talker = Script::seed2(name, server.door("talk"));
    talker.hears(PROMPT).types(name);
    server.knows(name);
    talker
}

fn registers(server: &Server, code: &str) -> Script {
    let mut writer = Script::seed5(code, server.door("datagram"));
    writer.asks(code, &format!("Cliente registrado: {code}"));
    writer
}

/// One says something, the others hear it; also what clients say who send datagrams, and hear
/// nobody.
fn converse(talkers: &mut [Script], writers: &mut [Script]) {
    for round in 1..=3 {
        for (speaker, name) in TALKERS.iter().enumerate() {
            let said = format!("¿{round}? ¡Sí, {round}!");
            talkers[speaker].asks(&said, "Recibido");
            for (listener, talker) in talkers.iter_mut().enumerate() {
                if listener != speaker {
                    talker.hears(&format!("{name}: {said}"));
                }
            }
        }
        for (writer, code) in writers.iter_mut().zip(CODES) {
            let said = format!("olá, já é a {round}ª vez");
            writer.asks(&said, "Mensagem recebida.");
            for talker in talkers.iter_mut() {
                talker.hears(&format!("{code}: {said}"));
            }
        }
    }
}

/// Each desk has a room of its own to take and give back; what is free is the same for all.
fn reserve(desks: [Script; ROOMS.len()]) {
    let desks = at_once(ROOMS.into_iter().zip(desks), |(room, mut desk)| {
        for _ in 0..5 {
            desk.asks(&format!("RESERVAR {room}"), &format!("Reserva exitosa: {room}"));
            desk.asks(&format!("RESERVAR {room}"), TAKEN);
            desk.asks(&format!("CANCELAR {room}"), &format!("Reserva cancelada: {room}"));
            desk.asks(&format!("CANCELAR {room}"), NOT_HELD);
        }
        (room, desk)
    });
    let desks = at_once(desks, |(room, mut desk)| {
        desk.asks("LISTAR", &listed(&ROOMS));
        (room, desk)
    });
    let desks = at_once(desks, |(room, mut desk)| {
        desk.asks(&format!("RESERVAR {room}"), &format!("Reserva exitosa: {room}"));
        desk
    });
    at_once(desks, |mut desk| {
        desk.asks("LISTAR", &listed(&[])).types("SALIR");
        desk.ends();
    });
}

fn leaves_notes(mut window: Script, number: usize) {
    for n in 0..4 {
        window.asks(&format!("nota {n} de la ventana {number}, señor"), "Recibido");
    }
    window.types("salir");
    window.ends();
}

/// Every note, each window's in order.
fn is_what_the_operator_saw(server: &Server) {
    let mut last = Script::seed1("the last window", server.door("note"));
    last.asks("eso es todo", "Recibido").types("salir");
    last.ends();
    let mut seen = server.prints_until("Mensaje recibido: eso es todo");
    seen.pop();
    for number in 0..WINDOWS {
        let of_this = format!("de la ventana {number}, señor");
        let seen: Vec<_> = seen.extract_if(.., |line| line.ends_with(&of_this)).collect();
        let notes = (0..4).map(|n| format!("Mensaje recibido: nota {n} {of_this}"));
        assert!(seen.iter().eq(&notes.collect::<Vec<_>>()), "{seen:?}");
    }
    assert_eq!(seen, ["Mensaje recibido: HOLA MUNDO"; PROGRAMS]);
}

/// One leaves, and the others hear nothing of it; then the operator closes the server.
fn says_goodbye(server: Server, talkers: [Script; TALKERS.len()]) {
    let [mut first, others @ ..] = talkers;
    first.types("salir").is_cut_off();
    first.ends();
    server.forgets(TALKERS[0]);
    server.stops();
    for mut talker in others {
        talker.hears(GOODBYE).is_cut_off();
        // The person still has to notice.
        talker.ends();
    }
}
