//! What a run came to: a table for people, or one JSON object with the same.

use std::fmt::Write as _;

use hdrhistogram::Histogram;
use serde::Serialize;

use super::args::{Kind, Plan, Target};
use super::driver::Shares;
use super::scenario::unit;
use super::spawn::Server;
use super::tally::Tally;

/// Everything that is told. Times are in microseconds, shares of one core from 0 to 1.
#[derive(Serialize)]
pub(super) struct Report {
    scenario: Kind,
    version: &'static str,
    address: String,
    /// A server of its own; what keeps its log, and whether that is on a disk.
    own: bool,
    log: Option<super::args::Engine>,
    on_disk: Option<bool>,
    cores: usize,
    pinned: Option<(usize, usize)>,
    connections: usize,
    depth: usize,
    /// Requests a second by schedule; without, a closed loop.
    rate: Option<u32>,
    resources: Option<usize>,
    size: Option<usize>,
    seed: u64,
    warm_up_seconds: f64,
    measured_seconds: f64,
    unit: &'static str,
    per_second: f64,
    latency_us: Latency,
    /// From due to refused, of what was told `busy`; the latency above is of everything else.
    busy_us: Option<Latency>,
    /// From due to sent, by schedule.
    lag_us: Option<Latency>,
    sent: u64,
    done: u64,
    changes: u64,
    lost: u64,
    unsent: u64,
    refusals: serde_json::Map<String, serde_json::Value>,
    wrong: u64,
    wrong_answers: Vec<String>,
    cpu: Cpu,
    interrupted: bool,
}

/// What is known of the surroundings.
pub(super) struct Known<'a> {
    pub(super) server: &'a Server,
    /// Cores for this process, before it was kept on one.
    pub(super) cores: usize,
    /// Resources that there were to reserve.
    pub(super) resources: Option<usize>,
}

#[derive(Serialize)]
struct Cpu {
    generator: Option<f64>,
    server: Option<f64>,
}

#[derive(Serialize)]
struct Latency {
    count: u64,
    p50: f64,
    p90: f64,
    p99: f64,
    p99_9: f64,
    max: f64,
}

impl Latency {
    #[expect(clippy::cast_precision_loss, reason = "three digits are kept")]
    fn of(histogram: &Histogram<u64>) -> Self {
        let at = |quantile| histogram.value_at_quantile(quantile) as f64 / 1e3;
        let max = histogram.max() as f64 / 1e3;
        let count = histogram.len();
        Self { count, p50: at(0.5), p90: at(0.9), p99: at(0.99), p99_9: at(0.999), max }
    }

    fn row(&self) -> String {
        let Self { p50, p90, p99, p99_9, max, .. } = self;
        format!("{p50:>9.0} {p90:>9.0} {p99:>9.0} {p99_9:>9.0} {max:>9.0}")
    }
}

impl Report {
    /// Puts together what is known.
    #[expect(clippy::cast_precision_loss, reason = "a rate is told with few digits")]
    pub(super) fn new(plan: &Plan, known: &Known<'_>, tally: &Tally, shares: &Shares) -> Self {
        let Known { server, cores, resources } = known;
        let (own, log, pinned) = match &plan.target {
            Target::Running(..) => (false, None, None),
            Target::Own { engine, pin, .. } => (true, Some(*engine), *pin),
        };
        let deliveries = if plan.kind == Kind::Talk { plan.connections } else { 1 };
        let seconds = tally.seconds();
        let measured = tally.measured as f64 * deliveries as f64;
        let refusals = tally.refusals.iter().map(|(code, count)| (code.clone(), (*count).into()));
        let texts = matches!(plan.kind, Kind::Talk | Kind::Udp);
        Self {
            scenario: plan.kind,
            version: env!("CARGO_PKG_VERSION"),
            address: server.address.to_string(),
            own,
            log,
            on_disk: server.on_disk,
            cores: *cores,
            pinned,
            connections: plan.connections,
            depth: plan.depth,
            rate: plan.rate,
            resources: *resources,
            size: texts.then_some(plan.size),
            seed: plan.seed,
            warm_up_seconds: plan.warm_up.as_secs_f64(),
            measured_seconds: seconds,
            unit: unit(plan.kind),
            per_second: if seconds > 0.0 { measured / seconds } else { 0.0 },
            latency_us: Latency::of(&tally.latency),
            busy_us: (!tally.busy.is_empty()).then(|| Latency::of(&tally.busy)),
            lag_us: plan.rate.map(|_| Latency::of(&tally.lag)),
            sent: tally.sent,
            done: tally.done,
            changes: tally.changes,
            lost: tally.lost,
            unsent: shares.unsent,
            refusals: refusals.collect(),
            wrong: tally.wrong,
            wrong_answers: tally.told.clone(),
            cpu: Cpu { generator: shares.generator, server: shares.server },
            interrupted: shares.interrupted,
        }
    }

