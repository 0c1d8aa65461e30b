//! Conversations in memory, by a clock that needs no waiting for.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::WebSocketUpgrade;
use axum::routing::any;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncReadExt, DuplexStream, duplex};

use super::*;

const HELLO: &str = "GET / HTTP/1.1\r\nHost: here\r\n\
                     Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                     Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
/// As RFC 6455 spells them: a ping, and a pong under an empty mask.
const A_PING: [u8; 2] = [0x89, 0];
const A_PONG: [u8; 6] = [0x8a, 0x80, 0, 0, 0, 0];

/// A browser whose conversation has begun, and the reactor's end of its pair.
async fn conversation() -> (DuplexStream, UnixStream) {
    let (mut browser, server) = duplex(1 << 10);
    let (mine, reactor) = UnixStream::pair().expect("two descriptors are left");
    let mine = Arc::new(Mutex::new(Some(mine)));
    let upgrade = async move |upgrade: WebSocketUpgrade| {
        let pair = mine.lock().expect("nobody panics").take().expect("there is one browser");
        upgrade.on_upgrade(|socket| serve(socket, pair))
    };
    let service = TowerToHyperService::new(Router::new().route("/", any(upgrade)));
    let connection = http1::Builder::new().serve_connection(TokioIo::new(server), service);
    tokio::spawn(connection.with_upgrades());
    browser.write_all(HELLO.as_bytes()).await.expect("it is read");
    let mut head = vec![];
    while !head.ends_with(b"\r\n\r\n") {
        head.push(browser.read_u8().await.expect("it is answered"));
    }
    assert!(head.starts_with(b"HTTP/1.1 101 "), "{}", String::from_utf8_lossy(&head));
    (browser, reactor)
}

/// When the reactor has seen the end of it: its place is free then.
async fn ended(mut reactor: UnixStream, began: Instant) -> Duration {
    reactor.read_to_end(&mut vec![]).await.expect("nothing breaks in a process");
    began.elapsed()
}

#[tokio::test(start_paused = true)]
async fn who_vanishes_is_gone_when_two_pings_are_unanswered() {
    let began = Instant::now();
    let (mut browser, reactor) = conversation().await;
    let ended = ended(reactor, began).await;
    assert_eq!(ended.as_secs(), 3 * PING.as_secs());
    let mut heard = vec![];
    browser.read_to_end(&mut heard).await.expect("what was sent before the end");
    assert_eq!(heard, A_PING.repeat(2));
}

#[tokio::test(start_paused = true)]
async fn who_answers_may_be_silent_for_ever() {
    let (mut browser, mut reactor) = conversation().await;
    let mut ping = [0; 2];
    for _ in 0..100 {
        browser.read_exact(&mut ping).await.expect("it is asked");
        assert_eq!(ping, A_PING);
        browser.write_all(&A_PONG).await.expect("it is heard");
    }
    reactor.write_all(b"{}\n").await.expect("it is taken");
    let mut frame = [0; 4];
    browser.read_exact(&mut frame).await.expect("it arrives");
    assert_eq!(frame, [0x81, 2, b'{', b'}']);
}

#[tokio::test(start_paused = true)]
async fn who_takes_nothing_is_gone_after_a_minute() {
    let began = Instant::now();
    let (browser, mut reactor) = conversation().await;
    let line = format!("{{\"event\":\"{}\"}}\n", "a".repeat(8 << 10));
    reactor.write_all(line.as_bytes()).await.expect("it is taken");
    assert_eq!(ended(reactor, began).await.as_secs(), STALLED.as_secs());
    drop(browser);
}

#[test]
fn a_goodbye_is_json_whatever_the_session_spoke() {
    let (text, parting) = event(b"BYE full all 2 places are taken");
    let said = r#"{"event":"bye","code":"full","message":"all 2 places are taken"}"#;
    assert_eq!(text, said);
    let expected = Parting::new(close_code::AGAIN, "full: all 2 places are taken");
    assert_eq!(parting, Some(expected));
    let line = br#"{"event":"bye","code":"slow","message":"too far behind"}"#;
    let expected = Parting::new(close_code::POLICY, "slow: too far behind");
    assert_eq!(event(line).1, Some(expected));
    assert_eq!(event(br#"{"id":1,"ok":{}}"#).1, None);
}

#[test]
fn a_reason_fits_its_frame_in_whole_characters() {
    let parting = Parting::new(1_000, &"ñ".repeat(100));
    assert_eq!(parting.reason, "ñ".repeat(61));
}
