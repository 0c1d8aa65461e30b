//! Without a person: `echo LISTAR | posada connect localhost:12345`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, UdpSocket};
use std::process::{Command, Output, Stdio};
use std::thread;

use crate::support::{House, PATIENCE, PROMPT, ROOMS, listed};

/// Runs `posada connect` with this on its standard input.
#[track_caller]
fn pipes(arguments: &[&str], input: &str) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_posada"));
    command.arg("connect").args(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary runs");
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.to_owned();
    let writer = thread::spawn(move || stdin.write_all(input.as_bytes()).ok());
    let Output { status, stdout, stderr } = child.wait_with_output().expect("it ends");
    writer.join().expect("nobody panics here");
    let text = |bytes| String::from_utf8(bytes).expect("it prints text");
    (status.code(), text(stdout), text(stderr))
}

/// A port where nobody listens.
fn nowhere() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("it has one").to_string()
}

#[test]
fn the_desk_answers_a_pipe_to_the_end() {
    let server = House::new().in_memory().opens();
    let desk = server.door("desk").to_string();
    let input = "LISTAR\nRESERVAR Habitación 1\nRESERVAR Habitación 1\n";
    let expected =
        format!("{}\nReserva exitosa: Habitación 1\nRecurso no disponible\n", listed(&ROOMS));
    for profile in [&["--profile", "desk"][..], &[]] {
        let arguments = [&[desk.as_str()], profile].concat();
        let (code, out, err) = pipes(&arguments, input);
        assert_eq!((code, out.as_str(), err.as_str()), (Some(0), expected.as_str(), ""));
        pipes(&arguments, "CANCELAR Habitación 1");
    }
}

#[test]
fn a_thousand_requests_are_answered_before_the_pipe_ends() {
    let server = House::new().in_memory().opens();
    let native = server.door("native").to_string();
    let input = "ping\n".repeat(1000) + "list";
    let (code, out, err) = pipes(&["--profile", "native", &native], &input);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let lines: Vec<_> = out.lines().collect();
    assert_eq!(lines.iter().filter(|line| **line == "OK pong").count(), 1000);
    assert_eq!(lines[1000..].len(), 5, "the list follows, to its dot: {:?}", &lines[1000..]);
    assert_eq!(lines[1004], ".");
}

#[test]
fn a_name_goes_before_what_is_piped() {
    let server = House::new().in_memory().opens();
    let (native, talk) = (server.door("native").to_string(), server.door("talk").to_string());
    let (code, out, _) = pipes(&["--profile", "native", "--name", "ana", &native], "who\n");
    assert_eq!(code, Some(0), "{out}");
    assert!(out.contains(" ana: ") && out.ends_with("OK 1 here\nana\n.\n"), "{out}");
    let arguments = ["--profile", "talk", "--name", "luis", &talk];
    let (code, out, err) = pipes(&arguments, "hola\nsalir\n");
    assert_eq!((code, out), (Some(0), format!("{PROMPT}\nRecibido\n")), "{err}");
}

/// What was meant under a name is not done under none.
#[test]
fn a_name_that_is_refused_ends_it_before_anything_else_is_sent() {
    let server = House::new().in_memory().opens();
    let _ana = server.native("ana").named("ana");
    let native = server.door("native").to_string();
    let arguments = ["--profile", "native", "--name", "ana", &native];
    let (code, out, err) = pipes(&arguments, "reserve Habitación 1\n");
    assert_eq!(code, Some(2), "{err}");
    assert!(out.starts_with("ERR name_taken") && out.lines().count() == 1, "{out}");
    assert!(err.contains("nothing else was sent") && err.contains("secret:"), "{err}");
    server.native("luis").named("luis").does("reserve Habitación 1");
}

