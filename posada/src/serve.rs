//! `posada serve`: from a configuration to a running server, one step after the other.
//!
//! The order matters: the log is locked and read before a port is opened, every port is bound
//! before anybody is let in, and only then are the addresses printed.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;

use anyhow::{Context, Result, anyhow};
use mio::net::TcpListener;
use posada_core::limits::MESSAGE_BYTES;
use posada_core::{Label, ListenerId, Setup};
use posada_log::{Directory, Log, MAX_BATCH_BYTES, Memory, Options, Segment};
use posada_wire::{Profile, names};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::iterator::Signals;
use tracing::level_filters::LevelFilter;
use tracing::warn;
use tracing_subscriber::EnvFilter;

use crate::config::{self, Config, Framing, Listener};
use crate::engine::{Engine, recover};
use crate::inuse::holder_of_tcp;
use crate::reactor::{Door, Reactor, Stop};

/// This server's number; there is one until the log is replicated.
const NODE: u16 = 1;

/// Serves until a signal asks it to close.
///
/// # Errors
/// When it cannot start, or the log fails while it runs.
pub fn serve(config: &Config) -> Result<()> {
    let _guard = log_to_stderr();
    raise_descriptor_limit();
    let resources = resources(&config.resources)?;
    let (log, largest) = open_log(config)?;
    let state = recover(&*log)?;
    let held = state.seq().0;
    let doors = config.listeners.iter().enumerate().map(|(index, one)| open_doors(index, one));
    let doors = doors.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect::<Vec<_>>();
    let listeners = config.listeners.iter().map(|listener| listener.admission).collect();
    let mut engine = Engine::new(Setup { state, node: NODE, listeners }, log, largest);
    engine.start(&resources).context("cannot begin")?;
    let announcement = announce(config, &doors, held)?;
    let reactor = Reactor::new(engine, doors)?;
    stop_on_signals(reactor.stop())?;
    io::stdout().write_all(announcement.as_bytes())?;
    io::stdout().flush()?;
    Ok(reactor.run(config.drain)?)
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
fn raise_descriptor_limit() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    if setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).is_err() {
        warn!("the limit on open files stays as it is");
    }
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

fn open_doors(index: usize, listener: &Listener) -> Result<Vec<Door>> {
    let id = ListenerId(u16::try_from(index).context("too many listeners")?);
    let framing = match listener.framing {
        Framing::Line => posada_wire::Framing::Line,
        Framing::Auto => posada_wire::Framing::Auto {
            silence_ms: u64::try_from(listener.silence.as_millis()).unwrap_or(u64::MAX),
        },
    };
    let mut doors = vec![];
    for address in &listener.addresses {
        let socket = bind(*address).with_context(|| format!("cannot open {}", listener.name))?;
        if listener.framing == Framing::Auto && !address.ip().is_loopback() {
            warn!(
                listener = listener.name,
                %address,
                "messages are cut by silence, which a slow network can cut wrongly: \
                 framing = \"line\" is safe beyond this machine"
            );
        }
        doors.push(Door {
            name: listener.name,
            id,
            profile: listener.profile,
            language: listener.language,
            framing,
            characters: listener.admission.characters,
            message_bytes: message_bytes(listener),
            socket,
        });
    }
    Ok(doors)
}

/// Bytes in a message: what its characters can take, with a verb, or as JSON escapes.
fn message_bytes(listener: &Listener) -> usize {
    let most = 2 * MESSAGE_BYTES;
    if listener.profile == Profile::Native || listener.admission.characters == 0 {
        return most;
    }
    (listener.admission.characters as usize).saturating_mul(4).saturating_add(256).min(most)
}

fn bind(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).map_err(|error| {
        let holder = match error.kind() {
            io::ErrorKind::AddrInUse => holder_of_tcp(address),
            _ => None,
        };
        match holder {
            Some(holder) => anyhow!("{address} is in use by {holder}: close it, or choose another"),
            None => anyhow!("{address}: {error}"),
        }
    })
}

fn announce(config: &Config, doors: &[Door], held: u64) -> Result<String> {
    use std::fmt::Write as _;
    let mut text = format!("posada {}\n", env!("CARGO_PKG_VERSION"));
    for door in doors {
        let address = door.socket.local_addr()?;
        let (what, first) = match door.profile {
            Profile::Desk => ("reservations in Spanish, one reply a line", "LISTAR"),
            Profile::Talk => ("a name, then talk", "your name"),
            Profile::Native => ("talk and reservations, by hand or JSON lines", "help"),
        };
        let how = format!("nc {} {}", address.ip(), address.port());
        writeln!(text, "{:<7} listening on tcp {address}  {what}: {how}, then {first}", door.name)?;
    }
    if config.log.engine == config::Engine::Memory {
        writeln!(text, "data    in memory: gone when the server closes")?;
    } else {
        let path = absolute(&config.data);
        writeln!(text, "data    {path} ({held} entries so far)")?;
    }
    writeln!(text, "ready   Ctrl-C closes")?;
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
            // A reactor that is gone needs no waking.
            let _ = stop.request();
        }
    })?;
    Ok(())
}
