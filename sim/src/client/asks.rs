//! What clients ask: drawn from few names, rooms, resources and addresses, so that they collide.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use posada_core::{
    Addressee, Ask, Barred, Digest, Key, Label, Order, Refusal, Seq, SessionNumber, Text, Watched,
};

use super::Crowd;
use crate::rng::Rng;
use crate::swarm::{Deed, Swarm};

/// Addresses that clients come from: this machine's, and others, of which two are one household.
pub(super) const ADDRESSES: [IpAddr; 4] = [
    IpAddr::V4(Ipv4Addr::LOCALHOST),
    IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2)),
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 7, 0, 0, 0, 2)),
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 7, 9, 9, 9, 9)),
];

impl Crowd {
    /// What somebody asks who does `deed`, and what it calls it.
    pub fn ask(
        &mut self,
        session: SessionNumber,
        deed: Deed,
        swarm: &Swarm,
        rng: &mut Rng,
    ) -> (Ask, Option<Key>) {
        let ask = self.plain(session, deed, swarm, rng);
        let takes_key = matches!(
            ask,
            Ask::Say { .. }
                | Ask::To { .. }
                | Ask::SetTopic { .. }
                | Ask::Note(_)
                | Ask::Reserve(_)
                | Ask::Cancel(_)
        );
        // The core drops the key of a name and of an order.
        let useless = matches!(ask, Ask::Name { .. } | Ask::Order(_)) && rng.per_mille(30);
        let keyed = useless || (takes_key && rng.per_mille(swarm.keyed));
        if !keyed {
            return (ask, None);
        }
        match self.memory(session) {
            Some(memory) if takes_key => {
                let (ask, key) = memory.key(ask, rng);
                (ask, Some(key))
            }
            // Who has no name has no keys either, and is told so.
            _ => (ask, Some(Key(rng.between(1, 3)))),
        }
    }

    fn plain(&mut self, session: SessionNumber, deed: Deed, swarm: &Swarm, rng: &mut Rng) -> Ask {
        match deed {
            Deed::Name => Ask::Name {
                name: name(swarm.one_of(swarm.names, rng), rng),
                proof: rng.per_mille(600).then(|| Box::new(any_secret(swarm, rng))),
                secret: rng.per_mille(800).then(|| Box::new(any_secret(swarm, rng))),
            },
            Deed::Join => Ask::Join(room(swarm.one_of(swarm.rooms, rng))),
            Deed::Leave => Ask::Leave(some_room(swarm, rng)),
            Deed::Topic => Ask::Topic(some_room(swarm, rng)),
            Deed::SetTopic => {
                let text = if rng.per_mille(200) { "".into() } else { self.text(rng, 230) };
                Ask::SetTopic { room: some_room(swarm, rng), text }
            }
            Deed::Say => {
                let room = rng.per_mille(300).then(|| any_room(swarm, rng));
                Ask::Say { room, text: self.text(rng, swarm.longest) }
            }
            Deed::To => Ask::To { name: any_name(swarm, rng), text: self.text(rng, swarm.longest) },
            Deed::Note => Ask::Note(self.text(rng, 0)),
            Deed::Who => Ask::Who(some_room(swarm, rng)),
            Deed::Rooms => Ask::Rooms,
            Deed::Typing => Ask::Typing(some_room(swarm, rng)),
            Deed::Resume => self.resume(session, swarm, rng),
            Deed::Watch => Ask::Watch(watched(swarm, rng)),
            Deed::Unwatch => Ask::Unwatch(watched(swarm, rng)),
            Deed::List => Ask::List,
            Deed::Reserve => Ask::Reserve(any_resource(swarm, rng)),
            Deed::Cancel => Ask::Cancel(any_resource(swarm, rng)),
            Deed::Ping if rng.coin() => Ask::Help,
            Deed::Ping => Ask::Ping,
            Deed::Claim if rng.per_mille(300) => Ask::Operator(Box::new(operator_token())),
            Deed::Claim => Ask::Operator(Box::new(secret(0))),
            Deed::Order => Ask::Order(self.order(swarm, rng)),
            Deed::Mumble | Deed::Babble | Deed::Flood => {
                let wrong = [Refusal::TooLong, Refusal::UnknownVerb, Refusal::BadText];
                Ask::Unreadable(rng.pick(&wrong))
            }
            Deed::Quit | Deed::HangUp => Ask::Quit,
        }
    }

    /// Mostly from where its client stopped reading, now and then from anywhere.
    pub fn resume(&mut self, session: SessionNumber, swarm: &Swarm, rng: &mut Rng) -> Ask {
        let before = self.seen_before(session);
        let last = self.memory(session).map_or(0, |memory| memory.last_seen);
        let after = match rng.below(10) {
            0 => 0,
            1 => last,
            2 => rng.between(0, last + 3),
            _ => before,
        };
        let room = rng.per_mille(250).then(|| any_room(swarm, rng));
        Ask::Resume { after: Seq(after), room }
    }

