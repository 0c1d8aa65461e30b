//! The safeguards: a log is applied in its own order, by who knows its rules, and checks itself.

use posada_core::limits::{CHECK_EVERY, HISTORY_BYTES, RESERVATIONS_EACH, RESUME_BYTES, ROOMS};
use posada_core::state::{Outcome, RULES, Refusal, State};
use posada_core::{
    Ask, Command, Core, Digest, Entry, Event, Founding, Input, ListenerId, Output, Seq, SessionId,
    SessionNumber, Setup, Time,
};

use crate::check;
use crate::stage::label;

const RULED: Command = Command::Rules { version: 1 };
const ANA: SessionId = SessionId { node: 0, epoch: 1, number: SessionNumber(1) };

/// Applies one command more.
fn apply(state: &mut State, command: Command) -> Outcome {
    state.apply(Seq(state.seq().0 + 1), &Entry { time: Time::default(), key: None, command })
}

/// A state just behind a checkpoint.
fn checked() -> State {
    let mut state = State::default();
    for _ in 0..CHECK_EVERY {
        apply(&mut state, RULED);
    }
    state
}

fn named(secret: Option<Digest>) -> Command {
    Command::Name { session: ANA, name: label("Ana"), proof: None, secret: secret.map(Box::new) }
}

#[test]
fn a_checkpoint_is_checked_once_as_soon_as_nothing_else_is_on_its_way() {
    check(
        "
        ana opens
        quietly 1 ana name Ana
        quietly 1017 ana say hola
        ana say the 1023rd
        ana say the 1024th
        ana reserve gpu
        commit 2
          room 0, but ana: #1023 Ana: the 1023rd
          ana: said to 0 #1023
          room 0, but ana: #1024 Ana: the 1024th
          ana: said to 0 #1024
        waiting
          ana reserve gpu
        commit 1
          ana: reserved GPU #1025
        waiting
          check at #1024
        ana say between
        commit
          room 0, but ana: #1027 Ana: between
          ana: said to 0 #1027
        waiting
        restart
        waiting
          node 7 up, epoch 2
        commit
        luis opens
        quietly 1019 luis cancel sala
        waiting
        luis cancel sala
        commit
          luis: no, not_held
        waiting
          check at #2048
        full
        luis cancel sala
        commit
          luis: no, not_held
        waiting
        ",
    );
}

#[test]
fn the_state_agrees_with_its_own_trail() {
    let mut state = checked();
    let (at, trail) = (state.seq(), state.trail());
    assert_eq!(state.checkpoint(), (Seq(CHECK_EVERY), trail));
    assert_eq!(apply(&mut state, Command::Check { at, trail }), Outcome::Noted);
}

#[test]
fn a_tampered_trail_is_found() {
    let mut state = checked();
    let (at, trail) = (state.seq(), state.trail() ^ 1);
    assert_eq!(apply(&mut state, Command::Check { at, trail }), Outcome::Drifted { at });
}

#[test]
fn a_check_of_another_place_is_found() {
    let mut state = checked();
    let (at, trail) = (Seq(state.seq().0 - 1), state.trail());
    assert_eq!(apply(&mut state, Command::Check { at, trail }), Outcome::Drifted { at });
}

/// Two logs that differ only in whom Ana's return replaced do not have the same trail.
#[test]
fn the_trail_knows_which_session_was_replaced() {
    let trail = |old: SessionId| {
        let mut state = State::default();
        apply(&mut state, RULED);
        let mut come = |session, proof| {
            let (name, secret) = (label("Ana"), Some(Box::new([1; 32])));
            apply(&mut state, Command::Name { session, name, proof, secret })
        };
        come(old, None);
        come(ANA, Some(Box::new([1; 32])));
        state.trail()
    };
    let other = |number| SessionId { number: SessionNumber(number), ..ANA };
    assert_ne!(trail(other(2)), trail(other(3)));
}

/// Two logs that differ only in the node whose session was told do not have the same trail.
#[test]
fn the_trail_knows_which_session_was_told() {
    let trail = |luis: SessionId| {
        let mut state = State::default();
        apply(&mut state, RULED);
        apply(&mut state, named(None));
        let name = label("Luis");
        let arrive = Command::Name { session: luis, name: name.clone(), proof: None, secret: None };
        apply(&mut state, arrive);
        apply(&mut state, Command::To { session: ANA, name: name.key, text: "hola".into() });
        apply(&mut state, Command::End { session: luis });
        state.trail()
    };
    let of_node = |node| SessionId { node, epoch: 1, number: SessionNumber(2) };
    assert_ne!(trail(of_node(0)), trail(of_node(1)));
}

#[test]
fn rules_of_the_future_are_not_guessed() {
    let mut state = State::default();
    let version = RULES + 1;
    let unknown = Outcome::UnknownRules(version);
    assert_eq!(apply(&mut state, Command::Rules { version }), unknown);
    assert_eq!(state.rules(), 0);
    assert_eq!(apply(&mut state, RULED), Outcome::Noted);
    assert_eq!(apply(&mut state, Command::Rules { version }), unknown);
    assert_eq!(state.rules(), 1);
}

