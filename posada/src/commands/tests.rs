//! `posada check` and `posada log` over logs that were written, torn and damaged on a real disk.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

use posada_core::{Barred, Command, Entry, Label, SessionId, SessionNumber, Time, Whom};
use posada_log::{Batch, Directory, Log, Options, Segment};
use posada_wire::{names, record};
use tempfile::TempDir;

use super::{CommandError, Verdict, check, log};

const SEGMENT: &str = "00000001.log";

fn label(text: &str) -> Label {
    names::resource(text).expect("a name")
}

fn session(number: u64) -> SessionId {
    SessionId { node: 1, epoch: 1, number: SessionNumber(number) }
}

/// A morning at the desk, one batch each line.
fn morning() -> Vec<Vec<Command>> {
    let (ana, ben, nobody) = (session(1), session(2), session(3));
    let name = |session, text: &str| Command::Name {
        session,
        name: label(text),
        proof: None,
        secret: Some(Box::new([0xAB; 32])),
    };
    let say = |session, text: &str| Command::Say { session, room: None, text: text.into() };
    let room = names::key("Habitación 1");
    vec![
        vec![
            Command::Rules { version: 1 },
            Command::NodeUp { node: 1, epoch: 1 },
            Command::Declare { resource: label("Habitación 1") },
        ],
        vec![name(ana, "Ana María"), name(ben, "Ben"), name(nobody, "ben")],
        vec![
            say(ana, "hola \u{1b}[31m\u{202e}\nBen"),
            say(nobody, "refused?"),
            Command::To { session: ben, name: names::key("ana maría"), text: "psst".into() },
        ],
        vec![
            Command::Reserve { session: nobody, resource: room.clone() },
            Command::Reserve { session: ana, resource: room.clone() },
            Command::Cancel { session: nobody, resource: room },
            Command::Reserve { session: ana, resource: names::key("Cuarto\u{7}") },
            Command::End { session: ana },
        ],
    ]
}

fn write(batches: &[Vec<Command>]) -> TempDir {
    let place = tempfile::tempdir().expect("a place for the log");
    let directory = Directory::open(place.path()).expect("it is nobody else's");
    let (mut log, _) = Segment::open(directory, Options { segment_bytes: 65_536 }).expect("new");
    for commands in batches {
        let first_seq = log.next_seq();
        let mut payload = Vec::new();
        for (seq, command) in (first_seq..).zip(commands) {
            // 2026-11-21T05:00:00Z and a second for every entry.
            let time = Time::new(1_795_237_200_000 + seq * 1_000, seq * 1_000);
            record::encode(&Entry { time, key: None, command: command.clone() }, &mut payload);
        }
        let count = u32::try_from(commands.len()).expect("few");
        log.append(Batch { first_seq, count, payload: &payload }).expect("there is room");
    }
    place
}

/// Where `text` stands in the segment.
fn position(place: &Path, text: &str) -> u64 {
    let bytes = fs::read(place.join(SEGMENT)).expect("the segment is there");
    let at = bytes.windows(text.len()).position(|window| window == text.as_bytes());
    at.expect("it stands there") as u64
}

fn overwrite(place: &Path, at: u64, bytes: &[u8]) {
    let file = fs::OpenOptions::new().write(true).open(place.join(SEGMENT));
    file.expect("the segment is there").write_all_at(bytes, at).expect("it is ours");
}

fn checked(place: &Path) -> (Verdict, String) {
    let mut out = Vec::new();
    let verdict = check(place, &mut out).expect("it can be read");
    let text = String::from_utf8(out).expect("it is text");
    (verdict, text.replace(&*place.to_string_lossy(), "DATA"))
}

fn history(place: &Path, from: u64) -> String {
    let mut out = Vec::new();
    log(place, from, &mut out).expect("it can be read");
    String::from_utf8(out).expect("it is text")
}

