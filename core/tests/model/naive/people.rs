//! People: who has which name, who is online or away, and what is said to one alone.

use posada_core::state::history::Kept;
use posada_core::state::{Departure, Outcome, Refusal};
use posada_core::{Digest, Event, Label, PrincipalId, RoomId, Seq, SessionId, Text};

use super::{Asked, Decided, Model};

/// What all that is kept for one may count.
const MAIL_BYTES: usize = 16 * 1024;

#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) id: PrincipalId,
    pub(super) name: Label,
    pub(super) secret: Option<Digest>,
    /// The session, and the entry that brought it.
    pub(super) online: Option<(SessionId, Seq)>,
    /// The entry since which it is neither online nor holds anything.
    pub(super) away: Option<Seq>,
    /// Everything that was ever said to it alone, oldest first.
    pub(super) mail: Vec<Mail>,
    pub(super) asked: Vec<Asked>,
}

#[derive(Clone, Debug)]
pub(super) struct Mail {
    pub(super) seq: Seq,
    pub(super) event: Event,
    /// The entry at which it was delivered.
    pub(super) delivered: Option<Seq>,
}

/// What an event counts in a history.
pub(super) fn bytes(event: &Event) -> usize {
    match event {
        Event::Said { from, text, .. }
        | Event::Direct { from, text }
        | Event::Topic { from, text, .. } => text.len() + from.len() + 64,
        Event::Announced { text } | Event::Told { text } => text.len() + 64,
        other => unreachable!("{other:?} is in no history"),
    }
}

impl Person {
    pub(super) fn session(&self) -> Option<SessionId> {
        self.online.map(|(session, _)| session)
    }

    /// What of its mail is still there: the newest that fits.
    pub(super) fn kept(&self) -> &[Mail] {
        let fits = |from: usize| {
            self.mail[from..].iter().map(|mail| bytes(&mail.event)).sum::<usize>() <= MAIL_BYTES
        };
        let from = (0..=self.mail.len()).find(|from| fits(*from)).expect("nothing always fits");
        &self.mail[from..]
    }

    /// The last of its mail that is not there any more.
    pub(super) fn cut(&self) -> Seq {
        let dropped = self.mail.len() - self.kept().len();
        self.mail[..dropped].last().map_or(Seq(0), |mail| mail.seq)
    }

    /// The last that was delivered before the present session began, or at all if there is none.
    pub(super) fn delivered_before(&self) -> Seq {
        let since = self.online.map_or(Seq(u64::MAX), |(_, since)| since);
        let mut before =
            self.mail.iter().filter(|mail| mail.delivered.is_some_and(|at| at < since));
        before.next_back().map_or(Seq(0), |mail| mail.seq)
    }

    /// Takes a message: now, or for its return.
    fn take(&mut self, seq: Seq, event: Event) -> Result<(), Refusal> {
        let delivered = self.online.map(|_| seq);
        if delivered.is_none() {
            let waiting = self.mail.iter().filter(|mail| mail.delivered.is_none());
            let waiting: usize = waiting.map(|mail| bytes(&mail.event)).sum();
            if waiting + bytes(&event) > MAIL_BYTES {
                return Err(Refusal::MailboxFull);
            }
        }
        self.mail.push(Mail { seq, event, delivered });
        Ok(())
    }

    /// Delivers what waits.
    fn deliver(&mut self, at: Seq) -> Vec<Kept> {
        let waiting = self.mail.iter_mut().filter(|mail| mail.delivered.is_none());
        let deliver = |mail: &mut Mail| {
            mail.delivered = Some(at);
            Kept { seq: mail.seq, event: mail.event.clone() }
        };
        waiting.map(deliver).collect()
    }
}

impl Model {
    pub(super) fn name(
        &mut self,
        session: SessionId,
        name: &Label,
        proof: Option<Digest>,
        secret: Option<Digest>,
    ) -> Decided {
        if self.speaker(session).is_ok() {
            return Err(Refusal::AlreadyNamed);
        }
        if self.is_banned(&name.key) {
            return Err(Refusal::Banned);
        }
        let Some(known) = self.people.iter().find(|person| person.name.key == name.key) else {
            return Ok(self.arrive_new(session, name, proof.or(secret)));
        };
        let id = known.id;
        let taken = known.online.is_some() || self.held_by(id) > 0;
        match (proof, known.secret) {
            (Some(shown), Some(kept)) if shown == kept => Ok(self.resume(session, id)),
            _ if !taken => {
                self.people.retain(|person| person.id != id);
                Ok(self.arrive_new(session, name, proof.or(secret)))
            }
            (Some(_), Some(_)) => Err(Refusal::BadSecret),
            _ => Err(Refusal::NameTaken),
        }
    }

