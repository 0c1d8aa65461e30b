//! What systemd and the like may do for a server: open its ports before it starts, and be told
//! when it is ready and when it closes.
//!
//! Without such a manager all of this does nothing. A socket that was passed goes to the listener
//! that has its name, or else to the one that was to open its address; one that belongs to nobody
//! is a mistake, since clients would wait at it for ever. Read next: [`crate::serve`], and
//! `docs/operations.md` for the units.

use std::env;
use std::io;
use std::net::{SocketAddr, TcpListener};

use listenfd::ListenFd;
use sd_notify::NotifyState;
use thiserror::Error;
use tracing::warn;

/// The names of the sockets, between colons, in their order.
const NAMES: &str = "LISTEN_FDNAMES";

/// Why the sockets that were passed cannot be used.
#[derive(Debug, Error)]
pub enum SocketError {
    /// Not a TCP socket that listens, or the kernel says no.
    #[error(
        "socket {place} ({name:?}) that was passed to this process cannot be used; pass listening \
         TCP sockets only"
    )]
    Unusable {
        /// Its place, from 0.
        place: usize,
        /// Its name; empty if it has none.
        name: String,
        /// What the system said.
        source: io::Error,
    },
    /// It belongs to no listener.
    #[error(
        "the socket {name:?} at {address} that was passed to this process belongs to no listener; \
         name it with FileDescriptorName= or give its address to one"
    )]
    Unclaimed {
        /// Its name; empty if it has none.
        name: String,
        /// Where it listens.
        address: SocketAddr,
    },
}

/// The sockets that were open when this process began.
#[derive(Debug, Default)]
pub struct Inherited {
    sockets: Vec<Socket>,
}

#[derive(Debug)]
struct Socket {
    name: String,
    address: SocketAddr,
    listener: TcpListener,
}

impl Inherited {
    /// Takes them, as `LISTEN_FDS`, `LISTEN_PID` and `LISTEN_FDNAMES` say. To be asked once.
    ///
    /// # Errors
    /// When one is no TCP socket.
    pub fn take() -> Result<Self, SocketError> {
        let names = env::var(NAMES).unwrap_or_default();
        let mut passed = ListenFd::from_env();
        let names = names.split(':').map(str::to_owned).chain(std::iter::repeat(String::new()));
        let mut sockets = Vec::new();
        for (place, name) in (0..passed.len()).zip(names) {
            let unusable = |source| SocketError::Unusable { place, name: name.clone(), source };
            let Some(listener) = passed.take_tcp_listener(place).map_err(unusable)? else {
                continue;
            };
            let address = listener.local_addr().map_err(unusable)?;
            listener.set_nonblocking(true).map_err(unusable)?;
            sockets.push(Socket { name, address, listener });
        }
        Ok(Self { sockets })
    }

    /// The sockets that have a listener's name.
    pub fn named(&mut self, name: &str) -> Vec<TcpListener> {
        let named = self.sockets.extract_if(.., |socket| socket.name == name);
        named.map(|socket| socket.listener).collect()
    }

    /// The socket at an address.
    pub fn at(&mut self, address: SocketAddr) -> Option<TcpListener> {
        let place = self.sockets.iter().position(|socket| socket.address == address)?;
        Some(self.sockets.remove(place).listener)
    }

    /// That none is left.
    ///
    /// # Errors
    /// When one is.
    pub fn all_taken(self) -> Result<(), SocketError> {
        match self.sockets.into_iter().next() {
            None => Ok(()),
            Some(Socket { name, address, .. }) => Err(SocketError::Unclaimed { name, address }),
        }
    }
}

/// Tells the manager, if there is one, that clients are served from now on.
pub fn ready() {
    tell(&NotifyState::Ready);
}

/// Tells the manager, if there is one, that the server closes because it was asked to.
pub fn stopping() {
    tell(&NotifyState::Stopping);
}

/// A manager that does not listen is no reason to serve nobody.
fn tell(state: &NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(std::slice::from_ref(state)) {
        warn!("the service manager was not told {state}: {error}");
    }
}
