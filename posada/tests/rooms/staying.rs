//! What stays of rooms when the server starts again, and how the talk profile has them.

use std::process::Command;

use crate::support::{House, Native, Server, until};

#[test]
fn rooms_topics_and_histories_are_there_after_a_restart_and_nobody_is_in_them() {
    let house = House::new();
    let server = house.opens();
    let mut ana = server.native("ana").named("ana");
    ana.does("join Dev");
    ana.does("topic dev tests of the GPU");
    let said = ana.does("say hola");
    ana.does("join vacía");
    ana.does("topic vacía nada");
    ana.does("topic vacía \"\"");
    ana.does("leave vacía");
    ana.does("topic lobby ¡bienvenidos!");
    let mut luis = server.native("luis").named("luis");
    luis.does("join dev");
    let before = ana.lists("rooms");
    assert_eq!(
        before,
        ["#lobby 2 here: ¡bienvenidos!", "#Dev 2 here: tests of the GPU", "#vacía 0 here"]
    );
    server.dies();

    let server = house.opens();
    let mut eva = server.native("eva");
    assert_eq!(
        eva.lists("rooms"),
        ["#lobby 0 here: ¡bienvenidos!", "#Dev 0 here: tests of the GPU", "#vacía 0 here"]
    );
    assert_eq!(eva.asks("topic dev"), "OK #Dev: tests of the GPU");
    assert_eq!(eva.lists("who dev"), [""; 0]);
    let mut eva = eva.named("eva");
    let reply = eva.asks("join DEV");
    assert!(reply.ends_with(" joined #Dev 1 here: tests of the GPU"), "{reply}");
    // A topic is a part of what was said, and so is the name that it was said by.
    eva.socket.says_only("resume 0 dev").reads("OK 2 events\n");
    eva.socket.reads(format!("* {} topic #Dev ana: tests of the GPU\n", said - 1));
    eva.socket.reads(format!("* {said} #Dev ana: hola\n.\n"));
    server.stops();
}

#[test]
fn old_clients_have_rooms_too() {
    let house = House::new().with("listeners.talk.per_second=0");
    let server = house.opens();
    let mut ana = server.talk("ana");
    let mut luis = server.talk("luis");
    let mut eva = server.native("eva").named("eva");
    let seq = eva.does("join dev");
    ana.asks("/entrar dev", &format!("OK {} entras en #dev 2 aquí", seq + 1));
    ana.says("hola");
    assert_eq!(eva.hears().text, "hola");
    // Who is in the lobby only hears nothing of it, and topics are not for old clients.
    eva.does("topic dev la fresadora");
    eva.does("to #lobby a todos");
    luis.hears("eva: a todos");
    ana.hears("eva: a todos");
    eva.does("say aquí");
    ana.hears("#dev eva: aquí");
    ana.asks("/quien", "OK 2 aquí\neva\nana\n.");
    ana.asks("/WHO lobby", "OK 3 aquí\nana\nluis\neva\n.");
    ana.asks("/tema", "OK #dev: la fresadora");
    ana.says("//salir es un verbo");
    assert_eq!(eva.hears().text, "/salir es un verbo");
    ana.sends("/baile");
    let refusal = String::from_utf8(ana.recv()).expect("it is UTF-8");
    assert!(refusal.starts_with("ERR unknown_verb "), "{refusal}");
    ana.asks("/salir", "OK hasta luego").is_cut_off();
    server.stops();
}

/// Such a client takes what one `recv(1024)` brings for one message: so each reply ends there. What
/// others say is longer at times, and comes whole.
#[test]
fn a_reply_to_an_old_client_has_at_most_1024_bytes() {
    let house = House::new().with("listeners.talk.per_second=0");
    let server = house.opens();
    let mut ana = server.talk("ana");
    ana.sends("/ayuda");
    let help = ana.recv();
    assert!((1000..=1024).contains(&help.len()), "{} bytes", help.len());
    assert!(std::str::from_utf8(&help).expect("whole characters").starts_with("OK verbos\n"));
    // Nothing more of it comes.
    ana.asks("/ping", "OK pong");

    let text = "ñ".repeat(900);
    server.native("eva").named("eva").does(&format!("say {text}"));
    ana.reads(format!("eva: {text}")).asks("/ping", "OK pong");
    server.stops();
}

/// Asks something of `posada operator`; it is done.
#[track_caller]
fn orders(house: &House, words: &[&str]) {
    let mut posada = Command::new(env!("CARGO_BIN_EXE_posada"));
    posada.arg("operator").arg("--data").arg(house.data()).args(words).env("LC_ALL", "C");
    let output = posada.output().expect("the binary under test runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{words:?}: {said}");
}

#[test]
fn what_the_operator_does_reaches_every_room_and_lasts() {
    let house = House::new();
    let server = house.opens();
    let secret = "000102030405060708090a0b0c0d0e0f";
    let come = |server: &Server, name: &str| {
        let mut native = server.native(name);
        let reply = native.asks(&format!("name {name} secret:{secret}"));
        (native, reply)
    };
    let (mut ana, _) = come(&server, "ana");
    ana.does("join dev");
    ana.does("leave lobby");
    ana.does("reserve Habitación 1");
    let (mut luis, _) = come(&server, "luis");
    // It reaches who has left the lobby, once, and is kept in the lobby's history.
    orders(&house, &["cerramos", "a", "las", "tres"]);
    for native in [&mut ana, &mut luis] {
        let line = native.socket.line().expect("it is told");
        assert!(line.starts_with("* ") && line.ends_with(" ! cerramos a las tres"), "{line}");
        native.socket.says_only("ping").reads("OK pong\n");
    }
    orders(&house, &["/kick", "ana"]);
    ana.socket.reads("BYE kicked the operator sent you away\n").is_cut_off();
    orders(&house, &["@ana", "vuelve"]);
    orders(&house, &["/ban", "luis", "2h"]);
    luis.socket.reads("BYE banned the operator has shut you out\n").is_cut_off();
    server.dies();

    let server = house.opens();
    let (_, refused) = come(&server, "luis");
    assert!(refused.starts_with("ERR banned "), "{refused}");
    let (mut ana, reply) = come(&server, "ana");
    assert!(reply.contains(" welcome back"), "{reply}");
    let told = ana.socket.line().expect("it waited");
    assert!(told.ends_with(" !@ vuelve"), "{told}");
    ana.socket.says_only("resume 0 lobby").reads("OK 1 events\n");
    let kept = ana.socket.line().expect("an announcement is kept");
    assert!(kept.ends_with(" ! cerramos a las tres"), "{kept}");
    ana.socket.reads(".\n");
    holds(&mut ana, "Habitación 1: yours since ");
    orders(&house, &["/release", "Habitación 1"]);
    until("it is free", || {
        ana.lists("list").iter().any(|line| line == "Habitación 1: free").then_some(())
    });
    orders(&house, &["/unban", "luis"]);
    assert!(come(&server, "luis").1.starts_with("OK "), "he is let in again");
    server.stops();
}

#[track_caller]
fn holds(native: &mut Native, what: &str) {
    let listed = native.lists("list");
    assert!(listed.iter().any(|line| line.starts_with(what)), "{listed:?}");
}
