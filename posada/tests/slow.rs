//! One client that never reads, beside ten that talk: it costs the others nothing.

mod support;

use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};

use support::{Event, House, Native, Server, at_once};

const TALKERS: usize = 10;
const ROUNDS: usize = 250;
/// What each says before it waits for what everybody says in the round.
const BURST: usize = 2;
const LONG: usize = 8_000;
/// Far below what the silent one would have to be kept: 250 rounds of 160 kB.
const MOST_MEMORY_KB: u64 = 24 << 10;

#[test]
fn who_never_reads_is_cut_and_the_ten_others_hear_everything() {
    let house = House::new()
        .in_memory()
        .with("listeners.native.characters=0")
        .with("listeners.native.sessions=0");
    let server = house.opens();
    let mut silent = server.native("the silent one").named("callado");
    let arrived: Vec<_> =
        (0..TALKERS).map(|n| (n, server.native("a talker").named(&format!("t{n}")))).collect();

    let most_memory = AtomicU64::new(0);
    let heard = at_once(arrived, |(me, talker)| {
        talks(me, talker, |round| {
            if round % 10 == me {
                most_memory.fetch_max(memory_kb(&server), Ordering::Relaxed);
            }
        })
    });

    for (me, all) in heard.iter().enumerate() {
        assert_eq!(all.len(), ROUNDS * BURST * TALKERS, "t{me} heard everything once");
        assert!(all.is_sorted_by_key(|event| event.seq), "t{me} heard it in the log's order");
        assert!(*all == heard[0], "t{me} and t0 heard the same");
    }
    server.logs("slow: cut off");
    let cut = server.logged().matches("slow: cut off").count();
    assert_eq!(cut, 1, "nobody but the silent one was cut:\n{}", server.logged());
    silent.socket.rest();
    server.forgets("callado");
    let most_memory = most_memory.into_inner();
    eprintln!("the server had at most {most_memory} kB in memory");
    assert!(most_memory < MOST_MEMORY_KB, "the server grew to {most_memory} kB");
    server.stops();
}

/// Speaks in bursts and listens in between; returns everything said, its own words included.
fn talks(me: usize, mut talker: Native, each_round: impl Fn(usize)) -> Vec<Event> {
    let mut all = vec![];
    for round in 0..ROUNDS {
        each_round(round);
        let texts: Vec<_> = (0..BURST).map(|n| format!("{round}.{n}")).collect();
        for text in &texts {
            talker.socket.says_only(&format!("say {text:a<LONG$}"));
        }
        for text in texts {
            let reply = talker.answer().expect("a talker is never cut");
            let seq = reply.strip_prefix("OK ").and_then(|rest| rest.split(' ').next());
            let seq = seq.and_then(|seq| seq.parse().ok());
            let seq = seq.unwrap_or_else(|| panic!("t{me} was refused: {reply}"));
            all.push(Event { seq, from: format!("t{me}"), text });
        }
        for _ in 0..(TALKERS - 1) * BURST {
            let Event { seq, from, text } = talker.hears();
            let said = text.trim_end_matches('a');
            assert_eq!(text.len(), LONG, "{said} of {from} is whole");
            all.push(Event { seq, from, text: said.to_owned() });
        }
    }
    // What others said is in the order of its coming; what it said itself is sorted in.
    let others = all.iter().filter(|event| event.from != format!("t{me}"));
    assert!(others.is_sorted_by_key(|event| event.seq), "t{me} heard things out of order");
    all.sort_by_key(|event| event.seq);
    all
}

/// What of the server is in memory.
fn memory_kb(server: &Server) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).expect("it runs");
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let resident = resident.and_then(|line| line.split_whitespace().next()?.parse().ok());
    resident.expect("Linux counts it")
}
