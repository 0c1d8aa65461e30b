//! A small world: few sessions, names, secrets and resources, and time that sometimes goes back.

use posada_core::{Command, Digest, Entry, Label, Seq, SessionId, SessionNumber, Text, Time};
use proptest::prelude::*;
use proptest::sample::select;

/// The names of people and of things, in the cases in which they are asked for.
const PEOPLE: [&str; 5] = ["Ana", "ANA", "Luis", "luis", "Eva"];
const THINGS: [&str; 4] = ["GPU", "Sala", "Barco", "gpu"];

pub(crate) fn label(shown: &str) -> Label {
    Label { shown: shown.into(), key: shown.to_lowercase().into() }
}

pub(crate) fn person() -> impl Strategy<Value = Label> {
    select(&PEOPLE[..]).prop_map(label)
}

pub(crate) fn thing() -> impl Strategy<Value = Label> {
    select(&THINGS[..]).prop_map(label)
}

pub(crate) fn secret() -> impl Strategy<Value = Option<Digest>> {
    prop_oneof![1 => Just(None), 3 => (1..3_u8).prop_map(|byte| Some([byte; 32]))]
}

fn key(label: impl Strategy<Value = Label>) -> impl Strategy<Value = Text> {
    label.prop_map(|label| label.key)
}

fn session() -> impl Strategy<Value = SessionId> {
    (0..2_u16, 1..3_u32, 1..4_u64).prop_map(|(node, epoch, number)| SessionId {
        node,
        epoch,
        number: SessionNumber(number),
    })
}

fn command() -> impl Strategy<Value = Command> {
    let text = || select(&["hola", "adiós"][..]).prop_map(Text::from);
    prop_oneof![
        1 => (0..4_u32).prop_map(|version| Command::Rules { version }),
        1 => (0..2_u16, 0..4_u32).prop_map(|(node, epoch)| Command::NodeUp { node, epoch }),
        2 => thing().prop_map(|resource| Command::Declare { resource }),
        9 => (session(), person(), secret(), secret())
            .prop_map(|(session, name, proof, secret)| Command::Name {
                session,
                name,
                proof,
                secret,
            }),
        3 => (session(), text()).prop_map(|(session, text)| Command::Say { session, text }),
        3 => (session(), key(person()), text())
            .prop_map(|(session, name, text)| Command::To { session, name, text }),
        6 => (session(), key(thing()))
            .prop_map(|(session, resource)| Command::Reserve { session, resource }),
        6 => (session(), key(thing()))
            .prop_map(|(session, resource)| Command::Cancel { session, resource }),
        3 => session().prop_map(|session| Command::End { session }),
        1 => (0..2_u64, 0..2_u64)
            .prop_map(|(at, trail)| Command::Check { at: Seq(at), trail }),
    ]
}

pub(crate) fn entry() -> impl Strategy<Value = Entry> {
    let time = (0..9_u64, 0..9_u64).prop_map(|(wall, uptime)| Time::new(wall, uptime));
    (time, command()).prop_map(|(time, command)| Entry { time, command })
}

/// A log as any log begins, with `GPU` declared, then up to `most` entries.
pub(crate) fn log(most: usize) -> impl Strategy<Value = Vec<Entry>> {
    let first = [
        Command::Rules { version: 1 },
        Command::NodeUp { node: 0, epoch: 1 },
        Command::Declare { resource: label("GPU") },
    ];
    let first = first.map(|command| Entry { time: Time::default(), command });
    prop::collection::vec(entry(), 1..most)
        .prop_map(move |rest| first.iter().cloned().chain(rest).collect())
}
