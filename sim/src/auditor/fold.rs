//! The auditor's own reading of the log: the specification in its shortest form.
//!
//! It is written from `product.md` and the log's format, looks nothing like the core's state and
//! shares no code with it. It is slow and plain on purpose: lists, searched from the front; what
//! can be derived (who is in the lobby, who may be forgotten) is derived each time.

use posada_core::{Command, Digest, Entry, Label, Refusal, SessionId, Text};

/// Who owns something: the entry that made the owner, 0 for the nameless together.
pub(super) type Owner = u64;

/// Whoever is not named.
pub(super) const NAMELESS: Owner = 0;

#[derive(Debug, Default)]
pub(super) struct Fold {
    pub(super) seq: u64,
    pub(super) wall_ms: u64,
    begun: bool,
    epochs: Vec<(u16, u32)>,
    pub(super) people: Vec<Person>,
    /// Sessions whose person came back elsewhere: nobody, until they end.
    replaced: Vec<SessionId>,
    pub(super) things: Vec<Thing>,
}

#[derive(Debug)]
pub(super) struct Person {
    pub(super) owner: Owner,
    pub(super) name: Label,
    secret: Option<Digest>,
    pub(super) session: Option<SessionId>,
    /// The entry with which it came into the lobby.
    pub(super) arrived: u64,
}

#[derive(Debug)]
pub(super) struct Thing {
    pub(super) name: Label,
    pub(super) held: Option<Held>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    pub(super) by: Owner,
    pub(super) since_ms: u64,
}

/// What an entry means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Nothing,
    Refused(Refusal),
    Named { name: Text, resumed: bool, replaced: Option<SessionId> },
    Said { from: Text, addressed: u32 },
    Told { from: Text, to: SessionId },
    Reserved(Text),
    Cancelled(Text),
}

impl Fold {
    /// The next entry of the log.
    pub(super) fn next(&mut self, entry: &Entry) -> Result<Meaning, String> {
        self.seq += 1;
        self.wall_ms = self.wall_ms.max(entry.time.wall_ms);
        let meaning = match &entry.command {
            Command::Rules { .. } => {
                self.begun = true;
                Meaning::Nothing
            }
            _ if !self.begun => return Err("the log does not begin with its rules".into()),
            Command::Name { session, .. }
            | Command::Say { session, .. }
            | Command::To { session, .. }
            | Command::Reserve { session, .. }
            | Command::Cancel { session, .. }
                if self.replaced.contains(session) =>
            {
                Meaning::Refused(Refusal::NameFirst)
            }
            Command::NodeUp { node, epoch } => self.node_up(*node, *epoch)?,
            Command::Declare { resource } => self.declare(resource),
            Command::Name { session, name, proof, secret } => {
                self.name(*session, name, *proof, *secret)
            }
            Command::Say { session, .. } => match self.speaker(*session) {
                Some(from) => Meaning::Said { from, addressed: self.others() },
                None => Meaning::Refused(Refusal::NameFirst),
            },
            Command::To { session, name, .. } => {
                match (self.speaker(*session), self.online(name)) {
                    (None, _) => Meaning::Refused(Refusal::NameFirst),
                    (_, None) => Meaning::Refused(Refusal::NotHere),
                    (Some(from), Some(to)) => Meaning::Told { from, to },
                }
            }
            Command::Reserve { session, resource } => self.reserve(*session, resource),
            Command::Cancel { session, resource } => self.cancel(*session, resource),
            Command::End { session } => {
                self.end(|online| online == *session);
                Meaning::Nothing
            }
            Command::Check { at, .. } if at.0 >= self.seq => {
                return Err(format!("entry {} checks {}, which is to come", self.seq, at.0));
            }
            Command::Check { .. } => Meaning::Nothing,
        };
        self.forget();
        Ok(meaning)
    }

    /// The highest start of a node that the log knows.
    pub(super) fn epoch(&self, node: u16) -> u32 {
        self.epochs.iter().find(|known| known.0 == node).map_or(0, |known| known.1)
    }

    /// Whom a session stands for.
    pub(super) fn owner(&self, session: SessionId) -> Owner {
        self.person(session).map_or(NAMELESS, |person| person.owner)
    }

    /// Who is in the lobby, in the order of arrival.
    pub(super) fn lobby(&self) -> Vec<&Person> {
        let mut lobby: Vec<_> = self.people.iter().filter(|who| who.session.is_some()).collect();
        lobby.sort_by_key(|who| who.arrived);
        lobby
    }

