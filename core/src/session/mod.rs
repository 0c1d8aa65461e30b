//! Admission: what a session of this node may do before the log is asked.
//!
//! All of it is volatile and this node's own affair: places, rates, lengths, the time given to
//! say a name. A [`Sessions`] is a plain value; nothing in [`crate::state`] reads it.

mod rate;

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec;
use alloc::vec::Vec;

use crate::limits::{MESSAGE_BYTES, PER_SECOND, SESSIONS};
use crate::{Ask, Goodbye, ListenerId, Refusal, SessionNumber, Time};
use rate::Rate;

/// What one listener lets its clients do. Zero means unlimited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Admission {
    /// Sessions at one time.
    pub sessions: u32,
    /// Characters in a message.
    pub characters: u32,
    /// Messages in any second.
    pub per_second: u32,
    /// Milliseconds in which a session must have a name.
    pub name_within_ms: u64,
    /// Whether who exceeds a limit is disconnected, and not just refused.
    pub disconnect: bool,
}

/// The sessions of this node.
#[derive(Clone, Debug)]
pub(crate) struct Sessions {
    listeners: Vec<Listener>,
    known: BTreeMap<SessionNumber, Session>,
    /// When nameless sessions must have a name, in uptime milliseconds.
    nameless: BTreeSet<(u64, SessionNumber)>,
}

#[derive(Clone, Debug)]
struct Listener {
    admission: Admission,
    taken: u32,
}

#[derive(Clone, Debug)]
struct Session {
    listener: ListenerId,
    rate: Rate,
    /// When it must have a name.
    deadline: Option<u64>,
    progress: Progress,
    /// What was heard of the present message was too much: it will be refused when it is whole.
    over: bool,
    /// Goodbye is on its way; nothing more is taken from it.
    leaving: bool,
}

/// How far a session has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Progress {
    /// It has asked nothing. Where a name is asked for, that comes first and is free.
    Silent,
    /// It has asked something.
    Asked,
    /// It has asked for a name: the log may know of it, and must hear of its end.
    Logged,
    /// It has got a name.
    Named,
}

/// What becomes of an ask.
pub(crate) enum Verdict {
    /// It goes on.
    Pass,
    /// It is answered with this, and nothing else happens.
    Refuse(Refusal),
    /// The session ends with this.
    Dismiss(Goodbye),
    /// It came after the end.
    Ignore,
}

impl Sessions {
    pub(crate) fn new(listeners: &[Admission]) -> Self {
        let listeners =
            listeners.iter().map(|&admission| Listener { admission, taken: 0 }).collect();
        Self { listeners, known: BTreeMap::new(), nameless: BTreeSet::new() }
    }

    /// Gives a new session its place.
    ///
    /// # Errors
    /// When all places of its listener, or of the node, are taken: how many there are.
    pub(crate) fn open(
        &mut self,
        session: SessionNumber,
        listener: ListenerId,
        now: Time,
    ) -> Result<(), u32> {
        let host = self.host(listener);
        let limit = host.admission.sessions;
        if limit > 0 && host.taken >= limit {
            return Err(limit);
        }
        let patience = host.admission.name_within_ms;
        if self.known.len() >= SESSIONS {
            return Err(u32::try_from(SESSIONS).unwrap_or(u32::MAX));
        }
        self.host(listener).taken += 1;
        let deadline = (patience > 0).then(|| now.uptime_ms.saturating_add(patience));
        if let Some(deadline) = deadline {
            self.nameless.insert((deadline, session));
        }
        let fresh = Session {
            listener,
            rate: Rate::default(),
            deadline,
            progress: Progress::Silent,
            over: false,
            leaving: false,
        };
        let before = self.known.insert(session, fresh);
        assert!(before.is_none(), "a session number is used once");
        Ok(())
    }

    /// Frees a session's place. Says whether the log must hear of it.
    pub(crate) fn close(&mut self, session: SessionNumber) -> bool {
        let Some(gone) = self.known.remove(&session) else { return false };
        if let Some(deadline) = gone.deadline {
            self.nameless.remove(&(deadline, session));
        }
        self.host(gone.listener).taken -= 1;
        gone.progress >= Progress::Logged
    }

