//! Copies of the log: taken while it is written to, verified, refused when they are damaged, and
//! served from afterwards.

mod support;

use std::fs;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use serde_json::json;
use support::{House, Ledger, Program, ROOMS, Server, read_log, until};

const BACKUPS: usize = 12;
const WRITERS: usize = 4;

/// A log in many small files.
fn house() -> House {
    House::new().with("log.segment_bytes=65536")
}

fn command(args: &[&Path]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_posada"));
    command.args(args).stdin(Stdio::null());
    command
}

fn posada(args: &[&Path]) -> Output {
    command(args).output().expect("the binary under test runs")
}

fn backup_args<'a>(data: &'a Path, target: &'a Path) -> [&'a Path; 4] {
    ["backup".as_ref(), "--data".as_ref(), data, target]
}

fn restore_args<'a>(backup: &'a Path, data: &'a Path) -> [&'a Path; 4] {
    ["restore".as_ref(), backup, "--data".as_ref(), data]
}

/// What it prints when all went well.
#[track_caller]
fn prints(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (printed, errors) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{printed}\n{errors}");
    assert!(printed.ends_with("\nverified\n"), "{printed}");
    printed
}

/// What it says when it refuses: with these words, and on one line.
#[track_caller]
fn refuses(output: &Output, words: &[&str]) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    for word in words {
        assert!(said.contains(word), "no {word:?} in: {said}");
    }
}

/// `entries:   12 in 3 batches, up to seq 12`
#[track_caller]
fn last_seq(printed: &str) -> usize {
    let line = printed.lines().find_map(|line| line.split_once("up to seq "));
    line.and_then(|(_, seq)| seq.parse().ok()).unwrap_or_else(|| panic!("no seq in {printed}"))
}

/// `state:     at seq 12, trail …, digest …`
#[track_caller]
fn state(printed: &str) -> &str {
    let line = printed.lines().find(|line| line.starts_with("state:"));
    line.unwrap_or_else(|| panic!("no state in {printed}"))
}

#[track_caller]
fn is_sound(data: &Path) -> String {
    let checked = posada(&["check".as_ref(), "--data".as_ref(), data]);
    let found = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(found.ends_with("\nsound\n") && !found.contains("torn"), "{found}");
    found
}

fn files_in(directory: &Path) -> Vec<PathBuf> {
    let listed = fs::read_dir(directory).into_iter().flatten().flatten();
    let mut files: Vec<_> = listed.map(|entry| entry.path()).collect();
    files.sort();
    files
}

fn flip(file: &Path, at: u64) {
    let file = fs::File::options().read(true).write(true).open(file).expect("it is there");
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).expect("it is as long");
    file.write_all_at(&[byte[0] ^ 1], at).expect("it can be written");
}

/// Lets the writers go, also when the test fails.
struct Dismissal<'a>(&'a AtomicBool);

impl Drop for Dismissal<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Says something again and again, and tells what it knows to be on disk.
fn writes(mut program: Program, acknowledged: &AtomicU64, enough: &AtomicBool) {
    let text = "x".repeat(300);
    while !enough.load(Ordering::Relaxed) {
        let done = program.asks(json!({"do": "say", "text": text})).expect("it is said");
        acknowledged.fetch_max(done["seq"].as_u64().expect("a seq"), Ordering::SeqCst);
    }
}

/// So many messages, in several files.
fn fill(server: &Server, messages: usize) {
    let mut program = server.program("a program").named("escriba");
    let text = "y".repeat(1_000);
    for _ in 0..messages {
        program.asks(json!({"do": "say", "text": text})).expect("it is said");
    }
}

