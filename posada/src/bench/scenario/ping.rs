//! Requests that change nothing: what the way there and back costs, and how much the generator can.

use anyhow::Result;

use super::super::args::Plan;
use super::super::driver::Scenario;
use super::super::socket::{Introduction, Socket};
use super::super::spawn::Server;
use super::super::tally::Tally;
use super::{lines, shown};

/// The scenario.
pub(super) struct Ping {
    connections: usize,
}

impl Ping {
    pub(super) fn open(plan: &Plan, server: &Server) -> Result<(Self, Vec<Socket>)> {
        let connections = plan.connections;
        let sockets = (0..connections).map(|_| Introduction::to(server.address)?.done());
        Ok((Self { connections }, sockets.collect::<Result<_>>()?))
    }
}

impl Scenario for Ping {
    fn askers(&self) -> usize {
        self.connections
    }

    fn ask(&mut self, _connection: usize, out: &mut Vec<u8>) -> bool {
        out.extend_from_slice(b"ping\n");
        true
    }

    fn hear(&mut self, connection: usize, bytes: &[u8], now: u64, tally: &mut Tally) -> usize {
        lines(bytes, |line| {
            if line == b"OK pong" {
                tally.done(connection, now);
            } else if line.starts_with(b"ERR busy ") {
                tally.refused("busy");
                tally.busy(connection, now);
            } else {
                tally.fatal(|| format!("connection {connection}: {:?} answers ping", shown(line)));
            }
        })
    }
}
