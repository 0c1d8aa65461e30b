//! The real server on a disk that is slow, that hangs, and that fails.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use posada_log::failpoint::{self as disk, FALLIBLE, REMOVE, RENAME};
use rustix::net::sockopt::set_socket_send_buffer_size;
use rustix::net::{RecvFlags, SendFlags, recv, send};

use crate::kills::Case;
use crate::people::{self, People};
use crate::support::{Dice, House, Ledger, Native, Server, at_once, read_log, until};

const CLIENTS: usize = 50;
const STALL: Duration = Duration::from_millis(300);
/// More than what is made of one turn's requests, and far less than what the clients send.
const MOST_GROWTH_KB: u64 = 16 << 10;
/// What a failing disk is made to say.
const SAID: &str = "a test has the disk fail here";

/// A house whose next start makes no segment: it syncs twice before it is ready.
fn settled() -> House {
    // What rooms keep is bounded too, and not what is looked at here.
    let house = House::new().with("history_bytes=0");
    house.opens().stops();
    house
}

#[test]
fn on_a_slow_disk_an_answer_takes_as_long_as_its_sync_and_the_operator_is_told() {
    let house = settled();
    let server = house.opens_to_fail_at(&format!("sync:3+=stall:{}", STALL.as_millis()));
    let mut ana = server.native("ana");
    for (asked, request) in (1..).zip(["name ana", "say hola", "reserve Habitación 1"]) {
        let began = Instant::now();
        ana.does(request);
        assert!(began.elapsed() >= STALL, "{request} was answered before it was durable");
        until("the operator is told", || {
            (server.logged().matches("disk slow").count() == asked).then_some(())
        });
    }
    assert_eq!(ana.asks("ping"), "OK pong", "what needs no disk");
    drop(ana);
    server.dies();
}

#[test]
fn while_a_sync_hangs_nobody_is_answered_and_what_comes_waits_outside_the_server() {
    let house = settled();
    let hangs = house.data().with_file_name("hangs");
    let server = house.opens_to_fail_at(&format!("sync:3+=wait:{}", hangs.display()));
    let mut ana = server.native("ana").named("ana");
    let mut clients: Vec<_> = (0..CLIENTS).map(|n| arrives(&server, n)).collect();
    let before = memory_kb(&server);

    fs::write(&hangs, "").expect("the directory is the test's");
    ana.socket.says_only("say this hangs");
    until("it is written and not durable", || holds(house.data(), "this hangs").then_some(()));
    let sent: Vec<_> = clients.iter().map(Crammed::full).collect();
    for client in clients.iter().map(|client| client.socket.sender()).chain([ana.socket.sender()]) {
        let nothing = recv(&client, &mut [0; 1], RecvFlags::PEEK | RecvFlags::DONTWAIT);
        assert_eq!(nothing.err(), Some(rustix::io::Errno::AGAIN), "an answer before the sync");
    }
    let held_up = memory_kb(&server);
    let waiting: usize = sent.iter().map(|crammed| crammed.bytes).sum();
    eprintln!("{waiting} bytes wait; the server has {held_up} kB, and had {before} kB");
    assert!(waiting as u64 > MOST_GROWTH_KB << 10, "only {waiting} bytes wait");
    assert!(held_up < before + 1024, "the server grew from {before} to {held_up} kB");

    fs::remove_file(&hangs).expect("it is there");
    assert!(ana.answer().is_some_and(|answer| answer.starts_with("OK ")));
    let messages: usize = sent.iter().map(|crammed| crammed.messages).sum();
    at_once(clients.iter_mut().zip(sent), |(client, crammed)| crammed.finds_all_answered(client));
    let most = peak_kb(&server);
    eprintln!("{messages} messages were answered; the server had at most {most} kB");
    assert!(most < before + MOST_GROWTH_KB, "the server grew from {before} to {most} kB");
    drop((ana, clients));
    server.stops();
    let said = Ledger::of(&house).said.len();
    assert_eq!(said, messages + 1, "everything was said once");
}

/// Somebody in a room of its own, whose kernel takes more than the server would.
fn arrives(server: &Server, n: usize) -> Native {
    let mut client = server.native("one of many").named(&format!("c{n}"));
    set_socket_send_buffer_size(client.socket.sender(), 200 << 10).expect("a socket has one");
    client.does("leave");
    client.does(&format!("join r{n}"));
    client
}

/// What a client has sent when nothing more is taken.
struct Crammed {
    bytes: usize,
    messages: usize,
    /// Of the last message, what is left to send.
    rest: Vec<u8>,
}