#[test]
fn where_nobody_listens_it_says_so() {
    let place = nowhere();
    for profile in ["native", "desk", "talk", "raw"] {
        let (code, out, err) = pipes(&["--profile", profile, &place], "HOLA MUNDO");
        assert_eq!((code, out.as_str()), (Some(1), ""));
        for word in [&place, "Connection refused", "posada serve"] {
            assert!(err.contains(word), "no {word:?} in {err}");
        }
    }
    let (code, _, err) = pipes(&["no-such-host.invalid"], "HOLA MUNDO");
    assert!(code == Some(1) && err.contains("no-such-host.invalid"), "{code:?} {err}");
    let (code, _, err) = pipes(&[&format!("udp://{place}")], "c17\n");
    assert!(code == Some(1) && err.contains("nobody listens"), "{code:?} {err}");
}

#[test]
fn what_cannot_be_meant_is_a_usage_error() {
    let wrong = [
        (&["localhost:99999"][..], "99999"),
        (&["http://localhost"], "udp://"),
        (&[":80"], "HOST"),
        (&[], "where to connect"),
        (&["--profile", "desk", "udp://localhost"], "--profile"),
        (&["--profile", "morse", "localhost"], "morse"),
    ];
    for (arguments, word) in wrong {
        let (code, out, err) = pipes(arguments, "");
        assert_eq!((code, out.as_str()), (Some(2), ""), "{arguments:?}: {err}");
        assert!(err.contains(word), "no {word:?} in {err}");
    }
}

#[test]
fn a_connection_lost_too_early_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let place = listener.local_addr().expect("it has one").to_string();
    let server = thread::spawn(move || {
        let (stream, _) = listener.accept().expect("somebody comes");
        let mut lines = BufReader::new(stream);
        let mut line = String::new();
        lines.read_line(&mut line).expect("a request");
        lines.read_line(&mut line).expect("another");
        lines.get_mut().write_all(b"OK pong\nBYE closing the server is closing\n").ok();
        line
    });
    let (code, out, err) = pipes(&["--profile", "native", &place], "ping\nreserve x\n");
    assert_eq!(server.join().expect("nobody panics here"), "ping\nreserve x\n");
    assert_eq!((code, out.as_str()), (Some(3), "OK pong\nBYE closing the server is closing\n"));
    for word in ["1 of 2", "closing", &place] {
        assert!(err.contains(word), "no {word:?} in {err}");
    }
}

#[test]
fn raw_sends_and_prints_what_there_is() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let place = listener.local_addr().expect("it has one").to_string();
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("somebody comes");
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("it half-closes");
        stream.write_all("ha\x1b[2Jbía\u{202e}".as_bytes()).ok();
        text
    });
    let (code, out, _) = pipes(&["--profile", "raw", &place], "HOLA MUNDO");
    assert_eq!(server.join().expect("nobody panics here"), "HOLA MUNDO");
    assert_eq!((code, out.as_str()), (Some(0), "ha\u{fffd}[2Jbía\u{fffd}\n"));
}

#[test]
fn a_line_is_a_datagram_and_the_first_is_the_code() {
    let peer = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    peer.set_read_timeout(Some(PATIENCE)).expect("it is not zero");
    let place = format!("udp://{}", peer.local_addr().expect("it has one"));
    let server = thread::spawn(move || {
        let mut bytes = [0; 1500];
        let mut heard = Vec::new();
        for reply in ["Cliente registrado: c17", "dos\nlíneas\x07", "Ate logo."] {
            let (count, from) = peer.recv_from(&mut bytes).expect("a datagram");
            heard.push(String::from_utf8_lossy(&bytes[..count]).into_owned());
            peer.send_to(reply.as_bytes(), from).expect("it is answered");
        }
        heard
    });
    let (code, out, err) = pipes(&["--name", "c17", &place], "olá\nsair\n");
    assert_eq!(server.join().expect("nobody panics here"), ["c17", "olá", "sair"]);
    let expected = "Cliente registrado: c17\ndos\nlíneas\u{fffd}\nAte logo.\n";
    assert_eq!((code, out.as_str(), err.as_str()), (Some(0), expected, ""));
}
