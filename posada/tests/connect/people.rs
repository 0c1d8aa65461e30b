//! Somebody who talks and reserves at a terminal.

use std::io::{Read, Write};
use std::net::{TcpListener, UdpSocket};
use std::thread;

use crate::pty::Terminal;
use crate::support::{House, PATIENCE, PROMPT, Server};

const UP: &str = "\x1b[A";
const CTRL_D: &str = "\x04";

fn native(server: &Server) -> String {
    server.door("native").to_string()
}

#[test]
fn who_gives_no_address_is_asked_as_by_the_originals() {
    let server = House::new().in_memory().opens();
    let port = server.door("native").port();
    let mut ana = Terminal::new().runs(&[]);
    ana.sees("Server (Enter for localhost): ").enters("http://x");
    ana.sees("udp://").sees("Server (Enter for localhost): ").enters("127.0.0.1");
    ana.sees("Port (Enter for 7672): ").enters("70000");
    ana.sees("no port").sees("Port (Enter for 7672): ").enters(&port.to_string());
    ana.sees("Name (Enter for none): ").enters("ana");
    ana.sees("you are ana, in the lobby").sees("/name ana secret:").sees("ana> ");
    ana.enters("/quit").sees("OK bye");
    assert_eq!(ana.ends(), Some(0));
}

#[test]
fn a_wrong_port_is_told_before_anything_is_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let place = listener.local_addr().expect("it has one").to_string();
    drop(listener);
    let mut ana = Terminal::new().runs(&[&place]);
    ana.sees("cannot connect to").sees(&place).sees("Connection refused").sees("posada serve");
    assert_eq!(ana.ends(), Some(1));
}

#[test]
fn what_is_typed_is_talk_unless_it_is_a_request() {
    let server = House::new().in_memory().opens();
    let mut luis = server.native("luis").named("luis");
    let mut ana = Terminal::new().runs(&["--name", "ana", &native(&server)]);
    ana.sees("ana> ").enters("hola a todos").sees("addressed 1");
    assert_eq!(luis.hears().text, "hola a todos");
    ana.enters("para mañana, nada").sees("addressed 1");
    assert_eq!(luis.hears().text, "para mañana, nada");
    ana.enters("//who").sees("addressed 1");
    assert_eq!(luis.hears().text, "/who");
    ana.enters("reservar habitación 2").sees("reserved Habitación 2");
    ana.enters("LIST").sees("OK 3 resources").sees("Habitación 2: yours since");
    ana.enters("/to luis ¿qué tal?").sees("addressed 1");
    assert_eq!(luis.hears().text, "¿qué tal?");
    ana.enters("/dance").sees("ERR unknown_verb");
    ana.enters("/verbs").sees("Tab completes").sees("OK verbs").sees("reserve RESOURCE");
    ana.types(CTRL_D).sees("OK bye");
    assert_eq!(ana.ends(), Some(0));
}

#[test]
fn keys_complete_and_bring_back() {
    let server = House::new().in_memory().opens();
    let mut luis = server.native("luis").named("Luis Alberto");
    let mut ana = Terminal::new().runs(&["--name", "ana", &native(&server)]);
    ana.sees("ana> ").types("/rese\thab\t3").sees("/reserve Habitación 3").types("\r");
    ana.sees("reserved Habitación 3").enters("/to lu\thola").sees("addressed 1");
    let heard = luis.hears();
    assert_eq!((heard.from.as_str(), heard.text.as_str()), ("ana", "hola"));
    ana.types(UP).types(UP).sees("/reserve Habitación 3").types("\r").sees("ERR taken");
}

#[test]
fn no_line_hides_in_what_is_pasted() {
    let server = House::new().in_memory().opens();
    let mut luis = server.native("luis").named("luis");
    let mut ana = Terminal::new().runs(&["--name", "ana", &native(&server)]);
    ana.sees("ana> ").types("\x1b[200~one\nreserve nothing\x1b[201~\r").sees("addressed 1");
    assert_eq!(luis.hears().text, "one");
    assert_eq!(luis.hears().text, "reserve nothing");
}

