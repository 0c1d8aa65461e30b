//! The gate: how another thread of this process brings clients in.
//!
//! What it brings is one end of a socket pair, so limits, back pressure and goodbyes are those of
//! every client, and there is no second way to speak with the core. The queue is short and never
//! waited for: a thread that finds it full tells its client to come again.

use std::io;
use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};

use mio::Waker;
use posada_core::ListenerId;
use posada_wire::{Framing, Language, Profile};
use thiserror::Error;
use tracing::{debug, warn};

use super::Reactor;
use super::transport::Transport;

/// Visitors that may wait to be let in.
const WAITING: usize = 64;

/// What is spoken with a client, and under which listener's admission.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    /// The listener's name.
    pub name: &'static str,
    /// The listener's index.
    pub id: ListenerId,
    /// What is spoken.
    pub profile: Profile,
    /// In which language.
    pub language: Language,
    /// How messages are cut.
    pub framing: Framing,
    /// Characters in a message; zero is unlimited.
    pub characters: u32,
    /// Bytes in a message.
    pub message_bytes: usize,
    /// It is a part of this process: no address stands for it, and so none shuts it out.
    pub own: bool,
}

/// Somebody whom another thread brings.
#[derive(Debug)]
pub struct Visitor {
    /// The reactor's end of the pair; it must not block.
    pub socket: UnixStream,
    /// Where the client really is.
    pub peer: SocketAddr,
    /// What is spoken with it.
    pub manner: Manner,
}

/// Why a visitor was not taken.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Turned {
    /// Too many wait.
    #[error("too many are coming in at once: try again")]
    Crowded,
    /// The server closes.
    #[error("the server is closing")]
    Closed,
}

/// Brings clients to a reactor, from any thread.
#[derive(Clone)]
pub struct Gate {
    queue: SyncSender<Visitor>,
    waker: Arc<Waker>,
}

impl Gate {
    pub(super) fn new(waker: Arc<Waker>) -> (Self, Receiver<Visitor>) {
        let (queue, visitors) = mpsc::sync_channel(WAITING);
        (Self { queue, waker }, visitors)
    }

    /// Brings somebody. The reactor lets it in at its next turn, or drops its socket.
    ///
    /// # Errors
    /// When it is not taken.
    pub fn enter(&self, visitor: Visitor) -> Result<(), Turned> {
        self.queue.try_send(visitor).map_err(|error| match error {
            TrySendError::Full(_) => Turned::Crowded,
            TrySendError::Disconnected(_) => Turned::Closed,
        })?;
        // Each is followed by a wake of its own, so that none is left waiting.
        self.waker.wake().map_err(|_: io::Error| Turned::Closed)
    }
}

impl Reactor {
    /// A way in for other threads, until the reactor closes. There is one; the last one counts.
    pub fn gate(&mut self) -> Gate {
        let (gate, visitors) = Gate::new(Arc::clone(&self.stop.waker));
        self.visitors = Some(visitors);
        gate
    }

    /// Lets in those who wait at the gate.
    pub(super) fn let_visitors_in(&mut self) {
        for _ in 0..WAITING {
            let Some(visitors) = &self.visitors else { return };
            let Ok(Visitor { socket, peer, manner }) = visitors.try_recv() else { return };
            if self.connections.len() >= self.most {
                // What it sees is the end of the stream, before any word.
                warn!(%peer, listener = manner.name, "no more clients for now");
                continue;
            }
            debug!(%peer, listener = manner.name, "brought in");
            let socket = mio::net::UnixStream::from_std(socket);
            self.let_in(manner, Transport::Pair(socket), peer);
        }
    }
}
