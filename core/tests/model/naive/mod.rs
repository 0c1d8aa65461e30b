//! The model: what the words of the product say a log means, in vectors that are searched.
//!
//! It keeps nothing that can be found by looking, and shares no code with the core but the types
//! in which entries and outcomes are written. What is bounded in the thousands is not modelled,
//! nor the number of rooms of one session: there are fewer in this world.
//!
//! Here is what a command does to nodes, resources and keys; [`people`] has names and what is
//! said to one, [`rooms`] what is said in rooms, [`operator`] what only the operator may do,
//! [`reading`] what is answered to who only asks, [`picture`] what of all this can be compared with
//! the core's state.

mod operator;
mod people;
mod picture;
mod reading;
mod rooms;

use posada_core::state::{Outcome, RULES, Refusal};
use posada_core::{Command, Entry, Key, Label, PrincipalId, Seq, SessionId, Text, Time};

use operator::Ban;
use people::Person;
pub(crate) use picture::Picture;
use rooms::{Membership, Room};

use crate::world::label;

type Decided = Result<Outcome, Refusal>;

/// Everything that a log comes to.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    rules: u32,
    /// The entry that is being read, or was read last.
    seq: Seq,
    pub(crate) time: Time,
    nodes: Vec<(u16, u32)>,
    /// In the order in which they came into being.
    people: Vec<Person>,
    /// In the order in which they were declared.
    things: Vec<Thing>,
    /// In the order in which they came into being.
    rooms: Vec<Room>,
    /// In the order of arrival.
    memberships: Vec<Membership>,
    history_bytes: u32,
    bans: Vec<Ban>,
    /// Sessions whose person is no longer in them, though they are not over.
    replaced: Vec<SessionId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Thing {
    name: Label,
    held: Option<(PrincipalId, Seq, u64)>,
}

/// What was asked with a key, and what it came to.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Asked {
    key: Key,
    body: Body,
    seq: Seq,
    outcome: Outcome,
}

