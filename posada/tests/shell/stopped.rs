//! A server that is stopped for a while, and clients that are: what was sent meanwhile is answered
//! once and in order, and nobody is cut for a silence that was the server's own.

use std::io::Write;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::{
    Client, FakeClock, House, Ledger, Native, PROMPT, ROOMS, Server, listed, stop, until,
};

/// How much quicker than ours the clock of a server runs here: two seconds are three minutes.
const TIMES: u32 = 90;
const STOPPED: Duration = Duration::from_secs(2);
const SAID: usize = 200;

#[test]
fn what_is_sent_to_a_server_that_stands_still_is_answered_once_and_in_order() {
    let house = House::new().with_web();
    let server = house.opens();
    let mut ana = server.native("ana").named("ana");
    let held = ana.does("reserve Habitación 1");
    let mut eva = server.talk("eva");
    let mut guest = server.desk();
    guest.asks("LISTAR", &listed(&ROOMS[1..]));

    server.stands_still();
    let lines: Vec<_> = (0..SAID).map(|n| format!("say {n}\n")).collect();
    ana.socket.sends(lines.concat());
    eva.says_only("desde lejos");
    guest.says_only("RESERVAR Habitación 2");
    // The kernel lets them in; the server does when it goes on.
    let mut luis = server.native("luis");
    luis.socket.sends("name luis\nreserve Habitación 1\n").hangs_up();
    let mut stranger = Client::connect("a stranger", server.door("talk"));
    drop(server.desk());
    let mut browser = asks_for_health(&server);
    server.goes_on();

    let seqs: Vec<_> = (0..SAID).map(|_| seq(&mut ana)).collect();
    assert!(seqs.is_sorted() && seqs[0] > held, "in the order of asking: {seqs:?}");
    guest.hears_at_once("Reserva exitosa: Habitación 2");
    assert!(luis.answer().is_some_and(|reply| reply.starts_with("OK ")));
    assert!(luis.answer().is_some_and(|reply| reply.starts_with("ERR taken ")));
    luis.socket.is_cut_off();
    stranger.hears_at_once(PROMPT);
    browser.reads("HTTP/1.1 200 ");
    let mut heard = String::new();
    until("eva has heard everything, and her own", || {
        heard.push_str(&String::from_utf8_lossy(&eva.recv()));
        let all = heard.contains("Recibido") && heard.contains(&format!("ana: {}", SAID - 1));
        all.then_some(())
    });
    assert_eq!(server.logged().matches("sent away").count(), 0, "{}", server.logged());
    server.stops();
    let ledger = Ledger::of(&house);
    let of_ana = ledger.said.iter().filter(|said| said.from == "ana");
    let texts: Vec<_> = of_ana.map(|said| said.text.clone()).collect();
    assert_eq!(texts, (0..SAID).map(|n| n.to_string()).collect::<Vec<_>>());
    assert_eq!(ledger.free(), ["Habitación 3"]);
}

/// Everybody's time runs out while it stands still: for a name, for a line, for a whole message,
/// for reading. Who had spoken in time is heard.
#[test]
fn nobody_is_cut_for_a_silence_that_was_the_servers_own() {
    let Some(clock) = FakeClock::that_runs(TIMES) else { return };
    // No client without newlines can be silent for so short a time unless the server says so.
    let house = House::new().under(&clock).with("listeners.talk.framing=line");
    let server = house.opens();
    let mut stranger = server.stranger("eva").in_lines("\n");
    let mut silent = server.stranger("a silent one").in_lines("\n");
    let mut luis = server.native("luis").named("luis");
    let mut by_hand = server.native("ana");
    by_hand.socket.sends("name a");
    assert_eq!(luis.asks("ping"), "OK pong", "the half line is heard before");

    server.stands_still();
    stranger.says_only("eva");
    by_hand.socket.sends("na\n");
    stays_so();
    server.goes_on();

    assert!(by_hand.answer().is_some_and(|reply| reply.starts_with("OK ")), "ana has her name");
    server.knows("eva");
    stranger.says("hola");
    assert_eq!(luis.hears().text, "hola");
    // Who had not, has had its time.
    silent.hears("Error: No diste un nombre a tiempo.").is_cut_off();
}

