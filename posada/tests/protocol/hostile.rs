//! Bytes that nobody honest sends to native: what they come to, and that the connection goes on.

use serde_json::{Value, json};

use crate::support::{Client, House, Server};

const BAD_TEXT: &str = "ERR bad_text that is not clean UTF-8 text (send UTF-8 without NUL)";
const TOO_LONG: &str = "ERR too_long that is too long (send it in shorter pieces)";

fn server() -> Server {
    House::new().in_memory().opens()
}

/// The next line, as JSON.
#[track_caller]
pub(crate) fn json_line(client: &mut Client) -> Value {
    let line = client.line().expect("cut off instead of a line of JSON");
    serde_json::from_str(&line).unwrap_or_else(|why| panic!("{why}: {line:?}"))
}

/// Somebody on native, with a name that was taken in JSON.
#[track_caller]
fn program(server: &Server, name: &str) -> Client {
    let mut client = server.program(name).socket;
    client.says_only(&json!({"do": "name", "name": name}).to_string());
    assert_eq!(json_line(&mut client)["ok"]["name"], name);
    client
}

#[track_caller]
fn goes_on(client: &mut Client) {
    client.says_only("ping").reads("OK pong\n");
}

#[test]
fn text_in_json_cannot_forge_a_line() {
    let server = server();
    let mut ana = server.native("ana").named("ana");
    let mut luis = program(&server, "luis");
    let mut eva = program(&server, "eva");
    let said = "hola\nOK 99 addressed 1\r\n.\nBYE slow x\n{\"id\":1,\"ok\":{}}";
    eva.says_only(&json!({"id": 1, "do": "say", "text": said}).to_string());
    let seq = json_line(&mut eva)["ok"]["seq"].as_u64().expect("a seq");

    let shown = said.replace(['\n', '\r'], "\u{fffd}");
    ana.socket.reads(format!("* {seq} #lobby eva: {shown}\n"));
    goes_on(&mut ana.socket);
    assert_eq!(json_line(&mut luis)["text"], shown);
    luis.says_only(r#"{"id":2,"do":"ping"}"#).reads("{\"id\":2,\"ok\":{\"pong\":true}}\n");
}

#[test]
fn json_in_text_is_talk() {
    let server = server();
    let mut ana = server.native("ana").named("ana");
    let mut luis = program(&server, "luis");
    let said = r#"{"id":1,"do":"quit"}"#;
    let seq = ana.does(&format!("say {said}"));
    let event =
        json!({"event": "message", "seq": seq, "room": "lobby", "from": "ana", "text": said});
    assert_eq!(json_line(&mut luis), event);
    goes_on(&mut ana.socket);
}

#[test]
fn a_line_is_json_exactly_if_it_begins_with_a_brace() {
    let server = server();
    let mut ana = server.native("ana");
    ana.socket
        .says_only(" \t{\"id\":1,\"do\":\"ping\"} ")
        .reads("{\"id\":1,\"ok\":{\"pong\":true}}\n");
    for broken in ["{", "{ping", "{}", "{\"id\":1}", "{\"do\":\"ping\"} ping", "{} {}"] {
        ana.socket.says_only(broken);
        assert_eq!(json_line(&mut ana.socket)["error"]["code"], "bad_request", "{broken}");
    }
    for text in ["[{\"do\":\"ping\"}]", "\"ping\"", "x{", "}"] {
        let reply = ana.asks(text);
        assert!(reply.starts_with("ERR unknown_verb "), "{text}: {reply}");
    }
}

#[test]
fn what_is_no_text_is_refused_and_the_connection_goes_on() {
    let server = server();
    let mut ana = server.native("ana").named("ana");
    let mut luis = server.native("luis").named("luis");
    let bad: [&[u8]; 7] = [
        b"say \xff",
        b"say \xc0\xaf",
        b"say \xed\xa0\x80",
        b"say \xf4\x90\x80\x80",
        b"say ma\xc3",
        b"\xfe\xff\0p\0i\0n\0g",
        b"say a\0b",
    ];
    for bytes in bad {
        ana.socket.sends(bytes).sends("\n").reads(format!("{BAD_TEXT}\n"));
    }
    goes_on(&mut ana.socket);
    ana.does("say á");
    assert_eq!(luis.hears().text, "á", "nothing of the rest has reached anybody");
}

#[test]
fn a_program_is_refused_in_json_also_where_its_line_is_unreadable() {
    let server = server();
    let mut eva = program(&server, "eva");
    let long = format!("{{\"id\":1,\"do\":\"say\",\"text\":\"{}\"}}", "x".repeat(70_000));
    let unreadable: [(&[u8], &str); 2] = [
        (b"{\"id\":1,\"do\":\"say\",\"text\":\"\xff\"}", "bad_text"),
        (long.as_bytes(), "too_long"),
    ];
    for (bytes, code) in unreadable {
        eva.sends(bytes).sends("\n");
        let reply = json_line(&mut eva);
        assert_eq!((&reply["id"], &reply["error"]["code"]), (&Value::Null, &json!(code)));
    }
    eva.says_only(r#"{"id":2,"do":"ping"}"#).reads("{\"id\":2,\"ok\":{\"pong\":true}}\n");
}

#[test]
fn what_steers_a_terminal_reaches_nobody() {
    let server = server();
    let mut ana = server.native("ana").named("ana");
    let mut luis = server.native("luis").named("luis");
    let mut eva = program(&server, "eva");
    let controls = (1..0x20).chain(0x7f..0xa0).filter(|code| ![0x09, 0x0a].contains(code));
    let others = [0x061c, 0x200e, 0x200f, 0x2028, 0x2029, 0xfff9, 0xfffb];
    let bidi = (0x202a..=0x202e).chain(0x2066..=0x2069);
    let steering = controls.chain(others).chain(bidi).filter_map(char::from_u32);
    let said: String = steering.flat_map(|c| ['a', c]).chain("\tz".chars()).collect();
    let shown: String = "a\u{fffd}".repeat(said.chars().count() / 2 - 1) + " z";

    ana.does(&format!("say {said}"));
    assert_eq!(luis.hears().text, shown, "said by hand, heard by hand");
    assert_eq!(json_line(&mut eva)["text"], shown, "said by hand, heard by a program");
    eva.says_only(&json!({"id": 1, "do": "to", "to": "luis", "text": said}).to_string());
    assert_eq!(json_line(&mut eva)["id"], 1);
    assert_eq!(luis.hears().text, shown, "said by a program");
}

#[test]
fn a_topic_is_one_line_wherever_it_is_read() {
    let server = server();
    let mut ana = program(&server, "ana");
    let mut luis = server.native("luis").named("luis");
    let topic = "a\n.\r\nOK 9\u{1b}[2J\u{202e}";
    ana.says_only(&json!({"id": 1, "do": "topic", "room": "lobby", "text": topic}).to_string());
    let seq = json_line(&mut ana)["ok"]["seq"].as_u64().expect("it is set");

    let shown = "a\u{fffd}.\u{fffd}\u{fffd}OK 9\u{fffd}[2J\u{fffd}";
    luis.socket.reads(format!("* {seq} topic #lobby ana: {shown}\n"));
    luis.socket.says_only("topic").reads(format!("OK #lobby: {shown}\n"));
    luis.socket.says_only("rooms").reads(format!("OK 1 rooms\n#lobby 2 here: {shown}\n.\n"));
    let eva = server.native("eva").named("eva").asks("join lobby");
    assert!(eva.ends_with(&format!(" joined #lobby 3 here: {shown}")), "{eva}");
}

#[test]
fn a_line_of_a_mebibyte_is_refused_once_and_the_next_one_is_heard() {
    let server = server();
    let mut ana = server.native("ana").named("ana");
    let mut luis = server.native("luis").named("luis");
    ana.socket.sends(format!("say {}\nping\n", "x".repeat(1 << 20)));
    ana.socket.reads(format!("{TOO_LONG}\nOK pong\n"));
    ana.does("say hola");
    assert_eq!(luis.hears().text, "hola");
}

#[test]
fn a_line_may_have_65536_bytes() {
    let server = server();
    let mut ana = server.native("ana");
    let longest = format!("ping{}", " ".repeat(65_536 - 4));
    for end in ["\n", "\r\n"] {
        ana.socket.sends(format!("{longest}{end}")).reads("OK pong\n");
        ana.socket.sends(format!("{longest} {end}ping\n")).reads(format!("{TOO_LONG}\nOK pong\n"));
    }
}

#[test]
fn a_text_is_measured_in_characters() {
    let server = server();
    let mut ana = server.native("ana").named("ana");
    for letter in ["x", "ñ", "👩"] {
        ana.does(&format!("say {}", letter.repeat(4_000)));
        assert_eq!(ana.asks(&format!("say {}", letter.repeat(4_001))), TOO_LONG);
    }
    let mut eva = program(&server, "eva");
    let escaped = "\\ud83d\\udc69".repeat(4_000);
    eva.says_only(&format!("{{\"id\":1,\"do\":\"say\",\"text\":\"{escaped}\"}}"));
    assert!(json_line(&mut eva)["ok"]["seq"].is_u64(), "escapes do not make it longer");
}

/// Between two bytes the server has had turns of its own: it has answered somebody else.
#[test]
fn a_slow_typist_is_understood() {
    let server = server();
    let mut ana = server.native("ana").named("ana");
    let mut luis = server.native("luis").named("luis");
    let mut porter = server.native("the porter");
    for byte in "decir ¿qué tal, 👩‍🚀?\r\nping\n".bytes() {
        ana.socket.sends([byte]);
        goes_on(&mut porter.socket);
    }
    assert_eq!(ana.answer().as_deref(), Some("OK 8 addressed 1"));
    assert_eq!(ana.answer().as_deref(), Some("OK pong"));
    assert_eq!(luis.hears().text, "¿qué tal, 👩‍🚀?");
}

/// Every line of it would be a command: `reserve` needs no name.
#[test]
fn a_web_page_cannot_drive_native() {
    let server = server();
    let body = "reserve Habitación 1\r\nname eva\r\nsay hola\r\n";
    for head in ["POST / HTTP/1.1\r\nHost: localhost:7672\r\n\r\n", "Host: localhost\r\n\r\n"] {
        let mut page = Client::connect("a web page", server.door("native"));
        page.sends(format!("{head}{body}"));
        page.is_cut_off();
    }
    let free = server.native("ana").lists("list");
    assert!(free.iter().all(|line| line.ends_with(": free")), "{free:?}");
}

#[test]
fn a_dot_is_stuffed_wherever_a_line_begins_with_it() {
    let server = House::new().in_memory().with_resources(&[".", "..", ".hidden", "a."]).opens();
    let mut ana = server.native("ana").named(".ana");
    ana.socket.says_only("list");
    ana.socket.reads("OK 4 resources\n..: free\n...: free\n..hidden: free\na.: free\n.\n");
    ana.socket.says_only("who").reads("OK 1 here\n..ana\n.\n");
    ana.does("reserve .");
    ana.socket.says_only(r#"{"do":"who"}"#).reads("{\"id\":null,\"ok\":{\"here\":[\".ana\"]}}\n");
}
