//! The auditor's own reading of the log: the specification in its shortest form.
//!
//! It is written from `product.md`, the protocol and the log's format, looks nothing like the
//! core's state and shares no code with it. It is slow and plain on purpose: lists, searched from
//! the front; what can be derived is derived each time.
//!
//! Where to look: `people` (names, who is remembered), `rooms` (members, histories), `mailbox`
//! (direct messages), `keys` (retries), `orders` (the operator's), `things` (reservations),
//! `missed` (what a resume gives).

mod keys;
mod mailbox;
mod missed;
mod orders;
mod people;
mod rooms;
mod things;

use posada_core::{
    Answer, Barred, Command, Digest, Entry, Event, Goodbye, Key, Refusal, SessionId, Text,
};

pub(super) use people::Person;
pub(super) use rooms::{Room, count, weight};
pub(super) use things::Thing;

/// Who owns something: the entry that made the owner, 0 for the nameless together.
pub(super) type Owner = u64;

/// Whoever is not named.
pub(super) const NAMELESS: Owner = 0;

#[derive(Debug)]
pub(super) struct Fold {
    pub(super) seq: u64,
    pub(super) wall_ms: u64,
    uptime_ms: u64,
    /// The version of the semantics; 0: the log has not begun.
    rules: u32,
    epochs: Vec<(u16, u32)>,
    pub(super) people: Vec<Person>,
    /// Sessions that were replaced or kicked: nobody, until they end.
    out: Vec<SessionId>,
    pub(super) things: Vec<Thing>,
    /// In the order in which they came into being, the lobby first.
    pub(super) rooms: Vec<Room>,
    pub(super) history_bytes: u32,
    /// The last that was said in a room that was forgotten since: one made anew may be that.
    unknown: u64,
    /// Until which uptime.
    bans: Vec<(Barred, u64)>,
    /// Everything that rooms and principals were ever told under rules 2, kept or not.
    pub(super) published: Vec<Published>,
}

/// Something that was told in a room, or to one principal.
#[derive(Clone, Copy, Debug)]
pub(super) struct Published {
    pub(super) seq: u64,
    pub(super) place: Place,
    /// Who is not told, since it was its own word.
    pub(super) sender: Option<SessionId>,
}

/// Where something is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// A room, by the entry that made it.
    Room(u64),
    /// One principal alone.
    Direct(Owner),
}

/// What an entry comes to.
#[derive(Debug, Default)]
pub(super) struct Effect {
    /// What the asker is answered.
    pub(super) answer: Option<Answer>,
    /// Whether that is the answer to an earlier entry with the same key.
    pub(super) repeated: bool,
    /// Who is told what.
    pub(super) told: Vec<Told>,
    /// Messages kept for the asker, told right after the answer, in this order.
    pub(super) kept: Vec<(u64, Event)>,
    /// Sessions that are sent away.
    pub(super) dismissed: Vec<(SessionId, Goodbye)>,
    /// What is shut out from here on.
    pub(super) barred: Option<Barred>,
    /// Memberships that are over.
    pub(super) left: Vec<(SessionId, Text)>,
    /// What the operator is shown: from which session, by which name, what.
    pub(super) noted: Option<(SessionId, Option<Text>, Text)>,
}

/// One event, and for whom it is.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) to: Audience,
    pub(super) event: Event,
}

/// For whom an event is.
#[derive(Debug)]
pub(super) enum Audience {
    /// For one alone.
    One(SessionId),
    /// For these.
    These(Vec<SessionId>),
    /// For who watches this resource, or all.
    Resource(Text),
    /// For who watches this room, except for who caused it.
    Signals(Text, SessionId),
}

impl Default for Fold {
    fn default() -> Self {
        Self {
            seq: 0,
            wall_ms: 0,
            uptime_ms: 0,
            rules: 0,
            epochs: vec![],
            people: vec![],
            out: vec![],
            things: vec![],
            rooms: vec![Room::lobby()],
            history_bytes: 262_144,
            unknown: 0,
            bans: vec![],
            published: vec![],
        }
    }
}

