//! What can be asked: each scenario sets up its sessions, asks, and knows what the answers must be.

mod answer;
mod clerk;
mod ping;
mod reserve;
mod talk;
mod udp;

use anyhow::Result;

use super::args::{Kind, Plan};
use super::driver::Scenario;
use super::socket::Socket;
use super::spawn::Server;

/// What is counted a second.
pub(super) fn unit(kind: Kind) -> &'static str {
    match kind {
        kind if kind.reserves() => "commands",
        Kind::Ping => "replies",
        Kind::Talk => "deliveries",
        _ => "answers",
    }
}

/// Sets a scenario up: its sessions are there, and nothing is under way.
pub(super) fn open(plan: &Plan, server: &Server) -> Result<(Box<dyn Scenario>, Vec<Socket>)> {
    Ok(match plan.kind {
        Kind::Ping => {
            let (scenario, sockets) = ping::Ping::open(plan, server)?;
            (Box::new(scenario), sockets)
        }
        Kind::Talk => {
            let (scenario, sockets) = talk::Talk::open(plan, server)?;
            (Box::new(scenario), sockets)
        }
        Kind::Udp => {
            let (scenario, sockets) = udp::Udp::open(plan, server)?;
            (Box::new(scenario), sockets)
        }
        _ => {
            let (scenario, sockets) = reserve::Reserve::open(plan, server)?;
            (Box::new(scenario), sockets)
        }
    })
}

/// What a session of this run is called: no other run has the same names.
fn name(number: usize) -> String {
    format!("bench-{}-{number}", std::process::id())
}

/// Calls `each` with every whole line, without its end, and returns how many bytes those were.
fn lines(bytes: &[u8], mut each: impl FnMut(&[u8])) -> usize {
    let mut used = 0;
    while let Some(end) = memchr::memchr(b'\n', &bytes[used..]) {
        each(&bytes[used..used + end]);
        used += end + 1;
    }
    used
}

/// Bytes for people.
fn shown(bytes: &[u8]) -> String {
    const SHOWN: usize = 120;
    String::from_utf8_lossy(&bytes[..bytes.len().min(SHOWN)]).into_owned()
}
