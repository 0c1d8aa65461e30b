//! Conversations without a socket: what is sent and shown for what is typed and what arrives.

use std::collections::BTreeMap;

use super::*;

/// What is sent, the fields of JSON in the order of their names: which one they have is no matter.
fn sent(steps: &[Step]) -> Vec<String> {
    let text = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        match serde_json::from_str::<BTreeMap<String, serde_json::Value>>(&text) {
            Ok(fields) => serde_json::to_string(&fields).expect("it was JSON") + "\n",
            Err(_) => text,
        }
    };
    let sent = steps.iter().filter_map(|step| match step {
        Step::Send(bytes) => Some(text(bytes)),
        _ => None,
    });
    sent.collect()
}

fn shown(steps: &[Step]) -> Vec<&str> {
    let shown = steps.iter().filter_map(|step| match step {
        Step::Show(_, text) => Some(text.as_str()),
        _ => None,
    });
    shown.collect()
}

fn speaks(profile: Profile, name: Option<&str>) -> Box<dyn Tongue> {
    tongue(Transport::Tcp, profile, name.map(str::to_owned), &SharedKnown::default())
}

const LOOKS: [&str; 3] = [
    "{\"do\":\"who\",\"id\":\"who\"}\n",
    "{\"do\":\"list\",\"id\":\"list\"}\n",
    "{\"do\":\"rooms\",\"id\":\"rooms\"}\n",
];

#[test]
fn native_comes_back_with_the_secret_it_was_given() {
    let mut native = speaks(Profile::Native, Some("ana"));
    assert_eq!(sent(&native.opens(true)), ["{\"do\":\"name\",\"id\":\"name\",\"name\":\"ana\"}\n"]);
    let named =
        r#"{"id":"name","ok":{"seq":6,"name":"ana","room":"lobby","resumed":false,"secret":"5e"}}"#;
    let steps = native.arrived(named);
    assert_eq!(
        shown(&steps),
        ["you are ana, in the lobby", "to be ana on another day: /name ana secret:5e"]
    );
    assert_eq!(sent(&steps), LOOKS);
    native.typed("hola");
    assert_eq!(
        shown(&native.lost()),
        ["1 not answered: whether it was done, /list and /who will tell"]
    );
    let again = "{\"do\":\"name\",\"id\":\"name\",\"name\":\"ana\",\"secret\":\"5e\"}\n";
    assert_eq!(sent(&native.opens(false)), ["ping\n", again]);
}