#[test]
fn a_backup_under_load_holds_all_that_was_acknowledged_before_it_began() {
    let house = house();
    let server = house.opens();
    let place = tempfile::tempdir().expect("a place for the backups");
    let (acknowledged, enough) = (AtomicU64::new(0), AtomicBool::new(false));
    let (acknowledged, enough) = (&acknowledged, &enough);
    let backups: Vec<(PathBuf, usize)> = thread::scope(|scope| {
        for n in 0..WRITERS {
            let program = server.program("a writer").named(&format!("writer {n}"));
            scope.spawn(move || writes(program, acknowledged, enough));
        }
        let _dismissal = Dismissal(enough);
        let taken = (0..BACKUPS).map(|n| {
            let before = acknowledged.load(Ordering::SeqCst);
            until("more is written", || {
                (acknowledged.load(Ordering::SeqCst) > before + 100).then_some(())
            });
            let promised = acknowledged.load(Ordering::SeqCst);
            let target = place.path().join(n.to_string());
            let printed = prints(&posada(&backup_args(house.data(), &target)));
            let holds = last_seq(&printed);
            assert!(holds as u64 >= promised, "{promised} were promised:\n{printed}");
            (target, holds)
        });
        taken.collect()
    });
    server.stops();

    let all = read_log(house.data()).expect("the log is whole");
    assert!(house.data().join("00000003.log").exists(), "files were filled meanwhile");
    for (target, holds) in backups {
        let found = is_sound(&target);
        assert!(found.contains(&format!("seq 1 to {holds}\n")), "{found}");
        let kept = read_log(&target).expect("a backup is a log");
        assert_eq!(kept.len(), holds);
        assert!(kept == all[..holds], "{} is not what was written", target.display());
    }
}

#[test]
fn a_restored_server_serves_the_same_list() {
    let (house, place) = (house(), tempfile::tempdir().expect("a place"));
    let server = house.opens();
    let mut ana = server.native("ana").named("ana");
    ana.does("reserve Habitación 2");
    server.desk().asks("RESERVAR Habitación 3", "Reserva exitosa: Habitación 3");
    let listed = server.native("anybody").lists("list");
    assert!(listed[1].contains("taken") && listed[2].contains("since"), "{listed:?}");
    let backup = place.path().join("backup");
    let copied = prints(&posada(&backup_args(house.data(), &backup)));
    ana.does("cancel Habitación 2");

    let data = place.path().join("new/data");
    let restored = prints(&posada(&restore_args(&backup, &data)));
    assert_eq!(state(&restored), state(&copied));
    assert!(is_sound(&data).contains(state(&copied)));
    let other = House::at(&data).opens();
    assert_eq!(other.native("anybody").lists("list"), listed);
    let mut ben = other.native("ben").named("ben");
    assert!(ben.does("say hola") > last_seq(&restored) as u64, "it goes on from there");
    // The two have nothing to do with each other any more.
    let listed = server.native("anybody").lists("list");
    assert!(listed[1].contains("free"), "{listed:?}");
}

/// What a server keeps beside its log is no log.
#[test]
fn a_directory_that_lost_its_log_takes_a_backup() {
    let (house, place) = (house(), tempfile::tempdir().expect("a place"));
    let server = house.opens();
    server.desk().asks("RESERVAR Habitación 1", "Reserva exitosa: Habitación 1");
    server.stops();
    let backup = place.path().join("backup");
    prints(&posada(&backup_args(house.data(), &backup)));
    let files = files_in(house.data()).into_iter();
    for file in files.filter(|file| file.extension().is_some_and(|it| it == "log")) {
        fs::remove_file(file).expect("it can be removed");
    }
    prints(&posada(&restore_args(&backup, house.data())));
    house.opens().stops();
    assert_eq!(Ledger::of(&house).free(), ROOMS[1..]);
}

/// The copy waits for a record that is never finished, with all other files written.
#[test]
fn a_backup_that_is_killed_leaves_no_target_and_is_no_hindrance() {
    let (house, place) = (house(), tempfile::tempdir().expect("a place"));
    let server = house.opens();
    fill(&server, 300);
    server.stops();
    let last = house.data().join("00000004.log");
    assert!(fs::read(&last).expect("a fourth file")[0] != 0, "it is begun");
    let target = place.path().join("backup");
    let unfinished = place.path().join("backup.unfinished");
    flip(&last, 512 + 200);
    let mut child = started(&backup_args(house.data(), &target));
    until("three files are copied", || (files_in(&unfinished).len() == 4).then_some(()));
    child.kill().expect("it waits");
    child.wait().expect("it is our child");
    assert!(!target.exists());
    assert!(files_in(&unfinished).len() >= 4, "it left something");
    let nothing = posada(&restore_args(&unfinished, &place.path().join("data")));
    refuses(&nothing, &["there is no log to copy"]);

    flip(&last, 512 + 200);
    let printed = prints(&posada(&backup_args(house.data(), &target)));
    assert_eq!(last_seq(&printed), read_log(house.data()).expect("the log is whole").len());
    is_sound(&target);
    assert!(!unfinished.exists());
}