/// Half of it came before, half of it while the server stood still: no silence ended the first.
#[test]
fn a_message_is_not_cut_in_two_where_the_server_stood_still() {
    let silence = Duration::from_secs(1);
    let server = House::new().with("listeners.desk.silence_ms=1000").opens();
    let mut guest = server.desk();
    let mut other = server.native("another");
    until("it stands still within the silence", || {
        let began = Instant::now();
        guest.sends("RESERVAR Habi");
        assert_eq!(other.asks("ping"), "OK pong", "the half is heard before");
        server.stands_still();
        let in_time = began.elapsed() < silence / 2;
        if !in_time {
            server.goes_on();
            guest.recv();
        }
        in_time.then_some(())
    });
    guest.sends("tación 1");
    stays_so();
    server.goes_on();
    guest.hears_at_once("Reserva exitosa: Habitación 1");
}

/// Nothing happened for longer than anybody has to say a name: the next one has all its time.
#[test]
fn who_comes_to_an_idle_server_has_all_its_time() {
    let Some(clock) = FakeClock::that_runs(TIMES) else { return };
    let server = House::new().under(&clock).with("listeners.talk.framing=line").opens();
    server.desk_in_lines().asks("LISTAR", &listed(&ROOMS));
    stays_so();
    let mut eva = server.stranger("eva").in_lines("\n");
    server.desk_in_lines().asks("LISTAR", &listed(&ROOMS));
    eva.says_only("eva");
    server.knows("eva");
}

/// A ban lasts while the server runs by the clock, standing still or not.
#[test]
fn a_ban_runs_out_while_the_server_stands_still() {
    let Some(clock) = FakeClock::that_runs(TIMES) else { return };
    let house = House::new().under(&clock);
    let server = house.opens();
    let mut host = server.operator(&house);
    let mut guest = server.desk_in_lines();
    guest.asks("LISTAR", &listed(&ROOMS));
    assert!(host.asks("ban 127.0.0.1 for 100s").starts_with("OK "));
    guest.rest();
    server.stands_still();
    stays_so();
    server.goes_on();
    server.desk_in_lines().asks("LISTAR", &listed(&ROOMS));
}

/// It is in the middle of a line, and does not read; others go on, and so does it when it can.
#[test]
fn a_client_that_is_stopped_holds_nobody_up_and_misses_nothing() {
    let server = House::new().opens();
    let mut half = server.native("half").named("half");
    half.socket.sends("say la mi");
    let mut connect = Command::new(env!("CARGO_BIN_EXE_posada"))
        .args(["connect", "--profile", "native", &server.door("native").to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary under test runs");
    let mut keyboard = connect.stdin.take().expect("it is piped");
    keyboard.write_all(b"name stopped\n").expect("it reads");
    server.knows("stopped");
    let pid = i32::try_from(connect.id()).ok().and_then(Pid::from_raw).expect("a process");
    stop(connect.id());
    keyboard.write_all(b"say hola\nquit\n").expect("the pipe takes it");
    let mut ana = server.native("ana").named("ana");
    for n in 0..SAID {
        ana.does(&format!("say {n}"));
    }
    kill_process(pid, Signal::CONT).expect("it is our child");
    let heard = connect.wait_with_output().expect("it is our child");
    let heard = String::from_utf8_lossy(&heard.stdout).into_owned();
    for n in 0..SAID {
        let line = format!("ana: {n}");
        assert_eq!(heard.lines().filter(|it| it.ends_with(&line)).count(), 1, "{line}:\n{heard}");
    }
    assert_eq!(ana.hears().text, "hola");
    half.socket.sends("tad\n");
    assert_eq!(ana.hears().text, "la mitad");
    server.stops();
}

fn stays_so() {
    let began = Instant::now();
    while began.elapsed() < STOPPED {
        thread::park_timeout(STOPPED);
    }
}

fn seq(native: &mut Native) -> u64 {
    let reply = native.answer().expect("it is answered");
    let seq = reply.strip_prefix("OK ").and_then(|rest| rest.split(' ').next()?.parse().ok());
    seq.unwrap_or_else(|| panic!("not done: {reply}"))
}

fn asks_for_health(server: &Server) -> Client {
    let host = server.door("http");
    let mut browser = Client::connect("a browser", host);
    browser.sends(format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"));
    browser
}