/// What came with the second rules, in one batch.
fn evening() -> Vec<Command> {
    let (ana, host) = (session(1), session(9));
    let (room, text) = (|| Some("dev".into()), || "hola".into());
    let name = |session, text: &str| Command::Name {
        session,
        name: label(text),
        proof: None,
        secret: None,
    };
    vec![
        Command::Rules { version: 2 },
        Command::NodeUp { node: 1, epoch: 1 },
        Command::History { bytes: 1_000 },
        name(ana, "Ana"),
        Command::Join { session: ana, room: label("dev") },
        Command::Topic { session: ana, room: room(), text: "tests\n".into() },
        Command::Say { session: ana, room: room(), text: text() },
        Command::Leave { session: ana, room: None },
        Command::Note { session: session(3), text: text() },
        Command::Announce { session: host, text: text() },
        Command::Tell { session: host, to: Whom::Name("ana".into()), text: text() },
        Command::Kick { session: host, who: Whom::Session(ana) },
        Command::Ban { session: host, who: Barred::Name("ana".into()), for_ms: 60_000 },
        Command::Ban {
            session: host,
            who: Barred::Address("::1".parse().expect("an address")),
            for_ms: 0,
        },
        Command::Release { session: host, resource: "barco".into() },
        Command::End { session: ana },
    ]
}

#[test]
fn the_history_tells_rooms_and_the_operator_too() {
    let place = write(&[evening()]);
    let told: Vec<String> = history(place.path(), 3)
        .lines()
        .map(|line| line.splitn(3, "  ").nth(2).expect("three columns").to_owned())
        .collect();
    let expected = [
        "posada  rooms keep 1000 bytes from here on",
        "anonymous (1.1.1)  takes the name Ana",
        "Ana  joins dev",
        r"Ana  says what the room dev is about: tests\n",
        "Ana  says in dev to 0: hola",
        "Ana  leaves its room",
        "anonymous (1.1.3)  notes: hola",
        "anonymous (1.1.9)  announces: hola",
        "anonymous (1.1.9)  tells Ana: hola",
        "anonymous (1.1.9)  sends (1.1.1) away",
        "anonymous (1.1.9)  shuts ana out for 60 s",
        "anonymous (1.1.9)  lets ::1 in again",
        "anonymous (1.1.9)  refused (no_such_resource): gives back barco",
        "anonymous (1.1.1)  refused (name_first): leaves",
    ];
    assert_eq!(told, expected);
}

