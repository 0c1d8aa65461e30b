//! A server that has no descriptors left: it waits without toil, keeps its log, and recovers.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Resource, Rlimit, prlimit};

use crate::support::{Client, House, Ledger, Native, ROOMS, Server, at_once, listed, until};

/// More than find a place.
const CROWD: usize = 100;
const SAID: usize = 100;
const FILLING: &str = "relleno";
/// How long it is watched while it can let nobody in, and how much of that it may work.
const WATCHED: Duration = Duration::from_secs(1);
const MOST_TICKS: u64 = 10;

fn small_house() -> House {
    House::new()
        .with("listeners.desk.sessions=0")
        .with("log.segment_bytes=65536")
        .with_descriptors(64)
}

#[test]
fn who_finds_no_place_waits_for_one_and_costs_nothing_meanwhile() {
    let house = small_house();
    let server = house.opens();
    let mut ana = server.native("ana").named("ana");
    let descriptors = server.descriptors();
    let crowd: Vec<_> = (0..CROWD).map(|_| comes(&server)).collect();
    server.logs("no more clients for now");
    does_not_toil(&server);
    let before = segments(&house);
    let last = fill(&mut ana);
    assert!(segments(&house) >= before + 3, "the log went on in new files");
    assert!(server.descriptors() <= 64, "and had descriptors for them");
    // Those who are in are served. As they leave, others come in.
    at_once(crowd, |mut guest| {
        guest.hears(&listed(&ROOMS));
    });
    comes(&server).hears(&listed(&ROOMS));
    until("the descriptors are back", || (server.descriptors() == descriptors).then_some(()));
    server.stops();
    let ledger = Ledger::of(&house);
    assert_eq!(ledger.said.len(), SAID);
    assert_eq!(ledger.said.last().map(|said| said.seq), Some(last));
}

/// The limit that it started with is not the one that it has: the kernel itself refuses.
#[test]
fn a_kernel_that_gives_no_descriptor_is_asked_again() {
    let house = small_house();
    let server = house.opens();
    let mut ana = server.native("ana").named("ana");
    let had = limit(&server, server.descriptors());
    let mut late = comes(&server);
    server.logs("no more clients for now");
    does_not_toil(&server);
    // A log that needs a new file and gets none refuses, and loses nothing.
    let mut say = |n| ana.asks(&format!("say {n} {FILLING:a<3000}"));
    let said = (0..SAID).take_while(|n| !say(*n).starts_with("ERR read_only ")).count();
    assert!(said < SAID, "all of it found room");
    limit(&server, had);
    late.hears(&listed(&ROOMS));
    until("the log has its file", || say(said).starts_with("OK ").then_some(()));
    server.stops();
    assert_eq!(Ledger::of(&house).said.len(), said + 1);
}

/// Asks something at once; the answer comes when it is let in.
fn comes(server: &Server) -> Client {
    let mut guest = server.desk_in_lines();
    guest.says_only("LISTAR");
    guest
}

fn does_not_toil(server: &Server) {
    let (began, before) = (Instant::now(), server.ticks());
    while began.elapsed() < WATCHED {
        thread::park_timeout(WATCHED / 10);
    }
    let ticks = server.ticks() - before;
    assert!(ticks < MOST_TICKS, "{ticks} hundredths of a second of work in {WATCHED:?}");
}

/// Says enough for several files of the log.
fn fill(ana: &mut Native) -> u64 {
    (0..SAID).map(|n| ana.does(&format!("say {n} {FILLING:a<3000}"))).last().expect("some")
}

fn segments(house: &House) -> usize {
    let files = fs::read_dir(house.data()).expect("it is a directory").filter_map(Result::ok);
    files.filter(|file| file.path().extension().is_some_and(|it| it == "log")).count()
}

/// Sets how many descriptors its process may have, and returns how many they were.
fn limit(server: &Server, most: usize) -> usize {
    let pid = i32::try_from(server.pid()).ok().and_then(Pid::from_raw);
    let most = Rlimit { current: Some(most as u64), maximum: Some(64) };
    let had = prlimit(pid, Resource::Nofile, most).expect("it is our child");
    usize::try_from(had.current.expect("there was a limit")).expect("a small one")
}
