//! Talk with limits, as seed 2's unmodified client meets it: raw bytes over a real socket.

mod support;

use support::{Client, GOODBYE, House, PROMPT, Server, Tape, at_once, until};

const FULL: &str = "Error: No hay lugar: los 10 lugares estan ocupados. Intenta mas tarde.";
const TOO_FAST: &str = "Error: Demasiados mensajes en poco tiempo.";
const TOO_LONG: &str = "Error: Mensaje demasiado largo.";

#[test]
fn four_old_clients_talk() {
    let house = House::new();
    let server = house.opens();
    let mut ana = server.talk("ana");
    let mut luis = server.talk("luis");
    let mut eva = server.talk("Eva María");
    let mut jose = server.talk("José");

    ana.says("hola");
    luis.hears("ana: hola");
    eva.hears("ana: hola");
    jose.hears("ana: hola");

    jose.says("¿qué tal?");
    ana.hears("José: ¿qué tal?");
    luis.hears("José: ¿qué tal?");
    eva.hears("José: ¿qué tal?");

    eva.says("LISTAR");
    ana.hears("Eva María: LISTAR");
    luis.hears("Eva María: LISTAR");
    jose.hears("Eva María: LISTAR");

    luis.sends("salir").is_cut_off();
    jose.says("adiós, luis");
    ana.hears("José: adiós, luis");
    eva.hears("José: adiós, luis");
}

/// Everybody talks at once, without waiting for the others.
#[test]
fn everybody_hears_everybody_in_one_order() {
    const EACH: usize = 25;
    let house = House::new().with("listeners.talk.per_second=0");
    let server = house.opens();
    let names = ["ana", "luis", "eva", "jose"];
    let framing = ["", "\n", "\r\n", ""];
    let arrived: Vec<_> = names
        .into_iter()
        .zip(framing)
        .map(|(name, line_end)| (name, server.talk_in_lines(name, line_end)))
        .collect();
    let heard = at_once(arrived, |(name, mut client)| {
        let mut tape = Tape::of(&mut client);
        for n in 0..EACH {
            tape.says(&format!("{n};"));
        }
        let mine = (names.len() - 1) * EACH;
        tape.runs_until(|tape| tape.relays.len() == mine);
        assert!(tape.relays.iter().all(|relay| !relay.starts_with(name)));
        tape.relays
    });
    for (me, mine) in names.iter().zip(&heard) {
        for other in names.iter().filter(|other| *other != me) {
            let theirs = mine.iter().filter(|relay| relay.starts_with(*other));
            let expected: Vec<_> = (0..EACH).map(|n| format!("{other}: {n};")).collect();
            assert!(theirs.eq(&expected), "{me} heard {other} in another order, or not all");
        }
        for (other, theirs) in names.iter().zip(&heard) {
            let unlike = |relay: &&String| !relay.starts_with(me) && !relay.starts_with(other);
            let (mine, theirs) = (mine.iter().filter(unlike), theirs.iter().filter(unlike));
            assert!(mine.eq(theirs), "{me} and {other} heard the same things in two orders");
        }
    }
}

#[test]
fn messages_end_with_lf_with_crlf_or_with_silence() {
    let house = House::new();
    let server = house.opens();
    let mut ana = server.talk_in_lines("ana", "\n");
    let mut luis = server.talk_in_lines("luis", "\r\n");
    let mut eva = server.talk("eva");
    ana.says("uno");
    luis.hears("ana: uno");
    eva.hears("ana: uno");
    luis.says("dos");
    ana.hears("luis: dos");
    eva.hears("luis: dos").says("tres");
    ana.hears("eva: tres");
    luis.hears("eva: tres");
}

#[test]
fn what_waits_for_an_old_client_is_joined_by_newlines() {
    let house = House::new().with("listeners.talk.per_second=0");
    let server = house.opens();
    let mut luis = server.talk("luis");
    let mut ana = server.talk_in_lines("ana", "\n");
    let lines: Vec<_> = (0..200).map(|n| format!("mensaje {n};")).collect();
    ana.sends(lines.join("\n") + "\n");
    ana.reads("Recibido\n".repeat(lines.len()));

    let mut tape = Tape::of(&mut luis);
    tape.runs_until(|tape| tape.relays.len() == lines.len());
    let heard: Vec<_> = lines.iter().map(|line| format!("ana: {line}")).collect();
    assert_eq!(tape.relays, heard);
    assert!(tape.heard.contains(";\n"), "nothing was joined: {:?}", tape.heard);
    assert!(!tape.heard.contains("\n\n"), "newlines of their own: {:?}", tape.heard);
    assert!(!tape.heard.starts_with('\n') && !tape.heard.ends_with('\n'), "{:?}", tape.heard);
}

