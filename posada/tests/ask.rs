//! `posada serve --ask`: the operator says where notes are taken, as seed 1's asked it.

mod support;

#[allow(dead_code, reason = "made for the client's stories, which need more of it")]
use support::pty::Terminal;
use support::{Client, House, Server};

#[track_caller]
fn takes_notes_at(server: &Server, ip: &str) {
    let door = server.door("note");
    assert_eq!(door.ip().to_string(), ip);
    Client::connect("a writer", door).asks("hola", "Recibido");
    server.prints_until("Mensaje recibido: hola");
}

#[test]
fn notes_are_taken_where_the_operator_says() {
    for typed in ["127.0.0.2\n0\n", "127.0.0.2\r0\r", "127.0.0.2\r\n0\r\n", " 127.0.0.2 \n0"] {
        let server = House::new().asks_and_is_told(typed).opens();
        takes_notes_at(&server, "127.0.0.2");
        let said = server.printed();
        assert!(said.starts_with("IP [127.0.0.1]: Puerto [0]: posada "), "{typed:?}: {said}");
    }
}

#[test]
fn enter_takes_what_is_configured() {
    let house = House::new().with("listeners.note.address=127.0.0.3:0");
    let server = house.asks_and_is_told("\n\n").opens();
    assert!(server.printed().starts_with("IP [127.0.0.3]: Puerto [0]: posada "));
    takes_notes_at(&server, "127.0.0.3");

    let house = House::new().with("listeners.note.address=off");
    let server = house.asks_and_is_told("\r\n0\r\n").opens();
    assert!(server.printed().starts_with("IP [127.0.0.1]: Puerto [12000]: posada "));
    takes_notes_at(&server, "127.0.0.1");
}

#[test]
fn what_is_of_no_use_is_explained_and_asked_for_again() {
    let typed = "casa\n127.0.0.1:80\n127.0.0.2\n99999\n\x1b[2J\n0\n";
    let server = House::new().asks_and_is_told(typed).opens();
    takes_notes_at(&server, "127.0.0.2");
    let said = server.printed();
    let explained = [
        "IP [127.0.0.1]: \"casa\" no es una IP: escribe por ejemplo 127.0.0.1 o ::1",
        "IP [127.0.0.1]: \"127.0.0.1:80\" no es una IP",
        "IP [127.0.0.1]: Puerto [0]: \"99999\" no es un puerto: escribe un numero de 0 a 65535",
        "Puerto [0]: \"\\u{1b}[2J\" no es un puerto",
        "Puerto [0]: posada ",
    ];
    let mut lines = said.lines();
    for line in explained {
        let found = lines.next();
        assert!(found.is_some_and(|found| found.starts_with(line)), "{line:?}, not {found:?}");
    }
}

#[test]
fn who_gives_no_answer_gets_no_server() {
    let long = "9".repeat(100_000);
    let thrice = [("a\nb\nc\n", "IP"), ("\nx\ny\nz\n", "Puerto"), (&*long, "ended")];
    for (typed, what) in thrice {
        let failure = House::new().asks_and_is_told(typed).fails_to_open();
        failure.before_opening_anything().names(&["posada: ", what, "--ask"]);
        assert_eq!(failure.code, Some(1));
    }
    for typed in ["", "127.0.0.1", "127.0.0.1\n", "\n", "casa\n"] {
        let failure = House::new().asks_and_is_told(typed).fails_to_open();
        failure.before_opening_anything().names(&["the input ended", "listeners.note.address"]);
    }
}

/// An address that another listener has is refused as if it had been configured.
#[test]
fn an_answer_is_checked_like_the_configuration() {
    let taken = House::new().opens();
    let talk = taken.door("talk");
    let typed = format!("{}\n{}\n", talk.ip(), talk.port());
    let failure = House::new().asks_and_is_told(&typed).fails_to_open();
    failure.names(&["cannot open note", &talk.to_string(), "in use by posada"]);
    let twice = House::new().with("listeners.desk.address=127.0.0.1:4000");
    let failure = twice.asks_and_is_told("127.0.0.1\n4000\n").fails_to_open();
    failure.names(&["stands twice", "listeners.desk.address", "listeners.note.address", "--ask"]);
}

#[test]
fn the_operator_is_asked_at_a_terminal() {
    let house = House::new().asks_and_is_told("");
    let mut operator = Terminal::new().starts(house.command());
    operator.sees("IP [127.0.0.1]: ").enters("aqui").sees("\"aqui\" no es una IP");
    operator.sees("IP [127.0.0.1]: ").enters("127.0.0.2").sees("Puerto [0]: ").enters("");
    operator.sees("note     listening on tcp 127.0.0.2:").sees("ready");
}
