//! `posada serve`: from a configuration to a running server, one step after the other.
//!
//! The order matters: the log is locked and read before a port is opened, every port is bound
//! before anybody is let in, and only then are the addresses printed.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;

use anyhow::{Context, Result, anyhow, ensure};
use posada_core::{Label, Setup};
use posada_log::{Directory, Log, MAX_BATCH_BYTES, Memory, Options, Segment};
use posada_wire::{Profile, names};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::iterator::Signals;
use tracing::level_filters::LevelFilter;
use tracing::warn;
use tracing_subscriber::EnvFilter;

use crate::config::{self, Config};
use crate::doors::WaysIn;
use crate::engine::{Engine, recover};
use crate::reactor::{Reactor, Stop};
use crate::systemd::{self, Inherited};

/// Descriptors that no client gets: those of the log, the listeners, and the process itself.
const KEPT: usize = 32;

/// The file that says that a log was begun in a data directory.
const MARKER: &str = "begun";
/// This server's number; there is one until the log is replicated.
const NODE: u16 = 1;

/// Serves until a signal asks it to close.
///
/// # Errors
/// When it cannot start, or the log fails while it runs.
pub fn serve(config: &Config) -> Result<()> {
    // Before there are threads, since it changes the environment.
    let mut inherited = Inherited::take()?;
    let _guard = log_to_stderr();
    let descriptors = raise_descriptor_limit();
    let resources = resources(&config.resources)?;
    let (log, largest) = open_log(config)?;
    let state = recover(&*log)?;
    let held = state.seq().0;
    let marker = config.data.join(MARKER);
    ensure!(
        held > 0 || !marker.exists(),
        "a log was begun in {} and its files are gone: restore them from a copy, or remove {} to \
         begin anew",
        config.data.display(),
        marker.display()
    );
    let ways_in = WaysIn::open(&config.listeners, &mut inherited)?;
    inherited.all_taken()?;
    ensure!(!ways_in.is_empty(), "every listener is off: give one of them an address");
    let listeners = config.listeners.iter().map(|listener| listener.admission).collect();
    let mut engine = Engine::new(Setup { state, node: NODE, listeners }, log, largest);
    engine.start(&resources).context("cannot begin")?;
    if config.log.engine == config::Engine::Segment {
        mark_as_begun(&marker).with_context(|| format!("cannot write {}", marker.display()))?;
    }
    let announcement = announce(config, &ways_in, held)?;
    let reactor = Reactor::new(
        engine,
        ways_in.doors,
        ways_in.boxes,
        descriptors.saturating_sub(KEPT).max(1),
    )?;
    stop_on_signals(reactor.stop())?;
    io::stdout().write_all(announcement.as_bytes())?;
    io::stdout().flush()?;
    systemd::ready();
    Ok(reactor.run(config.drain)?)
}

/// From here on, a directory without a log is one that lost it.
fn mark_as_begun(marker: &Path) -> io::Result<()> {
    let file = fs::OpenOptions::new().create(true).append(true).open(marker)?;
    file.sync_all()?;
    let directory = marker.parent().unwrap_or(Path::new("."));
    fs::File::open(directory)?.sync_all()
}

/// What the operator sees goes to standard error, by a thread of its own: a terminal that does
/// not read holds nobody up.
fn log_to_stderr() -> tracing_appender::non_blocking::WorkerGuard {
    let (writer, guard) = tracing_appender::non_blocking(io::stderr());
    let filter = EnvFilter::builder().with_default_directive(LevelFilter::INFO.into());
    tracing_subscriber::fmt()
        .with_env_filter(filter.from_env_lossy())
        .with_writer(writer)
        .with_target(false)
        .with_ansi(io::IsTerminal::is_terminal(&io::stderr()))
        .init();
    guard
}

/// Each client takes a descriptor.
fn raise_descriptor_limit() -> usize {
    let Rlimit { mut current, maximum } = getrlimit(Resource::Nofile);
    if setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).is_ok() {
        current = maximum;
    } else {
        warn!("the limit on open files stays as it is");
    }
    current.map_or(usize::MAX, |most| usize::try_from(most).unwrap_or(usize::MAX))
}

fn open_log(config: &Config) -> Result<(Box<dyn Log>, usize)> {
    if config.log.engine == config::Engine::Memory {
        return Ok((Box::new(Memory::new()), MAX_BATCH_BYTES));
    }
    let directory = Directory::open(&config.data)?;
    let options = Options { segment_bytes: config.log.segment_bytes };
    let (log, opened) = Segment::open(directory, options)
        .with_context(|| format!("cannot open the log in {}", config.data.display()))?;
    if let Some(torn) = &opened.dropped {
        warn!("a batch that was never acknowledged was dropped: {torn}");
    }
    let largest = log.largest_payload();
    Ok((Box::new(log), largest))
}

fn resources(names: &[String]) -> Result<Vec<Label>> {
    let label = |name: &String| {
        names::resource(name).map_err(|_| {
            anyhow!("{name:?} cannot be the name of a resource: use visible characters")
        })
    };
    names.iter().map(label).collect()
}

fn announce(config: &Config, ways_in: &WaysIn, held: u64) -> Result<String> {
    use std::fmt::Write as _;
    let mut text = format!("posada {}\n", env!("CARGO_PKG_VERSION"));
    for door in &ways_in.doors {
        let address = door.socket.local_addr()?;
        let first = match door.profile {
            Profile::Desk => "LISTAR",
            Profile::Talk => "your name",
            Profile::Native | Profile::Datagram => "help",
        };
        let how = format!("nc {} {}", address.ip(), address.port());
        writeln!(text, "{:<8} listening on tcp {address}  {how}, then {first}", door.name)?;
    }
    for mailbox in &ways_in.boxes {
        let address = mailbox.socket.local_addr()?;
        let how = format!("nc -u {} {}", address.ip(), address.port());
        writeln!(text, "{:<8} listening on udp {address}  {how}, then a code", mailbox.name)?;
        // What the first server of this kind said, to the letter.
        writeln!(text, "Servidor escutando na porta {}...", address.port())?;
    }
    if config.log.engine == config::Engine::Memory {
        writeln!(text, "data     in memory: gone when the server closes")?;
    } else {
        let path = absolute(&config.data);
        writeln!(text, "data     {path} ({held} entries so far)")?;
    }
    writeln!(text, "ready    Ctrl-C closes")?;
    Ok(text)
}

fn absolute(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
}

/// The first signal asks the reactor to close, the second ends the process at once.
fn stop_on_signals(stop: Stop) -> Result<()> {
    let asked = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&asked))?;
        flag::register(signal, Arc::clone(&asked))?;
    }
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        for _ in signals.forever() {
            systemd::stopping();
            // A reactor that is gone needs no waking.
            let _ = stop.request();
        }
    })?;
    Ok(())
}
