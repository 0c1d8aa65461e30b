//! `posada-sim SEED` replays one world; `--seconds` and `--worlds` run many.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use posada_sim::stats::Stats;
use posada_sim::trace::{Trace, secrets_brief};
use posada_sim::world::{Report, run};

/// Lines of the trace that are shown of one world.
const LINES: usize = 60;

/// Runs simulated worlds of posada and checks what must hold in each.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Replay the world of this seed, and show how it ended.
    #[arg(conflicts_with_all = ["seconds", "worlds", "from"])]
    seed: Option<u64>,
    /// Run worlds of consecutive seeds for so long.
    #[arg(long, conflicts_with = "worlds")]
    seconds: Option<u64>,
    /// Run so many worlds of consecutive seeds.
    #[arg(long)]
    worlds: Option<u64>,
    /// The first of these seeds.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Show the whole trace of the world, and not just its end.
    #[arg(long)]
    all: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // A panic in a world is that world's failure, and is told as such.
    std::panic::set_hook(Box::new(|_| {}));
    let lines = if arguments.all { usize::MAX } else { LINES };
    match arguments {
        Arguments { seed: Some(seed), .. } => replay(seed, lines),
        Arguments { seconds, worlds, from, .. } => many(from, seconds, worlds, lines),
    }
}

/// Prints the same bytes whenever it is run.
fn replay(seed: u64, lines: usize) -> ExitCode {
    let report = run(seed, Trace::last(lines));
    print!("{}", tell(&report));
    if report.violation.is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn many(from: u64, seconds: Option<u64>, worlds: Option<u64>, lines: usize) -> ExitCode {
    if let Ok(commit) = std::env::var("POSADA_COMMIT") {
        println!("commit {commit}");
    }
    println!("worlds from seed {from}");
    let start = Instant::now();
    let budget = Duration::from_secs(seconds.unwrap_or(10));
    let mut total = Stats::default();
    for seed in from.. {
        let enough = match worlds {
            Some(worlds) => total.worlds >= worlds,
            None => start.elapsed() >= budget,
        };
        if enough {
            break;
        }
        let report = run(seed, Trace::off());
        total += report.stats;
        if report.violation.is_some() {
            print!("{}", tell(&run(seed, Trace::last(lines))));
            println!("failed after {} worlds; again: posada-sim {seed}", total.worlds);
            return ExitCode::FAILURE;
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    println!("{total}");
    let rate = (1_000 * u128::from(total.worlds)).checked_div(start.elapsed().as_millis());
    println!("{} worlds in {seconds:.1} s, {} a second", total.worlds, rate.unwrap_or_default());
    ExitCode::SUCCESS
}

fn tell(report: &Report) -> String {
    let Report { seed, swarm, stats, trace, violation } = report;
    let verdict = match violation {
        None => "every invariant held".to_owned(),
        Some(violation) => format!("seed {seed} broke {}", secrets_brief(violation.to_string())),
    };
    format!("seed {seed}\n{swarm}\n\n{}\n{stats}\n{verdict}\n", trace.render())
}
