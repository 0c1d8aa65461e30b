//! Datagrams: each is answered once. They have no numbers, so what is verified is that there are
//! never more answers than datagrams; what a second did not bring is counted as lost, which a
//! network may do.

use std::time::Duration;

use anyhow::{Result, ensure};

use super::super::args::Plan;
use super::super::driver::Scenario;
use super::super::socket::Socket;
use super::super::spawn::Server;
use super::super::tally::Tally;
use super::{name, shown};

/// After this an answer does not come any more.
const PATIENCE: Duration = Duration::from_secs(1);
/// What the listener says to a datagram that is in the log.
const RECEIVED: &[u8] = "Mensagem recebida.".as_bytes();

/// The scenario.
pub(super) struct Udp {
    connections: usize,
    text: Vec<u8>,
}

impl Udp {
    pub(super) fn open(plan: &Plan, server: &Server) -> Result<(Self, Vec<Socket>)> {
        let mut sockets = Vec::new();
        for number in 0..plan.connections {
            let (socket, answer) = Socket::datagrams(server.address, &name(number))?;
            ensure!(answer.starts_with("Cliente registrado"), "a code was answered: {answer}");
            sockets.push(socket);
        }
        let text = b"0123456789abcdef".iter().copied().cycle().take(plan.size).collect();
        Ok((Self { connections: plan.connections, text }, sockets))
    }
}

impl Scenario for Udp {
    fn askers(&self) -> usize {
        self.connections
    }

    fn ask(&mut self, _connection: usize, out: &mut Vec<u8>) -> bool {
        out.extend_from_slice(&self.text);
        true
    }

    fn hear(&mut self, connection: usize, bytes: &[u8], now: u64, tally: &mut Tally) -> usize {
        if bytes == RECEIVED {
            tally.changes += 1;
        } else {
            tally.refused(&shown(bytes));
        }
        tally.done(connection, now);
        bytes.len()
    }

    fn patience(&self) -> Option<Duration> {
        Some(PATIENCE)
    }
}
