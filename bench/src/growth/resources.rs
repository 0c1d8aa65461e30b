//! More things to reserve, up to as many as a server may have.

use anyhow::Result;

use super::Ground;
use super::curve::{Curve, Unit};
use super::server::{Load, Server};

/// The last is the bound of a server: `RESOURCES` in core/src/limits.rs.
const SIZES: [usize; 5] = [100, 1_000, 10_000, 100_000, 1_000_000];
const CONNECTIONS: usize = 50;
const DEPTH: usize = 16;

const LINES: [(&str, Unit); 4] = [
    ("commands/s", Unit::PerSecond),
    ("p50", Unit::Latency),
    ("p99", Unit::Latency),
    ("memory, before", Unit::Bytes),
];

/// Fifty clients with 16 outstanding each, who take any of them.
#[expect(clippy::cast_precision_loss, reason = "three digits are told")]
pub(super) fn measure(ground: &Ground) -> Result<Curve> {
    let title = "More resources: reserve and cancel, durable, 50 clients × 16";
    let mut curve = Curve::new(title, "resources", true, &LINES);
    for size in SIZES {
        let load = Load {
            scenario: "reserve",
            connections: CONNECTIONS,
            depth: DEPTH,
            rate: None,
            resources: size,
        };
        let (report, memory) = ground.point(&format!("{size} resources"), |stage| {
            let server = Server::open(stage, size)?;
            let memory = server.memory()?;
            server.close()?;
            Ok((load.alone(stage)?, memory))
        })?;
        let figures = [report.per_second(), report.p50(), report.p99(), Some(memory as f64)];
        curve.add(size as f64, figures);
    }
    Ok(curve)
}
