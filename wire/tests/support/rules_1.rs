//! The golden log under rules 1.

use posada_core::{Command, Entry, Seq, Time};

use super::{ANA, LUIS, cancel, end, label, name, reserve, say, session, to};

/// Every kind of command, and every outcome that a short log can have, over two nodes, three
/// starts and a clock that goes back once.
pub(crate) fn entries() -> Vec<Entry> {
    let commands = [beginning(), first_evening(), second_start()].concat();
    let time = |place: usize| match place as u64 {
        9 => Time::new(1_700_000_000_000, 12),
        place => Time::new(1_763_700_000_000 + 1_000 * place, 7 * place),
    };
    let stamped = commands.into_iter().enumerate();
    stamped.map(|(place, command)| Entry { time: time(place), key: None, command }).collect()
}

fn beginning() -> Vec<Command> {
    vec![
        Command::Rules { version: 1 },
        Command::NodeUp { node: 1, epoch: 1 },
        Command::NodeUp { node: 2, epoch: u32::MAX },
        Command::Declare { resource: label("Habitación 1", "habitación 1") },
        Command::Declare { resource: label("GPU", "gpu") },
        Command::Declare { resource: label("Straße", "strasse") },
        Command::Declare { resource: label("gpu", "gpu") },
        Command::Check { at: Seq(0), trail: 0 },
    ]
}

fn first_evening() -> Vec<Command> {
    let (ana, luis) = (session(1, 1, 1), session(1, 1, 2));
    let (eva, nobody) = (session(2, u32::MAX, u64::MAX), session(1, 1, 3));
    vec![
        name(ana, label("Ana María", "ana maría"), None, Some(ANA)),
        name(luis, label("Luis", "luis"), None, Some(LUIS)),
        name(eva, label("Eva", "eva"), None, None),
        name(ana, label("Otra", "otra"), None, None),
        name(nobody, label("LUIS", "luis"), None, Some(ANA)),
        name(nobody, label("Luis", "luis"), Some(ANA), None),
        name(nobody, label("Eva", "eva"), Some(ANA), None),
        say(ana, "¿hay alguien? \u{1F44B}"),
        say(nobody, "no"),
        to(luis, "eva", "hola"),
        to(luis, "nadie", "hola"),
        to(nobody, "eva", "hola"),
        reserve(ana, "gpu"),
        reserve(luis, "gpu"),
        reserve(luis, "habitación 1"),
        reserve(nobody, "strasse"),
        reserve(nobody, "sauna"),
        cancel(luis, "gpu"),
        cancel(nobody, "gpu"),
        cancel(luis, "habitación 1"),
        cancel(luis, "habitación 1"),
        cancel(luis, "sauna"),
        end(eva),
        end(nobody),
    ]
}

fn second_start() -> Vec<Command> {
    let (ana, again) = (session(1, 2, 1), session(1, 2, 2));
    vec![
        Command::NodeUp { node: 1, epoch: 2 },
        name(ana, label("ANA MARÍA", "ana maría"), Some(ANA), None),
        name(again, label("Ana María", "ana maría"), Some(ANA), None),
        name(session(2, u32::MAX, 0), label("Luis", "luis"), Some(ANA), Some(LUIS)),
        say(again, ""),
        end(ana),
        reserve(again, "habitación 1"),
        reserve(session(1, 2, 3), "gpu"),
        Command::Check { at: Seq(7), trail: u64::MAX },
        Command::Rules { version: u32::MAX },
    ]
}