    fn order(&mut self, swarm: &Swarm, rng: &mut Rng) -> Order {
        match rng.below(20) {
            0..=3 => Order::Announce(self.text(rng, 0)),
            4..=8 => {
                Order::Tell { to: self.addressee(swarm, rng), text: self.text(rng, swarm.longest) }
            }
            9..=11 => Order::Kick(self.addressee(swarm, rng)),
            12..=15 => {
                let who = if rng.per_mille(700) {
                    Barred::Name(any_name(swarm, rng))
                } else {
                    Barred::Address(rng.pick(&ADDRESSES))
                };
                Order::Ban { who, for_ms: rng.pick(&[0, 0, 1, 250, 500, 3_000]) }
            }
            16..=18 => Order::Release(any_resource(swarm, rng)),
            _ => Order::Sessions,
        }
    }

    fn addressee(&mut self, swarm: &Swarm, rng: &mut Rng) -> Addressee {
        let peers = self.peers();
        if peers.is_empty() || rng.coin() {
            return Addressee::Name(any_name(swarm, rng));
        }
        // Now and then somewhere where nobody is.
        let mut peer: SocketAddr = rng.pick(&peers);
        if rng.per_mille(100) {
            peer.set_port(1);
        }
        Addressee::Peer(peer)
    }

    /// No text is said twice, so that every copy can be told from every other.
    fn text(&mut self, rng: &mut Rng, longest: usize) -> Text {
        let number = self.next_text();
        let filler = rng.pick(&["", "", "o", "ñ", "日"]);
        let longest = longest / filler.len().max(1);
        let longer = rng.pick(&[0, 5, 10, 36, 90, longest]);
        format!("m{number}{}", filler.repeat(longer)).into()
    }
}

fn label(shown: String, key: String) -> Label {
    Label { shown: shown.into(), key: key.into() }
}

/// The names, each also in another form with the same key.
fn name(number: u64, rng: &mut Rng) -> Label {
    const NAMES: [(&str, &str); 4] =
        [("Ana", "ana"), ("Iñaki", "iñaki"), ("João", "joão"), ("Ángela", "ángela")];
    let known = usize::try_from(number).ok().and_then(|place| NAMES.get(place));
    let (shown, key) = known.map_or_else(
        || (format!("Huésped {number}"), format!("huésped {number}")),
        |(shown, key)| ((*shown).to_owned(), (*key).to_owned()),
    );
    let shown = if rng.per_mille(200) { key.clone() } else { shown };
    label(shown, key)
}

/// One more than there are: nobody has that name.
fn any_name(swarm: &Swarm, rng: &mut Rng) -> Text {
    name(swarm.one_of(swarm.names + 1, rng), rng).key
}

fn any_secret(swarm: &Swarm, rng: &mut Rng) -> Digest {
    secret(swarm.one_of(swarm.secrets, rng))
}

fn secret(number: u64) -> Digest {
    [byte(number + 1); 32]
}

/// What proves to be the operator.
pub fn operator_token() -> Digest {
    secret(3)
}

fn byte(number: u64) -> u8 {
    u8::try_from(number).expect("it is small")
}

fn room(number: u64) -> Label {
    match number {
        0 => label("lobby".to_owned(), "lobby".to_owned()),
        _ => label(format!("Patio{number}"), format!("patio{number}")),
    }
}

/// Now and then one that does not exist.
fn any_room(swarm: &Swarm, rng: &mut Rng) -> Text {
    let number = if rng.per_mille(30) { swarm.rooms } else { swarm.one_of(swarm.rooms, rng) };
    room(number).key
}

fn some_room(swarm: &Swarm, rng: &mut Rng) -> Option<Text> {
    rng.coin().then(|| any_room(swarm, rng))
}

fn watched(swarm: &Swarm, rng: &mut Rng) -> Watched {
    match rng.below(10) {
        0..=1 => Watched::Resources,
        2..=5 => Watched::Resource(any_resource(swarm, rng)),
        _ => Watched::Room(any_room(swarm, rng)),
    }
}

/// The resources that are there at the start.
pub fn resources(swarm: &Swarm) -> Vec<Label> {
    (1..=swarm.resources).map(resource).collect()
}

fn resource(number: u64) -> Label {
    label(format!("Habitación {number}"), format!("habitación {number}"))
}

/// Now and then one that does not exist.
fn any_resource(swarm: &Swarm, rng: &mut Rng) -> Text {
    let number = if rng.per_mille(30) { 0 } else { 1 + swarm.one_of(swarm.resources, rng) };
    resource(number).key
}
