//! A small world: few sessions, names, secrets, rooms, resources and keys, little memory, and
//! time that sometimes goes back.

use core::net::{IpAddr, Ipv4Addr};

use posada_core::{
    Barred, Command, Digest, Entry, Key, Label, Seq, SessionId, SessionNumber, Text, Time, Whom,
};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::strategy::Union;

/// The names of people, things and rooms, in the cases in which they are asked for.
const PEOPLE: [&str; 5] = ["Ana", "ANA", "Luis", "luis", "Eva"];
const THINGS: [&str; 4] = ["GPU", "Sala", "Barco", "gpu"];
const ROOMS: [&str; 5] = ["lobby", "Dev", "dev", "Té", "Lobby"];

/// Addresses; the bytes of the second one are those of a name.
const ADDRESSES: [[u8; 4]; 2] = [[127, 0, 0, 1], *b"luis"];

/// Lengths of texts: short ones, and those of which few or none fit where direct messages are.
const LONG: [usize; 4] = [10, 5_000, 9_000, 16_400];

pub(crate) fn label(shown: &str) -> Label {
    Label { shown: shown.into(), key: shown.to_lowercase().into() }
}

pub(crate) fn person() -> impl Strategy<Value = Label> {
    select(&PEOPLE[..]).prop_map(label)
}

pub(crate) fn thing() -> impl Strategy<Value = Label> {
    select(&THINGS[..]).prop_map(label)
}

pub(crate) fn room() -> impl Strategy<Value = Label> {
    select(&ROOMS[..]).prop_map(label)
}

/// A room that is named, or meant.
pub(crate) fn some_room() -> impl Strategy<Value = Option<Text>> {
    prop::option::of(key(room()))
}

pub(crate) fn secret() -> impl Strategy<Value = Option<Digest>> {
    prop_oneof![1 => Just(None), 4 => Just(Some([1; 32])), 1 => Just(Some([2; 32]))]
}

pub(crate) fn text() -> impl Strategy<Value = Text> {
    let long = select(&LONG[..]).prop_map(|length| Text::from("o".repeat(length)));
    prop_oneof![3 => select(&["hola", "adiós"][..]).prop_map(Text::from), 2 => long]
}

/// What a room is about; or nothing any more.
pub(crate) fn topic() -> impl Strategy<Value = Text> {
    select(&["", "obras", "fiesta"][..]).prop_map(Text::from)
}

pub(crate) fn number() -> impl Strategy<Value = Key> {
    (1..6_u64).prop_map(Key)
}

pub(crate) fn address() -> impl Strategy<Value = IpAddr> {
    select(&ADDRESSES[..]).prop_map(|bytes| Ipv4Addr::from(bytes).into())
}

pub(crate) fn history_bytes() -> impl Strategy<Value = u32> {
    select(&[0, 70, 200, 100_000][..])
}

fn key(label: impl Strategy<Value = Label>) -> impl Strategy<Value = Text> {
    label.prop_map(|label| label.key)
}

/// Two sessions have most of what happens, so that it happens to who has a name.
fn session() -> impl Strategy<Value = SessionId> {
    let any = (0..2_u16, 1..3_u32, 1..4_u64);
    let often = (Just(0), Just(1), 1..3_u64);
    prop_oneof![1 => any, 5 => often].prop_map(|(node, epoch, number)| SessionId {
        node,
        epoch,
        number: SessionNumber(number),
    })
}

/// All sessions that there can be.
pub(crate) fn sessions() -> impl Iterator<Item = SessionId> {
    let (nodes, epochs, numbers) = (0..2, 1..3, 1..4);
    let any = nodes.flat_map(move |node| epochs.clone().map(move |epoch| (node, epoch)));
    any.flat_map(move |(node, epoch)| {
        let number = move |number| SessionId { node, epoch, number: SessionNumber(number) };
        numbers.clone().map(number)
    })
}

fn whom() -> impl Strategy<Value = Whom> {
    prop_oneof![key(person()).prop_map(Whom::Name), session().prop_map(Whom::Session)]
}

pub(crate) fn barred() -> impl Strategy<Value = Barred> {
    prop_oneof![2 => key(person()).prop_map(Barred::Name), 1 => address().prop_map(Barred::Address)]
}

type Kinds = Vec<(u32, BoxedStrategy<Command>)>;

/// What a server says, and who a session is.
fn lives() -> Kinds {
    vec![
        (2, (0..4_u32).prop_map(|version| Command::Rules { version }).boxed()),
        (1, (0..2_u16, 1..4_u32).prop_map(|(node, epoch)| Command::NodeUp { node, epoch }).boxed()),
        (2, thing().prop_map(|resource| Command::Declare { resource }).boxed()),
        (1, history_bytes().prop_map(|bytes| Command::History { bytes }).boxed()),
        (9, naming().boxed()),
        (3, session().prop_map(|session| Command::End { session }).boxed()),
        (
            1,
            (0..2_u64, 0..2_u64)
                .prop_map(|(at, trail)| Command::Check { at: Seq(at), trail })
                .boxed(),
        ),
    ]
}

fn naming() -> impl Strategy<Value = Command> {
    let said = (session(), person(), secret(), secret());
    said.prop_map(|(session, name, proof, secret)| {
        let (proof, secret) = (proof.map(Box::new), secret.map(Box::new));
        Command::Name { session, name, proof, secret }
    })
}

