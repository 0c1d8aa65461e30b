//! The simulated clients: what they ask, and the connections over which they hear.
//!
//! [`Crowd`] also does what a listener does with the core's outputs: it knows who is connected and
//! who is in the lobby, and hands each message to those it is for.

use std::collections::BTreeMap;

use posada_core::{Ask, Digest, Label, ListenerId, Output, Refusal, SessionNumber, Text};

use crate::auditor::{Message, Sight};
use crate::rng::Rng;
use crate::swarm::{Deed, Swarm};

/// Everybody who is connected.
#[derive(Debug, Default)]
pub struct Crowd {
    connections: BTreeMap<SessionNumber, Connection>,
    /// Sessions that are over, of which the core has not heard yet.
    pub gone: Vec<SessionNumber>,
    last_session: u64,
    said: u64,
}

#[derive(Debug)]
struct Connection {
    listener: ListenerId,
    /// The entry after which it gets what is said in the lobby.
    joined_after: Option<u64>,
}

impl Crowd {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.connections.len()
    }

    /// Whether nobody is connected.
    pub fn is_empty(&self) -> bool {
        self.connections.is_empty()
    }

    /// Somebody connects.
    pub fn connect(&mut self, listener: ListenerId) -> SessionNumber {
        self.last_session += 1;
        let session = SessionNumber(self.last_session);
        self.connections.insert(session, Connection { listener, joined_after: None });
        session
    }

    /// Somebody goes, or is sent away. The core will hear of it later.
    pub fn disconnect(&mut self, session: SessionNumber) {
        if self.connections.remove(&session).is_some() {
            self.gone.push(session);
        }
    }

    /// The process is gone: a new one knows nobody and counts from the start.
    pub fn lose_all(&mut self) {
        let said = self.said;
        *self = Self { said, ..Self::default() };
    }

    /// Somebody who is connected, and where.
    pub fn anyone(&self, rng: &mut Rng) -> Option<(SessionNumber, ListenerId)> {
        let place = rng.index(self.connections.len());
        self.connections.iter().nth(place).map(|(session, known)| (*session, known.listener))
    }

    /// Whether it is in the lobby.
    pub fn has_joined(&self, session: SessionNumber) -> bool {
        self.connections.get(&session).is_some_and(|known| known.joined_after.is_some())
    }

    /// Everybody, oldest first.
    pub fn everyone(&self) -> Vec<SessionNumber> {
        self.connections.keys().copied().collect()
    }

    /// What an output of the core shows to whom.
    pub fn sights(&mut self, output: Output) -> Vec<(SessionNumber, Sight)> {
        let mut seen = match output {
            Output::Reply { session, answer } => vec![(session, Sight::Reply(answer))],
            Output::Close { session, reason } => vec![(session, Sight::Goodbye(reason))],
            Output::Direct { session, seq, from, text } => {
                let message = Message { seq: seq.0, direct: true, from, text };
                vec![(session, Sight::Message(message))]
            }
            Output::Published { seq, sender, from, text, .. } => {
                let message = Message { seq: seq.0, direct: false, from, text };
                let hears = |(session, known): (&SessionNumber, &Connection)| {
                    let joined = known.joined_after.is_some_and(|after| after < seq.0);
                    (joined && Some(*session) != sender).then_some(*session)
                };
                let receivers = self.connections.iter().filter_map(hears);
                receivers.map(|session| (session, Sight::Message(message.clone()))).collect()
            }
            Output::Joined { session, after, .. } => {
                if let Some(known) = self.connections.get_mut(&session) {
                    known.joined_after = Some(after.0);
                }
                vec![]
            }
            Output::Append(_) | Output::Wake(_) => vec![],
        };
        seen.retain(|(session, _)| self.connections.contains_key(session));
        seen
    }

    /// What somebody asks who does `deed`.
    pub fn ask(&mut self, deed: Deed, swarm: &Swarm, rng: &mut Rng) -> Ask {
        match deed {
            Deed::Name => Ask::Name {
                name: name(rng.below(swarm.names), rng),
                proof: rng.coin().then(|| secret(rng.below(swarm.secrets))),
                secret: rng.per_mille(800).then(|| secret(rng.below(swarm.secrets))),
            },
            Deed::Say => Ask::Say(self.text(rng)),
            Deed::To => {
                // One more than there are: nobody has that name.
                let name = name(rng.below(swarm.names + 1), rng).key;
                Ask::To { name, text: self.text(rng) }
            }
            Deed::Who => Ask::Who,
            Deed::List => Ask::List,
            Deed::Reserve => Ask::Reserve(any_resource(swarm, rng)),
            Deed::Cancel => Ask::Cancel(any_resource(swarm, rng)),
            Deed::Ping if rng.coin() => Ask::Help,
            Deed::Ping => Ask::Ping,
            Deed::Mumble => {
                let wrong = [Refusal::TooLong, Refusal::UnknownVerb, Refusal::BadText];
                Ask::Unreadable(rng.pick(&wrong))
            }
            Deed::Quit | Deed::HangUp => Ask::Quit,
        }
    }

    /// No text is said twice, so that every copy can be told from every other.
    fn text(&mut self, rng: &mut Rng) -> Text {
        self.said += 1;
        let filler = rng.pick(&["", "", "o", "ñ", "日"]);
        let longer = rng.pick(&[0, 5, 10, 36, 90]);
        format!("m{}{}", self.said, filler.repeat(longer)).into()
    }
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
    Label { shown: shown.into(), key: key.into() }
}

fn secret(number: u64) -> Digest {
    [u8::try_from(number).expect("few secrets") + 1; 32]
}

/// The resources that are there at the start.
pub fn resources(swarm: &Swarm) -> Vec<Label> {
    (1..=swarm.resources).map(resource).collect()
}

fn resource(number: u64) -> Label {
    Label {
        shown: format!("Habitación {number}").into(),
        key: format!("habitación {number}").into(),
    }
}

/// Now and then one that does not exist.
fn any_resource(swarm: &Swarm, rng: &mut Rng) -> Text {
    let number = if rng.per_mille(30) { 0 } else { rng.between(1, swarm.resources) };
    resource(number).key
}
