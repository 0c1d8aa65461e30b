//! Peers that vanish without a word: neither end of stream nor reset ever comes. The kernel finds
//! them out, as the server has asked it to.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};
use std::process::{self, Command};
use std::thread;
use std::time::Duration;

use rustix::net::{getpeername, sockopt};
use rustix::process::{Pid, PidfdFlags, PidfdGetfdFlags, pidfd_getfd, pidfd_open};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use crate::support::{House, ROOMS, Server, lacks, listed, until};

/// Every socket that is accepted has these.
#[test]
fn the_kernel_is_asked_to_find_out_who_is_gone_within_two_minutes() {
    let server = House::new().opens();
    let (native, talk) = (server.native("a program"), server.stranger("a stranger"));
    let (desk, note) = (server.desk(), server.native("another"));
    let all = [native.socket.sender(), talk.sender(), desk.sender(), note.socket.sender()];
    for client in all {
        let peer = client.local_addr().expect("it is connected");
        let socket = until("it is let in", || socket_of(&server, peer));
        assert!(sockopt::socket_keepalive(&socket).expect("a socket says it"));
        let minutes = |it| Duration::from_mins(it);
        assert_eq!(sockopt::tcp_keepidle(&socket), Ok(minutes(1)), "silent for so long");
        assert_eq!(sockopt::tcp_keepintvl(&socket), Ok(Duration::from_secs(15)), "asked so often");
        assert_eq!(sockopt::tcp_keepcnt(&socket), Ok(4), "so many times");
        assert_eq!(sockopt::tcp_user_timeout(&socket), Ok(120_000), "what is sent, so long");
    }
}

/// What the kernel does then, with seconds for the minutes: the test shortens them in the server's
/// own sockets.
#[test]
fn who_vanishes_loses_its_place_and_no_more() {
    let Some(network) = Network::new() else { return };
    network.enter(Here::Server);
    let house = House::new()
        .in_network(&network.server)
        .with("listeners.native.address=10.77.0.1:0")
        .with("listeners.talk.address=10.77.0.1:0");
    let server = house.opens();
    let mut ana = server.native("ana").named("ana");
    let before = server.descriptors();
    let [mut luis, eva] =
        network.beyond(|| [server.native("luis").named("luis"), server.native("eva").named("eva")]);
    luis.does("reserve Habitación 1");
    for client in [&luis, &eva] {
        shorten(&server, client.socket.sender().local_addr().expect("it is connected"));
    }
    network.breaks();
    // One is owed something, and the other nothing: that one is asked.
    ana.does("to luis ¿estás?");
    drop((luis, eva));
    server.forgets("luis");
    server.forgets("eva");
    until("their descriptors are free", || (server.descriptors() == before).then_some(()));
    // What is logged is written beside what is done.
    let broken_off = || server.logged().matches("broken off").count();
    until("both are written down", || (broken_off() == 2).then_some(()));
    // A connection is no reservation.
    server.desk().asks("LISTAR", &listed(&ROOMS[1..]));
    assert_eq!(ana.asks("ping"), "OK pong");
    server.stops();
}

/// The server's own socket towards that peer.
fn socket_of(server: &Server, peer: SocketAddr) -> Option<OwnedFd> {
    let pid = i32::try_from(server.pid()).ok().and_then(Pid::from_raw).expect("a process");
    let process = pidfd_open(pid, PidfdFlags::empty()).expect("it is our child");
    let open = fs::read_dir(format!("/proc/{}/fd", server.pid())).expect("it is alive");
    let numbers = open.filter_map(|it| it.ok()?.file_name().to_str()?.parse().ok());
    let mut sockets = numbers.filter_map(|number| {
        // Only a process that may trace the other may share its sockets: a parent its child.
        pidfd_getfd(process.as_fd(), number, PidfdGetfdFlags::empty()).ok()
    });
    let towards = |socket: &OwnedFd| {
        let found = getpeername(socket).ok().flatten();
        found.and_then(|it| SocketAddr::try_from(it).ok()) == Some(peer)
    };
    sockets.find(towards)
}

fn shorten(server: &Server, peer: SocketAddr) {
    let socket = until("it is let in", || socket_of(server, peer));
    let second = Duration::from_secs(1);
    sockopt::set_tcp_keepidle(&socket, second).expect("it is a socket");
    sockopt::set_tcp_keepintvl(&socket, second).expect("it is a socket");
    sockopt::set_tcp_user_timeout(&socket, 2_000).expect("it is a socket");
}

/// Two hosts and a cable, as far as the kernel is concerned. Gone with the test.
struct Network {
    server: String,
    client: String,
}

#[derive(Clone, Copy)]
enum Here {
    Server,
    Client,
}

impl Network {
    fn new() -> Option<Self> {
        let name = |side| format!("posada-{}-{side}", process::id());
        let network = Self { server: name("server"), client: name("client") };
        let Self { server, client } = &network;
        if !ip(&format!("netns add {server}")) {
            lacks("the right to make network namespaces, and `ip`");
            return None;
        }
        for command in [
            format!("netns add {client}"),
            format!("-n {server} link add cable type veth peer name cable netns {client}"),
            format!("-n {server} addr add 10.77.0.1/24 dev cable"),
            format!("-n {client} addr add 10.77.0.2/24 dev cable"),
            format!("-n {server} link set lo up"),
            format!("-n {server} link set cable up"),
            format!("-n {client} link set cable up"),
        ] {
            assert!(ip(&command), "ip {command}");
        }
        Some(network)
    }

    /// Moves this thread, and those that it will start, to that host.
    fn enter(&self, here: Here) {
        let name = match here {
            Here::Server => &self.server,
            Here::Client => &self.client,
        };
        let place = File::open(format!("/run/netns/{name}")).expect("`ip` made it");
        let network = Some(LinkNameSpaceType::Network);
        move_into_link_name_space(place.as_fd(), network).expect("this user made it");
    }

    /// Does something on the client's host. Its sockets stay there.
    fn beyond<R: Send>(&self, deed: impl FnOnce() -> R + Send) -> R {
        thread::scope(|scope| {
            let there = scope.spawn(|| {
                self.enter(Here::Client);
                deed()
            });
            there.join().expect("its own story")
        })
    }

    /// From here on each side sends to an address that nobody has.
    fn breaks(&self) {
        for (from, to) in [(&self.server, "10.77.0.2"), (&self.client, "10.77.0.1")] {
            let nobody = "lladdr 02:00:00:00:00:99 nud permanent";
            assert!(ip(&format!("-n {from} neigh replace {to} dev cable {nobody}")), "{from}");
        }
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        ip(&format!("netns del {}", self.client));
        ip(&format!("netns del {}", self.server));
    }
}

fn ip(command: &str) -> bool {
    let run = Command::new("ip").args(command.split(' ')).output();
    run.is_ok_and(|run| run.status.success())
}
