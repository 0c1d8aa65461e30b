//! Events: as text, as JSON, and as the first clients read them.

use posada_core::{Event, Seq};
use posada_wire::{Dialect, publish};

use super::text;

/// Text, JSON, and talk; nothing in talk means that nothing was written at all.
#[track_caller]
fn check(seq: Option<u64>, event: &Event, expected: [&str; 3]) {
    let dialects = [Dialect::Text, Dialect::Json, Dialect::Talk];
    for (dialect, expected) in dialects.into_iter().zip(expected) {
        let mut out = b"before ".to_vec();
        publish(dialect, seq.map(Seq), event, &mut out);
        let out = String::from_utf8(out).expect("posada speaks UTF-8");
        assert_eq!(out.strip_prefix("before "), Some(expected), "{dialect:?}");
    }
}

#[test]
fn messages() {
    let said = |room: &str| Event::Said { room: text(room), from: text("ana"), text: text("a: b") };
    check(
        Some(9),
        &said("lobby"),
        [
            "* 9 #lobby ana: a: b",
            r#"{"event":"message","seq":9,"room":"lobby","from":"ana","text":"a: b"}"#,
            "ana: a: b",
        ],
    );
    check(
        Some(9),
        &said("Dev"),
        [
            "* 9 #Dev ana: a: b",
            r#"{"event":"message","seq":9,"room":"Dev","from":"ana","text":"a: b"}"#,
            "#Dev ana: a: b",
        ],
    );
    check(
        Some(10),
        &Event::Direct { from: text("ana"), text: text("psst") },
        [
            "* 10 @ ana: psst",
            r#"{"event":"direct","seq":10,"from":"ana","text":"psst"}"#,
            "ana: psst",
        ],
    );
}

#[test]
fn the_operators_words() {
    check(
        Some(11),
        &Event::Announced { text: text("a las tres") },
        [
            "* 11 ! a las tres",
            r#"{"event":"announcement","seq":11,"text":"a las tres"}"#,
            "Servidor:a las tres",
        ],
    );
    check(
        Some(12),
        &Event::Told { text: text("a ti") },
        ["* 12 !@ a ti", r#"{"event":"told","seq":12,"text":"a ti"}"#, "Servidor:a ti"],
    );
}

#[test]
fn topics() {
    let topic =
        |topic: &str| Event::Topic { room: text("dev"), from: text("ana"), text: text(topic) };
    check(
        Some(13),
        &topic("hoy: nada"),
        [
            "* 13 topic #dev ana: hoy: nada",
            r#"{"event":"topic","seq":13,"room":"dev","from":"ana","text":"hoy: nada"}"#,
            "",
        ],
    );
    check(
        Some(13),
        &topic(""),
        [
            "* 13 topic #dev ana:",
            r#"{"event":"topic","seq":13,"room":"dev","from":"ana","text":""}"#,
            "",
        ],
    );
}

#[test]
fn resources() {
    let resource = text("Habitación 1");
    check(
        Some(14),
        &Event::Reserved { resource: resource.clone() },
        [
            "* 14 reserved Habitación 1",
            r#"{"event":"reserved","seq":14,"resource":"Habitación 1"}"#,
            "",
        ],
    );
    check(
        Some(15),
        &Event::Cancelled { resource },
        [
            "* 15 cancelled Habitación 1",
            r#"{"event":"cancelled","seq":15,"resource":"Habitación 1"}"#,
            "",
        ],
    );
}

#[test]
fn gaps() {
    check(
        Some(16),
        &Event::Gap { room: Some(text("dev")), after: Seq(6) },
        ["* 16 gap #dev 6", r#"{"event":"gap","room":"dev","after":6,"until":16}"#, ""],
    );
    check(
        Some(16),
        &Event::Gap { room: None, after: Seq(0) },
        ["* 16 gap @ 0", r#"{"event":"gap","after":0,"until":16}"#, ""],
    );
}

#[test]
fn signals() {
    let (room, name) = (text("dev"), text("Ana María"));
    let json = |event: &str| format!(r#"{{"event":"{event}","room":"dev","name":"Ana María"}}"#);
    check(
        None,
        &Event::Here { room: room.clone(), name: name.clone() },
        ["* - here #dev Ana María", &json("here"), ""],
    );
    check(
        None,
        &Event::Gone { room: room.clone(), name: name.clone() },
        ["* - gone #dev Ana María", &json("gone"), ""],
    );
    check(None, &Event::Typing { room, name }, ["* - typing #dev Ana María", &json("typing"), ""]);
}
