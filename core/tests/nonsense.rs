//! Facts to which no log leads: they are refused, each with what is wrong with it.

use posada_core::state::resources::Reservation;
use posada_core::state::{Fact, Outcome, RULES, Restored, State, Unsound};
use posada_core::{
    Barred, Command, Entry, Key, Label, PrincipalId, RoomId, Seq, SessionId, SessionNumber, Time,
};

const ANA: SessionId = SessionId { node: 0, epoch: 1, number: SessionNumber(1) };
const LUIS: SessionId = SessionId { node: 0, epoch: 1, number: SessionNumber(2) };

fn label(name: &str) -> Label {
    Label { shown: name.into(), key: name.into() }
}

/// Ana is online in two rooms and has the GPU, Luis is away and has mail, Paco is shut out.
fn state() -> State {
    let name = |session, name| Command::Name {
        session,
        name: label(name),
        proof: None,
        secret: Some([7; 32]),
    };
    let commands = [
        (None, Command::Rules { version: RULES }),
        (None, Command::NodeUp { node: 0, epoch: 1 }),
        (None, Command::Declare { resource: label("gpu") }),
        (None, name(ANA, "ana")),
        (None, name(LUIS, "luis")),
        (None, Command::Join { session: ANA, room: label("dev") }),
        (None, Command::Say { session: ANA, room: None, text: "hola".into() }),
        (Some(Key(1)), Command::Reserve { session: ANA, resource: "gpu".into() }),
        (None, Command::End { session: LUIS }),
        (None, Command::To { session: ANA, name: "luis".into(), text: "hola".into() }),
        (None, Command::Ban { session: ANA, who: Barred::Name("paco".into()), for_ms: 1_000 }),
    ];
    let mut state = State::default();
    for ((key, command), seq) in commands.into_iter().zip(1..) {
        let outcome = state.apply(Seq(seq), &Entry { time: Time::default(), key, command });
        assert!(!matches!(outcome, Outcome::Refused(_)), "{outcome:?}");
    }
    state
}

/// What becomes of the state's facts when somebody changes them.
fn changed(change: impl FnOnce(&mut Vec<Fact>)) -> Result<State, Unsound> {
    let mut facts = state().facts().collect();
    change(&mut facts);
    let mut restored = Restored::default();
    facts.into_iter().try_for_each(|fact| restored.take(fact))?;
    restored.finish()
}

#[track_caller]
fn refused(why: &'static str, change: impl FnOnce(&mut Vec<Fact>)) {
    assert_eq!(changed(change).map(|_| ()), Err(Unsound::Impossible(why)));
}

/// Where the first fact is that is like this.
#[track_caller]
fn place(facts: &[Fact], like: impl Fn(&Fact) -> bool) -> usize {
    facts.iter().position(like).expect("there is one")
}

/// Changes every fact by itself.
fn each(change: impl Fn(&mut Fact)) -> impl FnOnce(&mut Vec<Fact>) {
    move |facts| facts.iter_mut().for_each(change)
}

/// Puts another fact behind the first one that is like this.
fn behind(like: impl Fn(&Fact) -> bool, fact: Fact) -> impl FnOnce(&mut Vec<Fact>) {
    move |facts| {
        let at = place(facts, like);
        facts.insert(at + 1, fact);
    }
}

/// Has a fact of this kind come twice.
fn twice(like: impl Fn(&Fact) -> bool) -> impl FnOnce(&mut Vec<Fact>) {
    move |facts| {
        let at = place(facts, like);
        facts.insert(at, facts[at].clone());
    }
}

#[test]
fn what_is_left_as_it_was_is_taken() {
    assert_eq!(changed(|_| {}).map(|it| it.digest()), Ok(state().digest()));
}

#[test]
fn a_state_of_the_future_is_not_understood() {
    let newer = changed(each(|fact| {
        if let Fact::Head { rules, .. } = fact {
            *rules = RULES + 1;
        }
    }));
    assert_eq!(newer.map(|_| ()), Err(Unsound::NewRules(RULES + 1)));
}

#[test]
fn what_is_not_whole_is_refused() {
    refused("nothing at all", Vec::clear);
    refused("something before the head", |facts| drop(facts.remove(0)));
    refused("no lobby", |facts| {
        facts.retain(|it| !matches!(it, Fact::Room { id: RoomId::LOBBY, .. }));
        facts.retain(|it| !matches!(it, Fact::Member { room: RoomId::LOBBY, .. }));
    });
    refused("a member of no room", |facts| {
        facts.retain(|it| !matches!(it, Fact::Room { .. } | Fact::Said { .. }));
    });
    refused("something held by nobody", |facts| {
        facts.truncate(place(facts, |it| matches!(it, Fact::Principal { .. })));
        facts.extend(state().facts().filter(|it| matches!(it, Fact::Resource { .. })));
    });
    let held = |it: &Fact| matches!(it, Fact::Keys { .. });
    refused("a key of nobody", |facts| drop(facts.remove(place(facts, held))));
}

