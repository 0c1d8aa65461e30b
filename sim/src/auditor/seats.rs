//! The sessions as their clients see them: what each asked, what it is owed, and what its listener
//! allows it.
//!
//! The limits are predicted exactly: an ask that should pass and is refused is as wrong as one
//! that passes and should not.

use std::collections::{BTreeMap, VecDeque};

use posada_core::{Admission, Ask, Goodbye, ListenerId, Refusal, SessionNumber, Time};

use super::violation::{Audit, Invariant};

const SECOND_MS: u64 = 1_000;

/// What a session is to hear next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Owed {
    /// What an entry comes to.
    Write(Ask),
    /// What the state shows.
    Read(Ask),
    /// This refusal, without any look at the state.
    No(Refusal),
    /// The end.
    Goodbye(Goodbye),
}

/// Whether a session still takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Here,
    /// Nothing more is taken from it.
    Leaving,
    /// Its listener has given the place back.
    Gone,
}

/// How far a session has come to a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Naming {
    /// It has asked nothing at all.
    Silent,
    /// It has asked something else.
    Unasked,
    Asked,
    Given,
}

#[derive(Debug)]
pub(super) struct Seat {
    listener: usize,
    /// Whether the client is still there to hear anything.
    pub(super) connected: bool,
    standing: Standing,
    naming: Naming,
    deadline: Option<u64>,
    /// When it said what counted against its rate.
    counted: Vec<u64>,
    pub(super) owed: VecDeque<Owed>,
    /// What the log must hold of it next.
    pub(super) unlogged: VecDeque<Ask>,
    /// Whether the log must hear of its end, once.
    pub(super) end_due: bool,
    /// The last entry of its own that it was told of.
    pub(super) acknowledged: u64,
}

#[derive(Debug)]
pub(super) struct Seats {
    listeners: Vec<Admission>,
    known: BTreeMap<SessionNumber, Seat>,
    pub(super) draining: bool,
}

impl Seats {
    pub(super) fn new(listeners: &[Admission]) -> Self {
        Self { listeners: listeners.to_vec(), known: BTreeMap::new(), draining: false }
    }

    /// The process is gone, and every session with it.
    pub(super) fn clear(&mut self) {
        self.known.clear();
        self.draining = false;
    }

    pub(super) fn get(&mut self, session: SessionNumber) -> Option<&mut Seat> {
        self.known.get_mut(&session)
    }

    pub(super) fn is_connected(&self, session: SessionNumber) -> bool {
        self.known.get(&session).is_some_and(|seat| seat.connected)
    }

    pub(super) fn open(&mut self, now: Time, session: SessionNumber, listener: ListenerId) {
        let listener = usize::from(listener.0);
        let allowed = self.listeners[listener];
        let taken =
            self.known.values().filter(|seat| seat.listener == listener && seat.is_placed());
        let refused = if self.draining {
            Some(Goodbye::Closing)
        } else if allowed.sessions > 0 && taken.count() >= allowed.sessions as usize {
            Some(Goodbye::Full(allowed.sessions))
        } else {
            None
        };
        let patience = allowed.name_within_ms;
        let seat = Seat {
            listener,
            connected: true,
            standing: if refused.is_some() { Standing::Gone } else { Standing::Here },
            naming: Naming::Silent,
            deadline: (patience > 0 && refused.is_none()).then_some(now.uptime_ms + patience),
            counted: vec![],
            owed: refused.map(Owed::Goodbye).into_iter().collect(),
            unlogged: VecDeque::new(),
            end_due: false,
            acknowledged: 0,
        };
        self.known.insert(session, seat);
    }

    /// The client went away by itself.
    pub(super) fn hung_up(&mut self, session: SessionNumber) {
        if let Some(seat) = self.known.get_mut(&session) {
            seat.connected = false;
        }
    }

    /// The listener has told the core that the session is over.
    pub(super) fn closed(&mut self, session: SessionNumber) {
        if let Some(seat) = self.known.get_mut(&session)
            && seat.is_placed()
        {
            seat.standing = Standing::Gone;
            seat.connected = false;
            seat.end_due = seat.naming >= Naming::Asked;
        }
    }

