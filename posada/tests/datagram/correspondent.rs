//! A client of seed 5: one socket, one answer to each datagram.

use std::cell::Cell;
use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use crate::support::{PATIENCE, Server};

/// Headers of IP and UDP.
pub(crate) const HEADERS: usize = 28;

pub(crate) struct Correspondent {
    socket: UdpSocket,
    server: SocketAddr,
    sent: Cell<usize>,
}

impl Correspondent {
    pub(crate) fn from(ip: &str, server: &Server) -> Self {
        Self::between(ip, server.door("datagram"))
    }

    /// One that writes to somebody who passes it on.
    pub(crate) fn to(address: SocketAddr) -> Self {
        Self::between("127.0.0.1", address)
    }

    fn between(ip: &str, server: SocketAddr) -> Self {
        let socket = UdpSocket::bind((ip, 0)).expect("the address is this machine's");
        socket.set_read_timeout(Some(PATIENCE)).expect("it is not zero");
        Self { socket, server, sent: Cell::new(0) }
    }

    pub(crate) fn new(server: &Server) -> Self {
        Self::from("127.0.0.1", server)
    }

    pub(crate) fn sends(&self, message: &[u8]) {
        self.socket.send_to(message, self.server).expect("it is sent");
        self.sent.set(self.sent.get() + 1);
    }

    /// Its address, and how many datagrams it has sent.
    pub(crate) fn sent(&self) -> (SocketAddr, usize) {
        (self.socket.local_addr().expect("it is bound"), self.sent.get())
    }

    #[track_caller]
    pub(crate) fn receives(&self) -> String {
        let mut buffer = [0; 2048];
        let (count, from) = self.socket.recv_from(&mut buffer).expect("an answer comes");
        assert_eq!(from, self.server);
        String::from_utf8(buffer[..count].to_vec()).expect("answers are text")
    }

    /// Sends, and reads the one answer, which is never longer than it may be.
    #[track_caller]
    pub(crate) fn asks(&self, message: impl AsRef<[u8]>) -> String {
        let message = message.as_ref();
        self.sends(message);
        let answer = self.receives();
        assert!(HEADERS + answer.len() <= 3 * (HEADERS + message.len()), "{answer}");
        answer
    }

    /// An answer, if one comes while a client that repeats itself waits.
    pub(crate) fn receives_soon(&self) -> Option<String> {
        self.socket.set_read_timeout(Some(Duration::from_millis(40))).expect("it is not zero");
        let mut buffer = [0; 2048];
        let came = self.socket.recv_from(&mut buffer).ok();
        self.socket.set_read_timeout(Some(PATIENCE)).expect("it is not zero");
        let (count, _) = came?;
        Some(String::from_utf8(buffer[..count].to_vec()).expect("answers are text"))
    }

    /// Throws away what has come and was not read.
    pub(crate) fn forgets_what_came(&self) {
        self.socket.set_nonblocking(true).expect("it can be set");
        while self.socket.recv_from(&mut [0; 2048]).is_ok() {}
        self.socket.set_nonblocking(false).expect("it can be set");
    }

    /// Nothing waits to be read. To be asked when all answers are known to have come.
    #[track_caller]
    pub(crate) fn has_nothing_else(&self) {
        self.socket.set_nonblocking(true).expect("it can be set");
        let more = self.socket.recv_from(&mut [0; 2048]);
        assert!(more.is_err_and(|error| error.kind() == ErrorKind::WouldBlock));
        self.socket.set_nonblocking(false).expect("it can be set");
    }
}
