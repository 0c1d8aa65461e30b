//! What was acknowledged survives: the server's sudden death, damage to its files, a full disk.

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use posada_core::Entry;
use serde_json::json;
use support::load::{self, Memory, Promises};
use support::{Arrival, Client, Dice, House, Ledger, Native, Program, ROOMS, Server};
use support::{listed, read_log, until};
use tempfile::TempDir;

const ROUNDS: u32 = 20;
const FLIPS: usize = 100;

/// Two of each kind of client, and what they have for themselves.
const PAIR: std::ops::Range<usize> = 0..2;

#[test]
fn nothing_acknowledged_is_lost_when_the_server_is_killed_under_load() {
    let mut resources: Vec<_> = PAIR.map(room).collect();
    resources.extend((1..=ROUNDS).flat_map(|round| PAIR.map(move |n| key(round, n))));
    let house = House::new().with("listeners.talk.per_second=0").with_resources(&resources);
    let mut dice = Dice::fresh();
    let mut remembered = vec![];
    for round in 1..=ROUNDS {
        remembered.push(killed_under_load(house.opens(), round, dice.below(6_000)));
    }
    house.opens().stops();

    let ledger = Ledger::of(&house);
    assert_eq!(ledger.free_at_start.len(), remembered.len() + 1, "each start is in the log");
    for (epoch, memories) in (1..).zip(&remembered) {
        for memory in memories {
            memory.agrees_with(&ledger, epoch);
        }
    }
}

/// Kills the server when it has promised so much.
fn killed_under_load(server: Server, round: u32, enough: u64) -> Vec<Memory> {
    let told = Promises::default();
    let told = &told;
    thread::scope(|scope| {
        let mut threads = vec![];
        for n in PAIR {
            let program = server.program("a program").named(&format!("program {round}-{n}"));
            let key = key(round, n);
            threads.push(scope.spawn(move || {
                load::program(program, &format!("program {round}-{n}"), &key, told)
            }));
            let name = format!("talker {round}-{n}");
            let talker = server.talk_in_lines(&name, "\n");
            threads.push(scope.spawn(move || load::talker(talker, &name, told)));
            let guest = server.desk_in_lines();
            threads.push(scope.spawn(move || load::guest(guest, &room(n), told)));
        }
        until("enough is promised", || (told.count() > enough).then_some(()));
        server.dies();
        threads.into_iter().map(|thread| thread.join().expect("a client's own story")).collect()
    })
}

fn room(n: usize) -> String {
    format!("Cuarto {n}")
}

fn key(round: u32, n: usize) -> String {
    format!("Llave {round}-{n}")
}

#[test]
fn a_flipped_bit_is_found_or_harmless_wherever_it_is() {
    let house = House::new().with("log.segment_bytes=65536");
    let acknowledged = fill(&house);
    let files = files_of(house.data());
    let entries = read_log(house.data()).expect("the log is sound before anything is flipped");
    let mut dice = Dice::fresh();
    let mut complaints = vec![];
    for n in 0..FLIPS {
        let (name, place) = somewhere(&files, &mut dice, n);
        let bit = dice.below(8);
        let mut flipped = files.clone();
        flipped.get_mut(&name).expect("it was chosen among them")[place] ^= 1 << bit;
        let copy = tempfile::tempdir().expect("a directory for the copy");
        write_files(copy.path(), &flipped);
        let read = read_log(copy.path());
        let mut found = complaint(read.as_deref(), &name, &entries, acknowledged);
        if read.is_err() {
            let mut left = files_of(copy.path());
            left.insert("lock".to_owned(), flipped["lock"].clone());
            assert!(left == flipped, "a log that is refused must stay as it is");
        }
        // The binary itself is slower to start, so it is asked about some of them.
        if n % 8 == 0 {
            let copy = tempfile::tempdir().expect("a directory for another copy");
            write_files(copy.path(), &flipped);
            found = found.or_else(|| binary_complaint(copy.path(), read.as_deref(), &name));
        }
        complaints.extend(found.map(|it| format!("bit {bit} of byte {place} of {name}: {it}")));
    }
    assert!(complaints.is_empty(), "of {FLIPS} flips:\n{}", complaints.join("\n"));
}

/// Fills several segments: singles and whole batches, messages and reservations. Returns the last
/// sequence number that was acknowledged; the server dies then, so nothing follows it.
fn fill(house: &House) -> u64 {
    let server = house.opens();
    let mut ana = server.program("ana").named("ana");
    let mut last = 0;
    for round in 0..20 {
        for n in 0..20 {
            ana.posts(json!({"do": "say", "text": format!("{round} {n} {}", "texto ".repeat(40))}));
        }
        let answers: Vec<_> = (0..20).map(|_| answer(&mut ana)).collect();
        last = *answers.last().expect("twenty");
        let verb = ["reserve", "cancel"][round % 2];
        let done = ana.asks(json!({"do": verb, "resource": "Habitación 1"})).expect("it is done");
        last = last.max(done["seq"].as_u64().expect("a seq"));
    }
    server.dies();
    last
}

