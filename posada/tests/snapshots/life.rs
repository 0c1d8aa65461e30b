//! What people leave in a house, and find again; and the files that it is kept in.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::json;

use crate::support::{House, Native, ROOMS, Server, listed, until};

const ANA: &str = "secret:0000000000000000000000000000a0a0";
const EVA: &str = "secret:0000000000000000000000000000e0e0";
/// What a segment of 64 KiB holds some forty of.
const PAGE: &str = " de una carta que no termina";

/// A house with small segments, and a state that is smaller than one.
pub(crate) fn house(keep: &str) -> House {
    House::new()
        .with("log.segment_bytes=65536")
        .with("history_bytes=20000")
        .with(&format!("log.keep={keep}"))
}

/// What was promised at the beginning of a log.
pub(crate) struct Promised {
    key: u64,
    said: u64,
}

impl Promised {
    /// Ana has a room, says something once and for all, and writes to Eva, who is away.
    pub(crate) fn by(server: &Server) -> Self {
        let eva = server.native("eva").named(&format!("eva {EVA}"));
        drop(eva);
        server.forgets("eva");
        let mut ana = server.native("ana").named(&format!("ana {ANA}"));
        ana.does("reserve Habitación 1");
        ana.does("to eva hasta mañana");
        ana.does("join dev");
        ana.does("topic dev what is built");
        let said = ana.does("say dev: the first words");
        let key = ana.does("key:1 say once");
        Self { key, said }
    }

    /// All of it is there, and asked twice is done once.
    #[track_caller]
    pub(crate) fn is_kept_by(&self, server: &Server) {
        server.desk().asks("LISTAR", &listed(&ROOMS[1..]));
        let mut ana = server.native("ana").named(&format!("ana {ANA}"));
        assert_eq!(ana.does("key:1 say once"), self.key, "it is not done again");
        let rooms = ana.lists("rooms");
        assert!(rooms.iter().any(|room| room.contains("what is built")), "{rooms:?}");
        ana.does("join dev");
        let missed = json!({"do": "resume", "after": 0, "room": "dev"});
        let mut program = server.program("ana's program").named("program");
        program.asks(json!({"do": "join", "room": "dev"})).expect("it is open");
        let events = program.asks(missed).expect("it is told")["events"].take();
        let first = events.as_array().expect("a list").iter().find(|it| it["seq"] == self.said);
        assert_eq!(first.expect("it is kept")["text"], "dev: the first words");
        let mut eva = server.native("eva");
        eva.asks(&format!("name eva {EVA}"));
        assert_eq!(eva.hears().text, "hasta mañana");
        // And as it was.
        drop(eva);
        server.forgets("eva");
        ana.does("to eva hasta mañana");
    }
}

/// Talks until the files are as they should be, and returns how many messages that took.
#[track_caller]
pub(crate) fn talks_until(server: &Server, what: &str, mut is_so: impl FnMut() -> bool) -> usize {
    let mut talker = a_talker(server);
    let mut said = 0;
    until(what, || {
        (0..8).for_each(|_| says_a_page(&mut talker));
        said += 8;
        is_so().then_some(said)
    })
}

pub(crate) fn a_talker(server: &Server) -> Native {
    static BEFORE: AtomicU32 = AtomicU32::new(0);
    let name = format!("bruno {}", BEFORE.fetch_add(1, Ordering::Relaxed));
    let mut talker = server.native(&name).named(&name);
    talker.does("leave");
    talker.does("join ruido");
    talker
}

pub(crate) fn says_a_page(talker: &mut Native) {
    talker.does(&format!("say {}", PAGE.repeat(60)));
}

/// The numbers of files that end so.
pub(crate) fn numbers(data: &Path, ending: &str) -> Vec<u32> {
    let files = fs::read_dir(data).expect("a directory").flatten();
    let name = |file: fs::DirEntry| file.file_name().into_string().expect("UTF-8");
    let number = |name: String| name.strip_suffix(ending)?.parse().ok();
    let mut numbers: Vec<_> = files.map(name).filter_map(number).collect();
    numbers.sort_unstable();
    numbers
}

pub(crate) fn segments(data: &Path) -> Vec<u32> {
    numbers(data, ".log")
}

pub(crate) fn snapshots(data: &Path) -> Vec<u32> {
    numbers(data, ".snapshot")
}

pub(crate) fn snapshot(data: &Path, number: u32) -> PathBuf {
    data.join(format!("{number:08}.snapshot"))
}

pub(crate) fn segment(data: &Path, number: u32) -> PathBuf {
    data.join(format!("{number:08}.log"))
}

/// Changes one byte in the middle.
pub(crate) fn damage(file: &Path) {
    let mut bytes = fs::read(file).expect("it is there");
    let middle = 512 + (bytes.len() - 512) / 2;
    bytes[middle] ^= 1;
    fs::write(file, bytes).expect("it is ours");
}

/// A server that has gone so far that two snapshots are there, of so many segments at least.
#[track_caller]
pub(crate) fn lived_in(house: &House, least: u32) -> (Server, Promised) {
    let server = house.opens();
    let promised = Promised::by(&server);
    talks_until(&server, "two snapshots are there", || {
        let numbers = snapshots(house.data());
        numbers.len() >= 2 && numbers.last().is_some_and(|newest| *newest > least)
    });
    (server, promised)
}
