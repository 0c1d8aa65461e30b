//! A room with more members, all of whom hear each message.

use anyhow::Result;

use super::Ground;
use super::curve::{Curve, Unit};
use super::server::Load;

const SIZES: [usize; 7] = [10, 30, 100, 300, 1_000, 3_000, 10_000];
const DEPTH: usize = 256;

const LINES: [(&str, Unit); 4] = [
    ("deliveries/s, 256 outstanding", Unit::PerSecond),
    ("deliveries/s, 1 outstanding", Unit::PerSecond),
    ("p50 until all have it, 1 outstanding", Unit::Latency),
    ("p99, 1 outstanding", Unit::Latency),
];

/// One sender, with many messages outstanding and with one.
#[expect(clippy::cast_precision_loss, reason = "three digits are told")]
pub(super) fn measure(ground: &Ground) -> Result<Curve> {
    let title = "A room with more members: talk, durable, 64 bytes";
    let mut curve = Curve::new(title, "members", true, &LINES);
    for size in SIZES {
        let load =
            |depth| Load { scenario: "talk", connections: size, depth, rate: None, resources: 1 };
        let deep = ground.point(&format!("{size} members, {DEPTH} outstanding"), |stage| {
            load(DEPTH).alone(stage)
        })?;
        let one = ground
            .point(&format!("{size} members, 1 outstanding"), |stage| load(1).alone(stage))?;
        curve.add(size as f64, [deep.per_second(), one.per_second(), one.p50(), one.p99()]);
    }
    Ok(curve)
}
