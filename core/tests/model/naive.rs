//! The model: what the words of the product say a log means, in vectors that are searched.
//!
//! It keeps nothing that can be found by looking, and shares no code with the core but the types
//! in which entries and outcomes are written. What is bounded in the thousands is not modelled.

use posada_core::state::{Outcome, RULES, Refusal, State};
use posada_core::{Command, Digest, Entry, Label, PrincipalId, Seq, SessionId, Time};

/// Everything that a log comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Model {
    rules: u32,
    pub(crate) time: Time,
    nodes: Vec<(u16, u32)>,
    /// In the order in which they came into being.
    people: Vec<Person>,
    /// In the order in which they were declared.
    things: Vec<Thing>,
    /// Sessions whose person went on in another one.
    replaced: Vec<SessionId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Person {
    id: PrincipalId,
    name: Label,
    secret: Option<Digest>,
    online: Option<(SessionId, Seq)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Thing {
    name: Label,
    held: Option<(PrincipalId, Seq, u64)>,
}

impl Model {
    /// The same picture, taken of the core's state.
    pub(crate) fn of(state: &State) -> Self {
        let people = state.people().principals().map(|(id, known)| Person {
            id,
            name: known.name.clone(),
            secret: known.secret,
            online: known.online,
        });
        let things = state.resources().iter().map(|resource| Thing {
            name: resource.name.clone(),
            held: resource.held.map(|held| (held.holder, held.token, held.since_ms)),
        });
        let nodes = (0..2).map(|node| (node, state.epoch(node)));
        Self {
            rules: state.rules(),
            time: state.time(),
            nodes: nodes.filter(|(_, epoch)| *epoch > 0).collect(),
            people: people.collect(),
            things: things.collect(),
            replaced: state.people().replaced().collect(),
        }
    }

    pub(crate) fn apply(&mut self, seq: Seq, entry: &Entry) -> Outcome {
        self.time.wall_ms = self.time.wall_ms.max(entry.time.wall_ms);
        self.time.uptime_ms = self.time.uptime_ms.max(entry.time.uptime_ms);
        let outcome = self.decide(seq, &entry.command);
        let things = &self.things;
        let holds = |id| things.iter().any(|thing| thing.held.is_some_and(|held| held.0 == id));
        self.people.retain(|person| person.online.is_some() || holds(person.id));
        outcome.unwrap_or_else(Outcome::Refused)
    }

    fn decide(&mut self, seq: Seq, command: &Command) -> Result<Outcome, Refusal> {
        if let Command::Name { session, .. }
        | Command::Say { session, .. }
        | Command::To { session, .. }
        | Command::Reserve { session, .. }
        | Command::Cancel { session, .. } = command
            && self.replaced.contains(session)
        {
            return Err(Refusal::NameFirst);
        }
        match command {
            Command::Rules { version } if *version > RULES => {
                return Ok(Outcome::UnknownRules(*version));
            }
            Command::Rules { version } => self.rules = self.rules.max(*version),
            Command::NodeUp { node, epoch } => self.node_up(*node, *epoch),
            Command::Declare { resource } => {
                if self.things.iter().any(|thing| thing.name.key == resource.key) {
                    return Err(Refusal::AlreadyDeclared);
                }
                self.things.push(Thing { name: resource.clone(), held: None });
            }
            Command::Name { session, name, proof, secret } => {
                return self.name(seq, *session, name, *proof, *secret);
            }
            Command::Say { session, .. } => {
                let from = self.speaker(*session)?.name.shown.clone();
                let online = self.people.iter().filter(|person| person.online.is_some());
                let addressed = u32::try_from(online.count() - 1).expect("few");
                return Ok(Outcome::Said { from, addressed });
            }
            Command::To { session, name, .. } => {
                let from = self.speaker(*session)?.name.shown.clone();
                let to = self.people.iter().find(|person| person.name.key == *name);
                let to = to.and_then(|person| person.online).ok_or(Refusal::NotHere)?;
                return Ok(Outcome::Told { from, to: to.0 });
            }
            Command::Reserve { session, resource } => {
                let (holder, since) = (self.who(*session), self.time.wall_ms);
                let thing = self.thing(resource)?;
                if thing.held.is_some() {
                    return Err(Refusal::Taken);
                }
                thing.held = Some((holder, seq, since));
                return Ok(Outcome::Reserved { resource: thing.name.shown.clone() });
            }
            Command::Cancel { session, resource } => {
                let asker = self.who(*session);
                let thing = self.thing(resource)?;
                match thing.held {
                    None => return Err(Refusal::NotHeld),
                    Some((holder, ..)) if holder != asker => return Err(Refusal::NotYours),
                    Some(_) => thing.held = None,
                }
                return Ok(Outcome::Cancelled { resource: thing.name.shown.clone() });
            }
            Command::End { session } => {
                self.replaced.retain(|replaced| replaced != session);
                self.speaker(*session)?;
                self.end(|online| online == *session);
            }
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
        let over = |session: SessionId| session.node == node && session.epoch < epoch;
        self.replaced.retain(|session| !over(*session));
        self.end(over);
    }

    fn name(
        &mut self,
        seq: Seq,
        session: SessionId,
        name: &Label,
        proof: Option<Digest>,
        secret: Option<Digest>,
    ) -> Result<Outcome, Refusal> {
        if self.speaker(session).is_ok() {
            return Err(Refusal::AlreadyNamed);
        }
        let here = Some((session, seq));
        let Some(known) = self.people.iter_mut().find(|person| person.name.key == name.key) else {
            let secret = proof.or(secret);
            let id = PrincipalId(seq);
            self.people.push(Person { id, name: name.clone(), secret, online: here });
            let name = name.shown.clone();
            return Ok(Outcome::Named { name, resumed: false, replaced: None });
        };
        match (proof, known.secret) {
            (None, _) | (_, None) => Err(Refusal::NameTaken),
            (Some(shown), Some(kept)) if shown != kept => Err(Refusal::BadSecret),
            (Some(_), Some(_)) => {
                let replaced = known.online.map(|(old, _)| old);
                known.online = here;
                self.replaced.extend(replaced);
                self.replaced.sort_unstable();
                Ok(Outcome::Named { name: known.name.shown.clone(), resumed: true, replaced })
            }
        }
    }

    fn end(&mut self, over: impl Fn(SessionId) -> bool) {
        for person in &mut self.people {
            person.online = person.online.filter(|(session, _)| !over(*session));
        }
    }

    fn speaker(&self, session: SessionId) -> Result<&Person, Refusal> {
        let here = |person: &&Person| person.online.is_some_and(|(known, _)| known == session);
        self.people.iter().find(here).ok_or(Refusal::NameFirst)
    }

    fn who(&self, session: SessionId) -> PrincipalId {
        self.speaker(session).map_or(PrincipalId::ANONYMOUS, |person| person.id)
    }

    fn thing(&mut self, key: &str) -> Result<&mut Thing, Refusal> {
        let found = self.things.iter_mut().find(|thing| &*thing.name.key == key);
        found.ok_or(Refusal::NoSuchResource)
    }

    /// Who is there, the first to arrive first.
    pub(crate) fn lobby(&self) -> Vec<SessionId> {
        let mut here: Vec<_> = self.people.iter().filter_map(|person| person.online).collect();
        here.sort_by_key(|(_, since)| *since);
        here.into_iter().map(|(session, _)| session).collect()
    }

    /// How many reservations each has, by looking.
    pub(crate) fn held_by(&self, id: PrincipalId) -> usize {
        let held = self.things.iter().filter_map(|thing| thing.held);
        held.filter(|held| held.0 == id).count()
    }
}
