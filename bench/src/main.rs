//! `bench/compare`: posada beside other servers that people would pick for the same work.
//!
//! Each is started, driven by the same generator (that of `posada bench`), verified and stopped,
//! one after the other, round by round. [`growth`] is another program in the same file: posada
//! alone, with more and more of everything.
//!
//! [`contest`] says who does what; [`peer`] how each is set and asked; [`scenario`] what the
//! answers must be; [`table`] and [`chart`] what is written.

mod bare;
mod chart;
mod child;
mod contest;
mod dialog;
mod document;
mod growth;
mod pass;
mod peer;
mod results;
mod scenario;
mod stage;
mod table;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use clap::Parser;

use pass::{Cores, Pass};
use peer::{PEERS, Peer};
use results::Results;

/// Measures posada beside other servers, and writes a table with ratios and a chart.
#[derive(Parser)]
#[command(name = "bench/compare")]
struct Args {
    /// How often everybody is measured; the median counts
    #[arg(long, value_name = "N", default_value_t = 5,
          value_parser = clap::value_parser!(u16).range(1..=100))]
    rounds: u16,
    /// How long each measurement takes, in seconds: 0.1 to 600; a third of it warms up before
    #[arg(long, value_name = "S", default_value_t = 3.0)]
    seconds: f64,
    /// Only the works whose names begin so, such as durable or talk-1
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    only: Vec<String>,
    /// Only these servers, such as posada,redis,bare
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    peers: Vec<String>,
    /// Everything once more, where each server may use both cores beside the generator
    #[arg(long)]
    both_cores: bool,
    /// The document to write into, between markers, and the chart beside it; without it, only a run
    /// that leaves nothing out is written, into docs/performance.md
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Where servers keep what is durable: a directory on a disk
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The posada to measure
    #[arg(long, value_name = "PROGRAM", default_value = "posada")]
    posada: PathBuf,
    /// Be a bare server
    #[arg(long, value_enum, value_name = "MODE", hide = true)]
    bare: Option<bare::Mode>,
}

fn main() -> Result<ExitCode> {
    let told: Vec<_> = std::env::args_os().collect();
    if told.get(1).is_some_and(|word| word == "growth") {
        return growth::run(&growth::Args::parse_from(&told[1..]));
    }
    let args = Args::parse();
    let data = args.data.clone().unwrap_or_else(std::env::temp_dir);
    if let Some(mode) = args.bare {
        bare::serve(mode, &data)?;
        return Ok(ExitCode::SUCCESS);
    }
    ensure!((0.1..=600.0).contains(&args.seconds), "--seconds: 0.1 to 600");
    let invited = invited(&args.peers)?;
    let versions: Vec<_> = invited
        .iter()
        .map(|peer| (*peer, peer.version(&args.posada).map_err(|why| format!("{why:#}"))))
        .collect();
    let who = table::peers(&versions);
    println!("{who}");
    let there: Vec<_> =
        versions.iter().filter(|(_, found)| found.is_ok()).map(|(peer, _)| *peer).collect();
    ensure!(there.contains(&Peer::Posada), "{}: no posada", args.posada.display());
    if let Some(directory) = args.out.as_ref().and_then(|path| path.parent()) {
        // Before everything is measured, and not after it.
        std::fs::create_dir_all(directory).context("--out: no such directory")?;
    }
    let apart = Cores::apart()?;
    let passes = if args.both_cores { vec![apart, Cores::Together] } else { vec![apart] };
    let mut failed = false;
    for cores in passes {
        let pass = Pass {
            cores,
            rounds: args.rounds,
            seconds: args.seconds,
            data: data.clone(),
            posada: args.posada.clone(),
        };
        let results = pass.run(chosen(&args.only, &there)?)?;
        failed |= !results.failures.is_empty();
        write(&args, &pass, &who, &results)?;
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The servers that are asked for; posada is always among them.
fn invited(names: &[String]) -> Result<Vec<Peer>> {
    for name in names {
        let known = PEERS.map(Peer::word);
        ensure!(known.contains(name), "--peers: {name} is none of {}", known.join(", "));
    }
    let asked = |peer: &Peer| names.is_empty() || names.contains(&peer.word());
    Ok(PEERS.into_iter().filter(|peer| *peer == Peer::Posada || asked(peer)).collect())
}

/// The works that are asked for, by those who are there.
fn chosen(only: &[String], there: &[Peer]) -> Result<Vec<contest::Contest>> {
    let mut contests = contest::contests();
    let names: Vec<_> = contests.iter().map(|contest| contest.name).collect();
    contests.retain(|it| only.is_empty() || only.iter().any(|word| it.name.starts_with(word)));
    ensure!(!contests.is_empty(), "--only: there are {}", names.join(", "));
    for contest in &mut contests {
        contest.contestants.retain(|contestant| there.contains(&contestant.peer));
    }
    Ok(contests)
}

/// Prints everything, and writes it where it is to stand.
fn write(args: &Args, pass: &Pass, who: &str, results: &Results) -> Result<()> {
    let (how, goals, figures) = (pass.told(), table::goals(results), table::figures(results));
    let failures = results.failures.iter().map(|failure| format!("- **failed**: {failure}"));
    let failures = failures.collect::<Vec<_>>().join("\n");
    println!("\n{how}\n\n{goals}\n{figures}\n{failures}");
    let all = args.only.is_empty() && args.peers.is_empty();
    let path = match &args.out {
        Some(path) => path.clone(),
        None if all && failures.is_empty() => PathBuf::from("docs/performance.md"),
        None => return Ok(()),
    };
    let text = match pass.cores {
        Cores::Apart(..) => {
            let chart = path.with_extension("svg");
            std::fs::write(&chart, chart::draw(results, &how))
                .with_context(|| format!("cannot write {}", chart.display()))?;
            let name = chart.file_name().unwrap_or_default().to_string_lossy();
            format!(
                "{how}\n\n{goals}\n![The medians as bars]({name})\n\n{figures}\n{who}\n{failures}"
            )
        }
        Cores::Together => format!("{how}\n\n{goals}\n{figures}\n{failures}"),
    };
    document::put(&path, pass.cores.part(), &text)
}