    pub(super) fn name_of(&self, owner: Owner) -> Option<Text> {
        self.people.iter().find(|who| who.owner == owner).map(|who| who.name.shown.clone())
    }

    fn node_up(&mut self, node: u16, epoch: u32) -> Result<Meaning, String> {
        if epoch != self.epoch(node) + 1 {
            return Err(format!("node {node} started as {epoch} after {}", self.epoch(node)));
        }
        self.epochs.retain(|known| known.0 != node);
        self.epochs.push((node, epoch));
        self.end(|online| online.node == node);
        Ok(Meaning::Nothing)
    }

    fn declare(&mut self, name: &Label) -> Meaning {
        if self.things.iter().any(|thing| thing.name.key == name.key) {
            return Meaning::Refused(Refusal::AlreadyDeclared);
        }
        self.things.push(Thing { name: name.clone(), held: None });
        Meaning::Nothing
    }

    fn name(
        &mut self,
        session: SessionId,
        name: &Label,
        proof: Option<Digest>,
        secret: Option<Digest>,
    ) -> Meaning {
        if self.person(session).is_some() {
            return Meaning::Refused(Refusal::AlreadyNamed);
        }
        let arrived = self.seq;
        let Some(who) = self.people.iter_mut().find(|who| who.name.key == name.key) else {
            self.people.push(Person {
                owner: arrived,
                name: name.clone(),
                secret: proof.or(secret),
                session: Some(session),
                arrived,
            });
            let name = name.shown.clone();
            return Meaning::Named { name, resumed: false, replaced: None };
        };
        match (proof, who.secret) {
            (None, _) | (_, None) => Meaning::Refused(Refusal::NameTaken),
            (Some(proof), Some(secret)) if proof != secret => Meaning::Refused(Refusal::BadSecret),
            _ => {
                who.arrived = arrived;
                let replaced = who.session.replace(session);
                self.replaced.extend(replaced);
                Meaning::Named { name: who.name.shown.clone(), resumed: true, replaced }
            }
        }
    }

    fn reserve(&mut self, session: SessionId, key: &str) -> Meaning {
        let held = Held { by: self.owner(session), since_ms: self.wall_ms };
        match self.things.iter_mut().find(|thing| &*thing.name.key == key) {
            None => Meaning::Refused(Refusal::NoSuchResource),
            Some(Thing { held: Some(_), .. }) => Meaning::Refused(Refusal::Taken),
            Some(thing) => {
                thing.held = Some(held);
                Meaning::Reserved(thing.name.shown.clone())
            }
        }
    }

    fn cancel(&mut self, session: SessionId, key: &str) -> Meaning {
        let asker = self.owner(session);
        match self.things.iter_mut().find(|thing| &*thing.name.key == key) {
            None => Meaning::Refused(Refusal::NoSuchResource),
            Some(Thing { held: None, .. }) => Meaning::Refused(Refusal::NotHeld),
            Some(Thing { held: Some(held), .. }) if held.by != asker => {
                Meaning::Refused(Refusal::NotYours)
            }
            Some(thing) => {
                thing.held = None;
                Meaning::Cancelled(thing.name.shown.clone())
            }
        }
    }

    fn end(&mut self, over: impl Fn(SessionId) -> bool) {
        self.replaced.retain(|&session| !over(session));
        for who in &mut self.people {
            who.session = who.session.filter(|&session| !over(session));
        }
    }

    /// A principal lasts while it is online or holds something.
    fn forget(&mut self) {
        let things = &self.things;
        let holds = |owner| things.iter().any(|it| it.held.is_some_and(|held| held.by == owner));
        self.people.retain(|who| who.session.is_some() || holds(who.owner));
    }

    fn person(&self, session: SessionId) -> Option<&Person> {
        self.people.iter().find(|who| who.session == Some(session))
    }

    fn speaker(&self, session: SessionId) -> Option<Text> {
        self.person(session).map(|who| who.name.shown.clone())
    }

    fn online(&self, key: &str) -> Option<SessionId> {
        self.people.iter().find(|who| &*who.name.key == key).and_then(|who| who.session)
    }

    fn others(&self) -> u32 {
        let lobby = self.people.iter().filter(|who| who.session.is_some()).count();
        u32::try_from(lobby - 1).expect("a simulated lobby is small")
    }
}
