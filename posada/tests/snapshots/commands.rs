//! What is done to a log that begins with a snapshot: check, log, backup, restore, export, and
//! `posada snapshot` by hand.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use rusqlite::Connection;

use crate::life::{damage, house, lived_in, numbers, segments, snapshot, snapshots, talks_until};
use crate::support::{House, until};

fn posada(args: &[&str], data: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_posada"));
    command.args(args).arg("--data").arg(data);
    command.output().expect("the binary under test runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[track_caller]
fn does(args: &[&str], data: &Path) -> String {
    let output = posada(args, data);
    assert!(output.status.success(), "{args:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

fn state(printed: &str) -> &str {
    printed.lines().find(|line| line.starts_with("state:")).expect("it says the state")
}

/// A house whose first segments are gone, and whose server has ended.
#[track_caller]
fn without_its_beginning() -> (House, crate::life::Promised) {
    let house = house("0");
    let (server, promised) = lived_in(&house, 4);
    until("the first segments are gone", || (segments(house.data())[0] > 1).then_some(()));
    server.stops();
    (house, promised)
}

#[test]
fn a_log_that_begins_with_a_snapshot_can_be_checked_and_told() {
    let (house, promised) = without_its_beginning();
    let data = house.data();
    let checked = does(&["check"], data);
    let first = snapshots(data)[0];
    assert!(checked.contains(&format!("begins:    with {first:08}.snapshot\n")), "{checked}");
    assert!(checked.ends_with("sound\n") && checked.contains("1 held"), "{checked}");

    let told = posada(&["log"], data);
    let line = text(&told.stdout).lines().next().expect("an entry").to_owned();
    let seq = line.split(' ').next().expect("a seq").to_owned();
    assert!(seq.parse::<u64>().is_ok_and(|seq| seq > 40) && line.contains("bruno"), "{line}");
    assert!(text(&told.stderr).contains(&format!("its first entry is {seq}")));
    let later = posada(&["log", "--from", "100000"], data);
    assert!(later.stdout.is_empty() && later.stderr.is_empty());

    // There may be three, if the server ended before the oldest was removed.
    let all = snapshots(data);
    let (newest, others) = all.split_last().expect("two or three");
    damage(&snapshot(data, *newest));
    let damaged = posada(&["check"], data);
    assert_eq!(damaged.status.code(), Some(3));
    assert!(text(&damaged.stdout).contains("damaged:   "), "{}", text(&damaged.stdout));
    let damage_others = || others.iter().for_each(|number| damage(&snapshot(data, *number)));
    damage_others();
    let lost = posada(&["check"], data);
    assert_eq!(lost.status.code(), Some(3));
    assert!(text(&lost.stdout).contains("no good snapshot"), "{}", text(&lost.stdout));
    // The same once more makes it good again.
    damage_others();
    damage(&snapshot(data, *newest));
    promised.is_kept_by(&house.opens());
}

#[test]
fn a_log_that_begins_with_a_snapshot_can_be_carried_elsewhere() {
    let house = house("0");
    let (server, promised) = lived_in(&house, 4);
    until("the first segments are gone", || (segments(house.data())[0] > 1).then_some(()));
    let home = tempfile::tempdir().expect("a directory");
    let (backup, restored) = (home.path().join("backup"), home.path().join("restored"));
    // Beside a server that writes and removes.
    let mut copied = String::new();
    talks_until(&server, "it was copied three times", || {
        let _ = fs::remove_dir_all(&backup);
        copied = does(&["backup", &backup.to_string_lossy()], house.data());
        numbers(house.data(), ".snapshot").last().is_some_and(|newest| *newest > 9)
    });
    server.stops();
    assert_eq!(state(&does(&["check"], &backup)), state(&copied));
    let again = does(&["restore", &backup.to_string_lossy()], &restored);
    assert_eq!(state(&again), state(&copied));
    assert_eq!(snapshots(&restored), snapshots(&backup));
    promised.is_kept_by(&House::at(&restored).with("log.segment_bytes=65536").opens());

    let tables = home.path().join("tables.sqlite");
    does(&["export", "--sqlite", &tables.to_string_lossy()], &backup);
    let tables = Connection::open(&tables).expect("a database");
    let count = |sql: &str| -> i64 { tables.query_row(sql, [], |row| row.get(0)).expect("a row") };
    assert_eq!(count("SELECT count(*) FROM pragma_foreign_key_check"), 0);
    let holds = "SELECT count(*) FROM reservations v JOIN principals p ON p.id = v.holder \
                 JOIN resources r ON r.id = v.resource \
                 WHERE p.name = 'ana' AND r.name = 'Habitación 1' AND v.until_time IS NULL";
    assert_eq!(count(holds), 1);
    let first = count("SELECT min(seq) FROM entries");
    assert!(first > 40, "the log begins at {first}");
}

#[test]
fn a_snapshot_can_be_written_by_hand_beside_a_server_and_without() {
    let house = house("everything");
    let empty = tempfile::tempdir().expect("a directory");
    let none = posada(&["snapshot"], empty.path());
    assert!(text(&none.stderr).contains("holds no log"), "{}", text(&none.stderr));
    assert_eq!(fs::read_dir(empty.path()).expect("a directory").count(), 0, "nor is it one now");
    let server = house.opens();
    assert!(does(&["snapshot"], house.data()).contains("nothing is sealed yet"));
    server.stops();
    let (server, promised) = lived_in(&house, 4);
    server.stops();
    for number in snapshots(house.data()) {
        fs::remove_file(snapshot(house.data(), number)).expect("it is there");
    }
    let said = does(&["snapshot"], house.data());
    let [newest] = snapshots(house.data())[..] else { panic!("one was written: {said}") };
    assert!(said.starts_with(&format!("{newest:08}.snapshot: the state at seq ")), "{said}");
    assert!(does(&["snapshot"], house.data()).contains("is the newest there can be"));
    let checked = does(&["check"], house.data());
    assert!(checked.contains("snapshots: 1, the newest of seq "), "{checked}");
    let server = house.opens();
    assert!(does(&["snapshot"], house.data()).contains("is the newest there can be"));
    promised.is_kept_by(&server);
    damage(&segments_of_one(&house));
    let refused = posada(&["snapshot"], house.data());
    assert!(refused.status.success(), "what is before the newest is not read again");
    fs::remove_file(snapshot(house.data(), newest)).expect("it is there");
    let refused = posada(&["snapshot"], house.data());
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("00000001.log"), "{}", text(&refused.stderr));
    assert!(snapshots(house.data()).is_empty(), "nothing is made of what is damaged");
}

fn segments_of_one(house: &House) -> std::path::PathBuf {
    crate::life::segment(house.data(), 1)
}
