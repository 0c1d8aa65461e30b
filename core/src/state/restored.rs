//! A state put together from its facts.
//!
//! What comes in may be anything. What no log leads to is refused: else an assertion of `apply`
//! would find it later, when nobody knows any more where it came from. That a state which passes
//! is the one that was taken apart is the digest's to say.

use core::fmt;

use super::history::Kept;
use super::keys::Answered;
use super::mailbox::Mailbox;
use super::people::Principal;
use super::rooms::{Membership, Room, Rooms};
use super::{Fact, RULES, State};
use crate::limits::CHECK_EVERY;
use crate::{Event, Key, PrincipalId, RoomId, Seq, Text};

/// The last entry that a log can hold here: numbers up to it can be doubled.
const LAST: Seq = Seq(Key::MOST.0);

/// Why facts are no state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsound {
    /// The state has semantics of a later program.
    NewRules(u32),
    /// No log leads to it.
    Impossible(&'static str),
}

impl fmt::Display for Unsound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NewRules(rules) => {
                write!(f, "rules {rules}, which this version does not know: use a newer posada")
            }
            Self::Impossible(what) => f.write_str(what),
        }
    }
}

impl core::error::Error for Unsound {}

/// Requires something of a fact.
pub(super) fn require(holds: bool, otherwise: &'static str) -> Result<(), Unsound> {
    if holds { Ok(()) } else { Err(Unsound::Impossible(otherwise)) }
}

/// A state that is being put together.
#[derive(Clone, Debug, Default)]
pub struct Restored {
    state: State,
    part: Part,
    about: About,
}

/// The parts of a state, in their order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    #[default]
    Nothing,
    Head,
    Nodes,
    Rooms,
    People,
    Replaced,
    Resources,
    Bans,
}

/// What the next fact may belong to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum About {
    #[default]
    Nothing,
    Room(RoomId),
    Principal(PrincipalId),
    KeysOf(PrincipalId),
}

impl Restored {
    /// Takes the next fact.
    ///
    /// # Errors
    /// When no log leads to it. Nothing good will come of the others then.
    pub fn take(&mut self, fact: Fact) -> Result<(), Unsound> {
        match fact {
            Fact::Head { .. } => self.head(&fact),
            Fact::Node { node, epoch } => {
                self.enter(Part::Nodes, About::Nothing)?;
                require(self.state.nodes.insert(node, epoch).is_none(), "a node twice")
            }
            Fact::Room { .. } => self.room(fact),
            Fact::Principal { .. } => self.principal(fact),
            Fact::Said { seq, from, text } => self.said(seq, from, text),
            Fact::Topic { seq, from, text } => self.topic(seq, from, text),
            Fact::Member { room, since } => self.member(room, since),
            Fact::Keys { floor } => self.keys(floor),
            Fact::Answered { key, body, seq, outcome } => {
                self.answered(key, Answered { body, seq, outcome })
            }
            Fact::Replaced { session } => {
                self.enter(Part::Replaced, About::Nothing)?;
                self.state.people.restore_replaced(session)
            }
            Fact::Resource { name, held } => {
                self.enter(Part::Resources, About::Nothing)?;
                if let Some(held) = held {
                    self.happened(held.token)?;
                    self.state.people.restore_reservation(held.holder)?;
                }
                self.state.resources.restore(name, held)
            }
            Fact::Ban { who, until_ms } => {
                self.enter(Part::Bans, About::Nothing)?;
                self.state.bans.restore(who, until_ms)
            }
        }
    }

    /// The state, once all facts were taken.
    ///
    /// # Errors
    /// When something is missing.
    pub fn finish(self) -> Result<State, Unsound> {
        require(self.part > Part::Nothing, "nothing at all")?;
        self.state.rooms.is_restored()?;
        self.state.people.is_restored()?;
        Ok(self.state)
    }

    fn head(&mut self, head: &Fact) -> Result<(), Unsound> {
        let &Fact::Head { rules, seq, time, trail, checkpoint, history_bytes, forgotten } = head
        else {
            unreachable!("whoever calls has looked")
        };
        require(self.part == Part::Nothing, "a second head")?;
        self.part = Part::Head;
        if rules > RULES {
            return Err(Unsound::NewRules(rules));
        }
        require(seq <= LAST, "more entries than a log can hold")?;
        let (at, then) = checkpoint;
        require(at.0 == seq.0 - seq.0 % CHECK_EVERY, "a checkpoint where there is none")?;
        require(at != seq || seq.0 == 0 || then == trail, "a checkpoint off the trail")?;
        self.state = State { rules, seq, time, trail, checkpoint, ..State::default() };
        self.state.rooms = Rooms::restored(history_bytes, forgotten);
        self.so_far(forgotten)
    }

