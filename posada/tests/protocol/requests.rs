//! Requests of programs: their ids, what is wrong with them, and their order.

use serde_json::{Value, json};

use crate::hostile::json_line;
use crate::support::{Client, House, Server};

fn server() -> Server {
    House::new().in_memory().opens()
}

#[track_caller]
fn ask(client: &mut Client, line: &str) -> Value {
    client.says_only(line);
    json_line(client)
}

#[test]
fn an_id_comes_back_as_it_was() {
    let server = server();
    let mut eva = server.program("eva").socket;
    let long = format!("\"{}\"", "ñ".repeat(64));
    let ids = [
        "0",
        "-9223372036854775808",
        "9223372036854775807",
        "\"\"",
        "\"7\"",
        "\"a\\u001b[2J\\nOK\"",
        "null",
        &long,
    ];
    for id in ids {
        let sent: Value = serde_json::from_str(id).expect("JSON");
        let good = ask(&mut eva, &format!("{{\"id\":{id},\"do\":\"ping\"}}"));
        assert_eq!(good, json!({"id": sent, "ok": {"pong": true}}));
        let bad = ask(&mut eva, &format!("{{\"id\":{id},\"do\":\"dance\"}}"));
        assert_eq!((&bad["id"], &bad["error"]["code"]), (&sent, &json!("unknown_verb")));
    }
    assert_eq!(ask(&mut eva, r#"{"do":"ping"}"#), json!({"id": null, "ok": {"pong": true}}));
}

#[test]
fn what_is_no_id_is_refused() {
    let server = server();
    let mut eva = server.program("eva").socket;
    let long = format!("\"{}\"", "x".repeat(65));
    for id in ["1.5", "true", "[1]", "{}", "9223372036854775808", &long] {
        let reply = ask(&mut eva, &format!("{{\"id\":{id},\"do\":\"ping\"}}"));
        assert_eq!(reply["id"], Value::Null, "{id}: {reply}");
        assert_eq!(reply["error"]["code"], "bad_request", "{id}: {reply}");
        let detail = reply["error"]["detail"].as_str().expect("a detail");
        let clear = detail.contains("id") && !detail.contains("untagged enum");
        assert!(clear, "{id} is explained by {detail:?}");
    }
}

/// Each with the id that can be found, and words that the detail holds.
#[test]
fn what_is_wrong_with_a_request_is_said_with_its_id() {
    let server = server();
    let mut eva = server.program("eva").socket;
    let id = json!("x");
    let cases = [
        (r#"{"id":"x"}"#, &id, "`do`"),
        (r#"{"id":"x","do":7}"#, &id, "string"),
        (r#"{"id":"x","do":"say"}"#, &id, "`text` is missing"),
        (r#"{"id":"x","do":"say","text":null}"#, &id, "`text` is missing"),
        (r#"{"id":"x","do":"say","text":["a"]}"#, &id, "string"),
        (r#"{"id":"x","do":"to","text":"hola"}"#, &id, "`to` is missing"),
        (r#"{"id":"x","do":"name"}"#, &id, "`name` is missing"),
        (r#"{"id":"x","do":"reserve"}"#, &id, "`resource` is missing"),
        (r#"{"id":"x","do":"say","txt":"hola"}"#, &id, "unknown field `txt`"),
        (r#"{"id":"x","do":"ping","text":"hola"}"#, &id, "`ping` takes no `text`"),
        (r#"{"id":"x","do":"say","text":"a","secret":"b"}"#, &id, "`say` takes no `secret`"),
        (r#"{"id":"x","do":"who","room":"dev","after":1}"#, &id, "`who` takes no `after`"),
        (r#"{"id":"x","do":"resume","after":"1"}"#, &id, "string"),
        (r#"{"id":"x","do":"cancel","resource":"a","key":0}"#, &id, "a key is a whole number"),
        (r#"{"id":"x","do":"cancel","resource":"a","key":"1"}"#, &id, "a key is a whole number"),
        (r#"{"id":"x","do":"leave","key":1}"#, &id, "`leave` takes no `key`"),
        (r#"{"id":"x","do":"list","key":1}"#, &id, "`list` takes no `key`"),
        (r#"{"id":"x","do":"watch","room":"a","resource":"b"}"#, &id, "not both"),
        (r#"{"id":"x","do":"ping","do":"quit"}"#, &id, "duplicate field `do`"),
        (r#"{"id":"x","do":"say","text":"\ud800"}"#, &id, "hex escape"),
        (r#"{"id":"x","do":"say","\u001b[2J":1}"#, &id, "unknown field `\u{fffd}[2J`"),
        (r#"{"id":"x","do":"say","\u0000":1}"#, &id, "unknown field"),
        (r#"{"id":"x","do":"ping""#, &Value::Null, "EOF"),
        (r#"{"id":"x","do":"ping"} {}"#, &Value::Null, "trailing"),
        (r"{'id':'x'}", &Value::Null, "column 2"),
    ];
    for (line, id, detail) in cases {
        let reply = ask(&mut eva, line);
        let error = &reply["error"];
        assert_eq!((&reply["id"], &error["code"]), (id, &json!("bad_request")), "{line}");
        let found = error["detail"].as_str().unwrap_or_else(|| panic!("no detail: {reply}"));
        assert!(found.contains(detail), "{line}: {found:?} does not say {detail:?}");
    }
    assert_eq!(ask(&mut eva, r#"{"id":1,"do":"ping"}"#)["ok"]["pong"], true);
}

#[test]
fn depth_is_bounded() {
    let server = server();
    let mut eva = server.program("eva").socket;
    let reply = ask(&mut eva, &format!("{{\"id\":{}", "[".repeat(60_000)));
    assert_eq!(reply["error"]["code"], "bad_request");
    assert_eq!(ask(&mut eva, r#"{"id":1,"do":"ping"}"#)["ok"]["pong"], true);
}

#[test]
fn the_same_refusal_by_hand_and_in_json() {
    let server = server();
    let mut eva = server.program("eva").socket;
    let mut hand = server.native("a hand");
    let cases = [
        (json!({"do": "say", "text": "hola"}), "say hola"),
        (json!({"do": "say", "text": " "}), "say "),
        (json!({"do": "to", "to": "luis", "text": "hola"}), "to luis hola"),
        (json!({"do": "name", "name": "Servidor"}), "name Servidor"),
        (json!({"do": "name", "name": "a", "secret": "+1"}), "name a secret:+1"),
        (json!({"do": "reserve", "resource": "nada"}), "reserve nada"),
        (json!({"do": "cancel", "resource": "Habitación 1"}), "cancel Habitación 1"),
        (json!({"do": "dance"}), "dance"),
        (json!({"do": "join", "room": "a b"}), "join a b"),
        (json!({"do": "join", "room": "dev"}), "join dev"),
        (json!({"do": "say", "room": "dev", "text": "hola", "key": 1}), "key:1 to #dev hola"),
        (json!({"do": "who", "room": "dev"}), "who dev"),
        (json!({"do": "topic", "room": "dev"}), "topic dev"),
        (json!({"do": "resume", "after": 1}), "resume 1"),
        (json!({"do": "watch", "resource": "nada"}), "watch nada"),
        (json!({"do": "watch", "room": "lobby"}), "watch #lobby"),
        (json!({"do": "typing"}), "typing"),
        (json!({"do": "operator", "token": "00"}), "operator 00"),
        (json!({"do": "kick", "who": "ana"}), "kick ana"),
        (json!({"do": "ban", "who": "a:b"}), "ban a:b"),
        (json!({"do": "sessions"}), "sessions"),
    ];
    for (request, line) in cases {
        let (reply, by_hand) = (ask(&mut eva, &request.to_string()), hand.asks(line));
        let error = &reply["error"];
        let [code, message, help] =
            ["code", "message", "help"].map(|field| error[field].as_str().unwrap_or_default());
        assert_eq!(by_hand, format!("ERR {code} {message} ({help})"));
    }
}

#[test]
fn a_thousand_requests_at_once_get_a_thousand_replies_in_order() {
    let server = server();
    let mut eva = server.program("eva").socket;
    eva.says_only(r#"{"id":"name","do":"name","name":"eva"}"#);
    let mut sender = eva.sender();
    let mut all = String::new();
    for n in 0..1_000 {
        all += &match n % 4 {
            0 => json!({"id": n, "do": "say", "text": format!("number {n}")}).to_string(),
            1 => json!({"id": n, "do": "list"}).to_string(),
            2 => json!({"id": n, "do": "dance"}).to_string(),
            _ => json!({"id": n, "do": "ping"}).to_string(),
        };
        all.push('\n');
    }
    let writer = std::thread::spawn(move || {
        std::io::Write::write_all(&mut sender, all.as_bytes()).expect("the server reads on");
    });
    assert_eq!(json_line(&mut eva)["id"], "name");
    let mut last = 0;
    for n in 0..1_000 {
        let reply = json_line(&mut eva);
        assert_eq!(reply["id"], n, "{reply}");
        if n % 4 == 0 {
            let seq = reply["ok"]["seq"].as_u64().expect("it was said");
            assert!(seq > last, "{seq} after {last}");
            last = seq;
        }
    }
    writer.join().expect("it has written");
}

#[test]
fn who_hangs_up_still_gets_every_answer() {
    let server = server();
    let mut ana = server.native("ana").socket;
    ana.sends("name ana\n".to_owned() + &"ping\n".repeat(1_000) + "reserve Habitación 1")
        .hangs_up();
    let all = ana.rest();
    let lines: Vec<_> = all.lines().collect();
    assert_eq!(lines.len(), 1_002, "{all}");
    assert!(lines[1..1_001].iter().all(|line| *line == "OK pong"));
    assert!(lines[1_001].ends_with(" reserved Habitación 1"), "{}", lines[1_001]);
}

/// Requests are answered in their own form, what nobody asked for in that of the first line.
#[test]
fn events_keep_the_form_of_the_first_line() {
    let server = server();
    let mut hand = server.native("hand").named("hand");
    let mut program = server.program("program").socket;
    ask(&mut program, r#"{"do":"name","name":"program"}"#);
    ask(&mut hand.socket, r#"{"do":"ping"}"#);
    program.says_only("ping").reads("OK pong\n");

    let mut eva = server.native("eva").named("eva");
    let seq = eva.does("say hola");
    hand.socket.reads(format!("* {seq} #lobby eva: hola\n"));
    assert_eq!(json_line(&mut program)["event"], "message");
    let seq = eva.does("to hand psst");
    hand.socket.reads(format!("* {seq} @ eva: psst\n"));
    eva.does("to program psst");
    assert_eq!(json_line(&mut program)["event"], "direct");
    server.stops();
    hand.socket.reads("BYE closing the server is closing\n").is_cut_off();
    assert_eq!(json_line(&mut program)["code"], "closing");
}
