//! Which other loopback addresses this machine's host name stands for: on Debian 127.0.1.1.
//!
//! Clients of the first servers connect to their own host name, so seed listeners are opened there
//! too. What is not loopback is ignored, and a resolver that asks the network and waits is given
//! up: nobody else decides where a server listens, or whether it starts. Read next:
//! [`crate::doors`].

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use rustix::system::uname;
use tracing::{debug, warn};

/// How long the resolver may take; the file of hosts takes no time.
const PATIENCE: Duration = Duration::from_secs(2);

/// The loopback addresses of the host name, but for 127.0.0.1 itself.
pub fn other_loopbacks() -> Vec<Ipv4Addr> {
    let Ok(name) = uname().nodename().to_str().map(str::to_owned) else { return vec![] };
    let asked = name.clone();
    let resolve = move || Ok((asked.as_str(), 0).to_socket_addrs()?.collect());
    loopbacks(&name, resolve, PATIENCE)
}

/// What is of use in what a resolver says within its time. A thread that waits for longer is left
/// behind; it holds nothing.
fn loopbacks(
    name: &str,
    resolve: impl FnOnce() -> io::Result<Vec<SocketAddr>> + Send + 'static,
    patience: Duration,
) -> Vec<Ipv4Addr> {
    let (answer, answered) = mpsc::sync_channel(1);
    let ask = move || {
        // Nobody listens any more when it took too long.
        let _ = answer.send(resolve());
    };
    if let Err(error) = thread::Builder::new().name("host name".to_owned()).spawn(ask) {
        warn!("the host name {name} was not looked up: {error}");
        return vec![];
    }
    let found = match answered.recv_timeout(patience) {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => {
            // Then no client can connect to it either.
            debug!("the host name {name} stands for nothing: {error}");
            return vec![];
        }
        Err(_) => {
            warn!(
                "the host name {name} was not resolved within {} s: clients that connect to it \
                 may not find the seed listeners; give it an address in the file of hosts",
                patience.as_secs()
            );
            return vec![];
        }
    };
    let mut others: Vec<_> = found.iter().filter_map(|address| other(address.ip())).collect();
    others.sort_unstable();
    others.dedup();
    others
}

fn other(ip: IpAddr) -> Option<Ipv4Addr> {
    match ip {
        IpAddr::V4(ip) if ip.is_loopback() && ip != Ipv4Addr::LOCALHOST => Some(ip),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEBIAN: Ipv4Addr = Ipv4Addr::new(127, 0, 1, 1);
    const NONE: [Ipv4Addr; 0] = [];

    fn found(addresses: &[&str]) -> Vec<Ipv4Addr> {
        let addresses = addresses.iter().map(|ip| SocketAddr::new(ip.parse().unwrap(), 0));
        let addresses: Vec<_> = addresses.collect();
        loopbacks("casa", move || Ok(addresses), PATIENCE)
    }

    #[test]
    fn only_other_loopback_addresses_count() {
        assert_eq!(found(&["127.0.1.1", "127.0.1.1"]), [DEBIAN]);
        assert_eq!(found(&["127.0.0.1"]), NONE);
        assert_eq!(found(&["192.0.2.7", "::1", "127.0.1.1", "127.0.0.1"]), [DEBIAN]);
        assert_eq!(found(&["10.1.2.3", "0.0.0.0", "fe80::1"]), NONE);
    }

    #[test]
    fn a_resolver_that_fails_or_waits_is_no_obstacle() {
        assert_eq!(loopbacks("casa", || Err(io::ErrorKind::NotFound.into()), PATIENCE), NONE);
        let (release, released) = mpsc::channel::<()>();
        let waits = move || {
            // An error is the end of the test.
            let _ = released.recv();
            Ok(vec![(DEBIAN, 0).into()])
        };
        assert_eq!(loopbacks("casa", waits, Duration::from_millis(1)), NONE);
        drop(release);
    }
}
