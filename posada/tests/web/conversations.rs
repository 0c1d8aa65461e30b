//! A WebSocket is a client like every other: same words, same order, same limits.

use serde_json::json;
use tungstenite::Message;

use crate::page::Page;
use crate::support::{House, ROOMS};

#[test]
fn a_page_reserves_and_talks_with_everybody_else() {
    let server = House::new().with_web().opens();
    let mut luis = server.native("luis").named("luis");
    let mut ana = Page::open(&server).named("ana");
    let said = ana.asks(json!({"do": "say", "text": "hola"}));
    assert_eq!(said["ok"]["addressed"], 1, "{said}");
    assert_eq!(luis.hears().text, "hola");
    luis.does("say buenas");
    let heard = ana.hears();
    assert_eq!((&heard["from"], &heard["text"]), (&json!("luis"), &json!("buenas")), "{heard}");
    let taken = ana.asks(json!({"do": "reserve", "resource": ROOMS[0]}));
    assert!(taken["ok"]["token"].is_u64(), "{taken}");
    let refused = luis.asks(&format!("reserve {}", ROOMS[0]));
    assert!(refused.starts_with("ERR taken"), "{refused}");
}

#[test]
fn a_program_needs_no_origin_and_a_page_of_another_name_of_ours_may_come() {
    let server = House::new().with_web().with("http.hosts=posada.example").opens();
    let port = server.door("http").port();
    for headers in [
        vec![],
        vec![("Origin", format!("http://localhost:{port}"))],
        vec![("Origin", "https://posada.example".to_owned()), ("Cookie", "a=b".to_owned())],
    ] {
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let pong = Page::opened_from(&server, &headers).asks(json!({"do": "ping"}));
        assert_eq!(pong["ok"]["pong"], true, "{headers:?}");
    }
}

#[test]
fn pages_and_programs_see_the_same_order() {
    const EACH: usize = 40;
    let server = House::new().with_web().with("http.per_second=0").opens();
    let mut page = Page::open(&server).named("page");
    let mut other = Page::open(&server).named("other");
    let mut listener = server.native("listener").named("listener");
    let mut native = server.program("program").named("program");
    for at in 0..EACH {
        assert!(page.posts(json!({"do": "say", "text": format!("page {at}")})));
        assert!(native.posts(json!({"do": "say", "text": format!("program {at}")})));
    }
    let by_native: Vec<_> = (0..2 * EACH).map(|_| listener.hears()).collect();
    let seen: Vec<_> = by_native.iter().map(|it| (it.seq, it.text.clone())).collect();
    let by_page: Vec<_> = (0..2 * EACH)
        .map(|_| other.hears())
        .map(|it| (it["seq"].as_u64().unwrap_or(0), it["text"].as_str().unwrap_or("").to_owned()))
        .collect();
    assert_eq!(by_page, seen);
    assert!(seen.is_sorted(), "{seen:?}");
    for _ in 0..EACH {
        assert!(page.answer()["ok"]["seq"].is_u64());
    }
}

#[test]
fn what_is_no_request_ends_the_conversation_with_a_reason() {
    let server = House::new().with_web().opens();
    let long = format!("{{\"do\":\"say\",\"text\":\"{}\"}}", "a".repeat(64 << 10));
    let huge = format!("{{\"do\":\"say\",\"text\":\"{}\"}}", "a".repeat(1 << 20));
    for (frame, code, word) in [
        (Message::text("{\"do\":\"ping\"}\n{\"do\":\"ping\"}"), 1007, "line breaks"),
        (Message::text("ping"), 1007, "JSON object"),
        (Message::text(""), 1007, "JSON object"),
        (Message::binary(vec![b'{', b'}']), 1003, "binary"),
        (Message::text(long), 1009, "65536"),
    ] {
        let mut page = Page::open(&server);
        assert!(page.sends(frame), "it is sent");
        let (closed, reason) = page.is_closed();
        assert_eq!(closed, code, "{reason}");
        assert!(reason.contains(word), "{reason}");
    }
    // What nobody would read may be reset before its reason is taken.
    let mut page = Page::open(&server);
    page.sends(Message::text(huge));
    page.sees_the_end();
    let pong = Page::open(&server).asks(json!({"do": "ping"}));
    assert_eq!(pong["ok"]["pong"], true);
}

