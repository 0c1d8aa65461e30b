//! Resources, and who has them.

use posada_core::{Answer, Event, Label, Refusal, Seq, SessionId, Text};

use super::{Audience, Effect, Fold, Owner, Told};

#[derive(Debug)]
pub(in crate::auditor) struct Thing {
    pub(in crate::auditor) name: Label,
    pub(in crate::auditor) held: Option<Held>,
}

#[derive(Clone, Copy, Debug)]
pub(in crate::auditor) struct Held {
    pub(in crate::auditor) by: Owner,
    pub(in crate::auditor) since_ms: u64,
}

impl Fold {
    pub(super) fn declare(&mut self, name: &Label) {
        if self.things.iter().all(|thing| thing.name.key != name.key) {
            self.things.push(Thing { name: name.clone(), held: None });
        }
    }

    pub(super) fn reserve(
        &mut self,
        session: SessionId,
        key: &Text,
        effect: &mut Effect,
    ) -> Result<Answer, Refusal> {
        let (seq, held) = (Seq(self.seq), Held { by: self.owner(session), since_ms: self.wall_ms });
        let thing = self.thing(key)?;
        if thing.held.is_some() {
            return Err(Refusal::Taken);
        }
        thing.held = Some(held);
        let resource = thing.name.shown.clone();
        let event = Event::Reserved { resource: resource.clone() };
        effect.told.push(Told { to: Audience::Resource(key.clone()), event });
        Ok(Answer::Reserved { seq, resource })
    }

    pub(super) fn cancel(
        &mut self,
        session: SessionId,
        key: &Text,
        effect: &mut Effect,
    ) -> Result<Answer, Refusal> {
        let asker = self.owner(session);
        let held = self.thing(key)?.held.ok_or(Refusal::NotHeld)?;
        if held.by != asker {
            return Err(Refusal::NotYours);
        }
        self.give_back(key, effect)
    }

    /// Whoever has it.
    pub(super) fn give_back(&mut self, key: &Text, effect: &mut Effect) -> Result<Answer, Refusal> {
        let seq = Seq(self.seq);
        let thing = self.thing(key)?;
        thing.held.take().ok_or(Refusal::NotHeld)?;
        let resource = thing.name.shown.clone();
        let event = Event::Cancelled { resource: resource.clone() };
        effect.told.push(Told { to: Audience::Resource(key.clone()), event });
        Ok(Answer::Cancelled { seq, resource })
    }

    fn thing(&mut self, key: &str) -> Result<&mut Thing, Refusal> {
        let thing = self.things.iter_mut().find(|thing| &*thing.name.key == key);
        thing.ok_or(Refusal::NoSuchResource)
    }
}
