//! `posada export`: what the tables say is what the log says, and nothing that was secret.

mod support;

use std::fs;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use rusqlite::{Connection, OpenFlags};
use serde_json::json;
use support::{House, Ledger, ROOMS, at_once, read_log};

fn export(data: &Path, file: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_posada"));
    command.arg("export").arg("--data").arg(data).arg("--sqlite").arg(file);
    command.stdin(Stdio::null()).output().expect("the binary under test runs")
}

#[track_caller]
fn exported(data: &Path, file: &Path) -> Connection {
    let output = export(data, file);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("a database")
}

#[track_caller]
fn refused(output: &Output, words: &[&str]) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    for word in words {
        assert!(said.contains(word), "no {word:?} in: {said}");
    }
}

/// Each row as text, with bars between.
#[track_caller]
fn rows(tables: &Connection, sql: &str) -> Vec<String> {
    use rusqlite::types::ValueRef;
    let mut query = tables.prepare(sql).unwrap_or_else(|why| panic!("{sql}: {why}"));
    let columns = query.column_count();
    let row = query.query_map([], |row| {
        let text = |at| match row.get_ref(at)? {
            ValueRef::Null => Ok("-".to_owned()),
            ValueRef::Integer(number) => Ok(number.to_string()),
            other => Ok(other.as_str().expect("text").to_owned()),
        };
        Ok((0..columns).map(text).collect::<rusqlite::Result<Vec<_>>>()?.join("|"))
    });
    row.expect("it can be asked").collect::<Result<_, _>>().expect("it can be read")
}

/// A morning, one after the other: every number is known.
fn morning(house: &House) -> String {
    let server = house.opens();
    let mut ana = server.native("ana");
    let named = ana.asks("name Ana");
    let mut luis = server.native("luis").named("luis");
    luis.does("say hola");
    ana.does("to luis psst");
    assert!(ana.asks("to nadie psst").starts_with("ERR not_here"));
    ana.does("reserve habitación 2");
    assert!(luis.asks("reserve Habitación 2").starts_with("ERR taken"));
    assert!(luis.asks("reserve Salón").starts_with("ERR no_such_resource"));
    ana.does("cancel Habitación 2");
    luis.does("reserve Habitación 2");
    server.desk().asks("RESERVAR Habitación 1", "Reserva exitosa: Habitación 1");
    drop(ana);
    server.forgets("Ana");
    server.stops();
    named
}

#[test]
fn the_tables_say_what_happened() {
    let (house, place) = (House::new(), tempfile::tempdir().expect("a place"));
    let named = morning(&house);
    let file = place.path().join("log.sqlite");
    let tables = exported(house.data(), &file);
    let all = rows(&tables, "SELECT seq FROM entries ORDER BY seq");
    let log = read_log(house.data()).expect("the log is whole");
    assert_eq!(all, (1..=log.len()).map(|seq| seq.to_string()).collect::<Vec<_>>());
    let entries = "SELECT seq, kind, p.name, text, resource, outcome FROM entries e \
                   LEFT JOIN principals p ON p.id = e.principal WHERE seq BETWEEN 3 AND 17";
    assert_eq!(
        rows(&tables, entries),
        [
            "3|declare|-|-|Habitación 1|noted",
            "4|declare|-|-|Habitación 2|noted",
            "5|declare|-|-|Habitación 3|noted",
            "6|name|Ana|Ana|-|named",
            "7|name|luis|luis|-|named",
            "8|say|luis|hola|-|said",
            "9|to|Ana|psst|-|told",
            "10|to|Ana|psst|-|refused not_here",
            "11|reserve|Ana|-|Habitación 2|reserved",
            "12|reserve|luis|-|Habitación 2|refused taken",
            "13|reserve|luis|-|salón|refused no_such_resource",
            "14|cancel|Ana|-|Habitación 2|cancelled",
            "15|reserve|luis|-|Habitación 2|reserved",
            "16|reserve|-|-|Habitación 1|reserved",
            "17|end|Ana|-|-|ended",
        ]
    );
    let reservations = "SELECT token, r.name, p.name, until_seq, v.from_time <= v.until_time \
                        FROM reservations v JOIN resources r ON r.id = v.resource \
                        JOIN principals p ON p.id = v.holder ORDER BY token";
    assert_eq!(
        rows(&tables, reservations),
        ["11|Habitación 2|Ana|14|1", "15|Habitación 2|luis|-|-", "16|Habitación 1|-|-|-"]
    );
    let messages = "SELECT seq, sender_name, room, p.name, text FROM messages m \
                    LEFT JOIN principals p ON p.id = m.recipient ORDER BY seq";
    assert_eq!(rows(&tables, messages), ["8|luis|lobby|-|hola", "9|Ana|-|luis|psst"]);
    let principals = "SELECT id, name, key, until_time IS NULL FROM principals ORDER BY id";
    assert_eq!(rows(&tables, principals), ["0|-|-|1", "6|Ana|ana|1", "7|luis|luis|1"]);
    let times = rows(&tables, "SELECT wall_time FROM entries WHERE seq = 8");
    assert!(times[0].starts_with("20") && times[0].ends_with('Z'), "{times:?}");
    let nowhere = "SELECT * FROM pragma_foreign_key_check";
    assert_eq!(rows(&tables, nowhere), Vec::<String>::new());

    let secret = named.split_whitespace().find_map(|word| word.strip_prefix("secret:"));
    let secret = secret.expect("a secret was given").as_bytes();
    let bytes = fs::read(&file).expect("the file is there");
    assert!(!bytes.windows(secret.len()).any(|part| part == secret), "the secret is out");
}

