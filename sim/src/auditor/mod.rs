//! The auditor: from what clients saw and what the log holds, is everything as promised?
//!
//! It shares no code with the core: `fold` is its own reading of the log, `seats` its own
//! prediction of the limits, both written from the specification. From `posada_core` it takes
//! values only (asks, answers, entries), never the state; a test holds that line. The world tells
//! it of everything in the order in which it happens, and it objects as soon as it can.
//!
//! Where to look: `history` (what must be in the log), `seats` (who is owed what), `answers`
//! (does a reply say what the log says), `talk` (who gets which message), [`Invariant`] (all).

mod answers;
mod fold;
mod history;
mod seats;
mod talk;
mod violation;

use std::collections::BTreeMap;

use posada_core::{
    Admission, Answer, Ask, Command, Entry, Goodbye, ListenerId, Refusal, SessionId, SessionNumber,
    Text, Time,
};

use fold::{Fold, Meaning};
use history::History;
use seats::{Owed, Seats};
pub use talk::Message;
use talk::Talk;
pub use violation::{Audit, Invariant, Violation};

/// Something that a client sees.
#[derive(Clone, Debug)]
pub enum Sight {
    /// The answer to its oldest unanswered ask.
    Reply(Answer),
    /// A message.
    Message(Message),
    /// The server closes the connection.
    Goodbye(Goodbye),
}

/// Watches one world.
#[derive(Debug)]
pub struct Auditor {
    node: u16,
    fold: Fold,
    history: History,
    seats: Seats,
    talk: Talk,
    turn: Turn,
    /// The last fencing token that any client was given, by resource.
    tokens: BTreeMap<Text, u64>,
    clock: Time,
}

/// Which entry the core is busy with.
#[derive(Debug)]
enum Turn {
    Idle,
    Applied { asker: Option<SessionNumber>, seq: u64, meaning: Meaning },
    NotStored { asker: Option<SessionNumber> },
}

impl Auditor {
    /// Watches `node`, whose listeners allow that.
    pub fn new(node: u16, listeners: &[Admission]) -> Self {
        Self {
            node,
            fold: Fold::default(),
            history: History::default(),
            seats: Seats::new(listeners),
            talk: Talk::default(),
            turn: Turn::Idle,
            tokens: BTreeMap::new(),
            clock: Time::default(),
        }
    }

    /// A client connected.
    pub fn opened(&mut self, now: Time, session: SessionNumber, listener: ListenerId) {
        self.seats.open(now, session, listener);
    }

    /// A client sent a message (`ask`), or bytes that are none yet.
    pub fn heard(&mut self, now: Time, session: SessionNumber, ask: Option<&Ask>, counted: bool) {
        self.seats.heard(now, session, ask, counted);
    }

    /// A client went away; nothing reaches it any more.
    pub fn hung_up(&mut self, session: SessionNumber) {
        self.seats.hung_up(session);
    }

    /// The core hears that a session is over.
    pub fn closed(&mut self, session: SessionNumber) {
        self.seats.closed(session);
    }

    /// The core hears that it is now this time.
    pub fn ticked(&mut self, now: Time) {
        self.seats.ticked(now);
    }

    /// The core hears that the server is closing.
    pub fn draining(&mut self) {
        self.seats.drain();
    }

    /// A batch is handed to the log.
    ///
    /// # Errors
    /// When it holds what nobody asked, or not in the order of asking.
    pub fn attempt(&mut self, batch: &[Entry]) -> Audit {
        self.history.attempt(batch);
        batch.iter().try_for_each(|entry| self.was_asked(&entry.command))
    }

    /// The log said that the batch is durable.
    pub fn durable(&mut self) {
        self.history.durable();
    }

    /// The log said that there is no room for the batch.
    pub fn full(&mut self) {
        self.history.full();
    }

    /// The core is about to apply the next durable entry.
    ///
    /// # Errors
    /// When the log cannot hold such an entry there.
    pub fn applying(&mut self) -> Audit {
        let at = usize::try_from(self.fold.seq).expect("few entries");
        let entry = self.history.entries().get(at).cloned();
        let entry = entry.ok_or_else(|| {
            Invariant::AcknowledgedIsDurable.broken("an entry is applied that is not durable")
        })?;
        let meaning = self.next(&entry)?;
        let here = (self.node, self.fold.epoch(self.node));
        self.talk.begin(here, &self.fold, &entry, &meaning, &self.seats);
        let asker = asker(&entry.command).map(|session| session.number);
        if let Meaning::Named { replaced, .. } = &meaning {
            let replaced = replaced.filter(|old| (old.node, old.epoch) == here);
            if let Some(old) = replaced.and_then(|old| self.seats.get(old.number)) {
                old.dismiss(Goodbye::Replaced);
            }
            if let Some(seat) = asker.and_then(|session| self.seats.get(session)) {
                seat.settle();
            }
        }
        self.turn = Turn::Applied { asker, seq: self.fold.seq, meaning };
        Ok(())
    }

