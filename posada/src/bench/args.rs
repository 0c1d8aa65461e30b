//! What `posada bench` is told, and the plan that comes of it: every number bounded.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, ensure};
use clap::{ArgAction, Args, ValueEnum, value_parser};
use serde::Serialize;

/// What the load is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    /// Durable commands: reserve and cancel, at random, in native text (50 connections, depth 16)
    Reserve,
    /// The same as JSON lines
    Json,
    /// The same in native text at a fixed rate (1,000/s)
    Paced,
    /// The same in the desk profile: RESERVAR and CANCELAR
    Desk,
    /// Nothing is done, only answered: what a round trip costs (50 connections, depth 16)
    Ping,
    /// One sender, and a room whose members all hear it (100 members, depth 256)
    Talk,
    /// Datagrams, each answered once (50 sockets, depth 1)
    Udp,
}

impl Kind {
    /// It reserves and cancels.
    pub(super) fn reserves(self) -> bool {
        matches!(self, Self::Reserve | Self::Json | Self::Paced | Self::Desk)
    }
}

/// What keeps the log of a server of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(super) enum Engine {
    /// Files in a directory: every answer to a change is on disk
    Segment,
    /// Memory, which ends with the server
    Memory,
}

/// What `bench` is told on the command line.
#[derive(Args, Debug)]
pub struct BenchArgs {
    /// What the load is made of
    #[arg(value_enum, value_name = "SCENARIO")]
    kind: Kind,
    /// A running server's listener for it; without one, a server of its own is started and stopped
    #[arg(value_name = "HOST:PORT")]
    address: Option<String>,
    /// Connections that ask; members that hear, in talk; at most 19000
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..=19_000))]
    connections: Option<u16>,
    /// Requests of one connection that wait for their answers, at most, up to 60000; at a fixed
    /// rate, what is due beyond that waits, and its wait is counted [default: 128 with a rate]
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..=60_000))]
    depth: Option<u16>,
    /// Requests a second of all together, at fixed times whatever the answers do (open loop);
    /// without it, an answer makes room for the next request (closed loop)
    #[arg(long, value_name = "PER_SECOND", value_parser = value_parser!(u32).range(1..=10_000_000))]
    rate: Option<u32>,
    /// How long to measure, in seconds: 0.1 to 3600
    #[arg(long, value_name = "S", default_value_t = 5.0)]
    seconds: f64,
    /// How long to run before it is measured, in seconds: 0 to 60
    #[arg(long, value_name = "S", default_value_t = 1.0)]
    warm_up: f64,
    /// Resources to reserve, at most 1000000; of a running server, the first so many that are free
    #[arg(long, value_name = "N", default_value_t = 10_000,
          value_parser = value_parser!(u32).range(1..=1_000_000))]
    resources: u32,
    /// Bytes of each message, in talk and udp: 24 to 1000
    #[arg(long, value_name = "BYTES", default_value_t = 64,
          value_parser = value_parser!(u16).range(24..=1_000))]
    size: u16,
    /// What the choices of resources and verbs begin with
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Print one JSON object instead of a table
    #[arg(long, action = ArgAction::SetTrue)]
    json: bool,
    /// Start a server of its own, which is the default without HOST:PORT
    #[arg(long, conflicts_with_all = ["address", "server_pid"])]
    spawn: bool,
    /// What keeps the log of the server of its own
    #[arg(long, value_enum, value_name = "ENGINE", default_value_t = Engine::Segment,
          conflicts_with = "address")]
    log: Engine,
    /// Where the server of its own keeps its log, which stays; without it, in a directory for
    /// temporary files, which goes
    #[arg(long, value_name = "DIR", conflicts_with = "address")]
    data: Option<PathBuf>,
    /// The cores on which the server of its own and the generator run, such as 0,1
    #[arg(
        long,
        value_name = "SERVER,CLIENT",
        value_delimiter = ',',
        num_args = 1,
        conflicts_with = "address"
    )]
    pin: Vec<usize>,
    /// The process of the running server, to show its share of a core
    #[arg(long, value_name = "PID", requires = "address",
          value_parser = value_parser!(i32).range(1..))]
    server_pid: Option<i32>,
}

/// Where the server is.
#[derive(Clone, Debug)]
pub(super) enum Target {
    /// It runs; others may use it too.
    Running(SocketAddr, Option<u32>),
    /// It is started for this.
    Own { engine: Engine, data: Option<PathBuf>, pin: Option<(usize, usize)> },
}

/// What will be done.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) kind: Kind,
    pub(super) target: Target,
    pub(super) connections: usize,
    pub(super) depth: usize,
    pub(super) rate: Option<u32>,
    pub(super) seconds: Duration,
    pub(super) warm_up: Duration,
    pub(super) resources: usize,
    pub(super) size: usize,
    pub(super) seed: u64,
    pub(super) json: bool,
}

impl BenchArgs {
    /// Fills in what was not said, by scenario.
    pub(super) fn plan(&self) -> Result<Plan> {
        ensure!((0.1..=3600.0).contains(&self.seconds), "--seconds: 0.1 to 3600");
        ensure!((0.0..=60.0).contains(&self.warm_up), "--warm-up: 0 to 60 seconds");
        ensure!(self.pin.is_empty() || self.pin.len() == 2, "--pin: two cores, such as 0,1");
        let rate = self.rate.or((self.kind == Kind::Paced).then_some(1_000));
        let (connections, depth) = match (self.kind, rate) {
            (Kind::Talk, None) => (100, 256),
            (Kind::Talk, Some(_)) => (100, 128),
            (_, Some(_)) => (50, 128),
            (Kind::Udp, None) => (50, 1),
            _ => (50, 16),
        };
        Ok(Plan {
            kind: self.kind,
            target: self.target()?,
            connections: self.connections.map_or(connections, usize::from),
            depth: self.depth.map_or(depth, usize::from),
            rate,
            seconds: Duration::from_secs_f64(self.seconds),
            warm_up: Duration::from_secs_f64(self.warm_up),
            resources: usize::try_from(self.resources)?,
            size: usize::from(self.size),
            seed: self.seed,
            json: self.json,
        })
    }

    fn target(&self) -> Result<Target> {
        if let Some(address) = &self.address {
            let pid = self.server_pid.map(i32::cast_unsigned);
            return Ok(Target::Running(super::spawn::resolve(address)?, pid));
        }
        let pin = self.pin.first().copied().zip(self.pin.get(1).copied());
        Ok(Target::Own { engine: self.log, data: self.data.clone(), pin })
    }
}
