//! Conversations: whole cores, with clients that ask, leave, return and ask again, over a log
//! that stores in batches of any size and sometimes has no space.

use posada_core::{Addressee, Ask, Order, Refusal, Seq, Watched};
use proptest::prelude::*;

use crate::cases;
use crate::house::{CLIENTS, Event, House, peer};
use crate::world::{barred, number, person, room, secret, some_room, text, thing, topic};

/// What may be asked with a key.
fn change() -> impl Strategy<Value = Ask> {
    prop_oneof![
        3 => room().prop_map(Ask::Join),
        2 => some_room().prop_map(Ask::Leave),
        1 => (some_room(), topic()).prop_map(|(room, text)| Ask::SetTopic { room, text }),
        3 => (some_room(), text()).prop_map(|(room, text)| Ask::Say { room, text }),
        3 => (person(), text()).prop_map(|(name, text)| Ask::To { name: name.key, text }),
        1 => text().prop_map(Ask::Note),
        3 => thing().prop_map(|thing| Ask::Reserve(thing.key)),
        3 => thing().prop_map(|thing| Ask::Cancel(thing.key)),
    ]
}

/// What changes nothing in the log.
fn question() -> impl Strategy<Value = Ask> {
    let watched = || {
        prop_oneof![
            Just(Watched::Resources),
            thing().prop_map(|thing| Watched::Resource(thing.key)),
            room().prop_map(|room| Watched::Room(room.key)),
        ]
    };
    prop_oneof![
        some_room().prop_map(Ask::Who),
        some_room().prop_map(Ask::Topic),
        some_room().prop_map(Ask::Typing),
        (0..40_u64, some_room()).prop_map(|(after, room)| Ask::Resume { after: Seq(after), room }),
        watched().prop_map(Ask::Watch),
        watched().prop_map(Ask::Unwatch),
        Just(Ask::Rooms),
        Just(Ask::List),
        Just(Ask::Ping),
        Just(Ask::Unreadable(Refusal::BadRequest)),
        Just(Ask::Order(Order::Sessions)),
    ]
}

/// What the operator orders, without what sends somebody away.
fn order() -> impl Strategy<Value = Order> {
    prop_oneof![
        text().prop_map(Order::Announce),
        (person(), text())
            .prop_map(|(name, text)| Order::Tell { to: Addressee::Name(name.key), text }),
        thing().prop_map(|thing| Order::Release(thing.key)),
    ]
}

/// What sends somebody away, or is meant for who is connected now.
fn harsh_order() -> impl Strategy<Value = Order> {
    let addressee = || {
        let peer = (1..=CLIENTS).prop_map(|client| Addressee::Peer(peer(client)));
        prop_oneof![person().prop_map(|name| Addressee::Name(name.key)), peer]
    };
    prop_oneof![
        2 => addressee().prop_map(Order::Kick),
        1 => (barred(), 0..6_u64).prop_map(|(who, for_ms)| Order::Ban { who, for_ms }),
        2 => (addressee(), text()).prop_map(|(to, text)| Order::Tell { to, text }),
    ]
}

/// Somebody asks something or leaves. A `calm` one neither returns by secret nor sends away:
/// when that is heard of decides what can still be asked.
fn asks(calm: bool) -> impl Strategy<Value = Event> {
    let proof = secret().prop_map(move |proof| proof.filter(|_| !calm));
    let name = (person(), proof, secret()).prop_map(|(name, proof, secret)| Ask::Name {
        name,
        proof: proof.map(Box::new),
        secret: secret.map(Box::new),
    });
    let orders = if calm { order().boxed() } else { prop_oneof![order(), harsh_order()].boxed() };
    // Sometimes somebody else tries to be the operator.
    let who_orders = prop_oneof![9 => Just(CLIENTS), 1 => 1..CLIENTS];
    let client = || 1..=CLIENTS;
    prop_oneof![
        8 => (client(), name).prop_map(|(client, ask)| Event::Asks(client, ask, None)),
        10 => (client(), change(), prop::option::of(number()))
            .prop_map(|(client, ask, key)| Event::Asks(client, ask, key)),
        3 => client().prop_map(Event::AsksAgain),
        6 => (client(), question()).prop_map(|(client, ask)| Event::Asks(client, ask, None)),
        2 => (who_orders, orders)
            .prop_map(|(client, order)| Event::Asks(client, Ask::Order(order), None)),
        2 => client().prop_map(Event::Closes),
    ]
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        9 => asks(false),
        2 => (1..6_usize).prop_map(Event::Commit),
        1 => (1..3_usize).prop_map(Event::Full),
    ];
    prop::collection::vec(event, 1..100)
}

proptest! {
    #![proptest_config(cases(400))]

    /// Whatever is stored or not, and whatever is asked again, everybody is answered once, in the
    /// order of asking; and what the core knows in the end is what its log says.
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
        prop_assert!(house.has_no_ghosts(), "nobody is there who left");
    }

    /// The state does not depend on how entries were gathered into batches.
    #[test]
    fn batches_of_any_size_come_to_the_same(
        asks in prop::collection::vec(asks(true), 1..60),
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
