//! Answers, by hand in three languages and in JSON.

use std::sync::Arc;

use posada_core::{
    Answer, Event, HolderView, ListenerId, Reach, ResourceView, RoomView, Seq, SessionView,
};
use posada_wire::{Dialogue, Language, Profile};

use super::{Guest, text};

/// What is answered to a line by hand in English, Spanish and Portuguese, and to the same in JSON.
#[track_caller]
fn check(asked: [&str; 2], answer: &Answer, expected: [&str; 4]) {
    let languages = [Language::En, Language::Es, Language::Pt, Language::En];
    let asked = [asked[0], asked[0], asked[0], asked[1]];
    for ((language, line), expected) in languages.into_iter().zip(asked).zip(expected) {
        let mut guest = Guest::new(Profile::Native, language);
        guest.says(line);
        let json = line.starts_with('{');
        let expected =
            if json { format!(r#"{{"id":null,"ok":{expected}}}"#) } else { expected.to_owned() };
        assert_eq!(guest.hears(answer), expected, "{line} in {language}");
    }
}

#[test]
fn rooms() {
    let asked = ["join dev", r#"{"do":"join","room":"dev"}"#];
    let joined = |topic: Option<&str>| Answer::Joined {
        seq: Seq(7),
        room: text("dev"),
        here: 2,
        topic: topic.map(text),
    };
    check(
        asked,
        &joined(None),
        [
            "OK 7 joined #dev 2 here",
            "OK 7 entras en #dev 2 aquí",
            "OK 7 entras em #dev 2 aqui",
            r#"{"seq":7,"room":"dev","here":2}"#,
        ],
    );
    check(
        asked,
        &joined(Some("a: b")),
        [
            "OK 7 joined #dev 2 here: a: b",
            "OK 7 entras en #dev 2 aquí: a: b",
            "OK 7 entras em #dev 2 aqui: a: b",
            r#"{"seq":7,"room":"dev","here":2,"topic":"a: b"}"#,
        ],
    );
    check(
        ["leave", r#"{"do":"leave"}"#],
        &Answer::Left { seq: Seq(8), room: text("dev") },
        ["OK 8 left #dev", "OK 8 sales de #dev", "OK 8 sais de #dev", r#"{"seq":8,"room":"dev"}"#],
    );
    let view = |name: &str, topic: Option<&str>| RoomView {
        name: text(name),
        here: 2,
        topic: topic.map(text),
    };
    check(
        ["rooms", r#"{"do":"rooms"}"#],
        &Answer::Rooms(vec![view("lobby", None), view(".b", Some("x"))]),
        [
            "OK 2 rooms\n#lobby 2 here\n#.b 2 here: x\n.",
            "OK 2 salas\n#lobby 2 aquí\n#.b 2 aquí: x\n.",
            "OK 2 salas\n#lobby 2 aqui\n#.b 2 aqui: x\n.",
            r#"{"rooms":[{"name":"lobby","here":2},{"name":".b","here":2,"topic":"x"}]}"#,
        ],
    );
}

#[test]
fn topics() {
    let read = ["topic dev", r#"{"do":"topic","room":"dev"}"#];
    let topic = Some((text("a: b"), text("ana")));
    let by_hand = "OK #dev: a: b";
    let json = r#"{"room":"dev","topic":"a: b","by":"ana"}"#;
    let answer = Answer::Topic { room: text("dev"), topic };
    check(read, &answer, [by_hand, by_hand, by_hand, json]);
    let answer = Answer::Topic { room: text("dev"), topic: None };
    check(read, &answer, ["OK #dev:", "OK #dev:", "OK #dev:", r#"{"room":"dev"}"#]);
    check(
        ["topic dev a", r#"{"do":"topic","room":"dev","text":"a"}"#],
        &Answer::TopicSet { seq: Seq(7), room: text("dev") },
        ["OK 7 topic #dev", "OK 7 tema de #dev", "OK 7 tema de #dev", r#"{"seq":7,"room":"dev"}"#],
    );
}

#[test]
fn messages() {
    let asked = ["to \"Ana María\" hola", r#"{"do":"to","to":"Ana María","text":"hola"}"#];
    let said = |reach| Answer::Said { seq: Seq(7), reach };
    check(
        asked,
        &said(Some(Reach::Addressed(3))),
        [
            "OK 7 addressed 3",
            "OK 7 destinatarios 3",
            "OK 7 destinatários 3",
            r#"{"seq":7,"addressed":3}"#,
        ],
    );
    check(
        asked,
        &said(Some(Reach::Kept)),
        [
            "OK 7 kept for ana maría",
            "OK 7 guardado para ana maría",
            "OK 7 guardado para ana maría",
            r#"{"seq":7,"addressed":0,"kept":true}"#,
        ],
    );
    check(asked, &said(None), ["OK 7 said", "OK 7 dicho", "OK 7 dito", r#"{"seq":7}"#]);
    let mut operator = Guest::native();
    operator.says("tell luis hola");
    assert_eq!(operator.hears(&said(Some(Reach::Kept))), "OK 7 kept for luis");
}

/// Two requests may be under way: each is answered as it was asked.
#[test]
fn who_it_is_kept_for_is_whom_that_message_was_for() {
    let mut guest = Guest::native();
    guest.says("to luis hola");
    guest.says("to eva hola");
    let kept = |seq| Answer::Said { seq: Seq(seq), reach: Some(Reach::Kept) };
    assert_eq!(guest.hears(&kept(7)), "OK 7 kept for luis");
    assert_eq!(guest.hears(&kept(8)), "OK 8 kept for eva");
}

#[test]
fn what_was_missed() {
    let said = Event::Said { room: text("dev"), from: text("ana"), text: text("hola") };
    let events = vec![
        (Seq(9), Event::Gap { room: Some(text("dev")), after: Seq(6) }),
        (Seq(10), said),
        (Seq(12), Event::Direct { from: text("luis"), text: text("psst") }),
    ];
    let lines = "* 9 gap #dev 6\n* 10 #dev ana: hola\n* 12 @ luis: psst\n.";
    check(
        ["resume 6", r#"{"do":"resume","after":6}"#],
        &Answer::Missed { until: Seq(17), more: false, events: events.clone() },
        [
            &format!("OK 3 events\n{lines}"),
            &format!("OK 3 sucesos\n{lines}"),
            &format!("OK 3 acontecimentos\n{lines}"),
            concat!(
                r#"{"until":17,"events":["#,
                r#"{"event":"gap","room":"dev","after":6,"until":9},"#,
                r#"{"event":"message","seq":10,"room":"dev","from":"ana","text":"hola"},"#,
                r#"{"event":"direct","seq":12,"from":"luis","text":"psst"}]}"#
            ),
        ],
    );
    check(
        ["resume 6", r#"{"do":"resume","after":6}"#],
        &Answer::Missed { until: Seq(10), more: true, events: events[..2].to_vec() },
        [
            "OK 2 events; more: resume 10\n* 9 gap #dev 6\n* 10 #dev ana: hola\n.",
            "OK 2 sucesos; hay más: retomar 10\n* 9 gap #dev 6\n* 10 #dev ana: hola\n.",
            "OK 2 acontecimentos; há mais: retomar 10\n* 9 gap #dev 6\n* 10 #dev ana: hola\n.",
            concat!(
                r#"{"until":10,"more":true,"events":["#,
                r#"{"event":"gap","room":"dev","after":6,"until":9},"#,
                r#"{"event":"message","seq":10,"room":"dev","from":"ana","text":"hola"}]}"#
            ),
        ],
    );
    let nothing = Answer::Missed { until: Seq(17), more: false, events: vec![] };
    let mut guest = Guest::native();
    guest.says("resume 17");
    assert_eq!(guest.hears(&nothing), "OK 0 events\n.");
}

#[test]
fn what_changes_nothing_that_lasts() {
    let watch = ["watch", r#"{"do":"watch"}"#];
    check(
        watch,
        &Answer::Watching(true),
        ["OK watching", "OK vigilado", "OK vigiado", r#"{"watching":true}"#],
    );
    check(
        ["unwatch", r#"{"do":"unwatch"}"#],
        &Answer::Watching(false),
        ["OK not watching", "OK ya no vigilado", "OK já não vigiado", r#"{"watching":false}"#],
    );
    check(
        ["typing", r#"{"do":"typing"}"#],
        &Answer::PassedOn,
        ["OK passed on", "OK comunicado", "OK comunicado", r#"{"passed":true}"#],
    );
}

#[test]
fn orders() {
    let kick = ["kick ana", r#"{"do":"kick","who":"ana"}"#];
    let done = Answer::Done { seq: Seq(7) };
    check(kick, &done, ["OK 7 done", "OK 7 hecho", "OK 7 feito", r#"{"seq":7}"#]);
    check(
        ["release x", r#"{"do":"release","resource":"x"}"#],
        &Answer::Cancelled { seq: Seq(7), resource: text("X") },
        ["OK 7 cancelled X", "OK 7 cancelado X", "OK 7 cancelado X", r#"{"seq":7,"resource":"X"}"#],
    );
}

#[test]
fn sessions() {
    let sessions = Answer::Sessions(vec![
        SessionView { peer: None, listener: ListenerId(9), name: None, for_ms: 0 },
        SessionView {
            peer: Some("[2001:db8::7]:5000".parse().expect("an address")),
            listener: ListenerId(1),
            name: Some(text("Ana María")),
            for_ms: 73_412,
        },
    ]);
    let names: Arc<[&'static str]> = Arc::from(["desk", "native"]);
    let speak = || Dialogue::new(Profile::Native, Language::En, 0).naming_listeners(names.clone());
    let mut guest = Guest(speak());
    guest.says("sessions");
    let lines = "OK 2 sessions\n- 9 - 0 ms\n[2001:db8::7]:5000 native Ana María 73412 ms\n.";
    assert_eq!(guest.hears(&sessions), lines);
    guest.says(r#"{"do":"sessions"}"#);
    assert_eq!(
        guest.hears(&sessions),
        concat!(
            r#"{"id":null,"ok":{"sessions":["#,
            r#"{"peer":null,"listener":"9","since_ms":0},"#,
            r#"{"peer":"[2001:db8::7]:5000","listener":"native","#,
            r#""name":"Ana María","since_ms":73412}]}}"#
        )
    );
}

/// Everybody's help says nothing of orders; who has become the operator reads of them too.
#[test]
fn help_tells_the_operator_of_more() {
    let helped = |guest: &mut Guest| {
        guest.says("help");
        guest.hears(&Answer::Help)
    };
    let mut guest = Guest::native();
    let before = helped(&mut guest);
    assert!(before.contains("\njoin ROOM ") && !before.contains("kick"), "{before}");
    guest.says(&format!("operator {}", "0".repeat(64)));
    assert_eq!(guest.hears(&Answer::Operator), "OK operator");
    let after = helped(&mut guest);
    assert!(after.starts_with(before.trim_end_matches('.')), "{after}");
    assert!(after.contains("\nkick NAME|IP:PORT ") && after.ends_with("\n."), "{after}");

    let mut born = Guest(Dialogue::new(Profile::Native, Language::En, 0).with_operator());
    assert_eq!(helped(&mut born), after);
    guest.says(r#"{"id":1,"do":"help"}"#);
    let json: serde_json::Value = serde_json::from_str(&guest.hears(&Answer::Help)).expect("JSON");
    let verbs = json["ok"]["verbs"].as_array().expect("a list").len();
    assert_eq!(verbs, after.lines().count() - 2);
}

/// An id that is longer than any may be is not given back, whatever else is wrong.
#[test]
fn ids_have_an_end() {
    let longest = "ñ".repeat(64);
    for rest in [r#""do":"ping""#, r#""do":"ping","field":1"#, r#""do":5"#] {
        let answered = |id: &str| {
            let mut guest = Guest::native();
            guest.says(&format!(r#"{{"id":"{id}",{rest}}}"#));
            guest.hears(&Answer::Pong)
        };
        let told = answered(&longest);
        assert!(told.starts_with(&format!(r#"{{"id":"{longest}","#)), "{rest}: {told}");
        let told = answered(&format!("{longest}ñ"));
        assert!(told.starts_with(r#"{"id":null,"#), "{rest}: {told}");
    }
}

#[test]
fn operator_in_json() {
    let mut guest = Guest::native();
    guest.says(&format!(r#"{{"do":"operator","token":"{}"}}"#, "0".repeat(64)));
    assert_eq!(guest.hears(&Answer::Operator), r#"{"id":null,"ok":{"operator":true}}"#);
}

#[test]
fn resources_as_ever() {
    let held = HolderView { name: Some(text("ana")), since_ms: 0, yours: false };
    let list = Answer::List(vec![
        ResourceView { name: text(".a"), holder: None },
        ResourceView { name: text("b"), holder: Some(held) },
    ]);
    check(
        ["list", r#"{"do":"list"}"#],
        &list,
        [
            "OK 2 resources\n..a: free\nb: taken by ana since 1970-01-01T00:00:00.000Z\n.",
            "OK 2 recursos\n..a: libre\nb: ocupado por ana desde 1970-01-01T00:00:00.000Z\n.",
            "OK 2 recursos\n..a: livre\nb: ocupado por ana desde 1970-01-01T00:00:00.000Z\n.",
            concat!(
                r#"{"resources":["#,
                r#"{"name":".a","free":true},"#,
                r#"{"name":"b","free":false,"holder":"ana","#,
                r#""since":"1970-01-01T00:00:00.000Z","yours":false}]}"#
            ),
        ],
    );
}
