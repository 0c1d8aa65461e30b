//! Admission: what a session of this node may do before the log is asked.
//!
//! All of it is volatile and this node's own affair: places, rates, lengths, the time given to
//! say a name. A [`Sessions`] is a plain value; nothing in [`crate::state`] reads it.

mod budget;
mod rate;
mod watching;

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec;
use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};

use crate::limits::{MESSAGE_BYTES, PER_SECOND, SESSIONS, TOPIC_CHARACTERS};
use crate::{Ask, Goodbye, ListenerId, Order, Refusal, SessionNumber, Time};
pub use budget::Budget;
use budget::Budgets;
use rate::Rate;
pub(crate) use watching::Watching;

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
    /// Whether whoever comes in here is the operator.
    pub operator: bool,
    /// Whether its clients take whatever arrives for the answer to what they asked, so that
    /// nothing else may be sent there.
    pub answers_only: bool,
}

/// The sessions of this node.
#[derive(Clone, Debug)]
pub(crate) struct Sessions {
    listeners: Vec<Listener>,
    known: BTreeMap<SessionNumber, Session>,
    /// When nameless sessions must have a name, in uptime milliseconds.
    nameless: BTreeSet<(u64, SessionNumber)>,
    /// How many have ever watched something: while nobody has, nothing is published for them.
    watchers: usize,
    budgets: Budgets,
}

#[derive(Clone, Debug)]
struct Listener {
    admission: Admission,
    taken: u32,
}

#[derive(Clone, Debug)]
struct Session {
    listener: ListenerId,
    peer: Option<SocketAddr>,
    /// When it came, in uptime milliseconds.
    since_ms: u64,
    /// It has shown that it is the operator.
    operator: bool,
    /// Made when it first watches something.
    watching: Option<Box<Watching>>,
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
    pub(crate) fn new(listeners: &[Admission], each_address: Budget) -> Self {
        let listeners =
            listeners.iter().map(|&admission| Listener { admission, taken: 0 }).collect();
        let (known, nameless) = (BTreeMap::new(), BTreeSet::new());
        Self { listeners, known, nameless, watchers: 0, budgets: Budgets::new(each_address) }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.known.len()
    }

    /// How many places of a listener are taken.
    pub(crate) fn taken(&self, listener: ListenerId) -> u32 {
        self.listeners.get(usize::from(listener.0)).map_or(0, |host| host.taken)
    }

