//! What carries a connection: TCP from a client, or one end of a pair whose other end another
//! thread of this process serves on a client's behalf. Nothing beyond this file knows which.

use std::io::{self, IoSlice, Read, Write};
use std::net::Shutdown;
use std::time::Duration;

use mio::event::Source;
use mio::net::{TcpStream, UnixStream};
use mio::{Interest, Registry, Token};
use rustix::io::ioctl_fionread;
use rustix::net::sockopt;

/// A connected socket.
#[derive(Debug)]
pub(super) enum Transport {
    /// A client's own.
    Tcp(TcpStream),
    /// An end of a pair.
    Pair(UnixStream),
}

impl Transport {
    /// A client's socket. Replies are written whole; waiting to fill a segment would only delay
    /// them.
    ///
    /// # Errors
    /// When a lost connection would not be noticed; it can be used nevertheless.
    pub(super) fn tcp(socket: TcpStream) -> (Self, rustix::io::Result<()>) {
        let _ = socket.set_nodelay(true);
        let prepared = find_the_dead(&socket);
        (Self::Tcp(socket), prepared)
    }

    /// Ends what is read or written.
    ///
    /// # Errors
    /// When the connection is gone already.
    pub(super) fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        match self {
            Self::Tcp(socket) => socket.shutdown(how),
            Self::Pair(socket) => socket.shutdown(how),
        }
    }

    /// Bytes that have come and were not read.
    pub(super) fn unread(&self) -> u64 {
        let asked = match self {
            Self::Tcp(socket) => ioctl_fionread(socket),
            Self::Pair(socket) => ioctl_fionread(socket),
        };
        // A broken connection says so when it is read.
        asked.unwrap_or_default()
    }

    fn source(&mut self) -> &mut dyn Source {
        match self {
            Self::Tcp(socket) => socket,
            Self::Pair(socket) => socket,
        }
    }
}

/// How long a peer may be silent before it is asked whether it is still there, then how often it
/// is asked, and how many times in vain.
const IDLE: Duration = Duration::from_mins(1);
const ASKED_EVERY: Duration = Duration::from_secs(15);
const ASKED: u32 = 4;
/// How long a peer may take nothing of what it was sent.
const UNTAKEN: Duration = Duration::from_mins(2);

/// Has the kernel find out which peers are gone: each frees its place within two minutes. One that
/// is owed nothing is asked; what another is owed it does not take. The kernel's own patience with
/// that would be a quarter of an hour.
fn find_the_dead(socket: &TcpStream) -> rustix::io::Result<()> {
    sockopt::set_socket_keepalive(socket, true)?;
    sockopt::set_tcp_keepidle(socket, IDLE)?;
    sockopt::set_tcp_keepintvl(socket, ASKED_EVERY)?;
    sockopt::set_tcp_keepcnt(socket, ASKED)?;
    sockopt::set_tcp_user_timeout(socket, u32::try_from(UNTAKEN.as_millis()).unwrap_or(u32::MAX))
}

impl Read for Transport {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(socket) => socket.read(buffer),
            Self::Pair(socket) => socket.read(buffer),
        }
    }
}

impl Write for Transport {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(socket) => socket.write(bytes),
            Self::Pair(socket) => socket.write(bytes),
        }
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Self::Tcp(socket) => socket.write_vectored(slices),
            Self::Pair(socket) => socket.write_vectored(slices),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        // A socket keeps nothing back.
        Ok(())
    }
}

impl Source for Transport {
    fn register(
        &mut self,
        registry: &Registry,
        token: Token,
        interests: Interest,
    ) -> io::Result<()> {
        self.source().register(registry, token, interests)
    }

    fn reregister(
        &mut self,
        registry: &Registry,
        token: Token,
        interests: Interest,
    ) -> io::Result<()> {
        self.source().reregister(registry, token, interests)
    }

    fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
        self.source().deregister(registry)
    }
}
