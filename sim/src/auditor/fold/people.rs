//! Principals: who has which name, who is online, who is remembered.

use posada_core::{Answer, Barred, Digest, Event, Goodbye, Label, Refusal, Seq, SessionId, Text};

use super::keys::Keys;
use super::mailbox::Mailbox;
use super::{Audience, Effect, Fold, NAMELESS, Owner, Told};

#[derive(Debug)]
pub(in crate::auditor) struct Person {
    pub(in crate::auditor) owner: Owner,
    pub(in crate::auditor) name: Label,
    secret: Option<Digest>,
    pub(in crate::auditor) session: Option<SessionId>,
    pub(super) mailbox: Mailbox,
    /// The last direct message that was delivered before its session began.
    pub(super) delivered_before: u64,
    pub(super) keys: Keys,
}

impl Person {
    /// Whether it could prove that it is back.
    pub(super) fn can_return(&self) -> bool {
        self.secret.is_some()
    }
}

impl Fold {
    /// Whom a session stands for.
    pub(in crate::auditor) fn owner(&self, session: SessionId) -> Owner {
        self.person(session).map_or(NAMELESS, |person| person.owner)
    }

    pub(in crate::auditor) fn name_of(&self, owner: Owner) -> Option<Text> {
        self.people.iter().find(|who| who.owner == owner).map(|who| who.name.shown.clone())
    }

    pub(in crate::auditor) fn person(&self, session: SessionId) -> Option<&Person> {
        self.people.iter().find(|who| who.session == Some(session))
    }

    /// The name that a session speaks under.
    pub(super) fn speaker(&self, session: SessionId) -> Result<Text, Refusal> {
        let person = self.person(session).ok_or(Refusal::NameFirst)?;
        Ok(person.name.shown.clone())
    }

    /// Every session that has a name.
    pub(super) fn named(&self) -> Vec<SessionId> {
        self.people.iter().filter_map(|who| who.session).collect()
    }

    pub(super) fn name(
        &mut self,
        session: SessionId,
        name: &Label,
        proof: Option<Digest>,
        secret: Option<Digest>,
        effect: &mut Effect,
    ) -> Result<Answer, Refusal> {
        if self.person(session).is_some() {
            return Err(Refusal::AlreadyNamed);
        }
        if self.is_barred(&Barred::Name(name.key.clone()), self.uptime_ms) {
            return Err(Refusal::Banned);
        }
        let owner = match self.people.iter().position(|who| who.name.key == name.key) {
            None => None,
            Some(place) => {
                let (who, away) = (&self.people[place], self.is_away(&self.people[place]));
                match (proof, who.secret) {
                    (Some(proof), Some(secret)) if proof == secret => Some(who.owner),
                    _ if away => {
                        self.people.remove(place);
                        None
                    }
                    (None, _) | (_, None) => return Err(Refusal::NameTaken),
                    _ => return Err(Refusal::BadSecret),
                }
            }
        };
        let resumed = owner.is_some();
        let owner = owner.unwrap_or_else(|| {
            self.people.push(Person {
                owner: self.seq,
                name: name.clone(),
                secret: proof.or(secret),
                session: None,
                mailbox: Mailbox::default(),
                delivered_before: 0,
                keys: Keys::default(),
            });
            self.seq
        });
        self.arrive(owner, session, effect);
        let name = self.name_of(owner).expect("it is known");
        Ok(Answer::Named { seq: Seq(self.seq), name, resumed })
    }

    /// A principal is in one place at a time: where it was before, it is no more.
    fn arrive(&mut self, owner: Owner, session: SessionId, effect: &mut Effect) {
        let person = self.people.iter_mut().find(|who| who.owner == owner).expect("it is known");
        let name = person.name.shown.clone();
        let replaced = person.session.replace(session);
        person.delivered_before = person.mailbox.last_delivered;
        effect.kept = person.mailbox.deliver();
        if let Some(old) = replaced {
            self.out.push(old);
            effect.dismissed.push((old, Goodbye::Replaced));
            self.leave_all(old, &name, effect);
        }
        self.rooms[0].enter(session, self.seq);
        let event = Event::Here { room: self.rooms[0].name.shown.clone(), name };
        let to = Audience::Signals(self.rooms[0].name.key.clone(), session);
        effect.told.push(Told { to, event });
    }

    /// Sends the principal away that is online as `session`, for that reason.
    pub(super) fn put_out(&mut self, session: SessionId, reason: Goodbye, effect: &mut Effect) {
        if self.person(session).is_some() {
            self.end(|online| online == session, effect);
            self.out.push(session);
        }
        effect.dismissed.push((session, reason));
    }

    pub(super) fn end(&mut self, over: impl Fn(SessionId) -> bool, effect: &mut Effect) {
        self.out.retain(|&session| !over(session));
        let mut ended = vec![];
        for who in &mut self.people {
            if let Some(session) = who.session.filter(|&session| over(session)) {
                who.session = None;
                ended.push((session, who.name.shown.clone()));
            }
        }
        for (session, name) in ended {
            self.leave_all(session, &name, effect);
        }
    }

    /// Under rules 1 a principal lasts while it is online or holds something. Under rules 2 one
    /// that does neither is away, if it can ever come back; more are never away in a small world
    /// than are remembered.
    pub(super) fn forget(&mut self) {
        let (things, rules) = (&self.things, self.rules);
        let holds = |owner| things.iter().any(|it| it.held.is_some_and(|held| held.by == owner));
        self.people.retain(|who| {
            let returns = rules >= 2 && who.can_return();
            who.session.is_some() || returns || holds(who.owner)
        });
    }

    fn is_away(&self, who: &Person) -> bool {
        let holds = |held: super::things::Held| held.by == who.owner;
        who.session.is_none() && !self.things.iter().any(|it| it.held.is_some_and(holds))
    }
}
