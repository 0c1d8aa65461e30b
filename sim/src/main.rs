//! `posada-sim SEED` replays one world, `--shrink` looks for a shorter one that fails alike;
//! `--seconds` and `--worlds` run many.

use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use clap::Parser;
use posada_sim::Violation;
use posada_sim::shrink::shrink;
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
    /// Look for the shortest trace that breaks the same as the world of this seed.
    #[arg(long, requires = "seed")]
    shrink: bool,
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
        Arguments { seed: Some(seed), shrink, .. } => replay(seed, lines, shrink),
        Arguments { seconds, worlds, from, .. } => many(from, seconds, worlds, lines),
    }
}

/// Prints the same bytes whenever it is run.
fn replay(seed: u64, lines: usize, shorter: bool) -> ExitCode {
    let report = run(seed, Trace::last(lines));
    let Some(violation) = &report.violation else {
        print!("{}", tell(&report));
        return ExitCode::SUCCESS;
    };
    let shown = if shorter { &shrink(seed, violation.invariant, lines) } else { &report };
    print!("{}", tell(shown));
    ExitCode::FAILURE
}

fn many(from: u64, seconds: Option<u64>, worlds: Option<u64>, lines: usize) -> ExitCode {
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
        if let Some(violation) = report.violation {
            let length = report.trace.length();
            println!("after {length} lines, {}", tell_broken(seed, &violation));
            println!("looking for a shorter way to the same…\n");
            let shortest = shrink(seed, violation.invariant, lines);
            print!("{}", tell(&shortest));
            println!("\ncommit {}, after {} worlds", commit(), total.worlds);
            println!(
                "the whole world again: posada-sim {seed}; this one: posada-sim {seed} --shrink"
            );
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
        Some(violation) => tell_broken(*seed, violation),
    };
    format!("seed {seed}\n{swarm}\n\n{}\n{stats}\n{verdict}\n", trace.render())
}

fn tell_broken(seed: u64, violation: &Violation) -> String {
    format!("seed {seed} broke {}", secrets_brief(violation.to_string()))
}

/// What the sources are, as far as git knows.
fn commit() -> String {
    let git = Command::new("git")
        .args(["describe", "--always", "--dirty", "--abbrev=12"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output();
    let known = git.ok().filter(|known| known.status.success());
    known.map_or("unknown".to_owned(), |known| {
        String::from_utf8_lossy(&known.stdout).trim().to_owned()
    })
}
