//! The auditor: from what clients saw and what the log holds, is everything as promised?
//!
//! It shares no code with the core: `fold` is its own reading of the log, `seats` its own
//! prediction of the limits, both written from the specification. From `posada_core` it takes
//! values only (asks, answers, entries), never the state; a test holds that line. The world tells
//! it of everything in the order in which it happens, and it objects as soon as it can.
//!
//! Where to look: `history` (what must be in the log), `asked` (what may be), `seats` and
//! `admission` (who is owed what), `replies` (did it come), `answers` and `reads` (does it say
//! what the log says), `talk` and `watching` (who is told which event), `diary` (did each client
//! get to know everything), [`Invariant`] (all).

mod admission;
mod answers;
mod asked;
mod bounds;
mod diary;
mod fold;
mod history;
mod reads;
mod replies;
mod seats;
mod talk;
mod violation;
mod watching;

use std::collections::BTreeMap;
use std::net::SocketAddr;

use posada_core::{
    Admission, Answer, Ask, Barred, Budget, Command, Digest, Entry, Event, Goodbye, Key,
    ListenerId, Reach, SessionId, SessionNumber, Text, Time,
};

use asked::asker;
pub use bounds::Sizes;
use diary::Diary;
use fold::{Audience, Effect, Fold, Told};
use history::History;
use seats::Seats;
pub use talk::Message;
use talk::Talk;
pub use violation::{Audit, Invariant, Violation};

/// Something that a client sees.
#[derive(Clone, Debug)]
pub enum Sight {
    /// The answer to its oldest unanswered ask.
    Reply(Answer),
    /// Something that it did not ask for just then.
    Message(Message),
    /// The server closes the connection.
    Goodbye(Goodbye),
}

/// The server that is watched, as it was set up.
#[derive(Debug)]
pub struct Watched {
    /// Which node it is.
    pub node: u16,
    /// What its listeners allow.
    pub listeners: Vec<Admission>,
    /// What proves to be the operator.
    pub operator: Option<Digest>,
    /// Bytes that an answer may tell of what was missed.
    pub page: u32,
    /// What one address may have of all listeners together.
    pub each_address: Budget,
}

/// Watches one world.
#[derive(Debug)]
pub struct Auditor {
    node: u16,
    now: Time,
    fold: Fold,
    history: History,
    seats: Seats,
    talk: Talk,
    diary: Diary,
    turn: Turn,
    /// A note that the operator is still to be shown: its session, its sender's name, its text.
    note_due: Option<(SessionNumber, Option<Text>, Text)>,
    /// The last fencing token that any client was given, by resource.
    tokens: BTreeMap<Text, u64>,
    clock: Time,
    /// Bytes that an answer may tell of what was missed.
    page: u32,
}

/// Which entry the core is busy with.
#[derive(Debug)]
enum Turn {
    Idle,
    Applied { asker: Option<SessionNumber>, seq: u64, effect: Box<Effect> },
    NotStored { asker: Option<SessionNumber> },
}

impl Auditor {
    /// Watches a server.
    pub fn new(watched: &Watched) -> Self {
        let Watched { node, page, .. } = *watched;
        Self {
            node,
            now: Time::default(),
            fold: Fold::default(),
            history: History::default(),
            seats: Seats::new(&watched.listeners, watched.operator, watched.each_address),
            talk: Talk::default(),
            diary: Diary::default(),
            turn: Turn::Idle,
            note_due: None,
            tokens: BTreeMap::new(),
            clock: Time::default(),
            page,
        }
    }

    /// A client connected.
    pub fn opened(
        &mut self,
        session: SessionNumber,
        listener: ListenerId,
        peer: Option<SocketAddr>,
    ) {
        let now = self.now;
        let barred =
            |peer: SocketAddr| self.fold.is_barred(&Barred::Address(peer.ip()), now.uptime_ms);
        let barred = peer.is_some_and(barred);
        self.seats.open(now, session, listener, peer, barred);
    }

    /// A client sent a message (`ask`), or bytes that are none yet.
    pub fn heard(
        &mut self,
        session: SessionNumber,
        ask: Option<(&Ask, Option<Key>)>,
        counted: bool,
    ) {
        self.seats.heard(self.now, session, ask, counted);
    }

    /// A client went away; nothing reaches it any more.
    pub fn hung_up(&mut self, session: SessionNumber) {
        self.seats.hung_up(session);
    }

    /// The core hears that a session is over.
    pub fn closed(&mut self, session: SessionNumber) {
        self.seats.closed(session);
    }

    /// It is now this time, of which the core hears with whatever comes next.
    pub fn ticked(&mut self, now: Time) {
        self.now = now;
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
        batch.iter().try_for_each(|entry| self.was_asked(entry))
    }

