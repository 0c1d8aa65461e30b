//! More connections: what those cost that do nothing, and what all of them get done together.

use anyhow::Result;

use super::Ground;
use super::curve::{Curve, Unit};
use super::server::{Load, Server};

const SIZES: [usize; 8] = [10, 100, 1_000, 2_000, 4_000, 7_000, 10_000, 15_000];
/// Those who work beside the idle.
const ACTIVE: usize = 50;
const DEPTH: usize = 16;
const RESOURCES: usize = 10_000;

const LINES: [(&str, Unit); 7] = [
    ("50 active beside idle ones", Unit::PerSecond),
    ("all active", Unit::PerSecond),
    ("p50, 50 active", Unit::Latency),
    ("p99, 50 active", Unit::Latency),
    ("p50, all active", Unit::Latency),
    ("p99, all active", Unit::Latency),
    ("memory, idle", Unit::Bytes),
];

/// Idle connections beside fifty that work, 16 outstanding each; then all work, 1 outstanding each.
#[expect(clippy::cast_precision_loss, reason = "three digits are told")]
pub(super) fn measure(ground: &Ground) -> Result<Curve> {
    let title = "More connections: reserve and cancel, durable";
    let mut curve = Curve::new(title, "connections", true, &LINES);
    for size in SIZES {
        let load = |connections, depth| Load {
            scenario: "reserve",
            connections,
            depth,
            rate: None,
            resources: RESOURCES,
        };
        let (idle, memory) = ground.point(&format!("{size} idle connections"), |stage| {
            let server = Server::open(stage, RESOURCES)?;
            let sessions = server.idle(size)?;
            let memory = server.memory()?;
            let (report, _) = server.under(&load(ACTIVE, DEPTH))?;
            drop(sessions);
            server.close()?;
            Ok((report, memory))
        })?;
        let all = ground
            .point(&format!("{size} active connections"), |stage| load(size, 1).alone(stage))?;
        curve.add(
            size as f64,
            [
                idle.per_second(),
                all.per_second(),
                idle.p50(),
                idle.p99(),
                all.p50(),
                all.p99(),
                Some(memory as f64),
            ],
        );
    }
    Ok(curve)
}
