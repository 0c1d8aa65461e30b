//! Beginning and ending: what the operator reads, and what browsers are told.

use std::net::TcpListener;

use rustix::process::Signal;
use serde_json::json;

use crate::answer::get;
use crate::page::Page;
use crate::support::{Client, House, until};

#[test]
fn an_address_in_use_is_named_and_so_is_who_holds_it() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("some port is free");
    let address = taken.local_addr().expect("it is bound").to_string();
    let house = House::new().with(&format!("http.address={address}"));
    let pid = std::process::id().to_string();
    house.fails_to_open().names(&["http", &address, &pid]).before_opening_anything();
}

#[test]
fn it_says_where_the_page_is_and_can_be_the_only_way_in() {
    let house = House::new().with_web();
    let house = ["desk", "talk", "native"]
        .iter()
        .fold(house, |house, name| house.with(&format!("listeners.{name}.address=off")));
    let server = house.opens();
    let address = server.door("http");
    assert!(server.printed().contains(&format!("http     listening on http://{address}/\n")));
    assert_eq!(Page::open(&server).asks(json!({"do": "ping"}))["ok"]["pong"], true);
    server.stops();
}

#[test]
fn a_page_is_told_goodbye_before_the_server_ends() {
    let mut server = House::new().with_web().opens();
    let mut ana = Page::open(&server).named("ana");
    let mut nameless = Page::open(&server);
    assert_eq!(get(&server, "/healthz").status, 200);
    server.signal(Signal::TERM);
    let bye = ana.hears();
    assert_eq!((&bye["event"], &bye["code"]), (&json!("bye"), &json!("closing")), "{bye}");
    assert_eq!(ana.is_closed().0, 1001);
    let bye = nameless.hears();
    assert_eq!((&bye["event"], &bye["code"]), (&json!("bye"), &json!("closing")), "{bye}");
    assert_eq!(nameless.is_closed().0, 1001);
    assert_eq!(server.ends().code(), Some(0), "an orderly end");
}

/// Somebody who is owed more than its kernel takes keeps the server from ending at once.
#[test]
fn a_server_that_closes_says_that_it_is_not_well() {
    let house = House::new().in_memory().with_web().with("listeners.native.characters=0");
    let mut server = house.with("drain_seconds=600").opens();
    let mut slow = Client::connect("slow", server.door("native")).in_lines("\n");
    slow.asks("ping", "OK pong");
    let rooms = "who\n".repeat(200_000);
    let mut writer = slow.sender();
    let asking = std::thread::spawn(move || {
        // It ends when the server does, or takes no more.
        let _ = std::io::Write::write_all(&mut writer, rooms.as_bytes());
    });
    until("its answers are not taken any more", || {
        let text = get(&server, "/metrics").body;
        let asked = text.lines().find_map(|line| line.strip_prefix("posada_requests_total "));
        let asked: u64 = asked?.parse().ok()?;
        (asked > 20_000).then_some(())
    });
    server.signal(Signal::TERM);
    let health = until("it says that it closes", || {
        let health = get(&server, "/healthz");
        (health.status == 503).then_some(health)
    });
    assert_eq!(health.body, "the server is closing\n");
    assert_eq!(get(&server, "/api/v1/resources").status, 503);
    assert_eq!(Page::open(&server).is_closed().0, 1001);
    assert_eq!(get(&server, "/").status, 200);
    assert!(server.exit_status().is_none(), "it waits for who is owed something");
    server.signal(Signal::TERM);
    server.ends();
    asking.join().expect("it ends with the server");
}
