//! What the operator orders, and what anybody tells the operator.

use posada_core::{
    Answer, Barred, Command, Event, Goodbye, Reach, Refusal, Seq, SessionId, Text, Whom,
};

use super::rooms::count;
use super::{Audience, Effect, Fold, Place, Told};

impl Fold {
    /// Whether it is shut out at that uptime, where uptime never goes back.
    pub(in crate::auditor) fn is_barred(&self, who: &Barred, uptime_ms: u64) -> bool {
        let uptime_ms = uptime_ms.max(self.uptime_ms);
        self.bans.iter().any(|(barred, until)| barred == who && uptime_ms < *until)
    }

    pub(super) fn order(
        &mut self,
        order: &Command,
        effect: &mut Effect,
    ) -> Result<Answer, Refusal> {
        match order {
            Command::Announce { text, .. } => Ok(self.announce(text, effect)),
            Command::Tell { to, text, .. } => {
                let event = Event::Told { text: text.clone() };
                match to {
                    Whom::Name(name) => self.send(name, event, effect),
                    Whom::Session(to) => self.tell_session(*to, event, effect),
                }
            }
            Command::Kick { who, .. } => self.kick(who, effect),
            Command::Ban { who, for_ms, .. } => Ok(self.ban(who, *for_ms, effect)),
            Command::Release { resource, .. } => self.give_back(resource, effect),
            other => unreachable!("{other:?} is no order"),
        }
    }

    pub(super) fn note(&mut self, session: SessionId, text: &Text, effect: &mut Effect) -> Answer {
        effect.noted = Some((session, self.speaker(session).ok(), text.clone()));
        Answer::Done { seq: Seq(self.seq) }
    }

    fn announce(&mut self, text: &Text, effect: &mut Effect) -> Answer {
        let named = self.named();
        let reach = Some(Reach::Addressed(count(named.len())));
        let event = Event::Announced { text: text.clone() };
        let (seq, most) = (self.seq, self.history_bytes);
        self.rooms[0].keep(seq, event.clone(), most);
        self.publish(Place::Room(0), None);
        effect.told.push(Told { to: Audience::These(named), event });
        Answer::Said { seq: Seq(seq), reach }
    }

    /// To who has a name it is a direct message like any other. Who was sent away after it was
    /// addressed hears it before the goodbye, if anybody is still there.
    fn tell_session(
        &mut self,
        to: SessionId,
        event: Event,
        effect: &mut Effect,
    ) -> Result<Answer, Refusal> {
        if let Some(person) = self.person(to) {
            let name = person.name.key.clone();
            return self.send(&name, event, effect);
        }
        effect.told.push(Told { to: Audience::One(to), event });
        Ok(Answer::Said { seq: Seq(self.seq), reach: Some(Reach::Addressed(1)) })
    }

    fn kick(&mut self, who: &Whom, effect: &mut Effect) -> Result<Answer, Refusal> {
        let session = match who {
            Whom::Session(session) => *session,
            Whom::Name(name) => {
                let person = self.people.iter().find(|who| who.name.key == *name);
                person.and_then(|who| who.session).ok_or(Refusal::NotHere)?
            }
        };
        self.put_out(session, Goodbye::Kicked, effect);
        Ok(Answer::Done { seq: Seq(self.seq) })
    }

    fn ban(&mut self, who: &Barred, for_ms: u64, effect: &mut Effect) -> Answer {
        self.bans.retain(|(barred, _)| barred != who);
        if for_ms > 0 {
            self.bans.push((who.clone(), self.uptime_ms + for_ms));
            effect.barred = Some(who.clone());
            if let Barred::Name(name) = who
                && let Some(person) = self.people.iter().find(|who| who.name.key == *name)
                && let Some(session) = person.session
            {
                self.put_out(session, Goodbye::Banned, effect);
            }
        }
        Answer::Done { seq: Seq(self.seq) }
    }
}
