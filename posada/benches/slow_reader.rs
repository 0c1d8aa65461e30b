//! What readers that never read cost those who do: the real binary, real sockets.
//!
//! `cargo bench --bench slow_reader` prints one row a case, the median of five rounds; another
//! number of rounds is the first argument. One talks, fifty read. It talks by a fixed schedule,
//! whatever becomes of what it said: 2,500 characters every two milliseconds, for four
//! seconds. A latency is the time from the moment a message was due to the moment a reader had all
//! of it, so what waited to be sent waited, too. Beside them are readers that never read: the
//! kernel takes some megabytes for each, then the server is left with what they do not take, and
//! cuts them before the round is over. The cases take turns: what else the machine does meets
//! all of them. The server has one core, all clients the other.

mod support;

use std::io::{self, BufRead, BufReader, Read, Write};
use std::time::{Duration, Instant};

use memchr::memchr;
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use rustix::net::sockopt::set_socket_recv_buffer_size;
use support::{Server, write_all};

const READERS: usize = 50;
const SILENT: [usize; 3] = [0, 1, 10];
const LOGS: [&str; 2] = ["memory", "segment"];
const EVERY: Duration = Duration::from_millis(2);
const MESSAGES: u32 = 2_000;
const TEXT: usize = 2_500;

fn main() -> io::Result<()> {
    let rounds: usize = std::env::args().find_map(|arg| arg.parse().ok()).unwrap_or(5);
    println!(
        "| log | never read | of them cut | p50 | p99 | p99.9 | p99 against none | server CPU |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for log in LOGS {
        let mut results = SILENT.map(|_| vec![]);
        for _ in 0..rounds {
            for (silent, results) in SILENT.iter().zip(&mut results) {
                results.push(round(log, *silent)?);
            }
        }
        let p99 = |results: &[Outcome]| median(results, |it| it.at(0.99));
        let alone = p99(&results[0]);
        for (silent, results) in SILENT.iter().zip(&results) {
            let cut = results.iter().map(|it| it.cut).min().unwrap_or(0);
            println!(
                "| {log} | {silent} | {cut} | {:.2} ms | {:.2} ms | {:.2} ms | {:.2} | {:.0} % |",
                median(results, |it| it.at(0.5)),
                p99(results),
                median(results, |it| it.at(0.999)),
                p99(results) / alone,
                median(results, |it| it.cpu * 100.0),
            );
        }
    }
    Ok(())
}

/// What one round brought.
struct Outcome {
    /// Every reader's latency of every message, in milliseconds, sorted.
    latencies: Vec<f64>,
    /// Of those who never read, how many were cut.
    cut: usize,
    /// How much of its core the server used.
    cpu: f64,
}

impl Outcome {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "a place among a hundred thousand"
    )]
    fn at(&self, part: f64) -> f64 {
        self.latencies[(self.latencies.len() as f64 * part) as usize]
    }
}

fn median(results: &[Outcome], of: impl Fn(&Outcome) -> f64) -> f64 {
    let mut all: Vec<f64> = results.iter().map(of).collect();
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

fn round(log: &str, silent: usize) -> io::Result<Outcome> {
    let server = Server::start(log)?;
    let mut talker = server.named("talker")?;
    let silent: Vec<_> = (0..silent).map(|n| never_reads(&server, n)).collect::<io::Result<_>>()?;
    let mut readers = (0..READERS).map(|n| Reader::arrives(&server, n));
    let mut readers = readers.by_ref().collect::<io::Result<Vec<_>>>()?;
    let mut poll = Poll::new()?;
    for (number, reader) in readers.iter_mut().enumerate() {
        poll.registry().register(&mut reader.socket, Token(number), Interest::READABLE)?;
    }
    poll.registry().register(&mut talker, Token(READERS), Interest::READABLE)?;
    let mut events = Events::with_capacity(256);
    let mut buffer = vec![0; 256 << 10];
    let mut latencies = Vec::with_capacity(READERS * MESSAGES as usize);
    let before = server.cpu_seconds()?;
    let began = Instant::now();
    let mut sent = 0;
    while latencies.len() < READERS * MESSAGES as usize {
        while sent < MESSAGES && began.elapsed() >= EVERY * sent {
            write_all(&mut talker, format!("say {sent:06} {:a<TEXT$}\n", "").as_bytes())?;
            sent += 1;
        }
        assert!(began.elapsed() < EVERY * MESSAGES * 5, "the server does not keep up");
        // A poll that waits knows milliseconds only.
        poll.poll(&mut events, Some(Duration::ZERO))?;
        for event in &events {
            let Token(number) = event.token();
            let Some(reader) = readers.get_mut(number) else {
                drain(&mut talker, &mut buffer)?;
                continue;
            };
            reader.read(&mut buffer, |message| {
                let late = (began + EVERY * message).elapsed();
                latencies.push(late.as_secs_f64() * 1_000.0);
            })?;
        }
    }
    let took = began.elapsed().as_secs_f64();
    let cpu = (server.cpu_seconds()? - before) / took;
    latencies.sort_by(f64::total_cmp);
    let cut = silent.len() - still_here(&server)?;
    Ok(Outcome { latencies, cut, cpu })
}

fn never_reads(server: &Server, number: usize) -> io::Result<TcpStream> {
    let socket = server.named(&format!("silent {number}"))?;
    set_socket_recv_buffer_size(&socket, 4 << 10)?;
    Ok(socket)
}

/// How many of those who never read the server still has.
fn still_here(server: &Server) -> io::Result<usize> {
    let mut porter = std::net::TcpStream::connect(server.address)?;
    porter.write_all(b"who\n")?;
    let lines = BufReader::new(porter).lines().map_while(Result::ok);
    Ok(lines.take_while(|line| line != ".").filter(|line| line.starts_with("silent ")).count())
}

struct Reader {
    socket: TcpStream,
    /// The start of a line whose end has not come yet.
    partial: Vec<u8>,
    /// The message that must come next.
    next: u32,
}

impl Reader {
    fn arrives(server: &Server, number: usize) -> io::Result<Self> {
        let socket = server.named(&format!("reader {number}"))?;
        Ok(Self { socket, partial: Vec::new(), next: 0 })
    }

    /// Reads all that has come, and hands out the number of each message that is whole.
    fn read(&mut self, buffer: &mut [u8], mut arrived: impl FnMut(u32)) -> io::Result<()> {
        loop {
            let count = match self.socket.read(buffer) {
                Ok(0) => panic!("the server cut a reader off that reads"),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            };
            self.partial.extend_from_slice(&buffer[..count]);
            let mut from = 0;
            while let Some(end) = memchr(b'\n', &self.partial[from..]) {
                let line = String::from_utf8_lossy(&self.partial[from..from + end]);
                from += end + 1;
                let number = line.split(": ").nth(1).and_then(|text| text[..6].parse().ok());
                assert_eq!(number, Some(self.next), "{line}");
                arrived(self.next);
                self.next += 1;
            }
            self.partial.drain(..from);
        }
    }
}

fn drain(socket: &mut TcpStream, buffer: &mut [u8]) -> io::Result<()> {
    loop {
        match socket.read(buffer) {
            Ok(0) => panic!("the server cut the talker off"),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}
