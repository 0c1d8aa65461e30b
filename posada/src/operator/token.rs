//! The operator's token: 256 random bits in a file that only the server's user can read.
//!
//! It is drawn anew at every start and gone when the server closes, so that a token which was once
//! seen, or a backup of the directory, is worth nothing tomorrow. Beside it stands where the
//! server can be reached. docs/operations.md says how the file looks.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use posada_core::Digest;
use posada_wire::secret;
use rustix::fs::OFlags;
use rustix::process::geteuid;
use thiserror::Error;
use tracing::warn;

/// The file in the data directory, and what it is called until it is whole.
const NAME: &str = "operator";
const UNREADY: &str = "operator.new";
/// Bytes that such a file has at most.
const LONGEST: u64 = 4_096;
/// What it begins with.
const HEAD: &str =
    "# Who can read this is the operator of this server. Written anew at each start.\n";

/// The token's file, as the server that wrote it holds it: it goes when this is dropped.
#[derive(Debug)]
pub struct TokenFile {
    path: PathBuf,
    /// Which file it is, to take away no other server's.
    file: (u64, u64),
}

/// What a file says.
pub struct Right {
    /// The token. Nothing prints it.
    pub(super) token: String,
    /// Where to show it.
    pub(super) listener: SocketAddr,
}

/// Why there is no right to be had.
#[derive(Debug, Error)]
pub enum RightError {
    /// No file.
    #[error(
        "no server uses {}: start one (posada serve), or say where its data are (--data DIR); a \
         server with its log in memory has its operator at the console only",
        data.display()
    )]
    NoServer {
        /// The data directory.
        data: PathBuf,
    },
    /// A file of somebody else.
    #[error(
        "{} cannot be read: the operator is whoever runs the server; do this as that user \
         ({source})",
        path.display()
    )]
    Forbidden {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file that is no such file.
    #[error(
        "{} is not what a server wrote: restart the server, which writes it anew",
        path.display()
    )]
    Malformed {
        /// The file.
        path: PathBuf,
    },
    /// A server that cannot be reached.
    #[error(
        "this server has no listener for it: give listeners.native an address, and restart the \
         server"
    )]
    NoListener,
}

impl TokenFile {
    /// Draws a token and writes it down, with the address at which it can be shown.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(data: &Path, listener: Option<SocketAddr>) -> io::Result<(Self, Digest)> {
        let path = data.join(NAME);
        look_at(&path);
        let mut bits = [0; 32];
        getrandom::fill(&mut bits).map_err(io::Error::other)?;
        let token = bits.iter().fold(String::new(), |mut token, byte| {
            write!(token, "{byte:02x}").expect("a string takes any text");
            token
        });
        let digest = secret::token(&token).expect("64 hexadecimal digits");
        let listener = listener.map(|at| format!("listener {}\n", reachable(at)));
        let text = format!("{HEAD}token {token}\n{}", listener.unwrap_or_default());
        let unready = data.join(UNREADY);
        match fs::remove_file(&unready) {
            Err(why) if why.kind() != io::ErrorKind::NotFound => return Err(why),
            _ => {}
        }
        // A new file, so that no link and no other's descriptor leads to it.
        let mut file =
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unready)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&unready, &path)?;
        let found = file.metadata()?;
        Ok((Self { path, file: (found.dev(), found.ino()) }, digest))
    }
}

impl Drop for TokenFile {
    fn drop(&mut self) {
        let found = fs::symlink_metadata(&self.path);
        if found.is_ok_and(|found| (found.dev(), found.ino()) == self.file) {
            fs::remove_file(&self.path).ok();
        }
    }
}

/// Says if what was there could be read by others, or was put there by them. It is replaced in
/// any case.
fn look_at(path: &Path) {
    let Ok(found) = fs::symlink_metadata(path) else { return };
    let ours = found.is_file() && found.uid() == geteuid().as_raw();
    if !ours || found.mode() & 0o077 != 0 {
        warn!(
            "{} was not for this user alone: the old token is worth nothing, a new one is there",
            path.display()
        );
    }
}

