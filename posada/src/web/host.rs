//! Under which names the web may be reached, and whose pages may open a conversation.
//!
//! A browser tells in `Host` which name it was led by, and in `Origin` whose page asks. A page of
//! a stranger whose name was made to point here (DNS rebinding) betrays itself by the first, any
//! other by the second. Nothing else protects a server on loopback, since the visitor's own
//! browser does the asking.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;
use axum::http::header::{COOKIE, HOST, ORIGIN};

/// The port that no address bar shows, by scheme.
const SCHEMES: [(&str, u16); 2] = [("http", 80), ("https", 443)];

/// What is allowed at one connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Names<'a> {
    /// Where the connection arrived.
    pub(super) local: SocketAddr,
    /// More names, in lower case, each perhaps with a port.
    pub(super) hosts: &'a [String],
}

impl Names<'_> {
    /// The `Host` of a request, if there is just one and it is one of ours.
    pub(super) fn host_of<'h>(&self, headers: &'h HeaderMap) -> Result<&'h str, Option<&'h str>> {
        let mut hosts = headers.get_all(HOST).iter();
        let (Some(host), None) = (hosts.next(), hosts.next()) else { return Err(None) };
        let host = host.to_str().map_err(|_| None)?;
        if self.allow(host) { Ok(host) } else { Err(Some(host)) }
    }

    /// Whether an authority, `name` or `name:port`, is one of ours. Without a port it is that of
    /// HTTP; a name from the configuration is what the browser sees, perhaps before a proxy.
    pub(super) fn allow(&self, authority: &str) -> bool {
        let authority = authority.to_ascii_lowercase();
        if self.hosts.contains(&authority) {
            return true;
        }
        let Some((name, port)) = split(&authority) else { return false };
        if port.unwrap_or(80) != self.local.port() {
            return false;
        }
        if name == "localhost" {
            return true;
        }
        let literal = name.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(name);
        let address = literal.parse::<IpAddr>().map(|address| address.to_canonical());
        let ours = self.local.ip().to_canonical();
        address.is_ok_and(|address| {
            address == ours || address == IpAddr::from([127, 0, 0, 1]) || is_v6_loopback(address)
        })
    }

    /// Whether whoever sent these headers may open a conversation.
    pub(super) fn may_talk(&self, headers: &HeaderMap) -> bool {
        let mut origins = headers.get_all(ORIGIN).iter();
        match (origins.next(), origins.next()) {
            // No browser leaves it out: this is a program, unless it looks like a browser.
            (None, _) => {
                let browsing = |name: &str| name.starts_with("sec-fetch-");
                !headers.contains_key(COOKIE) && !headers.keys().any(|it| browsing(it.as_str()))
            }
            (Some(origin), None) => origin.to_str().is_ok_and(|origin| self.allow_origin(origin)),
            (Some(_), Some(_)) => false,
        }
    }

    fn allow_origin(&self, origin: &str) -> bool {
        let Some((scheme, authority)) = origin.split_once("://") else { return false };
        let known = SCHEMES.iter().find(|(known, _)| *known == scheme);
        let Some((_, port)) = known else { return false };
        let has_port = split(authority).is_some_and(|(_, port)| port.is_some());
        // What a proxy serves as https is no address of this listener's, unless it is configured.
        let explicit = if has_port { authority.to_owned() } else { format!("{authority}:{port}") };
        self.hosts.contains(&authority.to_ascii_lowercase()) || self.allow(&explicit)
    }
}

/// A host, with its brackets where it has some, and its port.
fn split(authority: &str) -> Option<(&str, Option<u16>)> {
    let end = authority.rfind(']').map_or(0, |bracket| bracket + 1);
    match authority[end..].find(':') {
        None if end == 0 || end == authority.len() => Some((authority, None)),
        None => None,
        Some(colon) if end > 0 && colon > 0 => None,
        Some(colon) => {
            let port = &authority[end + colon + 1..];
            let digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
            let port = port.parse().ok().filter(|_| digits)?;
            Some((&authority[..end + colon], Some(port)))
        }
    }
}

fn is_v6_loopback(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(address) if address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names<'a>(local: &str, hosts: &'a [String]) -> Names<'a> {
        Names { local: local.parse().expect("an address"), hosts }
    }

    #[test]
    fn only_our_own_names_are_hosts() {
        let hosts = ["posada.example".to_owned(), "b.example:8443".to_owned()];
        let ours = names("192.168.1.7:8080", &hosts);
        for good in [
            "localhost:8080",
            "LOCALHOST:8080",
            "127.0.0.1:8080",
            "[::1]:8080",
            "192.168.1.7:8080",
            "[::ffff:192.168.1.7]:8080",
            "Posada.Example",
            "b.example:8443",
        ] {
            assert!(ours.allow(good), "{good}");
        }
        for bad in [
            "",
            ":8080",
            "localhost",
            "localhost:80",
            "localhost:",
            "localhost:+8080",
            "localhost:8080:8080",
            "localhost.:8080",
            "localhost:8080@evil.example",
            "127.0.0.2:8080",
            "[::1]x:8080",
            "[::1",
            "posada.example:8080",
            "b.example",
            "evil.example:8080",
            "192.168.1.7.evil.example:8080",
        ] {
            assert!(!ours.allow(bad), "{bad}");
        }
        assert!(names("127.0.0.1:80", &[]).allow("localhost"));
    }

    #[test]
    fn only_our_own_pages_are_origins() {
        let hosts = ["posada.example".to_owned()];
        let ours = names("127.0.0.1:8080", &hosts);
        for good in ["http://localhost:8080", "https://[::1]:8080", "https://posada.example"] {
            assert!(ours.allow_origin(good), "{good}");
        }
        for bad in [
            "null",
            "",
            "localhost:8080",
            "file://localhost:8080",
            "http://localhost",
            "http://localhost:8081",
            "http://localhost:8080/",
            "https://posada.example:444",
            "https://evil.example",
        ] {
            assert!(!ours.allow_origin(bad), "{bad}");
        }
        assert!(names("127.0.0.1:80", &[]).allow_origin("http://localhost"));
        assert!(!names("127.0.0.1:80", &[]).allow_origin("https://localhost"));
    }
}
