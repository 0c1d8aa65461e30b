//! Nanoseconds a command, of the path without sockets and of its steps:
//! `cargo bench -p posada --bench steps`. Instructions, which a loaded machine does not change,
//! are counted by `--bench instructions`.

mod path;

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use path::{DEPTH, House, SESSIONS, entries, pings, reservations, talk};
use posada_wire::record;

fn steps(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("path");
    group.throughput(Throughput::Elements((SESSIONS * DEPTH) as u64));
    let turns = [
        ("text", reservations(false)),
        ("json", reservations(true)),
        ("ping", pings()),
        ("say", talk()),
    ];
    for (name, lines) in turns {
        let mut house = House::new();
        group.bench_function(name, |bench| bench.iter(|| house.turn(black_box(&lines))));
    }
    let (entries, payload) = entries();
    group.bench_function("encode", |bench| {
        let mut out = Vec::with_capacity(payload.len());
        bench.iter(|| {
            out.clear();
            for entry in &entries {
                record::encode(black_box(entry), &mut out);
            }
        });
    });
    group.bench_function("decode", |bench| {
        bench.iter(|| record::decode(black_box(&payload)).flatten().count());
    });
    group.finish();
}

criterion_group!(benches, steps);
criterion_main!(benches);