/// The address by which this machine reaches a listener.
fn reachable(listener: SocketAddr) -> SocketAddr {
    let ip = match listener.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listener.port())
}

impl Right {
    /// Reads what the server in `data` wrote.
    ///
    /// # Errors
    /// When there is none, or it may not be read.
    pub fn read(data: &Path) -> Result<Self, RightError> {
        let path = data.join(NAME);
        let forbidden = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => RightError::NoServer { data: data.to_owned() },
            _ => RightError::Forbidden { path: path.clone(), source },
        };
        let mut options = OpenOptions::new();
        let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
        let file = options.read(true).custom_flags(flags).open(&path).map_err(forbidden)?;
        let malformed = || RightError::Malformed { path: path.clone() };
        let mut text = String::new();
        if !file.metadata().map_err(forbidden)?.is_file() {
            return Err(malformed());
        }
        file.take(LONGEST).read_to_string(&mut text).map_err(|_| malformed())?;
        let word = |key: &str| {
            let mut lines = text.lines();
            lines.find_map(|line| line.strip_prefix(key)?.strip_prefix(' ').map(str::trim))
        };
        let token = word("token").filter(|token| secret::token(token).is_ok());
        let token = token.ok_or_else(malformed)?.to_owned();
        let listener = word("listener").ok_or(RightError::NoListener)?;
        Ok(Self { token, listener: listener.parse().map_err(|_| malformed())? })
    }
}

#[cfg(test)]
mod tests {
    use std::fs::DirBuilder;
    use std::os::unix::fs::symlink;

    use super::*;

    const LISTENER: Option<SocketAddr> =
        Some(SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 7672));

    #[test]
    fn what_is_written_can_be_read_by_its_owner_alone_and_goes() {
        let data = tempfile::tempdir().expect("a directory");
        let (file, digest) = TokenFile::write(data.path(), LISTENER).expect("it is written");
        let mode = fs::metadata(data.path().join(NAME)).expect("it is there").mode();
        assert_eq!(mode & 0o7777, 0o600);
        let right = Right::read(data.path()).expect("it can be read");
        assert_eq!(secret::token(&right.token), Ok(digest));
        assert_eq!(right.listener, ([127, 0, 0, 1], 7672).into());
        let (again, other) = TokenFile::write(data.path(), None).expect("it is written again");
        assert_ne!(digest, other, "each start has a token of its own");
        assert!(matches!(Right::read(data.path()), Err(RightError::NoListener)));
        drop(file);
        assert!(data.path().join(NAME).exists(), "another's file stays");
        drop(again);
        assert!(matches!(Right::read(data.path()), Err(RightError::NoServer { .. })));
    }

    #[test]
    fn a_link_is_neither_followed_nor_written_through() {
        let data = tempfile::tempdir().expect("a directory");
        let other = data.path().join("other");
        fs::write(&other, "precious").expect("a file");
        for name in [NAME, UNREADY] {
            symlink(&other, data.path().join(name)).expect("a link");
        }
        assert!(matches!(Right::read(data.path()), Err(RightError::Forbidden { .. })));
        let (_file, _) = TokenFile::write(data.path(), LISTENER).expect("it is replaced");
        assert_eq!(fs::read_to_string(&other).expect("it is there"), "precious");
        assert!(Right::read(data.path()).is_ok());
    }

    #[test]
    fn what_is_no_token_is_none() {
        let data = tempfile::tempdir().expect("a directory");
        let path = data.path().join(NAME);
        for text in ["", "token abc\nlistener 127.0.0.1:1\n", "token\n", "\0\u{feff}"] {
            fs::write(&path, text).expect("a file");
            assert!(
                matches!(Right::read(data.path()), Err(RightError::Malformed { .. })),
                "{text}"
            );
        }
        fs::remove_file(&path).expect("it was there");
        DirBuilder::new().create(&path).expect("a directory");
        assert!(matches!(Right::read(data.path()), Err(RightError::Malformed { .. })));
        assert!(TokenFile::write(data.path(), None).is_err(), "a directory is in the way");
    }
}
