//! `posada bench`: what it measures is what the log has, and no wrong answer passes.

mod support;

#[path = "bench/fake.rs"]
mod fake;

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use fake::Mistake;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use support::{House, Ledger, until};

/// What a run printed, and how it ended.
struct Run {
    code: Option<i32>,
    report: Value,
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_posada"));
    command.arg("bench").args(arguments).stdin(Stdio::null());
    command
}

/// Runs a short one.
#[track_caller]
fn bench(arguments: &[&str]) -> Run {
    let short = ["--json", "--seconds", "0.5", "--warm-up", "0.1"];
    let output = command(&[arguments, &short].concat()).output();
    Run::of(&output.expect("the binary under test runs"))
}

impl Run {
    #[track_caller]
    fn of(output: &Output) -> Self {
        let printed = String::from_utf8_lossy(&output.stdout);
        let report = serde_json::from_str(&printed);
        let complaint = String::from_utf8_lossy(&output.stderr);
        let report = report.unwrap_or_else(|why| panic!("{why}: {printed:?} {complaint}"));
        Self { code: output.status.code(), report }
    }

    #[track_caller]
    fn number(&self, pointer: &str) -> f64 {
        let found = self.report.pointer(pointer).and_then(Value::as_f64);
        found.unwrap_or_else(|| panic!("no {pointer} in {}", self.report))
    }

    #[track_caller]
    fn count(&self, pointer: &str) -> usize {
        let found = self.report.pointer(pointer).and_then(Value::as_u64);
        let found = found.unwrap_or_else(|| panic!("no {pointer} in {}", self.report));
        usize::try_from(found).expect("it is a count")
    }

    /// Everything that was asked is done and right, and all figures are there.
    #[track_caller]
    fn is_right(&self) -> &Self {
        assert_eq!(self.code, Some(0), "{}", self.report);
        assert_eq!((self.count("/wrong"), self.count("/lost")), (0, 0), "{}", self.report);
        assert!(self.count("/done") > 0, "{}", self.report);
        assert_eq!(self.count("/sent"), self.count("/done"), "{}", self.report);
        assert!(self.number("/per_second") > 0.0, "{}", self.report);
        let at = |quantile: &str| self.number(&format!("/latency_us/{quantile}"));
        let latency = ["p50", "p90", "p99", "p99_9", "max"].map(at);
        assert!(latency[0] > 0.0 && latency.is_sorted(), "{latency:?}");
        for figure in ["/cpu/generator", "/cpu/server", "/cores", "/connections", "/depth"] {
            self.number(figure);
        }
        assert_eq!(self.report["version"], env!("CARGO_PKG_VERSION"));
        self
    }

    /// A wrong answer was found, and one of what is told has words like these.
    #[track_caller]
    fn is_wrong(&self, words: &[&str]) {
        assert_eq!(self.code, Some(1), "{}", self.report);
        let told = self.report["wrong_answers"].as_array().expect("a list");
        let mut all = told.iter().filter_map(Value::as_str);
        let found = all.any(|what| words.iter().any(|word| what.contains(word)));
        assert!(found, "no {words:?} among {told:?}");
    }
}

/// Runs against a server of its own, whose log stays, and returns what that says.
#[track_caller]
fn with_its_log(arguments: &[&str]) -> (Run, Ledger) {
    let home = tempfile::tempdir().expect("a directory for the test");
    let data = home.path().join("data");
    let given = ["--connections", "4", "--data", data.to_str().expect("a path")];
    let run = bench(&[arguments, &given].concat());
    run.is_right();
    (run, Ledger::of(&House::at(&data)))
}

/// As many changes as were told are in the log, and each resource went from hand to hand.
#[track_caller]
fn is_what_the_log_says(arguments: &[&str]) {
    let (run, ledger) = with_its_log(arguments);
    assert_eq!(ledger.moves.len(), run.count("/changes"), "{arguments:?}");
    let refused = run.report["refusals"].as_object().expect("refusals by code");
    let refused: u64 = refused.values().filter_map(Value::as_u64).sum();
    let refused = usize::try_from(refused).expect("it is a count");
    assert_eq!(run.count("/done"), run.count("/changes") + refused);
}

#[test]
fn what_is_reserved_is_in_the_log() {
    is_what_the_log_says(&["reserve", "--resources", "500"]);
}

#[test]
fn what_is_reserved_in_json_is_in_the_log() {
    is_what_the_log_says(&["json", "--resources", "500"]);
}

#[test]
fn what_is_reserved_at_the_desk_is_in_the_log() {
    is_what_the_log_says(&["desk", "--resources", "500"]);
}

#[test]
fn all_want_the_same_and_every_answer_is_judged() {
    is_what_the_log_says(&["reserve", "--resources", "1", "--depth", "4"]);
    is_what_the_log_says(&["desk", "--resources", "2", "--depth", "4"]);
}

#[test]
fn what_is_asked_by_schedule_is_in_the_log() {
    let (run, ledger) = with_its_log(&["paced", "--rate", "200"]);
    assert_eq!(ledger.moves.len(), run.count("/changes"));
    // 0.6 seconds of them, and no more than were due.
    assert!(run.count("/sent") <= 121, "{}", run.report);
    assert!(run.number("/lag_us/max") > 0.0, "{}", run.report);
}

#[test]
fn what_is_said_is_in_the_log_and_heard_by_all() {
    let (run, ledger) = with_its_log(&["talk"]);
    assert_eq!(ledger.said.len(), run.count("/done"));
    assert_eq!(run.report["unit"], "deliveries");
}

#[test]
fn what_comes_in_datagrams_is_in_the_log() {
    let (run, ledger) = with_its_log(&["udp"]);
    assert_eq!(ledger.said.len(), run.count("/changes"));
}