fn answer(program: &mut Program) -> u64 {
    loop {
        match program.reads().expect("the server is there") {
            Arrival::Answer(done) => {
                return done.expect("it is done")["seq"].as_u64().expect("a seq");
            }
            Arrival::Event(_) => {}
        }
    }
}

type Files = BTreeMap<String, Vec<u8>>;

fn files_of(directory: &Path) -> Files {
    let entries = fs::read_dir(directory).expect("it is a directory");
    entries
        .map(|entry| {
            let entry = entry.expect("it can be listed");
            let name = entry.file_name().into_string().expect("posada's names are UTF-8");
            (name, fs::read(entry.path()).expect("it can be read"))
        })
        // Written anew at each start, it is no part of the log.
        .filter(|(name, _)| name != "operator")
        .collect()
}

fn write_files(directory: &Path, files: &Files) {
    for (name, bytes) in files {
        fs::write(directory.join(name), bytes).expect("it can be written");
    }
}

/// Mostly where something is written; every fifth time at its very end, and every fifth time
/// anywhere, also in the emptiness behind and in the spare segment.
fn somewhere(files: &Files, dice: &mut Dice, flip: usize) -> (String, usize) {
    let written = |bytes: &[u8]| bytes.iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1);
    if flip.is_multiple_of(5) {
        let mut segments =
            files.iter().filter(|(name, bytes)| *name != "lock" && written(bytes) > 0);
        let (name, bytes) = segments.next_back().expect("something is written");
        return (name.clone(), written(bytes) - 1 - dice.place(400));
    }
    let anywhere = flip % 5 == 1;
    let reach = |bytes: &[u8]| if anywhere { bytes.len() } else { written(bytes) };
    let mut place = dice.place(files.values().map(|bytes| reach(bytes)).sum());
    for (name, bytes) in files {
        if place < reach(bytes) {
            return (name.clone(), place);
        }
        place -= reach(bytes);
    }
    unreachable!("the place is in one of the files")
}

/// Never silently shorter: all that was acknowledged is there, or the damage is named.
fn complaint(
    read: Result<&[Entry], &String>,
    file: &str,
    entries: &[Entry],
    acknowledged: u64,
) -> Option<String> {
    match read {
        Ok(left) if (left.len() as u64) < acknowledged => {
            Some(format!("silently only {} of {acknowledged} are left", left.len()))
        }
        Ok(left) if !entries.starts_with(left) => Some("an entry is not what it was".to_owned()),
        Err(why) if !why.contains(file) => Some(format!("the file is not named: {why}")),
        Err(why) if !why.contains("posada check") => Some(format!("no advice: {why}")),
        _ => None,
    }
}

/// The binary opens what the log says is sound, and refuses in the log's words what is not; unless
/// a snapshot stands for it: then it need not be read for a start, and a check finds it.
fn binary_complaint(data: &Path, read: Result<&[Entry], &String>, file: &str) -> Option<String> {
    let house = House::at(data).with("log.segment_bytes=65536");
    let Ok(left) = read else {
        if is_behind_a_snapshot(data, file) {
            house.opens().stops();
            return (!is_found_by_a_check(data, file)).then(|| "no check finds it".to_owned());
        }
        let failure = house.fails_to_open();
        failure.before_opening_anything();
        let told = [file, "posada check"].iter().all(|word| failure.stderr.contains(word));
        return (!told).then(|| format!("the operator reads: {}", failure.stderr));
    };
    house.opens().stops();
    let after = read_log(data).expect("it opened a moment ago");
    (!after.starts_with(left)).then(|| "the binary lost something".to_owned())
}

/// Whether a start begins with a snapshot of what is behind this segment.
fn is_behind_a_snapshot(data: &Path, file: &str) -> bool {
    let number = |name: &str| name.split('.').next().and_then(|it| it.parse::<u32>().ok());
    let files = files_of(data);
    let snapshots = files.keys().filter(|name| name.ends_with(".snapshot"));
    number(file) < snapshots.filter_map(|name| number(name)).max()
}

fn is_found_by_a_check(data: &Path, file: &str) -> bool {
    let mut command = Command::new(env!("CARGO_BIN_EXE_posada"));
    let checked = command.arg("check").arg("--data").arg(data).output();
    let checked = checked.expect("the binary under test runs");
    let said = String::from_utf8_lossy(&checked.stdout).into_owned();
    checked.status.code() == Some(3) && said.contains(file)
}