    fn arrive_new(&mut self, session: SessionId, name: &Label, secret: Option<Digest>) -> Outcome {
        self.people.push(Person {
            id: PrincipalId(self.seq),
            name: name.clone(),
            secret,
            online: Some((session, self.seq)),
            away: None,
            mail: Vec::new(),
            asked: Vec::new(),
        });
        self.enter(session, RoomId::LOBBY);
        let name = name.shown.clone();
        Outcome::Named { name, resumed: false, replaced: None, mail: Vec::new() }
    }

    fn resume(&mut self, session: SessionId, id: PrincipalId) -> Outcome {
        let seq = self.seq;
        let replaced = self.person(id).session().map(|old| (old, self.walk_out(old)));
        self.replaced.extend(replaced.iter().map(|(old, _)| *old));
        self.enter(session, RoomId::LOBBY);
        let person = self.person(id);
        person.online = Some((session, seq));
        let mail = person.deliver(seq);
        Outcome::Named { name: person.name.shown.clone(), resumed: true, replaced, mail }
    }

    pub(super) fn to(&mut self, session: SessionId, name: &str, text: &Text) -> Decided {
        let from = self.speaker(session)?.name.shown.clone();
        self.hand(Some(from.clone()), name, Event::Direct { from, text: text.clone() })
    }

    /// Hands something to whoever has a name, there or not.
    pub(super) fn hand(&mut self, from: Option<Text>, name: &str, event: Event) -> Decided {
        let (seq, rules) = (self.seq, self.rules);
        let person = self.people.iter_mut().find(|person| &*person.name.key == name);
        let person = person.ok_or(Refusal::NotHere)?;
        if person.session().is_none() && person.secret.is_none() {
            return Err(Refusal::NotHere);
        }
        if rules > 1 {
            person.take(seq, event)?;
        }
        match person.session() {
            Some(to) => Ok(Outcome::Told { from, to }),
            None if rules > 1 => Ok(Outcome::Kept { from, to: person.name.shown.clone() }),
            None => Err(Refusal::NotHere),
        }
    }

    pub(super) fn end(&mut self, session: SessionId) -> Decided {
        self.replaced.retain(|replaced| *replaced != session);
        let left = self.depart(session).ok_or(Refusal::NameFirst)?;
        Ok(if self.rules > 1 { Outcome::Ended(left) } else { Outcome::Noted })
    }

    /// A session's person goes offline, and leaves all rooms.
    pub(super) fn depart(&mut self, session: SessionId) -> Option<Departure> {
        let person = self.people.iter_mut().find(|person| person.session() == Some(session))?;
        person.online = None;
        let name = person.name.shown.clone();
        Some(Departure { name, rooms: self.walk_out(session) })
    }

    /// Who has neither a session nor a reservation is away; before rules 2 it was forgotten.
    pub(super) fn note_who_is_away(&mut self) {
        let holders: Vec<_> = self.things.iter().filter_map(|thing| thing.held).collect();
        let stays = |person: &Person| {
            person.online.is_some() || holders.iter().any(|held| held.0 == person.id)
        };
        let rules = self.rules;
        self.people.retain(|it| stays(it) || (rules > 1 && it.secret.is_some()));
        for person in &mut self.people {
            let since = person.away.unwrap_or(self.seq);
            person.away = (!stays(person)).then_some(since);
        }
    }

    pub(super) fn speaker(&self, session: SessionId) -> Result<&Person, Refusal> {
        let found = self.people.iter().find(|person| person.session() == Some(session));
        found.ok_or(Refusal::NameFirst)
    }

    pub(super) fn person(&mut self, id: PrincipalId) -> &mut Person {
        self.people.iter_mut().find(|person| person.id == id).expect("it is there")
    }

    pub(super) fn who(&self, session: SessionId) -> PrincipalId {
        self.speaker(session).map_or(PrincipalId::ANONYMOUS, |person| person.id)
    }
}