#[test]
fn the_history_says_who_did_what_and_what_came_of_it() {
    let place = write(&morning());
    let expected = r"
1  2026-11-21T05:00:01.000Z  posada  rules 1 from here on
2  2026-11-21T05:00:02.000Z  posada  node 1 starts, epoch 1
3  2026-11-21T05:00:03.000Z  posada  declares Habitación 1
4  2026-11-21T05:00:04.000Z  anonymous (1.1.1)  takes the name Ana María
5  2026-11-21T05:00:05.000Z  anonymous (1.1.2)  takes the name Ben
6  2026-11-21T05:00:06.000Z  anonymous (1.1.3)  refused (name_taken): takes the name ben
7  2026-11-21T05:00:07.000Z  Ana María  says in lobby to 1: hola \u{1b}[31m\u{202e}\nBen
8  2026-11-21T05:00:08.000Z  anonymous (1.1.3)  refused (name_first): says: refused?
9  2026-11-21T05:00:09.000Z  Ben  to Ana María: psst
10  2026-11-21T05:00:10.000Z  anonymous (1.1.3)  reserves Habitación 1
11  2026-11-21T05:00:11.000Z  Ana María  refused (taken): reserves Habitación 1
12  2026-11-21T05:00:12.000Z  anonymous (1.1.3)  cancels Habitación 1
13  2026-11-21T05:00:13.000Z  Ana María  refused (no_such_resource): reserves cuarto\u{7}
14  2026-11-21T05:00:14.000Z  Ana María  leaves
";
    assert_eq!(history(place.path(), 1), expected.trim_start());
    let tail: Vec<_> = expected.lines().skip(12).collect();
    assert_eq!(history(place.path(), 12).lines().collect::<Vec<_>>(), tail);
    assert_eq!(history(place.path(), 15), "");
}

#[test]
fn a_whole_log_is_sound_and_is_not_changed_by_looking() {
    let place = write(&morning());
    let before = fs::read(place.path().join(SEGMENT)).expect("it is there");
    let (verdict, text) = checked(place.path());
    assert_eq!((verdict, verdict.exit_code()), (Verdict::Sound, 0));
    for line in [
        "DATA\n",
        "entries:   14 in 4 batches, seq 1 to 14\n",
        "times:     2026-11-21T05:00:01.000Z to 2026-11-21T05:00:14.000Z\n",
        "people:    1, 1 online\n",
        "resources: 1, 0 held\n",
        "state:     at seq 14, trail ",
        "\nsound\n",
    ] {
        assert!(text.contains(line), "{line} is not in:\n{text}");
    }
    assert_eq!(fs::read(place.path().join(SEGMENT)).expect("it is there"), before);
}

#[test]
fn damage_is_named_by_file_offset_and_seq() {
    let place = write(&morning());
    overwrite(place.path(), position(place.path(), "psst"), b"#");
    let (verdict, text) = checked(place.path());
    assert_eq!((verdict, verdict.exit_code()), (Verdict::Damaged, 3));
    assert!(text.contains(&format!("damaged:   {SEGMENT}, offset ")), "{text}");
    assert!(text.contains(", seq 7: "), "{text}");
    assert!(text.ends_with("not sound: restore the named files from a copy\n"), "{text}");

    let mut out = Vec::new();
    let error = log(place.path(), 1, &mut out).expect_err("the history breaks off");
    assert!(matches!(error, CommandError::Damaged(_)), "{error}");
    let out = String::from_utf8(out).expect("it is text");
    assert_eq!(out.lines().count(), 6, "{out}");
    assert!(!text.contains("resources:"), "what a damaged log holds is not known: {text}");
}

#[test]
fn a_torn_tail_is_reported_and_is_no_damage() {
    let mut batches = morning();
    let long = "x".repeat(5_000).into();
    batches.push(vec![Command::Say { session: session(2), room: None, text: long }]);
    let place = write(&batches);
    let sector = position(place.path(), "xxxx").next_multiple_of(512);
    overwrite(place.path(), sector, &[0; 512]);
    let (verdict, text) = checked(place.path());
    assert_eq!((verdict, verdict.exit_code()), (Verdict::Torn, 0));
    assert!(text.contains("entries:   14 in 4 batches"), "{text}");
    assert!(text.contains(&format!("torn:      {SEGMENT}, offset ")), "{text}");
    assert!(text.ends_with("; the next start drops them\nsound\n"), "{text}");
    assert_eq!(history(place.path(), 14).lines().count(), 1);
}

#[test]
fn whole_files_can_still_say_what_cannot_be_understood() {
    let flaws = [
        (vec![vec![Command::NodeUp { node: 1, epoch: 1 }]], "seq 1 comes before any rules"),
        (vec![vec![Command::Rules { version: 99 }]], "seq 1 switches on the rules 99"),
        (
            vec![vec![
                Command::Rules { version: 1 },
                Command::Check { at: posada_core::Seq(1), trail: 7 },
            ]],
            "seq 2 says that the state differs at seq 1",
        ),
    ];
    for (batches, expected) in flaws {
        let place = write(&batches);
        let (verdict, text) = checked(place.path());
        assert_eq!(verdict, Verdict::Damaged);
        assert!(text.contains(&format!("damaged:   {expected}")), "{text}");
        let error = log(place.path(), 1, &mut io::sink()).expect_err("it breaks off");
        assert!(error.to_string().starts_with(expected), "{error}");
    }
}

#[test]
fn a_log_in_use_is_left_alone() {
    let place = write(&[]);
    let _server = Directory::open(place.path()).expect("it is free");
    let error = check(place.path(), &mut io::sink()).expect_err("somebody writes it");
    assert!(error.to_string().contains("in use by another process"), "{error}");
    let error = log(&place.path().join("nowhere"), 1, &mut io::sink()).expect_err("no such place");
    assert!(matches!(error, CommandError::Directory(_)), "{error}");
}

/// A pipe whose reader has gone.
struct Closed;

impl Write for Closed {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let place = write(&morning());
    log(place.path(), 1, &mut Closed).expect("quietly");
    assert_eq!(check(place.path(), &mut Closed).expect("quietly"), Verdict::Sound);
}