    /// A log that was written before this world began holds that.
    pub fn inherited(&mut self, batch: &[Entry]) {
        self.history.attempt(batch);
        self.history.durable();
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
        let mut effect = self.next(&entry)?;
        let here = (self.node, self.fold.epoch(self.node));
        let is_here = |id: &SessionId| (id.node, id.epoch) == here;
        self.is_addressed(&mut effect);
        let asker = asker(&entry.command);
        self.talk.begin(here, &self.fold, asker, &effect, &mut self.seats);
        for (session, room) in effect.left.iter().filter(|(id, _)| is_here(id)) {
            self.seats.left(session.number, room);
        }
        for (session, reason) in effect.dismissed.iter().filter(|(id, _)| is_here(id)) {
            if let Some(seat) = self.seats.get(session.number) {
                seat.dismiss(*reason);
            }
        }
        if let Some(Barred::Address(address)) = effect.barred {
            self.seats.shut_out(address, asker.map(|session| session.number));
        }
        let noted = effect.noted.clone().filter(|(id, ..)| is_here(id));
        self.note_due = noted.map(|(id, from, text)| (id.number, from, text));
        let asker = asker.map(|session| session.number);
        if let Some(Answer::Named { .. }) = effect.answer
            && let Some(seat) = asker.and_then(|session| self.seats.get(session))
        {
            seat.settle();
        }
        self.turn = Turn::Applied { asker, seq: self.fold.seq, effect: Box::new(effect) };
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
                Invariant::AnswersOnly.require(talk::may_hear(&mut self.seats, session), || {
                    format!("session {} got {message:?}, but may get answers only", session.0)
                })?;
                let leaving = self.seats.get(session).is_some_and(|seat| seat.is_leaving());
                let answered = matches!(self.turn, Turn::Idle);
                if self.is_of_the_gone(message) {
                    return Ok(());
                }
                self.talk.got(session, message, leaving, answered)?;
                self.diary.shown(&self.fold, self.id(session), message);
                Ok(())
            }
            Sight::Goodbye(reason) => self.said_goodbye(session, *reason),
        }
    }

    /// The operator is shown a note.
    ///
    /// # Errors
    /// When it is not the note that was just applied.
    pub fn noted(&mut self, session: SessionNumber, from: Option<&Text>, text: &Text) -> Audit {
        let due = self.note_due.take();
        let same = due
            .as_ref()
            .is_some_and(|(by, name, said)| (*by, name.as_ref(), said) == (session, from, text));
        Invariant::NotesArrive.require(same, || {
            format!("the operator was shown {text:?} of {from:?}, but {due:?} was due")
        })
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
        let note = self.note_due.take();
        Invariant::NotesArrive
            .require(note.is_none(), || format!("the operator was never shown {note:?}"))?;
        let leaving =
            |session| self.seats.all().any(|(known, seat)| known == session && seat.is_leaving());
        self.talk.settled(leaving)
    }

    /// The process stopped: every connection is gone.
    pub fn stopped(&mut self) {
        self.seats.clear();
        self.talk.clear();
        self.diary.clear();
        self.note_due = None;
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
    /// When a session that is over has no end in the log, or is still in a room.
    pub fn quiet(&self) -> Audit {
        self.seats.all_ended()?;
        let members = self.fold.rooms.iter().filter(|room| !room.members.is_empty());
        let rooms: Vec<_> = members.map(|room| &room.name.shown).collect();
        Invariant::NoGhosts.require(rooms.is_empty(), || format!("somebody is still in {rooms:?}"))
    }

    fn next(&mut self, entry: &Entry) -> Result<Effect, Violation> {
        self.fold.next(entry).map_err(|detail| Invariant::AnswerIsFold.broken(detail))
    }

    fn id(&self, number: SessionNumber) -> SessionId {
        SessionId { node: self.node, epoch: self.fold.epoch(self.node), number }
    }

    /// What is said to one who takes nothing but answers is addressed to nobody.
    fn is_addressed(&mut self, effect: &mut Effect) {
        let [Told { to: Audience::One(one), .. }] = effect.told[..] else { return };
        if one == self.id(one.number)
            && let Some(seat) = self.seats.get(one.number)
            && seat.is_placed()
            && seat.answers_only
            && let Some(Answer::Said { reach: Some(Reach::Addressed(count)), .. }) =
                &mut effect.answer
        {
            *count = 0;
        }
    }

    /// Whether it is a sign of somebody who typed and went without a word: nobody saw whether
    /// that was answered, and so whether it was due.
    fn is_of_the_gone(&self, message: &Message) -> bool {
        let Event::Typing { name, .. } = &message.event else { return false };
        let typist = self.fold.people.iter().find(|who| who.name.shown == *name);
        let session = typist.and_then(|who| who.session);
        session.is_some_and(|session| !self.seats.is_connected(session.number))
    }
}