#[test]
fn a_backup_waits_for_a_record_that_is_being_written() {
    let (house, place) = (house(), tempfile::tempdir().expect("a place"));
    let server = house.opens();
    fill(&server, 300);
    server.stops();
    let (target, last) = (place.path().join("backup"), house.data().join("00000004.log"));
    flip(&last, 512 + 200);
    let mut child = started(&backup_args(house.data(), &target));
    let unfinished = place.path().join("backup.unfinished");
    until("three files are copied", || (files_in(&unfinished).len() == 4).then_some(()));
    flip(&last, 512 + 200);
    let status = until("it ends", || child.try_wait().expect("it is our child"));
    assert!(status.success());
    assert_eq!(state(&is_sound(&target)), state(&is_sound(house.data())));
}

#[test]
fn at_whatever_moment_a_backup_is_killed_its_target_is_whole_or_not_there() {
    let (house, place) = (house(), tempfile::tempdir().expect("a place"));
    let server = house.opens();
    fill(&server, 300);
    server.stops();
    let sound = is_sound(house.data());
    let (target, mut whole) = (place.path().join("backup"), 0);
    for files in 0..12 {
        let mut child = started(&backup_args(house.data(), &target));
        let unfinished = place.path().join("backup.unfinished");
        until("so many files are there", || {
            let over = child.try_wait().expect("it is our child").is_some();
            (over || target.exists() || files_in(&unfinished).len() >= files).then_some(())
        });
        child.kill().expect("it is our child");
        child.wait().expect("it is our child");
        if target.exists() {
            whole += 1;
            assert_eq!(state(&is_sound(&target)), state(&sound));
            fs::remove_dir_all(&target).expect("it can be removed");
        }
    }
    assert!(whole < 12, "none of them was killed in the middle");
}

fn started(args: &[&Path]) -> Child {
    let mut command = command(args);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("the binary under test runs")
}

#[test]
fn a_damaged_backup_is_refused_before_anything_is_touched() {
    let (house, place) = (house(), tempfile::tempdir().expect("a place"));
    let server = house.opens();
    fill(&server, 100);
    let backup = place.path().join("backup");
    prints(&posada(&backup_args(house.data(), &backup)));
    let data = place.path().join("data");
    let named = backup.to_string_lossy().into_owned();
    for file in ["00000001.log", "00000002.log"] {
        flip(&backup.join(file), 700);
        refuses(&posada(&restore_args(&backup, &data)), &[&named, "posada check"]);
        assert!(!data.exists(), "nothing was touched");
        flip(&backup.join(file), 700);
    }
    fs::remove_file(backup.join("00000001.log")).expect("it is there");
    refuses(&posada(&restore_args(&backup, &data)), &[&named, "posada check"]);
    assert!(!data.exists(), "nothing was touched");
}

#[test]
fn damage_is_not_carried_into_a_backup() {
    let (house, place) = (house(), tempfile::tempdir().expect("a place"));
    let server = house.opens();
    fill(&server, 100);
    server.stops();
    flip(&house.data().join("00000001.log"), 700);
    let target = place.path().join("backup");
    let refused = posada(&backup_args(house.data(), &target));
    refuses(&refused, &["damaged log", "00000001.log", "posada check"]);
    assert_eq!(files_in(place.path()), Vec::<PathBuf>::new(), "nothing is left");
}

#[test]
fn nothing_that_is_there_is_written_over() {
    let (house, place) = (house(), tempfile::tempdir().expect("a place"));
    let server = house.opens();
    let target = place.path().join("backup");
    fs::create_dir(&target).expect("a directory");
    prints(&posada(&backup_args(house.data(), &target)));
    let before = files_in(&target);
    let again = posada(&backup_args(house.data(), &target));
    refuses(&again, &["is not empty", &target.to_string_lossy()]);
    assert_eq!(files_in(&target), before);

    let running = posada(&restore_args(&target, house.data()));
    refuses(&running, &["in use", &server.pid().to_string()]);
    server.desk().asks("RESERVAR Habitación 1", "Reserva exitosa: Habitación 1");
    server.stops();
    let before = is_sound(house.data());
    refuses(&posada(&restore_args(&target, house.data())), &["is not empty"]);
    assert_eq!(is_sound(house.data()), before);

    let inside = house.data().join("backup");
    refuses(&posada(&backup_args(house.data(), &inside)), &["inside"]);
    let nowhere = place.path().join("nowhere");
    refuses(&posada(&backup_args(&nowhere, &place.path().join("b"))), &["nowhere"]);
    assert!(!nowhere.exists() && !place.path().join("b").exists());
    assert_eq!(ROOMS.len(), house.opens().native("anybody").lists("list").len());
}
