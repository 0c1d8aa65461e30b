//! The web: browsers, and programs that speak HTTP.
//!
//! It runs on a thread of its own, which owns no state and decides nothing: what a WebSocket says
//! is carried line by line to the reactor, through one end of a socket pair, as the native
//! protocol that it is. So limits, slow readers, order and goodbyes are the reactor's, and there
//! is no second path to the log. This is the only place where tasks live.
//!
//! Read next: `serving` (connections), `routes` (what may be asked), `host` (by whom), `bridge`
//! (a WebSocket), `porter` (what the web asks for itself). For users: `docs/web.md`.

mod bridge;
mod host;
mod language;
mod metrics;
mod page;
mod porter;
mod routes;
mod serving;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use posada_wire::Language;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tracing::error;

use crate::figures::Figures;
use crate::reactor::{Gate, Manner};
use metrics::Metrics;
use porter::Porter;

/// Connections for pages, figures and health; and again as many for those who are told that all
/// sessions are taken.
const SPARE: usize = 64;
/// Descriptors of one conversation that are not the reactor's: the browser's socket and this end
/// of the pair.
const DESCRIPTORS: usize = 2;

/// What the web needs to begin.
pub struct Opening {
    /// Where it listens.
    pub listeners: Vec<TcpListener>,
    /// Names that a browser may use for it, in lower case, each perhaps with a port.
    pub hosts: Vec<String>,
    /// How many connections it may have.
    pub room: Room,
    /// The way to the reactor.
    pub gate: Gate,
    /// What is spoken with browsers; in which language, they choose.
    pub manner: Manner,
    /// What is spoken in the web's own conversation.
    pub own: Manner,
    /// What the server counts.
    pub figures: Arc<Figures>,
    /// The names of all listeners, by their index.
    pub names: Vec<&'static str>,
}

/// How many connections the web may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    connections: usize,
}

impl Room {
    /// Room for so many sessions, zero for as many as there can be, with no more than a quarter of
    /// a process's descriptors.
    pub fn of(sessions: u32, descriptors: usize) -> Self {
        let wanted = if sessions == 0 { usize::MAX } else { sessions as usize + 2 * SPARE };
        let most = (descriptors / 4 / DESCRIPTORS).clamp(2, Semaphore::MAX_PERMITS);
        Self { connections: wanted.min(most) }
    }

    /// Descriptors that it takes from the reactor's clients.
    pub fn descriptors(self) -> usize {
        self.connections * DESCRIPTORS
    }

    /// How many of the connections may be conversations.
    fn conversations(self) -> usize {
        self.connections - SPARE.min(self.connections / 2)
    }
}

/// The running web.
pub struct Web {
    thread: JoinHandle<()>,
    closing: watch::Sender<bool>,
}

/// What all requests share.
struct Shared {
    hosts: Vec<String>,
    gate: Gate,
    manner: Manner,
    porter: Porter,
    metrics: Metrics,
    /// Places for conversations.
    conversations: Arc<Semaphore>,
}

impl Shared {
    fn manner(&self, language: Language) -> Manner {
        Manner { language, ..self.manner }
    }
}

/// Who is at the other end of a connection.
#[derive(Clone)]
struct Caller {
    peer: SocketAddr,
    /// Where it arrived.
    local: SocketAddr,
    /// Held until the connection ends, also as a WebSocket.
    _place: Arc<OwnedSemaphorePermit>,
}

impl Web {
    /// Begins to serve, on a thread of its own.
    ///
    /// # Errors
    /// When the kernel refuses what it needs.
    pub fn open(opening: Opening) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (closing, closed) = watch::channel(false);
        let thread = thread::Builder::new().name("web".to_owned()).spawn(move || {
            if let Err(why) = run(&runtime, opening, closed) {
                error!("no browser is served any more: {why}");
            }
        })?;
        Ok(Self { thread, closing })
    }

    /// Ends it, when nobody serves its clients any more.
    pub fn close(self) {
        // One that has ended by itself needs no telling.
        let _ = self.closing.send(true);
        let _ = self.thread.join();
    }
}

fn run(runtime: &Runtime, opening: Opening, closing: watch::Receiver<bool>) -> io::Result<()> {
    let Opening { listeners, hosts, room, gate, manner, own, figures, names } = opening;
    runtime.block_on(async {
        let first = listeners.first().ok_or(io::ErrorKind::NotFound)?;
        let own_address = first.local_addr()?;
        let listeners: io::Result<_> =
            listeners.into_iter().map(tokio::net::TcpListener::from_std).collect();
        let shared = Arc::new(Shared {
            hosts,
            porter: Porter::new(gate.clone(), own, own_address, Arc::clone(&figures)),
            gate,
            manner,
            metrics: Metrics::new(figures, names),
            conversations: Arc::new(Semaphore::new(room.conversations())),
        });
        serving::serve(listeners?, routes::router(&shared), room.connections, closing).await;
        Ok(())
    })
}
