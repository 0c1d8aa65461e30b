//! The operator: who is told, sent away and shut out.

use posada_core::state::{Outcome, Refusal};
use posada_core::{Barred, Event, RoomId, SessionId, Text, Whom};

use super::people::Person;
use super::{Decided, Model};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ban {
    pub(super) who: Barred,
    /// Uptime at which it is over.
    pub(super) until_ms: u64,
}

impl Model {
    pub(super) fn announce(&mut self, text: &Text) -> Outcome {
        let online = self.people.iter().filter(|person| person.online.is_some());
        let addressed = u32::try_from(online.count()).expect("few");
        self.keep(RoomId::LOBBY, Event::Announced { text: text.clone() });
        Outcome::Announced { addressed }
    }

    pub(super) fn tell(&mut self, to: &Whom, text: &Text) -> Decided {
        let event = Event::Told { text: text.clone() };
        match to {
            Whom::Name(name) => self.hand(None, name, event),
            Whom::Session(to) => match self.speaker(*to) {
                Ok(person) => {
                    let name = person.name.key.clone();
                    self.hand(None, &name, event)
                }
                Err(_) => Ok(Outcome::Told { from: None, to: *to }),
            },
        }
    }

    pub(super) fn kick(&mut self, who: &Whom) -> Decided {
        let session = match who {
            Whom::Name(name) => self.online_as(name).ok_or(Refusal::NotHere)?,
            Whom::Session(session) => *session,
        };
        let left = self.depart(session);
        self.replaced.extend(left.is_some().then_some(session));
        Ok(Outcome::Kicked { session, left })
    }

    pub(super) fn ban(&mut self, who: &Barred, for_ms: u64) -> Outcome {
        self.bans.retain(|ban| ban.who != *who);
        if for_ms == 0 {
            return Outcome::Barred { kicked: None };
        }
        let until_ms = self.time.uptime_ms + for_ms;
        self.bans.push(Ban { who: who.clone(), until_ms });
        let Barred::Name(name) = who else { return Outcome::Barred { kicked: None } };
        let kicked = self.online_as(name).map(|session| {
            let left = self.depart(session).expect("it is online");
            self.replaced.push(session);
            (session, left)
        });
        Outcome::Barred { kicked }
    }

    pub(super) fn is_banned(&self, name: &Text) -> bool {
        let name = Barred::Name(name.clone());
        self.bans.iter().any(|ban| ban.who == name && self.time.uptime_ms < ban.until_ms)
    }

    fn online_as(&self, name: &str) -> Option<SessionId> {
        self.people.iter().find(|person| &*person.name.key == name).and_then(Person::session)
    }
}
