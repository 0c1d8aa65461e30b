//! One HTTP request over a raw socket, and what comes back.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};

use crate::support::{PATIENCE, Server};

/// What a server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Answer {
    /// A header that must be there, by its name in lower case.
    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name} in {self:?}"))
    }

    /// Whether a header is there.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.headers.contains_key(name)
    }
}

/// Connects to the web.
pub(crate) fn connect(door: SocketAddr) -> TcpStream {
    let socket = TcpStream::connect_timeout(&door, PATIENCE).expect("the web can be reached");
    socket.set_read_timeout(Some(PATIENCE)).expect("it is not zero");
    socket.set_write_timeout(Some(PATIENCE)).expect("it is not zero");
    socket
}

/// `GET path`, under the server's own name.
#[track_caller]
pub(crate) fn get(server: &Server, path: &str) -> Answer {
    request(server, "GET", path, "")
}

/// Any method with more header lines, each ended by `\r\n`.
#[track_caller]
pub(crate) fn request(server: &Server, method: &str, path: &str, headers: &str) -> Answer {
    let door = server.door("http");
    raw(server, &format!("{method} {path} HTTP/1.1\r\nHost: {door}\r\n{headers}"))
}

/// A request's head without the line that ends it.
#[track_caller]
pub(crate) fn raw(server: &Server, head: &str) -> Answer {
    let mut socket = connect(server.door("http"));
    let sent = socket.write_all(format!("{head}Connection: close\r\n\r\n").as_bytes());
    sent.expect("the web takes a request");
    read(socket)
}

/// Everything until the end of the connection, as an answer.
#[track_caller]
pub(crate) fn read(mut socket: TcpStream) -> Answer {
    let mut bytes = Vec::new();
    if let Err(why) = socket.read_to_end(&mut bytes) {
        assert_eq!(why.kind(), ErrorKind::ConnectionReset, "{why}");
    }
    let text = String::from_utf8(bytes).expect("what is served is text");
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no head: {text:?}"));
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
    let pairs = lines.filter_map(|line| line.split_once(": "));
    Answer {
        status: status.unwrap_or_else(|| panic!("no status: {head}")),
        headers: pairs.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect(),
        body: body.to_owned(),
    }
}
