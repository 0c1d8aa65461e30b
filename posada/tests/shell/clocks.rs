//! The wall's clock jumps by hours and years, both ways, while a server runs and between its
//! starts: nobody loses anything, what has a term keeps it, and what is logged never goes back.

use std::process::Command;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::support::{FakeClock, House, Ledger, Program, ROOMS, listed, until};

/// How the wall's time differs from the real one: one after the other.
const JUMPS: [&str; 7] = ["+3600", "-3600", "+1y", "-1y", "+0", "+2y", "-2y"];

#[test]
fn nobody_loses_anything_when_the_wall_jumps() {
    let Some(clock) = FakeClock::of_the_wall() else { return };
    let house = House::new().under(&clock).with("listeners.talk.per_second=0");
    let server = house.opens();
    let mut stranger = server.stranger("eva").in_lines("\n");
    let mut luis = server.native("luis").named("luis");
    let mut host = server.operator(&house);
    host.does("ban pepe for 1h");
    let mut ana = server.program("ana").named("ana");
    let held = does(&mut ana, json!({"do": "reserve", "resource": ROOMS[0]}))["token"].clone();
    let since = held_since(&mut ana, 0).expect("she has it");
    let (mut last_seq, mut latest) = (0, since);
    for (n, jump) in JUMPS.into_iter().enumerate() {
        clock.shows(jump);
        let seq = does(&mut ana, json!({"do": "say", "text": jump}))["seq"].as_u64();
        assert!(seq > Some(last_seq), "{jump}: the order is the log's");
        last_seq = seq.unwrap_or_default();
        let heard = luis.hears();
        assert_eq!((heard.seq, heard.text.as_str()), (last_seq, jump));
        assert_eq!(held_since(&mut ana, 0), Some(since), "{jump}: what she has, she has");
        does(&mut ana, json!({"do": "reserve", "resource": ROOMS[1]}));
        let now = held_since(&mut ana, 1).expect("she has that one, too");
        assert!(now >= latest, "{jump}: {now} is before {latest}");
        latest = now;
        does(&mut ana, json!({"do": "cancel", "resource": ROOMS[1]}));
        assert_eq!(luis.lists("who"), ["luis", "ana"], "{jump}");
        let mut guest = server.native("a guest");
        assert!(guest.asks("name pepe").starts_with("ERR banned "), "{jump}");
        // A term that begins under one time does not depend on the next.
        for before in 0..n {
            let barred = format!("name pepe{before}");
            assert!(guest.asks(&barred).starts_with("ERR banned "), "{jump}: {barred}");
        }
        host.does(&format!("ban pepe{n} for 1h"));
    }
    let ahead = SignedDuration::from_hours(24 * 700);
    assert!(latest > Timestamp::now() + ahead, "no clock jumped: {latest} is the latest");
    host.does("ban breve for 1s");
    clock.shows("-1y");
    let mut guest = server.native("breve");
    until("a second is over, whatever the wall says", || {
        guest.asks("name breve").starts_with("OK ").then_some(())
    });
    // Her two minutes have not run out either.
    stranger.says_only("eva");
    server.knows("eva");
    stranger.says("hola");
    assert_eq!(held_since(&mut ana, 0), Some(since));
    server.stops();
    is_sound(&house);
    let ledger = Ledger::of(&house);
    assert_eq!(ledger.moves_of(ROOMS[0]).len(), 1);
    assert_eq!(Some(ledger.moves_of(ROOMS[0])[0].seq), held.as_u64());
}

/// Each start has another time, some of them earlier than all that is in the log.
#[test]
fn every_start_finds_the_same_whatever_its_clock_says() {
    let Some(clock) = FakeClock::of_the_wall() else { return };
    let house = House::new().under(&clock);
    let server = house.opens();
    let mut ana = server.program("ana");
    let secret = does(&mut ana, json!({"do": "name", "name": "ana"}))["secret"].clone();
    does(&mut ana, json!({"do": "reserve", "resource": ROOMS[0]}));
    server.operator(&house).does("ban pepe for 1h");
    let since = held_since(&mut ana, 0);
    server.dies();
    let mut said = vec![];
    for jump in JUMPS {
        let before = is_sound(&house);
        clock.shows(jump);
        let server = house.opens();
        assert!(server.native("pepe").asks("name pepe").starts_with("ERR banned "), "{jump}");
        let mut ana = server.program("ana");
        let back = does(&mut ana, json!({"do": "name", "name": "ana", "secret": secret}));
        assert_eq!(back["resumed"], true, "{jump}");
        assert_eq!(held_since(&mut ana, 0), since, "{jump}");
        // In the middle of it, too.
        clock.shows("+5y");
        server.native("luis").named("luis").does(&format!("say {jump}"));
        clock.shows(jump);
        let missed = does(&mut ana, json!({"do": "resume", "after": 0}));
        let missed = missed["events"].as_array().expect("a list");
        let texts: Vec<_> = missed.iter().filter_map(|it| it["text"].as_str()).collect();
        assert_eq!(texts, said, "{jump}: what was said before she came");
        said.push(jump);
        server.desk().asks("LISTAR", &listed(&ROOMS[1..]));
        server.dies();
        assert!(is_sound(&house) > before, "{jump}: what was in the log is there, and more");
    }
    let ledger = Ledger::of(&house);
    assert!(ledger.said.iter().map(|it| it.text.as_str()).eq(said));
}

/// Checks the log of a server that has ended; returns how many entries it has. Their times never
/// go back.
fn is_sound(house: &House) -> usize {
    let checked = reads(house, "check");
    assert!(checked.0, "{}", checked.1);
    let (read, history) = reads(house, "log");
    assert!(read, "{history}");
    let times: Vec<_> = history.lines().filter_map(|line| line.split("  ").nth(1)).collect();
    assert!(times.is_sorted(), "time goes back in:\n{history}");
    times.len()
}

fn reads(house: &House, command: &str) -> (bool, String) {
    let mut posada = Command::new(env!("CARGO_BIN_EXE_posada"));
    let told = posada.arg(command).arg("--data").arg(house.data()).output().expect("it runs");
    (told.status.success(), String::from_utf8_lossy(&[told.stdout, told.stderr].concat()).into())
}

#[track_caller]
fn does(program: &mut Program, request: impl Into<Value>) -> Value {
    program.asks(request.into()).unwrap_or_else(|code| panic!("not done: {code}"))
}

/// Since when that room is taken.
fn held_since(program: &mut Program, room: usize) -> Option<Timestamp> {
    let listed = does(program, json!({"do": "list"}));
    listed["resources"][room]["since"].as_str().map(|since| since.parse().expect("a time"))
}
