//! `posada bench`: a load generator that verifies every answer while it measures.
//!
//! One thread and one poll, so that it takes less of a core than what it measures. It starts a
//! server of its own, or uses one that runs. It speaks to it as any client does, and knows nothing
//! of its inside. What is public beside it serves `bench/compare`, which drives other servers with
//! the same loop. Read next: `driver`, then `scenario` and `ledger`.

mod args;
mod driver;
mod ledger;
pub mod process;
mod random;
mod report;
mod scenario;
mod schedule;
mod socket;
mod spawn;
mod tally;
mod timer;
mod wishes;

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::{Context, Result};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

pub use args::BenchArgs;
pub use driver::{Driver, Pace, Scenario, Shares};
pub use ledger::{Answer, Holder, Ledger, Verb};
pub use random::Random;
use report::{Known, Report};
pub use socket::Socket;
use spawn::Server;
pub use tally::Tally;
pub use wishes::{Wish, Wishes};

/// Descriptors beside the connections.
const DESCRIPTORS: usize = 32;

/// Measures, prints what came of it, and says whether every answer was right: 0, or else 1.
///
/// # Errors
/// When there is no server, or it cannot be asked.
pub fn bench(args: &BenchArgs, out: &mut dyn Write) -> Result<ExitCode> {
    let plan = args.plan()?;
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        flag::register(signal, Arc::clone(&stop)).context("cannot hear signals")?;
    }
    process::need_descriptors(plan.connections + DESCRIPTORS)?;
    // Before this thread is kept on one of them.
    let cores = process::cores();
    let server = Server::open(&plan)?;
    let (mut scenario, sockets) = scenario::open(&plan, &server).context("cannot set up")?;
    let pace = Pace {
        warm_up: plan.warm_up,
        seconds: plan.seconds,
        depth: plan.depth,
        rate: plan.rate,
        server: server.pid,
        stop,
    };
    let mut driver = Driver::new(scenario.as_mut(), sockets, pace)?;
    let shares = driver.run()?;
    // The connections are closed by that.
    let tally = driver.close();
    let known = Known { server: &server, cores, resources: scenario.resources() };
    let report = Report::new(&plan, &known, &tally, &shares);
    let text = if plan.json { report.json()? } else { report.table() };
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).or_else(unless_closed)?;
    scenario.leave().context("cannot give back what is held")?;
    server.close()?;
    Ok(if tally.wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Who has read enough of it is no failure.
fn unless_closed(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) }
}
