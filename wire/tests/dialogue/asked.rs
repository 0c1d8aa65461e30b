//! What a line asks: by hand and in JSON the same.

use posada_core::limits::{BAN_MS, TOPIC_CHARACTERS};
use posada_core::{Addressee, Answer, Ask, Barred, Key, Label, Order, Refusal, Seq, Watched};
use posada_wire::secret;

use super::{DRAWN, Guest, text};

/// What was wrong with a request in JSON, as its reply says it.
#[track_caller]
fn wrong(line: &str) -> String {
    let mut guest = Guest::native();
    assert_eq!(guest.says(line), (Ask::Unreadable(Refusal::BadRequest), None), "{line}");
    let reply = guest.hears(&Answer::Refused(Refusal::BadRequest));
    let reply: serde_json::Value = serde_json::from_str(&reply).expect("JSON");
    reply["error"]["detail"].as_str().expect("a detail").to_owned()
}

/// These all ask the same.
#[track_caller]
fn check(lines: &[&str], expected: &Ask) {
    for line in lines {
        assert_eq!(Guest::native().says(line), (expected.clone(), None), "{line}");
    }
}

#[track_caller]
fn refused(lines: &[&str], refusal: Refusal) {
    check(lines, &Ask::Unreadable(refusal));
}

fn say(room: Option<&str>, said: &str) -> Ask {
    Ask::Say { room: room.map(text), text: text(said) }
}

fn set_topic(room: Option<&str>, topic: &str) -> Ask {
    Ask::SetTopic { room: room.map(text), text: text(topic) }
}

