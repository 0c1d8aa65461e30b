//! The simulated clients: what they ask, and the connections over which they hear.
//!
//! [`Crowd`] also does what a listener does with the core's outputs: it knows who is connected and
//! who follows which feed, and hands each event to those it is for. What a client knows, it knows
//! when that has arrived. `asks` draws what they ask, `garbage` what nobody should, `memory` is
//! what a client keeps while it is not connected.

mod asks;
mod garbage;
mod memory;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;

use posada_core::{Answer, Ask, Feed, ListenerId, Output, SessionNumber};

use crate::auditor::{Message, Sight};
use crate::rng::Rng;
pub use asks::{operator_token, resources};
use memory::{Identity, Memory};

/// Everybody who is connected, and what clients remember who may come back.
#[derive(Debug, Default)]
pub struct Crowd {
    connections: BTreeMap<SessionNumber, Connection>,
    clients: BTreeMap<SessionNumber, Client>,
    /// Sessions that are over, of which the core has not heard yet.
    pub gone: Vec<SessionNumber>,
    memories: BTreeMap<Identity, Memory>,
    last_session: u64,
    said: u64,
}

/// A connection, as its listener knows it.
#[derive(Debug)]
struct Connection {
    listener: ListenerId,
    peer: Option<SocketAddr>,
    manner: Manner,
    feeds: BTreeSet<Feed>,
}

/// How a client is to be spoken with.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Manner {
    /// It takes nothing but answers.
    pub answers_only: bool,
    /// What it sends and is sent are datagrams.
    pub datagrams: bool,
    /// It never reads.
    pub deaf: bool,
    /// No address is known of it, and so none limits it.
    pub from_nowhere: bool,
}

/// A connection, as its client knows it.
#[derive(Debug, Default)]
struct Client {
    /// What it asked and has no answer to.
    asked: VecDeque<Ask>,
    identity: Option<Identity>,
    /// The last entry that its client had seen when it got its name, or of which it was told
    /// since.
    seen_before: u64,
    /// Whether it still has to ask what it missed.
    curious: bool,
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
    pub fn connect(
        &mut self,
        listener: ListenerId,
        manner: Manner,
        rng: &mut Rng,
    ) -> (SessionNumber, Option<SocketAddr>) {
        self.last_session += 1;
        let session = SessionNumber(self.last_session);
        let peer = (!manner.from_nowhere && rng.per_mille(900)).then(|| {
            let address = rng.pick(&asks::ADDRESSES);
            let port = u16::try_from(self.last_session % 60_000).expect("it is small");
            SocketAddr::new(address, 1_024 + port)
        });
        let connection = Connection { listener, peer, manner, feeds: BTreeSet::new() };
        self.connections.insert(session, connection);
        self.clients.insert(session, Client::default());
        (session, peer)
    }

    /// The listener has no such connection any more. The core will hear of it later.
    pub fn disconnect(&mut self, session: SessionNumber) {
        if self.connections.remove(&session).is_some() {
            self.gone.push(session);
        }
    }

    /// The client has no such connection any more, and hears nothing that was on its way.
    pub fn leave(&mut self, session: SessionNumber) {
        self.clients.remove(&session);
        self.disconnect(session);
    }

    /// The process is gone: a new one knows nobody and counts from the start. Clients remember.
    pub fn lose_all(&mut self) {
        let (said, memories) = (self.said, std::mem::take(&mut self.memories));
        *self = Self { memories, said, ..Self::default() };
    }

    /// Somebody who is connected, and where.
    pub fn anyone(&self, rng: &mut Rng) -> Option<(SessionNumber, ListenerId)> {
        let place = rng.index(self.connections.len());
        self.connections.iter().nth(place).map(|(session, known)| (*session, known.listener))
    }

    /// How somebody who is connected is spoken with.
    pub fn manner(&self, session: SessionNumber) -> Option<Manner> {
        self.connections.get(&session).map(|known| known.manner)
    }

    /// Whether it has a name.
    pub fn is_named(&self, session: SessionNumber) -> bool {
        self.connections.get(&session).is_some_and(|known| known.feeds.contains(&Feed::Everyone))
    }

    /// Whether it has come back and did not ask yet what it missed.
    pub fn is_curious(&self, session: SessionNumber) -> bool {
        self.clients.get(&session).is_some_and(|known| known.curious)
    }

    /// Everybody, oldest first.
    pub fn everyone(&self) -> Vec<SessionNumber> {
        self.connections.keys().copied().collect()
    }

