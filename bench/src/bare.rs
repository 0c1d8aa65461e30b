//! Bare servers: what is left of the work when there is no protocol and no state.
//!
//! One loop around one poll, each connection read once and written once in a turn.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, UdpSocket};
use std::os::unix::fs::FileExt;
use std::path::Path;

use anyhow::Result;
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

/// What is echoed.
pub(crate) const COMMAND: &[u8; 32] = b"reserve r1234 for somebody here\n";
/// What a datagram is answered; as long as what posada says.
pub(crate) const ANSWER: &[u8; 18] = b"a datagram arrived";
const BUFFER_BYTES: usize = 256 << 10;
const DISK_BYTES: u64 = 4 << 20;
const LISTENER: Token = Token(usize::MAX);

/// What a bare server does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Mode {
    Echo,
    Durable,
    Datagrams,
    Hub,
}

impl Mode {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Echo => "echo",
            Self::Durable => "durable",
            Self::Datagrams => "datagrams",
            Self::Hub => "hub",
        }
    }
}

/// Says where it listens, and serves until it is ended.
pub(crate) fn serve(mode: Mode, directory: &Path) -> Result<()> {
    if mode == Mode::Datagrams {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        println!("{}", socket.local_addr()?);
        let mut buffer = [0; 2_048];
        loop {
            let (_, from) = socket.recv_from(&mut buffer)?;
            socket.send_to(ANSWER, from)?;
        }
    }
    let disk = if mode == Mode::Durable { Some(Disk::open(directory)?) } else { None };
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?);
    let mut hub = Hub { clients: Vec::new(), disk, all: mode == Mode::Hub };
    Ok(hub.serve(listener)?)
}

/// A log without a format, in a file that was written before.
struct Disk {
    file: File,
    at: u64,
    record: Vec<u8>,
}

impl Disk {
    fn open(directory: &Path) -> io::Result<Self> {
        let file = File::create(directory.join("bare"))?;
        file.write_all_at(&vec![0; usize::try_from(DISK_BYTES).unwrap_or_default()], 0)?;
        file.sync_all()?;
        Ok(Self { file, at: 0, record: Vec::new() })
    }

    /// Makes so many bytes durable.
    fn append(&mut self, bytes: usize) -> io::Result<()> {
        self.record.resize((128 + bytes).next_multiple_of(128), 7);
        let length = self.record.len() as u64;
        if self.at + length > DISK_BYTES {
            self.at = 0;
        }
        self.file.write_all_at(&self.record, self.at)?;
        self.file.sync_data()?;
        self.at += length;
        Ok(())
    }
}

/// One that speaks and hears.
struct Client {
    stream: TcpStream,
    /// What it will hear.
    out: Vec<u8>,
    open: bool,
    /// The hub has answered its first word.
    greeted: bool,
}

struct Hub {
    clients: Vec<Client>,
    disk: Option<Disk>,
    /// What one says, the others hear, and not itself.
    all: bool,
}

impl Hub {
    fn serve(&mut self, listener: TcpListener) -> io::Result<()> {
        let mut poll = Poll::new()?;
        listener.set_nonblocking(true)?;
        let mut listener = mio::net::TcpListener::from_std(listener);
        poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
        let mut events = Events::with_capacity(1_024);
        let mut buffer = vec![0; BUFFER_BYTES];
        loop {
            poll.poll(&mut events, None)?;
            let mut heard = 0;
            for event in &events {
                if event.token() == LISTENER {
                    self.accept(&poll, &listener)?;
                } else {
                    heard += self.read(event.token().0, &mut buffer);
                }
            }
            if let Some(disk) = self.disk.as_mut().filter(|_| heard > 0) {
                disk.append(heard)?;
            }
            for client in self.clients.iter_mut().filter(|client| client.open) {
                client.write();
            }
        }
    }

    fn accept(&mut self, poll: &Poll, listener: &mio::net::TcpListener) -> io::Result<()> {
        loop {
            let mut stream = match listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            };
            stream.set_nodelay(true)?;
            let both = Interest::READABLE | Interest::WRITABLE;
            poll.registry().register(&mut stream, Token(self.clients.len()), both)?;
            self.clients.push(Client { stream, out: Vec::new(), open: true, greeted: false });
        }
    }

    /// Hands on what a client says; how much it was.
    fn read(&mut self, number: usize, buffer: &mut [u8]) -> usize {
        let mut heard = 0;
        loop {
            let client = &mut self.clients[number];
            let count = match client.stream.read(buffer) {
                Ok(count @ 1..) => count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return heard,
                // One that has left hears nothing any more.
                _ => {
                    client.open = false;
                    return heard;
                }
            };
            heard += count;
            if !self.all {
                client.out.extend_from_slice(&buffer[..count]);
            } else if !std::mem::replace(&mut client.greeted, true) {
                client.out.push(b'!');
            } else {
                let others = self.clients.iter_mut().enumerate();
                for (_, other) in others.filter(|(other, it)| *other != number && it.open) {
                    other.out.extend_from_slice(&buffer[..count]);
                }
            }
            if count < buffer.len() {
                return heard;
            }
        }
    }
}

impl Client {
    fn write(&mut self) {
        while !self.out.is_empty() {
            match self.stream.write(&self.out) {
                Ok(count) => drop(self.out.drain(..count)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(_) => {
                    self.open = false;
                    return;
                }
            }
        }
    }
}
