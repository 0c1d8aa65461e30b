//! Who may ask, how much, and for how long.

use std::fs;
use std::io::Write;

use crate::answer::{connect, get, raw, read, request};
use crate::support::House;

#[test]
fn every_answer_forbids_the_browser_what_the_page_does_not_need() {
    let server = House::new().with_web().opens();
    let policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                  img-src 'self' data:; base-uri 'none'; form-action 'none'; \
                  frame-ancestors 'none'";
    let elsewhere = raw(&server, "GET / HTTP/1.1\r\nHost: evil.example\r\n");
    for answer in [get(&server, "/"), get(&server, "/no"), get(&server, "/metrics"), elsewhere] {
        assert_eq!(answer.header("content-security-policy"), policy);
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin");
        assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin");
        assert!(answer.has("permissions-policy"));
        assert!(!answer.has("access-control-allow-origin") && !answer.has("set-cookie"));
    }
}

#[test]
fn only_under_its_own_names_is_anything_served() {
    let server = House::new().with_web().with("http.hosts=posada.example").opens();
    let port = server.door("http").port();
    let under = |host: &str| raw(&server, &format!("GET / HTTP/1.1\r\nHost: {host}\r\n"));
    for good in ["localhost:{}", "127.0.0.1:{}", "[::1]:{}", "LocalHost:{}", "posada.example"] {
        let host = good.replace("{}", &port.to_string());
        assert_eq!(under(&host).status, 200, "{host}");
    }
    for bad in ["evil.example:{}", "evil.example", "localhost", "localhost:1", "a.localhost:{}"] {
        let host = bad.replace("{}", &port.to_string());
        let refused = under(&host);
        assert_eq!(refused.status, 421, "{host}");
        assert!(refused.body.contains("http.hosts"), "{}", refused.body);
    }
    for head in [
        "GET / HTTP/1.1\r\n".to_owned(),
        "GET / HTTP/1.0\r\n".to_owned(),
        format!("GET / HTTP/1.1\r\nHost: localhost:{port}\r\nHost: evil.example\r\n"),
        format!("GET http://evil.example/ HTTP/1.1\r\nHost: localhost:{port}\r\n"),
    ] {
        assert_eq!(raw(&server, &head).status, 421, "{head}");
    }
}

#[test]
fn only_its_own_page_may_open_a_conversation() {
    let server = House::new().with_web().opens();
    let door = server.door("http");
    let upgrade = "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    for stranger in [
        "Origin: http://evil.example".to_owned(),
        "Origin: null".to_owned(),
        format!("Origin: ftp://{door}"),
        format!("Origin: http://{door}\r\nOrigin: http://evil.example"),
        "Sec-Fetch-Site: cross-site".to_owned(),
        "Sec-Fetch-Mode: websocket".to_owned(),
        "Cookie: a=b".to_owned(),
    ] {
        let answer = request(&server, "GET", "/ws", &format!("{stranger}\r\n{upgrade}"));
        assert_eq!(answer.status, 403, "{stranger}");
        assert!(answer.body.contains("Origin"), "{}", answer.body);
    }
    assert_eq!(get(&server, "/ws").status, 426);
}

#[test]
fn what_is_too_much_is_refused() {
    let server = House::new().with_web().opens();
    let body = request(&server, "GET", "/", "Content-Length: 1\r\n");
    assert_eq!(body.status, 413);
    let chunked = request(&server, "GET", "/api/v1/resources", "Transfer-Encoding: chunked\r\n");
    assert_eq!(chunked.status, 413);
    let many = request(&server, "GET", "/", &"A: b\r\n".repeat(100));
    assert_eq!(many.status, 431);
    // What is longer than anybody reads may be reset before the answer is taken.
    let mut endless = connect(server.door("http"));
    let line = [b'a'; 1 << 10];
    let all = (0..1 << 12).all(|_| endless.write_all(&line).is_ok());
    assert!(!all, "four megabytes of a head were taken");
    assert_eq!(get(&server, "/healthz").status, 200);
}

/// Who comes from there is shut out; what the web asks for itself comes from nowhere.
#[test]
fn a_ban_of_its_own_address_leaves_it_healthy() {
    let house = House::new().with_web();
    let server = house.opens();
    let right = fs::read_to_string(house.data().join("operator")).expect("the server wrote it");
    let token = right.lines().find_map(|line| line.strip_prefix("token ")).expect("a token");
    let mut host = server.native("host");
    assert_eq!(host.asks(&format!("operator {token}")), "OK operator");
    assert!(host.asks("ban 127.0.0.1 for 1h").starts_with("OK "));
    assert_eq!(get(&server, "/healthz").status, 200);
    assert_eq!(get(&server, "/api/v1/resources").status, 200);
    host.socket.throws("sessions\n");
    let sessions: Vec<_> = (0..4).filter_map(|_| host.socket.line()).collect();
    assert!(sessions.iter().any(|line| line.starts_with("- web - ")), "{sessions:?}");
}

/// Each sends a piece of a head and waits: they are let go, and meanwhile cost nobody anything.
#[test]
fn who_says_nothing_holds_nobody_up_and_is_let_go() {
    let server = House::new().with_web().opens();
    let door = server.door("http");
    let mut idle: Vec<_> = (0..200).map(|_| connect(door)).collect();
    for (at, socket) in idle.iter_mut().enumerate().filter(|(at, _)| at % 2 == 0) {
        let piece = &"GET / HTTP/1.1\r\nHost"[..at % 16];
        socket.write_all(piece.as_bytes()).expect("a piece is taken");
    }
    assert_eq!(get(&server, "/healthz").status, 200);
    assert_eq!(server.native("anybody").asks("ping"), "OK pong");
    for socket in idle {
        let (mut rest, mut socket) = (Vec::new(), socket);
        let end = std::io::Read::read_to_end(&mut socket, &mut rest);
        assert!(end.is_ok(), "let go: {end:?}");
    }
}

#[test]
fn what_is_no_http_is_told_so() {
    let server = House::new().with_web().opens();
    let mut socket = connect(server.door("http"));
    socket.write_all(b"\x16\x03\x01 this is no request\r\n\r\n").expect("it is taken");
    assert_eq!(read(socket).status, 400);
}
