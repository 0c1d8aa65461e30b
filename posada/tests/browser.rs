//! A real browser at the real server: what a person sees, beside those who come by other ways.
//!
//! It needs `chromium` and `chromedriver` (Debian: chromium, chromium-driver); `./check` installs
//! them. Without them these tests fail.

#[path = "browser/person.rs"]
mod person;
mod support;

use std::future::Future;

use person::Person;
use serde_json::{Value, json};
use support::{Client, House, Native, ROOMS, Server};

/// Runs what happens in a browser on a runtime of its own.
fn lives<F: Future<Output = ()>>(story: F) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("the kernel has a poll left").block_on(story);
}

/// Everything that a client of seed 2 has read up to its own acknowledgement and this relay.
fn reads_until(talk: &mut Client, last: &str) -> Vec<String> {
    let mut heard = vec![];
    while heard.last().is_none_or(|line| line != last) {
        heard.push(talk.line().unwrap_or_else(|| panic!("cut off after {heard:?}")));
    }
    heard
}

fn says(native: &mut Native, text: &str) {
    native.does(&format!("say {text}"));
}

#[test]
fn a_browser_a_program_and_two_seed_clients_read_the_same_in_the_same_order() {
    let server = House::new().with_web().opens();
    lives(async {
        let ana = Person::opens(&server).await;
        ana.comes_in_as("ana").await;
        let mut luis = server.native("luis").named("luis");
        let mut eva = server.talk_in_lines("eva", "\n");
        let mut noe = server.talk_in_lines("noe", "\n");
        let order = [("ana", "uno"), ("luis", "dos"), ("eva", "tres"), ("ana", "cuatro")];
        let order = order.into_iter().chain([("noe", "cinco"), ("luis", "<b>seis</b> & co")]);
        let order: Vec<_> = order.collect();
        for (who, text) in &order {
            match *who {
                "ana" => ana.says(text).await,
                "luis" => says(&mut luis, text),
                "eva" => drop(eva.says_only(text)),
                _ => drop(noe.says_only(text)),
            }
            ana.reads(who, text).await;
        }
        let told = |me: &str| -> Vec<_> {
            let others = order.iter().filter(|(who, _)| *who != me);
            others.map(|(who, text)| format!("{who}: {text}")).collect()
        };
        for (name, talk) in [("eva", &mut eva), ("noe", &mut noe)] {
            let mut heard = reads_until(talk, "luis: <b>seis</b> & co");
            heard.retain(|line| line != "Recibido");
            assert_eq!(heard, told(name), "what {name} reads");
        }
        let heard: Vec<_> = (0..4).map(|_| luis.hears()).collect();
        let spelled = heard.iter().map(|event| format!("{}: {}", event.from, event.text));
        assert_eq!(spelled.collect::<Vec<_>>(), told("luis"), "what luis reads");
        let seen = ana.log().await;
        let spelled = seen.iter().map(|(_, who, text)| (&**who, &**text)).collect::<Vec<_>>();
        assert_eq!(spelled, order, "what ana sees");
        assert!(seen.is_sorted(), "in the order of the log: {seen:?}");
        for event in heard {
            assert!(seen.contains(&(event.seq, event.from, event.text)), "with the same numbers");
        }
        ana.goes().await;
    });
    server.stops();
}

#[test]
fn one_click_reserves_and_gives_back() {
    let server = House::new().with_web().opens();
    lives(async {
        let ana = Person::opens(&server).await;
        ana.sees_button(ROOMS[0], "Reserve", false).await;
        ana.comes_in_as("ana").await;
        let mut luis = server.native("luis").named("luis");
        ana.presses(ROOMS[0], "Reserve").await;
        ana.sees_button(ROOMS[0], "Give back", true).await;
        let refused = luis.asks("reserve Habitación 1");
        assert!(refused.starts_with("ERR taken"), "{refused}");
        // Nobody reloads anything: what others do is seen too.
        luis.does("reserve Habitación 2");
        ana.sees_button(ROOMS[1], "Taken", false).await;
        ana.sees("#list", "luis has it since").await;
        luis.does("cancel Habitación 2");
        ana.sees_button(ROOMS[1], "Reserve", true).await;
        ana.presses(ROOMS[0], "Give back").await;
        ana.sees_button(ROOMS[0], "Reserve", true).await;
        luis.does("reserve Habitación 1");
        ana.goes().await;
    });
    server.stops();
}

#[test]
fn a_reload_loses_nothing() {
    let server = House::new().with_web().opens();
    lives(async {
        let ana = Person::opens(&server).await;
        ana.comes_in_as("ana").await;
        let mut luis = server.native("luis").named("luis");
        ana.says("antes").await;
        ana.reads("ana", "antes").await;
        says(&mut luis, "también antes");
        ana.reads("luis", "también antes").await;
        ana.presses(ROOMS[2], "Reserve").await;
        ana.sees_button(ROOMS[2], "Give back", true).await;
        let before = ana.log().await;
        ana.leaves_the_page().await;
        server.forgets("ana");
        says(&mut luis, "mientras no estaba");
        ana.comes_back_to_the_page().await;
        ana.reads("luis", "mientras no estaba").await;
        let after = ana.log().await;
        assert_eq!(after[..before.len()], before, "what was there is there");
        assert_eq!(after.len(), before.len() + 1, "and what was missed, once: {after:?}");
        ana.sees_button(ROOMS[2], "Give back", true).await;
        ana.says("sigo siendo ana").await;
        ana.reads("ana", "sigo siendo ana").await;
        assert_eq!(luis.hears().text, "antes");
        assert_eq!(luis.hears().text, "sigo siendo ana");
        ana.goes().await;
    });
    server.stops();
}