#[test]
fn a_full_disk_refuses_and_loses_nothing() {
    let disk = SmallDisk::mount();
    let ballast = disk.path().join("ballast");
    fs::write(&ballast, vec![1; 512 << 10]).expect("the disk is still empty");
    let house = House::at(&disk.path().join("data"))
        .with("log.segment_bytes=65536")
        .with("listeners.talk.per_second=0");
    let server = house.opens();
    let mut luis = server.talk_in_lines("luis", "\n");
    let leaver = server.talk_in_lines("eva", "\n");
    let mut ana = server.native("ana").named("ana");
    let mut done: Vec<(String, u64)> = vec![];
    // Where a large message has no room any more, a small one may.
    let refused =
        [" relleno".repeat(100), " x".to_owned()].map(|more| fill_up(&mut ana, &mut done, &more));
    while_it_is_full(&server);
    refused_too(&mut luis, "luis mientras", &done);
    drop(leaver);
    assert_eq!(ana.asks("ping"), "OK pong", "by then eva's end has been noticed, too");

    fs::remove_file(&ballast).expect("it is there");
    let text = "ana otra vez".to_owned();
    let seq = until("there is room again", || {
        let reply = ana.asks(&format!("say {text}"));
        (!reply.starts_with("ERR read_only ")).then(|| seq_in(&reply))
    });
    luis.reads("ana: ana otra vez\n");
    done.push((text, seq));
    server.forgets("eva");
    server.desk().asks("RESERVAR Habitación 1", "Reserva exitosa: Habitación 1");
    server.stops();

    house.opens().desk().asks("LISTAR", "Recursos disponibles:\nHabitación 2\nHabitación 3");
    let ledger = Ledger::of(&house);
    let places = ledger.places();
    for (text, seq) in &done {
        assert_eq!(places.get(text.as_str()), Some(seq), "acknowledged: {text}");
    }
    for text in refused.iter().map(String::as_str).chain(["luis mientras"]) {
        assert_eq!(places.get(text), None, "refused: {text}");
    }
    assert_eq!(ledger.said.len(), done.len(), "nothing else was said");
}

/// Says things until one is refused for lack of room, and returns that one.
fn fill_up(ana: &mut Native, done: &mut Vec<(String, u64)>, filling: &str) -> String {
    for _ in 0..10_000 {
        let text = format!("ana {}{filling}", done.len());
        let reply = ana.asks(&format!("say {text}"));
        if reply.starts_with("ERR read_only ") {
            return text;
        }
        done.push((text, seq_in(&reply)));
    }
    panic!("a disk of a megabyte took {} messages", done.len());
}

/// Changes are refused, everything else goes on.
fn while_it_is_full(server: &Server) {
    let mut desk = server.desk_in_lines();
    for _ in 0..3 {
        let reply = desk.says_only("RESERVAR Habitación 1").line().expect("the server is there");
        assert!(reply.starts_with("Error: "), "{reply}");
        desk.asks("LISTAR", &listed(&ROOMS));
    }
    let mut program = server.program("a program");
    let answer = program.asks(json!({"do": "name", "name": "nadie"}));
    assert_eq!(answer, Err("read_only".to_owned()));
    assert!(program.asks(json!({"do": "ping"})).is_ok());
    let who = server.native("a native").lists("who");
    assert_eq!(who, ["luis", "eva", "ana"]);
    server.logs("read-only");
}

/// Somebody else has heard all that was acknowledged, and then its own refusal.
fn refused_too(luis: &mut Client, text: &str, done: &[(String, u64)]) {
    luis.says_only(text);
    for (text, _) in done {
        luis.reads(format!("ana: {text}\n"));
    }
    let refusal = luis.line().expect("the server is there");
    assert!(refusal.starts_with("Error: "), "{refusal}");
}

fn seq_in(reply: &str) -> u64 {
    let seq = reply.strip_prefix("OK ").and_then(|rest| rest.split(' ').next()?.parse().ok());
    seq.unwrap_or_else(|| panic!("neither done nor read-only: {reply}"))
}

/// A file system of one megabyte, in memory.
struct SmallDisk(TempDir);

impl SmallDisk {
    fn mount() -> Self {
        let point = tempfile::tempdir().expect("a directory to mount on");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=1m", "posada-test"]).arg(point.path());
        let said = mount.output().expect("there is a mount command");
        assert!(
            said.status.success(),
            "this test needs a small file system to fill, so it must run as root: {}",
            String::from_utf8_lossy(&said.stderr)
        );
        Self(point)
    }

    fn path(&self) -> PathBuf {
        self.0.path().to_owned()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        Command::new("umount").arg(self.0.path()).status().ok();
    }
}
