//! Letting clients in.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use mio::net::TcpListener;
use mio::{Interest, Registry, Token};
use posada_core::{Input, SessionNumber};
use posada_wire::{Dialogue, Framer};
use tracing::{debug, info, warn};

use super::connection::Connection;
use super::gate::Manner;
use super::transport::Transport;
use super::{FIRST_DOOR, Reactor, SLOT_BITS};
use crate::figures::Figures;

/// Clients let in from one listener before others have their turn.
const ACCEPTS: usize = 64;
/// How long to wait when the kernel has no descriptors left.
const BACKOFF_MS: u64 = 100;

/// A bound listener, and what is spoken there.
pub struct Door {
    /// What is spoken.
    pub manner: Manner,
    /// Where it listens.
    pub socket: TcpListener,
}

impl Door {
    pub(super) fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        registry.register(&mut self.socket, token, Interest::READABLE)
    }
}

impl Reactor {
    /// Has the operator's lists call listeners so, in the order of their numbers.
    pub fn call_listeners(&mut self, names: &[&'static str]) {
        self.listeners = names.into();
    }

    /// Lets in who waits at a listener.
    pub(super) fn accept(&mut self, door: usize) {
        for _ in 0..ACCEPTS {
            let Some(listener) = self.doors.get(door) else { return };
            let accepted = if self.connections.len() < self.most {
                listener.socket.accept()
            } else {
                Err(rustix::io::Errno::MFILE.into())
            };
            match accepted {
                Ok((socket, peer)) => {
                    self.exhausted = false;
                    let manner = listener.manner;
                    let (socket, prepared) = Transport::tcp(socket);
                    if let Err(error) = prepared {
                        debug!(%peer, "a lost connection would not be noticed: {error}");
                    }
                    self.let_in(manner, socket, peer);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) if is_exhausted(&error) => {
                    if !std::mem::replace(&mut self.exhausted, true) {
                        warn!("no more clients for now: {error}");
                    }
                    self.accept_again = Some(self.engine.now().uptime_ms + BACKOFF_MS);
                    return;
                }
                // The client gave up before it was let in.
                Err(error) => debug!("not let in: {error}"),
            }
        }
        // The poll will not tell again of who waits already.
        self.accept_again = Some(self.engine.now().uptime_ms);
    }

    /// Lets in one client, whoever accepted it.
    pub(super) fn let_in(&mut self, manner: Manner, mut socket: Transport, peer: SocketAddr) {
        let Manner { id, name, own, .. } = manner;
        let framer = Framer::new(manner.framing, manner.message_bytes);
        let dialogue = Dialogue::new(manner.profile, manner.language, manner.characters)
            .naming_listeners(Arc::clone(&self.listeners));
        let entry = self.connections.vacant_entry();
        let slot = entry.key();
        if slot >= FIRST_DOOR {
            return warn!("no more clients: {FIRST_DOOR} are here");
        }
        let interest = Interest::READABLE | Interest::WRITABLE;
        if let Err(error) = self.poll.registry().register(&mut socket, Token(slot), interest) {
            return warn!(%peer, "not let in: {error}");
        }
        self.serial += 1;
        let session = SessionNumber(self.serial << SLOT_BITS | slot as u64);
        entry.insert(Connection::new(socket, peer, session, name, framer, dialogue));
        info!(%peer, listener = name, "connected");
        let peer = (!own).then_some(peer);
        self.engine.feed(Input::Opened { session, listener: id, peer });
        // Whoever finds no place is told so instead of being greeted.
        self.deliver();
        let connection = &mut self.connections[slot];
        let figures = self.engine.figures();
        Figures::count(if connection.is_open() { &figures.accepted } else { &figures.refused });
        if connection.is_open() {
            connection.greet(self.feeds.now());
            self.queue(slot);
        }
        self.mark_dirty(slot);
    }
}

/// Whether the kernel or this process has no descriptors or memory left.
fn is_exhausted(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let errno = error.raw_os_error().map(Errno::from_raw_os_error);
    matches!(errno, Some(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM))
}
