//! Conversations: whole cores, with clients that ask, leave and return, over a log that stores
//! in batches of any size and sometimes has no space.

use std::collections::{BTreeMap, VecDeque};
use std::mem::{Discriminant, discriminant};

use posada_core::state::{Outcome, Refusal, State};
use posada_core::{
    Answer, Ask, Core, Entry, Input, ListenerId, Output, Seq, SessionNumber, Setup, Time,
};
use proptest::prelude::*;

use crate::cases;
use crate::world::{label, person, secret, thing};

/// Something that happens to a core.
#[derive(Clone, Debug)]
enum Event {
    /// A client asks; it comes in first where it has not yet.
    Asks(u64, Ask),
    Closes(u64),
    /// So many entries come back from the log.
    Commit(usize),
    /// So many found no space.
    Full(usize),
}

const CLIENTS: u64 = 5;

fn ask(proofs: bool) -> impl Strategy<Value = Ask> {
    let proof = secret().prop_map(move |proof| proof.filter(|_| proofs));
    prop_oneof![
        4 => (person(), proof, secret())
            .prop_map(|(name, proof, secret)| Ask::Name { name, proof, secret }),
        1 => Just(Ask::Say("hola".into())),
        1 => person().prop_map(|name| Ask::To { name: name.key, text: "hola".into() }),
        2 => thing().prop_map(|thing| Ask::Reserve(thing.key)),
        2 => thing().prop_map(|thing| Ask::Cancel(thing.key)),
        1 => Just(Ask::Who),
        1 => Just(Ask::List),
        1 => Just(Ask::Ping),
        1 => Just(Ask::Unreadable(Refusal::BadRequest)),
    ]
}

fn asks(proofs: bool) -> impl Strategy<Value = Event> {
    prop_oneof![
        9 => (1..=CLIENTS, ask(proofs)).prop_map(|(client, ask)| Event::Asks(client, ask)),
        1 => (1..=CLIENTS).prop_map(Event::Closes),
    ]
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        6 => asks(true),
        2 => (1..4_usize).prop_map(Event::Commit),
        1 => (1..3_usize).prop_map(Event::Full),
    ];
    prop::collection::vec(event, 1..80)
}

/// A core, its log, and the clients with all that they are owed.
struct House {
    core: Core,
    log: Vec<Entry>,
    waiting: VecDeque<Entry>,
    /// The number of each client's present session.
    present: BTreeMap<u64, SessionNumber>,
    next: u64,
    owed: BTreeMap<SessionNumber, VecDeque<Discriminant<Ask>>>,
    closed: Vec<SessionNumber>,
}

impl House {
    fn new() -> Self {
        let mut house = Self {
            core: Core::new(Setup::default()),
            log: Vec::new(),
            waiting: VecDeque::new(),
            present: BTreeMap::new(),
            next: 1,
            owed: BTreeMap::new(),
            closed: Vec::new(),
        };
        let mut out = Vec::new();
        house.core.start(Time::default(), &[label("GPU"), label("Sala")], &mut out);
        house.hear(out).expect("a start answers nobody");
        house.happen(&Event::Commit(usize::MAX)).expect("a start answers nobody");
        house
    }

    fn happen(&mut self, event: &Event) -> Result<(), TestCaseError> {
        match event {
            Event::Asks(client, ask) => {
                let session = self.session(*client)?;
                self.owed.entry(session).or_default().push_back(discriminant(ask));
                self.step(Input::Asked { session, ask: ask.clone(), counted: false })
            }
            Event::Closes(client) => {
                let Some(session) = self.present.remove(client) else { return Ok(()) };
                self.step(Input::Closed { session })
            }
            Event::Commit(most) => {
                for _ in 0..self.waiting.len().min(*most) {
                    let entry = self.waiting.pop_front().expect("it was counted");
                    self.log.push(entry.clone());
                    let seq = Seq(self.log.len() as u64);
                    self.step(Input::Appended { seq, entry })?;
                }
                Ok(())
            }
            Event::Full(most) => {
                for _ in 0..self.waiting.len().min(*most) {
                    let entry = self.waiting.pop_front().expect("it was counted");
                    self.step(Input::NotAppended { entry })?;
                }
                Ok(())
            }
        }
    }

    /// Until nothing is on its way, and nothing that could not be stored is owed either.
    fn settle(&mut self) -> Result<(), TestCaseError> {
        let last = self.session(CLIENTS + 1)?;
        self.owed.entry(last).or_default().push_back(discriminant(&Ask::Reserve("".into())));
        self.step(Input::Asked { session: last, ask: Ask::Reserve("".into()), counted: false })?;
        while !self.waiting.is_empty() {
            self.happen(&Event::Commit(usize::MAX))?;
        }
        Ok(())
    }