#[test]
fn the_history_of_reservations_is_the_one_that_the_log_tells() {
    let (house, place) = (House::new(), tempfile::tempdir().expect("a place"));
    let server = house.opens();
    at_once(0..4, |n| {
        let mut program = server.program("a program").named(&format!("program {n}"));
        for round in 0..60 {
            let room = ROOMS[(n + round) % ROOMS.len()];
            let verb = if round % 2 == 0 { "reserve" } else { "cancel" };
            // Who comes too late is refused, and that is in the log too.
            let _ = program.asks(json!({"do": verb, "resource": room}));
        }
    });
    server.stops();
    let tables = exported(house.data(), &place.path().join("log.sqlite"));
    let ledger = Ledger::of(&house);
    let of = |taken: bool| {
        let moves = ledger.moves.iter().filter(|step| step.taken == taken);
        moves.map(|step| format!("{}|{}", step.seq, step.resource)).collect::<Vec<_>>()
    };
    let told = |seq: &str| {
        let sql = format!(
            "SELECT {seq}, r.name FROM reservations v JOIN resources r ON r.id = v.resource \
             WHERE {seq} IS NOT NULL ORDER BY {seq}"
        );
        rows(&tables, &sql)
    };
    assert!(!of(true).is_empty() && !of(false).is_empty());
    assert_eq!(told("token"), of(true));
    assert_eq!(told("until_seq"), of(false));
}

#[test]
fn a_server_is_not_disturbed_and_its_backup_can_be_exported_instead() {
    let (house, place) = (House::new(), tempfile::tempdir().expect("a place"));
    let server = house.opens();
    server.desk().asks("RESERVAR Habitación 1", "Reserva exitosa: Habitación 1");
    let file = place.path().join("log.sqlite");
    let pid = server.pid().to_string();
    refused(&export(house.data(), &file), &["in use", &pid, "posada backup"]);
    assert!(!file.exists());
    let backup = place.path().join("backup");
    let mut command = Command::new(env!("CARGO_BIN_EXE_posada"));
    command.arg("backup").arg("--data").arg(house.data()).arg(&backup);
    assert!(command.output().expect("it runs").status.success());
    let tables = exported(&backup, &file);
    assert_eq!(rows(&tables, "SELECT count(*) FROM reservations"), ["1"]);
    server.desk().asks("CANCELAR Habitación 1", "Reserva cancelada: Habitación 1");
}

#[test]
fn what_is_there_is_left_alone_and_of_a_damaged_log_there_is_no_export() {
    let (house, place) = (House::new(), tempfile::tempdir().expect("a place"));
    morning(&house);
    let file = place.path().join("log.sqlite");
    fs::write(&file, "mine").expect("it can be written");
    refused(&export(house.data(), &file), &["exists", &file.to_string_lossy()]);
    assert_eq!(fs::read(&file).expect("it is there"), b"mine");
    let nowhere = place.path().join("nowhere/log.sqlite");
    refused(&export(house.data(), &nowhere), &["could not create", "nowhere"]);

    let log = fs::File::options().write(true).open(house.data().join("00000001.log"));
    log.expect("it is there").write_all_at(&[1], 700).expect("it can be damaged");
    fs::remove_file(&file).expect("it is mine");
    refused(&export(place.path(), &file), &["holds no log"]);
    refused(&export(house.data(), &file), &["damaged", "posada check"]);
    let left = fs::read_dir(place.path()).expect("a place").count();
    assert_eq!(left, 0, "nothing is left");
}
