//! The stage on which scripts are played: a core, its log, a clock that the script sets.
//!
//! | line | what happens |
//! |---|---|
//! | `5000 …` | it is five seconds after the start, by both clocks; then the rest of the line |
//! | `clock WALL UPTIME` | both clocks are set, each for itself |
//! | `ana opens [LISTENER]` | a client comes in, by default where nothing is limited |
//! | `ana opens from IP:PORT` | the same, and it is known from where |
//! | `ana name Ana [secret N] [proof N]`, `ana say …`, `ana to Luis …`, `ana who` … | it asks |
//! | `ana key N say …` | it asks, and may ask again |
//! | `ana garbles CODE` | it sends what cannot be read |
//! | `ana types`, `ana typed say …` | bytes come before the message is whole; then it is |
//! | `ana floods BYTES` | it says something as long as that |
//! | `ana closes` | it is gone |
//! | `commit [N]`, `full [N]` | all that waits, or its first N entries, is stored, or is not |
//! | `waiting` | shows what waits |
//! | `tick`, `drain` | the time asked for has come; the server closes |
//! | `restart [NAME]` | the server stops where it stands and starts from what was stored, perhaps |
//! | | with one resource more |
//! | `history BYTES` | the next start says that rooms keep so much |
//! | `page BYTES` | from the next start on, what was missed is told by so much at a time |
//! | `crowd N …`, `crowd leaves` | N clients come in, and each does the same; all are gone |
//! | `quietly N …` | the line happens N times, each time all is stored, and nothing is shown |
//! | `counting N from K ana …` | the same with the keys from K on |
//! | `tally …` | the line happens, and what comes out is counted, whoever and whatever it is |
//!
//! A script begins when a new log with the resources Sala and GPU has been started: the first
//! entry that it brings about is #5.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write;

use posada_core::limits::{HISTORY_BYTES, RESUME_BYTES};
use posada_core::state::{Outcome, State};
use posada_core::{
    Admission, Ask, Budget, Core, Entry, Feed, Founding, Input, Key, Label, ListenerId, Output,
    Seq, SessionNumber, Setup, Time,
};

use crate::asks::ask;
use crate::spell;

/// Where clients come in: `free`, two with the same limits that differ in what they do, the
/// operator's own, and one where nothing may be said that was not asked for.
const LISTENERS: [&str; 5] = ["free", "talk", "desk", "console", "closed"];
const FREE: Admission = Admission {
    sessions: 0,
    characters: 0,
    per_second: 0,
    name_within_ms: 0,
    disconnect: false,
    operator: false,
    answers_only: false,
};
/// What one address may have. Most clients come from none.
const EACH: Budget = Budget { sessions: 3, per_second: 4 };
const TALK: Admission = Admission {
    sessions: 2,
    characters: 10,
    per_second: 5,
    name_within_ms: 30_000,
    disconnect: true,
    ..FREE
};
const DESK: Admission = Admission { name_within_ms: 0, disconnect: false, ..TALK };

/// Plays a script and compares what comes out, line by line.
#[track_caller]
pub(crate) fn check(script: &str) {
    let script = without_margin(script);
    let mut stage = Stage::new();
    let mut played = String::new();
    for line in script.lines().filter(|line| !line.starts_with(' ')) {
        writeln!(played, "{line}").expect("a string takes any text");
        for told in stage.play(line) {
            writeln!(played, "  {told}").expect("a string takes any text");
        }
    }
    let apart = script.lines().zip(played.lines()).position(|(said, told)| said != told);
    let line = apart.unwrap_or_else(|| script.lines().count().min(played.lines().count())) + 1;
    assert!(script == played, "\nfrom line {line} on, it went otherwise:\n\n{played}");
}

fn without_margin(script: &str) -> String {
    let lines: Vec<&str> = script.lines().filter(|line| !line.trim().is_empty()).collect();
    let margin = lines.iter().map(|line| line.len() - line.trim_start().len()).min().unwrap_or(0);
    lines.iter().flat_map(|line| [&line[margin..], "\n"]).collect()
}

