//! Redis: `SETNX` and `DEL` as taking and giving back, `PUBLISH` to subscribers.
//!
//! As its documentation advises: `appendfsync always` where every answer must be on disk; no
//! snapshots and no append-only file where it is a cache.

use std::net::SocketAddr;
use std::process::Command;

use anyhow::{Context, Result};
use posada::bench::Verb;

use super::{Idle, Named};
use crate::child::{Child, free_address};
use crate::dialog::Dialog;
use crate::scenario::RESOURCES;
use crate::scenario::fanout::{self, Fanout};
use crate::scenario::fixed::Fixed;
use crate::scenario::reserve::{Heard, Reserve, Spelling};
use crate::stage::{Figure, Load, Stage};

const DURABLE: &[&str] = &["--save", "", "--appendonly", "yes", "--appendfsync", "always"];
const VOLATILE: &[&str] = &["--save", "", "--appendonly", "no"];
const ROOM: &str = "room";

pub(super) const PEER: Named = Named {
    name: "Redis",
    program: "redis-server",
    package: "redis-server",
    version: &["--version"],
    settings: "AOF always: `--save '' --appendonly yes --appendfsync always`; without persistence: \
               `--save '' --appendonly no`",
};

fn start(stage: &Stage, settings: &[&str]) -> Result<(Child, SocketAddr)> {
    let address = free_address()?;
    let mut command = Command::new(PEER.find()?);
    command.args(["--bind", "127.0.0.1", "--port", &address.port().to_string(), "--dir"]);
    command.arg(stage.directory()).args(settings);
    let mut child = Child::start(stage, &mut command)?;
    child.listens(address)?;
    Ok((child, address))
}

/// A command in its binary form.
fn command(words: &[&str], out: &mut Vec<u8>) {
    use std::io::Write as _;
    // Writing to memory does not fail.
    let _ = write!(out, "*{}\r\n", words.len());
    for word in words {
        let _ = write!(out, "${}\r\n{word}\r\n", word.len());
    }
}

fn spelled(words: &[&str]) -> Vec<u8> {
    let mut out = Vec::new();
    command(words, &mut out);
    out
}

/// `SETNX` and `DEL`.
struct Keys {
    sessions: Vec<String>,
    address: SocketAddr,
}

impl Spelling for Keys {
    fn ask(&mut self, session: usize, verb: Verb, resource: &str, out: &mut Vec<u8>) {
        match verb {
            Verb::Reserve => command(&["SETNX", resource, &self.sessions[session]], out),
            Verb::Cancel => command(&["DEL", resource], out),
        }
    }

    fn hear(&self, bytes: &[u8], _verb: Verb) -> Heard {
        match bytes {
            [b':', done @ (b'0' | b'1'), b'\r', b'\n', ..] => Heard::Answer(4, *done == b'1'),
            _ if bytes.len() < 4 && bytes.first() == Some(&b':') => Heard::More,
            _ => Heard::Strange,
        }
    }

    fn taken(&self) -> Result<Option<usize>> {
        let mut dialog = Dialog::with(self.address)?;
        dialog.say(spelled(&["DBSIZE"]))?;
        let line = dialog.line()?;
        let count = line.trim().strip_prefix(':').and_then(|count| count.parse().ok());
        Ok(Some(count.context("DBSIZE is no number")?))
    }
}

fn reserves(stage: &Stage, load: Load, settings: &[&str]) -> Result<Figure> {
    let (child, address) = start(stage, settings)?;
    let sessions = (0..load.connections).map(|number| format!("bench-{number}")).collect();
    let sockets = (0..load.connections).map(|_| Dialog::with(address)?.done());
    let sockets = sockets.collect::<Result<_>>()?;
    let mut scenario = Reserve::new(load.connections, Keys { sessions, address });
    let figure = stage.drive(load, child.pid(), &mut scenario, sockets, 1)?;
    child.stop()?;
    Ok(figure)
}

/// Every answer is on disk.
pub(crate) fn durable(stage: &Stage, load: Load) -> Result<Figure> {
    reserves(stage, load, DURABLE)
}

/// Nothing is.
pub(crate) fn volatile(stage: &Stage, load: Load) -> Result<Figure> {
    reserves(stage, load, VOLATILE)
}

fn fixed(stage: &Stage, load: Load, requests: Vec<Vec<u8>>, answer: &[u8]) -> Result<Figure> {
    let (child, address) = start(stage, VOLATILE)?;
    let sockets = (0..load.connections).map(|_| Dialog::with(address)?.done());
    let sockets = sockets.collect::<Result<_>>()?;
    let mut scenario = Fixed::new(load.connections, requests, answer);
    let figure = stage.drive(load, child.pid(), &mut scenario, sockets, 1)?;
    child.stop()?;
    Ok(figure)
}

/// `PING`, in memory.
pub(crate) fn ping(stage: &Stage, load: Load) -> Result<Figure> {
    fixed(stage, load, vec![spelled(&["PING"])], b"+PONG\r\n")
}

/// `SET` of any of as many keys as there are resources, in memory.
pub(crate) fn set(stage: &Stage, load: Load) -> Result<Figure> {
    let key = |number: usize| spelled(&["SET", &format!("r{number}"), "bench-0"]);
    fixed(stage, load, (0..RESOURCES).map(key).collect(), b"+OK\r\n")
}

/// `PUBLISH` to subscribers.
pub(crate) fn talk(stage: &Stage, load: Load) -> Result<Figure> {
    let (child, address) = start(stage, VOLATILE)?;
    let mut sockets = vec![Dialog::with(address)?.done()?];
    for _ in 0..load.connections {
        let mut dialog = Dialog::with(address)?;
        let answer = format!("*3\r\n$9\r\nsubscribe\r\n${}\r\n{ROOM}\r\n:1\r\n", ROOM.len());
        dialog.expect(spelled(&["SUBSCRIBE", ROOM]), answer.as_bytes())?;
        sockets.push(dialog.done()?);
    }
    let (room, size) = (ROOM.len(), fanout::SIZE);
    let asked = format!("*3\r\n$7\r\nPUBLISH\r\n${room}\r\n{ROOM}\r\n${size}\r\n");
    let heard = format!("*3\r\n$7\r\nmessage\r\n${room}\r\n{ROOM}\r\n${size}\r\n");
    let spelling = fanout::Spelling {
        asked: (asked.into_bytes(), b"\r\n".to_vec()),
        heard: (heard.into_bytes(), b"\r\n".to_vec()),
        answer: format!(":{}\r\n", load.connections).into_bytes(),
        between: b"",
    };
    let mut scenario = Fanout::new(load.connections, spelling);
    let figure = stage.drive(load, child.pid(), &mut scenario, sockets, load.connections)?;
    child.stop()?;
    Ok(figure)
}

/// Sessions with a name that do nothing.
pub(crate) fn idle(stage: &Stage, load: Load) -> Result<Figure> {
    let (child, address) = start(stage, VOLATILE)?;
    let figure = Idle::of(child.pid()).grows(load, |number| {
        let mut dialog = Dialog::with(address)?;
        let name = format!("bench-{number}");
        dialog.expect(spelled(&["CLIENT", "SETNAME", &name]), b"+OK\r\n")?;
        Ok(dialog)
    })?;
    child.stop()?;
    Ok(figure)
}
