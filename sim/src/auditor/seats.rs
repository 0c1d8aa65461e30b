//! The sessions as their clients see them: what each asked, what it is owed, where it stands.
//!
//! What its listener lets through, and what is refused before any look at the state, is in
//! `admission`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use posada_core::{
    Addressee, Admission, Answer, Ask, Budget, Digest, Goodbye, Key, ListenerId, Order,
    SessionNumber, SessionView, Text, Time, Watched,
};

use super::violation::{Audit, Invariant};

/// What a session is to hear next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Owed {
    /// What an entry comes to.
    Write(Ask),
    /// What the state shows.
    Read(Ask),
    /// This, without any look at the state.
    Exactly(Answer),
    /// The end.
    Goodbye(Goodbye),
}

/// What the log must hold.
#[derive(Clone, Debug)]
pub(super) struct Unlogged {
    pub(super) ask: Ask,
    pub(super) key: Option<Key>,
    pub(super) whom: Meant,
}

/// Whom an order means by an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meant {
    /// It names no address.
    Nobody,
    Session(SessionNumber),
    /// Who was there, if anybody ever was.
    Gone,
}

/// Whether a session still takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Here,
    /// Nothing more is taken from it.
    Leaving,
    /// Its listener has given the place back.
    Gone,
}

/// How far a session has come to a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Naming {
    /// It has asked nothing at all.
    Silent,
    /// It has asked something else.
    Unasked,
    Asked,
    Given,
}

#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(super) struct Seat {
    pub(super) listener: usize,
    peer: Option<SocketAddr>,
    opened_ms: u64,
    /// Whether the client is still there to hear anything.
    pub(super) connected: bool,
    pub(super) answers_only: bool,
    pub(super) operator: bool,
    pub(super) standing: Standing,
    pub(super) naming: Naming,
    deadline: Option<u64>,
    /// When it said what counted against its rate.
    pub(super) counted: Vec<u64>,
    /// When it said what counted against its address.
    pub(super) paid: Vec<u64>,
    pub(super) owed: VecDeque<Owed>,
    /// What the log must hold of it next.
    pub(super) unlogged: VecDeque<Unlogged>,
    /// Whether the log must hear of its end, once.
    pub(super) end_due: bool,
    /// The last entry of its own that it was told of.
    pub(super) acknowledged: u64,
    pub(super) watched: BTreeSet<Watched>,
    /// When it last typed so that others saw.
    pub(super) typed_ms: Option<u64>,
}

#[derive(Debug)]
pub(super) struct Seats {
    pub(super) listeners: Vec<Admission>,
    pub(super) operator: Option<Digest>,
    each_address: Budget,
    known: BTreeMap<SessionNumber, Seat>,
    draining: bool,
}

impl Seats {
    pub(super) fn new(
        listeners: &[Admission],
        operator: Option<Digest>,
        each_address: Budget,
    ) -> Self {
        let (listeners, known) = (listeners.to_vec(), BTreeMap::new());
        Self { listeners, operator, each_address, known, draining: false }
    }

    /// The process is gone, and every session with it.
    pub(super) fn clear(&mut self) {
        self.known.clear();
        self.draining = false;
    }

