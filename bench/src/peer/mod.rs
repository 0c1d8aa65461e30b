//! The servers that are compared: how each is found, started, set and asked. One file for each.

pub(crate) mod bare;
pub(crate) mod etcd;
pub(crate) mod mosquitto;
pub(crate) mod nats;
pub(crate) mod ngircd;
pub(crate) mod posada;
pub(crate) mod postgres;
pub(crate) mod redis;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::dialog::Dialog;
use crate::stage::{Figure, Load, need_connections};

/// Sessions before memory is counted: what a server has for any is not the price of each.
const BEFORE: usize = 100;
/// How long memory must stand still.
const STILL: Duration = Duration::from_millis(200);
const LOOKS: usize = 20;
/// Where Debian keeps programs that are not on everybody's path.
const PLACES: [&str; 2] = ["/usr/sbin", "/usr/local/sbin"];
const POSTGRES: &str = "/usr/lib/postgresql";

/// Somebody who is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    Posada,
    Redis,
    Nats,
    Ngircd,
    Mosquitto,
    Postgres,
    Etcd,
    Bare,
}

/// All of them, posada first.
pub(crate) const PEERS: [Peer; 8] = [
    Peer::Posada,
    Peer::Redis,
    Peer::Nats,
    Peer::Ngircd,
    Peer::Mosquitto,
    Peer::Postgres,
    Peer::Etcd,
    Peer::Bare,
];

/// What is known of a server before it is started.
#[derive(Clone, Copy)]
pub(crate) struct Named {
    pub(crate) name: &'static str,
    program: &'static str,
    /// What to install.
    package: &'static str,
    /// What makes it say its version.
    version: &'static [&'static str],
    pub(crate) settings: &'static str,
}

impl Peer {
    pub(crate) fn named(self) -> Named {
        match self {
            Self::Posada => posada::PEER,
            Self::Redis => redis::PEER,
            Self::Nats => nats::PEER,
            Self::Ngircd => ngircd::PEER,
            Self::Mosquitto => mosquitto::PEER,
            Self::Postgres => postgres::PEER,
            Self::Etcd => etcd::PEER,
            Self::Bare => bare::PEER,
        }
    }

    /// What it is called on the command line.
    pub(crate) fn word(self) -> String {
        self.named().name.to_lowercase()
    }

    /// The first line of what it says of itself; an error where it is not there.
    pub(crate) fn version(self, posada: &Path) -> Result<String> {
        let named = self.named();
        let program = match self {
            Self::Bare => return Ok("this program".to_owned()),
            Self::Posada => posada.to_owned(),
            _ => named.find()?,
        };
        let output = Command::new(program).args(named.version).stdin(Stdio::null()).output()?;
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        Ok(said.lines().next().context("it says no version")?.to_owned())
    }
}

impl Named {
    /// Where its program is.
    pub(crate) fn find(&self) -> Result<PathBuf> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let places = std::env::split_paths(&path).chain(PLACES.map(PathBuf::from));
        // The newest PostgreSQL of those that are there.
        let mut versions: Vec<_> = std::fs::read_dir(POSTGRES)
            .map(|found| found.flatten().map(|version| version.path().join("bin")).collect())
            .unwrap_or_default();
        versions.sort();
        let mut places = versions.into_iter().rev().chain(places);
        let found = places.find(|place| place.join(self.program).is_file());
        let found = found.with_context(|| format!("not installed: {}", self.package))?;
        Ok(found.join(self.program))
    }
}

/// Runs a program to its end.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let output = command.stdin(Stdio::null()).output();
    let output = output.with_context(|| format!("cannot start {command:?}"))?;
    let complaints = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?}: {}: {complaints}", output.status);
    Ok(())
}

/// The memory of a server, by what its idle sessions add to it.
pub(crate) struct Idle {
    pid: u32,
}

impl Idle {
    pub(crate) fn of(pid: u32) -> Self {
        Self { pid }
    }

    /// Memory that nobody else shares with it.
    fn private(&self) -> Result<u64> {
        let rollup = std::fs::read_to_string(format!("/proc/{}/smaps_rollup", self.pid))?;
        let lines = rollup.lines().filter(|line| line.starts_with("Private_"));
        let sizes = lines.filter_map(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
        Ok(sizes.sum::<u64>() << 10)
    }

    /// The same, when it has stood still.
    pub(crate) fn settled(&self) -> Result<u64> {
        let mut before = self.private()?;
        for _ in 0..LOOKS {
            std::thread::sleep(STILL);
            let now = self.private()?;
            if now == before {
                break;
            }
            before = now;
        }
        Ok(before)
    }

    /// Opens sessions, all of which stay, and says what each has cost.
    #[expect(clippy::cast_precision_loss, reason = "kibibytes with one digit")]
    pub(crate) fn grows(
        &self,
        load: Load,
        mut open: impl FnMut(usize) -> Result<Dialog>,
    ) -> Result<Figure> {
        need_connections(BEFORE + load.connections)?;
        let mut sessions = Vec::new();
        for number in 0..BEFORE {
            sessions.push(open(number)?);
        }
        let before = self.settled()?;
        for number in BEFORE..BEFORE + load.connections {
            sessions.push(open(number)?);
        }
        let grown = self.settled()?.saturating_sub(before);
        Ok(Figure { bytes: Some(grown as f64 / load.connections as f64), ..Figure::default() })
    }
}