    /// One line of JSON.
    pub(super) fn json(&self) -> serde_json::Result<String> {
        Ok(serde_json::to_string(self)? + "\n")
    }

    /// What people read.
    pub(super) fn table(&self) -> String {
        let mut text = String::new();
        let title = format!("{:?}", self.scenario).to_lowercase();
        let _ = writeln!(text, "{title:<10} posada {}, {}", self.version, self.settings());
        let _ = writeln!(text, "server     {}", self.server());
        let (count, unit) = (self.per_second, self.unit);
        let seconds = self.measured_seconds;
        let _ = writeln!(text, "throughput {} {unit}/s over {seconds:.1} s", grouped(count));
        let _ = writeln!(text, "µs               p50       p90       p99     p99.9       max");
        let _ = writeln!(text, "latency    {}", self.latency_us.row());
        if let Some(busy) = &self.busy_us {
            let _ = writeln!(text, "busy       {}", busy.row());
        }
        // Where all that was sent was due in the warm-up, there is none.
        if let Some(lag) = self.lag_us.as_ref().filter(|lag| lag.count > 0) {
            let _ = writeln!(text, "lag        {}", lag.row());
        }
        let share = |share: Option<f64>| {
            share.map_or("unknown".to_owned(), |share| format!("{:.0} %", 100.0 * share))
        };
        let (generator, server) = (share(self.cpu.generator), share(self.cpu.server));
        let _ = writeln!(text, "of a core  generator {generator}, server {server}");
        let (sent, done, changes) = (self.sent, self.done, self.changes);
        let _ = writeln!(text, "all        {sent} sent, {done} done, {changes} of them changes");
        let refusals = self.refusals.iter().map(|(code, count)| format!("{code} {count}"));
        let refusals: Vec<_> = refusals.collect();
        if !refusals.is_empty() {
            let _ = writeln!(text, "refusals   {}", refusals.join(", "));
        }
        if self.lost > 0 {
            let _ = writeln!(text, "lost       {} were not answered within a second", self.lost);
        }
        self.warn(&mut text);
        let _ = writeln!(text, "wrong      {}", self.wrong);
        for what in &self.wrong_answers {
            let _ = writeln!(text, "  {what}");
        }
        text
    }

    /// What makes the figures mean something else than they seem to.
    fn warn(&self, text: &mut String) {
        const BUSY: f64 = 0.95;
        if self.unsent > 0 {
            let rate = self.rate.unwrap_or_default();
            let _ = writeln!(
                text,
                "too fast   the server cannot keep up with {rate}/s: {} requests were due and \
                 never sent; their waits are counted",
                self.unsent
            );
        }
        if self.cpu.generator.is_some_and(|share| share > BUSY) {
            let _ = writeln!(text, "bottleneck perhaps the generator: its core is busy");
        }
        if self.log == Some(super::args::Engine::Segment) && self.on_disk == Some(false) {
            let _ = writeln!(text, "not a disk the log is on a file system in memory: use --data");
        }
        if self.interrupted {
            let _ = writeln!(text, "stopped    by a signal, before its time");
        }
    }

    fn settings(&self) -> String {
        let (connections, depth) = (self.connections, self.depth);
        let (who, each) = match self.scenario {
            Kind::Talk => (format!("1 sender, {connections} members"), ""),
            _ => (format!("{connections} connections"), " each"),
        };
        let pace = match self.rate {
            Some(rate) => format!("open loop at {rate}/s, at most {depth} outstanding{each}"),
            None => format!("closed loop, {depth} outstanding{each}"),
        };
        let resources = self.resources.map(|count| format!(", {count} resources"));
        let size = self.size.map(|bytes| format!(", {bytes} bytes"));
        let (resources, size) = (resources.unwrap_or_default(), size.unwrap_or_default());
        format!("{who}, {pace}{resources}{size}, seed {}", self.seed)
    }

    fn server(&self) -> String {
        let log = self.log.map(|log| format!(", its log: {log:?}").to_lowercase());
        let whose = if self.own { "of its own" } else { "running" };
        let pinned = self.pinned.map(|(server, client)| format!(", pinned {server},{client}"));
        let (log, pinned) = (log.unwrap_or_default(), pinned.unwrap_or_default());
        format!("{whose}, {}{log}, {} cores{pinned}", self.address, self.cores)
    }
}

/// A number with commas between thousands.
fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn thousands_are_apart() {
        let all = [0.0, 999.0, 1_000.0, 1_234_567.4].map(grouped);
        assert_eq!(all, ["0", "999", "1,000", "1,234,567"]);
    }
}