/// A name whose key is simply its lower case; real ones are made by posada-wire.
pub(crate) fn label(shown: &str) -> Label {
    Label { shown: shown.into(), key: shown.to_lowercase().into() }
}

struct Stage {
    core: Core,
    now: Time,
    /// What is durable.
    log: Vec<Entry>,
    /// What was handed out and is not durable yet.
    waiting: VecDeque<Entry>,
    /// Who the sessions of this start are: number 1 first.
    cast: Vec<String>,
    history_bytes: u32,
    resume_bytes: u32,
    out: Vec<Output>,
}

impl Stage {
    fn new() -> Self {
        let mut stage = Self {
            core: Core::new(setup(State::default(), RESUME_BYTES)),
            now: Time::default(),
            log: Vec::new(),
            waiting: VecDeque::new(),
            cast: Vec::new(),
            history_bytes: HISTORY_BYTES,
            resume_bytes: RESUME_BYTES,
            out: Vec::new(),
        };
        stage.start("");
        stage.play("commit");
        stage
    }

    /// Lets one line happen, and tells what comes out but for what waits.
    fn play(&mut self, line: &str) -> Vec<String> {
        if let Some(line) = line.strip_prefix("tally ") {
            return tally(self.play(line));
        }
        self.act(line);
        let mut told = Vec::new();
        for output in std::mem::take(&mut self.out) {
            match output {
                Output::Append(entry) => self.waiting.push_back(entry),
                // Every named session follows it.
                Output::Follow { feed: Feed::Everyone, .. } => {}
                output => told.push(spell::output(&output, &self.cast)),
            }
        }
        if line == "waiting" {
            let waiting = self.waiting.iter().map(|entry| spell::command(entry, &self.cast));
            told.extend(waiting);
        }
        told
    }

    fn act(&mut self, line: &str) {
        let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
        let many = || if rest.is_empty() { usize::MAX } else { number(rest) };
        match first {
            "commit" => self.commit(many()),
            "full" => self.full(many()),
            "waiting" => {}
            "tick" => self.step(Input::Tick),
            "drain" => self.step(Input::Drain),
            "restart" => self.restart(rest),
            "history" => self.history_bytes = number(rest),
            "page" => self.resume_bytes = number(rest),
            "crowd" => self.crowd(rest),
            "clock" => {
                let (wall, uptime) = rest.split_once(' ').expect("clock WALL UPTIME");
                self.now = Time::new(number(wall), number(uptime));
            }
            "quietly" => self.quietly(rest),
            "counting" => self.counting(rest),
            time if time.starts_with(|c: char| c.is_ascii_digit()) => {
                self.now = Time::new(number(time), number(time));
                self.act(rest);
            }
            who => self.client(who, rest),
        }
    }

    fn client(&mut self, who: &str, does: &str) {
        if let Some(place) = does.strip_prefix("opens") {
            let (place, peer) = place.split_once(" from ").unwrap_or((place, ""));
            let at = if place.is_empty() { "free" } else { place.trim_start() };
            let at = LISTENERS.iter().position(|known| *known == at).expect("a listener");
            let listener = ListenerId(u16::try_from(at).expect("few listeners"));
            self.cast.push(who.to_owned());
            let peer = peer.parse().ok();
            return self.step(Input::Opened { session: self.session(who), listener, peer });
        }
        let session = self.session(who);
        self.step(match does {
            "closes" => Input::Closed { session },
            "types" => Input::Heard { session },
            floods if floods.starts_with("floods ") => {
                let text = "x".repeat(number(&floods["floods ".len()..])).into();
                let ask = Ask::Say { room: None, text };
                Input::Asked { session, ask, key: None, counted: false }
            }
            asks => {
                let typed = asks.strip_prefix("typed ");
                let asks = typed.unwrap_or(asks);
                let (key, asks) = match asks.strip_prefix("key ") {
                    Some(keyed) => {
                        let (key, asks) = keyed.split_once(' ').expect("key N ASK");
                        (Some(Key(number(key))), asks)
                    }
                    None => (None, asks),
                };
                Input::Asked { session, ask: ask(asks), key, counted: typed.is_some() }
            }
        });
    }

