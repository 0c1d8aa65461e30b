//! A house: a whole core, its log, and the clients with all that they are owed. Whatever comes
//! out of the core is checked here, as it comes.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::{Ipv4Addr, SocketAddr};

use posada_core::state::mailbox::Mailbox;
use posada_core::state::{Outcome, Refusal, State};
use posada_core::{
    Admission, Answer, Ask, Core, Entry, Feed, Founding, Input, Key, ListenerId, Order, Output,
    PrincipalId, RoomId, Seq, SessionId, SessionNumber, Setup, Time,
};
use proptest::prelude::*;

use crate::naive::{Body, Model, body};
use crate::world::label;

/// Clients; the last one is the operator.
pub(crate) const CLIENTS: u64 = 5;

/// Bytes that one answer tells of what was missed: a few messages.
pub(crate) const PAGE: u32 = 200;

/// Something that happens to a core.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// A client asks; it comes in first where it has not yet.
    Asks(u64, Ask, Option<Key>),
    /// A client asks what it asked last with a key.
    AsksAgain(u64),
    Closes(u64),
    /// So many entries come back from the log.
    Commit(usize),
    /// So many found no space.
    Full(usize),
}

/// What somebody asked with a key: the only one who has the key, and what it was answered.
type Kept = BTreeMap<(PrincipalId, Key), (Body, Answer)>;

pub(crate) struct House {
    pub(crate) core: Core,
    pub(crate) log: Vec<Entry>,
    model: Model,
    now: Time,
    waiting: VecDeque<Entry>,
    /// The number of each client's present session.
    pub(crate) present: BTreeMap<u64, SessionNumber>,
    next: u64,
    pub(crate) owed: BTreeMap<SessionNumber, VecDeque<Ask>>,
    /// Sessions that the server ended, and those that their clients left.
    closed: BTreeSet<SessionNumber>,
    left: BTreeSet<SessionNumber>,
    follows: BTreeSet<(SessionNumber, Feed)>,
    /// What each client asked last with a key.
    keyed: BTreeMap<u64, (Ask, Key)>,
    answered: Kept,
    /// The keys that had an effect.
    effective: BTreeSet<(PrincipalId, Key)>,
}

impl House {
    pub(crate) fn new() -> Self {
        let operator = Admission { operator: true, ..Admission::default() };
        let listeners = vec![Admission::default(), operator];
        let mut house = Self {
            core: Core::new(Setup { listeners, resume_bytes: PAGE, ..Setup::default() }),
            log: Vec::new(),
            model: Model::default(),
            now: Time::default(),
            waiting: VecDeque::new(),
            present: BTreeMap::new(),
            next: 1,
            owed: BTreeMap::new(),
            closed: BTreeSet::new(),
            left: BTreeSet::new(),
            follows: BTreeSet::new(),
            keyed: BTreeMap::new(),
            answered: Kept::new(),
            effective: BTreeSet::new(),
        };
        let mut out = Vec::new();
        let resources = [label("GPU"), label("Sala")];
        let founding = Founding { resources: &resources, history_bytes: 200 };
        house.core.start(house.now, &founding, &mut out);
        house.hear(&out).expect("a start answers nobody");
        house.happen(&Event::Commit(usize::MAX)).expect("a start answers nobody");
        house
    }

