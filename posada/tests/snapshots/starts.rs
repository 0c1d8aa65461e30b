//! Starts from the newest snapshot, from the one before, from the whole log; and those that are
//! refused.

use std::fs;
use std::time::Instant;

use crate::life::{
    Promised, a_talker, damage, house, lived_in, says_a_page, segment, segments, snapshot,
    snapshots, talks_until,
};
use crate::support::{Ledger, Server, until};

/// The snapshot of which seq a start began with, and how many entries it then read.
#[track_caller]
fn began_with(server: &Server) -> (Option<u64>, u64) {
    let line = server.prints("log      ");
    let line = line.strip_prefix("log      ").expect("it begins so");
    let (snapshot, rest) = match line.strip_prefix("snapshot of seq ") {
        Some(line) => line.split_once(", ").map(|(seq, rest)| (seq.parse().ok(), rest)),
        None => Some((None, line)),
    }
    .expect("two parts");
    let replayed = rest.split(' ').next().and_then(|count| count.parse().ok());
    assert!(rest.contains(" replayed in ") && rest.ends_with(" ms"), "{line}");
    (snapshot, replayed.expect("a number"))
}

#[test]
fn a_snapshot_appears_old_segments_go_and_everything_is_there_after_a_kill() {
    let house = house("0");
    let (mut server, promised) = lived_in(&house, 4);
    for _ in 0..3 {
        until("the first segments are gone", || (segments(house.data())[0] > 1).then_some(()));
        assert!(snapshots(house.data()).len() <= 3, "two, and one that is about to go");
        server.dies();
        server = house.opens();
        let (snapshot, replayed) = began_with(&server);
        assert!(snapshot.is_some_and(|seq| seq > 40), "it began with {snapshot:?}");
        assert!(replayed < 300, "it read {replayed} entries");
        promised.is_kept_by(&server);
        let before = snapshots(house.data());
        talks_until(&server, "the next one is there", || {
            snapshots(house.data()).last() > before.last()
        });
    }
    server.stops();
    promised.is_kept_by(&house.opens());
}

#[test]
fn everything_is_kept_unless_it_is_configured_otherwise() {
    let house = house("everything");
    let (server, promised) = lived_in(&house, 5);
    until("two snapshots are left", || (snapshots(house.data()).len() == 2).then_some(()));
    assert_eq!(segments(house.data())[0], 1);
    server.dies();
    let server = house.opens();
    assert!(began_with(&server).0.is_some());
    promised.is_kept_by(&server);
    server.stops();
    assert!(Ledger::of(&house).said.len() >= 2, "the whole log can still be read");
}

#[test]
fn as_many_bytes_are_kept_as_are_configured() {
    let house = house("200000");
    let (server, promised) = lived_in(&house, 12);
    until("the first segments are gone", || (segments(house.data())[0] > 1).then_some(()));
    let (kept, newest) = until("it begins with a snapshot", || {
        let (kept, newest) = (segments(house.data()), snapshots(house.data()));
        newest.contains(&kept[0]).then_some((kept, newest))
    });
    let older = newest[newest.len() - 2];
    assert!((older - kept[0]) * 65_536 >= 200_000, "{kept:?}, {newest:?}");
    server.dies();
    promised.is_kept_by(&house.opens());
}

#[test]
fn a_damaged_snapshot_is_named_and_the_one_before_is_taken() {
    let house = house("0");
    let (server, promised) = lived_in(&house, 4);
    server.dies();
    let [.., older, newest] = snapshots(house.data())[..] else { panic!("there are two") };
    damage(&snapshot(house.data(), newest));
    let server = house.opens();
    let warning = server.logs(&format!("{newest:08}.snapshot is not good"));
    assert!(warning.contains("WARN") && warning.contains("posada check"), "{warning}");
    assert!(began_with(&server).0.is_some(), "the one before, {older}");
    promised.is_kept_by(&server);
    // The next ones are written as ever.
    talks_until(&server, "a newer one is there", || {
        snapshots(house.data()).last().is_some_and(|it| *it > newest + 1)
    });
    server.dies();
    promised.is_kept_by(&house.opens());
}

#[test]
fn without_a_good_snapshot_the_whole_log_is_read_if_it_is_there() {
    let house = house("everything");
    let (server, promised) = lived_in(&house, 4);
    server.dies();
    for number in snapshots(house.data()) {
        damage(&snapshot(house.data(), number));
    }
    let server = house.opens();
    assert_eq!(began_with(&server).0, None);
    server.logs("is not good");
    promised.is_kept_by(&server);
    server.dies();
    for number in snapshots(house.data()) {
        fs::remove_file(snapshot(house.data(), number)).expect("it is there");
    }
    promised.is_kept_by(&house.opens());
}

#[test]
fn damage_to_what_a_start_leaves_out_is_told_while_the_server_serves() {
    let house = house("everything");
    let (server, promised) = lived_in(&house, 4);
    server.dies();
    damage(&segment(house.data(), 1));
    let server = house.opens();
    assert!(began_with(&server).0.is_some());
    promised.is_kept_by(&server);
    server.logs("00000001.log, offset");
}

#[test]
fn without_what_is_needed_nothing_starts_and_the_files_are_named() {
    let house = house("0");
    let (server, promised) = lived_in(&house, 4);
    until("the first segments are gone", || (segments(house.data())[0] > 1).then_some(()));
    server.dies();
    let (all, first) = (snapshots(house.data()), segments(house.data())[0]);
    let sound: Vec<_> = all.iter().map(|it| fs::read(snapshot(house.data(), *it))).collect();
    for number in &all {
        damage(&snapshot(house.data(), *number));
    }
    let names: Vec<_> = all.iter().map(|number| format!("{number:08}.snapshot")).collect();
    let failure = house.fails_to_open();
    failure.before_opening_anything().names(&[&format!("{first:08}.log"), "backup"]);
    failure.names(&names.iter().map(String::as_str).collect::<Vec<_>>());
    for (number, bytes) in all.iter().zip(sound) {
        fs::write(snapshot(house.data(), *number), bytes.expect("it was there")).expect("ours");
    }

    let newest = *all.last().expect("two");
    let (there, away) = (segment(house.data(), newest), house.data().join("away"));
    fs::rename(&there, &away).expect("it is there");
    let missing = format!("{newest:08}.log");
    let failure = house.fails_to_open();
    failure.before_opening_anything().names(&[&missing, "is missing", "posada check"]);
    fs::rename(&away, &there).expect("it is there");
    promised.is_kept_by(&house.opens());
}

#[test]
fn a_server_goes_on_answering_while_a_snapshot_is_written() {
    let house = house("0");
    let server = house.opens();
    let promised = Promised::by(&server);
    let mut talker = a_talker(&server);
    let mut longest = 0;
    until("five snapshots were written", || {
        let began = Instant::now();
        says_a_page(&mut talker);
        longest = longest.max(began.elapsed().as_millis());
        snapshots(house.data()).last().is_some_and(|newest| *newest > 6).then_some(())
    });
    eprintln!("the longest answer took {longest} ms");
    drop(talker);
    server.stops();
    promised.is_kept_by(&house.opens());
}
