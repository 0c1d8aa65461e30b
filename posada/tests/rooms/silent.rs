//! One who never reads, in three rooms, beside twenty who talk in them: it costs them nothing.

use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::support::{House, Native, Server, at_once};

const TALKERS: usize = 20;
const ROOMS: [&str; 3] = ["lobby", "dev", "ops"];
const ROUNDS: usize = 120;
const LONG: usize = 4_000;
/// Far below what twenty talkers say together, were it kept for each of them.
const MOST_MEMORY_KB: u64 = 32 << 10;

#[test]
fn who_never_reads_in_three_rooms_is_cut_and_nobody_waits_for_it() {
    let house = House::new().in_memory().with("listeners.native.characters=0");
    let server = house.opens();
    let mut silent = server.native("silent").named("silent");
    for room in ROOMS {
        silent.does(&format!("join {room}"));
    }
    let talkers: Vec<_> = (0..TALKERS).map(|n| Talker::arrives(&server, n)).collect();
    let most_memory = AtomicU64::new(0);
    let heard = at_once(talkers, |talker| {
        talker.talks(|round| {
            if round % 10 == 0 {
                most_memory.fetch_max(memory_kb(&server), Ordering::Relaxed);
            }
        })
    });
    for (me, heard) in heard.iter().enumerate() {
        assert_eq!(heard.len(), others(me) * ROUNDS, "t{me} heard everything");
        let in_order = heard.windows(2).all(|pair| pair[0] < pair[1]);
        assert!(in_order, "t{me} heard it once, and in order");
    }
    server.logs("slow: cut off");
    let cut = server.logged().matches("slow: cut off").count();
    assert_eq!(cut, 1, "nobody but the silent one was cut:\n{}", server.logged());
    let rest = silent.socket.rest();
    let last = rest.lines().last().unwrap_or_default();
    assert!(last.starts_with("BYE slow "), "the last that it reads: {last:?}");
    let most_memory = most_memory.into_inner();
    assert!(most_memory < MOST_MEMORY_KB, "the server grew to {most_memory} kB");
    server.stops();
}

/// How many others are in the room of that talker.
fn others(n: usize) -> usize {
    (0..TALKERS).filter(|it| it % ROOMS.len() == n % ROOMS.len()).count() - 1
}

/// One who talks in one of the rooms.
struct Talker {
    socket: Native,
    /// How many others are there.
    others: usize,
}

impl Talker {
    fn arrives(server: &Server, n: usize) -> Self {
        let mut socket = server.native("talker").named(&format!("t{n}"));
        let room = n % ROOMS.len();
        if room > 0 {
            socket.does("leave lobby");
            socket.does(&format!("join {}", ROOMS[room]));
        }
        Self { socket, others: others(n) }
    }

    /// Says something, and hears what the others said in the same round, so that everybody keeps
    /// up with everybody. Returns where in the log that was.
    fn talks(mut self, each_round: impl Fn(usize)) -> Vec<u64> {
        let mut heard = vec![];
        for round in 0..ROUNDS {
            each_round(round);
            self.socket.does(&format!("say {round} {:a<LONG$}", ""));
            for _ in 0..self.others {
                let event = self.socket.hears();
                assert_eq!(event.text.len(), format!("{round} ").len() + LONG, "it is whole");
                heard.push(event.seq);
            }
        }
        heard
    }
}

/// What of the server is in memory.
fn memory_kb(server: &Server) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).expect("it runs");
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let resident = resident.and_then(|line| line.split_whitespace().next()?.parse().ok());
    resident.expect("Linux counts it")
}