    /// Judges an ask, or just bytes (`None`), by length and rate.
    pub(crate) fn judge(
        &mut self,
        session: SessionNumber,
        ask: Option<&Ask>,
        counted: bool,
        now: Time,
    ) -> Verdict {
        let Some(known) = self.known.get_mut(&session) else { return Verdict::Ignore };
        if known.leaving {
            return Verdict::Ignore;
        }
        let admission = self.listeners[usize::from(known.listener.0)].admission;
        let first = known.progress == Progress::Silent && admission.name_within_ms > 0;
        if ask.is_some() {
            known.progress = known.progress.max(Progress::Asked);
        }
        let free = counted || first;
        let limit = admission.per_second.min(PER_SECOND);
        let over = ask.is_some() && core::mem::take(&mut known.over);
        let excess = if over || (!free && !known.rate.allows(limit, now.uptime_ms)) {
            Some((Refusal::TooFast, Goodbye::TooFast))
        } else if ask.is_some_and(|ask| too_long(ask, admission.characters)) {
            Some((Refusal::TooLong, Goodbye::TooLong))
        } else {
            None
        };
        match excess {
            None => known.admit(ask),
            Some((_, goodbye)) if admission.disconnect => Verdict::Dismiss(goodbye),
            Some((refusal, _)) => {
                known.over |= ask.is_none();
                Verdict::Refuse(refusal)
            }
        }
    }

    /// Notes that a session has got its name.
    pub(crate) fn named(&mut self, session: SessionNumber) {
        if let Some(known) = self.known.get_mut(&session) {
            known.progress = Progress::Named;
            if let Some(deadline) = known.deadline.take() {
                self.nameless.remove(&(deadline, session));
            }
        }
    }

    /// Whether a session has got a name.
    pub(crate) fn is_named(&self, session: SessionNumber) -> bool {
        self.known.get(&session).is_some_and(|known| known.progress == Progress::Named)
    }

    /// Takes nothing more from a session. Says whether it was here and not yet leaving.
    pub(crate) fn dismiss(&mut self, session: SessionNumber) -> bool {
        let Some(known) = self.known.get_mut(&session) else { return false };
        !core::mem::replace(&mut known.leaving, true)
    }

    /// The earliest time at which somebody's patience ends, in uptime milliseconds.
    pub(crate) fn deadline(&self) -> Option<u64> {
        self.nameless.first().map(|(deadline, _)| *deadline)
    }

    /// Sessions that should have had a name by now.
    pub(crate) fn overdue(&mut self, now: Time) -> Vec<SessionNumber> {
        let mut overdue = vec![];
        while let Some(&(deadline, session)) = self.nameless.first()
            && now.uptime_ms >= deadline
        {
            self.nameless.pop_first();
            if let Some(known) = self.known.get_mut(&session) {
                known.deadline = None;
                overdue.push(session);
            }
        }
        overdue
    }

    /// Every session, oldest first.
    pub(crate) fn all(&self) -> Vec<SessionNumber> {
        self.known.keys().copied().collect()
    }

    fn host(&mut self, listener: ListenerId) -> &mut Listener {
        self.listeners
            .get_mut(usize::from(listener.0))
            .expect("a listener is configured before anybody comes in there")
    }
}

impl Session {
    /// What needs a name passes once one was asked for: only the log knows whether it was got.
    /// The words of who never asked do not fill the log.
    fn admit(&mut self, ask: Option<&Ask>) -> Verdict {
        match ask {
            Some(Ask::Name { .. }) => {
                self.progress = self.progress.max(Progress::Logged);
            }
            Some(Ask::Say(_) | Ask::To { .. }) if self.progress < Progress::Logged => {
                return Verdict::Refuse(Refusal::NameFirst);
            }
            _ => {}
        }
        Verdict::Pass
    }
}

fn too_long(ask: &Ask, characters: u32) -> bool {
    let (Ask::Say(text) | Ask::To { text, .. }) = ask else {
        return matches!(ask, Ask::Unreadable(Refusal::TooLong));
    };
    text.len() > MESSAGE_BYTES
        || (characters > 0 && text.len() > characters as usize && {
            text.chars().count() > characters as usize
        })
}
