//! One client that never reads, beside fifty that talk: it costs the others nothing.
//! `benches/slow_reader.rs` measures what it costs them in time.

mod support;

use std::sync::atomic::{AtomicU64, Ordering};

use support::{Event, House, Native, at_once};

const TALKERS: usize = 50;
const ROUNDS: usize = 20;
/// What each says before it waits for what everybody says in the round.
const BURST: usize = 2;
const LONG: usize = 4_000;
/// Half of what the silent one would have to be kept: 20 rounds of 400 kB.
const MOST_GROWTH_KB: u64 = 4 << 10;

#[test]
fn who_never_reads_is_cut_and_the_fifty_others_hear_everything() {
    let house = House::new()
        .in_memory()
        .with("listeners.native.characters=0")
        .with("listeners.native.sessions=0");
    let server = house.opens();
    let mut silent = server.native("the silent one").named("callado");
    let arrived: Vec<_> =
        (0..TALKERS).map(|n| (n, server.native("a talker").named(&format!("t{n}")))).collect();

    let before = server.memory_kb();
    let most_memory = AtomicU64::new(0);
    let heard = at_once(arrived, |(me, talker)| {
        talks(me, talker, |round| {
            if me % ROUNDS == round {
                most_memory.fetch_max(server.memory_kb(), Ordering::Relaxed);
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
    let grown = most_memory.into_inner().saturating_sub(before);
    eprintln!("the server grew by {grown} kB");
    assert!(grown < MOST_GROWTH_KB, "the server grew by {grown} kB");
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