#[test]
fn what_native_asks_for_itself_is_not_shown() {
    let mut native = speaks(Profile::Native, None);
    assert_eq!(sent(&native.opens(true)), LOOKS);
    assert!(!native.is_settled());
    assert!(native.arrived(r#"{"id":"who","ok":{"here":["Ana María"]}}"#).is_empty());
    let list = r#"{"id":"list","ok":{"resources":[{"name":"Habitación 1","free":true}]}}"#;
    assert!(native.arrived(list).is_empty());
    let rooms = r#"{"id":"rooms","ok":{"rooms":[{"name":"lobby","here":1}]}}"#;
    assert!(native.arrived(rooms).is_empty());
    assert!(native.is_settled());
    let steps = native.typed("para \"ana maría\" hola");
    assert_eq!(sent(&steps)[0], "para \"ana maría\" hola\n");
    assert_eq!(shown(&native.arrived("ERR name_first say: name NAME")).len(), 1);
}

#[test]
fn native_goes_back_to_its_rooms_and_asks_what_it_missed() {
    let mut native = speaks(Profile::Native, Some("ana secret:5e"));
    native.opens(true);
    let named = r#"{"id":"name","ok":{"seq":6,"name":"ana","room":"lobby","resumed":true}}"#;
    native.arrived(named);
    native.typed("/join #dev");
    for line in ["who", "list", "rooms"].map(|id| format!(r#"{{"id":"{id}","ok":{{}}}}"#)) {
        native.arrived(&line);
    }
    assert_eq!(shown(&native.arrived("OK 7 joined #dev 1 here")), ["OK 7 joined #dev 1 here"]);
    assert_eq!(shown(&native.arrived("* 9 #dev luis: hola")), ["[#dev] hola"]);
    native.lost();
    native.opens(false);
    native.arrived("OK pong");
    let steps = native.arrived(&named.replace('6', "20"));
    let again = sent(&steps);
    assert_eq!(again[0], "{\"do\":\"join\",\"id\":\"join\",\"room\":\"dev\"}\n");
    assert_eq!(again[1], "resume 9\n");
    assert!(native.arrived(r#"{"id":"join","ok":{"seq":21,"room":"dev","here":1}}"#).is_empty());
    assert!(native.arrived("OK 2 events").is_empty());
    let gap = "… what was said before in #dev is not kept any more";
    assert_eq!(shown(&native.arrived("* 11 gap #dev 9")), [gap]);
    assert_eq!(shown(&native.arrived("* 12 #dev luis: are you back?")), ["[#dev] are you back?"]);
    assert!(native.arrived(".").is_empty());
}

/// What arrives while the missed is told page by page is no reason to forget the rest of it.
#[test]
fn a_break_between_two_pages_loses_nothing() {
    let mut native = speaks(Profile::Native, Some("ana secret:5e"));
    native.opens(true);
    let named = r#"{"id":"name","ok":{"seq":6,"name":"ana","room":"lobby","resumed":true}}"#;
    let comes_back = |native: &mut Box<dyn Tongue>| {
        native.lost();
        native.opens(true);
        sent(&native.arrived(&named.replace('6', "900"))).remove(0)
    };
    native.arrived(named);
    native.arrived("* 9 #lobby luis: hola");
    assert_eq!(comes_back(&mut native), "resume 9\n");
    native.arrived("* 95 #lobby luis: now");
    let goes_on = native.arrived("OK 3 events; more: resume 11");
    assert_eq!(sent(&goes_on), ["resume 11\n"]);
    native.arrived("* 11 gap #dev 9");
    native.arrived("* 10 #lobby luis: then");
    assert_eq!(comes_back(&mut native), "resume 9\n", "half a page is none");
    native.arrived("OK 1 events; more: resume 10");
    native.arrived("* 10 #lobby luis: then");
    native.arrived(".");
    assert_eq!(comes_back(&mut native), "resume 10\n");
    native.arrived("ERR too_fast more messages in a second than are allowed");
    assert_eq!(comes_back(&mut native), "resume 10\n", "what is refused is not told");
    native.arrived("OK 2 events; more: resume 13");
    let gap = "… what was said before in #dev is not kept any more";
    assert_eq!(shown(&native.arrived("* 13 gap #dev 10")), [gap]);
    native.arrived("* 13 #lobby luis: then");
    native.arrived(".");
    for line in ["who", "list", "rooms"].map(|id| format!(r#"{{"id":"{id}","ok":{{}}}}"#)) {
        native.arrived(&line);
    }
    native.arrived("OK 1 events");
    assert!(native.arrived("* 20 gap #dev 13").is_empty(), "one gap is said once");
    native.arrived("* 96 #lobby luis: and now");
    native.arrived(".");
    assert_eq!(comes_back(&mut native), "resume 96\n");
}

#[test]
fn who_was_sent_away_does_not_come_back_by_itself() {
    for code in ["replaced", "kicked", "banned"] {
        let mut native = speaks(Profile::Native, None);
        assert!(native.arrived(&format!("BYE {code} …")).contains(&Step::Over), "{code}");
    }
    let mut native = speaks(Profile::Native, None);
    assert!(!native.arrived("BYE closing …").contains(&Step::Over));
}

/// What is meant for one alone is not said to a room because they are in another.
#[test]
fn who_was_here_once_is_a_person_still() {
    let mut native = speaks(Profile::Native, None);
    native.opens(true);
    native.arrived(r#"{"id":"who","ok":{"here":["luis","eva"]}}"#);
    for line in ["list", "rooms"].map(|id| format!(r#"{{"id":"{id}","ok":{{}}}}"#)) {
        native.arrived(&line);
    }
    native.typed("hola");
    native.arrived("OK 9 addressed 1");
    native.arrived(r#"{"id":"who","ok":{"here":["eva"]}}"#);
    assert_eq!(sent(&native.typed("to luis the code is 1234"))[0], "to luis the code is 1234\n");
}

#[test]
fn a_name_that_talk_refused_is_not_said_again() {
    let mut talk = speaks(Profile::Talk, Some("ana"));
    assert!(talk.opens(false).is_empty());
    let prompt = crate::profile::talk_prompt();
    assert_eq!(sent(&talk.arrived(prompt)), ["ana\n"]);
    talk.arrived("Error: Ese nombre ya esta en uso.");
    assert!(sent(&talk.arrived(prompt)).is_empty());
    assert_eq!(sent(&talk.typed("ana2")), ["ana2\n"]);
    talk.lost();
    assert_eq!(sent(&talk.arrived(prompt)), ["ana2\n"], "on a new connection it is");
}

#[test]
fn desk_is_asked_in_its_own_words() {
    let mut desk = speaks(Profile::Desk, None);
    assert_eq!(sent(&desk.typed("/reservar Habitación 1")), ["RESERVAR Habitación 1\n"]);
    assert_eq!(sent(&desk.typed("hola")), ["hola\n"]);
    assert!(desk.typed("salir").contains(&Step::Leave));
}

#[test]
fn raw_sends_what_is_typed_and_nothing_else() {
    let mut raw = speaks(Profile::Raw, None);
    assert!(raw.opens(false).is_empty());
    assert_eq!(sent(&raw.typed("/reserve  x ")), ["/reserve  x "]);
    assert_eq!(raw.typed("salir"), [Step::Send(b"salir".to_vec()), Step::Leave]);
    assert_eq!(raw.typed("/quit"), [Step::Leave]);
}