    pub(crate) fn happen(&mut self, event: &Event) -> Result<(), TestCaseError> {
        match event {
            Event::Asks(client, ask, key) => {
                self.pass_time();
                if let Some(key) = key {
                    self.keyed.insert(*client, (ask.clone(), *key));
                }
                self.ask(*client, ask.clone(), *key)
            }
            Event::AsksAgain(client) => {
                self.pass_time();
                let Some((ask, key)) = self.keyed.get(client).cloned() else { return Ok(()) };
                self.ask(*client, ask, Some(key))
            }
            Event::Closes(client) => {
                self.pass_time();
                let Some(session) = self.present.remove(client) else { return Ok(()) };
                self.left.insert(session);
                self.follows.retain(|(follower, _)| *follower != session);
                self.step(Input::Closed { session }).map(drop)
            }
            Event::Commit(most) => {
                for _ in 0..self.waiting.len().min(*most) {
                    let entry = self.waiting.pop_front().expect("it was counted");
                    self.store(&entry)?;
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

    /// Only what clients do takes time: when it is stored changes nothing.
    fn pass_time(&mut self) {
        self.now = Time::new(self.now.wall_ms + 1, self.now.uptime_ms + 1);
    }

    fn ask(&mut self, client: u64, ask: Ask, key: Option<Key>) -> Result<(), TestCaseError> {
        let Some(session) = self.session(client)? else { return Ok(()) };
        self.owed.entry(session).or_default().push_back(ask.clone());
        self.step(Input::Asked { session, ask, key, counted: false }).map(drop)
    }

    /// Until nothing is on its way, and nothing that could not be stored is owed either.
    pub(crate) fn settle(&mut self) -> Result<(), TestCaseError> {
        self.ask(CLIENTS + 1, Ask::Reserve("".into()), None)?;
        while !self.waiting.is_empty() {
            self.happen(&Event::Commit(usize::MAX))?;
        }
        Ok(())
    }

    /// A client's session; `None`: it is not let in.
    fn session(&mut self, client: u64) -> Result<Option<SessionNumber>, TestCaseError> {
        if let Some(session) = self.present.get(&client) {
            return Ok(Some(*session));
        }
        let session = SessionNumber(self.next);
        self.next += 1;
        self.present.insert(client, session);
        let peer = (client < CLIENTS).then(|| peer(client));
        let listener = ListenerId(u16::from(client == CLIENTS));
        self.step(Input::Opened { session, listener, peer })?;
        Ok(self.present.get(&client).copied())
    }

    /// An entry comes back: it is done once, whatever was asked again.
    fn store(&mut self, entry: &Entry) -> Result<(), TestCaseError> {
        self.log.push(entry.clone());
        let seq = Seq(self.log.len() as u64);
        let before = traces(self.core.state());
        let asker = entry.command.asker();
        let principal = asker.map(|session| self.core.state().people().principal_of(session));
        self.model.apply(seq, entry);
        let out = self.step(Input::Appended { seq, entry: entry.clone() })?;
        let principal = principal.filter(|principal| *principal != PrincipalId::ANONYMOUS);
        let (Some(principal), Some(key)) = (principal, entry.key) else { return Ok(()) };
        let told = out.iter().any(|output| match output {
            Output::Published { seq: about, .. } => *about == Some(seq),
            Output::Direct { seq: about, .. } => *about == seq,
            Output::Noted { .. } => true,
            _ => false,
        });
        if told || traces(self.core.state()) != before {
            prop_assert!(self.effective.insert((principal, key)), "{:?} twice", entry);
        }
        let number = asker.map(|asker| asker.number);
        let reply = out.iter().find_map(|output| match output {
            Output::Reply { session, answer } if Some(*session) == number => Some(answer.clone()),
            _ => None,
        });
        let reply = reply.expect("who asked is answered");
        let body = body(&entry.command).expect("a verb that takes a key");
        match self.answered.get(&(principal, key)) {
            None => {
                self.answered.insert((principal, key), (body, reply));
            }
            Some((known, first)) if *known == body => {
                prop_assert_eq!(reply, again(first), "{:?}", entry);
            }
            Some(_) => prop_assert_eq!(reply, Answer::Refused(Refusal::KeyReused), "{:?}", entry),
        }
        Ok(())
    }

    fn step(&mut self, input: Input) -> Result<Vec<Output>, TestCaseError> {
        let mut out = Vec::new();
        self.core.step(self.now, input, &mut out);
        self.hear(&out)?;
        self.look_around()?;
        Ok(out)
    }

    /// Every reply is to the oldest ask, and nothing comes after goodbye.
    fn hear(&mut self, out: &[Output]) -> Result<(), TestCaseError> {
        for output in out {
            match output {
                Output::Append(entry) => self.waiting.push_back(entry.clone()),
                Output::Reply { session, answer } => {
                    prop_assert!(!self.closed.contains(session), "{:?} after goodbye", answer);
                    let asked = self.owed.get_mut(session).and_then(VecDeque::pop_front);
                    let ask = asked.expect("somebody asked");
                    prop_assert!(fits(&ask, answer), "{:?}: {:?}", ask, answer);
                    if let Some(means) = self.model.answer(self.id(*session), &ask) {
                        prop_assert_eq!(answer, &means, "{:?}", ask);
                    }
                }
                Output::Direct { session, event, .. } => {
                    // Until its end is in the log, what is said to it is said there, and resumed.
                    let is_there = self.model.is_named(self.id(*session));
                    prop_assert!(is_there || !self.closed.contains(session), "{:?}", event);
                }
                Output::Follow { session, feed } => {
                    prop_assert!(!self.closed.contains(session), "{:?} after goodbye", feed);
                    let fresh = self.left.contains(session)
                        || self.follows.insert((*session, feed.clone()));
                    prop_assert!(fresh, "{:?} twice", feed);
                }
                Output::Unfollow { session, feed } => {
                    let known = self.follows.remove(&(*session, feed.clone()));
                    prop_assert!(known || self.left.contains(session), "{:?} never", feed);
                }
                Output::Close { session, .. } => self.part(*session)?,
                Output::Published { .. } | Output::Noted { .. } | Output::Wake(_) => {}
            }
        }
        Ok(())
    }

    /// The server ends a session.
    fn part(&mut self, session: SessionNumber) -> Result<(), TestCaseError> {
        prop_assert!(self.closed.insert(session), "goodbye twice");
        self.present.retain(|_, present| *present != session);
        self.follows.retain(|(follower, _)| *follower != session);
        self.owed.remove(&session);
        let mut out = Vec::new();
        self.core.step(self.now, Input::Closed { session }, &mut out);
        self.hear(&out)
    }

    /// Who is in a room gets what is said there, and nobody else but who is about to be sent away.
    fn look_around(&self) -> Result<(), TestCaseError> {
        let rooms: Vec<_> = self.core.state().rooms().iter().map(|(id, _)| id).collect();
        for number in self.present.values() {
            let id = self.id(*number);
            let going = self.model.is_replaced(id);
            let follows = |feed| self.follows.contains(&(*number, feed));
            let named = self.model.is_named(id);
            let everyone = follows(Feed::Everyone);
            prop_assert!(everyone == named || going, "{:?} of everyone: {}", id, everyone);
            for room in &rooms {
                let is_in = self.model.members(*room).contains(&id);
                let hears = follows(Feed::Room(*room));
                prop_assert!(hears == is_in || going, "{:?} in {:?}: {}", id, room, hears);
                let watches = follows(Feed::Signals(*room));
                prop_assert!(is_in || going || !watches, "{:?} watches {:?}", id, room);
            }
        }
        Ok(())
    }

    fn id(&self, number: SessionNumber) -> SessionId {
        SessionId { node: 0, epoch: self.core.epoch(), number }
    }

    /// Whether everybody who is in the lobby, or anywhere else, is present.
    pub(crate) fn has_no_ghosts(&self) -> bool {
        let rooms = self.core.state().rooms().iter();
        let here = rooms.flat_map(|(_, room)| room.members()).map(|session| session.number);
        let present: BTreeSet<_> = self.present.values().copied().collect();
        here.into_iter().all(|number| present.contains(&number))
    }

    pub(crate) fn replayed(&self) -> State {
        let mut state = State::default();
        for (entry, seq) in self.log.iter().zip(1..) {
            let outcome = state.apply(Seq(seq), entry);
            assert!(!matches!(outcome, Outcome::Drifted { .. }), "the log means what it meant");
        }
        state
    }
}

/// Where a client comes from: some from one address, some from another.
pub(crate) fn peer(client: u64) -> SocketAddr {
    let address = if client.is_multiple_of(2) { *b"luis" } else { [127, 0, 0, 1] };
    (Ipv4Addr::from(address), u16::try_from(4_000 + client).expect("few")).into()
}

/// Where an effect leaves a trace: who holds what, what is kept, who is where.
type Traces = (Vec<Option<(PrincipalId, Seq)>>, Vec<Mailbox>, Vec<(RoomId, Seq, Vec<SessionId>)>);

fn traces(state: &State) -> Traces {
    let held = state.resources().iter().map(|it| it.held.map(|held| (held.holder, held.token)));
    let mail = state.people().principals().map(|(_, principal)| principal.mailbox.clone());
    let rooms = state.rooms().iter();
    let rooms = rooms.map(|(id, room)| (id, room.last(), room.members().collect()));
    (held.collect(), mail.collect(), rooms.collect())
}

/// What is answered again: whom a message reached then is not known any more.
fn again(first: &Answer) -> Answer {
    match first {
        Answer::Said { seq, .. } => Answer::Said { seq: *seq, reach: None },
        answer => answer.clone(),
    }
}

/// Whether this can be the answer to that.
fn fits(ask: &Ask, answer: &Answer) -> bool {
    match answer {
        Answer::Named { .. } => matches!(ask, Ask::Name { .. }),
        Answer::Joined { .. } => matches!(ask, Ask::Join(_)),
        Answer::Left { .. } => matches!(ask, Ask::Leave(_)),
        Answer::TopicSet { .. } => matches!(ask, Ask::SetTopic { .. }),
        Answer::Topic { .. } => matches!(ask, Ask::Topic(_)),
        Answer::Said { .. } => matches!(
            ask,
            Ask::Say { .. } | Ask::To { .. } | Ask::Order(Order::Announce(_) | Order::Tell { .. })
        ),
        Answer::Missed { .. } => matches!(ask, Ask::Resume { .. }),
        Answer::Watching(on) => match ask {
            Ask::Watch(_) => *on,
            Ask::Unwatch(_) => !*on,
            _ => false,
        },
        Answer::PassedOn => matches!(ask, Ask::Typing(_)),
        Answer::Reserved { .. } => matches!(ask, Ask::Reserve(_)),
        Answer::Cancelled { .. } => matches!(ask, Ask::Cancel(_) | Ask::Order(Order::Release(_))),
        Answer::Who(_) => matches!(ask, Ask::Who(_)),
        Answer::Rooms(_) => matches!(ask, Ask::Rooms),
        Answer::List(_) => matches!(ask, Ask::List),
        Answer::Pong => matches!(ask, Ask::Ping),
        Answer::Help => matches!(ask, Ask::Help),
        Answer::Operator => matches!(ask, Ask::Operator(_)),
        Answer::Done { .. } => {
            matches!(ask, Ask::Note(_) | Ask::Order(Order::Kick(_) | Order::Ban { .. }))
        }
        Answer::Sessions(_) => matches!(ask, Ask::Order(Order::Sessions)),
        Answer::Refused(Refusal::BadRequest) => matches!(ask, Ask::Unreadable(_)),
        Answer::Refused(Refusal::OperatorOnly) => matches!(ask, Ask::Order(_)),
        Answer::Refused(_) => true,
    }
}
