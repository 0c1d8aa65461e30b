//! How a script writes what somebody asks.

use posada_core::state::Refusal;
use posada_core::{Addressee, Ask, Barred, Order, Seq, Text, Watched};

use crate::stage::{label, number};

/// What a line asks, after the name of who asks it.
pub(crate) fn ask(line: &str) -> Ask {
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    let (first, text) = rest.split_once(' ').unwrap_or((rest, ""));
    let room = (!rest.is_empty()).then(|| label(rest).key);
    match verb {
        "name" => name(rest),
        "say" => match rest.strip_prefix('#') {
            Some(rest) => {
                let (room, text) = rest.split_once(' ').expect("say #ROOM TEXT");
                Ask::Say { room: Some(label(room).key), text: text.into() }
            }
            None => Ask::Say { room: None, text: rest.into() },
        },
        "to" => Ask::To { name: label(first).key, text: text.into() },
        "join" => Ask::Join(label(rest)),
        "leave" => Ask::Leave(room),
        "about" => Ask::SetTopic { room: Some(label(first).key), text: text.into() },
        "topic" => Ask::Topic(room),
        "rooms" => Ask::Rooms,
        "who" => Ask::Who(room),
        "note" => Ask::Note(rest.into()),
        "typing" => Ask::Typing(room),
        "resume" => {
            let room = (!text.is_empty()).then(|| label(text).key);
            Ask::Resume { after: Seq(number(first)), room }
        }
        "watch" => Ask::Watch(watched(rest)),
        "unwatch" => Ask::Unwatch(watched(rest)),
        "list" => Ask::List,
        "reserve" => Ask::Reserve(label(rest).key),
        "cancel" => Ask::Cancel(label(rest).key),
        "ping" => Ask::Ping,
        "help" => Ask::Help,
        "quit" => Ask::Quit,
        "proves" => Ask::Operator(Box::new([number(rest); 32])),
        "orders" => Ask::Order(order(rest)),
        "garbles" => {
            let known = Refusal::ALL.into_iter().find(|refusal| refusal.code() == rest);
            Ask::Unreadable(known.expect("the code of a refusal"))
        }
        other => panic!("{other} is nothing that a script knows"),
    }
}

fn name(rest: &str) -> Ask {
    let mut words = rest.split(' ');
    let name = label(words.next().expect("a name"));
    let words: Vec<&str> = words.collect();
    let digest = |kind| {
        let at = words.iter().position(|word| *word == kind)?;
        Some(Box::new([number(words[at + 1]); 32]))
    };
    Ask::Name { name, proof: digest("proof"), secret: digest("secret") }
}

fn watched(rest: &str) -> Watched {
    match rest.strip_prefix('#') {
        Some(room) => Watched::Room(label(room).key),
        None if rest.is_empty() => Watched::Resources,
        None => Watched::Resource(label(rest).key),
    }
}

fn order(line: &str) -> Order {
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    let (first, text) = rest.split_once(' ').unwrap_or((rest, ""));
    let addressee = || match first.parse() {
        Ok(peer) => Addressee::Peer(peer),
        Err(_) => Addressee::Name(label(first).key),
    };
    match verb {
        "announce" => Order::Announce(rest.into()),
        "tell" => Order::Tell { to: addressee(), text: text.into() },
        "kick" => Order::Kick(addressee()),
        "ban" => {
            let name = || -> Text { label(first).key };
            let who = first.parse().map_or_else(|_| Barred::Name(name()), Barred::Address);
            Order::Ban { who, for_ms: number(text) }
        }
        "release" => Order::Release(label(rest).key),
        "sessions" => Order::Sessions,
        other => panic!("{other} is no order that a script knows"),
    }
}