impl Fold {
    /// The next entry of the log.
    pub(super) fn next(&mut self, entry: &Entry) -> Result<Effect, String> {
        self.seq += 1;
        self.wall_ms = self.wall_ms.max(entry.time.wall_ms);
        self.uptime_ms = self.uptime_ms.max(entry.time.uptime_ms);
        let mut effect = Effect::default();
        match &entry.command {
            Command::Rules { version } => {
                if self.rules == 1 && *version >= 2 {
                    // What was said so far was told, and not kept.
                    self.rooms.iter_mut().for_each(|room| room.cut = self.seq);
                }
                self.rules = self.rules.max(*version);
            }
            _ if self.rules == 0 => return Err("the log does not begin with its rules".into()),
            Command::NodeUp { node, epoch } => self.node_up(*node, *epoch, &mut effect)?,
            Command::Declare { resource } => self.declare(resource),
            Command::History { bytes } => {
                self.history_bytes = *bytes;
                self.rooms.iter_mut().for_each(|room| room.shrink(*bytes));
            }
            Command::End { session } => self.end(|online| online == *session, &mut effect),
            Command::Check { at, .. } if at.0 >= self.seq => {
                return Err(format!("entry {} checks {}, which is to come", self.seq, at.0));
            }
            Command::Check { .. } => {}
            asked => effect.answer = Some(self.asked(entry.key, asked, &mut effect)),
        }
        self.forget();
        Ok(effect)
    }

    /// The highest start of a node that the log knows.
    pub(super) fn epoch(&self, node: u16) -> u32 {
        self.epochs.iter().find(|known| known.0 == node).map_or(0, |known| known.1)
    }

    /// The answer to a command that somebody waits for.
    fn asked(&mut self, key: Option<Key>, command: &Command, effect: &mut Effect) -> Answer {
        let session = super::asked::asker(command).expect("somebody asked");
        if self.out.contains(&session) {
            return Answer::Refused(Refusal::NameFirst);
        }
        let Some((key, body)) = key.zip(keys::body(command)) else {
            return self.carry_out(command, effect).unwrap_or_else(Answer::Refused);
        };
        let Some(person) = self.person(session) else {
            return Answer::Refused(Refusal::NameFirst);
        };
        let owner = person.owner;
        if let Some(before) = person.keys.before(key, &body) {
            effect.repeated = matches!(before, Ok(_) | Err(keys::Old::Refused(_)));
            return before.unwrap_or_else(|old| Answer::Refused(old.refusal()));
        }
        let answer = self.carry_out(command, effect).unwrap_or_else(Answer::Refused);
        let person = self.people.iter_mut().find(|who| who.owner == owner);
        person.expect("who asks is not forgotten").keys.record(key, body, &answer);
        answer
    }

    fn carry_out(&mut self, command: &Command, effect: &mut Effect) -> Result<Answer, Refusal> {
        match command {
            Command::Name { session, name, proof, secret } => {
                let digest = |it: &Option<Box<Digest>>| it.as_deref().copied();
                self.name(*session, name, digest(proof), digest(secret), effect)
            }
            Command::Join { session, room } => self.join(*session, room, effect),
            Command::Leave { session, room } => self.leave(*session, room.as_ref(), effect),
            Command::Topic { session, room, text } => {
                self.set_topic(*session, room.as_ref(), text, effect)
            }
            Command::Say { session, room, text } => self.say(*session, room.as_ref(), text, effect),
            Command::To { session, name, text } => self.to(*session, name, text, effect),
            Command::Note { session, text } => Ok(self.note(*session, text, effect)),
            Command::Reserve { session, resource } => self.reserve(*session, resource, effect),
            Command::Cancel { session, resource } => self.cancel(*session, resource, effect),
            order => self.order(order, effect),
        }
    }

    fn node_up(&mut self, node: u16, epoch: u32, effect: &mut Effect) -> Result<(), String> {
        if epoch != self.epoch(node) + 1 {
            return Err(format!("node {node} started as {epoch} after {}", self.epoch(node)));
        }
        self.epochs.retain(|known| known.0 != node);
        self.epochs.push((node, epoch));
        self.end(|online| online.node == node, effect);
        Ok(())
    }

    fn publish(&mut self, place: Place, sender: Option<SessionId>) {
        if self.rules >= 2 {
            self.published.push(Published { seq: self.seq, place, sender });
        }
    }
}
