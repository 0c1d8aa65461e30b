//! Fan-out by cursor: one sender, a room full of receivers, the real binary, real sockets.
//!
//! `cargo bench --bench fanout` prints one row a case. The server has one core, this client the
//! other. A message counts as outstanding until every receiver has it, so the sender never runs
//! ahead of the slowest. Every line is checked: its sequence number must be the next one of its
//! sender. With a first argument such as `3`, that many rounds are run and the median shown.

mod support;

use std::io::{self, Read};
use std::time::{Duration, Instant};

use mio::{Events, Interest, Poll, Token};
use support::{Server, write_all};

const TEXT: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const ROUND: Duration = Duration::from_millis(1500);
const CASES: [(usize, usize, &str); 6] = [
    (100, 256, "memory"),
    (1000, 256, "memory"),
    (100, 256, "segment"),
    (1000, 256, "segment"),
    (100, 1, "memory"),
    (100, 1, "segment"),
];

fn main() -> io::Result<()> {
    let rounds = std::env::args().find_map(|arg| arg.parse().ok()).unwrap_or(3);
    println!(
        "| receivers | outstanding | log | deliveries/s | p50 until all have it | server CPU |"
    );
    println!("|---|---|---|---|---|---|");
    for (receivers, outstanding, log) in CASES {
        let mut results: Vec<_> = (0..rounds)
            .map(|_| Case::start(receivers, outstanding, log)?.run())
            .collect::<io::Result<_>>()?;
        results.sort_by(|a, b| a.rate.total_cmp(&b.rate));
        let median = &results[results.len() / 2];
        println!(
            "| {receivers} | {outstanding} | {log} | {:.2} M | {} µs | {:.0} % |",
            median.rate / 1e6,
            median.p50.as_micros(),
            median.cpu * 100.0
        );
    }
    Ok(())
}

struct Outcome {
    rate: f64,
    p50: Duration,
    cpu: f64,
}

struct Case {
    server: Server,
    outstanding: usize,
    sender: Client,
    receivers: Vec<Client>,
}

struct Client {
    socket: mio::net::TcpStream,
    /// Whole messages so far.
    got: usize,
    /// The start of a line whose end has not come yet.
    partial: Vec<u8>,
}

impl Case {
    fn start(receivers: usize, outstanding: usize, log: &str) -> io::Result<Self> {
        let server = Server::start(log)?;
        let sender = Client::named(&server, "sender")?;
        let receivers = (0..receivers)
            .map(|number| Client::named(&server, &format!("receiver {number}")))
            .collect::<io::Result<_>>()?;
        Ok(Self { server, outstanding, sender, receivers })
    }

    fn run(mut self) -> io::Result<Outcome> {
        let mut poll = Poll::new()?;
        for (number, client) in self.receivers.iter_mut().chain([&mut self.sender]).enumerate() {
            poll.registry().register(&mut client.socket, Token(number), Interest::READABLE)?;
        }
        let mut events = Events::with_capacity(2048);
        let mut buffer = vec![0; 256 << 10];
        let line = format!("say {TEXT}\n");
        let (mut sent, mut arrived) = (0, 0);
        let mut sent_at = std::collections::VecDeque::new();
        let mut waits = Vec::new();
        let busy_before = self.server.cpu_seconds()?;
        let began = Instant::now();
        while began.elapsed() < ROUND || arrived < sent {
            let room = self.outstanding - (sent - arrived);
            if room > 0 && began.elapsed() < ROUND {
                write_all(&mut self.sender.socket, line.repeat(room).as_bytes())?;
                sent += room;
                sent_at.extend(std::iter::repeat_n(Instant::now(), room));
            }
            poll.poll(&mut events, Some(Duration::from_secs(5)))?;
            assert!(!events.is_empty(), "the server delivers within seconds");
            for event in &events {
                let Token(number) = event.token();
                match self.receivers.get_mut(number) {
                    Some(receiver) => receiver.receive(&mut buffer)?,
                    None => self.sender.drain(&mut buffer)?,
                }
            }
            let slowest = self.receivers.iter().map(|one| one.got).min().unwrap_or(0);
            while arrived < slowest {
                arrived += 1;
                waits.extend(sent_at.pop_front().map(|sent: Instant| sent.elapsed()));
            }
        }
        let took = began.elapsed().as_secs_f64();
        let busy = self.server.cpu_seconds()? - busy_before;
        waits.sort();
        Ok(Outcome {
            rate: as_f64(arrived * self.receivers.len()) / took,
            p50: waits[waits.len() / 2],
            cpu: busy / took,
        })
    }
}

impl Client {
    fn named(server: &Server, name: &str) -> io::Result<Self> {
        Ok(Self { socket: server.named(name)?, got: 0, partial: Vec::new() })
    }

    /// Reads all that has come and counts whole lines, each of which must be the message.
    fn receive(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        loop {
            let count = match self.socket.read(buffer) {
                Ok(0) => panic!("the server cut a receiver off"),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            };
            let mut rest = &buffer[..count];
            while let Some(end) = memchr::memchr(b'\n', rest) {
                let (line, behind) = rest.split_at(end);
                rest = &behind[1..];
                if self.partial.is_empty() {
                    check(line);
                } else {
                    self.partial.extend_from_slice(line);
                    check(&self.partial);
                    self.partial.clear();
                }
                self.got += 1;
            }
            self.partial.extend_from_slice(rest);
            if count < buffer.len() {
                return Ok(());
            }
        }
    }

    fn drain(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        loop {
            match self.socket.read(buffer) {
                Ok(count) if count == buffer.len() => {}
                Ok(0) => panic!("the server cut the sender off"),
                Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error),
                _ => return Ok(()),
            }
        }
    }
}

fn check(line: &[u8]) {
    assert!(line.starts_with(b"* ") && line.ends_with(TEXT.as_bytes()), "{line:?}");
}

fn as_f64(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}
