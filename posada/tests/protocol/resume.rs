//! Coming back: the secret, the reservations that waited, and who is where.

use crate::support::{House, Native, Server};

/// Takes a name, or comes back to it, and returns the socket with the secret that was given.
#[track_caller]
fn arrives(server: &Server, name: &str) -> (Native, Option<String>) {
    let mut native = server.native(name);
    let reply = native.asks(&format!("name {name}"));
    assert!(reply.starts_with("OK "), "{name} is not welcome: {reply}");
    let word = reply.split(' ').nth(2).unwrap_or_default();
    let secret = word.strip_prefix("secret:").map(str::to_owned);
    (native, secret)
}

#[test]
fn a_reservation_waits_for_who_has_the_secret() {
    let house = House::new();
    let server = house.opens();
    let (mut ana, secret) = arrives(&server, "ana");
    let secret = secret.expect("a new name comes with a secret");
    let token = ana.does("reserve Habitación 1");
    ana.socket.says_only("quit").reads("OK bye\n").is_cut_off();

    let mut thief = server.native("a thief");
    assert!(thief.asks("name ana").starts_with("ERR name_taken "));
    for wrong in ["", "0", &"0".repeat(32), &secret[1..], &format!("{secret}0"), "+f"] {
        let reply = thief.asks(&format!("name ana secret:{wrong}"));
        assert!(reply.starts_with("ERR bad_secret "), "{wrong:?}: {reply}");
    }
    assert!(thief.asks("cancel Habitación 1").starts_with("ERR not_yours "));
    server.stops();

    let server = house.opens();
    assert!(server.native("a thief").asks("name ana").starts_with("ERR name_taken "));
    let (mut ana, none) = arrives(&server, &format!("ANA secret:{}", secret.to_uppercase()));
    assert_eq!(none, None, "the secret stays the same, and is not shown again");
    let listed = ana.lists("list");
    assert!(listed[0].starts_with("Habitación 1: yours since "), "{listed:?}");
    assert!(ana.does("cancel Habitación 1") > token);
    assert!(ana.does("reserve Habitación 1") > token, "fencing tokens only grow");
}

#[test]
fn who_comes_back_twice_is_in_one_place() {
    let server = House::new().in_memory().opens();
    let (mut old, secret) = arrives(&server, "ana");
    let mut luis = server.native("luis").named("luis");
    let back = format!("ana secret:{}", secret.expect("a secret"));
    let (mut new, _) = arrives(&server, &back);
    old.socket.reads("BYE replaced you came back on another connection\n").is_cut_off();
    assert_eq!(luis.lists("who"), ["luis", "ana"], "in the order of arrival");
    luis.does("say hola");
    assert_eq!(new.hears().text, "hola");
    luis.does("to ana psst");
    assert_eq!(new.hears().text, "psst");
}

#[test]
fn a_name_without_reservations_is_free_again_and_keeps_the_secret_that_is_brought() {
    let server = House::new().in_memory().opens();
    let (ana, secret) = arrives(&server, "ana");
    let secret = secret.expect("a secret");
    drop(ana);
    server.forgets("ana");
    let (first, none) = arrives(&server, &format!("ana secret:{secret}"));
    assert_eq!(none, None);
    let (_second, _) = arrives(&server, &format!("ana secret:{secret}"));
    drop(first);
    server.knows("ana");
}
