//! The ways in: every listener's sockets, bound before anybody is let in.
//!
//! A socket that a service manager passed is taken where it fits. Seed listeners at 127.0.0.1 are
//! opened at the host name's other loopback address too. What comes in through them is the
//! reactor's affair.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context, Result, anyhow};
use mio::net::{TcpListener, UdpSocket};
use posada_core::ListenerId;
use posada_core::limits::MESSAGE_BYTES;
use posada_wire::Profile;
use tracing::warn;

use crate::config::{Config, Framing, Listener};
use crate::hostname::other_loopbacks;
use crate::inuse::holder_of_tcp;
use crate::reactor::{Door, Mailbox, Manner};
use crate::systemd::Inherited;

/// The name of the web's listener.
pub const HTTP: &str = "http";

/// Every socket that clients come in by.
pub struct WaysIn {
    /// Those for streams.
    pub doors: Vec<Door>,
    /// Those for datagrams.
    pub boxes: Vec<Mailbox>,
    /// Those for browsers.
    pub web: Vec<std::net::TcpListener>,
}

impl WaysIn {
    /// Binds what the configuration names, or takes what was passed in its place.
    ///
    /// # Errors
    /// When an address cannot be had: which, and who has it.
    pub fn open(config: &Config, inherited: &mut Inherited) -> Result<Self> {
        let listeners = &config.listeners;
        let (mut doors, mut boxes) = (vec![], vec![]);
        for (index, listener) in listeners.iter().enumerate() {
            let id = ListenerId(u16::try_from(index).context("too many listeners")?);
            if listener.profile == Profile::Datagram {
                boxes.extend(open_boxes(id, listener)?);
            } else {
                doors.extend(open_doors(id, listener, inherited)?);
            }
        }
        let web = sockets(HTTP, &config.http.addresses, inherited)?;
        let web = web.into_iter().map(Into::into).collect();
        let mut ways_in = Self { doors, boxes, web };
        if ways_in.doors.iter().any(is_seed) || !ways_in.boxes.is_empty() {
            for ip in other_loopbacks() {
                ways_in.open_beside(ip);
            }
        }
        Ok(ways_in)
    }

    /// Opens each seed listener that is at 127.0.0.1 at another loopback address as well. Whoever
    /// has its port there keeps it: nobody asked for that address by name.
    fn open_beside(&mut self, ip: Ipv4Addr) {
        let seeds = self.doors.iter().filter(|door| is_seed(door));
        let addresses = self.doors.iter().filter_map(|door| door.socket.local_addr().ok());
        let taken: Vec<_> = addresses.collect();
        let doors = seeds.filter_map(|door| {
            let address = beside(&door.socket.local_addr(), ip);
            let address = address.filter(|address| !taken.contains(address))?;
            Some(Door { socket: unless_refused(door.manner.name, bind(address))?, ..*door })
        });
        let doors: Vec<_> = doors.collect();
        let addresses = self.boxes.iter().filter_map(|it| it.socket.local_addr().ok());
        let taken: Vec<_> = addresses.collect();
        let boxes = self.boxes.iter().filter_map(|it| {
            let address = beside(&it.socket.local_addr(), ip);
            let address = address.filter(|address| !taken.contains(address))?;
            Some(Mailbox { socket: unless_refused(it.name, bind_udp(address))?, ..*it })
        });
        let boxes: Vec<_> = boxes.collect();
        self.doors.extend(doors);
        self.doors.sort_by_key(|door| door.manner.id);
        self.boxes.extend(boxes);
    }

    /// Whether nobody could come in.
    pub fn is_empty(&self) -> bool {
        self.doors.is_empty() && self.boxes.is_empty() && self.web.is_empty()
    }
}

fn is_seed(door: &Door) -> bool {
    door.manner.profile != Profile::Native
}

/// The same port at another address, where this one is 127.0.0.1.
fn beside(address: &io::Result<SocketAddr>, ip: Ipv4Addr) -> Option<SocketAddr> {
    match address {
        Ok(SocketAddr::V4(at)) if *at.ip() == Ipv4Addr::LOCALHOST => {
            Some(SocketAddr::from((ip, at.port())))
        }
        _ => None,
    }
}

fn unless_refused<T>(listener: &str, opened: Result<T>) -> Option<T> {
    let complain = |error: &anyhow::Error| {
        warn!(listener, "not opened at the address that this machine's host name has: {error:#}");
    };
    opened.inspect_err(complain).ok()
}

fn open_boxes(id: ListenerId, listener: &Listener) -> Result<Vec<Mailbox>> {
    let open = |address: &SocketAddr| {
        let socket =
            bind_udp(*address).with_context(|| format!("cannot open {}", listener.name))?;
        Ok(Mailbox {
            name: listener.name,
            id,
            profile: listener.profile,
            language: listener.language,
            characters: listener.admission.characters,
            places: listener.admission.sessions,
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
    for socket in sockets(listener.name, &listener.addresses, inherited)? {
        let address = socket.local_addr()?;
        if listener.framing == Framing::Auto && !address.ip().is_loopback() {
            warn!(
                listener = listener.name,
                %address,
                "messages are cut by silence, which a slow network can cut wrongly: \
                 framing = \"line\" is safe beyond this machine"
            );
        }
        let manner = Manner {
            name: listener.name,
            id,
            profile: listener.profile,
            language: listener.language,
            framing,
            characters: listener.admission.characters,
            message_bytes: message_bytes(listener),
            own: false,
        };
        doors.push(Door { manner, socket });
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
fn sockets(
    name: &str,
    addresses: &[SocketAddr],
    inherited: &mut Inherited,
) -> Result<Vec<TcpListener>> {
    let named = inherited.named(name);
    if !named.is_empty() {
        return Ok(named.into_iter().map(TcpListener::from_std).collect());
    }
    let socket = |address: &SocketAddr| match inherited.at(*address) {
        Some(passed) => Ok(TcpListener::from_std(passed)),
        None => bind(*address).with_context(|| format!("cannot open {name}")),
    };
    addresses.iter().map(socket).collect()
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

fn bind_udp(address: SocketAddr) -> Result<UdpSocket> {
    UdpSocket::bind(address).with_context(|| format!("udp {address}"))
}