#[test]
fn the_eleventh_is_told_and_a_place_is_free_again_at_once() {
    let house = House::new();
    let server = house.opens();
    let mut ten: Vec<_> = (0..10).map(|n| server.talk(&format!("huésped {n}"))).collect();
    for _ in 0..3 {
        eleventh(&server).hears_at_once(FULL).is_cut_off();
    }
    ten[1].says("seguimos aquí");
    ten[0].hears("huésped 1: seguimos aquí");

    drop(ten.pop());
    let mut next = gets_in(&server);
    eleventh(&server).hears_at_once(FULL).is_cut_off();

    // Places are given back by those who never said a name, too.
    next.sends("salir").is_cut_off();
    drop(next);
    let mut next = server.arrives(gets_in(&server), "otra");
    next.says("hola");
    ten[0].hears("otra: hola");
}

#[test]
fn five_messages_in_a_second_pass_and_the_sixth_ends_the_visit() {
    let house = House::new();
    let server = house.opens();
    let mut luis = server.talk_in_lines("luis", "\n");
    let mut ana = server.talk_in_lines("ana", "\n");
    ana.sends("1\n2\n3\n4\n5\n6\n7\n");
    ana.reads("Recibido\n".repeat(5)).reads(format!("{TOO_FAST}\n")).is_cut_off();
    for n in 1..=5 {
        luis.hears(&format!("ana: {n}"));
    }
    server.talk("eva").says("nada más de ana");
    luis.hears("eva: nada más de ana");
}

/// The name is not one of the five, even when it comes with them.
#[test]
fn a_name_and_five_messages_may_come_at_once() {
    let house = House::new();
    let server = house.opens();
    let mut ana = server.stranger("ana");
    ana.sends("ana\n1\n2\n3\n4\n5\n").reads("Recibido\n".repeat(5));
    server.talk("luis").says("hola");
    ana.reads("luis: hola\n");
}

/// Sends that nothing separates would pass as one message; the reads that bring them are counted.
/// Between two of them another client is answered, so that each is a read of its own.
#[test]
fn a_flood_without_newlines_ends_the_visit() {
    let house = House::new().with("listeners.talk.silence_ms=1000");
    let server = house.opens();
    let mut flood = server.talk("ana");
    let mut desk = server.desk_in_lines();
    for _ in 0..20 {
        flood.sends("ja");
        desk.asks("AYUDA", HELP);
    }
    flood.hears_at_once(TOO_FAST).is_cut_off();
}

#[test]
fn a_message_that_is_too_long_ends_the_visit() {
    let house = House::new();
    let server = house.opens();
    let longest = "ñ".repeat(1000);
    let mut luis = server.talk_in_lines("luis", "\n");
    let mut ana = server.talk("ana");
    ana.says(&longest);
    luis.hears(&format!("ana: {longest}"));

    let too_long = [format!("{longest}ñ"), "x".repeat(1001), "x".repeat(200_000)];
    for (n, message) in too_long.iter().enumerate() {
        server.talk(&format!("eva {n}")).asks(message, TOO_LONG).is_cut_off();
        let mut jose = server.talk_in_lines(&format!("jose {n}"), "\n");
        jose.asks(message, TOO_LONG).is_cut_off();
    }
    ana.says("nada más");
    luis.hears("ana: nada más");
}

#[test]
fn a_name_that_cannot_be_had_is_refused_and_asked_for_again() {
    let house = House::new();
    let server = house.opens();
    let mut ana = server.talk("Ana");
    let long = "a".repeat(41);
    let taken = "ana";
    let forged = "Servidor";
    let impossible = ["a:b", "\u{202e}ana", "reservar", &long];
    for name in [taken, forged].into_iter().chain(impossible) {
        let mut other = server.stranger("another ana");
        is_refused(&mut other, name.as_bytes());
        is_refused(&mut other, name.as_bytes());
        let mut other = server.arrives(other, "Ana 2");
        other.says("por fin");
        ana.hears("Ana 2: por fin").says("bien");
        other.hears("Ana: bien").sends("salir").is_cut_off();
        server.forgets("Ana 2");
    }
}

#[test]
fn a_name_that_is_not_utf8_is_refused_and_asked_for_again() {
    let house = House::new();
    let server = house.opens();
    let mut ana = server.stranger("ana");
    is_refused(&mut ana, b"an\xffa");
    server.arrives(ana, "ana").says("hola");
}

