//! The load: each client keeps so many commands outstanding, and counts replies.

use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::Instant;

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use crate::{CLIENTS, COMMAND, ROUND};

pub(crate) fn replies_per_second(address: SocketAddr, depth: usize) -> io::Result<f64> {
    let mut poll = Poll::new()?;
    let commands = vec![b'c'; COMMAND * depth];
    let mut sockets = Vec::new();
    for number in 0..CLIENTS {
        let stream = std::net::TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let mut socket = TcpStream::from_std(stream);
        poll.registry().register(&mut socket, Token(number), Interest::READABLE)?;
        socket.write_all(&commands)?;
        sockets.push((socket, 0));
    }
    let mut events = Events::with_capacity(256);
    let mut buffer = vec![0; 64 << 10];
    let mut replies = 0;
    let began = Instant::now();
    while began.elapsed() < ROUND {
        poll.poll(&mut events, None)?;
        for event in &events {
            let (socket, partial) = &mut sockets[event.token().0];
            let count = match socket.read(&mut buffer) {
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => continue,
                Err(error) => return Err(error),
            };
            let whole = (*partial + count) / COMMAND;
            *partial = (*partial + count) % COMMAND;
            replies += whole;
            // No more than was answered is sent, so it always fits.
            socket.write_all(&commands[..whole * COMMAND])?;
        }
    }
    Ok(f64::from(u32::try_from(replies).unwrap_or(u32::MAX)) / began.elapsed().as_secs_f64())
}
