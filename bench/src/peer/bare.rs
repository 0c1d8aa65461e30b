//! What the machine can at most: programs that know no protocol and keep no state, driven by the
//! same generator. The server is this program, in a process of its own; see [`crate::bare`].

use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use posada::bench::Socket;

use super::Named;
use crate::bare::{ANSWER, COMMAND, Mode};
use crate::child::Child;
use crate::dialog::Dialog;
use crate::scenario::fanout::{self, Fanout};
use crate::scenario::fixed::Fixed;
use crate::stage::{Figure, Load, Stage};

/// After this a datagram's answer does not come any more.
const PATIENCE: Duration = Duration::from_secs(1);

pub(super) const PEER: Named = Named {
    name: "bare",
    program: "",
    package: "",
    version: &[],
    settings: "an echo of 32 bytes; durable: one write into a file written before and one \
               `fdatasync` for all that a turn of the loop has read; a hub, and an echo of \
               datagrams",
};

fn start(stage: &Stage, mode: Mode) -> Result<(Child, SocketAddr)> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["--bare", mode.name(), "--data"]).arg(stage.directory());
    let mut child = Child::start(stage, &mut command)?;
    let said = child.waits(|child| Some(child.said()).filter(|said| said.ends_with('\n')))?;
    let address = said.trim().parse().with_context(|| format!("no address: {said}"))?;
    Ok((child, address))
}

fn echoes(stage: &Stage, load: Load, mode: Mode) -> Result<Figure> {
    let (child, address) = start(stage, mode)?;
    let sockets = (0..load.connections).map(|_| Dialog::with(address)?.done());
    let sockets = sockets.collect::<Result<_>>()?;
    let mut scenario = Fixed::new(load.connections, vec![COMMAND.to_vec()], COMMAND);
    let figure = stage.drive(load, child.pid(), &mut scenario, sockets, 1)?;
    child.stop()?;
    Ok(figure)
}

/// What is said comes back.
pub(crate) fn echo(stage: &Stage, load: Load) -> Result<Figure> {
    echoes(stage, load, Mode::Echo)
}

/// It comes back when it is on disk.
pub(crate) fn durable(stage: &Stage, load: Load) -> Result<Figure> {
    echoes(stage, load, Mode::Durable)
}

/// Datagrams are answered.
pub(crate) fn datagrams(stage: &Stage, load: Load) -> Result<Figure> {
    let (child, address) = start(stage, Mode::Datagrams)?;
    let sockets = (0..load.connections).map(|_| Ok(Socket::datagrams(address, "hello")?.0));
    let sockets = sockets.collect::<Result<_>>()?;
    let text = vec![vec![b'x'; fanout::SIZE]];
    let mut scenario = Fixed::new(load.connections, text, ANSWER).patience(PATIENCE);
    let figure = stage.drive(load, child.pid(), &mut scenario, sockets, 1)?;
    child.stop()?;
    Ok(figure)
}

/// What one says, all others hear.
pub(crate) fn talk(stage: &Stage, load: Load) -> Result<Figure> {
    let (child, address) = start(stage, Mode::Hub)?;
    let sockets = (0..=load.connections).map(|_| {
        // Who is answered is known to the hub.
        let mut dialog = Dialog::with(address)?;
        dialog.expect("?", b"!")?;
        dialog.done()
    });
    let sockets = sockets.collect::<Result<_>>()?;
    let spelling = fanout::Spelling {
        asked: (Vec::new(), b"\n".to_vec()),
        heard: (Vec::new(), b"\n".to_vec()),
        answer: Vec::new(),
        between: b"",
    };
    let mut scenario = Fanout::new(load.connections, spelling);
    let figure = stage.drive(load, child.pid(), &mut scenario, sockets, load.connections)?;
    child.stop()?;
    Ok(figure)
}