/// What the operator orders.
fn orders() -> Kinds {
    let announce =
        (session(), text()).prop_map(|(session, text)| Command::Announce { session, text });
    let tell = (session(), whom(), text()).prop_map(|(session, to, text)| Command::Tell {
        session,
        to,
        text,
    });
    let kick = (session(), whom()).prop_map(|(session, who)| Command::Kick { session, who });
    let ban = (session(), barred(), 0..6_u64).prop_map(|(session, who, for_ms)| Command::Ban {
        session,
        who,
        for_ms,
    });
    let release = (session(), key(thing()))
        .prop_map(|(session, resource)| Command::Release { session, resource });
    vec![
        (1, announce.boxed()),
        (2, tell.boxed()),
        (1, kick.boxed()),
        (1, ban.boxed()),
        (1, release.boxed()),
    ]
}

/// What may be asked with a key.
fn keyed() -> Kinds {
    let join = (session(), room()).prop_map(|(session, room)| Command::Join { session, room });
    let leave =
        (session(), some_room()).prop_map(|(session, room)| Command::Leave { session, room });
    let topic = (session(), some_room(), topic())
        .prop_map(|(session, room, text)| Command::Topic { session, room, text });
    let say = (session(), some_room(), text()).prop_map(|(session, room, text)| Command::Say {
        session,
        room,
        text,
    });
    let to = (session(), key(person()), text()).prop_map(|(session, name, text)| Command::To {
        session,
        name,
        text,
    });
    let note = (session(), text()).prop_map(|(session, text)| Command::Note { session, text });
    let reserve = (session(), key(thing()))
        .prop_map(|(session, resource)| Command::Reserve { session, resource });
    let cancel = (session(), key(thing()))
        .prop_map(|(session, resource)| Command::Cancel { session, resource });
    vec![
        (6, join.boxed()),
        (3, leave.boxed()),
        (3, topic.boxed()),
        (6, say.boxed()),
        (8, to.boxed()),
        (1, note.boxed()),
        (6, reserve.boxed()),
        (6, cancel.boxed()),
    ]
}

/// Some command, with a key or without.
fn asked() -> impl Strategy<Value = (Option<Key>, Command)> {
    let often = prop_oneof![3 => Just(None), 2 => number().prop_map(Some)];
    let plain = lives().into_iter().chain(orders()).collect();
    prop_oneof![
        2 => (Just(None), Union::new_weighted(plain)),
        3 => (often, Union::new_weighted(keyed())),
    ]
}

/// Two commands of one kind, which may differ in little.
fn pair() -> impl Strategy<Value = (Command, Command)> {
    let kinds = lives().into_iter().chain(orders()).chain(keyed());
    let pairs = kinds.map(|(_, kind)| (kind.clone(), kind).boxed());
    Union::new(pairs.collect::<Vec<_>>())
}

fn time() -> impl Strategy<Value = Time> {
    (0..9_u64, 0..9_u64).prop_map(|(wall, uptime)| Time::new(wall, uptime))
}

pub(crate) fn entry() -> impl Strategy<Value = Entry> {
    (time(), asked()).prop_map(|(time, (key, command))| Entry { time, key, command })
}

/// Two entries of one kind, at the same time.
pub(crate) fn twins() -> impl Strategy<Value = (Entry, Entry)> {
    (time(), pair()).prop_map(|(time, (one, other))| {
        let entry = |command| Entry { time, key: None, command };
        (entry(one), entry(other))
    })
}

/// A log as any log begins, with `GPU` declared, then up to `most` entries; under old rules until
/// new ones are switched on, perhaps at once. Now and then somebody asks once more what was asked
/// with a key.
pub(crate) fn log(most: usize) -> impl Strategy<Value = Vec<Entry>> {
    let once_more = prop_oneof![5 => Just(None), 1 => any::<Index>().prop_map(Some)];
    let rest = prop::collection::vec((entry(), once_more), 1..most);
    (prop_oneof![1 => Just(1), 3 => Just(2)], rest).prop_map(|(version, rest)| {
        let first = [
            Command::Rules { version },
            Command::NodeUp { node: 0, epoch: 1 },
            Command::Declare { resource: label("GPU") },
        ];
        let first = first.map(|command| Entry { time: Time::default(), key: None, command });
        let mut log = Vec::from(first);
        for ((mut entry, once_more), at) in rest.into_iter().zip(0..) {
            let keyed: Vec<_> = log.iter().filter(|entry| entry.key.is_some()).collect();
            if let Some(index) = once_more.filter(|_| !keyed.is_empty()) {
                entry = Entry { time: entry.time, ..(*index.get(&keyed)).clone() };
            }
            entry.time = Time::new(entry.time.wall_ms + at / 2, entry.time.uptime_ms + at / 2);
            log.push(entry);
        }
        as_written(log)
    })
}

/// Without what no program wrote: what came with rules 2 before they were switched on.
pub(crate) fn as_written(log: impl IntoIterator<Item = Entry>) -> Vec<Entry> {
    let mut rules = 0;
    let mut written = Vec::new();
    for entry in log {
        match entry.command {
            Command::Rules { version: version @ 1..=2 } => rules = version.max(rules),
            _ if rules < 2 && came_with_rules_2(&entry) => continue,
            _ => {}
        }
        written.push(entry);
    }
    written
}

fn came_with_rules_2(entry: &Entry) -> bool {
    let command = match &entry.command {
        Command::Say { room, .. } => room.is_some(),
        Command::Rules { .. }
        | Command::NodeUp { .. }
        | Command::Declare { .. }
        | Command::Name { .. }
        | Command::To { .. }
        | Command::Reserve { .. }
        | Command::Cancel { .. }
        | Command::End { .. }
        | Command::Check { .. } => false,
        _ => true,
    };
    command || entry.key.is_some()
}
