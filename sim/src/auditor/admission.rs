//! What a listener lets through, and what is refused before any look at the state.
//!
//! The limits are predicted exactly: an ask that should pass and is refused is as wrong as one
//! that passes and should not.

use posada_core::{
    Addressee, Admission, Answer, Ask, Barred, Digest, Goodbye, Key, Order, Refusal, SessionNumber,
    Time,
};

use super::seats::{Meant, Naming, Owed, Seat, Seats, Unlogged};

const SECOND_MS: u64 = 1_000;
/// Characters in a topic, whatever a listener's limit for messages is.
const TOPIC_CHARACTERS: usize = 200;
/// Bytes in the key of anything that has a name.
const KEY_BYTES: usize = 2_048;

impl Seats {
    /// A client sent bytes that are no whole message yet (`None`), or a message.
    pub(super) fn heard(
        &mut self,
        now: Time,
        session: SessionNumber,
        ask: Option<(&Ask, Option<Key>)>,
        counted: bool,
    ) {
        let whom = ask.map_or(Meant::Nobody, |(ask, _)| self.whom(ask));
        let (operator, listeners) = (self.operator, self.listeners.clone());
        let affords = self.affords(session, now);
        let Some(seat) = self.get(session) else { return };
        if seat.is_leaving() {
            return;
        }
        let allowed = listeners[seat.listener];
        match (seat.excess(&allowed, now, ask.map(|(ask, _)| ask), counted, affords), ask) {
            (Some((_, goodbye)), _) if allowed.disconnect => seat.dismiss(goodbye),
            (Some((refusal, _)), Some(_)) => seat.refuse(refusal),
            (None, Some((ask, key))) => seat.take(ask, key, whom, operator),
            (_, None) => {}
        }
    }
}

impl Seat {
    fn refuse(&mut self, refusal: Refusal) {
        self.owed.push_back(Owed::Exactly(Answer::Refused(refusal)));
    }

    /// `whom`: whom an order means by an address.
    fn take(&mut self, ask: &Ask, key: Option<Key>, whom: Meant, operator: Option<Digest>) {
        let nameless = self.naming < Naming::Asked;
        match ask {
            Ask::Quit => self.dismiss(Goodbye::Left),
            Ask::Unreadable(refusal) => self.refuse(*refusal),
            Ask::Operator(token) if operator == Some(**token) => {
                self.operator = true;
                self.owed.push_back(Owed::Exactly(Answer::Operator));
            }
            Ask::Operator(_) => self.refuse(Refusal::BadSecret),
            Ask::Order(_) if !self.operator => self.refuse(Refusal::OperatorOnly),
            Ask::Order(_) if whom == Meant::Gone => self.refuse(Refusal::NotHere),
            // Who never asked for a name has nothing to say; the log hears nothing of it.
            Ask::Say { .. }
            | Ask::To { .. }
            | Ask::Join(_)
            | Ask::Leave(_)
            | Ask::SetTopic { .. }
            | Ask::Typing(_)
            | Ask::Resume { .. }
                if nameless =>
            {
                self.refuse(Refusal::NameFirst);
            }
            ask if let Some(refusal) = names_nothing(ask) => self.refuse(refusal),
            Ask::Reserve(_) | Ask::Cancel(_) | Ask::Note(_) if nameless && key.is_some() => {
                self.refuse(Refusal::NameFirst);
            }
            Ask::Topic(_)
            | Ask::Typing(_)
            | Ask::Resume { .. }
            | Ask::Watch(_)
            | Ask::Unwatch(_)
            | Ask::Who(_)
            | Ask::Rooms
            | Ask::List
            | Ask::Ping
            | Ask::Help
            | Ask::Order(Order::Sessions) => self.owed.push_back(Owed::Read(ask.clone())),
            _ => {
                if matches!(ask, Ask::Name { .. }) {
                    self.naming = self.naming.max(Naming::Asked);
                }
                // Names and orders take no key.
                let key = key.filter(|_| !matches!(ask, Ask::Name { .. } | Ask::Order(_)));
                self.owed.push_back(Owed::Write(ask.clone()));
                self.unlogged.push_back(Unlogged { ask: ask.clone(), key, whom });
            }
        }
    }

    /// Which limit this is over, if any: first the rate, then what its address affords, then the
    /// length.
    fn excess(
        &mut self,
        allowed: &Admission,
        now: Time,
        ask: Option<&Ask>,
        counted: bool,
        affords: bool,
    ) -> Option<(Refusal, Goodbye)> {
        // Where a name is asked for, that comes first and is free.
        let free = counted || (allowed.name_within_ms > 0 && self.naming == Naming::Silent);
        if ask.is_some() {
            self.naming = self.naming.max(Naming::Unasked);
        }
        if allowed.per_second > 0 && !free {
            let since = |then: &&u64| now.uptime_ms - **then < SECOND_MS;
            if self.counted.iter().filter(since).count() >= allowed.per_second as usize {
                return Some((Refusal::TooFast, Goodbye::TooFast));
            }
            self.counted.push(now.uptime_ms);
        }
        if !free {
            if !affords {
                return Some((Refusal::TooFast, Goodbye::TooFast));
            }
            self.paid.push(now.uptime_ms);
        }
        let long = match ask {
            Some(
                Ask::Say { text, .. }
                | Ask::To { text, .. }
                | Ask::Note(text)
                | Ask::Order(Order::Announce(text) | Order::Tell { text, .. }),
            ) => allowed.characters > 0 && text.chars().count() > allowed.characters as usize,
            Some(Ask::SetTopic { text, .. }) => text.chars().count() > TOPIC_CHARACTERS,
            Some(Ask::Unreadable(refusal)) => *refusal == Refusal::TooLong,
            _ => false,
        };
        long.then_some((Refusal::TooLong, Goodbye::TooLong))
    }
}

/// What no name can be is nobody's: it is refused before any log.
fn names_nothing(ask: &Ask) -> Option<Refusal> {
    let none = |key: &str| key.len() > KEY_BYTES || key.contains('\0');
    let (key, refusal) = match ask {
        Ask::Reserve(key) | Ask::Cancel(key) | Ask::Order(Order::Release(key)) => {
            (key, Refusal::NoSuchResource)
        }
        Ask::To { name: key, .. }
        | Ask::Order(
            Order::Kick(Addressee::Name(key)) | Order::Tell { to: Addressee::Name(key), .. },
        ) => (key, Refusal::NotHere),
        Ask::Order(Order::Ban { who: Barred::Name(key), .. }) => (key, Refusal::BadName),
        Ask::Leave(room) | Ask::SetTopic { room, .. } | Ask::Say { room, .. } => {
            (room.as_ref()?, Refusal::NoSuchRoom)
        }
        _ => return None,
    };
    none(key).then_some(refusal)
}