    /// The core is about to hear that this entry was not stored.
    pub fn not_stored(&mut self, entry: &Entry) {
        if let Command::End { session } = entry.command
            && let Some(seat) = self.seats.get(session.number)
        {
            seat.end_due = true;
        }
        let asker = asker(&entry.command).map(|session| session.number);
        self.turn = Turn::NotStored { asker };
    }

    /// A client sees something.
    ///
    /// # Errors
    /// When it should have seen something else, or nothing.
    pub fn saw(&mut self, session: SessionNumber, sight: &Sight) -> Audit {
        match sight {
            Sight::Reply(answer) => self.replied(session, answer),
            Sight::Message(message) => {
                let leaving = self.seats.get(session).is_some_and(|seat| seat.is_leaving());
                self.talk.got(session, message, leaving)
            }
            Sight::Goodbye(reason) => self.said_goodbye(session, *reason),
        }
    }

    /// The core is done with a step, and its state says that it is `clock`.
    ///
    /// # Errors
    /// When somebody did not hear what that step should have told it.
    pub fn settled(&mut self, clock: Time) -> Audit {
        let before = std::mem::replace(&mut self.clock, clock);
        let goes_on = clock.not_before(before) == clock && clock.wall_ms == self.fold.wall_ms;
        Invariant::TimeGoesOn.require(goes_on, || {
            let fold_ms = self.fold.wall_ms;
            format!("after {before:?} the state says {clock:?}; the log's wall says {fold_ms}")
        })?;
        let turn = std::mem::replace(&mut self.turn, Turn::Idle);
        if let Turn::Applied { asker: Some(asker), .. } | Turn::NotStored { asker: Some(asker) } =
            turn
        {
            let silent = self.seats.is_connected(asker);
            Invariant::OneReplyEach
                .require(!silent, || format!("session {} got no answer to {turn:?}", asker.0))?;
        }
        self.talk.settled()
    }

    /// The process stopped: every connection is gone.
    pub fn stopped(&mut self) {
        self.seats.clear();
        self.talk.clear();
        self.turn = Turn::Idle;
    }

    /// A start found these entries in the log.
    ///
    /// # Errors
    /// When something durable is missing, or something is there that should not be.
    pub fn recovered(&mut self, found: &[Entry]) -> Audit {
        self.history.recovered(found)?;
        if self.fold.seq > found.len() as u64 {
            self.fold = Fold::default();
            self.clock = Time::default();
        }
        let known = usize::try_from(self.fold.seq).expect("few entries");
        found[known..].iter().try_for_each(|entry| self.next(entry).map(|_| ()))
    }

    /// Nothing is under way any more.
    ///
    /// # Errors
    /// When an ask has no answer.
    pub fn answered(&self) -> Audit {
        self.seats.all_answered()
    }

    /// Nothing is under way any more, and everybody is gone.
    ///
    /// # Errors
    /// When a session that is over has no end in the log, or is still in the lobby.
    pub fn quiet(&self) -> Audit {
        self.seats.all_ended()?;
        let lobby = self.fold.lobby();
        let names: Vec<_> = lobby.iter().map(|who| &who.name.shown).collect();
        Invariant::NoGhosts.require(names.is_empty(), || format!("still in the lobby: {names:?}"))
    }

    fn next(&mut self, entry: &Entry) -> Result<Meaning, Violation> {
        self.fold.next(entry).map_err(|detail| Invariant::AnswerIsFold.broken(detail))
    }

