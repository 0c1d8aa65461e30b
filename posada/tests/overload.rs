//! More comes than can be done: that is told `busy`, soon, and costs nobody else anything.
//!
//! What is flooded is a build for tests, which is slow, so it does not take much;
//! `docs/performance.md` has the figures of a real one.

mod support;

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use support::{Client, House, Ledger, Native, Server, at_once};

/// What each floods with, whatever is answered.
const FLOOD: usize = 30_000;
/// How often that is tried.
const FLOODS: usize = 5;
/// How many of it are sent at a time.
const TOGETHER: usize = 100;
/// What is accepted is answered sooner, on the slowest machine.
const SOON: Duration = Duration::from_secs(5);
/// Who says nothing that others hear.
const GUEST: &str = "a guest";
const NOTER: &str = "notes";
/// What a program has outstanding that waits for its answers, in all its windows.
const DEEP: usize = 256;

/// Somebody who asks without waiting, and what it reads when that was done, or was too much.
struct Flooder {
    name: &'static str,
    client: Client,
    ask: fn(&str, usize) -> String,
    is_done: fn(&str) -> bool,
    is_busy: fn(&str) -> bool,
    /// What it has asked, which of that was done, and the longest that this took.
    asked: usize,
    done: Vec<usize>,
    longest: Duration,
}

/// Who floods has a room to itself: nobody is to be told what it says.
fn apart(server: &Server, name: &str) -> Client {
    let mut native = server.native(name).named(name);
    native.does(&format!("join {name}"));
    native.does("leave lobby");
    native.socket
}

fn by_hand(server: &Server, name: &'static str) -> Flooder {
    Flooder {
        name,
        asked: 0,
        done: vec![],
        longest: Duration::ZERO,
        client: apart(server, name),
        ask: |name, number| format!("say {name} {number}"),
        is_done: |line| line.starts_with("OK "),
        is_busy: |line| line == "ERR busy too much is under way, nothing was done (try again)",
    }
}

