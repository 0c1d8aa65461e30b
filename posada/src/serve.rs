//! `posada serve`: from a configuration to a running server, one step after the other.
//!
//! The order matters: the log is locked and read before a port is opened, every port is bound
//! before anybody is let in, and only then are the addresses printed.

use std::fs;
use std::io::{self, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;

use anyhow::{Context, Result, anyhow, ensure};
use posada_client::editor::Terminal;
use posada_core::{Digest, Founding, Label, Setup};
use posada_wire::{Profile, names};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::iterator::Signals;
use tracing::warn;

use crate::config::{self, Config};
use crate::console::witness::Witness;
use crate::console::{self, Console};
use crate::doors::{HTTP, WaysIn};
use crate::engine::Engine;
use crate::failpoint::{self, reach};
use crate::figures::Figures;
use crate::logging;
use crate::notes::Notes;
use crate::operator::token::TokenFile;
use crate::places::{self, Places};
use crate::reactor::{Gate, Reactor, Stop};
use crate::recovery::{How, Recovered, open_and_recover};
use crate::systemd::{self, Inherited};
use crate::web::{Opening, Room, Web};

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
pub fn serve(config: &Config, manner: console::Manner) -> Result<()> {
    #[cfg(debug_assertions)]
    failpoint::arm()?;
    // Before there are threads, since it changes the environment.
    let mut inherited = Inherited::take()?;
    let console = Console::open(manner).context("cannot have a console")?;
    let _guard = logging::begin(config.level, console.as_ref());
    let descriptors = raise_descriptor_limit();
    let resources = resources(&config.resources)?;
    let marker = config.data.join(MARKER);
    let Recovered { log, largest, state, keeper, how } = open_and_recover(config, &marker)?;
    let held = state.seq().0;
    let ways_in = WaysIn::open(config, &mut inherited)?;
    inherited.all_taken()?;
    ensure!(!ways_in.is_empty(), "every listener is off: give one of them an address");
    let (token, operator) = token(config, &ways_in);
    let (node, listeners) = (NODE, places::admissions(config));
    let Config { resume_bytes, each_address, .. } = *config;
    let setup = Setup { state, node, listeners, operator, resume_bytes, each_address };
    let mut engine = Engine::new(setup, log, largest);
    if let Some(keeper) = keeper {
        engine.kept_by(keeper);
    }
    let founding = Founding { resources: &resources, history_bytes: config.history_bytes };
    engine.start(&founding).context("cannot begin")?;
    reach(failpoint::NODE_UP);
    if config.log.engine == config::Engine::Segment {
        mark_as_begun(&marker).with_context(|| format!("cannot write {}", marker.display()))?;
    }
    reach(failpoint::MARKED);
    let announcement = announce(config, &ways_in, held, how)?;
    if let Some(console) = &console {
        engine.watched_by(Witness::new(console.teller(), places::names(config)));
    }
    let WaysIn { doors, boxes, web } = ways_in;
    let figures = Arc::clone(engine.figures());
    let room = (!web.is_empty()).then(|| Room::of(config.http.admission.sessions, descriptors));
    let kept = KEPT + room.map_or(0, Room::descriptors);
    let most = descriptors.saturating_sub(kept).max(1);
    let mut reactor = Reactor::new(engine, doors, boxes, most)?;
    reactor.call_listeners(&places::names(config));
    if console.is_none() {
        reactor.show_notes(Notes::on_stdout().context("cannot show notes")?);
    }
    let web = match room {
        Some(room) => Some(open_web(config, web, room, reactor.gate(), figures)?),
        None => None,
    };
    let terminal = Arc::new(OnceLock::new());
    // Before anybody is told that it is ready: who hears that may ask it to stop.
    stop_on_signals(reactor.stop(), console.is_some().then(|| Arc::clone(&terminal)))?;
    reach(failpoint::UNTOLD);
    io::stdout().write_all(announcement.as_bytes())?;
    io::stdout().flush()?;
    reach(failpoint::READY);
    let desk = Places::of(config).console;
    let running = console.map(|console| console.start(reactor.console(desk))).transpose()?;
    if let Some(running) = &running {
        terminal.get_or_init(|| running.terminal());
    }
    systemd::ready();
    let served = reactor.run(config.drain);
    if let Some(web) = web {
        web.close();
    }
    drop((running, token));
    Ok(served?)
}

fn open_web(
    config: &Config,
    listeners: Vec<TcpListener>,
    room: Room,
    gate: Gate,
    figures: Arc<Figures>,
) -> Result<Web> {
    let places = Places::of(config);
    let opening = Opening {
        listeners,
        hosts: config.http.hosts.clone(),
        room,
        gate,
        manner: places.browsers(config),
        own: places.web(config),
        figures,
        names: places::names(config),
    };
    Web::open(opening).context("cannot serve browsers")
}

/// Draws the operator's token. A log in memory leaves no trace on a disk, and so no token either.
fn token(config: &Config, ways_in: &WaysIn) -> (Option<TokenFile>, Option<Digest>) {
    if config.log.engine == config::Engine::Memory {
        return (None, None);
    }
    let native = ways_in.doors.iter().filter(|door| door.manner.profile == Profile::Native);
    let native = native.filter_map(|door| door.socket.local_addr().ok());
    // From this machine, its own address is the surest.
    let listener = native.min_by_key(|address| !address.ip().is_loopback());
    match TokenFile::write(&config.data, listener) {
        Ok((file, digest)) => (Some(file), Some(digest)),
        Err(error) => {
            let data = config.data.display();
            warn!("posada operator will not work: cannot write the token to {data}: {error}");
            (None, None)
        }
    }
}

/// From here on, a directory without a log is one that lost it.
fn mark_as_begun(marker: &Path) -> io::Result<()> {
    let file = fs::OpenOptions::new().create(true).append(true).open(marker)?;
    file.sync_all()?;
    let directory = marker.parent().unwrap_or(Path::new("."));
    fs::File::open(directory)?.sync_all()
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

fn resources(names: &[String]) -> Result<Vec<Label>> {
    let label = |name: &String| {
        names::resource(name).map_err(|_| {
            anyhow!("{name:?} cannot be the name of a resource: use visible characters")
        })
    };
    names.iter().map(label).collect()
}

fn announce(config: &Config, ways_in: &WaysIn, held: u64, how: How) -> Result<String> {
    use std::fmt::Write as _;
    let mut text = format!("posada {}\n", env!("CARGO_PKG_VERSION"));
    for door in &ways_in.doors {
        let address = door.socket.local_addr()?;
        let first = match door.manner.profile {
            Profile::Desk => "LISTAR",
            Profile::Talk => "your name",
            Profile::Note => "a note",
            Profile::Native | Profile::Datagram => "help",
        };
        let how = format!("nc {} {}", address.ip(), address.port());
        writeln!(text, "{:<8} listening on tcp {address}  {how}, then {first}", door.manner.name)?;
    }
    let mut port = None;
    for mailbox in &ways_in.boxes {
        let address = mailbox.socket.local_addr()?;
        let how = format!("nc -u {} {}", address.ip(), address.port());
        writeln!(text, "{:<8} listening on udp {address}  {how}, then a code", mailbox.name)?;
        if port.replace(address.port()) != Some(address.port()) {
            // What the first server of this kind said, to the letter.
            writeln!(text, "Servidor escutando na porta {}...", address.port())?;
        }
    }
    for listener in &ways_in.web {
        writeln!(text, "{HTTP:<8} listening on http://{}/", listener.local_addr()?)?;
    }
    if config.log.engine == config::Engine::Memory {
        writeln!(text, "data     in memory: gone when the server closes")?;
    } else {
        let path = absolute(&config.data);
        writeln!(text, "data     {path} ({held} entries so far)")?;
    }
    if !how.is_nothing() {
        writeln!(text, "log      {how}")?;
    }
    writeln!(text, "ready    Ctrl-C closes")?;
    Ok(text)
}

fn absolute(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
}

/// The first signal asks the reactor to close, the second ends the process at once. A terminal
/// that is edited on works as it did before from the first one on: the second leaves no time.
fn stop_on_signals(stop: Stop, terminal: Option<Arc<OnceLock<Terminal>>>) -> Result<()> {
    let asked = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&asked))?;
        if terminal.is_none() {
            flag::register(signal, Arc::clone(&asked))?;
        }
    }
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        for _ in signals.forever() {
            if let Some(terminal) = terminal.as_ref().and_then(|it| it.get()) {
                terminal.calm();
            }
            asked.store(true, Ordering::Relaxed);
            systemd::stopping();
            // A reactor that is gone needs no waking.
            let _ = stop.request();
        }
    })?;
    Ok(())
}