impl Crammed {
    fn full(client: &Native) -> Self {
        let socket = client.socket.sender();
        let message = format!("say {:a<3900}\n", "").into_bytes();
        let (mut bytes, mut messages) = (0, 0);
        loop {
            messages += 1;
            let mut sent = 0;
            while sent < message.len() {
                match send(&socket, &message[sent..], SendFlags::DONTWAIT) {
                    Ok(count) => sent += count,
                    Err(rustix::io::Errno::AGAIN) => {
                        let rest = message[sent..].to_vec();
                        return Self { bytes: bytes + sent, messages, rest };
                    }
                    Err(why) => panic!("it cannot be sent: {why}"),
                }
            }
            bytes += sent;
        }
    }

    /// Once the disk is back, everything is answered in order.
    fn finds_all_answered(self, client: &mut Native) {
        client.socket.sends(&self.rest);
        let mut last = 0;
        for _ in 0..self.messages {
            let answer = client.answer().expect("nobody is cut off for a slow disk");
            let seq =
                answer.strip_prefix("OK ").and_then(|rest| rest.split(' ').next()?.parse().ok());
            let seq: u64 = seq.unwrap_or_else(|| panic!("it was refused: {answer}"));
            assert!(seq > last, "{seq} is answered after {last}");
            last = seq;
        }
    }
}

/// Whether a segment holds this already, durable or not.
fn holds(data: &Path, text: &str) -> bool {
    let bytes = fs::read(data.join("00000001.log")).expect("the log has begun");
    memchr::memmem::find(&bytes, text.as_bytes()).is_some()
}

fn memory_kb(server: &Server) -> u64 {
    status_kb(server, "VmRSS:")
}

fn peak_kb(server: &Server) -> u64 {
    status_kb(server, "VmHWM:")
}

fn status_kb(server: &Server, field: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.expect("Linux counts it")
}

#[test]
fn a_disk_that_fails_ends_the_server_and_nobody_was_told_more_than_it_kept() {
    let mut dice = Dice::fresh();
    let mut cases: Vec<(&str, u64)> = vec![];
    for place in FALLIBLE {
        let most = match place {
            REMOVE => 1,
            disk::WRITE | disk::HALF | disk::SYNC => 60,
            _ => 6,
        };
        cases.push((place, 1));
        cases.extend((1..most.min(3)).map(|_| (place, 2 + dice.below(most - 1))));
    }
    eprintln!("{} failures", cases.len());
    at_once(0..4, |house| {
        for (place, nth) in cases.iter().skip(house).step_by(4) {
            fails_at(place, *nth);
        }
    });
}

fn fails_at(place: &str, nth: u64) {
    let failpoint = format!("{place}:{nth}=fail");
    let _case = Case(&failpoint);
    let house = people::house();
    let mut people = People::new();
    if place == REMOVE {
        // There must be something to remove.
        house.opens_to_fail_at(RENAME).ends();
    }
    let mut server = house.opens_to_fail_at(&failpoint);
    let life = people.live_beside(&mut server, u64::MAX);
    assert_eq!(life.status.code(), Some(1), "{}", server.logged());
    let said = server.logs("posada: ");
    let what = ["could not write", "could not sync", "could not prepare", "could not remove"];
    assert!(said.ends_with(SAID) && what.iter().any(|what| said.contains(what)), "{said}");
    assert!(said.contains("check the disk"), "it says what to do: {said}");
    people.find_all_as_it_was(&house, life, &failpoint);
}

/// What was written is there at the next start, but was not promised: it may be there.
#[test]
fn what_a_failed_sync_left_unanswered_is_done_once_when_it_is_asked_again() {
    let house = settled();
    let mut server = house.opens_to_fail_at("sync:4=fail");
    let secret = "secret:00000000000000000000000000c0ffee";
    let mut ana = server.native("ana");
    ana.does(&format!("name ana {secret}"));
    ana.socket.says_only("key:1 say uncertain");
    assert_eq!(ana.answer(), None, "nobody knows");
    assert_eq!(server.ends().code(), Some(1));
    let said = server.logs("posada: ");
    assert!(said.contains("could not sync 00000001.log at seq "), "{said}");

    let server = house.opens();
    let mut ana = server.native("ana");
    ana.does(&format!("name ana {secret}"));
    let seq = ana.does("key:1 say uncertain");
    drop(ana);
    server.stops();
    let entries = read_log(house.data()).expect("it is sound");
    let ledger = Ledger::of(&house);
    assert_eq!(ledger.places().get("uncertain"), Some(&seq), "of {} entries", entries.len());
}
