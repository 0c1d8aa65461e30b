//! What carries a connection: TCP from a client, or one end of a pair whose other end another
//! thread of this process serves on a client's behalf. Nothing beyond this file knows which.

use std::io::{self, IoSlice, Read, Write};
use std::net::Shutdown;
use std::time::Duration;

use mio::event::Source;
use mio::net::{TcpStream, UnixStream};
use mio::{Interest, Registry, Token};
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

    fn source(&mut self) -> &mut dyn Source {
        match self {
            Self::Tcp(socket) => socket,
            Self::Pair(socket) => socket,
        }
    }
}

/// Has the kernel ask a silent peer whether it is still there: one that is gone frees its place
/// within two minutes.
fn find_the_dead(socket: &TcpStream) -> rustix::io::Result<()> {
    sockopt::set_socket_keepalive(socket, true)?;
    sockopt::set_tcp_keepidle(socket, Duration::from_mins(1))?;
    sockopt::set_tcp_keepintvl(socket, Duration::from_secs(15))?;
    sockopt::set_tcp_keepcnt(socket, 4)
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