    /// A client sent bytes that are no whole message yet (`None`), or a message.
    pub(super) fn heard(
        &mut self,
        now: Time,
        session: SessionNumber,
        ask: Option<&Ask>,
        counted: bool,
    ) {
        let Some(seat) = self.known.get_mut(&session) else { return };
        if seat.is_leaving() {
            return;
        }
        let allowed = self.listeners[seat.listener];
        match (seat.excess(&allowed, now, ask, counted), ask) {
            (Some((_, goodbye)), _) if allowed.disconnect => seat.dismiss(goodbye),
            (Some((refusal, _)), Some(_)) => seat.owed.push_back(Owed::No(refusal)),
            (None, Some(ask)) => seat.take(ask),
            (_, None) => {}
        }
    }

    /// Time went on: who should have had a name by now?
    pub(super) fn ticked(&mut self, now: Time) {
        for seat in self.known.values_mut().filter(|seat| seat.is_placed()) {
            if seat.deadline.is_some_and(|deadline| now.uptime_ms >= deadline) {
                seat.deadline = None;
                seat.dismiss(Goodbye::Nameless);
            }
        }
    }

    pub(super) fn drain(&mut self) {
        self.draining = true;
        for seat in self.known.values_mut().filter(|seat| seat.is_placed()) {
            seat.dismiss(Goodbye::Closing);
        }
    }

    /// Every ask of who is still there has been answered.
    pub(super) fn all_answered(&self) -> Audit {
        let waiting = self.known.iter().find(|(_, seat)| seat.connected && !seat.owed.is_empty());
        Invariant::OneReplyEach.require(waiting.is_none(), || {
            let (session, seat) = waiting.expect("it was found");
            format!("session {} still waits for {:?}", session.0, seat.owed)
        })
    }

    /// The log has heard of the end of every session that had asked for a name.
    pub(super) fn all_ended(&self) -> Audit {
        let ghost = self.known.iter().find(|(_, seat)| seat.end_due);
        Invariant::NoGhosts.require(ghost.is_none(), || {
            let (session, _) = ghost.expect("it was found");
            format!("session {} is over, and the log was never told", session.0)
        })
    }
}

impl Seat {
    /// Whether nothing more is taken from it.
    pub(super) fn is_leaving(&self) -> bool {
        self.standing != Standing::Here
    }

    /// Whether it has, or had, a name.
    pub(super) fn is_named(&self) -> bool {
        self.naming == Naming::Given
    }

    fn is_placed(&self) -> bool {
        self.standing != Standing::Gone
    }

    pub(super) fn dismiss(&mut self, reason: Goodbye) {
        if self.standing == Standing::Here {
            self.standing = Standing::Leaving;
            self.owed.push_back(Owed::Goodbye(reason));
        }
    }

    /// It has its name.
    pub(super) fn settle(&mut self) {
        self.naming = Naming::Given;
        self.deadline = None;
    }

    fn take(&mut self, ask: &Ask) {
        match ask {
            Ask::Quit => self.dismiss(Goodbye::Left),
            Ask::Unreadable(refusal) => self.owed.push_back(Owed::No(*refusal)),
            Ask::Who | Ask::List | Ask::Ping | Ask::Help => {
                self.owed.push_back(Owed::Read(ask.clone()));
            }
            // Who never asked for a name has nothing to say; the log hears nothing of it.
            Ask::Say(_) | Ask::To { .. } if self.naming < Naming::Asked => {
                self.owed.push_back(Owed::No(Refusal::NameFirst));
            }
            Ask::Name { .. } | Ask::Say(_) | Ask::To { .. } | Ask::Reserve(_) | Ask::Cancel(_) => {
                if matches!(ask, Ask::Name { .. }) {
                    self.naming = self.naming.max(Naming::Asked);
                }
                self.owed.push_back(Owed::Write(ask.clone()));
                self.unlogged.push_back(ask.clone());
            }
        }
    }

    /// Which limit this is over, if any: first the rate, then the length.
    fn excess(
        &mut self,
        allowed: &Admission,
        now: Time,
        ask: Option<&Ask>,
        counted: bool,
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
        let long = match ask {
            Some(Ask::Say(text) | Ask::To { text, .. }) => {
                allowed.characters > 0 && text.chars().count() > allowed.characters as usize
            }
            Some(Ask::Unreadable(refusal)) => *refusal == Refusal::TooLong,
            _ => false,
        };
        long.then_some((Refusal::TooLong, Goodbye::TooLong))
    }
}