    /// Each command in the log is the oldest that its session asked and that is not there yet.
    fn was_asked(&mut self, command: &Command) -> Audit {
        if let Command::End { session } = command {
            let due = self
                .seats
                .get(session.number)
                .is_some_and(|seat| std::mem::replace(&mut seat.end_due, false));
            return Invariant::SenderOrder
                .require(due, || format!("{session:?} ends, but is not over, or twice"));
        }
        let Some(session) = asker(command) else { return Ok(()) };
        let here = (session.node, session.epoch) == (self.node, self.fold.epoch(self.node));
        let next = self.seats.get(session.number).and_then(|seat| seat.unlogged.pop_front());
        let asked = next.as_ref().is_some_and(|ask| is_asked(command, ask));
        Invariant::SenderOrder.require(here && asked, || {
            format!("{command:?} goes to the log, but next in order is {next:?}")
        })
    }

    fn replied(&mut self, session: SessionNumber, answer: &Answer) -> Audit {
        let (node, epoch) = (self.node, self.fold.epoch(self.node));
        let Some(seat) = self.seats.get(session) else {
            let detail = format!("{answer:?} to session {}, which is not there", session.0);
            return Err(Invariant::OneReplyEach.broken(detail));
        };
        let id = SessionId { node, epoch, number: session };
        let owed = seat.owed.pop_front();
        let limited = matches!(answer, Answer::Refused(Refusal::TooFast | Refusal::TooLong));
        Invariant::LimitsHold.require(!limited || matches!(owed, Some(Owed::No(_))), || {
            format!("session {} got {answer:?}, but is owed {owed:?}", session.0)
        })?;
        match owed {
            Some(Owed::Write(_)) => self.replied_to_write(session, answer),
            Some(Owed::Read(ask)) => {
                answers::to_read(&self.fold, id, seat.is_named(), &ask, answer)
            }
            Some(Owed::No(refusal)) => {
                let same = *answer == Answer::Refused(refusal);
                let detail = || format!("{answer:?} where {refusal:?} was due");
                Invariant::LimitsHold.require(same, detail)
            }
            owed => {
                let detail = format!("session {} got {answer:?}, but is owed {owed:?}", session.0);
                Err(Invariant::OneReplyEach.broken(detail))
            }
        }
    }

    fn replied_to_write(&mut self, session: SessionNumber, answer: &Answer) -> Audit {
        let turn = std::mem::replace(&mut self.turn, Turn::Idle);
        match &turn {
            Turn::Applied { asker, seq, meaning } if *asker == Some(session) => {
                answers::to_write(*seq, meaning, answer)?;
                self.acknowledged(session, *seq, answer)
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

    fn acknowledged(&mut self, session: SessionNumber, seq: u64, answer: &Answer) -> Audit {
        self.history.acknowledge(seq);
        if let Some(seat) = self.seats.get(session) {
            let before = std::mem::replace(&mut seat.acknowledged, seq);
            Invariant::SenderOrder
                .require(before < seq, || format!("entry {seq} is answered after {before}"))?;
        }
        if let Answer::Reserved { resource, .. } = answer {
            let before = self.tokens.insert(resource.clone(), seq).unwrap_or(0);
            let detail = || format!("the token of {resource} is {seq} after {before}");
            Invariant::TokensGrow.require(before < seq, detail)?;
        }
        Ok(())
    }

    fn said_goodbye(&mut self, session: SessionNumber, reason: Goodbye) -> Audit {
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
            _ if early => Invariant::OneReplyEach,
            _ => Invariant::LimitsHold,
        };
        blame.require(owed == Some(Owed::Goodbye(reason)), || {
            format!("session {} was closed for {reason:?}, but is owed {owed:?}", session.0)
        })
    }
}

/// The session that waits for the answer to a command.
fn asker(command: &Command) -> Option<SessionId> {
    match command {
        Command::Name { session, .. }
        | Command::Say { session, .. }
        | Command::To { session, .. }
        | Command::Reserve { session, .. }
        | Command::Cancel { session, .. } => Some(*session),
        _ => None,
    }
}

fn is_asked(command: &Command, ask: &Ask) -> bool {
    match (command, ask) {
        (Command::Name { name, proof, secret, .. }, Ask::Name { name: n, proof: p, secret: s }) => {
            (name, proof, secret) == (n, p, s)
        }
        (Command::Say { text, .. }, Ask::Say(said)) => text == said,
        (Command::To { name, text, .. }, Ask::To { name: to, text: said }) => {
            (name, text) == (to, said)
        }
        (Command::Reserve { resource, .. }, Ask::Reserve(asked))
        | (Command::Cancel { resource, .. }, Ask::Cancel(asked)) => resource == asked,
        _ => false,
    }
}
