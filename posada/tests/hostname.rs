//! A machine whose host name is not 127.0.0.1, as Debian's: seed 4's client connects to it.
//!
//! Each server runs in a world of its own, where the host name is `casa` and the file of hosts the
//! test's. That takes user namespaces; a kernel that refuses them fails these tests.

mod support;

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket};

use support::{Client, House, ROOMS, Script, Server, listed};

const SEEDS: [(&str, &str); 4] =
    [("desk", "tcp"), ("talk", "tcp"), ("note", "tcp"), ("datagram", "udp")];
const DEBIAN: &str = "127.0.0.1 localhost\n127.0.1.1 casa.example casa\n";

/// The same port at Debian's address of the host name.
fn beside(address: SocketAddr) -> SocketAddr {
    (IpAddr::from(Ipv4Addr::new(127, 0, 1, 1)), address.port()).into()
}

/// A port that is free at both addresses, and its socket at Debian's.
fn free_at_both() -> (SocketAddr, TcpListener) {
    loop {
        let held = TcpListener::bind("127.0.1.1:0").expect("a port is free");
        let there = held.local_addr().expect("it is bound");
        let here = SocketAddr::from((Ipv4Addr::LOCALHOST, there.port()));
        if TcpListener::bind(here).is_ok() {
            return (here, held);
        }
    }
}

#[track_caller]
fn prints(server: &Server, line: &str) {
    let printed = server.printed();
    assert!(printed.lines().any(|it| it.starts_with(line)), "no {line:?} in:\n{printed}");
}

#[test]
fn the_old_client_finds_the_desk_by_its_own_host_name() {
    let server = House::new().on_a_machine_with_hosts(DEBIAN).opens();
    let mut guest = Script::seed4_at_home("a guest", &server);
    guest
        .asks("LISTAR", &listed(&ROOMS))
        .asks("RESERVAR Habitación 1", "Reserva exitosa: Habitación 1")
        .asks("LISTAR", &listed(&ROOMS[1..]));
    guest.types("SALIR");
    guest.ends();
    // It is the same desk.
    server.desk().asks("CANCELAR Habitación 1", "Reserva cancelada: Habitación 1");
}

#[test]
fn every_seed_listener_is_at_both_addresses_and_native_is_not() {
    let house = House::new().with("listeners.datagram.address=127.0.0.1:0");
    let server = house.on_a_machine_with_hosts(DEBIAN).opens();
    for (name, transport) in SEEDS {
        let there = beside(server.door(name));
        prints(&server, &format!("{name:<8} listening on {transport} {there}  nc "));
    }
    let said = server.printed();
    assert_eq!(said.matches("Servidor escutando").count(), 1, "the old line, twice:\n{said}");
    let native = beside(server.door("native"));
    assert!(!said.contains(&native.to_string()), "{said}");
    TcpListener::bind(native).expect("nobody is there");

    Client::connect("a talker", beside(server.door("talk"))).hears_at_once(support::PROMPT);
    let writer = UdpSocket::bind("127.0.0.1:0").expect("a port is free");
    writer.set_read_timeout(Some(support::PATIENCE)).expect("it is not zero");
    let door = beside(server.door("datagram"));
    writer.send_to(b"c1", door).expect("it is sent");
    let mut answer = [0; 64];
    let (count, from) = writer.recv_from(&mut answer).expect("an answer comes");
    assert_eq!((&answer[..count], from), (&b"Cliente registrado: c1"[..], door));
}

/// Who has the port there was first; posada says so and opens what it can.
#[test]
fn an_address_that_somebody_has_is_left_to_him() {
    let (here, held) = free_at_both();
    let house = House::new().with(&format!("listeners.desk.address={here}"));
    let server = house.on_a_machine_with_hosts(DEBIAN).opens();
    let warning = server.logs("not opened at the address that this machine's host name has");
    assert!(warning.contains("WARN") && warning.contains("listener=\"desk\""), "{warning}");
    assert!(warning.contains(&beside(here).to_string()), "{warning}");
    prints(&server, &format!("talk     listening on tcp {}", beside(server.door("talk"))));
    server.desk().asks("LISTAR", &listed(&ROOMS));
    drop(held);
}

/// What is written down is opened once, and a name that leads out of the machine opens nothing.
#[test]
fn nothing_is_opened_twice_or_beyond_loopback() {
    let (here, held) = free_at_both();
    drop(held);
    let both = format!("listeners.desk.address={here},{}", beside(here));
    let server = House::new().with(&both).on_a_machine_with_hosts(DEBIAN).opens();
    assert_eq!(server.printed().matches("desk     listening").count(), 2, "{}", server.printed());
    assert!(!server.logged().contains("WARN"), "{}", server.logged());

    let hosts = "127.0.0.1 localhost\n192.0.2.7 casa\n";
    let server = House::new().on_a_machine_with_hosts(hosts).opens();
    assert_eq!(server.printed().matches(" listening on ").count(), 4, "{}", server.printed());
    assert!(!server.printed().contains("192.0.2.7") && !server.logged().contains("WARN"));

    let off = ["desk", "talk", "note"].map(|name| format!("listeners.{name}.address=off"));
    let house = off.iter().fold(House::new(), |house, setting| house.with(setting));
    let server = house.on_a_machine_with_hosts(DEBIAN).opens();
    assert_eq!(server.printed().matches(" listening on ").count(), 1, "{}", server.printed());
}
