//! Ten thousand who come and go in every way there is: nothing of them stays.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use rustix::net::sockopt::set_socket_linger;

use crate::support::{House, PATIENCE, ROOMS, Server, at_once, listed, until};

const WARM_UP: usize = 2_000;
const ROUNDS: usize = 10_000;
/// Those who come and go at the same time.
const AT_ONCE: usize = 4;
const MOST_GROWTH_KB: u64 = 2 << 10;

const UPGRADE: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                       Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/// What somebody says before going, and where. `NAME` is a name that nobody else has.
const SAID: [(&str, &str); 17] = [
    ("native", ""),
    ("native", "name NAME\n"),
    ("native", "name NAME\nsay ho"),
    ("native", "watch\nreserve Habitación 9\nlist\n"),
    ("native", "{\"id\":1,\"do\":\"name\",\"name\":\"NAME\"}\n{\"id\":2,"),
    ("native", "POST / HTTP/1.1\r\n"),
    ("talk", ""),
    ("talk", "NAME"),
    ("talk", "NAME\nhola\nho"),
    ("desk", "LISTAR"),
    ("desk", "LISTAR\nRESERV"),
    ("note", "hola\n"),
    ("http", "GE"),
    ("http", "GET /healthz HTTP/1.1\r\nHost: DOOR\r\n\r\n"),
    ("http", "GET / HTTP/1.1\r\nHost: DOOR\r\nConnection: close\r\n\r\n"),
    ("http", "GET /ws HTTP/1.1\r\nHost: DOOR\r\nOrigin: http://DOOR\r\nUPGRADE\r\n"),
    ("http", "GET /ws HTTP/1.1\r\nHost: DOOR\r\nOrigin: http://DOOR\r\nUPGRADE\r\n\u{1}\u{5}ab"),
];

/// How somebody goes.
#[derive(Clone, Copy)]
enum Going {
    /// Without waiting for anything.
    AtOnce,
    /// As if the cable was cut: what it was sent comes back as a reset.
    Reset,
    /// With a word of what it was told.
    AfterAWord,
    /// Having ended only its own side, and heard the other to its end.
    HalfClosed,
}

const GOINGS: [Going; 4] = [Going::AtOnce, Going::Reset, Going::AfterAWord, Going::HalfClosed];

#[test]
fn ten_thousand_come_and_go_and_nothing_of_them_stays() {
    let house = House::new()
        .with_web()
        .with("level=warn")
        .with("listeners.talk.sessions=0")
        .with("listeners.talk.per_second=0")
        .with("listeners.desk.sessions=0")
        .with("listeners.note.sessions=0");
    let server = house.opens();
    let mut ana = server.native("ana").named("ana");
    // The two ends of what the web asks the reactor by, from its first question on.
    let descriptors = server.descriptors() + 2;
    let returns = || {
        served(&server);
        (server.descriptors() == descriptors).then(|| server.memory_kb())
    };
    come_and_go(&server, WARM_UP);
    let before = until("the descriptors of the first are back", returns);
    come_and_go(&server, ROUNDS);
    let after = until("the descriptors of all are back", returns);
    eprintln!("{descriptors} descriptors; {before} kB after {WARM_UP}, {after} kB {ROUNDS} later");
    assert!(after.saturating_sub(before) < MOST_GROWTH_KB, "{before} kB became {after} kB");
    assert_eq!(ana.lists("who"), ["ana"], "nobody else stayed");
    served(&server);
    server.stops();
}

fn served(server: &Server) {
    server.desk().asks("LISTAR", &listed(&ROOMS));
    let mut browser = Visitor::comes(server.door("http"));
    browser.says("GET /healthz HTTP/1.1\r\nHost: DOOR\r\nConnection: close\r\n\r\n", 0);
    assert!(browser.hears_the_rest().starts_with(b"HTTP/1.1 200 "));
}

fn come_and_go(server: &Server, rounds: usize) {
    at_once(0..AT_ONCE, |thread| {
        for n in (thread..rounds).step_by(AT_ONCE) {
            let (listener, said) = SAID[n / AT_ONCE % SAID.len()];
            let mut visitor = Visitor::comes(server.door(listener));
            visitor.says(said, thread);
            visitor.goes(GOINGS[n / AT_ONCE / SAID.len() % GOINGS.len()]);
        }
    });
}

struct Visitor {
    socket: TcpStream,
    door: SocketAddr,
}

impl Visitor {
    fn comes(door: SocketAddr) -> Self {
        let socket = TcpStream::connect_timeout(&door, PATIENCE).expect("it is let in");
        socket.set_read_timeout(Some(PATIENCE)).expect("it is not zero");
        Self { socket, door }
    }

    fn says(&mut self, said: &str, thread: usize) {
        let said = said.replace("NAME", &format!("visitor {thread}"));
        let said = said.replace("DOOR", &self.door.to_string()).replace("UPGRADE\r\n", UPGRADE);
        self.socket.write_all(said.as_bytes()).expect("it is taken");
    }

    fn goes(mut self, how: Going) {
        match how {
            Going::AtOnce => {}
            Going::Reset => set_socket_linger(&self.socket, Some(Duration::ZERO)).expect("it is"),
            Going::AfterAWord => {
                // Not everybody is told something: the quiet ones go as they came.
                self.socket.set_read_timeout(Some(Duration::from_millis(1))).expect("not zero");
                self.socket.read_exact(&mut [0; 8]).ok();
            }
            Going::HalfClosed => {
                self.socket.shutdown(Shutdown::Write).ok();
                self.hears_the_rest();
            }
        }
    }

    fn hears_the_rest(&mut self) -> Vec<u8> {
        let mut rest = vec![];
        match self.socket.read_to_end(&mut rest) {
            Ok(_) => {}
            Err(why) => assert!(why.kind() == std::io::ErrorKind::ConnectionReset, "{why}"),
        }
        rest
    }
}
