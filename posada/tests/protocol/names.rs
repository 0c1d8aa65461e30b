//! Names that would pass for somebody else's, mostly through native.

use serde_json::json;

use crate::hostile::json_line;
use crate::support::{House, PROMPT, Server};

fn server() -> Server {
    House::new().in_memory().opens()
}

/// The code with which a name is refused, by hand and in JSON.
#[track_caller]
fn refused(server: &Server, name: &str) -> String {
    let mut hand = server.native("a stranger");
    let reply = hand.asks(&format!("name {name}"));
    let by_hand = reply.strip_prefix("ERR ").unwrap_or_else(|| panic!("{name:?} got {reply}"));
    let by_hand = by_hand.split(' ').next().unwrap_or_default();
    let mut program = server.program("a strange program").socket;
    program.says_only(&json!({"do": "name", "name": name}).to_string());
    let in_json = json_line(&mut program);
    assert_eq!(in_json["error"]["code"], by_hand, "{name:?} in JSON: {in_json}");
    by_hand.to_owned()
}

#[test]
fn what_hides_or_forges_is_no_name() {
    let server = server();
    let bad = [
        "ana: hola",
        "ana\u{ff1a} hola",
        "ana@lobby",
        "#lobby",
        "* 9 #lobby ana",
        "/who",
        "{ana}",
        "a\x1b[2Jna",
        "a\u{9b}2Jna",
        "a\tna",
        "a\0na",
        "ana\u{200b}",
        "a\u{ad}na",
        "\u{202e}ana",
        "a\u{2028}na",
        "\u{feff}ana",
        "\u{3164}",
        "an  a",
        "аna",
        "\u{405}ervidor",
        &"x".repeat(41),
        &"\u{fb00}".repeat(21),
    ];
    for name in bad {
        assert_eq!(refused(&server, name), "bad_name", "{name:?}");
    }
    assert!(server.native("a stranger").lists("who").is_empty());
}

#[test]
fn nobody_passes_for_the_server_or_a_command() {
    let server = server();
    for name in
        ["Servidor", "SERVER", "ｓｅｒｖｅｒ", "anónimo", "reservar", "Quién", "salir", "127.0.0.1"]
    {
        assert_eq!(refused(&server, name), "name_reserved", "{name:?}");
    }
}

#[test]
fn a_line_end_within_a_json_name_is_no_name() {
    let server = server();
    let mut program = server.program("a program").socket;
    for name in ["ana\nOK 6 luis", "a\r\nna", "a\u{85}na", "a\u{b}na"] {
        program.says_only(&json!({"id": 1, "do": "name", "name": name}).to_string());
        assert_eq!(json_line(&mut program)["error"]["code"], "bad_name", "{name:?}");
    }
    program.says_only(r#"{"id":2,"do":"name","name":" ana\r\n"}"#);
    assert_eq!(json_line(&mut program)["ok"]["name"], "ana", "around it, it is just space");
}

#[test]
fn talk_asks_again_whatever_the_name_was() {
    let server = server();
    let mut stranger = server.stranger("a stranger").in_lines("\n");
    let bad: [(&[u8], &str); 4] = [
        (b"a: b", "Error: Eso no puede ser un nombre."),
        (b"Server", "Error: Nadie puede llamarse asi."),
        (b"\xff", "Error: El mensaje no es texto UTF-8."),
        (b"an\0a", "Error: Eso no puede ser un nombre."),
    ];
    for (name, error) in bad {
        stranger.sends(name).sends("\n").reads(format!("{error}\n{PROMPT}\n"));
    }
    server.arrives(stranger, "ana");
}

#[test]
fn names_that_look_the_same_are_the_same() {
    let server = server();
    let pairs: [(&str, &[&str]); 4] = [
        ("Ana", &["ana", "ANA", "ＡＮＡ", "\"aNa\"", "  ana "]),
        ("María", &["Mari\u{301}a", "MARÍA"]),
        ("Straße", &["STRASSE", "strasse"]),
        ("Σίσυφος", &["ΣΊΣΥΦΟΣ", "σίσυφοσ"]),
    ];
    for (name, others) in pairs {
        let _holder = server.native(name).named(name);
        for other in others {
            let reply = server.native("a stranger").asks(&format!("name {other}"));
            assert!(reply.starts_with("ERR name_taken "), "{other:?} beside {name:?}: {reply}");
        }
    }
}

#[test]
fn a_resource_is_meant_in_any_case_width_and_composition() {
    let server = server();
    let mut ana = server.native("ana").named("ana");
    for name in ["habitación 1", "HABITACIÓN 1", "Habitacio\u{301}n １", "Ｈabitación 1"] {
        let reply = ana.asks(&format!("reserve {name}"));
        assert!(reply.ends_with(" reserved Habitación 1"), "{name:?}: {reply}");
        ana.does(&format!("cancel {name}"));
    }
    for name in ["Habitacion 1", "Habitación  1", "Habitación 1\u{200b}", "Habitación"] {
        let reply = ana.asks(&format!("reserve {name}"));
        assert!(reply.starts_with("ERR no_such_resource "), "{name:?}: {reply}");
    }
}

#[test]
fn what_hides_or_forges_is_no_room() {
    let server = server();
    let mut ana = server.native("ana").named("ana");
    let mut program = server.program("a program").named("eva").socket;
    let bad = [
        "a b",
        "a\u{a0}b",
        "dev: hola",
        "dev\u{ff1a}",
        "##dev",
        "#",
        "*",
        "/dev",
        "a\x1b[2J",
        "de\u{200b}v",
        "\u{202e}dev",
        "dеv",
        &"x".repeat(41),
    ];
    for room in bad {
        let reply = ana.asks(&format!("join {room}"));
        assert!(reply.starts_with("ERR bad_name "), "{room:?}: {reply}");
        program.says_only(&json!({"do": "join", "room": room}).to_string());
        assert_eq!(json_line(&mut program)["error"]["code"], "bad_name", "{room:?}");
    }
    assert_eq!(ana.lists("rooms"), ["#lobby 2 here"], "none of them came into being");
}

#[test]
fn a_room_is_meant_in_any_case_width_and_composition() {
    let server = server();
    let mut ana = server.native("ana").named("ana");
    ana.does("join #Café");
    for room in ["café", "CAFÉ", "#Cafe\u{301}", "ｃａｆé", "\u{ff03}café"] {
        let reply = ana.asks(&format!("join {room}"));
        assert!(reply.ends_with(" joined #Café 1 here"), "{room:?}: {reply}");
        assert_eq!(ana.lists(&format!("who {room}")), ["ana"], "{room:?}");
    }
    for room in ["cafe", "cafés"] {
        let reply = ana.asks(&format!("who {room}"));
        assert!(reply.starts_with("ERR no_such_room "), "{room:?}: {reply}");
    }
}