#[test]
fn who_was_cut_off_comes_back_as_the_same() {
    let port = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a port");
    let house = House::new().with(&format!("listeners.native.address={port}"));
    let server = house.opens();
    let mut ana =
        Terminal::new().runs(&["--profile", "native", "--name", "ana", &port.to_string()]);
    ana.sees("ana> ").enters("/reserve Habitación 1").sees("reserved Habitación 1");
    server.dies();
    ana.sees("connection lost").enters("hola").sees("not sent: there is no connection");
    let server = house.opens();
    ana.sees("connected again").sees("welcome back, you are ana, in the lobby");
    ana.enters("/cancel Habitación 1").sees("cancelled Habitación 1");
    let shown = ana.written();
    assert_eq!(shown.matches("secret:").count(), 1, "the secret is printed once:\n{shown}");
    server.dies();
    ana.sees("connection lost").types(CTRL_D);
    assert_eq!(ana.ends(), Some(1));
}

#[test]
fn who_is_replaced_does_not_fight_for_the_place() {
    let server = House::new().in_memory().opens();
    let mut old = Terminal::new().runs(&["--name", "ana", &native(&server)]);
    old.sees("secret:").sees("ana> ");
    let shown = old.written();
    let secret: String =
        shown.split("secret:").nth(1).expect("a secret").chars().take(32).collect();
    let name = format!("ana secret:{secret}");
    let mut new = Terminal::new().runs(&["--name", &name, &native(&server)]);
    new.sees("welcome back, you are ana");
    old.sees("BYE replaced").sees("the connection is over");
    assert_eq!(old.ends(), Some(0));
}

#[test]
fn the_seeds_are_known_by_what_they_say() {
    let server = House::new().in_memory().opens();
    let mut ana = Terminal::new().runs(&[&server.door("talk").to_string()]);
    ana.sees("(talk)").sees(PROMPT).enters("ana");
    server.knows("ana");
    let mut luis = server.talk("luis");
    luis.says("hola ana");
    ana.sees("luis: hola ana").enters("hola luis").sees("Recibido").enters("salir");
    assert_eq!(ana.ends(), Some(0));
    let mut eva = Terminal::new().runs(&[&server.door("desk").to_string()]);
    eva.sees("(desk)").enters("/list").sees("Recursos disponibles:").sees("Habitación 3");
    eva.types("RESERVAR hab\t1").sees("RESERVAR Habitación 1").types("\r");
    eva.sees("Reserva exitosa: Habitación 1").enters("SALIR").sees("Hasta luego.");
    assert_eq!(eva.ends(), Some(0));
}

#[test]
fn raw_is_what_the_original_clients_were() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let place = listener.local_addr().expect("it has one").to_string();
    let mut ana = Terminal::new().runs(&["--profile", "raw", &place]);
    let (mut stream, _) = listener.accept().expect("she comes");
    stream.set_read_timeout(Some(PATIENCE)).expect("it is not zero");
    ana.sees("(raw)").enters("HOLA MUNDO");
    let mut bytes = [0; 10];
    stream.read_exact(&mut bytes).expect("it arrives");
    assert_eq!(&bytes, b"HOLA MUNDO");
    stream.write_all("sin fin de línea".as_bytes()).expect("she is there");
    ana.sees("sin fin de línea").enters("salir");
    let mut rest = String::new();
    stream.read_to_string(&mut rest).expect("she leaves");
    assert_eq!(rest, "salir", "no line end was ever sent");
    drop(stream);
    assert_eq!(ana.ends(), Some(0));
}

#[test]
fn over_udp_a_client_code_is_asked_for() {
    let peer = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    peer.set_read_timeout(Some(PATIENCE)).expect("it is not zero");
    let place = format!("udp://{}", peer.local_addr().expect("it has one"));
    let mut ana = Terminal::new().runs(&[&place]);
    let answers = thread::spawn(move || {
        let mut bytes = [0; 1500];
        for (expected, reply) in [("c17", "Cliente registrado: c17"), ("olá", "Mensagem recebida.")]
        {
            let (count, from) = peer.recv_from(&mut bytes).expect("a datagram");
            assert_eq!(&bytes[..count], expected.as_bytes());
            peer.send_to(reply.as_bytes(), from).expect("it is answered");
        }
    });
    ana.sees("Client code: ").enters("c17").sees("Cliente registrado: c17");
    ana.enters("olá").sees("Mensagem recebida.");
    answers.join().expect("what was sent is what was typed");
    ana.types(CTRL_D);
    assert_eq!(ana.ends(), Some(0));
}