#[test]
fn what_comes_twice_or_too_late_is_refused() {
    refused("a second head", twice(|it| matches!(it, Fact::Head { .. })));
    refused("a node twice", twice(|it| matches!(it, Fact::Node { .. })));
    refused("a room's name twice", twice(|it| matches!(it, Fact::Room { .. })));
    refused("a name twice", twice(|it| matches!(it, Fact::Principal { .. })));
    refused("a history that goes back", twice(|it| matches!(it, Fact::Said { .. })));
    refused("a member twice", twice(|it| matches!(it, Fact::Member { .. })));
    refused("two keys of one entry", twice(|it| matches!(it, Fact::Answered { .. })));
    refused("a resource twice, or too many", twice(|it| matches!(it, Fact::Resource { .. })));
    refused("a ban twice", twice(|it| matches!(it, Fact::Ban { .. })));
    refused("something that belongs further ahead", |facts| {
        facts.push(Fact::Node { node: 9, epoch: 1 });
    });
}

#[test]
fn what_belongs_to_nothing_is_refused() {
    let behind_the_head = |fact| behind(|it| matches!(it, Fact::Head { .. }), fact);
    let said = Fact::Said { seq: Seq(7), from: None, text: "hola".into() };
    let topic = Fact::Topic { seq: Seq(7), from: "ana".into(), text: "hola".into() };
    let member = Fact::Member { room: RoomId::LOBBY, since: Seq(7) };
    refused("something said nowhere and to nobody", behind_the_head(said));
    refused("a topic of no room", behind_the_head(topic));
    refused("a member who is nobody", behind_the_head(member));
    refused("keys of nobody", behind_the_head(Fact::Keys { floor: Key(1) }));
}

#[test]
fn what_came_with_no_entry_or_one_of_the_future_is_refused() {
    let since = |seq| {
        each(move |fact| {
            if let Fact::Member { since, .. } = fact {
                *since = Seq(seq);
            }
        })
    };
    refused("something that came with no entry", since(0));
    refused("something that came with an entry of the future", since(12));
    let read = |upto, at| {
        each(move |fact| {
            if let Fact::Head { seq, checkpoint, .. } = fact {
                (*seq, checkpoint.0) = (Seq(upto), Seq(at));
            }
        })
    };
    refused("more entries than a log can hold", read(u64::MAX, 0));
    refused("a checkpoint where there is none", read(11, 1));
    refused("a checkpoint off the trail", read(1_024, 1_024));
    assert!(changed(read(1_023, 0)).is_ok());
}

#[test]
fn people_who_cannot_be_as_they_are_are_refused() {
    let principal = |change: fn(&mut Option<[u8; 32]>, &mut Option<Seq>, &mut Seq)| {
        each(move |fact| {
            if let Fact::Principal { secret, away, delivered, .. } = fact {
                change(secret, away, delivered);
            }
        })
    };
    refused("somebody away who cannot come back", principal(|secret, _, _| *secret = None));
    refused("somebody neither here nor away", principal(|_, away, _| *away = None));
    refused("somebody neither here nor away", principal(|_, away, _| *away = Some(Seq(9))));
    refused("a message that waits for who is here", |facts| {
        let ana = place(facts, |it| matches!(it, Fact::Principal { .. }));
        facts.insert(ana + 1, Fact::Said { seq: Seq(8), from: None, text: "hola".into() });
    });
    refused("a message delivered before any was", |facts| {
        let ana = place(facts, |it| matches!(it, Fact::Principal { .. }));
        if let Fact::Principal { before, .. } = &mut facts[ana] {
            *before = Seq(3);
        }
    });
    let replaced = Fact::Replaced { session: ANA };
    let last = |it: &Fact| matches!(it, Fact::Principal { id, .. } if id.0 == Seq(5));
    refused("a session both replaced and not", |facts| {
        let luis = place(facts, last);
        facts.insert(luis + 2, replaced);
    });
}

#[test]
fn what_is_more_than_any_server_keeps_is_refused() {
    let long =
        |bytes: usize| Fact::Said { seq: Seq(11), from: None, text: "o".repeat(bytes).into() };
    let luis = |it: &Fact| matches!(it, Fact::Said { seq: Seq(10), .. });
    refused("too much in a mailbox", behind(luis, long(16 * 1024)));
    let room = |it: &Fact| matches!(it, Fact::Said { seq: Seq(7), .. });
    refused("too long a history", behind(room, long(256 * 1024)));
    refused("too many keys of one", |facts| {
        let at = place(facts, |it| matches!(it, Fact::Keys { .. }));
        if let Some(Fact::Head { seq, .. }) = facts.first_mut() {
            *seq = Seq(1_023);
        }
        let answered = |seq| Fact::Answered {
            key: Key(seq),
            body: 0,
            seq: Seq(seq),
            outcome: Outcome::Cancelled { resource: "gpu".into() },
        };
        facts.truncate(at + 1);
        facts.extend((20..300).map(answered));
    });
    let rooms = (1..=1_000).map(|seq| Fact::Room {
        id: RoomId(Seq(20 + seq)),
        name: label(&format!("room {seq}")),
        topic: None,
        last: Seq(0),
        cut: Seq(0),
    });
    refused("too many rooms", |facts| {
        let at = place(facts, |it| matches!(it, Fact::Principal { .. }));
        facts.splice(at..at, rooms);
        if let Some(Fact::Head { seq, .. }) = facts.first_mut() {
            *seq = Seq(1_023);
        }
    });
    refused("too many reservations", |facts| {
        let held = |seq| Reservation { holder: PrincipalId(Seq(4)), token: Seq(seq), since_ms: 0 };
        let thing =
            |seq: u64| Fact::Resource { name: label(&seq.to_string()), held: Some(held(1)) };
        let at = place(facts, |it| matches!(it, Fact::Ban { .. }));
        facts.splice(at..at, (0..10_000).map(thing));
    });
}