fn program(server: &Server, name: &'static str) -> Flooder {
    Flooder {
        name,
        asked: 0,
        done: vec![],
        longest: Duration::ZERO,
        client: apart(server, name),
        ask: |name, number| {
            json!({"id": number, "do": "say", "text": format!("{name} {number}")}).to_string()
        },
        is_done: |line| line.contains(r#""ok":{"#),
        is_busy: |line| line.contains(r#""error":{"code":"busy""#),
    }
}

fn guest(server: &Server) -> Flooder {
    Flooder {
        name: GUEST,
        asked: 0,
        done: vec![],
        longest: Duration::ZERO,
        client: server.desk_in_lines(),
        ask: |_, _| "RESERVAR nada".to_owned(),
        is_done: |line| line == "Recurso no disponible",
        is_busy: |line| line.starts_with("Error: No hay espacio para guardar la reserva."),
    }
}

/// In a profile that acknowledges each line.
fn speaker(name: &'static str, client: Client) -> Flooder {
    Flooder {
        name,
        asked: 0,
        done: vec![],
        longest: Duration::ZERO,
        client,
        ask: |name, number| format!("{name} {number}"),
        is_done: |line| line == "Recibido",
        is_busy: |line| line == "Error: Intenta mas tarde.",
    }
}

/// Sends all of it, and meanwhile reads the answers.
fn flood(flooder: &mut Flooder) {
    let Flooder { name, ask, is_done, is_busy, asked: from, .. } = *flooder;
    let mut sender = flooder.client.sender();
    let (tell, told) = mpsc::channel();
    let sends = thread::spawn(move || {
        for first in (from..from + FLOOD).step_by(TOGETHER) {
            let lines = (first..first + TOGETHER).map(|number| ask(name, number) + "\n");
            let lines = lines.collect::<String>();
            tell.send(Instant::now()).expect("somebody reads");
            sender.write_all(lines.as_bytes()).expect("the server takes it");
        }
    });
    let mut sent = Instant::now();
    for number in from..from + FLOOD {
        if number % TOGETHER == 0 {
            sent = told.recv().expect("it was sent before it is answered");
        }
        let line = flooder.client.line().unwrap_or_else(|| panic!("{name} is cut off"));
        if is_done(&line) {
            flooder.done.push(number);
            flooder.longest = flooder.longest.max(sent.elapsed());
        } else {
            assert!(is_busy(&line), "{name} reads {line:?}");
        }
    }
    flooder.asked += FLOOD;
    sends.join().expect("it sends everything");
}

/// Asks, waits for the answer, asks again, until the others have had all theirs.
fn quietly(mut quiet: Native, flooded: &AtomicBool) -> usize {
    let mut asked = 0;
    while !flooded.load(Ordering::Acquire) {
        quiet.does(&format!("say quiet {asked}"));
        asked += 1;
    }
    asked
}

fn done(flooders: &[Flooder]) -> usize {
    flooders.iter().map(|flooder| flooder.done.len()).sum()
}

#[test]
fn a_flood_is_told_busy_and_what_is_accepted_is_answered_soon() {
    let house =
        House::new().with("listeners.talk.per_second=0").with("listeners.note.per_second=0");
    let server = house.opens();
    let quiet = Native::over(apart(&server, "quiet"));
    let noter = Client::connect(NOTER, server.door("note")).in_lines("\n");
    let mut flooders = vec![
        by_hand(&server, "ana"),
        by_hand(&server, "luis"),
        by_hand(&server, "mar"),
        program(&server, "robot"),
        guest(&server),
        speaker("teo", server.talk_in_lines("teo", "\n")),
        speaker(NOTER, noter),
    ];
    let over = AtomicBool::new(false);
    let asked = thread::scope(|scope| {
        let quiet = scope.spawn(|| quietly(quiet, &over));
        // Where the disk or the machine stalls, what has come is excused: then once more.
        let told = (0..FLOODS).any(|_| {
            let before = done(&flooders);
            at_once(&mut flooders, flood);
            // All was sent at once, so what is done stands behind no more than that.
            done(&flooders) - before < flooders.len() * FLOOD / 4 * 3
        });
        over.store(true, Ordering::Release);
        assert!(told, "that was no flood, or nothing is ever refused");
        quiet.join().expect("a quiet one is never told busy")
    });
    for Flooder { name, longest, done, asked, .. } in &flooders {
        eprintln!("{name}: {} of {asked} done, the longest in {longest:?}", done.len());
        assert!(*longest < SOON, "{name}: one that was accepted took {longest:?}");
    }
    assert!(asked >= 10, "a quiet one was answered {asked} times while others flooded");
    server.logs("overloaded: more comes than can be done");
    server.logs("overload is over: everything is taken again");

    let mut said = BTreeSet::new();
    for Flooder { name, ask, is_done, done, asked, mut client, .. } in flooders {
        assert!(!done.is_empty(), "{name}: what came first was done");
        client.says_only(&ask(name, asked));
        let line = client.line().expect("it is served again");
        assert!(is_done(&line), "{name} reads {line:?} after the flood");
        if name != GUEST && name != NOTER {
            said.extend(done.into_iter().chain([asked]).map(|it| format!("{name} {it}")));
        }
    }
    said.extend((0..asked).map(|number| format!("quiet {number}")));
    server.stops();

    let ledger = Ledger::of(&house);
    let logged: BTreeSet<_> = ledger.places().into_keys().map(str::to_owned).collect();
    let wrong: Vec<_> = said.symmetric_difference(&logged).take(5).collect();
    assert!(wrong.is_empty(), "the log holds what was answered as done: {wrong:?}");
}

#[test]
fn a_deep_pipeline_that_waits_for_its_answers_is_never_told_busy() {
    let server = House::new().opens();
    let clients = ["ana", "luis", "mar", "teo"].map(|name| (name, apart(&server, name)));
    at_once(clients, |(name, mut client)| {
        let ask = |number| format!("say {name} {number}\n");
        client.sends((0..DEEP).map(ask).collect::<String>());
        for number in DEEP..10 * DEEP {
            let line = client.line().expect("it is answered");
            assert!(line.starts_with("OK "), "{name} reads {line:?}");
            client.sends(ask(number));
        }
    });
    assert!(!server.logged().contains("overload"), "{}", server.logged());
    server.stops();
}
