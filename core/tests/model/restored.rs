//! States taken apart into facts and put together again, at any point of a random history.

use posada_core::state::{Outcome, Refusal, Restored, State, Unsound};
use posada_core::{Command, Entry, Seq, SessionId, SessionNumber, Time};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::cases;
use crate::world::{label, log};

/// The state after so many entries of a log.
fn after(log: &[Entry]) -> State {
    let mut state = State::default();
    for (entry, seq) in log.iter().zip(1..) {
        state.apply(Seq(seq), entry);
    }
    state
}

fn again(state: &State) -> Result<State, Unsound> {
    let mut restored = Restored::default();
    state.facts().try_for_each(|fact| restored.take(fact))?;
    restored.finish()
}

#[test]
fn a_state_that_nothing_was_applied_to_comes_back() {
    let state = again(&State::default()).expect("it is a state");
    assert!(state.facts().eq(State::default().facts()));
    assert_eq!(state.digest(), State::default().digest());
}

/// Rare in random histories: the second message finds what waited when the state was taken apart.
#[test]
fn what_waits_takes_its_room_in_a_restored_mailbox_too() {
    let [ana, luis] =
        [1, 2].map(|number| SessionId { node: 0, epoch: 1, number: SessionNumber(number) });
    let named = |session, name| Command::Name {
        session,
        name: label(name),
        proof: None,
        secret: Some([1; 32]),
    };
    let mail =
        |bytes| Command::To { session: ana, name: "luis".into(), text: "o".repeat(bytes).into() };
    let commands = [
        Command::Rules { version: 2 },
        named(ana, "Ana"),
        named(luis, "Luis"),
        Command::End { session: luis },
        mail(6_000),
        mail(6_000),
        mail(6_000),
    ];
    let mut state = State::default();
    let mut told = Vec::new();
    for (command, seq) in commands.into_iter().zip(1..) {
        state = again(&state).expect("a state is a state");
        told.push(state.apply(Seq(seq), &Entry { time: Time::default(), key: None, command }));
    }
    assert!(told[4..6].iter().all(|it| matches!(it, Outcome::Kept { .. })), "{told:?}");
    assert_eq!(told[6], Outcome::Refused(Refusal::MailboxFull));
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn a_restored_state_does_for_ever_what_the_other_does(log in log(120), at in any::<Index>()) {
        let (before, behind) = log.split_at(at.index(log.len() + 1));
        let mut state = after(before);
        let mut restored = again(&state).expect("a state is a state");
        prop_assert!(restored.facts().eq(state.facts()));
        prop_assert_eq!(restored.digest(), state.digest());
        for (entry, seq) in behind.iter().zip(state.seq().0 + 1..) {
            let outcome = state.apply(Seq(seq), entry);
            prop_assert_eq!(restored.apply(Seq(seq), entry), outcome);
            prop_assert_eq!(restored.digest(), state.digest());
        }
        prop_assert!(restored.facts().eq(state.facts()));
    }

    /// Whatever is left out, told twice or told too early is refused, or is a state that goes on.
    #[test]
    fn facts_that_are_not_whole_bring_nothing_down(
        log in log(60),
        changes in prop::collection::vec((0..3, any::<Index>(), any::<Index>()), 1..4),
    ) {
        let mut facts: Vec<_> = after(&log).facts().collect();
        for (change, at, to) in changes {
            let (at, to) = (at.index(facts.len()), to.index(facts.len()));
            let fact = facts[at].clone();
            match change {
                0 if facts.len() > 1 => drop(facts.remove(at)),
                1 => facts.insert(to, fact),
                _ => facts.swap(at, to),
            }
        }
        let mut restored = Restored::default();
        let taken = facts.into_iter().try_for_each(|fact| restored.take(fact));
        if let Ok(mut state) = taken.and_then(|()| restored.finish()) {
            prop_assert!(again(&state).expect("it is one").facts().eq(state.facts()));
            for (entry, seq) in log.iter().zip(state.seq().0 + 1..) {
                state.apply(Seq(seq), entry);
                state.digest();
            }
        }
    }
}