/// What a command that takes a key asks, whoever asks it: its verb, whom or where, and the rest.
pub(crate) type Body = (&'static str, Option<Text>, Text);

pub(crate) fn body(command: &Command) -> Option<Body> {
    Some(match command {
        Command::Join { room, .. } => ("join", None, room.key.clone()),
        Command::Leave { room, .. } => ("leave", room.clone(), "".into()),
        Command::Topic { room, text, .. } => ("topic", room.clone(), text.clone()),
        Command::Say { room, text, .. } => ("say", room.clone(), text.clone()),
        Command::To { name, text, .. } => ("to", Some(name.clone()), text.clone()),
        Command::Note { text, .. } => ("note", None, text.clone()),
        Command::Reserve { resource, .. } => ("reserve", None, resource.clone()),
        Command::Cancel { resource, .. } => ("cancel", None, resource.clone()),
        _ => return None,
    })
}

impl Default for Model {
    fn default() -> Self {
        Self {
            rules: 0,
            seq: Seq(0),
            time: Time::default(),
            nodes: Vec::new(),
            people: Vec::new(),
            things: Vec::new(),
            rooms: vec![Room::new(Seq(0), &label("lobby"))],
            memberships: Vec::new(),
            history_bytes: 262_144,
            bans: Vec::new(),
            replaced: Vec::new(),
        }
    }
}

impl Model {
    pub(crate) fn apply(&mut self, seq: Seq, entry: &Entry) -> Outcome {
        self.seq = seq;
        self.time.wall_ms = self.time.wall_ms.max(entry.time.wall_ms);
        self.time.uptime_ms = self.time.uptime_ms.max(entry.time.uptime_ms);
        let outcome = match entry.key {
            Some(key) => self.decide_once(key, &entry.command),
            None => self.decide(&entry.command),
        };
        self.note_who_is_away();
        outcome.unwrap_or_else(Outcome::Refused)
    }

    fn decide_once(&mut self, key: Key, command: &Command) -> Decided {
        let session = command.asker().expect("only who asks has keys");
        let body = body(command).expect("a verb that takes a key");
        let person = self.speaker(session)?;
        let id = person.id;
        if let Some(asked) = person.asked.iter().find(|asked| asked.key == key) {
            if asked.body != body {
                return Err(Refusal::KeyReused);
            }
            let outcome = Box::new(asked.outcome.clone());
            return Ok(Outcome::Repeated { seq: asked.seq, outcome });
        }
        let outcome = self.decide(command).unwrap_or_else(Outcome::Refused);
        let asked = Asked { key, body, seq: self.seq, outcome: outcome.clone() };
        self.person(id).asked.push(asked);
        Ok(outcome)
    }

    fn decide(&mut self, command: &Command) -> Decided {
        if command.asker().is_some_and(|session| self.replaced.contains(&session)) {
            return Err(Refusal::NameFirst);
        }
        match command {
            Command::Rules { version } if *version > RULES => {
                return Ok(Outcome::UnknownRules(*version));
            }
            Command::Rules { version } => {
                if self.rules == 1 && *version > 1 {
                    // Nothing that was said before is known.
                    let seq = self.seq;
                    self.rooms.iter_mut().for_each(|room| room.cut = seq);
                }
                self.rules = self.rules.max(*version);
            }
            Command::NodeUp { node, epoch } => self.node_up(*node, *epoch),
            Command::Declare { resource } => {
                if self.things.iter().any(|thing| thing.name.key == resource.key) {
                    return Err(Refusal::AlreadyDeclared);
                }
                self.things.push(Thing { name: resource.clone(), held: None });
            }
            Command::Reserve { session, resource } => return self.reserve(*session, resource),
            Command::Cancel { session, resource } => return self.cancel(*session, resource),
            Command::Name { session, name, proof, secret } => {
                return self.name(
                    *session,
                    name,
                    proof.as_deref().copied(),
                    secret.as_deref().copied(),
                );
            }
            Command::To { session, name, text } => return self.to(*session, name, text),
            Command::Note { session, .. } => {
                let from = self.speaker(*session).ok().map(|person| person.name.shown.clone());
                return Ok(Outcome::NoteTaken { from });
            }
            Command::End { session } => return self.end(*session),
            Command::History { bytes } => self.set_history(*bytes),
            Command::Join { session, room } => return self.join(*session, room),
            Command::Leave { session, room } => return self.leave(*session, room.as_deref()),
            Command::Topic { session, room, text } => {
                return self.topic(*session, room.as_deref(), text);
            }
            Command::Say { session, room, text } => {
                return self.say(*session, room.as_deref(), text);
            }
            Command::Announce { text, .. } => return Ok(self.announce(text)),
            Command::Tell { to, text, .. } => return self.tell(to, text),
            Command::Kick { who, .. } => return self.kick(who),
            Command::Ban { who, for_ms, .. } => return Ok(self.ban(who, *for_ms)),
            Command::Release { resource, .. } => return self.free(resource),
            Command::Check { at, trail } if (at.0, *trail) != (0, 0) => {
                return Ok(Outcome::Drifted { at: *at });
            }
            Command::Check { .. } => {}
        }
        Ok(Outcome::Noted)
    }

    fn node_up(&mut self, node: u16, epoch: u32) {
        let before = self.nodes.iter().find(|known| known.0 == node).map_or(0, |known| known.1);
        let epoch = epoch.max(before);
        self.nodes.retain(|known| known.0 != node);
        self.nodes.extend((epoch > 0).then_some((node, epoch)));
        self.nodes.sort_unstable();
        let over = |session: &SessionId| session.node == node && session.epoch < epoch;
        self.replaced.retain(|session| !over(session));
        let online = self.people.iter().filter_map(Person::session);
        for session in online.filter(over).collect::<Vec<_>>() {
            self.depart(session);
        }
    }

    fn reserve(&mut self, session: SessionId, key: &str) -> Decided {
        let held = (self.who(session), self.seq, self.time.wall_ms);
        let thing = self.thing(key)?;
        if thing.held.is_some() {
            return Err(Refusal::Taken);
        }
        thing.held = Some(held);
        Ok(Outcome::Reserved { resource: thing.name.shown.clone() })
    }

    fn cancel(&mut self, session: SessionId, key: &str) -> Decided {
        let asker = self.who(session);
        match self.thing(key)?.held {
            None => Err(Refusal::NotHeld),
            Some((holder, ..)) if holder != asker => Err(Refusal::NotYours),
            Some(_) => self.free(key),
        }
    }

    /// The resource is nobody's any more.
    fn free(&mut self, key: &str) -> Decided {
        let thing = self.thing(key)?;
        thing.held.take().ok_or(Refusal::NotHeld)?;
        Ok(Outcome::Cancelled { resource: thing.name.shown.clone() })
    }

    fn thing(&mut self, key: &str) -> Result<&mut Thing, Refusal> {
        let found = self.things.iter_mut().find(|thing| &*thing.name.key == key);
        found.ok_or(Refusal::NoSuchResource)
    }

    /// How many reservations each has, by looking.
    pub(crate) fn held_by(&self, id: PrincipalId) -> usize {
        let held = self.things.iter().filter_map(|thing| thing.held);
        held.filter(|held| held.0 == id).count()
    }
}
