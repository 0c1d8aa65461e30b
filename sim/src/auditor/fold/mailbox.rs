//! Direct messages: one principal's history of them, delivered or waiting.

use posada_core::{Answer, Event, Reach, Refusal, Seq, SessionId, Text};

use super::rooms::weight;
use super::{Audience, Effect, Fold, Place, Told};

/// Bytes that a mailbox holds.
const MAILBOX_BYTES: usize = 16 * 1024;

#[derive(Debug, Default)]
pub(super) struct Mailbox {
    letters: Vec<Letter>,
    /// The last letter that was dropped.
    pub(super) cut: u64,
    pub(super) last_delivered: u64,
}

#[derive(Debug)]
struct Letter {
    seq: u64,
    weight: usize,
    delivered: bool,
    event: Event,
}

impl Mailbox {
    /// Everything that waits, oldest first; it waits no more.
    pub(super) fn deliver(&mut self) -> Vec<(u64, Event)> {
        let mut waiting = vec![];
        for letter in self.letters.iter_mut().filter(|letter| !letter.delivered) {
            letter.delivered = true;
            self.last_delivered = self.last_delivered.max(letter.seq);
            waiting.push((letter.seq, letter.event.clone()));
        }
        waiting
    }

    /// The letters behind `after`, up to and with `until`, that were delivered.
    pub(super) fn between(&self, after: u64, until: u64) -> Vec<(Seq, Event)> {
        let wanted =
            |letter: &&Letter| letter.delivered && after < letter.seq && letter.seq <= until;
        let letters = self.letters.iter().filter(wanted);
        letters.map(|letter| (Seq(letter.seq), letter.event.clone())).collect()
    }

    fn put(&mut self, letter: Letter) -> Result<(), Refusal> {
        let sum = |delivered: bool| -> usize {
            let such = self.letters.iter().filter(|letter| letter.delivered == delivered);
            such.map(|letter| letter.weight).sum()
        };
        if !letter.delivered && sum(false) + letter.weight > MAILBOX_BYTES {
            return Err(Refusal::MailboxFull);
        }
        let mut total = sum(false) + sum(true) + letter.weight;
        if letter.delivered {
            self.last_delivered = letter.seq;
        }
        self.letters.push(letter);
        while total > MAILBOX_BYTES {
            let place = self.letters.iter().position(|letter| letter.delivered);
            let dropped = self.letters.remove(place.expect("the others alone fit"));
            total -= dropped.weight;
            self.cut = dropped.seq;
        }
        Ok(())
    }
}

impl Fold {
    pub(super) fn to(
        &mut self,
        session: SessionId,
        name: &str,
        text: &Text,
        effect: &mut Effect,
    ) -> Result<Answer, Refusal> {
        let from = self.speaker(session)?;
        let event = Event::Direct { from, text: text.clone() };
        self.send(name, event, effect)
    }

    /// To whoever has the name, here or away.
    pub(super) fn send(
        &mut self,
        name: &str,
        event: Event,
        effect: &mut Effect,
    ) -> Result<Answer, Refusal> {
        let (seq, rules) = (self.seq, self.rules);
        let person = self.people.iter_mut().find(|who| &*who.name.key == name);
        let person = person.filter(|who| who.session.is_some() || (rules >= 2 && who.can_return()));
        let person = person.ok_or(Refusal::NotHere)?;
        let (owner, online) = (person.owner, person.session);
        let weight = weight(&event);
        if rules >= 2 {
            let delivered = online.is_some();
            person.mailbox.put(Letter { seq, weight, delivered, event: event.clone() })?;
        }
        self.publish(Place::Direct(owner), None);
        let reach = online.map_or(Reach::Kept, |_| Reach::Addressed(1));
        effect.told.extend(online.map(|one| Told { to: Audience::One(one), event }));
        Ok(Answer::Said { seq: Seq(seq), reach: Some(reach) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(mailbox: &mut Mailbox, seq: u64, weight: usize, delivered: bool) -> bool {
        let event = Event::Told { text: "".into() };
        mailbox.put(Letter { seq, weight, delivered, event }).is_ok()
    }

    fn held(mailbox: &Mailbox) -> Vec<u64> {
        mailbox.letters.iter().map(|letter| letter.seq).collect()
    }

    #[test]
    fn what_was_delivered_makes_room_for_what_waits_and_what_waits_for_nothing() {
        let mut mailbox = Mailbox::default();
        for seq in 1..=3 {
            assert!(put(&mut mailbox, seq, 5_000, true));
        }
        assert!(put(&mut mailbox, 4, 10_000, false));
        assert_eq!((held(&mailbox), mailbox.cut), (vec![3, 4], 2));
        assert!(!put(&mut mailbox, 5, 6_385, false), "nobody loses anything for what is refused");
        assert_eq!((held(&mailbox), mailbox.cut), (vec![3, 4], 2));
        assert!(put(&mut mailbox, 6, 6_384, false));
        assert_eq!((held(&mailbox), mailbox.cut), (vec![4, 6], 3));
        assert_eq!(mailbox.deliver().len(), 2);
        assert_eq!(mailbox.last_delivered, 6);
    }

    #[test]
    fn what_alone_is_too_much_leaves_nothing_behind() {
        let mut mailbox = Mailbox::default();
        assert!(put(&mut mailbox, 1, 100, true) && put(&mut mailbox, 2, 20_000, true));
        assert_eq!((held(&mailbox), mailbox.cut, mailbox.last_delivered), (vec![], 2, 2));
    }
}