#[test]
fn a_name_is_free_again_when_its_owner_has_left() {
    let house = House::new();
    let server = house.opens();
    let mut luis = server.talk("luis");
    server.talk("ana").sends("salir").is_cut_off();
    server.forgets("ana");
    server.talk("ana").says("otra vez");
    luis.hears("ana: otra vez");
}

#[test]
fn whoever_says_salir_leaves_without_a_word() {
    let house = House::new();
    let server = house.opens();
    for (n, word) in ["salir", "SALIR", "Salir"].into_iter().enumerate() {
        server.talk(&format!("ana {n}")).sends(word).is_cut_off();
        server.talk_in_lines(&format!("eva {n}"), "\n").sends(format!("{word}\n")).is_cut_off();
        server.stranger("nobody").sends(word).is_cut_off();
    }
}

/// A network may cut between the two bytes of `ñ`, and be slower than the silence of a message.
#[test]
fn half_a_character_is_waited_for() {
    let house = House::new();
    let server = house.opens();
    let mut luis = server.talk("luis");
    let mut ana = server.stranger("ana");
    ana.sends(b"Bego\xc3");
    server.desk().asks("AYUDA", HELP);
    ana.sends(b"\xb1a");
    server.knows("Begoña");
    ana.sends(b"ma\xc3");
    server.desk().asks("AYUDA", HELP);
    ana.sends(b"\xb1ana").hears("Recibido");
    luis.hears("Begoña: mañana");
}

#[test]
fn empty_lines_are_nothing() {
    let house = House::new();
    let server = house.opens();
    let mut luis = server.talk("luis");
    let mut ana = server.stranger("ana").in_lines("\n");
    ana.sends("\n\r\n");
    let mut ana = server.arrives(ana, "ana");
    ana.sends("\n\r\nhola\n\n").hears("Recibido");
    luis.hears("ana: hola");
}

/// What would move another's cursor, or forge a line, arrives as a mark of its own.
#[test]
fn control_characters_reach_nobody() {
    let house = House::new();
    let server = house.opens();
    let mut luis = server.talk("luis");
    let mut ana = server.talk("ana");
    let dirty = ["\x1b[2Jhola", "a\rServidor: b", "\u{9b}31m rojo", "a\x07\x08\x7fb"];
    for text in dirty {
        let clean: String =
            text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
        ana.says(text);
        luis.hears(&format!("ana: {clean}"));
    }
}

#[test]
fn a_web_browser_is_shown_the_door() {
    let house = House::new();
    let server = house.opens();
    let mut luis = server.talk("luis");
    let requests = [
        "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: localhost\r\n\r\nana\r\nhola\r\n",
        "Host: localhost\r\nana\r\nhola\r\n",
        "GET / HTTP/1.1",
    ];
    for request in requests {
        server.stranger("a browser").sends(request).is_cut_off();
        let mut named = server.talk("eva");
        named.sends(request).is_cut_off();
        drop(named);
        server.forgets("eva");
    }
    assert!(!server.native("the porter").sees("ana"), "a browser took a name");
    server.talk("jose").says("hola");
    luis.hears("jose: hola");
}

#[test]
fn everybody_hears_that_the_operator_closes() {
    let house = House::new();
    let server = house.opens();
    let mut stranger = server.stranger("a stranger");
    let mut ana = server.talk("ana");
    let mut luis = server.talk_in_lines("luis", "\n");
    ana.says("hola");
    luis.hears("ana: hola");
    let closing = std::thread::spawn(move || server.stops());
    stranger.hears_at_once(GOODBYE).is_cut_off();
    ana.hears_at_once(GOODBYE).is_cut_off();
    luis.hears(GOODBYE).is_cut_off();
    closing.join().expect("it stopped");
}

const HELP: &str = "Comandos: LISTAR | RESERVAR recurso | CANCELAR recurso | AYUDA | SALIR";

fn eleventh(server: &Server) -> Client {
    Client::connect("the eleventh", server.door("talk"))
}

/// Tries until there is a place.
fn gets_in(server: &Server) -> Client {
    until("there is a place", || {
        let mut client = eleventh(server);
        (client.recv() == PROMPT.as_bytes()).then_some(client)
    })
}

/// One line with the reason, and the question again; all in one `recv`.
fn is_refused(stranger: &mut Client, name: &[u8]) {
    let reply = String::from_utf8(stranger.sends(name).recv()).expect("it is UTF-8");
    let (reason, question) = reply.split_once('\n').unwrap_or((&reply, ""));
    assert!(reason.starts_with("Error: "), "{reply:?} to {:?}", String::from_utf8_lossy(name));
    assert_eq!(question, PROMPT, "to {:?}", String::from_utf8_lossy(name));
}
