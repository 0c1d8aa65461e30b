//! One connection of the generator: first spoken to in turns, then without waiting.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use mio::net;

/// How long an answer may take before anything is measured.
const PATIENCE: Duration = Duration::from_secs(10);

/// A conversation in turns: a line is sent, and its answer waited for.
pub(super) struct Introduction {
    reader: BufReader<TcpStream>,
}

impl Introduction {
    pub(super) fn to(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect_timeout(&address, PATIENCE);
        let stream = stream.with_context(|| format!("cannot reach {address}"))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { reader: BufReader::new(stream) })
    }

    /// Sends a line and returns the first line that comes back.
    pub(super) fn ask(&mut self, request: &str) -> Result<String> {
        self.reader.get_mut().write_all(format!("{request}\n").as_bytes())?;
        self.line().with_context(|| format!("no answer to {request:?}"))
    }

    /// The same, where the answer must be done: it begins with `OK`.
    pub(super) fn insist(&mut self, request: &str) -> Result<String> {
        let answer = self.ask(request)?;
        ensure!(answer.starts_with("OK "), "{request:?} was answered: {answer}");
        Ok(answer)
    }

    pub(super) fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        let count = self.reader.read_line(&mut line)?;
        ensure!(count > 0, "the server ended the connection");
        Ok(line.trim_end().to_owned())
    }

    /// From here on nobody waits.
    pub(super) fn done(self) -> Result<Socket> {
        let unread = String::from_utf8_lossy(self.reader.buffer()).into_owned();
        ensure!(unread.is_empty(), "unasked, the server said {unread:?}");
        let stream = self.reader.into_inner();
        Ok(Socket::stream(stream)?)
    }
}

/// A socket that never waits, and what is on its way in it.
pub struct Socket {
    pub(super) way: Way,
    /// What is to be sent: all that was asked since the last wake-up goes in one write.
    pub(super) out: Vec<u8>,
    sent: usize,
    /// The beginning of a line whose end has not come.
    pub(super) partial: Vec<u8>,
}

/// Bytes, or datagrams.
pub(super) enum Way {
    Stream(net::TcpStream),
    Datagrams(net::UdpSocket),
}

impl Socket {
    fn new(way: Way) -> Self {
        Self { way, out: Vec::new(), sent: 0, partial: Vec::new() }
    }

    /// One that nobody waits for from here on.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub fn stream(stream: TcpStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Ok(Self::new(Way::Stream(net::TcpStream::from_std(stream))))
    }

    /// One that sends datagrams there. The first is sent, and its answer waited for.
    ///
    /// # Errors
    /// When nobody answers.
    pub fn datagrams(address: SocketAddr, first: &str) -> Result<(Self, String)> {
        let any = match address {
            SocketAddr::V4(_) => SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
            SocketAddr::V6(_) => SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
        };
        let socket = std::net::UdpSocket::bind(any)?;
        socket.connect(address)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        socket.send(first.as_bytes())?;
        let mut answer = [0; 1_024];
        let count = socket.recv(&mut answer);
        let count = count.with_context(|| format!("{address} does not answer"))?;
        let answer = String::from_utf8_lossy(&answer[..count]).into_owned();
        socket.set_nonblocking(true)?;
        Ok((Self::new(Way::Datagrams(net::UdpSocket::from_std(socket))), answer))
    }

    pub(super) fn is_datagrams(&self) -> bool {
        matches!(self.way, Way::Datagrams(_))
    }

    /// Writes what there is to write, as far as the kernel takes it.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        while self.sent < self.out.len() {
            let written = match &mut self.way {
                Way::Stream(stream) => stream.write(&self.out[self.sent..]),
                Way::Datagrams(socket) => socket.send(&self.out[self.sent..]),
            };
            match written {
                Ok(count) => self.sent += count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.out.clear();
        self.sent = 0;
        Ok(())
    }

    /// Reads behind what is left of the last time: how many bytes are there then. `None` when
    /// there is nothing to read, zero at the end of the stream.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        let left = self.partial.len();
        buffer[..left].copy_from_slice(&self.partial);
        let read = match &mut self.way {
            Way::Stream(stream) => stream.read(&mut buffer[left..]),
            Way::Datagrams(socket) => socket.recv(buffer),
        };
        match read {
            Ok(0) if !self.is_datagrams() => Ok(Some(0)),
            Ok(count) => Ok(Some(left + count)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Keeps what was not understood yet.
    pub(super) fn keep(&mut self, rest: &[u8]) {
        self.partial.clear();
        self.partial.extend_from_slice(rest);
    }
}
