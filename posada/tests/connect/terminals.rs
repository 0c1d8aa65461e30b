//! What reaches a terminal, on terminals of several kinds.

use std::io::Write;
use std::net::TcpListener;

use crate::pty::Terminal;
use crate::support::House;

/// Talks while somebody else does, on this terminal; returns everything that was written to it.
#[track_caller]
fn is_interrupted(terminal: Terminal, edits: bool) -> String {
    let server = House::new().in_memory().opens();
    let mut luis = server.native("luis").named("luis");
    let mut ana = terminal.runs(&["--name", "ana", &server.door("native").to_string()]);
    ana.sees("you are ana, in the lobby");
    if edits {
        ana.sees("ana> ");
    }
    ana.types("hola mu").sees("hola mu");
    luis.asks("say interrumpo");
    ana.sees("luis: interrumpo\n");
    if edits {
        // What was typed so far stands below what arrived, as it was.
        ana.sees("ana> hola mu");
    }
    ana.types("ndo\r").sees("addressed 1");
    assert_eq!(luis.hears().text, "hola mundo");
    ana.enters("/quit").sees("OK bye");
    assert_eq!(ana.ends(), Some(0));
    ana.written()
}

#[test]
fn what_arrives_does_not_tear_the_line_that_is_typed() {
    is_interrupted(Terminal::new(), true);
}

#[test]
fn a_terminal_of_unknown_size_that_answers_nothing_will_do() {
    let written = is_interrupted(Terminal::new().of_unknown_size(), true);
    assert!(!written.contains("\x1b[6n"), "it was asked where its cursor is");
}

#[test]
fn a_dumb_terminal_gets_lines_and_nothing_else() {
    let written = is_interrupted(Terminal::new().of_unknown_size().dumb(), false);
    assert!(!written.contains('\x1b'), "{written:?}");
}

#[test]
fn colours_respect_no_color() {
    let coloured = is_interrupted(Terminal::new().coloured(), true);
    assert!(coloured.contains("\x1b[1;36mluis\x1b[0m: interrumpo"), "{coloured:?}");
    let plain = is_interrupted(Terminal::new(), true);
    let mut sequences = plain.split("\x1b[").skip(1);
    let colours = |it: &str| it.chars().find(char::is_ascii_alphabetic) == Some('m');
    assert!(!sequences.any(colours), "{plain:?}");
}

#[test]
fn what_arrives_cannot_steer_the_terminal() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let place = listener.local_addr().expect("it has one").to_string();
    for terminal in [Terminal::new(), Terminal::new().dumb()] {
        let mut ana = terminal.runs(&["--profile", "raw", &place]);
        let (mut stream, _) = listener.accept().expect("she comes");
        ana.sees("(raw)");
        stream.write_all("\x1b[2J\x1b]0;x\x07\u{9b}31m\u{202e}\0\rforged\n".as_bytes()).ok();
        let clean = "\u{fffd}[2J\u{fffd}]0;x\u{fffd}\u{fffd}31m\u{fffd}\u{fffd}\u{fffd}forged\n";
        ana.sees(clean);
        drop(stream);
        ana.sees("the connection is over");
        assert_eq!(ana.ends(), Some(0));
    }
}
