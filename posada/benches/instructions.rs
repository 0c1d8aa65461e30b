//! Instructions a command, of the path without sockets. They are the same on every run of the same
//! program, however busy the machine is, so each has a limit that `./check` holds:
//! `cargo bench -p posada --bench instructions`.
//!
//! A limit is what was counted, and a tenth. Where a change is worth more instructions, it
//! changes the limit, and says why.

#![expect(missing_docs, reason = "the macros make modules and functions of their own")]

mod path;

use std::hint::black_box;

use gungraun::prelude::*;
use gungraun::{Callgrind, EventKind};
use path::{House, Lines, entries, pings, reservations, talk};
use posada_core::Entry;
use posada_wire::record;

/// Instructions that each turn may take, of 800 commands.
fn at_most(instructions: u64) -> LibraryBenchmarkConfig {
    let mut callgrind = Callgrind::default();
    callgrind.hard_limits([(EventKind::Ir, instructions)]);
    let mut config = LibraryBenchmarkConfig::default();
    config.tool(callgrind);
    config
}

/// After a first turn, as the second finds it.
fn warm(lines: Lines) -> (House, Lines) {
    let mut house = House::new();
    house.turn(&lines);
    (house, lines)
}

#[library_benchmark(config = at_most(4_060_000))]
#[bench::text(warm(reservations(false)))]
fn text((mut house, lines): (House, Lines)) -> (House, usize) {
    let bytes = house.turn(black_box(&lines));
    (house, bytes)
}

#[library_benchmark(config = at_most(6_520_000))]
#[bench::json(warm(reservations(true)))]
fn json((mut house, lines): (House, Lines)) -> (House, usize) {
    let bytes = house.turn(black_box(&lines));
    (house, bytes)
}

#[library_benchmark(config = at_most(1_740_000))]
#[bench::ping(warm(pings()))]
fn ping((mut house, lines): (House, Lines)) -> (House, usize) {
    let bytes = house.turn(black_box(&lines));
    (house, bytes)
}

#[library_benchmark(config = at_most(4_680_000))]
#[bench::say(warm(talk()))]
fn say((mut house, lines): (House, Lines)) -> (House, usize) {
    let bytes = house.turn(black_box(&lines));
    (house, bytes)
}

#[library_benchmark(config = at_most(630_000))]
#[bench::encode(entries())]
fn encode((entries, payload): (Vec<Entry>, Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::with_capacity(payload.len());
    for entry in &entries {
        record::encode(black_box(entry), &mut out);
    }
    out
}

#[library_benchmark(config = at_most(1_300_000))]
#[bench::decode(entries())]
fn decode((entries, payload): (Vec<Entry>, Vec<u8>)) -> (Vec<Entry>, usize) {
    let read = record::decode(black_box(&payload)).flatten().count();
    (entries, read)
}

library_benchmark_group!(name = turns, benchmarks = [text, json, ping, say, encode, decode]);

main!(library_benchmark_groups = turns);
