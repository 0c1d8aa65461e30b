//! Who is told what: watchers what they watch, members what is said, and nobody anything else.

use crate::support::{Client, House, Native, Server, at_once};

const NOISY: usize = 100;

/// The next line is this one.
#[track_caller]
fn check(native: &mut Native, expected: &str) {
    native.socket.reads(format!("{expected}\n"));
}

/// It has been told nothing, and is answered.
#[track_caller]
fn has_heard_nothing(native: &mut Native) {
    native.socket.says_only("ping").reads("OK pong\n");
}

#[test]
fn who_asks_for_nothing_is_told_nothing_while_a_hundred_make_noise() {
    let house = House::new()
        .in_memory()
        .with("listeners.talk.per_second=0")
        .with("listeners.talk.sessions=0");
    let server = house.opens();
    let mut nameless = server.native("nameless");
    let mut by_json = server.program("by JSON");
    let mut absent = server.native("absent").named("absent");
    absent.does("leave");
    let mut unwatching = server.native("unwatching");
    assert_eq!(unwatching.asks("watch"), "OK watching");
    assert_eq!(unwatching.asks("unwatch"), "OK not watching");
    let mut desk = server.desk_in_lines();
    let mut stranger = server.stranger("a stranger").in_lines("\n");
    at_once(0..NOISY, |n| makes_noise(&server, n));

    has_heard_nothing(&mut nameless);
    by_json.socket.says_only(r#"{"do":"ping"}"#);
    by_json.socket.reads("{\"id\":null,\"ok\":{\"pong\":true}}\n");
    has_heard_nothing(&mut absent);
    has_heard_nothing(&mut unwatching);
    desk.asks("CANCELAR nada", "No hay una reserva para ese recurso");
    stranger.sends("Servidor\n").reads("Error: Nadie puede llamarse asi.\n");
    server.stops();
}

/// Comes, talks everywhere, takes what there is, gives it back, and goes; or does it as seed 2.
fn makes_noise(server: &Server, n: usize) {
    if n.is_multiple_of(10) {
        let mut talker = server.talk_in_lines(&format!("n{n}"), "\n");
        talker.says_only("hola").says_only("/entrar dev").says_only("hola").says_only("salir");
        return ends(&mut talker);
    }
    let mut noisy = server.native("noisy").named(&format!("n{n}"));
    let room = ["lobby", "dev", "ops"][n % 3];
    let resource = ["Habitación 1", "Habitación 2", "Habitación 3"][n % 3];
    for line in [
        "watch".to_owned(),
        "say hola".to_owned(),
        format!("join {room}"),
        format!("watch #{room}"),
        "say ¿quién está?".to_owned(),
        "typing".to_owned(),
        format!("topic {room} de {n}"),
        format!("reserve {resource}"),
        format!("cancel {resource}"),
        format!("to n{} hola", (n + 1) % NOISY),
        "leave".to_owned(),
        "quit".to_owned(),
    ] {
        noisy.socket.says_only(&line);
    }
    ends(&mut noisy.socket);
}

fn ends(client: &mut Client) {
    while client.line().is_some() {}
}

#[test]
fn resources_are_told_to_those_who_watch_them_without_a_name() {
    let server = House::new().in_memory().opens();
    let mut all = server.native("all");
    let mut one = server.native("one");
    let mut none = server.native("none").named("none");
    assert_eq!(all.asks("watch"), "OK watching");
    assert_eq!(one.asks("watch habitación 2"), "OK watching");
    // To watch one as well as all tells it once.
    assert_eq!(all.asks("vigilar Habitación 2"), "OK watching");
    let mut ana = server.native("ana").named("ana");
    assert_eq!(ana.asks("watch"), "OK watching");

    let first = seq(&ana.asks_behind("reserve Habitación 1", "reserved Habitación 1"));
    check(&mut all, &format!("* {first} reserved Habitación 1"));
    let second = seq(&ana.asks_behind("reserve Habitación 2", "reserved Habitación 2"));
    check(&mut all, &format!("* {second} reserved Habitación 2"));
    check(&mut one, &format!("* {second} reserved Habitación 2"));
    has_heard_nothing(&mut none);

    assert_eq!(one.asks("unwatch Habitación 2"), "OK not watching");
    server.desk_in_lines().asks("CANCELAR Habitación 2", "No hay una reserva para ese recurso");
    drop(ana);
    server.forgets("ana");
    // Nothing is given back by leaving.
    has_heard_nothing(&mut all);
    let mut desk = server.desk_in_lines();
    desk.asks("RESERVAR Habitación 3", "Reserva exitosa: Habitación 3");
    let told = all.socket.line().expect("all is told");
    assert!(told.starts_with("* ") && told.ends_with(" reserved Habitación 3"), "{told}");
    assert_eq!(all.asks("unwatch"), "OK not watching");
    desk.asks("CANCELAR Habitación 3", "Reserva cancelada: Habitación 3");
    for watcher in [&mut all, &mut one, &mut none] {
        has_heard_nothing(watcher);
    }
    server.stops();
}

#[test]
fn signals_are_for_members_who_watch_the_room() {
    let server = House::new().in_memory().opens();
    let mut watcher = server.program("watcher").named("watcher");
    let mut member = server.native("member").named("member");
    let mut outside = server.native("outside").named("outside");
    for line in [r#"{"do":"join","room":"dev"}"#, r#"{"do":"watch","room":"dev"}"#] {
        watcher.socket.says_only(line);
        let answer = watcher.socket.line().expect("it is answered");
        assert!(answer.contains(r#""ok""#), "{answer}");
    }
    let mut hears = |signal: &str, who: &str| {
        let event = format!("{{\"event\":\"{signal}\",\"room\":\"dev\",\"name\":\"{who}\"}}\n");
        watcher.socket.reads(event);
    };
    assert!(outside.asks("watch #dev").starts_with("ERR not_in_room "));
    assert!(outside.asks("watch #nada").starts_with("ERR "));
    assert!(outside.asks("typing #dev").starts_with("ERR not_in_room "));
    member.does("join dev");
    hears("here", "member");
    assert_eq!(member.asks("typing"), "OK passed on");
    hears("typing", "member");
    // More than one a second are answered, and passed on to nobody.
    for _ in 0..5 {
        assert_eq!(member.asks("typing dev"), "OK passed on");
    }
    let mut other = server.native("other").named("other");
    other.does("join dev");
    let mut next = watcher.socket.line().expect("it is told");
    // On a slow machine a second may have passed.
    while next.contains("typing") {
        next = watcher.socket.line().expect("it is told");
    }
    assert!(next.contains(r#""here""#) && next.contains(r#""other""#), "{next}");
    drop(other);
    watcher.socket.reads("{\"event\":\"gone\",\"room\":\"dev\",\"name\":\"other\"}\n");
    member.does("leave dev");
    watcher.socket.reads("{\"event\":\"gone\",\"room\":\"dev\",\"name\":\"member\"}\n");

    // Leaving ends it, and to come back is not to watch.
    for line in [r#"{"do":"leave","room":"dev"}"#, r#"{"do":"join","room":"dev"}"#] {
        watcher.socket.says_only(line).line().expect("it is answered");
    }
    member.does("join dev");
    watcher.socket.says_only(r#"{"id":9,"do":"ping"}"#);
    watcher.socket.reads("{\"id\":9,\"ok\":{\"pong\":true}}\n");
    has_heard_nothing(&mut member);
    has_heard_nothing(&mut outside);
    server.stops();
}

fn seq(line: &str) -> u64 {
    line.split(' ').nth(1).and_then(|seq| seq.parse().ok()).unwrap_or_else(|| panic!("{line}"))
}

impl Native {
    /// Asks for what it watches itself: it is answered, and told.
    #[track_caller]
    fn asks_behind(&mut self, line: &str, told: &str) -> String {
        self.socket.says_only(line);
        let mut lines = [0; 2].map(|_| self.socket.line().expect("it is answered and told"));
        lines.sort_unstable();
        let [event, answer] = lines;
        assert!(event.starts_with("* ") && event.ends_with(told), "{event}, {answer}");
        assert!(answer.starts_with("OK ") && answer.ends_with(told), "{event}, {answer}");
        answer
    }
}
