//! Sockets: reaching a server, or saying why not. Nothing is sent here.

use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream, ToSocketAddrs, UdpSocket};
use std::time::Duration;

use rustix::net::sockopt;

use crate::error::ConnectError;
use crate::target::Transport;

/// How long one address may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a server may refuse to take what is sent.
const WRITING: Duration = Duration::from_secs(10);
/// A connection that is silent for so long is asked whether it is still there.
const IDLE: Duration = Duration::from_secs(30);

/// A server's place, complete.
#[derive(Clone, Debug)]
pub struct Place {
    /// Tcp or udp.
    pub transport: Transport,
    /// A name or an IP address.
    pub host: String,
    /// Its port.
    pub port: u16,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { transport, host, port } = self;
        if host.contains(':') {
            write!(f, "{transport} [{host}]:{port}")
        } else {
            write!(f, "{transport} {host}:{port}")
        }
    }
}

impl Place {
    /// Opens a stream to the first of its addresses that answers.
    ///
    /// # Errors
    /// When none does: what each of them said, and what to try.
    pub fn stream(&self) -> Result<TcpStream, ConnectError> {
        self.first(|address| {
            let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
            stream.set_nodelay(true)?;
            stream.set_write_timeout(Some(WRITING))?;
            sockopt::set_socket_keepalive(&stream, true)?;
            sockopt::set_tcp_keepidle(&stream, IDLE)?;
            sockopt::set_tcp_keepintvl(&stream, IDLE / 3)?;
            Ok(stream)
        })
    }

    /// Opens a socket that exchanges datagrams with its first address, and nobody else.
    ///
    /// # Errors
    /// When it has none. Whether somebody is there, only an answer tells.
    pub fn datagrams(&self) -> Result<UdpSocket, ConnectError> {
        self.first(|address| {
            let any = if address.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
            let socket = UdpSocket::bind(any)?;
            socket.connect(address)?;
            Ok(socket)
        })
    }

    fn first<T>(&self, open: impl Fn(SocketAddr) -> io::Result<T>) -> Result<T, ConnectError> {
        let refused = |why: &[_]| Err(ConnectError::unreachable(&self.to_string(), why));
        let addresses = match (self.host.as_str(), self.port).to_socket_addrs() {
            Ok(addresses) => addresses,
            Err(why) => return refused(&[(String::new(), why)]),
        };
        let mut tried = Vec::new();
        for address in addresses {
            match open(address) {
                Ok(opened) => return Ok(opened),
                Err(why) => tried.push((address.to_string(), why)),
            }
        }
        refused(&tried)
    }
}

/// Either kind of connection.
#[derive(Debug)]
pub enum Socket {
    /// A stream.
    Tcp(TcpStream),
    /// Datagrams to one peer.
    Udp(UdpSocket),
}

impl Socket {
    /// Another handle of the same connection.
    ///
    /// # Errors
    /// When there is no descriptor left.
    pub fn try_clone(&self) -> io::Result<Self> {
        Ok(match self {
            Self::Tcp(stream) => Self::Tcp(stream.try_clone()?),
            Self::Udp(socket) => Self::Udp(socket.try_clone()?),
        })
    }

    /// Sends all of it; over UDP, as one datagram.
    ///
    /// # Errors
    /// When the peer is gone, or takes nothing for too long.
    pub fn send(&self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => (&*stream).write_all(bytes),
            Self::Udp(socket) => socket.send(bytes).map(drop),
        }
    }

    /// Waits for what arrives next; `None` is the end of the stream.
    ///
    /// # Errors
    /// When the connection broke.
    pub fn receive(&self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        loop {
            let received = match self {
                Self::Tcp(stream) => (&*stream).read(buffer).map(|n| (n > 0).then_some(n)),
                Self::Udp(socket) => socket.recv(buffer).map(Some),
            };
            match received {
                Err(why) if why.kind() == ErrorKind::Interrupted => {}
                received => return received,
            }
        }
    }

    /// Sends no more; what is still owed can be read.
    pub fn hang_up(&self) {
        if let Self::Tcp(stream) = self {
            stream.shutdown(Shutdown::Write).ok();
        }
    }

    /// Ends both directions, so that whoever reads it sees the end.
    pub fn close(&self) {
        if let Self::Tcp(stream) = self {
            stream.shutdown(Shutdown::Both).ok();
        }
    }
}
