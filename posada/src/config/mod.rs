//! Configuration: what the operator decides, checked before any port is opened.
//!
//! Four layers, strongest first: command-line flags, environment variables `POSADA_…`, one TOML
//! file, and the defaults, which are `docs/posada.toml` itself. What comes out is a [`Config`]
//! whose every value is possible. Nothing here opens a port, touches the data directory or takes
//! part in the state: whatever decides an outcome goes through the log.
//!
//! Read next: `keys` (which keys there are), `sources` (how a layer is read), then `checked` (how
//! the merged layers become a [`Config`]).

mod args;
mod checked;
mod error;
mod keys;
mod sources;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use posada_core::{Admission, Budget};
use posada_log::Keep;
use serde::{Deserialize, Serialize};

pub use args::ConfigArgs;
pub use error::ConfigError;
pub use posada_wire::{Language, Profile};
pub use sources::{Gathered, InForce, Origin};

/// The configuration in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The directory of the log, relative to where the server was started.
    pub data: PathBuf,
    /// Resources that the server declares at its start, where the log does not know them.
    pub resources: Vec<String>,
    /// Bytes of history that each room keeps.
    pub history_bytes: u32,
    /// Bytes of history, about, that one answer tells of.
    pub resume_bytes: u32,
    /// What one address may have of all listeners together.
    pub each_address: Budget,
    /// How much the operator is told of what happens.
    pub level: Level,
    /// How long a server that stops waits for its clients to take what they are owed.
    pub drain: Duration,
    /// The log.
    pub log: LogConfig,
    /// Desk, talk, note, native and datagram in this order, also those that are off.
    pub listeners: Vec<Listener>,
    /// Where browsers come in.
    pub http: HttpConfig,
}

/// The log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogConfig {
    /// What keeps it.
    pub engine: Engine,
    /// The size of a segment file, in bytes.
    pub segment_bytes: u64,
    /// What of it stays, though snapshots stand for it.
    pub keep: Keep,
}

/// One way in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    /// Its name in the configuration: `desk`, `talk`, `note`, `native` or `datagram`.
    pub name: &'static str,
    /// Where it listens; nowhere, when it is off. Port 0 is any free port.
    pub addresses: Vec<SocketAddr>,
    /// What is spoken there.
    pub profile: Profile,
    /// The language of its replies.
    pub language: Language,
    /// How bytes become messages.
    pub framing: Framing,
    /// Silence that ends a message, with [`Framing::Auto`].
    pub silence: Duration,
    /// What its clients may do.
    pub admission: Admission,
}

/// Where browsers come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpConfig {
    /// Where it listens; nowhere, when it is off. Port 0 is any free port.
    pub addresses: Vec<SocketAddr>,
    /// Names that a browser may use for it, in lower case, each perhaps with a port.
    pub hosts: Vec<String>,
    /// What its clients may do.
    pub admission: Admission,
}

/// How bytes become messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Framing {
    /// A newline ends a message, and so does silence until a client has sent a newline.
    Auto,
    /// Only a newline ends a message.
    Line,
}

/// How much the operator is told of what happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// What must be mended.
    Error,
    /// What should be looked at, too.
    Warn,
    /// Who comes and goes, too.
    Info,
    /// What went wrong for one client, too.
    Debug,
    /// Everything.
    Trace,
}

/// What keeps the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// Files on a disk.
    Segment,
    /// Memory: gone with the process.
    Memory,
}
