//! Talk and reservations at the same time against one server: one log holds both, in one order,
//! and says what everybody was told.

mod support;

use std::time::Instant;

use support::{Client, Dice, House, Ledger, ROOMS, Server, Tape, at_once, listed};

const TALKERS: usize = 8;
const MESSAGES: usize = 20;
const GUESTS: usize = 40;
const VISITS: usize = 6;

/// What one guest knows of a room: it was theirs from one moment to another, or to the end.
struct Stay {
    room: &'static str,
    from: Instant,
    to: Option<Instant>,
}

enum Heard {
    Talk(String, Vec<String>),
    Desk(Vec<Stay>),
}

#[test]
fn one_log_tells_what_everybody_heard() {
    let house = House::new().with("listeners.talk.per_second=0");
    let server = house.opens();
    let talkers = (0..TALKERS).map(|n| talker(&server, n)).collect::<Vec<_>>();
    let mut dice = Dice::fresh();
    let mut parts: Vec<Box<dyn FnOnce() -> Heard + Send>> = vec![];
    for (name, client) in talkers {
        parts.push(Box::new(move || Heard::Talk(name, talks(client))));
    }
    for n in 0..GUESTS {
        let guest = server.desk().in_lines(["", "\n"][n % 2]);
        let dice = dice.split();
        parts.push(Box::new(move || Heard::Desk(visits(guest, dice))));
    }
    let heard = at_once(parts, |part| part());
    server.stops();

    let ledger = Ledger::of(&house);
    talk_is_as_logged(&ledger, &heard);
    stays_are_as_logged(&ledger, &heard);

    let free = ledger.free();
    let free: Vec<_> = free.iter().map(String::as_str).collect();
    house.opens().desk().asks("LISTAR", &listed(&free));
}

/// Half of them end their lines, half are the old client.
fn talker(server: &Server, n: usize) -> (String, Client) {
    let name = format!("talker {n}");
    let client = server.talk_in_lines(&name, ["", "\n"][n % 2]);
    (name, client)
}

fn talks(mut client: Client) -> Vec<String> {
    let mut tape = Tape::of(&mut client);
    for n in 0..MESSAGES {
        tape.says(&format!("{n};"));
    }
    tape.runs_until(|tape| tape.relays.len() == (TALKERS - 1) * MESSAGES);
    tape.relays
}

/// Takes rooms and gives them back, and keeps what it has at the end.
fn visits(mut guest: Client, mut dice: Dice) -> Vec<Stay> {
    let mut stays = vec![];
    for visit in 0..VISITS {
        let room = ROOMS[dice.place(ROOMS.len())];
        guest.says_only(&format!("RESERVAR {room}"));
        let taken = guest
            .hears_one_of(&[&format!("Reserva exitosa: {room}"), "Recurso no disponible"])
            == 0;
        if !taken {
            continue;
        }
        let from = Instant::now();
        if visit == VISITS - 1 {
            stays.push(Stay { room, from, to: None });
            continue;
        }
        let to = Instant::now();
        guest.asks(&format!("CANCELAR {room}"), &format!("Reserva cancelada: {room}"));
        stays.push(Stay { room, from, to: Some(to) });
    }
    stays
}

/// Everybody heard all that the others said, in the order of the log.
fn talk_is_as_logged(ledger: &Ledger, heard: &[Heard]) {
    let spoken = heard.iter().filter_map(|heard| match heard {
        Heard::Talk(name, relays) => Some((name, relays)),
        Heard::Desk(_) => None,
    });
    assert_eq!(ledger.said.len(), TALKERS * MESSAGES, "each message is in the log once");
    for (name, relays) in spoken {
        let mine = ledger.said.iter().filter(|said| said.from == *name);
        let texts: Vec<_> = mine.map(|said| said.text.clone()).collect();
        let expected: Vec<_> = (0..MESSAGES).map(|n| format!("{n};")).collect();
        assert_eq!(texts, expected, "what {name} said, as the log has it");
        let others = ledger.said.iter().filter(|said| said.from != *name);
        let logged: Vec<_> = others.map(|said| format!("{}: {}", said.from, said.text)).collect();
        assert_eq!(*relays, logged, "what {name} heard, and the log");
    }
}

/// No two guests had a room at one moment, and the log holds each stay once.
fn stays_are_as_logged(ledger: &Ledger, heard: &[Heard]) {
    for room in ROOMS {
        let mut stays: Vec<&Stay> = heard
            .iter()
            .filter_map(|heard| match heard {
                Heard::Desk(stays) => Some(stays),
                Heard::Talk(..) => None,
            })
            .flatten()
            .filter(|stay| stay.room == room)
            .collect();
        stays.sort_by_key(|stay| stay.from);
        for pair in stays.windows(2) {
            let over = pair[0].to.is_some_and(|to| to <= pair[1].from);
            assert!(over, "{room} belonged to two at once");
        }
        let moves = ledger.moves_of(room);
        let taken = moves.iter().filter(|step| step.taken).count();
        let kept = stays.iter().filter(|stay| stay.to.is_none()).count();
        assert_eq!(taken, stays.len(), "{room}: as often in the log as it was granted");
        assert_eq!(moves.len() - taken, stays.len() - kept, "{room}: given back as often");
        assert_eq!(kept == 0, ledger.free().iter().any(|free| free == room), "{room} at the end");
    }
}
