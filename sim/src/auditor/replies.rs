//! Whether each session is answered what it is owed, when it is owed it.

use posada_core::{Answer, Ask, Event, Goodbye, Order, Refusal, SessionNumber, Watched};

use super::seats::Owed;
use super::violation::{Audit, Invariant};
use super::{Auditor, Turn, answers, reads, talk, watching};

/// Milliseconds between two signs of typing of one session that are passed on.
const TYPING_MS: u64 = 1_000;

impl Auditor {
    pub(super) fn replied(&mut self, session: SessionNumber, answer: &Answer) -> Audit {
        let Some(seat) = self.seats.get(session) else {
            let detail = format!("{answer:?} to session {}, which is not there", session.0);
            return Err(Invariant::OneReplyEach.broken(detail));
        };
        let owed = seat.owed.pop_front();
        let limited = matches!(answer, Answer::Refused(Refusal::TooFast | Refusal::TooLong));
        Invariant::LimitsHold
            .require(!limited || matches!(owed, Some(Owed::Exactly(_))), || {
                format!("session {} got {answer:?}, but is owed {owed:?}", session.0)
            })?;
        match owed {
            Some(Owed::Write(_)) => self.replied_to_write(session, answer),
            Some(Owed::Read(ask)) => self.replied_to_read(session, &ask, answer),
            Some(Owed::Exactly(expected)) => {
                let blame = match (&expected, answer) {
                    (Answer::Refused(Refusal::OperatorOnly) | Answer::Operator, _)
                    | (_, Answer::Operator | Answer::Done { .. }) => Invariant::OperatorOnly,
                    _ => Invariant::LimitsHold,
                };
                blame.require(*answer == expected, || {
                    format!("session {} got {answer:?} where {expected:?} was due", session.0)
                })
            }
            owed => {
                let detail = format!("session {} got {answer:?}, but is owed {owed:?}", session.0);
                Err(Invariant::OneReplyEach.broken(detail))
            }
        }
    }

    fn replied_to_read(&mut self, session: SessionNumber, ask: &Ask, answer: &Answer) -> Audit {
        let id = self.id(session);
        let seat = self.seats.get(session).expect("it is owed this");
        match (ask, answer) {
            (Ask::Watch(_) | Ask::Unwatch(_), _) => {
                return watching::answered(&self.fold, id, seat, ask, answer);
            }
            (Ask::Order(Order::Sessions), Answer::Sessions(found)) => {
                let fold = &self.fold;
                let name = |number| {
                    let id = posada_core::SessionId { number, ..id };
                    fold.person(id).map(|person| person.name.shown.clone())
                };
                let expected = self.seats.views(self.now, name);
                return Invariant::ReadYourWrites.require(*found == expected, || {
                    format!("sessions: {found:?}; there are {expected:?}")
                });
            }
            _ => {}
        }
        let (sees_names, answers_only) = (seat.is_named() || seat.operator, seat.answers_only);
        reads::to_read(&self.fold, id, sees_names, self.page, ask, answer)?;
        match (ask, answer) {
            (Ask::Resume { after, room }, Answer::Missed { until, events, .. })
                if !answers_only =>
            {
                let span = (after.0, until.0);
                self.diary.resumed(&self.fold, id, span, room.as_deref(), events)
            }
            (Ask::Typing(room), Answer::PassedOn) => {
                self.typed(session, room.as_ref());
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// At most one sign a second is passed on to the others who watch the room.
    fn typed(&mut self, session: SessionNumber, room: Option<&posada_core::Text>) {
        let (now, id) = (self.now.uptime_ms, self.id(session));
        let Some(seat) = self.seats.get(session) else { return };
        if seat.typed_ms.is_some_and(|then| now < then + TYPING_MS) {
            return;
        }
        seat.typed_ms = Some(now);
        let leaving = seat.is_leaving();
        let room = self.fold.member_of(id, room).expect("it was answered");
        let name = self.fold.person(id).expect("it was answered").name.shown.clone();
        let event = Event::Typing { room: room.name.shown.clone(), name };
        for watcher in watching::watchers(&self.seats, &Watched::Room(room.name.key.clone())) {
            if watcher != session && talk::may_hear(&mut self.seats, watcher) {
                self.talk.typing(watcher, event.clone(), leaving);
            }
        }
    }

    fn replied_to_write(&mut self, session: SessionNumber, answer: &Answer) -> Audit {
        let turn = std::mem::replace(&mut self.turn, Turn::Idle);
        match &turn {
            Turn::Applied { asker, seq, effect } if *asker == Some(session) => {
                answers::to_write(*seq, effect, answer)?;
                self.acknowledged(session, *seq, effect.repeated, answer)
            }
            Turn::NotStored { asker } if *asker == Some(session) => {
                let read_only = *answer == Answer::Refused(Refusal::ReadOnly);
                Invariant::RefusedIsNowhere
                    .require(read_only, || format!("{answer:?}, though nothing was stored"))
            }
            _ => {
                let detail = format!("session {} got {answer:?} in {turn:?}", session.0);
                Err(Invariant::OneReplyEach.broken(detail))
            }
        }
    }

    fn acknowledged(
        &mut self,
        session: SessionNumber,
        seq: u64,
        repeated: bool,
        answer: &Answer,
    ) -> Audit {
        self.history.acknowledge(seq);
        if let Some(seat) = self.seats.get(session) {
            let before = std::mem::replace(&mut seat.acknowledged, seq);
            Invariant::SenderOrder
                .require(before < seq, || format!("entry {seq} is answered after {before}"))?;
        }
        if let Answer::Reserved { resource, .. } = answer
            && !repeated
        {
            let before = self.tokens.insert(resource.clone(), seq).unwrap_or(0);
            let detail = || format!("the token of {resource} is {seq} after {before}");
            Invariant::TokensGrow.require(before < seq, detail)?;
        }
        Ok(())
    }

    pub(super) fn said_goodbye(&mut self, session: SessionNumber, reason: Goodbye) -> Audit {
        let Some(seat) = self.seats.get(session) else {
            let detail = format!("{reason:?} to session {}, which is not there", session.0);
            return Err(Invariant::OneReplyEach.broken(detail));
        };
        let owed = seat.owed.pop_front();
        seat.connected = false;
        // Patience that has run out, and is told before an older answer, is no broken limit.
        let early = reason == Goodbye::Nameless && seat.owed.contains(&Owed::Goodbye(reason));
        let blame = match reason {
            Goodbye::Left | Goodbye::Replaced | Goodbye::Closing => Invariant::OneReplyEach,
            Goodbye::Kicked | Goodbye::Banned => Invariant::OutIsOut,
            _ if early => Invariant::OneReplyEach,
            _ => Invariant::LimitsHold,
        };
        blame.require(owed == Some(Owed::Goodbye(reason)), || {
            format!("session {} was closed for {reason:?}, but is owed {owed:?}", session.0)
        })
    }
}
