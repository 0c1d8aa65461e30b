//! Letting clients in.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use mio::net::TcpListener;
use mio::{Interest, Registry, Token};
use posada_core::{Input, ListenerId, SessionNumber};
use posada_wire::{Dialogue, Framer, Framing, Language, Profile};
use rustix::net::sockopt;
use tracing::{debug, info, warn};

use super::connection::Connection;
use super::{FIRST_DOOR, Reactor, SLOT_BITS};

/// Clients let in from one listener before others have their turn.
const ACCEPTS: usize = 64;
/// How long to wait when the kernel has no descriptors left.
const BACKOFF_MS: u64 = 100;

/// A bound listener, and what is spoken there.
pub struct Door {
    /// Its name in the configuration.
    pub name: &'static str,
    /// Its index among the configured listeners.
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
    /// Where it listens.
    pub socket: TcpListener,
}

impl Door {
    pub(super) fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        registry.register(&mut self.socket, token, Interest::READABLE)
    }
}

impl Reactor {
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
                    self.let_in(door, socket, peer);
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

    fn let_in(&mut self, door: usize, mut socket: mio::net::TcpStream, peer: SocketAddr) {
        let listener = &self.doors[door];
        let (id, name) = (listener.id, listener.name);
        let framer = Framer::new(listener.framing, listener.message_bytes);
        let dialogue = Dialogue::new(listener.profile, listener.language, listener.characters);
        let entry = self.connections.vacant_entry();
        let slot = entry.key();
        if slot >= FIRST_DOOR {
            return warn!("no more clients: {FIRST_DOOR} are here");
        }
        // Replies are written whole; waiting to fill a segment would only delay them.
        let _ = socket.set_nodelay(true);
        if let Err(error) = find_the_dead(&socket) {
            debug!(%peer, "a lost connection would not be noticed: {error}");
        }
        let interest = Interest::READABLE | Interest::WRITABLE;
        if let Err(error) = self.poll.registry().register(&mut socket, Token(slot), interest) {
            return warn!(%peer, "not let in: {error}");
        }
        self.serial += 1;
        let session = SessionNumber(self.serial << SLOT_BITS | slot as u64);
        entry.insert(Connection::new(socket, peer, session, name, framer, dialogue));
        info!(%peer, listener = name, "connected");
        self.engine.feed(Input::Opened { session, listener: id });
        // Whoever finds no place is told so instead of being greeted.
        self.deliver();
        let connection = &mut self.connections[slot];
        if connection.is_open() {
            connection.greet(self.lobby.ring(None));
            self.queue(slot);
        }
        self.mark_dirty(slot);
    }
}

/// Has the kernel ask a silent peer whether it is still there: one that is gone frees its place
/// within two minutes.
fn find_the_dead(socket: &mio::net::TcpStream) -> rustix::io::Result<()> {
    sockopt::set_socket_keepalive(socket, true)?;
    sockopt::set_tcp_keepidle(socket, Duration::from_mins(1))?;
    sockopt::set_tcp_keepintvl(socket, Duration::from_secs(15))?;
    sockopt::set_tcp_keepcnt(socket, 4)
}

/// Whether the kernel or this process has no descriptors or memory left.
fn is_exhausted(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let errno = error.raw_os_error().map(Errno::from_raw_os_error);
    matches!(errno, Some(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM))
}
