//! The end of what a client sends, when it arrives together with the last of it: the server reads
//! both in one turn, because it was stopped while they came.

use std::fs;

use rustix::process::Signal;

use crate::support::{Client, House, PROMPT, Server, until};

/// Stops the server, lets a client do something, and lets the server go on.
fn while_it_stands_still(server: &Server, deed: impl FnOnce()) {
    server.signal(Signal::STOP);
    let stat = format!("/proc/{}/stat", server.pid());
    until("the server stands still", || {
        let stat = fs::read_to_string(&stat).expect("it is alive");
        stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('T')).then_some(())
    });
    deed();
    server.signal(Signal::CONT);
}

#[test]
fn who_hangs_up_with_the_last_line_is_answered_to_the_end() {
    let server = House::new().in_memory().opens();
    let mut ana = server.native("ana").named("ana").socket;
    while_it_stands_still(&server, || {
        ana.sends("reserve Habitación 1\nping").hangs_up();
    });
    ana.reads("OK 7 reserved Habitación 1\nOK pong\n").is_cut_off();
    assert!(!server.native("the porter").sees("ana"), "who has hung up is not in the lobby");
}

#[test]
fn who_says_something_and_closes_leaves_no_place_taken() {
    let house = House::new().in_memory().with("listeners.talk.sessions=1");
    let server = house.opens();
    let mut ana = server.stranger("ana");
    while_it_stands_still(&server, || {
        ana.sends("ana");
        drop(ana);
    });
    until("her place is free", || {
        let next = Client::connect("the next one", server.door("talk")).recv();
        (next == PROMPT.as_bytes()).then_some(())
    });
}
