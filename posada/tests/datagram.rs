//! Seed 5's client: a code, then messages, each one datagram; whatever is sent is answered once.

mod support;

#[path = "datagram/correspondent.rs"]
mod correspondent;
#[path = "datagram/forged.rs"]
mod forged;
#[path = "datagram/network.rs"]
mod network;
#[path = "datagram/weather.rs"]
mod weather;

use correspondent::Correspondent;
use support::{House, Server};

fn opens() -> Server {
    House::new().with("listeners.datagram.address=127.0.0.1:0").opens()
}

#[test]
fn it_says_on_which_port_it_listens_as_ever() {
    let server = opens();
    let port = server.door("datagram").port();
    let line = format!("Servidor escutando na porta {port}...");
    assert!(server.printed().lines().any(|printed| printed == line), "{}", server.printed());
}

#[test]
fn the_first_datagram_is_a_code_and_each_later_one_a_message() {
    let server = opens();
    let mut luis = server.talk("luis");
    let client = Correspondent::new(&server);
    assert_eq!(client.asks("c17"), "Cliente registrado: c17");
    assert_eq!(client.asks("olá"), "Mensagem recebida.");
    luis.reads("c17: olá");
    // What others say reaches no datagram client: it would be taken for an answer.
    luis.says("hola c17");
    assert_eq!(client.asks("tudo bem?"), "Mensagem recebida.");
    luis.reads("c17: tudo bem?");
    assert_eq!(client.asks("sair"), "Ate logo.");
    client.has_nothing_else();
}

#[test]
fn ten_find_a_place_and_the_eleventh_is_told() {
    let server = opens();
    let clients: Vec<_> = (0..10).map(|_| Correspondent::new(&server)).collect();
    for (number, client) in clients.iter().enumerate() {
        assert_eq!(client.asks(format!("c{number}")), format!("Cliente registrado: c{number}"));
    }
    let late = Correspondent::new(&server);
    assert_eq!(late.asks("c10"), "Erro: nao ha lugar. Tenta mais tarde.");
    assert_eq!(clients[3].asks("sair"), "Ate logo.");
    assert_eq!(late.asks("c10"), "Cliente registrado: c10");
}

#[test]
fn a_code_comes_back_from_the_same_machine_only() {
    let server = opens();
    let first = Correspondent::new(&server);
    assert_eq!(first.asks("c1"), "Cliente registrado: c1");
    let stranger = Correspondent::from("127.0.0.2", &server);
    assert_eq!(stranger.asks("c1"), "Erro: esse codigo ja esta em uso.");
    let again = Correspondent::new(&server);
    assert_eq!(again.asks("c1"), "Cliente registrado: c1");
    assert_eq!(again.asks("olá"), "Mensagem recebida.");
    // The old port is nobody now, and its next datagram a code.
    assert_eq!(first.asks("c2"), "Cliente registrado: c2");
}

#[test]
fn whatever_comes_is_answered_shortly_and_once() {
    let server = opens();
    let client = Correspondent::new(&server);
    assert_eq!(client.asks(""), "Erro: mensagem vazia.");
    assert_eq!(client.asks([0xff, 0xfe]), "Erro: isso nao e texto UTF-8.");
    assert_eq!(client.asks("a:b"), "Erro: isso nao pode ser um codigo.");
    assert_eq!(client.asks("servidor"), "Erro: ninguem pode ter esse codigo.");
    assert_eq!(client.asks("c1\n"), "Cliente registrado: c1");
    // No web page can send datagrams, so this is talk.
    assert_eq!(client.asks("Host: que tal"), "Mensagem recebida.");
    assert_eq!(client.asks("x".repeat(1001)), "Erro: mensagem longa demais.");
    assert_eq!(client.asks("x".repeat(1000)), "Mensagem recebida.");
    for _ in 0..100 {
        client.sends(b"um de cem");
    }
    for _ in 0..100 {
        assert_eq!(client.receives(), "Mensagem recebida.");
    }
    client.has_nothing_else();
}
