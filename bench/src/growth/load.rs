//! More load, up to what a server can and beyond: requests are due at fixed times, whatever the
//! answers do.

use anyhow::{Context, Result};

use super::Ground;
use super::curve::{Curve, Unit};
use super::server::{Load, Server};

/// In hundredths of what a closed loop reaches.
const PERCENT: [u32; 10] = [10, 25, 50, 75, 90, 100, 110, 125, 150, 175];
const CONNECTIONS: usize = 50;
/// Outstanding each in the closed loop.
const DEPTH: usize = 64;
/// As much as the generator lets wait: more than a server leaves standing.
const OPEN_DEPTH: usize = 60_000;
/// Enough that all that is outstanding can be about different ones.
const RESOURCES: usize = 100_000;

const LINES: [(&str, Unit); 9] = [
    ("due", Unit::PerSecond),
    ("done", Unit::PerSecond),
    ("told busy", Unit::Share),
    ("p50, done", Unit::Latency),
    ("p99, done", Unit::Latency),
    ("p99, told busy", Unit::Latency),
    ("entries in a batch", Unit::Count),
    ("server's core", Unit::Share),
    ("generator's core", Unit::Share),
];

/// Fifty clients, in JSON, where a server has more to do than the generator: else the generator
/// would be what limits. The maximum first, then parts and multiples of it by schedule.
pub(super) fn measure(ground: &Ground) -> Result<Curve> {
    let title = "More load: reserve and cancel in JSON, durable, 50 clients by schedule";
    let mut curve = Curve::new(title, "% of the maximum", false, &LINES);
    let load = |depth, rate| Load {
        scenario: "json",
        connections: CONNECTIONS,
        depth,
        rate,
        resources: RESOURCES,
    };
    let most = ground.point("the maximum", |stage| load(DEPTH, None).alone(stage))?;
    let most = most.per_second().context("no maximum")?;
    for percent in PERCENT {
        let due = most * f64::from(percent) / 100.0;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "millions")]
        let rate = (due as u32).clamp(1, 10_000_000);
        let values = ground.point(&format!("{percent} %: {rate}/s"), |stage| {
            let server = Server::open(stage, RESOURCES)?;
            let before = server.figures()?;
            let (report, after) = server.under(&load(OPEN_DEPTH, Some(rate)))?;
            server.close()?;
            let grown = |name: &str| Some(after.get(name)? - before.get(name)?);
            let batch = grown("posada_log_seq")
                .zip(grown("posada_batches_total"))
                .map(|(entries, batches)| entries / batches.max(1.0));
            let busy = report.number("/refusals/busy").unwrap_or_default();
            let share = report.number("/done").map(|done| busy / done.max(1.0));
            Ok([
                Some(f64::from(rate)),
                report.per_second(),
                share,
                report.p50(),
                report.p99(),
                report.number("/busy_us/p99"),
                batch,
                report.number("/cpu/server"),
                report.number("/cpu/generator"),
            ])
        })?;
        curve.add(f64::from(percent), values);
    }
    Ok(curve)
}