#[test]
fn a_principal_holds_no_more_than_its_share() {
    let mut state = State::default();
    apply(&mut state, RULED);
    apply(&mut state, named(None));
    let mut reserve = |number: u32| {
        let resource = label(&number.to_string());
        let key = resource.key.clone();
        apply(&mut state, Command::Declare { resource });
        apply(&mut state, Command::Reserve { session: ANA, resource: key })
    };
    for number in 0..RESERVATIONS_EACH {
        assert!(matches!(reserve(number), Outcome::Reserved { .. }));
    }
    let over = reserve(RESERVATIONS_EACH);
    assert_eq!(over, Outcome::Refused(Refusal::TooManyReservations));
    let session = ANA;
    apply(&mut state, Command::Cancel { session, resource: "7".into() });
    let again = apply(&mut state, Command::Reserve { session, resource: "7".into() });
    assert_eq!(again, Outcome::Reserved { resource: "7".into() });
}

#[test]
#[should_panic(expected = "a log begins with its rules")]
fn a_log_without_rules_is_none() {
    apply(&mut State::default(), named(None));
}

#[test]
#[should_panic(expected = "in the log's order, each once")]
fn an_entry_is_not_left_out() {
    let mut state = checked();
    let seq = Seq(state.seq().0 + 2);
    state.apply(seq, &Entry { time: Time::default(), key: None, command: RULED });
}

#[test]
#[should_panic(expected = "in the log's order, each once")]
fn an_entry_is_not_applied_twice() {
    let mut state = checked();
    let seq = state.seq();
    state.apply(seq, &Entry { time: Time::default(), key: None, command: RULED });
}

#[test]
#[should_panic(expected = "an entry came back that was not handed out")]
fn an_entry_that_was_not_handed_out_does_not_come_back() {
    let entry = Entry { time: Time::default(), key: None, command: RULED };
    let mut core = Core::new(Setup::default());
    core.step(Time::default(), Input::Appended { seq: Seq(1), entry }, &mut Vec::new());
}

/// The answer to one client would be given to another.
#[test]
#[should_panic(expected = "an entry came back")]
fn entries_do_not_come_back_in_another_order() {
    let (now, mut out) = (Time::default(), Vec::new());
    let mut core = Core::new(Setup::default());
    let founding = Founding { resources: &[label("GPU")], history_bytes: HISTORY_BYTES };
    core.start(now, &founding, &mut out);
    for session in [SessionNumber(1), SessionNumber(2)] {
        core.step(now, Input::Opened { session, listener: ListenerId(0), peer: None }, &mut out);
        let ask = Ask::Reserve("gpu".into());
        core.step(now, Input::Asked { session, ask, key: None, counted: false }, &mut out);
    }
    let mut entries: Vec<Entry> = out
        .drain(..)
        .filter_map(|output| if let Output::Append(entry) = output { Some(entry) } else { None })
        .collect();
    entries.swap(3, 4);
    for (entry, seq) in entries.into_iter().zip(1..) {
        core.step(now, Input::Appended { seq: Seq(seq), entry }, &mut out);
    }
}

fn missed_since(state: &State, seq: Seq) -> Vec<(Seq, Event)> {
    state.missed(ANA, seq, None, RESUME_BYTES).expect("she is here").events
}

/// The first rules kept nothing of what was said.
#[test]
fn what_was_said_under_the_first_rules_is_a_gap() {
    let mut state = State::default();
    apply(&mut state, RULED);
    apply(&mut state, named(None));
    apply(&mut state, Command::Say { session: ANA, room: None, text: "hola".into() });
    apply(&mut state, Command::Rules { version: 2 });
    apply(&mut state, Command::End { session: ANA });
    apply(&mut state, named(None));
    let gap = |after| Event::Gap { room: Some("lobby".into()), after };
    assert_eq!(missed_since(&state, Seq(2)), [(Seq(4), gap(Seq(2)))]);
    assert_eq!(missed_since(&state, Seq(4)), []);
}

/// A room that is made anew may be one where something was missed.
#[test]
fn what_was_said_in_a_room_that_was_forgotten_is_a_gap() {
    let mut state = State::default();
    apply(&mut state, Command::Rules { version: 2 });
    apply(&mut state, named(None));
    let join = |room: &str| Command::Join { session: ANA, room: label(room) };
    let leave = || Command::Leave { session: ANA, room: None };
    apply(&mut state, join("dev"));
    apply(&mut state, Command::Say { session: ANA, room: None, text: "hola".into() });
    let said = state.seq();
    apply(&mut state, leave());
    for room in 0..ROOMS {
        apply(&mut state, join(&format!("r{room}")));
        apply(&mut state, leave());
    }
    apply(&mut state, join("dev"));
    let gap = Event::Gap { room: Some("dev".into()), after: Seq(3) };
    assert_eq!(missed_since(&state, Seq(3)), [(said, gap)]);
    assert_eq!(missed_since(&state, said), []);
}