#[test]
fn what_changes_nothing_is_in_no_log() {
    let run = bench(&["ping", "--connections", "4", "--log", "memory"]);
    assert_eq!(run.is_right().count("/changes"), 0);
    assert_eq!(run.report["log"], "memory");
}

#[test]
fn people_read_a_table() {
    let short = ["--seconds", "0.2", "--warm-up", "0", "--log", "memory"];
    let output = command(&[&["reserve"], &short[..]].concat()).output().expect("it runs");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let table = String::from_utf8(output.stdout).expect("a table is text");
    for row in ["throughput ", "latency ", "of a core ", "refusals ", "wrong      0\n"] {
        assert!(table.lines().any(|line| format!("{line}\n").starts_with(row)), "{row}: {table}");
    }
}

/// Somebody else's server is left as it was found: everything is given back.
#[test]
fn a_running_server_is_left_as_it_was() {
    let house = House::new().with_resources(&["gpu", "press \"b\"", "Habitación 1"]);
    let server = house.opens();
    let mut ana = server.native("ana").named("ana");
    ana.does("reserve gpu");
    for (scenario, door) in [("reserve", "native"), ("json", "native"), ("desk", "desk")] {
        let pid = server.pid().to_string();
        let door = server.door(door).to_string();
        bench(&[scenario, &door, "--connections", "3", "--server-pid", &pid]).is_right();
        let listed = server.native("who looks").lists("list");
        let free = listed.iter().filter(|line| line.ends_with(": free")).count();
        assert_eq!(free, 2, "{scenario}: {listed:?}");
    }
    server.stops();
}

#[test]
fn more_than_can_be_done_is_said_to_be_too_much() {
    let run = bench(&["ping", "--connections", "1", "--depth", "1", "--rate", "10000000"]);
    run.is_right();
    assert!(run.count("/unsent") > 0, "{}", run.report);
    // What waited for its turn waited, whatever the server did with what came before it.
    assert!(run.number("/latency_us/p50") > 50_000.0, "{}", run.report);
}

#[test]
fn a_signal_ends_it_and_it_prints_what_there_is() {
    let server = House::new().with_resources(&["gpu"]).in_memory().opens();
    let door = server.door("native").to_string();
    let mut command = command(&["reserve", &door, "--seconds", "600", "--json"]);
    let child: Child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("runs");
    let mut porter = server.native("the porter");
    // All fifty are there: it is about to ask, or asks.
    until("its sessions are there", || {
        porter.sees(&format!("bench-{}-49", child.id())).then_some(())
    });
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw).expect("a process");
    kill_process(pid, Signal::INT).expect("it is there");
    let run = Run::of(&child.wait_with_output().expect("it ends"));
    assert_eq!(run.code, Some(0), "{}", run.report);
    assert_eq!(run.report["interrupted"], true);
}

#[test]
fn what_cannot_be_meant_is_refused_before_anything_is_done() {
    for arguments in [
        &["reserve", "--depth", "0"][..],
        &["reserve", "--seconds", "0"],
        &["reserve", "--seconds", "NaN"],
        &["talk", "--size", "5000"],
        &["reserve", "--connections", "19001"],
        &["reserve", "127.0.0.1:1", "--pin", "0,1"],
        &["reserve", "--pin", "0"],
        &["reserve", "--pin", "0,100000"],
        &["dance"],
    ] {
        let output = command(arguments).output().expect("it runs");
        assert!(!output.status.success() && output.stdout.is_empty(), "{arguments:?}: {output:?}");
        assert!(!output.stderr.is_empty(), "{arguments:?} says why");
    }
}

fn against(address: SocketAddr, scenario: &str) -> Run {
    bench(&[scenario, &address.to_string(), "--connections", "3", "--depth", "4"])
}

/// The server that makes the mistakes below makes no other ones.
#[test]
fn a_server_that_makes_no_mistake_is_right() {
    for scenario in ["reserve", "talk"] {
        let run = against(fake::server(Mistake::None), scenario);
        assert_eq!((run.code, run.count("/wrong")), (Some(0), 0), "{}", run.report);
        assert!(run.count("/done") > 100, "{}", run.report);
    }
}

#[test]
fn a_lost_answer_is_found() {
    against(fake::server(Mistake::LosesAnAnswer), "reserve")
        .is_wrong(&["never answered", "answers"]);
}

#[test]
fn each_mistake_is_found_and_named() {
    for (mistake, scenario, words) in [
        (Mistake::TwoHolders, "reserve", &["two holders"][..]),
        (Mistake::NumbersShrink, "reserve", &["number"]),
        (Mistake::ForgetsAHolder, "reserve", &["cannot be NotHeld"]),
        (Mistake::AnswersTwice, "reserve", &["answers", "nobody asked", "behind"]),
        (Mistake::Leaves, "reserve", &["the server ended it"]),
        (Mistake::MissesAMessage, "talk", &["member"]),
        (Mistake::RepeatsAMessage, "talk", &["member"]),
        (Mistake::SwapsMessages, "talk", &["was due"]),
        (Mistake::NumbersShrink, "talk", &["behind"]),
    ] {
        let run = against(fake::server(mistake), scenario);
        run.is_wrong(words);
    }
}

#[test]
fn a_directory_that_it_was_given_stays_and_can_be_read() {
    let home = tempfile::tempdir().expect("a directory for the test");
    let data = home.path().join("data");
    bench(&["reserve", "--connections", "2", "--data", data.to_str().expect("a path")]).is_right();
    let check = |data: &Path| {
        let mut posada = Command::new(env!("CARGO_BIN_EXE_posada"));
        posada.args(["check", "--data"]).arg(data).output().expect("it runs")
    };
    assert!(check(&data).status.success(), "{:?}", check(&data));
}