    fn session(&self, who: &str) -> SessionNumber {
        let place = self.cast.iter().rposition(|known| known == who);
        let place = place.unwrap_or_else(|| panic!("nobody called {who} came in"));
        SessionNumber(place as u64 + 1)
    }

    fn step(&mut self, input: Input) {
        self.core.step(self.now, input, &mut self.out);
    }

    fn commit(&mut self, many: usize) {
        for _ in 0..many.min(self.waiting.len()) {
            let entry = self.waiting.pop_front().expect("it was counted");
            self.log.push(entry.clone());
            let seq = Seq(self.log.len() as u64);
            self.step(Input::Appended { seq, entry });
        }
    }

    fn full(&mut self, many: usize) {
        for _ in 0..many.min(self.waiting.len()) {
            let entry = self.waiting.pop_front().expect("it was counted");
            self.step(Input::NotAppended { entry });
        }
    }

    /// Nothing but the log comes through; what it says must be what the server knew.
    fn restart(&mut self, new: &str) {
        let mut state = State::default();
        for (entry, seq) in self.log.iter().zip(1..) {
            let outcome = state.apply(Seq(seq), entry);
            assert!(!matches!(outcome, Outcome::Drifted { .. }), "the log means what it meant");
        }
        assert_eq!(state.digest(), self.core.state().digest(), "recovery is the same fold");
        self.core = Core::new(setup(state, self.resume_bytes));
        self.waiting.clear();
        self.cast.clear();
        self.start(new);
    }

    fn start(&mut self, new: &str) {
        let mut resources = vec![label("Sala"), label("GPU")];
        resources.extend((!new.is_empty()).then(|| label(new)));
        let founding = Founding { resources: &resources, history_bytes: self.history_bytes };
        self.core.start(self.now, &founding, &mut self.out);
        self.play("waiting");
    }

    fn crowd(&mut self, rest: &str) {
        if let Some((many, line)) = rest.split_once(' ') {
            for _ in 0..number(many) {
                self.client("crowd", "opens");
                self.client("crowd", line);
            }
            return;
        }
        assert_eq!(rest, "leaves");
        for (who, session) in self.cast.clone().iter().zip(1..) {
            if who == "crowd" {
                self.step(Input::Closed { session: SessionNumber(session) });
            }
        }
    }

    fn counting(&mut self, rest: &str) {
        let [times, _, from, who, line] =
            rest.splitn(5, ' ').collect::<Vec<_>>().try_into().expect("counting N from K WHO LINE");
        for key in number::<u64>(from)..number::<u64>(from) + number::<u64>(times) {
            self.play(&format!("{who} key {key} {line}"));
            self.play("commit");
        }
    }

    fn quietly(&mut self, rest: &str) {
        let (times, line) = rest.split_once(' ').expect("quietly N LINE");
        for _ in 0..number(times) {
            self.play(line);
            self.play("commit");
        }
    }
}

fn setup(state: State, resume_bytes: u32) -> Setup {
    let console = Admission { operator: true, ..FREE };
    let closed = Admission { answers_only: true, ..FREE };
    let listeners = vec![FREE, TALK, DESK, console, closed];
    let operator = Some([42; 32]);
    Setup { state, node: 7, listeners, operator, resume_bytes, each_address: EACH }
}

/// How often the same came out, without who got it and which entry it was.
fn tally(told: Vec<String>) -> Vec<String> {
    let mut counts = BTreeMap::<String, u32>::new();
    for line in told {
        let what = line.split_once(": ").map_or(&*line, |(_, what)| what);
        let what = what.split_once(" #").map_or(what, |(what, _)| what);
        *counts.entry(what.to_owned()).or_default() += 1;
    }
    counts.into_iter().map(|(what, count)| format!("{count} × {what}")).collect()
}

pub(crate) fn number<T: std::str::FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("{text} is no number"))
}
