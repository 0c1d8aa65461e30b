//! Everybody once in each round: who comes first changes from round to round.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use posada::bench::process;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::contest::{Contest, Contestant};
use crate::results::Results;
use crate::stage::{Figure, Stage, need_connections};
use crate::table::shown;

/// How much of a measurement's time it warms up before.
const WARM_UP: f64 = 1.0 / 3.0;
/// What `statfs` calls a file system that is in memory.
const TMPFS: i64 = 0x0102_1994;
/// More connections at a time than that need no contest.
const CONNECTIONS: usize = 200;

/// Where servers and the generator run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cores {
    /// The server on one, the generator on the other.
    Apart(usize, usize),
    /// Both wherever they like.
    Together,
}

impl Cores {
    /// The first two cores that this process may use.
    pub(crate) fn apart() -> Result<Self> {
        let allowed = process::allowed()?;
        let mut cores = (0..process::MOST_CORES).filter(|core| allowed.is_set(*core));
        let two = cores.next().zip(cores.next());
        let (server, generator) = two.context("this needs two cores")?;
        Ok(Self::Apart(server, generator))
    }

    fn pinned(self) -> Option<(usize, usize)> {
        match self {
            Self::Apart(server, generator) => Some((server, generator)),
            Self::Together => None,
        }
    }

    /// The markers in the document between which its results stand.
    pub(crate) fn part(self) -> &'static str {
        match self {
            Self::Apart(..) => "compare",
            Self::Together => "compare, both cores",
        }
    }
}

/// How everybody is measured.
pub(crate) struct Pass {
    pub(crate) cores: Cores,
    pub(crate) rounds: u16,
    pub(crate) seconds: f64,
    pub(crate) data: PathBuf,
    pub(crate) posada: PathBuf,
}

impl Pass {
    /// The same in words.
    pub(crate) fn told(&self) -> String {
        let cores = match self.cores {
            Cores::Apart(..) => "the server on one core, the generator on another",
            Cores::Together => "server and generator both on any core",
        };
        let (rounds, seconds) = (self.rounds, self.seconds);
        let warm_up = seconds * WARM_UP;
        let rounds = if rounds == 1 {
            "One round".to_owned()
        } else {
            format!("Medians of {rounds} alternating rounds")
        };
        format!("{rounds} of {seconds} s each after {warm_up:.1} s of warming up; {cores}.")
    }

    /// Measures everybody in each round.
    pub(crate) fn run(&self, contests: Vec<Contest>) -> Result<Results> {
        need_connections(CONNECTIONS)?;
        ensure!(
            rustix::fs::statfs(&self.data)?.f_type != TMPFS,
            "{} is in memory, where nothing is durable: use --data",
            self.data.display()
        );
        let stop = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            flag::register(signal, Arc::clone(&stop)).context("cannot hear signals")?;
        }
        let mut results = Results::new(contests);
        for round in 0..self.rounds {
            for number in 0..results.contests.len() {
                let contest = &results.contests[number];
                let (name, count) = (contest.name, contest.contestants.len());
                for turn in 0..count {
                    // Who comes before whom should not matter, so it changes.
                    let place = if round % 2 == 0 { turn } else { count - 1 - turn };
                    let contest = &results.contests[number];
                    let contestant = &contest.contestants[place];
                    let who = format!("round {}, {name}, {}", round + 1, contestant.name);
                    match self.measure(contest, contestant, &stop) {
                        Ok(figure) => {
                            eprintln!("{who}: {}", told(contest, &figure));
                            results.add(number, place, figure);
                        }
                        Err(why) => {
                            eprintln!("{who}: FAILED: {why:#}");
                            results.failures.push(format!("{who}: {why:#}"));
                        }
                    }
                    ensure!(!stop.load(Ordering::Relaxed), "stopped by a signal");
                }
            }
        }
        Ok(results)
    }

    fn measure(
        &self,
        contest: &Contest,
        contestant: &Contestant,
        stop: &Arc<AtomicBool>,
    ) -> Result<Figure> {
        let directory = tempfile::tempdir_in(&self.data)?;
        let stage = Stage {
            seconds: Duration::from_secs_f64(self.seconds),
            warm_up: Duration::from_secs_f64(self.seconds * WARM_UP),
            pinned: self.cores.pinned(),
            posada: self.posada.clone(),
            directory: directory.path().to_owned(),
            stop: Arc::clone(stop),
        };
        (contestant.measure)(&stage, contest.load)
    }
}

fn told(contest: &Contest, figure: &Figure) -> String {
    let quantities = contest.quantities.iter();
    let figures = quantities.filter_map(|it| Some(shown(*it, it.of(figure)?)));
    figures.collect::<Vec<_>>().join(", ")
}
