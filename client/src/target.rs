//! Where to connect: `[tcp://|udp://]HOST[:PORT]`, as people write it.

use std::fmt;
use std::str::FromStr;

use crate::Profile;

/// How bytes travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// A stream of lines.
    Tcp,
    /// One datagram a line.
    Udp,
}

/// One address as it was written; the port may be missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Tcp, unless `udp://` stands before it.
    pub transport: Transport,
    /// A name or an IP address, without brackets.
    pub host: String,
    /// `None`: the profile decides.
    pub port: Option<u16>,
}

/// Why something is no address.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// There is no host in it.
    #[error("there is no host in {0:?}; write [tcp://|udp://]HOST[:PORT], such as localhost:7672")]
    NoHost(String),
    /// The port is no port.
    #[error("{0:?} is no port; a port is a number from 1 to 65535")]
    BadPort(String),
    /// Neither `tcp://` nor `udp://`.
    #[error("{0}:// is not spoken here; use tcp:// (the default) or udp://")]
    BadScheme(String),
}

impl Target {
    /// Its port, or the one that a profile usually has.
    pub fn port(&self, profile: Option<Profile>) -> u16 {
        let usual = match (self.transport, profile) {
            (Transport::Udp, _) => 10_125,
            (Transport::Tcp, Some(profile)) => profile.usual_port(),
            (Transport::Tcp, None) => Profile::Native.usual_port(),
        };
        self.port.unwrap_or(usual)
    }
}

/// Reads a port, as somebody types it.
///
/// # Errors
/// For anything but a number from 1 to 65535.
pub(crate) fn port(text: &str) -> Result<u16, TargetError> {
    let port = text.parse().ok().filter(|port| *port != 0);
    port.ok_or_else(|| TargetError::BadPort(text.to_owned()))
}

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        let whole = text.trim();
        let (transport, place) = match whole.split_once("://") {
            None => (Transport::Tcp, whole),
            Some((scheme, place)) if scheme.eq_ignore_ascii_case("tcp") => (Transport::Tcp, place),
            Some((scheme, place)) if scheme.eq_ignore_ascii_case("udp") => (Transport::Udp, place),
            Some((scheme, _)) => return Err(TargetError::BadScheme(scheme.to_owned())),
        };
        let (host, port_text) = split_port(place);
        if host.is_empty() || host.contains(char::is_whitespace) || host.contains('/') {
            return Err(TargetError::NoHost(text.to_owned()));
        }
        let port = port_text.map(port).transpose()?;
        Ok(Self { transport, host: host.to_owned(), port })
    }
}

/// Splits `host:port`, `[::1]:port`, and leaves `::1` whole.
fn split_port(place: &str) -> (&str, Option<&str>) {
    let bracketed = place.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    if let Some((host, rest)) = bracketed {
        return (host, if rest.is_empty() { None } else { rest.strip_prefix(':').or(Some(rest)) });
    }
    match place.split_once(':') {
        Some((host, port)) if !port.contains(':') => (host, Some(port)),
        _ => (place, None),
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if *self == Self::Tcp { "tcp" } else { "udp" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, transport: Transport, host: &str, port: Option<u16>) {
        assert_eq!(text.parse(), Ok(Target { transport, host: host.to_owned(), port }), "{text}");
    }

    #[test]
    fn addresses_are_read_as_people_write_them() {
        check("localhost", Transport::Tcp, "localhost", None);
        check("localhost:12345", Transport::Tcp, "localhost", Some(12345));
        check("TCP://inn.example:1", Transport::Tcp, "inn.example", Some(1));
        check("udp://127.0.0.1:10125", Transport::Udp, "127.0.0.1", Some(10125));
        check("::1", Transport::Tcp, "::1", None);
        check("[::1]:7672", Transport::Tcp, "::1", Some(7672));
        check("udp://[::1]", Transport::Udp, "::1", None);
    }

    #[test]
    fn what_is_no_address_says_what_is_wrong() {
        let bad_port = |port: &str| Err(TargetError::BadPort(port.to_owned()));
        assert_eq!("localhost:0".parse::<Target>(), bad_port("0"));
        assert_eq!("localhost:70000".parse::<Target>(), bad_port("70000"));
        assert_eq!("[::1]x".parse::<Target>(), bad_port("x"));
        for text in ["", ":80", "tcp://", "a b", "a/b"] {
            assert_eq!(text.parse::<Target>(), Err(TargetError::NoHost(text.to_owned())));
        }
        let scheme = TargetError::BadScheme("http".to_owned());
        assert_eq!("http://localhost".parse::<Target>(), Err(scheme));
    }

    #[test]
    fn a_missing_port_is_that_of_the_profile() {
        let target: Target = "localhost".parse().expect("an address");
        assert_eq!(target.port(None), 7672);
        assert_eq!(target.port(Some(Profile::Desk)), 12345);
        let target: Target = "udp://localhost".parse().expect("an address");
        assert_eq!(target.port(None), 10125);
    }
}
