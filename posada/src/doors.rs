//! The ways in: every listener's sockets, bound before anybody is let in.
//!
//! A socket that a service manager passed is taken where it fits. What comes in through them is
//! the reactor's affair.

use std::io;
use std::net::SocketAddr;

use anyhow::{Context, Result, anyhow};
use mio::net::{TcpListener, UdpSocket};
use posada_core::ListenerId;
use posada_core::limits::MESSAGE_BYTES;
use posada_wire::Profile;
use tracing::warn;

use crate::config::{Framing, Listener};
use crate::inuse::holder_of_tcp;
use crate::reactor::{Door, Mailbox};
use crate::systemd::Inherited;

/// Every socket that clients come in by.
pub struct WaysIn {
    /// Those for streams.
    pub doors: Vec<Door>,
    /// Those for datagrams.
    pub boxes: Vec<Mailbox>,
}

impl WaysIn {
    /// Binds what the configuration names, or takes what was passed in its place.
    ///
    /// # Errors
    /// When an address cannot be had: which, and who has it.
    pub fn open(listeners: &[Listener], inherited: &mut Inherited) -> Result<Self> {
        let (mut doors, mut boxes) = (vec![], vec![]);
        for (index, listener) in listeners.iter().enumerate() {
            let id = ListenerId(u16::try_from(index).context("too many listeners")?);
            if listener.profile == Profile::Datagram {
                boxes.extend(open_boxes(id, listener)?);
            } else {
                doors.extend(open_doors(id, listener, inherited)?);
            }
        }
        Ok(Self { doors, boxes })
    }

    /// Whether nobody could come in.
    pub fn is_empty(&self) -> bool {
        self.doors.is_empty() && self.boxes.is_empty()
    }
}

fn open_boxes(id: ListenerId, listener: &Listener) -> Result<Vec<Mailbox>> {
    let open = |address: &SocketAddr| {
        let socket = UdpSocket::bind(*address)
            .with_context(|| format!("cannot open {}: udp {address}", listener.name))?;
        Ok(Mailbox {
            name: listener.name,
            id,
            profile: listener.profile,
            language: listener.language,
            characters: listener.admission.characters,
            socket,
        })
    };
    listener.addresses.iter().map(open).collect()
}

fn open_doors(id: ListenerId, listener: &Listener, inherited: &mut Inherited) -> Result<Vec<Door>> {
    let framing = match listener.framing {
        Framing::Line => posada_wire::Framing::Line,
        Framing::Auto => posada_wire::Framing::Auto {
            silence_ms: u64::try_from(listener.silence.as_millis()).unwrap_or(u64::MAX),
        },
    };
    let mut doors = vec![];
    for socket in sockets(listener, inherited)? {
        let address = socket.local_addr()?;
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

/// Those that were passed to this process with the listener's name; or else one for each of its
/// addresses, passed or opened here.
fn sockets(listener: &Listener, inherited: &mut Inherited) -> Result<Vec<TcpListener>> {
    let named = inherited.named(listener.name);
    if !named.is_empty() {
        return Ok(named.into_iter().map(TcpListener::from_std).collect());
    }
    let socket = |address: &SocketAddr| match inherited.at(*address) {
        Some(passed) => Ok(TcpListener::from_std(passed)),
        None => bind(*address).with_context(|| format!("cannot open {}", listener.name)),
    };
    listener.addresses.iter().map(socket).collect()
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