    /// Somebody asks that. Who sends datagrams cannot tell which answer is to what.
    pub fn asks(&mut self, session: SessionNumber, ask: &Ask) {
        let tells = self.manner(session).is_some_and(|manner| !manner.datagrams);
        if let Some(known) = self.clients.get_mut(&session).filter(|_| tells) {
            known.asked.push_back(ask.clone());
            known.curious &= !matches!(ask, Ask::Resume { .. });
        }
    }

    /// What an output of the core sends to whom.
    pub fn sights(&mut self, output: Output) -> Vec<(SessionNumber, Sight)> {
        let mut sent = match output {
            Output::Reply { session, answer } => vec![(session, Sight::Reply(answer))],
            Output::Close { session, reason } => vec![(session, Sight::Goodbye(reason))],
            Output::Direct { session, seq, event } => {
                let message = Message { seq: Some(seq), event };
                self.told(&[session], &message)
            }
            Output::Published { feed, seq, sender, event } => {
                let follows = |(session, known): (&SessionNumber, &Connection)| {
                    let follows = known.feeds.contains(&feed) && Some(*session) != sender;
                    follows.then_some(*session)
                };
                let receivers: Vec<_> = self.connections.iter().filter_map(follows).collect();
                self.told(&receivers, &Message { seq, event })
            }
            Output::Follow { session, feed } => {
                if let Some(known) = self.connections.get_mut(&session) {
                    known.feeds.insert(feed);
                }
                vec![]
            }
            Output::Unfollow { session, feed } => {
                if let Some(known) = self.connections.get_mut(&session) {
                    known.feeds.remove(&feed);
                }
                vec![]
            }
            Output::Append(_) | Output::Wake(_) | Output::Noted { .. } => vec![],
        };
        sent.retain(|(session, _)| self.connections.contains_key(session));
        sent
    }

    /// Those who take what they did not ask for are told so.
    fn told(&self, to: &[SessionNumber], message: &Message) -> Vec<(SessionNumber, Sight)> {
        let takes = |session: &&SessionNumber| {
            self.connections.get(session).is_some_and(|known| !known.manner.answers_only)
        };
        to.iter().filter(takes).map(|to| (*to, Sight::Message(message.clone()))).collect()
    }

    /// Something arrives at a client.
    pub fn receives(&mut self, session: SessionNumber, sight: &Sight) {
        let Some(known) = self.clients.get_mut(&session) else { return };
        match sight {
            Sight::Goodbye(_) => {
                self.clients.remove(&session);
            }
            Sight::Message(message) => {
                if let (Some(seq), Some(identity)) = (message.seq, &known.identity)
                    && let Some(memory) = self.memories.get_mut(identity)
                {
                    memory.saw(seq);
                }
            }
            Sight::Reply(answer) => self.answered(session, answer),
        }
    }

    fn answered(&mut self, session: SessionNumber, answer: &Answer) {
        let Some(known) = self.clients.get_mut(&session) else { return };
        let Some(ask) = known.asked.pop_front() else { return };
        if let (Ask::Name { name, proof, secret }, Answer::Named { resumed, .. }) = (&ask, answer) {
            let identity = (name.key.clone(), proof.as_deref().or(secret.as_deref()).copied());
            let memory = self.memories.entry(identity.clone()).or_default();
            known.seen_before = memory.last_seen;
            known.curious = *resumed;
            known.identity = Some(identity);
            // What was kept comes behind this answer, with earlier numbers: this one is no mark.
            return;
        }
        if let (Ask::Resume { room: None, .. }, Answer::Missed { until, more: true, .. }) =
            (&ask, answer)
        {
            (known.seen_before, known.curious) = (until.0, true);
        }
        if let Some(memory) = known.identity.as_ref().and_then(|it| self.memories.get_mut(it))
            && let Some(seq) = memory::seq(answer)
        {
            memory.saw(seq);
        }
    }
}

impl Crowd {
    fn peers(&self) -> Vec<SocketAddr> {
        self.connections.values().filter_map(|known| known.peer).collect()
    }

    fn memory(&mut self, session: SessionNumber) -> Option<&mut Memory> {
        let identity = self.clients.get(&session)?.identity.clone()?;
        self.memories.get_mut(&identity)
    }

    fn seen_before(&self, session: SessionNumber) -> u64 {
        self.clients.get(&session).map_or(0, |known| known.seen_before)
    }

    /// A number that no text had before, so that every copy can be told from every other.
    fn next_text(&mut self) -> u64 {
        self.said += 1;
        self.said
    }
}