#[test]
fn rooms_are_joined_and_left() {
    let dev = Ask::Join(Label { shown: text("Dev"), key: text("dev") });
    check(&["join Dev", "entrar #Dev", "JOIN  Dev ", r##"{"do":"join","room":"#Dev"}"##], &dev);
    refused(&["join a b", "join :", "join #", r#"{"do":"join","room":""}"#], Refusal::BadName);
    refused(&["join"], Refusal::Empty);
    check(&["leave", "dejar", "deixar", r#"{"do":"leave"}"#], &Ask::Leave(None));
    let dev = Ask::Leave(Some(text("dev")));
    check(&["leave #DEV", "dejar Dev", r#"{"do":"leave","room":"DEV"}"#], &dev);
    refused(&["leave a b"], Refusal::BadRequest);
}

#[test]
fn rooms_are_asked_about() {
    check(&["who", "quién", r#"{"do":"who"}"#], &Ask::Who(None));
    let dev = Ask::Who(Some(text("dev")));
    check(&["who dev", "quem #Dev", r##"{"do":"who","room":"#dev"}"##], &dev);
    check(&["rooms", "salas", r#"{"do":"rooms"}"#], &Ask::Rooms);
    refused(&["rooms dev", "who is here?"], Refusal::BadRequest);
}

#[test]
fn a_message_goes_to_the_current_room_or_to_one_that_is_named() {
    check(&["say hola #dev", "decir hola #dev"], &say(None, "hola #dev"));
    check(&["say key:3 hola"], &say(None, "key:3 hola"));
    let lines = ["to #DEV hola", "para #dev  hola", r#"{"do":"say","room":"Dev","text":"hola"}"#];
    check(&lines, &say(Some("dev"), "hola"));
    let to = Ask::To { name: text("dev"), text: text("hola") };
    check(&["to dev hola", "to \"dev\" hola", r#"{"do":"to","to":"dev","text":"hola"}"#], &to);
    refused(&["to #dev", "to ana"], Refusal::BadRequest);
    refused(&["say", r#"{"do":"say","room":"dev","text":" "}"#], Refusal::Empty);
    check(&["to #dev a\x1b[2Jb"], &say(Some("dev"), "a\u{fffd}[2Jb"));
}

#[test]
fn a_topic_is_read_set_and_taken_away() {
    check(&["topic", "tema", r#"{"do":"topic"}"#], &Ask::Topic(None));
    let dev = Ask::Topic(Some(text("dev")));
    check(&["topic #dev", "assunto Dev", r#"{"do":"topic","room":"dev"}"#], &dev);
    let lines = ["topic dev a  b", r#"{"do":"topic","room":"dev","text":" a  b\n"}"#];
    check(&lines, &set_topic(Some("dev"), "a  b"));
    check(&[r#"{"do":"topic","text":"a"}"#], &set_topic(None, "a"));
    let lines = ["topic dev \"\"", r#"{"do":"topic","room":"dev","text":""}"#];
    check(&lines, &set_topic(Some("dev"), ""));
    check(&["topic dev a\x1b[2Jb\tc"], &set_topic(Some("dev"), "a\u{fffd}[2Jb c"));
    refused(&["topic dev a\0b"], Refusal::BadText);

    let longest = "ñ".repeat(TOPIC_CHARACTERS);
    check(&[&format!("topic dev {longest}")], &set_topic(Some("dev"), &longest));
    refused(&[&format!("topic dev {longest}ñ")], Refusal::TooLong);
    let json = format!(r#"{{"do":"topic","room":"dev","text":"{longest}ñ"}}"#);
    refused(&[&json], Refusal::TooLong);
}

#[test]
fn what_was_missed_is_asked_from_a_number_on() {
    let all = Ask::Resume { after: Seq(17), room: None };
    check(&["resume 17", "retomar  17", r#"{"do":"resume","after":17}"#], &all);
    let dev = Ask::Resume { after: Seq(0), room: Some(text("dev")) };
    check(&["resume 0 #dev", "resume 0 Dev", r#"{"do":"resume","after":0,"room":"dev"}"#], &dev);
    let most = Ask::Resume { after: Seq(u64::MAX), room: None };
    check(&["resume 18446744073709551615"], &most);
    let bad = ["resume", "resume dev", "resume +1", "resume -1", "resume 1 a b", "resume 1.5"];
    refused(&bad, Refusal::BadRequest);
    assert_eq!(wrong(r#"{"do":"resume"}"#), "`after` is missing");
    assert!(wrong(r#"{"do":"resume","after":-1}"#).contains("`-1`"));
    assert!(wrong(r#"{"do":"resume","after":"17"}"#).contains("string"));
}

#[test]
fn resources_and_rooms_are_watched() {
    check(&["watch", "vigilar", r#"{"do":"watch"}"#], &Ask::Watch(Watched::Resources));
    let one = Watched::Resource(text("habitación 1"));
    let lines = ["vigiar Habitación 1", r#"{"do":"watch","resource":"Habitación 1"}"#];
    check(&lines, &Ask::Watch(one.clone()));
    check(&["olvidar HABITACIÓN 1", "esquecer Habitación 1"], &Ask::Unwatch(one));
    let dev = Watched::Room(text("dev"));
    check(&["watch #Dev", r#"{"do":"watch","room":"dev"}"#], &Ask::Watch(dev.clone()));
    check(&["unwatch #dev", r##"{"do":"unwatch","room":"#dev"}"##], &Ask::Unwatch(dev));
    refused(&["watch #dev ana"], Refusal::BadRequest);
    let both = wrong(r#"{"do":"watch","room":"dev","resource":"x"}"#);
    assert_eq!(both, "`watch` takes a `room` or a `resource`, not both");
    check(&["typing", "escribiendo", r#"{"do":"typing"}"#], &Ask::Typing(None));
    let dev = Ask::Typing(Some(text("dev")));
    check(&["digitando #dev", r#"{"do":"typing","room":"Dev"}"#], &dev);
}

#[test]
fn a_key_stands_before_what_changes_something() {
    let key = |number| Some(Key(number));
    let pairs = [
        ("key:17 reserve X", r#"{"key":17,"do":"reserve","resource":"X"}"#),
        (" key:17  cancel X", r#"{"do":"cancel","resource":"x","key":17}"#),
        ("key:17 say a", r#"{"do":"say","text":"a","key":17}"#),
        ("key:17 to #dev a", r#"{"do":"say","room":"dev","text":"a","key":17}"#),
        ("key:17 to ana a", r#"{"do":"to","to":"ana","text":"a","key":17}"#),
        ("key:17 topic dev a", r#"{"do":"topic","room":"dev","text":"a","key":17}"#),
    ];
    for (by_hand, json) in pairs {
        let (asked, found) = Guest::native().says(by_hand);
        assert_eq!(found, key(17), "{by_hand}");
        assert_eq!(Guest::native().says(json), (asked, key(17)), "{json}");
    }
    let most = "key:9223372036854775807 cancel X";
    assert_eq!(Guest::native().says(most).1, Some(Key::MOST));
    assert_eq!(Guest::native().says("key:007 say a").1, key(7));
    assert_eq!(Guest::native().says(r#"{"do":"say","text":"a","key":null}"#).1, None);
}

#[test]
fn what_is_no_key_and_what_takes_none_is_refused() {
    for number in ["0", "9223372036854775808", "18446744073709551616", "-1", "+1", "1.5", "", "x"] {
        refused(&[&format!("key:{number} say a")], Refusal::BadRequest);
    }
    for number in ["0", "9223372036854775808", "18446744073709551616", "-1", "1.5", "\"1\"", "[]"] {
        let detail = wrong(&format!(r#"{{"do":"say","text":"a","key":{number}}}"#));
        let expected = "a key is a whole number from 1 to 9223372036854775807";
        assert!(detail.contains(expected), "{number}: {detail}");
    }
    let none = [
        "join dev",
        "leave",
        "list",
        "who",
        "topic dev",
        "name ana",
        "ping",
        "watch",
        "typing",
        "resume 1",
    ];
    for line in none.into_iter().chain(["announce a", "kick ana", "unban ana", "quit", "help"]) {
        refused(&[&format!("key:1 {line}")], Refusal::BadRequest);
    }
    refused(&["key:1", "key:1say a", "key: 1 say a"], Refusal::BadRequest);
    refused(&["key:1 dance"], Refusal::UnknownVerb);
    refused(&["key:1 say"], Refusal::Empty);
    assert_eq!(wrong(r#"{"do":"list","key":1}"#), "`list` takes no `key`");
    assert_eq!(wrong(r#"{"do":"leave","key":1}"#), "`leave` takes no `key`");
    assert_eq!(wrong(r#"{"do":"name","name":"ana","key":1}"#), "`name` takes no `key`");
    assert!(wrong(r#"{"do":"topic","room":"dev","key":1}"#).contains("`text`"));
}

#[test]
fn a_field_too_many_is_named() {
    let cases = [
        (r#"{"do":"who","text":"a"}"#, "`who` takes no `text`"),
        (r#"{"do":"to","to":"ana","text":"a","room":"dev"}"#, "`to` takes no `room`"),
        (r#"{"do":"list","after":1}"#, "`list` takes no `after`"),
        (r#"{"do":"kick","who":"ana","for":1}"#, "`kick` takes no `for`"),
        (r#"{"do":"sessions","token":"x"}"#, "`sessions` takes no `token`"),
        (r#"{"do":"leave","who":"ana"}"#, "`leave` takes no `who`"),
        (r#"{"do":"join"}"#, "`room` is missing"),
        (r#"{"do":"ban"}"#, "`who` is missing"),
        (r#"{"do":"operator"}"#, "`token` is missing"),
    ];
    for (line, expected) in cases {
        assert_eq!(wrong(line), expected, "{line}");
    }
}

#[test]
fn a_token_is_read_as_its_digest() {
    let token = "00112233445566778899aabbccddeeff".repeat(2);
    let ask = Ask::Operator(Box::new(secret::token(&token).expect("64 digits")));
    let json = format!(r#"{{"do":"operator","token":"{}"}}"#, token.to_uppercase());
    check(&[&format!("operator {token}"), &format!("operador {token}"), &json], &ask);
    for bad in [&token[1..], &format!("{token}0"), "x", &"g".repeat(64), &"é".repeat(32)] {
        refused(&[&format!("operator {bad}")], Refusal::BadSecret);
    }
}

#[test]
fn orders_mean_a_name_or_where_somebody_comes_from() {
    let name = |name: &str| Addressee::Name(text(name));
    let announce = Ask::Order(Order::Announce(text("a las tres")));
    check(&["anunciar a las tres", r#"{"do":"announce","text":"a las tres"}"#], &announce);
    let tell = |to| Ask::Order(Order::Tell { to, text: text("hola") });
    let lines = ["tell \"Ana María\" hola", r#"{"do":"tell","to":"Ana María","text":"hola"}"#];
    check(&lines, &tell(name("ana maría")));
    for peer in ["192.0.2.7:5000", "[2001:db8::7]:5000"] {
        let to = Addressee::Peer(peer.parse().expect("an address"));
        let json = format!(r#"{{"do":"tell","to":"{peer}","text":"hola"}}"#);
        check(&[&format!("avisar {peer} hola"), &json], &tell(to.clone()));
        let json = format!(r#"{{"do":"kick","who":"{peer}"}}"#);
        check(&[&format!("expulsar {peer}"), &json], &Ask::Order(Order::Kick(to)));
    }
    let kick = Ask::Order(Order::Kick(name("ana maría")));
    check(&["kick Ana María", "echar \"ANA MARÍA\""], &kick);
    let release = Ask::Order(Order::Release(text("habitación 1")));
    let lines = ["liberar Habitación 1", r#"{"do":"release","resource":"Habitación 1"}"#];
    check(&lines, &release);
    check(&["sesiones", "sessões", r#"{"do":"sessions"}"#], &Ask::Order(Order::Sessions));
    refused(&["kick", "announce", "ban", "unban", "release"], Refusal::Empty);
    refused(&["tell ana", "sessions ana"], Refusal::BadRequest);
}

#[test]
fn a_ban_lasts_as_long_as_is_said() {
    let ban = |who: &Barred, for_ms| Ask::Order(Order::Ban { who: who.clone(), for_ms });
    let ana = Barred::Name(text("ana maría"));
    check(&["ban Ana María", r#"{"do":"ban","who":"Ana María"}"#], &ban(&ana, 3_600_000));
    let lines = ["vetar \"Ana María\" por 30s", "banir Ana María  for  30s"];
    check(&lines, &ban(&ana, 30_000));
    check(&[r#"{"do":"ban","who":"Ana María","for":30}"#], &ban(&ana, 30_000));
    check(&["ban ana maría durante 10m"], &ban(&ana, 600_000));
    check(&["ban ana maría for 2h"], &ban(&ana, 7_200_000));
    check(&["ban ana maría FOR 3650d"], &ban(&ana, BAN_MS));
    check(&["unban ana maría", r#"{"do":"unban","who":"ANA MARÍA"}"#], &ban(&ana, 0));
    check(&["ban \"ana for 3d\""], &ban(&Barred::Name(text("ana for 3d")), 3_600_000));

    let v4 = Barred::Address("192.0.2.7".parse().expect("an address"));
    check(&["ban 192.0.2.7 for 1d", "ban ::ffff:192.0.2.7 for 1d"], &ban(&v4, 86_400_000));
    check(&["readmitir 192.0.2.7", r#"{"do":"unban","who":"192.0.2.7"}"#], &ban(&v4, 0));
    let v6 = Barred::Address("2001:db8::7".parse().expect("an address"));
    check(&["ban 2001:DB8::7"], &ban(&v6, 3_600_000));

    refused(&["ban 192.0.2.7:5000", "unban ana@casa"], Refusal::BadName);
    for time in ["0s", "3651d", "10", "10w", "m", "-1s", "ever", "99999999999999999999d"] {
        refused(&[&format!("ban ana for {time}")], Refusal::BadRequest);
    }
    for seconds in ["0", "315360001", "18446744073709551615"] {
        let detail = wrong(&format!(r#"{{"do":"ban","who":"ana","for":{seconds}}}"#));
        assert_eq!(detail, "`for` is 1 to 315360000 seconds");
    }
}

#[test]
fn a_name_is_asked_as_ever() {
    let (Ask::Name { name, proof: None, secret }, None) = Guest::native().says("name Ana María")
    else {
        panic!("it is a name");
    };
    assert_eq!((&*name.shown, &*name.key), ("Ana María", "ana maría"));
    assert_eq!(secret, Some(Box::new(posada_wire::secret::digest(DRAWN))));
    refused(&["name salas", "name Tema", "name readmitir"], Refusal::NameReserved);
}
