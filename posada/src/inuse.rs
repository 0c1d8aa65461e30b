//! Who holds a TCP port: for the message that says why a listener could not be opened.
//!
//! It asks `/proc`, so it knows on Linux only, and of other users' processes only as root; where
//! it does not know, it says nothing. It is never part of a decision.

use std::collections::BTreeSet;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The state of a listening socket in `/proc/net/tcp`.
const LISTENING: &str = "0A";

/// The process that listens on `addr`, or on every address with its port: `name (pid 123)`.
pub fn holder_of_tcp(addr: SocketAddr) -> Option<String> {
    let mut sockets = BTreeSet::new();
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        // A system without IPv6 has no second table.
        let text = fs::read_to_string(table).unwrap_or_default();
        sockets.extend(text.lines().skip(1).filter_map(|line| listening(line, addr)));
    }
    if sockets.is_empty() { None } else { owner(&sockets) }
}

/// The socket's link name in `/proc/PID/fd`, where a line of a table is a listener in the way.
fn listening(line: &str, addr: SocketAddr) -> Option<String> {
    let mut fields = line.split_ascii_whitespace().skip(1);
    let (ip, port) = fields.next()?.split_once(':')?;
    let state = fields.nth(1)?;
    let inode = fields.nth(5)?;
    let ip = parse_ip(ip)?;
    let same_port = u16::from_str_radix(port, 16).ok()? == addr.port();
    let in_the_way = ip == addr.ip().to_canonical() || ip.is_unspecified();
    let in_the_way = in_the_way || addr.ip().is_unspecified();
    (state == LISTENING && same_port && in_the_way).then(|| format!("socket:[{inode}]"))
}

/// Addresses stand there as words of 32 bits, each as this machine's memory holds it.
fn parse_ip(hex: &str) -> Option<IpAddr> {
    let word = |at: usize| {
        let digits = hex.get(at * 8..at * 8 + 8)?;
        Some(u32::from_str_radix(digits, 16).ok()?.to_ne_bytes())
    };
    if hex.len() == 8 {
        return Some(Ipv4Addr::from(word(0)?).into());
    }
    let mut bytes = [0; 16];
    for (at, place) in bytes.chunks_exact_mut(4).enumerate() {
        place.copy_from_slice(&word(at)?);
    }
    Some(IpAddr::from(Ipv6Addr::from(bytes)).to_canonical())
}

fn owner(sockets: &BTreeSet<String>) -> Option<String> {
    let processes = fs::read_dir("/proc").ok()?.flatten();
    let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let pid = pids.into_iter().find(|pid| holds(*pid, sockets))?;
    let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    // A process names itself: only its printable characters are shown.
    let name: String = name.trim_end().chars().filter(|c| !c.is_control()).collect();
    Some(format!("{name} (pid {pid})"))
}

fn holds(pid: u32, sockets: &BTreeSet<String>) -> bool {
    let Ok(files) = fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
    let links = files.flatten().filter_map(|file| fs::read_link(file.path()).ok());
    links
        .filter_map(|link| link.into_os_string().into_string().ok())
        .any(|it| sockets.contains(&it))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::{holder_of_tcp, parse_ip};

    fn me() -> String {
        format!("(pid {})", std::process::id())
    }

    #[test]
    fn the_test_itself_is_found_by_the_port_that_it_holds() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("some port is free");
        let address = listener.local_addr().expect("it is bound");
        let holder = holder_of_tcp(address).expect("this process is its own");
        assert!(holder.ends_with(&me()), "{holder}");
        assert!(holder.len() > me().len() + 1, "{holder} has a name");
    }

    #[test]
    fn who_listens_everywhere_is_in_the_way_of_every_address() {
        let listener = TcpListener::bind("0.0.0.0:0").expect("some port is free");
        let port = listener.local_addr().expect("it is bound").port();
        let holder = holder_of_tcp(([127, 0, 0, 1], port).into()).expect("it is in the way");
        assert!(holder.ends_with(&me()), "{holder}");
    }

    #[test]
    fn a_free_port_is_held_by_nobody() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("some port is free");
        let address = listener.local_addr().expect("it is bound");
        drop(listener);
        assert_eq!(holder_of_tcp(address), None);
    }

    #[test]
    fn addresses_are_read_as_the_kernel_writes_them() {
        let ip = |hex| parse_ip(hex).map(|ip| ip.to_string());
        if cfg!(target_endian = "little") {
            assert_eq!(ip("0100007F").as_deref(), Some("127.0.0.1"));
            assert_eq!(ip("00000000000000000000000001000000").as_deref(), Some("::1"));
            assert_eq!(ip("0000000000000000FFFF00000100007F").as_deref(), Some("127.0.0.1"));
        }
        assert_eq!(ip("0100"), None);
    }
}
