//! `bench/growth`: how posada grows, as curves: a point for each of several sizes, each measured
//! on a server of its own.
//!
//! [`connections`], [`rooms`], [`resources`] and [`load`] say what grows; [`curve`] what came of it
//! and where it bends; [`draw`] is its picture. Why a curve bends is written by hand in
//! docs/performance.md.

mod connections;
mod curve;
mod draw;
mod load;
mod resources;
mod rooms;
mod server;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::Parser;

use crate::document;
use crate::pass::Cores;
use crate::stage::{Stage, need_connections};
use curve::Curve;

/// How much of a measurement's time it warms up before.
const WARM_UP: f64 = 1.0 / 3.0;
/// The most connections of any curve.
const CONNECTIONS: usize = 15_000;

/// Measures one curve.
type Measure = fn(&Ground) -> Result<Curve>;

/// What grows.
const CURVES: [(&str, Measure); 4] = [
    ("connections", connections::measure),
    ("rooms", rooms::measure),
    ("resources", resources::measure),
    ("load", load::measure),
];

/// Measures how posada grows, and writes a table and a chart for each curve.
#[derive(Parser)]
#[command(name = "bench/growth")]
pub(crate) struct Args {
    /// How long each point takes, in seconds: 0.1 to 600; a third of it warms up before
    #[arg(long, value_name = "S", default_value_t = 3.0)]
    seconds: f64,
    /// Only these curves: connections, rooms, resources, load
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    only: Vec<String>,
    /// The document to write into, between markers, and the charts beside it; without it, only a
    /// run that leaves nothing out is written, into docs/performance.md
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Where servers keep what is durable: a directory on a disk
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The posada to measure
    #[arg(long, value_name = "PROGRAM", default_value = "posada")]
    posada: PathBuf,
}

/// What all points have in common.
pub(crate) struct Ground {
    seconds: f64,
    data: PathBuf,
    posada: PathBuf,
    pinned: (usize, usize),
}

impl Ground {
    /// Measures one point: what it needs is there for it alone.
    fn point<T>(&self, what: &str, measure: impl FnOnce(&Stage) -> Result<T>) -> Result<T> {
        let directory = tempfile::tempdir_in(&self.data)?;
        let stage = Stage {
            seconds: Duration::from_secs_f64(self.seconds),
            warm_up: Duration::from_secs_f64(self.seconds * WARM_UP),
            pinned: Some(self.pinned),
            posada: self.posada.clone(),
            directory: directory.path().to_owned(),
            stop: Arc::default(),
        };
        eprintln!("{what}");
        measure(&stage).with_context(|| what.to_owned())
    }
}

/// Measures what is asked for.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    ensure!((0.1..=600.0).contains(&args.seconds), "--seconds: 0.1 to 600");
    for name in &args.only {
        let known = CURVES.map(|(known, _)| known);
        ensure!(known.contains(&name.as_str()), "--only: {name} is none of {}", known.join(", "));
    }
    need_connections(CONNECTIONS)?;
    let Cores::Apart(server, generator) = Cores::apart()? else { unreachable!("it is apart") };
    let ground = Ground {
        seconds: args.seconds,
        data: args.data.clone().unwrap_or_else(std::env::temp_dir),
        posada: args.posada.clone(),
        pinned: (server, generator),
    };
    let how = format!(
        "{} s for each point after {:.1} s of warming up; the server on one core, who asks on \
         another.",
        args.seconds,
        args.seconds * WARM_UP
    );
    println!("{how}\n");
    let mut failed = false;
    for (name, measure) in CURVES {
        if !args.only.is_empty() && !args.only.iter().any(|only| only == name) {
            continue;
        }
        match measure(&ground) {
            Ok(curve) => write(args, &how, name, &curve)?,
            Err(why) => {
                println!("{name}: FAILED: {why:#}\n");
                failed = true;
            }
        }
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Prints a curve, and writes it where it is to stand.
fn write(args: &Args, how: &str, name: &str, curve: &Curve) -> Result<()> {
    let (table, notes) = (curve.table(), curve.notes());
    println!("{}\n\n{table}\n{notes}", curve.title);
    let path = match &args.out {
        Some(path) => path.clone(),
        None if args.only.is_empty() => PathBuf::from("docs/performance.md"),
        None => return Ok(()),
    };
    let directory = path.parent().unwrap_or(Path::new(""));
    std::fs::create_dir_all(directory).context("--out: no such directory")?;
    let chart = format!("growth-{name}.svg");
    std::fs::write(directory.join(&chart), draw::draw(curve, how))
        .with_context(|| format!("cannot write {chart}"))?;
    let text = format!("![{}]({chart})\n\n{how}\n\n{table}\n{notes}", curve.title);
    document::put(&path, &format!("growth, {name}"), &text)
}
