//! Mosquitto: `PUBLISH` with QoS 1, which is acknowledged, and with QoS 0 to subscribers.
//!
//! As its documentation advises where every message counts and clients are trusted: no limits on
//! queues or on what is in flight; nothing is kept on disk.

use std::net::SocketAddr;
use std::process::Command;

use anyhow::Result;
use posada::bench::{Scenario, Tally};

use super::{Idle, Named};
use crate::child::{Child, free_address};
use crate::dialog::Dialog;
use crate::scenario::fanout::{self, Fanout};
use crate::scenario::shown;
use crate::stage::{Figure, Load, Stage};

const ROOM: &str = "room";
const COMMAND: &[u8] = b"reserve r1234 for somebody here.";
const SETTINGS: &str = "allow_anonymous true\npersistence false\nset_tcp_nodelay true\n\
                        max_queued_messages 0\nmax_inflight_messages 0\n";
/// A packet of up to so many bytes has its length in one byte.
const SHORT: usize = 127;

pub(super) const PEER: Named = Named {
    name: "Mosquitto",
    program: "mosquitto",
    package: "mosquitto",
    version: &["-h"],
    settings: "`persistence false`, `set_tcp_nodelay true`, `max_queued_messages 0`, \
               `max_inflight_messages 0`; MQTT 3.1.1",
};

fn start(stage: &Stage) -> Result<(Child, SocketAddr)> {
    let address = free_address()?;
    let file = stage.directory().join("mosquitto.conf");
    std::fs::write(&file, format!("listener {} 127.0.0.1\n{SETTINGS}", address.port()))?;
    let mut child = Child::start(stage, Command::new(PEER.find()?).arg("-c").arg(file))?;
    child.listens(address)?;
    Ok((child, address))
}

/// A packet: its kind, and what is in it.
fn packet(kind: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length = parts.iter().map(|part| part.len()).sum::<usize>();
    assert!(length <= SHORT, "only short packets are needed");
    let mut bytes = vec![kind, u8::try_from(length).unwrap_or_default()];
    bytes.extend(parts.concat());
    bytes
}

/// A text with its length before it.
fn text(text: &str) -> Vec<u8> {
    let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
    [&length.to_be_bytes()[..], text.as_bytes()].concat()
}

/// A client that is known; it need not say that it is alive.
fn client(address: SocketAddr, name: &str) -> Result<Dialog> {
    let mut dialog = Dialog::with(address)?;
    let hello = packet(0x10, &[&text("MQTT"), &[4, 2, 0, 0], &text(name)]);
    dialog.expect(hello, &[0x20, 2, 0, 0])?;
    Ok(dialog)
}

/// Publications with QoS 1. Each is acknowledged by the number that its sender gave it.
struct Acknowledged {
    asked: Vec<u16>,
    answered: Vec<u16>,
}

/// Numbers go from 1 to 65,535, and begin again.
fn next(number: &mut u16) -> u16 {
    *number = number.checked_add(1).unwrap_or(1);
    *number
}

impl Scenario for Acknowledged {
    fn askers(&self) -> usize {
        self.asked.len()
    }

    fn ask(&mut self, connection: usize, out: &mut Vec<u8>) -> bool {
        let number = next(&mut self.asked[connection]).to_be_bytes();
        out.extend(packet(0x32, &[&text(ROOM), &number, COMMAND]));
        true
    }

    fn hear(&mut self, connection: usize, bytes: &[u8], now: u64, tally: &mut Tally) -> usize {
        let packets = bytes.chunks_exact(4);
        let rest = packets.remainder().len();
        for found in packets {
            let number = next(&mut self.answered[connection]).to_be_bytes();
            if *found != [0x40, 2, number[0], number[1]] {
                tally.fatal(|| format!("connection {connection}: {} is no PUBACK", shown(found)));
                break;
            }
            tally.done(connection, now);
        }
        bytes.len() - rest
    }
}

/// Publications with QoS 1 that nobody has subscribed to, in memory.
pub(crate) fn publish(stage: &Stage, load: Load) -> Result<Figure> {
    let (child, address) = start(stage)?;
    let sockets =
        (0..load.connections).map(|number| client(address, &format!("b{number}"))?.done());
    let sockets = sockets.collect::<Result<_>>()?;
    let none = vec![0; load.connections];
    let mut scenario = Acknowledged { asked: none.clone(), answered: none };
    let figure = stage.drive(load, child.pid(), &mut scenario, sockets, 1)?;
    child.stop()?;
    Ok(figure)
}

/// Publications with QoS 0 to subscribers.
pub(crate) fn talk(stage: &Stage, load: Load) -> Result<Figure> {
    let (child, address) = start(stage)?;
    let mut sockets = vec![client(address, "sender")?.done()?];
    for number in 0..load.connections {
        let mut dialog = client(address, &format!("b{number}"))?;
        dialog.expect(packet(0x82, &[&[0, 1], &text(ROOM), &[0]]), &[0x90, 3, 0, 1, 0])?;
        sockets.push(dialog.done()?);
    }
    let mut head = packet(0x30, &[&text(ROOM), &[0; fanout::SIZE]]);
    head.truncate(head.len() - fanout::SIZE);
    let spelling = fanout::Spelling {
        asked: (head.clone(), Vec::new()),
        heard: (head, Vec::new()),
        answer: Vec::new(),
        between: b"",
    };
    let mut scenario = Fanout::new(load.connections, spelling);
    let figure = stage.drive(load, child.pid(), &mut scenario, sockets, load.connections)?;
    child.stop()?;
    Ok(figure)
}

/// Clients with a name that do nothing.
pub(crate) fn idle(stage: &Stage, load: Load) -> Result<Figure> {
    let (child, address) = start(stage)?;
    let figure =
        Idle::of(child.pid()).grows(load, |number| client(address, &format!("b{number}")))?;
    child.stop()?;
    Ok(figure)
}