    /// Gives a new session its place.
    ///
    /// # Errors
    /// When all places of its listener, of the node, or of its address are taken: how many there
    /// are.
    pub(crate) fn open(
        &mut self,
        session: SessionNumber,
        listener: ListenerId,
        peer: Option<SocketAddr>,
        now: Time,
    ) -> Result<(), u32> {
        let host = self.host(listener);
        let limit = host.admission.sessions;
        if limit > 0 && host.taken >= limit {
            return Err(limit);
        }
        let Admission { name_within_ms: patience, operator, .. } = host.admission;
        if self.known.len() >= SESSIONS {
            return Err(u32::try_from(SESSIONS).unwrap_or(u32::MAX));
        }
        self.budgets.open(address(peer), now.uptime_ms)?;
        self.host(listener).taken += 1;
        let deadline = (patience > 0).then(|| now.uptime_ms.saturating_add(patience));
        if let Some(deadline) = deadline {
            self.nameless.insert((deadline, session));
        }
        let fresh = Session {
            listener,
            peer,
            since_ms: now.uptime_ms,
            operator,
            watching: None,
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
        self.budgets.close(address(gone.peer));
        self.watchers -= usize::from(gone.watching.is_some());
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
        let mut allows = || {
            known.rate.allows(limit, now.uptime_ms)
                && self.budgets.allows(address(known.peer), now.uptime_ms)
        };
        let excess = if over || (!free && !allows()) {
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

    /// Whether a session is shown who holds what: it has got a name itself, or is the operator's.
    pub(crate) fn is_shown_names(&self, session: SessionNumber) -> bool {
        let shown = |known: &Session| known.progress == Progress::Named || known.operator;
        self.known.get(&session).is_some_and(shown)
    }

    /// Whether a session has asked for a name; only the log knows whether it got it.
    pub(crate) fn has_asked_for_a_name(&self, session: SessionNumber) -> bool {
        self.known.get(&session).is_some_and(|known| known.progress >= Progress::Logged)
    }

    /// Notes that a session has shown that it is the operator.
    pub(crate) fn promote(&mut self, session: SessionNumber) {
        if let Some(known) = self.known.get_mut(&session) {
            known.operator = true;
        }
    }

    /// What a session watches; `None`: it is gone, or going.
    pub(crate) fn watching(&mut self, session: SessionNumber) -> Option<&mut Watching> {
        let known = self.known.get_mut(&session).filter(|known| !known.leaving)?;
        self.watchers += usize::from(known.watching.is_none());
        Some(known.watching.get_or_insert_default())
    }

    /// Whether anybody may be watching anything.
    pub(crate) fn has_watchers(&self) -> bool {
        self.watchers > 0
    }

    /// A session left a room. Says whether it had watched it.
    pub(crate) fn left(&mut self, session: SessionNumber, room: crate::RoomId) -> bool {
        let watching = self.known.get_mut(&session).and_then(|known| known.watching.as_mut());
        watching.is_some_and(|watching| watching.leave(room))
    }

    /// The session that is connected from an address.
    pub(crate) fn at(&self, peer: SocketAddr) -> Option<SessionNumber> {
        let here = |(_, known): &(_, &Session)| known.peer == Some(peer) && !known.leaving;
        self.known.iter().find(here).map(|(session, _)| *session)
    }

    /// The sessions from an address, which a listener for both families may spell as IPv6.
    pub(crate) fn at_address(&self, address: IpAddr) -> Vec<SessionNumber> {
        let from =
            |known: &Session| known.peer.is_some_and(|peer| peer.ip().to_canonical() == address);
        let sessions = self.known.iter().filter(|(_, known)| from(known) && !known.leaving);
        sessions.map(|(session, _)| *session).collect()
    }

    /// Whether a session's clients take whatever arrives for an answer.
    pub(crate) fn answers_only(&self, session: SessionNumber) -> bool {
        let listener = self.known.get(&session).map(|known| known.listener);
        listener.is_some_and(|it| self.listeners[usize::from(it.0)].admission.answers_only)
    }

    /// Every session with where it comes from, where it came in, and when in uptime milliseconds.
    pub(crate) fn views(
        &self,
    ) -> impl Iterator<Item = (SessionNumber, Option<SocketAddr>, ListenerId, u64)> {
        self.known
            .iter()
            .map(|(session, known)| (*session, known.peer, known.listener, known.since_ms))
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
            Some(Ask::Order(_)) if !self.operator => {
                return Verdict::Refuse(Refusal::OperatorOnly);
            }
            Some(ask) if self.progress < Progress::Logged && needs_name(ask) => {
                return Verdict::Refuse(Refusal::NameFirst);
            }
            _ => {}
        }
        Verdict::Pass
    }
}

fn address(peer: Option<SocketAddr>) -> Option<IpAddr> {
    peer.map(|peer| peer.ip())
}

fn needs_name(ask: &Ask) -> bool {
    matches!(
        ask,
        Ask::Say { .. }
            | Ask::To { .. }
            | Ask::Join(_)
            | Ask::Leave(_)
            | Ask::SetTopic { .. }
            | Ask::Typing(_)
            | Ask::Resume { .. }
            | Ask::Watch(crate::Watched::Room(_))
    )
}

fn too_long(ask: &Ask, characters: u32) -> bool {
    let (text, most) = match ask {
        Ask::Say { text, .. }
        | Ask::To { text, .. }
        | Ask::Note(text)
        | Ask::Order(Order::Announce(text) | Order::Tell { text, .. }) => {
            (text, characters as usize)
        }
        Ask::SetTopic { text, .. } => (text, TOPIC_CHARACTERS),
        ask => return matches!(ask, Ask::Unreadable(Refusal::TooLong)),
    };
    text.len() > MESSAGE_BYTES || (most > 0 && text.len() > most && text.chars().count() > most)
}
