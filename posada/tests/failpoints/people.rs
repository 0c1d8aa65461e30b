//! Two who ask everything with keys, and a guest at the desk, beside a server that may end at any
//! moment; and what must be true of its log then.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::ExitStatus;
use std::thread;
use std::time::{Duration, Instant};

use posada_core::state::{Outcome, State};
use posada_core::{Entry, Seq};
use rustix::process::Signal;

use crate::support::load::{self, Memory, Promises};
use crate::support::{Asker, Client, House, Ledger, PATIENCE, Server, What};

/// What there is to reserve: one for each, one that both want, and the guest's.
pub(crate) const RESOURCES: [&str; 4] = ["ana", "eva", "GPU", "Cuarto"];

/// How many each asks at once.
const AT_ONCE: u64 = 4;
/// How many of the last keys are asked again though they were answered. 256 are kept.
const AGAIN: u64 = 100;
/// A segment of 64 KiB holds about as many pages.
const PAGE: &str = " de una carta que no termina";

/// What they were told so far.
pub(crate) struct People {
    askers: [Asker; 2],
    /// What the guest knows, and at which start of the server it was there.
    guests: Vec<(u32, Memory)>,
}

/// Who came to a server before it ended, and how it ended.
pub(crate) struct Life {
    pub(crate) status: ExitStatus,
    guest: Option<Memory>,
}

impl Life {
    /// It ended before its doors were open.
    pub(crate) fn nobody_came(&self) -> bool {
        self.guest.is_none()
    }

    /// The same, without what the guest knows.
    pub(crate) fn of_the_askers_alone(self) -> Self {
        Self { guest: None, ..self }
    }
}

fn script(name: &'static str, key: u64) -> What {
    let text = format!("{name} {key}");
    let page = || text.clone() + &PAGE.repeat(60);
    match key % 8 {
        0 => What::Moves("reserve", name),
        1 | 6 => What::Words("say", page()),
        2 => What::Words("to", text),
        3 => What::Moves("cancel", name),
        4 => What::Moves("reserve", "GPU"),
        5 => What::Words("topic", text),
        _ => What::Moves("cancel", "GPU"),
    }
}

impl People {
    pub(crate) fn new() -> Self {
        let askers =
            [Asker::new(["ana", "eva"], false, script), Asker::new(["eva", "ana"], true, script)];
        Self { askers, guests: vec![] }
    }

    /// Nobody has answered them yet.
    pub(crate) fn were_told_nothing(&self) -> bool {
        self.askers.iter().all(|asker| asker.answers.is_empty())
    }

    /// Ask until the server ends, which it is asked to do when they were promised enough.
    #[track_caller]
    pub(crate) fn live_beside(&mut self, server: &mut Server, enough: u64) -> Life {
        if server.doors().is_empty() {
            return Life { status: server.ends(), guest: None };
        }
        let (native, desk) = (server.door("native"), server.door("desk"));
        let told = &Promises::default();
        thread::scope(|scope| {
            for asker in &mut self.askers {
                scope.spawn(move || asks_on(asker, native, told));
            }
            let guest = scope.spawn(move || {
                let guest = Client::reaches("a guest", desk).ok()?.in_lines("\n");
                Some(load::guest(guest, "Cuarto", told))
            });
            let status = end_of(server, || told.count() >= enough);
            Life { status, guest: guest.join().expect("a guest's own story") }
        })
    }

    /// Come back to a server that is whole, ask again what was not answered, and what was.
    #[track_caller]
    pub(crate) fn come_back(&mut self, server: &Server) -> [Client; 2] {
        let here = server.native("who looks in first").lists("who");
        assert!(here.is_empty(), "nobody has come back yet: {here:?}");
        self.askers.each_mut().map(|asker| {
            let mut socket = asker.returns(server.door("native")).expect("it is there");
            let unanswered = asker.answers.len() as u64 + 1;
            let new = unanswered..=unanswered + AT_ONCE - 1;
            assert_eq!(asker.asks(&mut socket, new), AT_ONCE);
            // In the other form: the same key is the same request.
            asker.in_json = !asker.in_json;
            let last = asker.answers.len() as u64;
            let again = last.saturating_sub(AGAIN) + 1..=last;
            let all = again.end() + 1 - again.start();
            assert_eq!(asker.asks(&mut socket, again), all, "{} asks again", asker.name);
            socket
        })
    }

    /// What the guest of the life before the last start knows is looked at with the rest.
    pub(crate) fn remember(&mut self, life: Life, starts: usize) {
        let epoch = u32::try_from(starts).expect("a short log") - 1;
        self.guests.extend(life.guest.map(|memory| (epoch, memory)));
    }

    /// All that they were told is in the log, and each key had one effect at most.
    #[track_caller]
    pub(crate) fn agree_with(&self, entries: &[Entry], ledger: &Ledger) {
        for (epoch, memory) in &self.guests {
            memory.agrees_with(ledger, *epoch);
        }
        let effects = effects(entries);
        let none = vec![];
        for asker in &self.askers {
            for (key, answer) in &asker.answers {
                let done = effects.get(&(asker.name.to_owned(), *key)).unwrap_or(&none);
                let expected: Vec<u64> = answer.iter().copied().collect();
                assert_eq!(*done, expected, "{} was told {answer:?} of {key}", asker.name);
            }
            let asked = asker.answers.len() as u64 + AT_ONCE;
            let more = effects.keys().find(|(name, key)| *name == asker.name && *key > asked);
            assert_eq!(more, None, "{} never asked that", asker.name);
        }
    }
}

/// How a server ended, which it was asked to when it was enough, or too long. Nothing here may
/// panic: who lives beside it goes on until it ends.
fn end_of(server: &mut Server, is_enough: impl Fn() -> bool) -> ExitStatus {
    let began = Instant::now();
    let mut asked = false;
    loop {
        if let Some(status) = server.exit_status() {
            return status;
        }
        if began.elapsed() > 4 * PATIENCE {
            server.signal(Signal::ABORT);
        } else if !asked && (is_enough() || began.elapsed() > 2 * PATIENCE) {
            server.signal(Signal::TERM);
            asked = true;
        }
        thread::park_timeout(Duration::from_millis(1));
    }
}

/// Asks one key after the other until the server is gone.
fn asks_on(asker: &mut Asker, door: SocketAddr, told: &Promises) {
    let Some(mut socket) = asker.returns(door) else { return };
    loop {
        let next = asker.answers.len() as u64 + 1;
        let done = asker.asks(&mut socket, next..=next + AT_ONCE - 1);
        (0..done).for_each(|_| told.one_more());
        if done < AT_ONCE {
            return;
        }
    }
}

/// Where in the log something was done, by who asked for it with which key.
fn effects(entries: &[Entry]) -> BTreeMap<(String, u64), Vec<u64>> {
    let mut state = State::default();
    let mut effects = BTreeMap::<_, Vec<u64>>::new();
    for (seq, entry) in (1..).zip(entries) {
        let outcome = state.apply(Seq(seq), entry);
        let name = entry.command.asker().and_then(|session| state.name_of(session));
        if let (Some(key), Some(name)) = (entry.key, name)
            && !matches!(outcome, Outcome::Refused(_) | Outcome::Repeated { .. })
        {
            effects.entry((name.to_string(), key.0)).or_default().push(seq);
        }
    }
    effects
}

/// The house that they live in.
pub(crate) fn house() -> House {
    House::new().with("log.segment_bytes=65536").with_resources(&RESOURCES)
}
