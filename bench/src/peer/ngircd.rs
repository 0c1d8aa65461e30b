//! ngIRCd: `PING`, and `PRIVMSG` to a channel.
//!
//! As its documentation advises where clients are trusted: no penalties, no limits on connections,
//! no look-ups of names.

use std::net::SocketAddr;
use std::process::Command;

use anyhow::{Context, Result};

use super::{Idle, Named};
use crate::child::{Child, free_address};
use crate::dialog::Dialog;
use crate::scenario::fanout::{self, Fanout};
use crate::scenario::fixed::Fixed;
use crate::stage::{Figure, Load, Stage};

const SERVER: &str = "irc.bench.local";
const ROOM: &str = "#room";

pub(super) const PEER: Named = Named {
    name: "ngIRCd",
    program: "ngircd",
    package: "ngircd",
    version: &["--version"],
    settings: "`MaxPenaltyTime = 0`, `MaxConnections = 0`, `MaxConnectionsIP = 0`, `MaxJoins = 0`, \
               `PingTimeout = 3600`, `DNS = no`, `Ident = no`, `PAM = no`",
};

fn start(stage: &Stage) -> Result<(Child, SocketAddr)> {
    let address = free_address()?;
    let port = address.port();
    let settings = format!(
        "[Global]\nName = {SERVER}\nInfo = bench\nListen = 127.0.0.1\nPorts = {port}\n\
         MotdPhrase = bench\n[Limits]\nMaxConnections = 0\nMaxConnectionsIP = 0\nMaxJoins = 0\n\
         MaxPenaltyTime = 0\nPingTimeout = 3600\n[Options]\nDNS = no\nIdent = no\nPAM = no\n"
    );
    let file = stage.directory().join("ngircd.conf");
    std::fs::write(&file, settings)?;
    let mut command = Command::new(PEER.find()?);
    let mut child = Child::start(stage, command.arg("--nodaemon").arg("--config").arg(file))?;
    child.listens(address)?;
    Ok((child, address))
}

/// A registered client. What greets it ends with the message of the day.
fn client(address: SocketAddr, nick: &str) -> Result<Dialog> {
    let mut dialog = Dialog::with(address)?;
    dialog.say(format!("NICK {nick}\r\nUSER bench 0 * :bench\r\n"))?;
    dialog.line_until(|line| line.contains(" 376 "))?;
    Ok(dialog)
}

/// `PING`, in memory.
pub(crate) fn ping(stage: &Stage, load: Load) -> Result<Figure> {
    let (child, address) = start(stage)?;
    let sockets =
        (0..load.connections).map(|number| client(address, &format!("b{number}"))?.done());
    let sockets = sockets.collect::<Result<_>>()?;
    let answer = format!(":{SERVER} PONG {SERVER} :{SERVER}\r\n");
    let request = format!("PING {SERVER}\r\n").into_bytes();
    let mut scenario = Fixed::new(load.connections, vec![request], answer.as_bytes());
    let figure = stage.drive(load, child.pid(), &mut scenario, sockets, 1)?;
    child.stop()?;
    Ok(figure)
}

/// One speaks in a channel.
pub(crate) fn talk(stage: &Stage, load: Load) -> Result<Figure> {
    let (child, address) = start(stage)?;
    let mut dialogs = Vec::new();
    for number in 0..=load.connections {
        let mut dialog = client(address, &format!("b{number}"))?;
        dialog.say(format!("JOIN {ROOM}\r\n"))?;
        dialog.line_until(|line| line.contains(" 366 "))?;
        dialogs.push(dialog);
    }
    let mut dialogs = dialogs.into_iter();
    // Behind this, nobody hears any more who joins, and how a message begins is known.
    let mut sender = dialogs.next().context("somebody speaks")?;
    sender.say(format!("PRIVMSG {ROOM} :first\r\nPING {SERVER}\r\n"))?;
    sender.line_until(|line| line.contains(" PONG "))?;
    let (mut sockets, mut head) = (vec![sender.done()?], String::new());
    for mut dialog in dialogs {
        head = dialog.line_until(|line| line.ends_with(":first\r\n"))?;
        sockets.push(dialog.done()?);
    }
    head.truncate(head.len() - "first\r\n".len());
    let spelling = fanout::Spelling {
        asked: (format!("PRIVMSG {ROOM} :").into_bytes(), b"\r\n".to_vec()),
        heard: (head.into_bytes(), b"\r\n".to_vec()),
        answer: Vec::new(),
        between: b"",
    };
    let mut scenario = Fanout::new(load.connections, spelling);
    let figure = stage.drive(load, child.pid(), &mut scenario, sockets, load.connections)?;
    child.stop()?;
    Ok(figure)
}

/// Registered clients that do nothing.
pub(crate) fn idle(stage: &Stage, load: Load) -> Result<Figure> {
    let (child, address) = start(stage)?;
    let figure =
        Idle::of(child.pid()).grows(load, |number| client(address, &format!("b{number}")))?;
    child.stop()?;
    Ok(figure)
}
