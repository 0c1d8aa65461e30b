//! The helper and the server, killed at every place on the way of a snapshot and of a removal.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::Command;

use posada_log::failpoint::{RETIRING, ROLLED, SNAPSHOT};
use rustix::process::Signal;

use crate::life::{Promised, a_talker, house, lived_in, segments, snapshots, talks_until};
use crate::support::{House, Server, at_once, until};

/// A removal comes to some places more than once.
const TIMES: [u32; 2] = [1, 3];

#[test]
fn a_helper_that_is_killed_anywhere_costs_nothing_but_its_snapshot() {
    at_once(SNAPSHOT, |place| {
        let house = house("0");
        let server = house.opens_to_fail_at(place);
        let promised = Promised::by(&server);
        talks_until(&server, "a helper was killed", || {
            server.logged().contains("no snapshot was written: its helper ended with signal: 9")
        });
        server.dies();
        let server = house.opens();
        promised.is_kept_by(&server);
        talks_until(&server, "snapshots are written", || snapshots(house.data()).len() >= 2);
        server.dies();
        promised.is_kept_by(&house.opens());
    });
}

#[test]
fn a_server_that_is_killed_anywhere_in_a_removal_loses_nothing() {
    let cases = RETIRING.iter().flat_map(|place| TIMES.map(|nth| format!("{place}:{nth}")));
    at_once(cases.collect::<Vec<_>>(), |place| {
        let house = house("0");
        let mut server = house.opens_to_fail_at(&place);
        let promised = Promised::by(&server);
        talks_until_it_ends(&mut server);
        let status = server.ends();
        assert_eq!(status.signal(), Some(Signal::KILL.as_raw()), "it never came to {place}");
        is_sound(&house);
        let server = house.opens();
        promised.is_kept_by(&server);
        let first = segments(house.data())[0];
        talks_until(&server, "the removal goes on", || segments(house.data())[0] > first + 1);
        server.stops();
        is_sound(&house);
    });
}

/// Nothing here may panic before the server has ended.
fn talks_until_it_ends(server: &mut Server) {
    let mut talker = a_talker(server);
    let page = format!("say {}", "x".repeat(1_500));
    until("the server ends", || {
        talker.socket.throws(format!("{page}\n"));
        let _ = talker.answer();
        server.exit_status()
    });
}

#[track_caller]
fn is_sound(house: &House) {
    // The helper of a server that was killed may have a moment left.
    let checked = until("nobody else has the log", || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_posada"));
        let checked = command.arg("check").arg("--data").arg(house.data()).output();
        let checked = checked.expect("the binary under test runs");
        (checked.status.code() != Some(1)).then_some(checked)
    });
    let said = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(checked.status.success() && said.ends_with("sound\n"), "{said}");
}

#[test]
fn a_helper_ends_with_its_server_and_another_takes_its_place() {
    let house = house("0");
    let waits = house.data().with_file_name("waits");
    fs::write(&waits, "").expect("the directory is the test's");
    let server = house.opens_to_fail_at(&format!("snapshot-half=wait:{}", waits.display()));
    let promised = Promised::by(&server);
    let half = house.data().join("snapshot.tmp");
    talks_until(&server, "a snapshot is half written", || half.exists());
    let helper = until("the helper is there", || helper_of(server.pid()));
    // It holds nobody up: neither those who talk, nor who closes the server.
    talks_until(&server, "more segments are sealed", || segments(house.data()).len() > 4);
    assert!(snapshots(house.data()).is_empty());
    server.stops();
    until("the helper has ended, too", || (!is_alive(helper)).then_some(()));
    fs::remove_file(&waits).expect("it is there");
    let server = house.opens();
    promised.is_kept_by(&server);
    until("what was missed is made up for", || (!snapshots(house.data()).is_empty()).then_some(()));
}

/// A process whose parent this is, and that writes snapshots.
fn helper_of(server: u32) -> Option<u32> {
    let children = fs::read_dir(format!("/proc/{server}/task")).ok()?.flatten();
    let lists = children.filter_map(|it| fs::read_to_string(it.path().join("children")).ok());
    let pids =
        lists.flat_map(|it| it.split(' ').filter_map(|pid| pid.parse().ok()).collect::<Vec<u32>>());
    let mut pids = pids.filter(|pid| {
        let command = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        command.starts_with(b"posada\0snapshot\0")
    });
    pids.next()
}

fn is_alive(pid: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    status.rsplit(") ").next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with('Z'))
}

/// The next segment is begun and nothing stands in it: a snapshot stands at its beginning.
#[test]
fn a_log_may_have_nothing_behind_its_newest_snapshot() {
    let house = house("0");
    let (server, promised) = lived_in(&house, 4);
    server.stops();
    let mut server = house.opens_to_fail_at(ROLLED);
    talks_until_it_ends(&mut server);
    assert_eq!(server.ends().signal(), Some(Signal::KILL.as_raw()));
    // A helper that the server had may be about to end.
    until("a snapshot is written by hand", || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_posada"));
        let written = command.arg("snapshot").arg("--data").arg(house.data()).output();
        written.expect("the binary under test runs").status.success().then_some(())
    });
    let server = house.opens();
    let line = server.prints("log      snapshot of seq ");
    assert!(line.contains(", 0 entries replayed in "), "{line}");
    promised.is_kept_by(&server);
}
