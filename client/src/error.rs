//! What can go wrong, in words that say what to do next, and the exit codes.

use std::io;

use crate::target::TargetError;

/// Why `connect` did not do what it is for.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// What was asked cannot be meant.
    #[error("{0}")]
    Usage(String),
    /// Something is no address.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// Nobody could be reached. Nothing was sent.
    #[error("cannot connect to {place}: {why}\n  {advice}")]
    Unreachable {
        /// Transport, host and port.
        place: String,
        /// What the system says, of each address that was tried.
        why: String,
        /// What to try.
        advice: &'static str,
    },
    /// The server does not give this name, and says why. Nothing else was sent.
    #[error(
        "{place} did not give you the name, so nothing else was sent: take another, or add its \
         secret (--name 'NAME secret:SECRET')"
    )]
    NameRefused {
        /// Transport, host and port.
        place: String,
    },
    /// The connection ended while something was owed.
    #[error("the connection to {place} was lost: {why}")]
    Lost {
        /// Transport, host and port.
        place: String,
        /// What is missing.
        why: String,
    },
    /// The terminal cannot be used.
    #[error("cannot use this terminal: {0}")]
    Terminal(#[source] io::Error),
}

impl ConnectError {
    /// 1: cannot connect, 2: wrongly asked, or a name that is not given, 3: lost before everything
    /// was answered.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Unreachable { .. } | Self::Terminal(_) => 1,
            Self::Usage(_) | Self::Target(_) | Self::NameRefused { .. } => 2,
            Self::Lost { .. } => 3,
        }
    }

    pub(crate) fn unreachable(place: &str, why: &[(String, io::Error)]) -> Self {
        let kind = why.last().map(|(_, error)| error.kind());
        let why = why.iter().map(|(at, error)| match at.as_str() {
            "" => error.to_string(),
            at => format!("{at}: {error}"),
        });
        let why: Vec<_> = why.collect();
        Self::Unreachable { place: place.to_owned(), why: why.join("; "), advice: advice(kind) }
    }
}

fn advice(kind: Option<io::ErrorKind>) -> &'static str {
    match kind {
        Some(io::ErrorKind::ConnectionRefused) => {
            "nobody listens there: check the port, or start a server (posada serve)"
        }
        Some(io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock) => {
            "no answer: check the address, and whether a firewall is between"
        }
        Some(io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable) => {
            "there is no way to that address from here: check it, and your network"
        }
        _ => "check the spelling of the host: a name, an IPv4 address, or an IPv6 one",
    }
}
