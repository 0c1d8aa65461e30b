//! The golden log under rules 2, which begins under rules 1.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use posada_core::limits::{KEYS_EACH, MAILBOX_BYTES, ROOMS_EACH};
use posada_core::{Barred, Command, Entry, Key, Label, Seq, SessionId, Text, Time, Whom};

use super::{ANA, LUIS, cancel, end, label, name, reserve, say, session, to};

/// A command, and the key with which it was asked.
type Asked = (Option<Key>, Command);

/// Every kind of command and every outcome that rules 2 brought, as far as a short log can have
/// them: a history that is cut and made smaller, a mailbox that fills up, a window of keys that
/// moves on, bans that end.
pub(crate) fn entries() -> Vec<Entry> {
    let asked = [
        before_rules_2(),
        rooms(),
        more_rooms_than_one_may(),
        histories(),
        messages_for_the_away(),
        keys(),
        orders(),
        second_start(),
    ];
    let stamped = asked.concat().into_iter().zip(0..);
    let entry = |((key, command), place): (Asked, u64)| {
        let time = Time::new(1_795_000_000_000 + 1_000 * place, 7 * place);
        Entry { time, key, command }
    };
    stamped.map(entry).collect()
}

fn ana() -> SessionId {
    session(1, 1, 1)
}

fn luis() -> SessionId {
    session(1, 1, 2)
}

fn eva() -> SessionId {
    session(2, u32::MAX, u64::MAX)
}

fn nobody() -> SessionId {
    session(1, 1, 3)
}

/// The one in which the operator gives orders.
fn operator() -> SessionId {
    session(1, 1, 4)
}

fn plain(commands: Vec<Command>) -> Vec<Asked> {
    commands.into_iter().map(|command| (None, command)).collect()
}

fn join(session: SessionId, room: Label) -> Command {
    Command::Join { session, room }
}

fn leave(session: SessionId, room: Option<&str>) -> Command {
    Command::Leave { session, room: room.map(Into::into) }
}

fn topic(session: SessionId, room: Option<&str>, text: &str) -> Command {
    Command::Topic { session, room: room.map(Into::into), text: text.into() }
}

fn say_in(session: SessionId, room: &str, text: &str) -> Command {
    Command::Say { session, room: Some(room.into()), text: text.into() }
}

/// Under the first rules nobody is remembered who is gone, and nothing that was said.
fn before_rules_2() -> Vec<Asked> {
    plain(vec![
        Command::Rules { version: 1 },
        Command::NodeUp { node: 1, epoch: 1 },
        Command::NodeUp { node: 2, epoch: u32::MAX },
        Command::Declare { resource: label("Habitación 1", "habitación 1") },
        Command::Declare { resource: label("GPU", "gpu") },
        name(ana(), label("Ana María", "ana maría"), None, Some(ANA)),
        name(luis(), label("Luis", "luis"), None, Some(LUIS)),
        say(ana(), "before there were histories"),
        end(luis()),
        to(ana(), "luis", "nobody keeps this"),
        Command::Rules { version: 2 },
        Command::Rules { version: 1 },
    ])
}

fn rooms() -> Vec<Asked> {
    let dev = || label("Dev", "dev");
    plain(vec![
        name(luis(), label("Luis", "luis"), None, Some(LUIS)),
        name(eva(), label("Eva", "eva"), None, None),
        join(ana(), dev()),
        join(luis(), label("DEV", "dev")),
        join(luis(), dev()),
        join(nobody(), dev()),
        topic(ana(), Some("dev"), "¿qué se prueba hoy? \u{1F9EA}"),
        topic(eva(), Some("dev"), "not hers"),
        topic(luis(), None, ""),
        topic(ana(), Some("nada"), "nowhere"),
        say(ana(), "in her current room"),
        say_in(ana(), "lobby", "in the lobby"),
        say_in(eva(), "dev", "not hers either"),
        say_in(eva(), "nada", "nowhere"),
        leave(luis(), None),
        leave(luis(), Some("dev")),
        say(luis(), "in the lobby, which is current again"),
        leave(luis(), Some("lobby")),
        leave(luis(), None),
        say(luis(), "nowhere"),
        join(luis(), label("lobby", "lobby")),
    ])
}

/// Two are Ana's already.
fn more_rooms_than_one_may() -> Vec<Asked> {
    let room = |number: usize| join(ana(), label(&format!("R{number}"), &format!("r{number}")));
    plain((3..=ROOMS_EACH + 1).map(room).collect())
}

/// Three of these messages fit at first, then one.
fn histories() -> Vec<Asked> {
    let long = |who, word: &str| say_in(who, "lobby", &word.repeat(10));
    plain(vec![
        Command::History { bytes: 400 },
        long(ana(), "one 123456"),
        long(eva(), "two 123456"),
        long(luis(), "three 1234"),
        say_in(ana(), "lobby", &"more than everything ".repeat(20)),
        long(eva(), "four 12345"),
        long(luis(), "five 12345"),
        Command::History { bytes: 200 },
        Command::History { bytes: 0 },
        long(eva(), "nowhere 12"),
        Command::History { bytes: 4_096 },
    ])
}