/// Page by page, and more pages than may be asked for in a second.
#[test]
fn a_reload_asks_on_until_it_has_everything() {
    let server = House::new().with_web().with("resume_bytes=0").opens();
    lives(async {
        let ana = Person::opens(&server).await;
        ana.comes_in_as("ana").await;
        ana.leaves_the_page().await;
        server.forgets("ana");
        let mut luis = server.native("luis").named("luis");
        let texts: Vec<_> = (1..=30).map(|number| format!("número {number}")).collect();
        for text in &texts {
            says(&mut luis, text);
        }
        ana.comes_back_to_the_page().await;
        ana.reads("luis", "número 30").await;
        let log = ana.log().await;
        let shown = texts.iter().filter(|text| log.iter().any(|(_, _, said)| said == *text));
        assert_eq!(shown.count(), texts.len(), "{log:?}");
        ana.goes().await;
    });
    server.stops();
}

/// A server that dies and comes back: what was on its way is done once.
#[test]
fn a_server_that_starts_again_finds_its_people_again() {
    let house = House::new().with_web();
    let server = house.opens();
    let door = server.door("http");
    let house = house.with(&format!("http.address={door}"));
    lives(async {
        let ana = Person::opens(&server).await;
        ana.comes_in_as("ana").await;
        ana.says("uno").await;
        ana.reads("ana", "uno").await;
        server.dies();
        ana.sees("#state", "trying again").await;
        ana.says("dos").await;
        ana.says("tres").await;
        let server = house.opens();
        ana.sees("#state", "connected").await;
        ana.reads("ana", "tres").await;
        let seen = ana.log().await;
        let texts: Vec<_> = seen.iter().map(|(_, _, text)| text.as_str()).collect();
        assert_eq!(texts, ["uno", "dos", "tres"], "each once, in order");
        let mut luis = server.program("luis").named("luis");
        let missed = luis.asks(json!({"do": "resume", "after": 0})).expect("there is a history");
        let said = missed["events"].as_array().expect("a list").iter();
        let said: Vec<_> = said.filter_map(|event| event["text"].as_str()).collect();
        assert_eq!(said, ["uno", "dos", "tres"]);
        ana.goes().await;
        server.stops();
    });
}

#[test]
fn a_second_window_asks_before_it_takes_over() {
    let server = House::new().with_web().opens();
    lives(async {
        let ana = Person::opens(&server).await;
        ana.comes_in_as("ana").await;
        let first = ana.window().await;
        ana.opens_a_second_window().await;
        ana.clicks("#again").await;
        ana.sees("#who", "ana").await;
        ana.says("desde la segunda").await;
        ana.reads("ana", "desde la segunda").await;
        ana.turns_to(first).await;
        ana.sees("#notice", "in another window").await;
        ana.clicks("#notice .act").await;
        ana.sees("#state", "connected").await;
        ana.reads("ana", "desde la segunda").await;
        ana.says("otra vez aquí").await;
        ana.reads("ana", "otra vez aquí").await;
        ana.goes().await;
    });
    server.stops();
}

/// In the words of its person, with names and texts that would like to be markup.
#[test]
fn the_page_speaks_the_language_of_its_person_and_runs_nothing_of_others() {
    let server = House::new().with_web().opens();
    let evil = "<img src=x onerror=document.title='evil'>";
    lives(async {
        let ana = Person::opens_in(&server, "es").await;
        ana.sees("label[for=name]", "¿Cómo te llamas?").await;
        ana.tries_the_name("Servidor").await;
        ana.sees("#notice", "nadie puede llamarse así").await;
        ana.comes_in_as("ana").await;
        let mut luis = server.native("<b>luis</b>").named("<b>luis</b>");
        says(&mut luis, evil);
        ana.reads("<b>luis</b>", evil).await;
        let made =
            ana.asks_the_page("return document.querySelectorAll('main img, main b b').length");
        assert_eq!(made.await, Value::from(0), "a text stays a text");
        assert_eq!(ana.asks_the_page("return document.title").await, json!("posada"));
        assert_eq!(ana.complaints().await, json!([]), "nothing went wrong, nothing was forbidden");
        ana.goes().await;
    });
    server.stops();
}

#[test]
fn it_fits_a_telephone_and_needs_no_mouse() {
    let server: Server = House::new().with_web().opens();
    lives(async {
        let ana = Person::opens(&server).await;
        for width in [360, 800, 1440] {
            ana.is_as_wide_as(width).await;
            let over =
                "const it = document.documentElement; return it.scrollWidth - it.clientWidth";
            assert_eq!(ana.asks_the_page(over).await, Value::from(0), "at {width}");
        }
        // The cursor stands where it is needed first; Enter and Tab do the rest.
        ana.types("ana\n").await;
        ana.sees("#who", "ana").await;
        ana.types("hola\n").await;
        ana.reads("ana", "hola").await;
        for _ in 0..3 {
            ana.types("\u{E004}").await;
        }
        let focused = "return document.activeElement.getAttribute('aria-label')";
        assert_eq!(ana.asks_the_page(focused).await, json!("Reserve: Habitación 1"));
        ana.types("\n").await;
        ana.sees_button(ROOMS[0], "Give back", true).await;
        assert_eq!(ana.asks_the_page(focused).await, json!("Give back: Habitación 1"));
        ana.goes().await;
    });
    server.stops();
}
