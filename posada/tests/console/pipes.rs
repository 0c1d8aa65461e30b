//! The console without a terminal.

use std::io::Write;
use std::process::{ChildStdin, Stdio};

use crate::support::{Client, GOODBYE, House, Server, until};

fn opens(house: &House, arguments: &[&str], language: &str) -> (Server, ChildStdin) {
    let mut command = house.command();
    command.args(arguments).env("LC_ALL", language);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary under test runs");
    let stdin = child.stdin.take().expect("a pipe");
    (Server::open(child), stdin)
}

#[test]
fn without_a_terminal_nothing_is_read() {
    let house = House::new().in_memory();
    let (server, mut stdin) = opens(&house, &[], "C");
    stdin.write_all(b"salir\n").expect("a pipe takes that");
    drop(stdin);
    let mut ana = server.native("ana").named("ana");
    assert_eq!(ana.asks("ping"), "OK pong");
    assert!(!server.printed().contains("connected"), "{}", server.printed());
    server.stops();
}

#[test]
fn a_pipe_can_be_the_console() {
    let house = House::new().in_memory();
    let (mut server, mut stdin) = opens(&house, &["--console"], "es_AR.UTF-8");
    let mut luis = server.talk("luis");
    server.prints(" conectado talk");
    server.prints(" es luis");
    luis.says_only("hola");
    server.prints("#lobby luis: hola");
    stdin.write_all(b"/uno\r/dos\n/tres\r\n").expect("a pipe takes that");
    for word in ["uno", "dos", "tres"] {
        server.prints(&format!("no existe /{word}; /ayuda dice lo que hay"));
    }
    stdin.write_all(b"  Salir \r").expect("a pipe takes that");
    luis.hears("Recibido").hears(GOODBYE).is_cut_off();
    assert_eq!(server.ends().code(), Some(0));
    let printed = server.printed();
    assert!(!printed.contains('\x1b') && printed.contains("cerrando"), "{printed}");
}

#[test]
fn the_end_of_a_pipe_is_not_salir() {
    let house = House::new().in_memory();
    let (server, mut stdin) = opens(&house, &["--console"], "pt_BR.UTF-8");
    stdin.write_all(b"/salas agora").expect("a pipe takes that");
    drop(stdin);
    server.prints("/salas não leva nada atrás");
    server.prints("fim da entrada: o servidor continua");
    let mut ana = server.native("ana").named("ana");
    ana.asks("say sigo");
    server.prints("#lobby ana: sigo");
    assert_eq!(server.printed().matches("fim da entrada").count(), 1);
    server.stops();
}

#[test]
fn every_way_in_is_seen() {
    let house = House::new().in_memory().with("listeners.datagram.address=127.0.0.1:0");
    let (server, stdin) = opens(&house, &["--console"], "C");
    server.desk().asks("RESERVAR Habitación 1", "Reserva exitosa: Habitación 1");
    server.prints(" connected desk");
    server.prints(" reserves Habitación 1");
    server.prints(" left");
    let udp = std::net::UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let here = udp.local_addr().expect("it has one").to_string();
    udp.send_to(b"codigo", server.door("datagram")).expect("loopback takes it");
    server.prints(&format!("{here} connected datagram"));
    server.prints(&format!("{here} is codigo"));
    Client::connect("seed 3", server.door("note")).says_only("HOLA MUNDO").hangs_up();
    assert_eq!(server.prints("HOLA MUNDO"), "Mensaje recibido: HOLA MUNDO");
    let mut flooder = server.talk_in_lines("flooder", "\n");
    for number in 0..6 {
        flooder.says_only(&number.to_string());
    }
    server.prints("flooder (127.0.0.1:");
    server.prints(") sent away: too_fast");
    drop(stdin);
    server.stops();
}

/// One-shot clients hang up before they are answered: who they were is still known.
#[test]
fn who_asks_and_leaves_at_once_is_known() {
    let house = House::new().in_memory();
    let (server, _stdin) = opens(&house, &["--console"], "C");
    let mut once = Client::connect("once", server.door("native"));
    once.throws("name ana\nreserve Habitación 2\n");
    once.hangs_up();
    assert!(once.rest().contains("reserved Habitación 2"));
    let line = server.prints("reserves Habitación 2");
    assert!(line.contains("ana (127.0.0.1:"), "{line}");
    server.prints("ana (127.0.0.1:");
    until("she is told to have left", || {
        let printed = server.printed();
        let (reserved, left) = (printed.find("reserves")?, printed.find(") left")?);
        (reserved < left).then_some(())
    });
    server.stops();
}