    fn room(&mut self, room: Fact) -> Result<(), Unsound> {
        let Fact::Room { id, name, topic, last, cut } = room else {
            unreachable!("whoever calls has looked")
        };
        self.enter(Part::Rooms, About::Room(id))?;
        [id.0, last, cut].into_iter().try_for_each(|seq| self.so_far(seq))?;
        self.state.rooms.restore(id, Room::restored(name, topic, last, cut))
    }

    fn principal(&mut self, principal: Fact) -> Result<(), Unsound> {
        let Fact::Principal { id, name, secret, online, away, delivered, before, cut } = principal
        else {
            unreachable!("whoever calls has looked")
        };
        self.enter(Part::People, About::Principal(id))?;
        self.happened(id.0)?;
        let since = online.map(|(_, since)| since);
        since.into_iter().chain(away).try_for_each(|seq| self.happened(seq))?;
        self.so_far(delivered)?;
        let mailbox = Mailbox::restored(delivered, before, cut)?;
        let reservations = 0;
        let principal = Principal { name, secret, online, reservations, mailbox, away };
        self.state.people.restore(id, principal)
    }

    fn said(&mut self, seq: Seq, from: Option<Text>, text: Text) -> Result<(), Unsound> {
        self.happened(seq)?;
        match self.about {
            About::Room(room) => {
                let name = self.state.rooms.shown(room);
                let event = match from {
                    Some(from) => Event::Said { room: name, from, text },
                    None => Event::Announced { text },
                };
                self.state.rooms.restore_event(room, Kept { seq, event })
            }
            About::Principal(id) => {
                let event = match from {
                    Some(from) => Event::Direct { from, text },
                    None => Event::Told { text },
                };
                self.state.people.restore_event(id, Kept { seq, event })
            }
            About::Nothing | About::KeysOf(_) => {
                Err(Unsound::Impossible("something said nowhere and to nobody"))
            }
        }
    }

    fn topic(&mut self, seq: Seq, from: Text, text: Text) -> Result<(), Unsound> {
        self.happened(seq)?;
        let About::Room(room) = self.about else {
            return Err(Unsound::Impossible("a topic of no room"));
        };
        let event = Event::Topic { room: self.state.rooms.shown(room), from, text };
        self.state.rooms.restore_event(room, Kept { seq, event })
    }

    fn member(&mut self, room: RoomId, since: Seq) -> Result<(), Unsound> {
        self.happened(since)?;
        let About::Principal(id) = self.about else {
            return Err(Unsound::Impossible("a member who is nobody"));
        };
        let online = self.state.people.get(id).and_then(|it| it.online);
        let Some((session, _)) = online else {
            return Err(Unsound::Impossible("a member who is not online"));
        };
        self.state.rooms.restore_member(session, Membership { room, since })
    }

    fn keys(&mut self, floor: Key) -> Result<(), Unsound> {
        let About::Principal(id) = self.about else {
            return Err(Unsound::Impossible("keys of nobody"));
        };
        self.about = About::KeysOf(id);
        self.state.keys.restore_window(id, floor);
        Ok(())
    }

    fn answered(&mut self, key: Key, answered: Answered) -> Result<(), Unsound> {
        self.happened(answered.seq)?;
        let About::KeysOf(id) = self.about else {
            return Err(Unsound::Impossible("a key of nobody"));
        };
        self.state.keys.restore(id, key, answered)
    }

    /// Goes on to another part, or stays in this one.
    fn enter(&mut self, part: Part, about: About) -> Result<(), Unsound> {
        require(self.part > Part::Nothing, "something before the head")?;
        require(self.part <= part, "something that belongs further ahead")?;
        (self.part, self.about) = (part, about);
        Ok(())
    }

    /// An entry that was applied.
    fn happened(&self, seq: Seq) -> Result<(), Unsound> {
        require(seq > Seq(0), "something that came with no entry")?;
        self.so_far(seq)
    }

    /// An entry that was applied, or none.
    fn so_far(&self, seq: Seq) -> Result<(), Unsound> {
        require(seq <= self.state.seq, "something that came with an entry of the future")
    }
}
