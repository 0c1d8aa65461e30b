//! `posada operator`, the real binary: the operator's right from elsewhere on the same machine.

mod support;

use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::{Command, Output, Stdio};

use support::{House, Server};

fn posada(house: &House, words: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_posada"));
    command.arg("operator").arg("--data").arg(house.data()).args(words);
    command.env("LC_ALL", "C").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary under test runs");
    let mut stdin = child.stdin.take().expect("a pipe");
    // A command that reads nothing may be gone already.
    stdin.write_all(input.as_bytes()).ok();
    drop(stdin);
    child.wait_with_output().expect("it ends")
}

/// It prints this, and ends with this code; nobody ever reads the token.
#[track_caller]
fn check(house: &House, words: &[&str], code: i32, expected: &str) {
    let output = posada(house, words, "");
    let said = [&output.stdout[..], &output.stderr[..]].concat();
    let said = String::from_utf8_lossy(&said);
    assert_eq!(output.status.code(), Some(code), "{words:?}: {said}");
    assert!(said.contains(expected), "{words:?}: no {expected:?} in {said}");
    if let Some(token) = token(house) {
        assert!(!said.contains(&token), "{words:?} tells the token: {said}");
    }
}

fn token(house: &House) -> Option<String> {
    let text = fs::read_to_string(house.data().join("operator")).ok()?;
    text.lines().find_map(|line| line.strip_prefix("token ")).map(str::to_owned)
}

fn opens() -> (House, Server) {
    let house = House::new();
    let server = house.opens();
    (house, server)
}

#[test]
fn the_token_is_for_the_servers_user_alone_and_ends_with_the_server() {
    let (house, server) = opens();
    let path = house.data().join("operator");
    let mode = fs::metadata(&path).expect("the server wrote it").mode();
    assert_eq!(mode & 0o7777, 0o600);
    let first = token(&house).expect("there is one");
    assert_eq!(first.len(), 64);
    server.stops();
    assert!(!path.exists(), "a token of a closed server is left");
    let killed = house.opens();
    let second = token(&house).expect("there is one");
    assert_ne!(first, second);
    killed.dies();
    check(&house, &["who"], 1, "no server uses");
    fs::set_permissions(&path, Permissions::from_mode(0o644)).expect("it is ours");
    let server = house.opens();
    server.logs("was not for this user alone");
    assert!(token(&house).is_some_and(|third| third != second));
    server.stops();
}

#[test]
fn a_log_in_memory_leaves_no_token() {
    let house = House::new().in_memory();
    let server = house.opens();
    assert!(!house.data().exists());
    check(&house, &["who"], 1, "its operator at the console only");
    server.stops();
}

#[test]
fn orders_are_carried_out_from_elsewhere() {
    let (house, server) = opens();
    let mut luis = server.talk("luis");
    let mut ana = server.native("ana").named("ana");
    ana.asks("reserve Habitación 1");
    check(&house, &["la", "cena"], 0, "sent to 2");
    luis.hears("Servidor:la cena");
    check(&house, &["@luis", "ven"], 0, "sent to 1");
    luis.hears("Servidor:ven");
    check(&house, &["who"], 0, "  talk");
    check(&house, &["who"], 0, "  ana\n");
    check(&house, &["/resources"], 0, "Habitación 1: taken by ana (");
    check(&house, &["rooms"], 0, "2  #lobby");
    check(&house, &["release", "Habitación 1"], 0, "done");
    check(&house, &["/kick", "luis"], 0, "done");
    luis.hears("Error: El operador te ha echado.").is_cut_off();
    check(&house, &["/ban", "luis", "10m"], 0, "done");
    let refused = server.native("luis").asks("name luis");
    assert!(refused.starts_with("ERR banned"), "{refused}");
    check(&house, &["/unban", "luis"], 0, "done");
    server.stops();
}

#[test]
fn who_is_not_let_in_is_told_why() {
    let house = House::new().with("listeners.native.sessions=1");
    let server = house.opens();
    let mut host = server.native("host");
    check(&house, &["who"], 1, "every place of this listener is taken");
    host.asks(&format!("operator {}", token(&house).expect("there is one")));
    host.asks("ban 127.0.0.1 for 1h");
    check(&house, &["who"], 1, "this address is shut out: /unban it at the server's console");
    host.asks("unban 127.0.0.1");
    drop(host);
    server.stops();
}

#[test]
fn what_is_refused_or_not_understood_has_a_code_of_its_own() {
    let (house, server) = opens();
    check(&house, &["/kick", "nadie"], 2, "refused: not_here");
    check(&house, &["/release", "nada"], 2, "refused: no_such_resource");
    check(&house, &["/baile"], 2, "there is no /baile");
    check(&house, &["salir"], 2, "closes at its console");
    check(&house, &["help"], 0, "/ban NAME|IP");
    server.stops();
}

#[test]
fn lines_are_read_until_the_end() {
    let (house, server) = opens();
    let mut luis = server.talk_in_lines("luis", "\n");
    let output = posada(&house, &[], "hola\n@luis tú\r\n/kick nadie\n/rooms\nsalir\nnunca\n");
    assert_eq!(output.status.code(), Some(2), "one of them was refused: {output:?}");
    let said = String::from_utf8_lossy(&output.stdout);
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines[..2], ["sent to 1", "sent to 1"], "{said}");
    assert!(lines[2].starts_with("refused: not_here") && lines[3].ends_with("#lobby"), "{said}");
    assert_eq!(lines.len(), 4, "{said}");
    luis.hears("Servidor:hola").hears("Servidor:tú").asks("sigo", "Recibido");
    server.stops();
}

#[test]
fn a_token_is_shown_to_nobody_but_a_server_that_uses_the_data() {
    let (house, server) = opens();
    let file = house.data().join("operator");
    let text = fs::read_to_string(&file).expect("it is there");
    server.dies();
    // Somebody else has taken the port of the server that died.
    let thief = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let place = thief.local_addr().expect("it has one").to_string();
    let token = text.lines().find(|line| line.starts_with("token ")).expect("it has one");
    fs::write(&file, format!("{token}\nlistener {place}\n")).expect("it is ours");
    check(&house, &["who"], 1, "no server uses");
    thief.set_nonblocking(true).expect("it can be");
    let came = thief.accept();
    assert!(came.is_err(), "the token was carried to a stranger");
}

#[test]
fn who_knows_no_token_is_no_operator() {
    let (_house, server) = opens();
    let mut eva = server.native("eva").named("eva");
    assert!(eva.asks(&format!("operator {}", "0".repeat(64))).starts_with("ERR bad_secret"));
    assert!(eva.asks("operator").starts_with("ERR "));
    assert!(eva.asks("kick ana").starts_with("ERR operator_only"));
    server.stops();
}
