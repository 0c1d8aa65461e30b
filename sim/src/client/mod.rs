//! The simulated clients: what they ask, and the connections over which they hear.
//!
//! [`Crowd`] also does what a listener does with the core's outputs: it knows who is connected and
//! who follows which feed, and hands each event to those it is for. `asks` draws what they ask,
//! `memory` is what a client keeps while it is not connected.

mod asks;
mod memory;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use posada_core::{Answer, Ask, Feed, ListenerId, Output, SessionNumber};

use crate::auditor::{Message, Sight};
use crate::rng::Rng;
pub use asks::{operator_token, resources};
use memory::{Identity, Memory};

/// Everybody who is connected, and what clients remember who may come back.
#[derive(Debug, Default)]
pub struct Crowd {
    connections: BTreeMap<SessionNumber, Connection>,
    /// Sessions that are over, of which the core has not heard yet.
    pub gone: Vec<SessionNumber>,
    memories: BTreeMap<Identity, Memory>,
    last_session: u64,
    said: u64,
}

#[derive(Debug)]
struct Connection {
    listener: ListenerId,
    peer: Option<SocketAddr>,
    /// Whether it takes nothing but answers.
    answers_only: bool,
    feeds: BTreeSet<Feed>,
    /// What it asked and has no answer to.
    asked: VecDeque<Ask>,
    identity: Option<Identity>,
    /// The last entry that its client had seen when it got its name, or of which it was told since.
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
        answers_only: bool,
        rng: &mut Rng,
    ) -> (SessionNumber, Option<SocketAddr>) {
        self.last_session += 1;
        let session = SessionNumber(self.last_session);
        let peer = rng.per_mille(900).then(|| {
            let address = Ipv4Addr::new(127, 0, 0, asks::byte(rng.between(1, asks::ADDRESSES)));
            let port = u16::try_from(self.last_session % 60_000).expect("it is small");
            SocketAddr::new(IpAddr::V4(address), 1_024 + port)
        });
        let connection = Connection {
            listener,
            peer,
            answers_only,
            feeds: BTreeSet::new(),
            asked: VecDeque::new(),
            identity: None,
            seen_before: 0,
            curious: false,
        };
        self.connections.insert(session, connection);
        (session, peer)
    }

    /// Somebody goes, or is sent away. The core will hear of it later.
    pub fn disconnect(&mut self, session: SessionNumber) {
        if self.connections.remove(&session).is_some() {
            self.gone.push(session);
        }
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

    /// Whether it has a name.
    pub fn is_named(&self, session: SessionNumber) -> bool {
        self.connections.get(&session).is_some_and(|known| known.feeds.contains(&Feed::Everyone))
    }

    /// Whether it has come back and did not ask yet what it missed.
    pub fn is_curious(&self, session: SessionNumber) -> bool {
        self.connections.get(&session).is_some_and(|known| known.curious)
    }

    /// Everybody, oldest first.
    pub fn everyone(&self) -> Vec<SessionNumber> {
        self.connections.keys().copied().collect()
    }

    /// Somebody asks that.
    pub fn asks(&mut self, session: SessionNumber, ask: &Ask) {
        if let Some(known) = self.connections.get_mut(&session) {
            known.asked.push_back(ask.clone());
            known.curious &= !matches!(ask, Ask::Resume { .. });
        }
    }

    /// What an output of the core shows to whom.
    pub fn sights(&mut self, output: Output) -> Vec<(SessionNumber, Sight)> {
        let mut seen = match output {
            Output::Reply { session, answer } => {
                self.answered(session, &answer);
                vec![(session, Sight::Reply(answer))]
            }
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
        seen.retain(|(session, _)| self.connections.contains_key(session));
        seen
    }

    /// Those who take what they did not ask for are told so.
    fn told(&mut self, to: &[SessionNumber], message: &Message) -> Vec<(SessionNumber, Sight)> {
        let mut told = vec![];
        for session in to {
            let Some(known) = self.connections.get(session) else { continue };
            if known.answers_only {
                continue;
            }
            if let (Some(seq), Some(identity)) = (message.seq, &known.identity)
                && let Some(memory) = self.memories.get_mut(identity)
            {
                memory.saw(seq);
            }
            told.push((*session, Sight::Message(message.clone())));
        }
        told
    }

    fn answered(&mut self, session: SessionNumber, answer: &Answer) {
        let Some(known) = self.connections.get_mut(&session) else { return };
        let Some(ask) = known.asked.pop_front() else { return };
        if let (Ask::Name { name, proof, secret }, Answer::Named { resumed, .. }) = (&ask, answer) {
            let identity = (name.key.clone(), proof.or(*secret));
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
        let identity = self.connections.get(&session)?.identity.clone()?;
        self.memories.get_mut(&identity)
    }

    fn seen_before(&self, session: SessionNumber) -> u64 {
        self.connections.get(&session).map_or(0, |known| known.seen_before)
    }

    /// A number that no text had before, so that every copy can be told from every other.
    fn next_text(&mut self) -> u64 {
        self.said += 1;
        self.said
    }
}
