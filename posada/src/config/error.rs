//! What can be wrong with a configuration, said so that it can be put right at once.
//!
//! Every message names the key, the value, where it came from and what is allowed. Read next:
//! `sources`, which finds most of these, and `checked`, which finds the rest.

use std::net::SocketAddr;
use std::path::PathBuf;

use thiserror::Error;

use super::Origin;

/// Why a configuration cannot be used.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file given with `--config` cannot be read.
    #[error("cannot read the configuration file {}; check --config", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file given with `--config` is not TOML.
    #[error("the configuration file {} is not TOML", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Where, and what the reader says.
        source: Box<toml::de::Error>,
    },
    /// There is no such key.
    #[error(
        "there is no key {key} (from {origin}); did you mean {nearest}? \
         `posada config` prints every key"
    )]
    UnknownKey {
        /// As it was written.
        key: String,
        /// Where it was written.
        origin: Origin,
        /// The most similar key.
        nearest: String,
    },
    /// There is no such environment variable.
    #[error(
        "posada reads no environment variable {name}; did you mean {nearest}? If not, unset it"
    )]
    UnknownVariable {
        /// As it is set.
        name: String,
        /// The most similar variable.
        nearest: String,
    },
    /// An environment variable is not Unicode.
    #[error("the environment variable {name} is not valid UTF-8; set it again or unset it")]
    NotUnicode {
        /// The variable.
        name: String,
    },
    /// A `--set` is not `KEY=VALUE`.
    #[error("--set {given} is not KEY=VALUE; write for example --set log.engine=memory")]
    NotAPair {
        /// As it was given.
        given: String,
    },
    /// A key cannot have this value.
    #[error("{key} = {value} (from {origin}) is not possible; allowed: {allowed}")]
    Value {
        /// The key.
        key: String,
        /// As it was written.
        value: String,
        /// Where it was written.
        origin: Origin,
        /// What it may be instead.
        allowed: &'static str,
    },
    /// The native profile cannot guess where a message ends.
    #[error(
        "{key} = \"auto\" (from {origin}) is not possible with the native profile, which guesses \
         nothing; allowed: \"line\""
    )]
    NativeFraming {
        /// The key.
        key: String,
        /// Where it was written.
        origin: Origin,
    },
    /// Datagrams and streams are confused.
    #[error(
        "{key} (from {origin}) is not possible: the datagram listener, and no other, has the \
         profile \"datagram\""
    )]
    DatagramProfile {
        /// The key.
        key: String,
        /// Where it was written.
        origin: Origin,
    },
    /// An address is given twice.
    #[error(
        "{address} stands twice, in {first} and in {second} (from {origin}); give one of them \
         another port, or \"off\""
    )]
    SameAddress {
        /// The address.
        address: SocketAddr,
        /// The key that has it first.
        first: String,
        /// The key that has it again.
        second: String,
        /// Where the second was written.
        origin: Origin,
    },
}