    pub(super) fn get(&mut self, session: SessionNumber) -> Option<&mut Seat> {
        self.known.get_mut(&session)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (SessionNumber, &Seat)> {
        self.known.iter().map(|(session, seat)| (*session, seat))
    }

    pub(super) fn is_connected(&self, session: SessionNumber) -> bool {
        self.known.get(&session).is_some_and(|seat| seat.connected)
    }

    /// `barred`: the operator has shut its address out.
    pub(super) fn open(
        &mut self,
        now: Time,
        session: SessionNumber,
        listener: ListenerId,
        peer: Option<SocketAddr>,
        barred: bool,
    ) {
        let listener = usize::from(listener.0);
        let allowed = self.listeners[listener];
        let taken =
            self.known.values().filter(|seat| seat.listener == listener && seat.is_placed());
        let refused = if self.draining {
            Some(Goodbye::Closing)
        } else if barred {
            Some(Goodbye::Banned)
        } else if allowed.sessions > 0 && taken.count() >= allowed.sessions as usize {
            Some(Goodbye::Full(allowed.sessions))
        } else if self.each_address.sessions > 0
            && self.neighbours(peer).filter(|seat| seat.is_placed()).count()
                >= self.each_address.sessions as usize
        {
            Some(Goodbye::Full(self.each_address.sessions))
        } else {
            None
        };
        let patience = allowed.name_within_ms;
        let seat = Seat {
            listener,
            peer,
            opened_ms: now.uptime_ms,
            connected: true,
            answers_only: allowed.answers_only,
            operator: allowed.operator,
            standing: if refused.is_some() { Standing::Gone } else { Standing::Here },
            naming: Naming::Silent,
            deadline: (patience > 0 && refused.is_none()).then_some(now.uptime_ms + patience),
            counted: vec![],
            paid: vec![],
            owed: refused.map(Owed::Goodbye).into_iter().collect(),
            unlogged: VecDeque::new(),
            end_due: false,
            acknowledged: 0,
            watched: BTreeSet::new(),
            typed_ms: None,
        };
        self.known.insert(session, seat);
    }

    /// All that are or were of the same household as an address: the same IPv4 address, or the
    /// same /64. None of this machine has one.
    pub(super) fn neighbours(&self, peer: Option<SocketAddr>) -> impl Iterator<Item = &Seat> {
        let home = peer.and_then(home);
        let known = self.known.values();
        known.filter(move |seat| home.is_some() && seat.peer.and_then(self::home) == home)
    }

    /// Whether its address may say something more now.
    pub(super) fn affords(&self, session: SessionNumber, now: Time) -> bool {
        let most = self.each_address.per_second as usize;
        let peer = self.known.get(&session).and_then(|seat| seat.peer);
        let lately = |then: &&u64| now.uptime_ms - **then < 1_000;
        let paid = |seat: &Seat| seat.paid.iter().filter(lately).count();
        most == 0 || self.neighbours(peer).map(paid).sum::<usize>() < most
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

    /// Whom an order means by an address.
    pub(super) fn whom(&self, ask: &Ask) -> Meant {
        let (to, tell) = match ask {
            Ask::Order(Order::Tell { to: Addressee::Peer(to), .. }) => (to, true),
            Ask::Order(Order::Kick(Addressee::Peer(who))) => (who, false),
            _ => return Meant::Nobody,
        };
        // Who is on its way out is there no more; where only answers go, nobody can be told.
        let meant = |seat: &&Seat| {
            !seat.is_leaving() && seat.peer == Some(*to) && !(tell && seat.answers_only)
        };
        let found = self.known.iter().find(|(_, seat)| meant(seat));
        found.map_or(Meant::Gone, |(session, _)| Meant::Session(*session))
    }

    /// The operator `by` has shut an address out, but not itself.
    pub(super) fn shut_out(&mut self, address: IpAddr, by: Option<SessionNumber>) {
        for (session, seat) in self.known.iter_mut().filter(|(_, seat)| seat.is_placed()) {
            if Some(*session) != by && seat.peer.is_some_and(|peer| peer.ip() == address) {
                seat.dismiss(Goodbye::Banned);
            }
        }
    }

    /// A membership is over, and with it what was watched there.
    pub(super) fn left(&mut self, session: SessionNumber, room: &Text) {
        if let Some(seat) = self.known.get_mut(&session) {
            seat.watched.remove(&Watched::Room(room.clone()));
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

    /// Who is connected, as the operator may see it; `name` says what the log calls a session.
    pub(super) fn views(
        &self,
        now: Time,
        name: impl Fn(SessionNumber) -> Option<Text>,
    ) -> Vec<SessionView> {
        let here = self.known.iter().filter(|(_, seat)| seat.is_placed());
        let view = |(session, seat): (&SessionNumber, &Seat)| SessionView {
            peer: seat.peer,
            listener: ListenerId(u16::try_from(seat.listener).expect("few listeners")),
            name: name(*session),
            for_ms: now.uptime_ms - seat.opened_ms,
        };
        here.map(view).collect()
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

    pub(super) fn is_placed(&self) -> bool {
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
}

fn home(peer: SocketAddr) -> Option<Vec<u8>> {
    match peer.ip() {
        IpAddr::V4(ip) if ip.octets()[0] != 127 => Some(ip.octets().to_vec()),
        IpAddr::V6(ip) if ip != Ipv6Addr::LOCALHOST => Some(ip.octets()[..8].to_vec()),
        _ => None,
    }
}