    fn session(&mut self, client: u64) -> Result<SessionNumber, TestCaseError> {
        if let Some(session) = self.present.get(&client) {
            return Ok(*session);
        }
        let session = SessionNumber(self.next);
        self.next += 1;
        self.present.insert(client, session);
        self.step(Input::Opened { session, listener: ListenerId(0) })?;
        Ok(session)
    }

    fn step(&mut self, input: Input) -> Result<(), TestCaseError> {
        let mut out = Vec::new();
        self.core.step(Time::default(), input, &mut out);
        self.hear(out)
    }

    /// Every reply is to the oldest ask, and none comes after goodbye.
    fn hear(&mut self, out: Vec<Output>) -> Result<(), TestCaseError> {
        for output in out {
            match output {
                Output::Append(entry) => self.waiting.push_back(entry),
                Output::Reply { session, answer } => {
                    prop_assert!(!self.closed.contains(&session), "{:?} after goodbye", answer);
                    let asked = self.owed.get_mut(&session).and_then(VecDeque::pop_front);
                    prop_assert!(fits(asked, &answer), "{:?}: {:?}", session, answer);
                }
                Output::Close { session, .. } => {
                    prop_assert!(!self.closed.contains(&session), "goodbye twice");
                    self.closed.push(session);
                    self.present.retain(|_, present| *present != session);
                    self.owed.remove(&session);
                    let mut out = Vec::new();
                    self.core.step(Time::default(), Input::Closed { session }, &mut out);
                    self.hear(out)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn replayed(&self) -> State {
        let mut state = State::default();
        for (entry, seq) in self.log.iter().zip(1..) {
            let outcome = state.apply(Seq(seq), entry);
            assert!(!matches!(outcome, Outcome::Drifted { .. }), "the log means what it meant");
        }
        state
    }
}

fn fits(asked: Option<Discriminant<Ask>>, answer: &Answer) -> bool {
    let text = || "".into();
    let (name, proof, secret) = (label(""), None, None);
    let kind = |ask: &Ask| asked == Some(discriminant(ask));
    match answer {
        Answer::Named { .. } => kind(&Ask::Name { name, proof, secret }),
        Answer::Said { .. } => {
            kind(&Ask::Say(text())) || kind(&Ask::To { name: text(), text: text() })
        }
        Answer::Reserved { .. } => kind(&Ask::Reserve(text())),
        Answer::Cancelled { .. } => kind(&Ask::Cancel(text())),
        Answer::Who(_) => kind(&Ask::Who),
        Answer::List(_) => kind(&Ask::List),
        Answer::Pong => kind(&Ask::Ping),
        Answer::Help => kind(&Ask::Help),
        Answer::Refused(Refusal::BadRequest) => kind(&Ask::Unreadable(Refusal::BadRequest)),
        Answer::Refused(_) => asked.is_some(),
    }
}

proptest! {
    #![proptest_config(cases(400))]

    /// Whatever is stored or not, everybody is answered once, in the order of asking; and what
    /// the core knows in the end is what its log says.
    #[test]
    fn everybody_is_answered_in_order(events in events()) {
        let mut house = House::new();
        for event in &events {
            house.happen(event)?;
        }
        house.settle()?;
        let unanswered: Vec<_> = house.owed.iter().filter(|(_, owed)| !owed.is_empty()).collect();
        prop_assert!(unanswered.is_empty(), "{:?}", unanswered);
        prop_assert!(house.core.is_idle());
        prop_assert_eq!(house.core.state().digest(), house.replayed().digest());
        let here: Vec<_> = house.core.state().in_lobby().map(|session| session.number).collect();
        let ghosts = here.iter().filter(|number| !house.present.values().any(|it| it == *number));
        prop_assert_eq!(ghosts.count(), 0, "nobody is there who left");
    }

    /// The state does not depend on how entries were gathered into batches. Nobody returns by
    /// secret here: when a replaced client hears of it decides what it still can ask.
    #[test]
    fn batches_of_any_size_come_to_the_same(
        asks in prop::collection::vec(asks(false), 1..60),
        sizes in prop::collection::vec(0..5_usize, 60),
    ) {
        let (mut cut, mut whole) = (House::new(), House::new());
        for (event, size) in asks.iter().zip(sizes) {
            cut.happen(event)?;
            cut.happen(&Event::Commit(size))?;
            whole.happen(event)?;
        }
        cut.settle()?;
        whole.settle()?;
        prop_assert_eq!(&cut.log, &whole.log);
        prop_assert_eq!(cut.core.state().digest(), whole.core.state().digest());
        prop_assert_eq!(cut.core.state().trail(), whole.core.state().trail());
    }
}