fn messages_for_the_away() -> Vec<Asked> {
    let (back, again) = (session(1, 1, 5), session(1, 1, 6));
    let most = "x".repeat(MAILBOX_BYTES as usize - 200);
    plain(vec![
        to(ana(), "luis", "while you are here"),
        end(luis()),
        to(ana(), "luis", "while you are away"),
        to(eva(), "luis", &most),
        to(ana(), "luis", &"one too many ".repeat(10)),
        name(back, label("LUIS", "luis"), Some(LUIS), None),
        name(again, label("luis", "luis"), Some(LUIS), None),
        say(back, "from where he is no more"),
        end(back),
        to(ana(), "luis", &"y".repeat(MAILBOX_BYTES as usize)),
        // Whoever takes the name of who is away, and cannot prove it, is somebody else.
        end(again),
        name(luis(), label("Luis", "luis"), Some(ANA), None),
        reserve(luis(), "gpu"),
        end(luis()),
        to(ana(), "luis", "for who holds something"),
        name(luis(), label("Luis", "luis"), Some(LUIS), None),
        name(luis(), label("Luis", "luis"), None, Some(LUIS)),
        name(luis(), label("Luis", "luis"), Some(ANA), None),
    ])
}

fn keys() -> Vec<Asked> {
    let keyed = |key, command| (Some(Key(key)), command);
    let mut asked = vec![
        keyed(1, say(ana(), "once")),
        keyed(1, say(ana(), "once")),
        keyed(1, say(ana(), "twice")),
        keyed(7, reserve(ana(), "habitación 1")),
        keyed(7, reserve(ana(), "habitación 1")),
        keyed(3, reserve(ana(), "gpu")),
        keyed(3, reserve(ana(), "gpu")),
        keyed(4, to(ana(), "eva", "psst")),
        keyed(4, to(ana(), "eva", "psst")),
        keyed(5, join(ana(), label("Dev", "dev"))),
        keyed(6, topic(ana(), None, "keys")),
        keyed(8, leave(ana(), Some("r3"))),
        keyed(8, leave(ana(), Some("r3"))),
        keyed(1, say(luis(), "his own key")),
        keyed(1, reserve(nobody(), "gpu")),
    ];
    let later = Key::MOST.0 - KEYS_EACH as u64;
    asked.extend((later..=Key::MOST.0).map(|key| keyed(key, cancel(ana(), "sauna"))));
    asked.extend([
        keyed(1, say(ana(), "once")),
        keyed(later, cancel(ana(), "sauna")),
        keyed(Key::MOST.0, cancel(ana(), "sauna")),
    ]);
    asked
}

fn orders() -> Vec<Asked> {
    let session = operator();
    let named = |name: &str| Whom::Name(name.into());
    let text = |text: &str| Text::from(text);
    let ban = |who, for_ms| Command::Ban { session, who, for_ms };
    let paco = label("Paco", "paco");
    let v4 = Barred::Address(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7)));
    let v6 = Barred::Address(IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 7)));
    plain(vec![
        Command::Note { session: nobody(), text: text("HOLA MUNDO") },
        Command::Note { session: ana(), text: text("con nombre") },
        Command::Announce { session, text: text("a las tres se cierra") },
        Command::Tell { session, to: named("ana maría"), text: text("a ti") },
        Command::Tell { session, to: Whom::Session(nobody()), text: text("a ti, sin nombre") },
        Command::Tell { session, to: named("nadie"), text: text("a nadie") },
        Command::Kick { session, who: named("eva") },
        Command::Kick { session, who: named("eva") },
        Command::Tell { session, to: named("eva"), text: text("para cuando vuelvas") },
        Command::Kick { session, who: Whom::Session(nobody()) },
        end(nobody()),
        end(eva()),
        ban(Barred::Name(text("luis")), 60_000),
        end(luis()),
        name(luis(), label("Luis", "luis"), Some(ANA), None),
        ban(Barred::Name(text("luis")), 0),
        name(luis(), label("Luis", "luis"), Some(ANA), None),
        // Three entries later this one is over.
        ban(Barred::Name(text("paco")), 20),
        name(nobody(), paco.clone(), None, None),
        name(nobody(), paco.clone(), None, None),
        name(nobody(), paco, None, None),
        ban(v4.clone(), u64::MAX),
        ban(v6, 1_000_000),
        ban(v4, 0),
        Command::Release { session, resource: text("habitación 1") },
        Command::Release { session, resource: text("habitación 1") },
        Command::Release { session, resource: text("sauna") },
    ])
}

fn second_start() -> Vec<Asked> {
    let (back, new) = (session(1, 2, 1), session(1, 2, 2));
    plain(vec![
        say(ana(), "still there"),
        Command::NodeUp { node: 1, epoch: 2 },
        name(back, label("Ana María", "ana maría"), Some(ANA), None),
        name(new, label("Eva", "eva"), None, Some(LUIS)),
        to(back, "eva", "hola"),
        Command::Check { at: Seq(7), trail: u64::MAX },
        Command::Rules { version: u32::MAX },
    ])
}
