//! Where and how long one measurement runs, and what it comes to.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::{Result, ensure};
use hdrhistogram::Histogram;
use posada::bench::{Driver, Pace, Scenario, Socket, process};

/// Descriptors beside the connections, in this process and in a server.
const DESCRIPTORS: usize = 200;
/// Requests of one connection under way at a fixed rate, at most.
const RATE_DEPTH: usize = 128;

/// What every measurement of a pass has in common.
pub(crate) struct Stage {
    pub(crate) seconds: Duration,
    pub(crate) warm_up: Duration,
    /// The server's core and the generator's; `None`: each may use all there are.
    pub(crate) pinned: Option<(usize, usize)>,
    /// The posada that is measured.
    pub(crate) posada: PathBuf,
    /// Where servers keep what they keep: on a disk.
    pub(crate) directory: PathBuf,
    pub(crate) stop: Arc<AtomicBool>,
}

/// How many ask, and how much of it is under way.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    pub(crate) connections: usize,
    pub(crate) depth: usize,
    /// Requests a second of all together, by schedule.
    pub(crate) rate: Option<u32>,
}

impl Load {
    /// An answer makes room for the next request.
    pub(crate) const fn closed(connections: usize, depth: usize) -> Self {
        Self { connections, depth, rate: None }
    }

    /// Requests are due at fixed times.
    pub(crate) const fn open(connections: usize, rate: u32) -> Self {
        Self { connections, depth: RATE_DEPTH, rate: Some(rate) }
    }
}

/// What one measurement came to; times in microseconds, shares of one core.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figure {
    pub(crate) per_second: Option<f64>,
    pub(crate) p50: Option<f64>,
    pub(crate) p99: Option<f64>,
    pub(crate) generator: Option<f64>,
    pub(crate) server: Option<f64>,
    /// Memory of one idle session.
    pub(crate) bytes: Option<f64>,
    /// Commands that one sync makes durable, in the mean.
    pub(crate) batch: Option<f64>,
}

impl Figure {
    /// With so many done a second, and latencies in nanoseconds.
    #[expect(clippy::cast_precision_loss, reason = "three digits are kept")]
    pub(crate) fn of(per_second: f64, latency: &Histogram<u64>) -> Self {
        let at = |quantile| Some(latency.value_at_quantile(quantile) as f64 / 1e3);
        Self { per_second: Some(per_second), p50: at(0.5), p99: at(0.99), ..Self::default() }
    }
}

impl Stage {
    /// Where the server of this measurement keeps its files.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Runs a scenario on connections that are there, with posada's own generator; `of_one` is
    /// what one request counts for.
    #[expect(clippy::cast_precision_loss, reason = "a rate is told with few digits")]
    pub(crate) fn drive(
        &self,
        load: Load,
        server: u32,
        scenario: &mut dyn Scenario,
        sockets: Vec<Socket>,
        of_one: usize,
    ) -> Result<Figure> {
        let pace = Pace {
            warm_up: self.warm_up,
            seconds: self.seconds,
            depth: load.depth,
            rate: load.rate,
            server: Some(server),
            stop: Arc::clone(&self.stop),
        };
        let mut driver = Driver::new(scenario, sockets, pace)?;
        let shares = self.at_the_generators_core(|| driver.run())?;
        let tally = driver.close();
        ensure!(!shares.interrupted, "stopped by a signal");
        ensure!(tally.wrong == 0, "{} wrong answers: {}", tally.wrong, tally.told.join("; "));
        ensure!(tally.measured > 0, "no answer came within the measured time");
        let per_second = tally.measured as f64 * of_one as f64 / tally.seconds();
        let figure = Figure::of(per_second, &tally.latency);
        Ok(Figure { generator: shares.generator, server: shares.server, ..figure })
    }

    /// Keeps this thread on the generator's core meanwhile.
    pub(crate) fn at_the_generators_core<T>(&self, run: impl FnOnce() -> Result<T>) -> Result<T> {
        let cores = process::allowed()?;
        if let Some((_, generator)) = self.pinned {
            process::pin(generator)?;
        }
        let done = run();
        process::allow(&cores)?;
        done
    }
}

/// Makes sure that this process, and those it starts, can have so many connections.
pub(crate) fn need_connections(count: usize) -> Result<()> {
    process::need_descriptors(count + DESCRIPTORS)
}
