//! Who is to be told which event, and who was.

use posada_core::{Event, Seq, SessionId, SessionNumber, Watched};

use super::fold::{Audience, Effect, Fold};
use super::seats::Seats;
use super::violation::{Audit, Invariant};
use super::watching::watchers;

/// One event as its receiver sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Which entry it is; `None`: it is a signal.
    pub seq: Option<Seq>,
    /// What happened.
    pub event: Event,
}

/// The events of the step that is being taken, one for each receiver who is still to get it.
#[derive(Debug, Default)]
pub(super) struct Talk {
    due: Vec<(SessionNumber, Message)>,
    /// Messages that were kept for the asker: after its answer, oldest first.
    kept: Vec<(SessionNumber, Message)>,
    /// Signs of typing, which come before or after the answer to who typed.
    typed: Vec<(SessionNumber, Message)>,
    typing_due: Vec<(SessionNumber, Message)>,
    /// Those that may come or not.
    typing_may: Vec<(SessionNumber, Message)>,
}

impl Talk {
    /// The node is `here` (its number, its start): sessions of others are not ours to watch.
    pub(super) fn begin(
        &mut self,
        here: (u16, u32),
        fold: &Fold,
        asker: Option<SessionId>,
        effect: &Effect,
        seats: &mut Seats,
    ) {
        let is_here = |id: &SessionId| (id.node, id.epoch) == here;
        for told in &effect.told {
            let (signal, receivers) = match &told.to {
                Audience::One(one) => (false, local(&[*one], is_here)),
                Audience::These(these) => (false, local(these, is_here)),
                Audience::Resource(key) => {
                    (false, watchers(seats, &Watched::Resource(key.clone())))
                }
                Audience::Signals(room, except) => {
                    let mut receivers = watchers(seats, &Watched::Room(room.clone()));
                    receivers.retain(|session| !is_here(except) || *session != except.number);
                    (true, receivers)
                }
            };
            let seq = (!signal).then_some(Seq(fold.seq));
            let message = Message { seq, event: told.event.clone() };
            let receivers = receivers.into_iter().filter(|to| may_hear(seats, *to));
            let due: Vec<_> = receivers.map(|to| (to, message.clone())).collect();
            self.due.extend(due);
        }
        if let Some(asker) = asker.filter(|id| is_here(id) && may_hear(seats, id.number)) {
            let kept = effect.kept.iter().map(|(seq, event)| {
                (asker.number, Message { seq: Some(Seq(*seq)), event: event.clone() })
            });
            self.kept.extend(kept);
        }
    }

    /// `leaving`: the receiver has been told to go, or is about to be. Until then it may still
    /// hear the room that it was in. `answered`: the asker has its answer.
    pub(super) fn got(
        &mut self,
        to: SessionNumber,
        message: &Message,
        leaving: bool,
        answered: bool,
    ) -> Audit {
        let is = |due: &(SessionNumber, Message)| due.0 == to && due.1 == *message;
        if let Some(place) = self.due.iter().position(is) {
            self.due.swap_remove(place);
            return Ok(());
        }
        if let Some(place) = self.kept.iter().position(is) {
            self.kept.remove(place);
            return Invariant::MailArrives.require(place == 0 && answered, || {
                format!("session {} got {message:?} before its turn", to.0)
            });
        }
        if matches!(message.event, Event::Typing { .. }) {
            self.typed.push((to, message.clone()));
            return Ok(());
        }
        let invariant = kind(message);
        let direct = matches!(message.event, Event::Direct { .. } | Event::Told { .. });
        invariant.require(leaving && !direct, || {
            format!("session {} got {message:?}, which was not for it, or not now", to.0)
        })
    }

    /// A sign of typing was asked for and is to be passed on; it need not be where its sender is
    /// `leaving`.
    pub(super) fn typing(&mut self, to: SessionNumber, event: Event, leaving: bool) {
        let signs = if leaving { &mut self.typing_may } else { &mut self.typing_due };
        signs.push((to, Message { seq: None, event }));
    }

    /// The step is done: everybody has got what was due. `leaving` as above.
    pub(super) fn settled(&mut self, leaving: impl Fn(SessionNumber) -> bool) -> Audit {
        let may = std::mem::take(&mut self.typing_may);
        for (to, message) in std::mem::take(&mut self.typed) {
            if may.contains(&(to, message.clone())) {
                continue;
            }
            let due = self.typing_due.iter().position(|due| due.0 == to && due.1 == message);
            match due {
                Some(place) => {
                    self.typing_due.swap_remove(place);
                }
                None if leaving(to) => {}
                None => {
                    return Err(Invariant::SignalsStay.broken(format!(
                        "session {} got {message:?}, which was not for it, or not now",
                        to.0
                    )));
                }
            }
        }
        let dues = [&mut self.due, &mut self.typing_due];
        for due in dues {
            // What was watched only matters to who stays.
            let idle = |message: &Message| {
                matches!(kind(message), Invariant::SignalsStay | Invariant::WatchersSee)
            };
            let late = due.drain(..).find(|(to, message)| !(leaving(*to) && idle(message)));
            if let Some((to, message)) = late {
                let detail = format!("session {} never got {message:?}", to.0);
                return Err(kind(&message).broken(detail));
            }
        }
        match self.kept.pop() {
            None => Ok(()),
            Some((to, message)) => {
                let detail = format!("session {} never got {message:?}", to.0);
                Err(Invariant::MailArrives.broken(detail))
            }
        }
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

fn local(sessions: &[SessionId], is_here: impl Fn(&SessionId) -> bool) -> Vec<SessionNumber> {
    sessions.iter().filter(|id| is_here(id)).map(|id| id.number).collect()
}

/// Whether anything that was not asked for can reach it.
pub(super) fn may_hear(seats: &mut Seats, session: SessionNumber) -> bool {
    seats.get(session).is_some_and(|seat| seat.connected && !seat.answers_only)
}

fn kind(message: &Message) -> Invariant {
    match &message.event {
        Event::Said { .. } | Event::Topic { .. } | Event::Announced { .. } | Event::Gap { .. } => {
            Invariant::SameRoomForAll
        }
        Event::Direct { .. } | Event::Told { .. } => Invariant::DirectIsPrivate,
        Event::Reserved { .. } | Event::Cancelled { .. } => Invariant::WatchersSee,
        Event::Here { .. } | Event::Gone { .. } | Event::Typing { .. } => Invariant::SignalsStay,
    }
}