#[test]
fn what_is_no_websocket_is_told_so() {
    let server = House::new().with_web().opens();
    for (frame, code, word) in [
        (&b"\x81\x02{}"[..], 1002, "mask"),
        (b"\x83\x80\0\0\0\0", 1002, "opcode"),
        (b"\x81\x82\0\0\0\0\xc3\x28", 1007, "UTF-8"),
    ] {
        let mut page = Page::open(&server);
        page.sends_raw(frame);
        let (closed, reason) = page.is_closed();
        assert_eq!(closed, code, "{reason}");
        assert!(reason.contains(word), "{reason}");
    }
}

/// A stream that ends without a goodbye breaks no rule: what came over it is done.
#[test]
fn what_was_asked_before_the_stream_ended_is_done() {
    let server = House::new().with_web().opens();
    let mut luis = server.native("luis").named("luis");
    for _ in 0..5 {
        let mut page = Page::open(&server).named("ana");
        for number in 0..15 {
            assert!(page.posts(json!({"do": "say", "text": number.to_string()})));
        }
        page.ends_its_side();
        for number in 0..15 {
            assert_eq!(luis.hears().text, number.to_string());
        }
        server.forgets("ana");
    }
}

#[test]
fn the_words_of_a_refusal_are_those_of_the_reader() {
    let server = House::new().with_web().opens();
    let mut page = Page::opened_from(&server, &[("Accept-Language", "es")]);
    let spanish = page.asks(json!({"do": "say", "text": "hola"}));
    let english = Page::open(&server).asks(json!({"do": "say", "text": "hola"}));
    assert_eq!(spanish["error"]["code"], english["error"]["code"]);
    assert_ne!(spanish["error"]["message"], english["error"]["message"]);
}

#[test]
fn there_are_as_many_places_as_are_configured_and_one_that_is_left_is_free() {
    let server = House::new().with_web().with("http.sessions=2").opens();
    let mut first = Page::open(&server).named("uno");
    let second = Page::open(&server).named("dos");
    let (code, reason) = Page::open(&server).is_closed();
    assert_eq!(code, 1013, "{reason}");
    assert!(reason.starts_with("full"), "{reason}");
    // Whoever asks for its health, or comes another way, needs none of these places.
    assert_eq!(crate::answer::get(&server, "/healthz").status, 200);
    assert_eq!(server.native("tres").asks("ping"), "OK pong");
    let bye = first.asks(json!({"do": "quit"}));
    assert_eq!(bye["ok"]["bye"], true, "{bye}");
    assert_eq!(first.is_closed().0, 1000);
    drop(second);
    server.forgets("dos");
    Page::open(&server).named("tres");
}

#[test]
fn who_is_too_fast_is_refused_and_stays() {
    let server = House::new().with_web().with("http.per_second=2").opens();
    let mut ana = Page::open(&server).named("ana");
    let codes: Vec<_> = (0..20)
        .map(|at| ana.asks(json!({"do": "say", "text": at.to_string()})))
        .filter_map(|answer| Some(answer["error"]["code"].as_str()?.to_owned()))
        .collect();
    assert!(codes.iter().any(|code| code == "too_fast"), "{codes:?}");
}

/// It takes what the kernel holds for it, then nothing: it is cut, and nobody else is.
#[test]
fn a_page_that_does_not_read_is_cut_and_costs_nobody_else() {
    let house = House::new().in_memory().with_web().with("listeners.native.characters=0");
    let server = house.opens();
    let mut silent = Page::open(&server).named("silent");
    let mut ana = server.native("ana").named("ana");
    let mut luis = Page::open(&server).named("luis");
    let text = "x".repeat(8_000);
    for round in 0.. {
        ana.does(&format!("say {text}"));
        let heard = luis.hears();
        assert_eq!(heard["text"].as_str().map(str::len), Some(8_000), "luis hears all of it");
        if server.logged().contains("slow: cut off") {
            break;
        }
        assert!(round < 10_000, "80 MB were kept for who does not read");
    }
    silent.sees_the_end();
    server.forgets("silent");
    let slow = crate::answer::get(&server, "/metrics").body;
    assert!(slow.contains("posada_slow_clients_cut_total 1\n"), "{slow}");
    assert_eq!(luis.asks(json!({"do": "ping"}))["ok"]["pong"], true);
}
