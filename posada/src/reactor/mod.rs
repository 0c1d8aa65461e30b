//! The reactor: one thread that owns every socket, the engine, and with it the log.
//!
//! One turn is: wait; take what has come, from each client no more than its window; commit it as
//! one batch; hand out what came of it; write to each client once. There is no lock,
//! and no queue on a message's way, because no other thread takes part; docs/performance.md has
//! the figures that decided it. What a command means is not known here. The files follow a
//! message's way: `accept` (or `gate`, for those whom another thread brings), `hear`, perhaps
//! `gather`, then (in
//! [`crate::engine`]) the log, then `deliver` and `flush`.

mod accept;
mod circles;
mod close;
mod connection;
mod deliver;
mod feeds;
mod flush;
mod gate;
mod gather;
mod hear;
mod obey;
mod outbox;
mod overload;
mod post;
mod ring;
mod timers;
mod transport;

use std::collections::{BTreeSet, VecDeque};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;
use std::time::Duration;

use mio::event::Event;
use mio::{Events, Poll, Token, Waker};
use posada_core::{Input, SessionNumber};
use posada_log::AppendError;
use slab::Slab;
use thiserror::Error;

pub use accept::Door;
use connection::{Connection, LINGER_MS, Stage};
use feeds::Feeds;
pub use gate::{Gate, Manner, Turned, Visitor};
use gather::Heard;
use hear::STALLED_MS;
use obey::Orders;
use overload::Overload;
pub use post::Mailbox;
use post::Post;

use crate::engine::Engine;
use crate::notes::Notes;

/// Tokens from here up are listeners, mailboxes and the waker, below it are connections.
const FIRST_DOOR: usize = 1 << 20;
const FIRST_BOX: usize = 1 << 21;
const WAKER: Token = Token(usize::MAX - 1);
/// The bits of a session number that say where its connection is.
const SLOT_BITS: u32 = 20;
/// Bytes asked for in one read.
const READ_BYTES: usize = 64 << 10;
/// Held up for longer, by a disk or by who stopped the process, the server was not there.
const HELD_UP_MS: u64 = 1_000;
/// How long whoever spoke meanwhile has then to be heard, before anybody's time is over.
const FORGIVING_MS: u64 = 2_000;

/// Why the server cannot go on.
#[derive(Debug, Error)]
pub enum ServeError {
    /// The log cannot be trusted any more.
    #[error(transparent)]
    Log(#[from] AppendError),
    /// The kernel refuses something that a server cannot do without.
    #[error("cannot {doing}: {source}")]
    Kernel {
        /// What was being done.
        doing: &'static str,
        /// What the kernel said.
        source: io::Error,
    },
}

/// Asks a running reactor to close.
#[derive(Clone)]
pub struct Stop {
    requested: Arc<AtomicBool>,
    waker: Arc<Waker>,
}

impl Stop {
    /// Asks now.
    ///
    /// # Errors
    /// When the reactor cannot be woken.
    pub fn request(&self) -> io::Result<()> {
        self.requested.store(true, Ordering::Release);
        self.waker.wake()
    }
}

/// Everything that one thread owns.
pub struct Reactor {
    poll: Poll,
    stop: Stop,
    doors: Vec<Door>,
    /// What the listeners are called, by their numbers.
    listeners: Arc<[&'static str]>,
    connections: Slab<Connection>,
    feeds: Feeds,
    post: Post,
    /// Whom other threads bring, while they may.
    visitors: Option<Receiver<Visitor>>,
    /// Mailboxes that may hold something.
    mail: BTreeSet<usize>,
    engine: Engine,
    /// What is typed at the console, if there is one.
    orders: Option<Orders>,
    /// Where notes to the operator are shown.
    notes: Option<Notes>,
    /// Sessions so far.
    serial: u64,
    /// Connections that may have something to say, longest waiting first.
    ready: VecDeque<usize>,
    /// Connections that have something to be told.
    dirty: Vec<usize>,
    timers: BTreeSet<(u64, usize)>,
    /// When the core wants to be woken.
    wake: Option<u64>,
    /// Until then nobody's time is over: the server has not been there, and hears who has spoken.
    forgiving: u64,
    overload: Overload,
    /// When to try again after the kernel had no descriptors left.
    accept_again: Option<u64>,
    /// The kernel had none at the last try.
    exhausted: bool,
    /// Connections at one time: the log needs descriptors too.
    most: usize,
    buffer: Vec<u8>,
    heard: Heard,
}

impl Reactor {
    /// A reactor over an engine that has started, and listeners that are bound.
    ///
    /// # Errors
    /// When the kernel refuses to watch them.
    pub fn new(
        engine: Engine,
        doors: Vec<Door>,
        boxes: Vec<Mailbox>,
        most: usize,
    ) -> Result<Self, ServeError> {
        let kernel = |doing| move |source| ServeError::Kernel { doing, source };
        let poll = Poll::new().map_err(kernel("make a poll"))?;
        let waker = Waker::new(poll.registry(), WAKER).map_err(kernel("make a waker"))?;
        let post =
            Post::new(boxes, poll.registry(), FIRST_BOX).map_err(kernel("watch a mailbox"))?;
        let mut reactor = Self {
            poll,
            stop: Stop { requested: Arc::default(), waker: Arc::new(waker) },
            doors,
            listeners: Arc::default(),
            connections: Slab::new(),
            feeds: Feeds::default(),
            post,
            visitors: None,
            mail: BTreeSet::new(),
            engine,
            orders: None,
            notes: None,
            serial: 0,
            ready: VecDeque::new(),
            dirty: Vec::new(),
            timers: BTreeSet::new(),
            wake: None,
            forgiving: 0,
            overload: Overload::default(),
            accept_again: None,
            exhausted: false,
            most,
            buffer: vec![0; READ_BYTES],
            heard: Heard::default(),
        };
        for (index, door) in reactor.doors.iter_mut().enumerate() {
            door.register(reactor.poll.registry(), Token(FIRST_DOOR + index))
                .map_err(kernel("watch a listener"))?;
        }
        Ok(reactor)
    }

    /// Shows notes to the operator there from here on.
    pub fn show_notes(&mut self, notes: Notes) {
        self.notes = Some(notes);
    }

    /// What asks this reactor to close.
    pub fn stop(&self) -> Stop {
        self.stop.clone()
    }

    /// Serves until asked to close, then says goodbye within `patience`.
    ///
    /// # Errors
    /// When the log or the kernel fails for good. Nothing that was not durable has been answered.
    pub fn run(mut self, patience: Duration) -> Result<(), ServeError> {
        let mut events = Events::with_capacity(1024);
        while !self.stop.requested.load(Ordering::Acquire) {
            self.wait(&mut events, None)?;
            self.expire();
            self.hear_all();
            self.gather(&mut events)?;
            self.answer_all()?;
        }
        self.close(&mut events, patience)
    }

    /// Takes what has come, commits it, and tells everybody what came of it.
    fn turn(&mut self) -> Result<(), ServeError> {
        self.hear_all();
        self.answer_all()
    }

    /// Commits what has been heard, and tells everybody what came of it.
    fn answer_all(&mut self) -> Result<(), ServeError> {
        self.heard.end();
        let is_due = self.engine.is_due();
        self.engine.commit()?;
        if is_due {
            self.forgive_what_a_sync_held_up();
        }
        self.deliver();
        self.flush();
        self.engine.count_sessions();
        Ok(())
    }

    fn wait(&mut self, events: &mut Events, most: Option<Duration>) -> Result<(), ServeError> {
        let before = self.engine.now().uptime_ms;
        let began = self.engine.tick_clock().uptime_ms;
        let timeout = match (self.timeout(), most) {
            (Some(timeout), Some(most)) => Some(timeout.min(most)),
            (timeout, most) => timeout.or(most),
        };
        self.look(events, timeout)?;
        // Who comes in now has waited in the kernel while this thread slept, not in the server.
        let now = self.engine.tick_clock().uptime_ms;
        events.iter().for_each(|event| self.note(event));
        let asleep = timeout.map_or(u128::MAX, |timeout| timeout.as_millis());
        let late = u128::from(now - began).saturating_sub(asleep);
        let held_up = (began - before).max(u64::try_from(late).unwrap_or(u64::MAX));
        self.overload.turn(now);
        if held_up > HELD_UP_MS {
            self.forgiving = now + FORGIVING_MS;
            self.forgive_backlogs();
        }
        if self.timers.first().is_some_and(|(when, _)| *when <= now) {
            // The process may have been held up since the poll looked. Silence is what is still
            // silence after the clock was read.
            self.look(events, Some(Duration::ZERO))?;
            events.iter().for_each(|event| self.note(event));
        }
        Ok(())
    }

    /// Looks for what has come, or what comes within the timeout.
    fn look(&mut self, events: &mut Events, timeout: Option<Duration>) -> Result<(), ServeError> {
        match self.poll.poll(events, timeout) {
            Err(source) if source.kind() != io::ErrorKind::Interrupted => {
                Err(ServeError::Kernel { doing: "wait for clients", source })
            }
            _ => Ok(()),
        }
    }

    fn note(&mut self, event: &Event) {
        let Token(token) = event.token();
        if token == WAKER.0 {
            return self.let_visitors_in();
        }
        if token >= FIRST_BOX {
            self.mail.insert(token - FIRST_BOX);
            return;
        }
        if token >= FIRST_DOOR {
            return self.accept(token - FIRST_DOOR);
        }
        let Some(connection) = self.connections.get_mut(token) else { return };
        if event.is_readable() || event.is_read_closed() || event.is_error() {
            connection.readable = true;
            connection.end_is_near |= event.is_read_closed() || event.is_error();
            self.queue(token);
        }
        if event.is_writable() || event.is_write_closed() {
            self.connections[token].blocked = false;
            self.mark_dirty(token);
        }
    }

    fn queue(&mut self, slot: usize) {
        if !std::mem::replace(&mut self.connections[slot].queued, true) {
            self.ready.push_back(slot);
        }
    }

    fn mark_dirty(&mut self, slot: usize) {
        if !std::mem::replace(&mut self.connections[slot].dirty, true) {
            self.dirty.push(slot);
        }
    }

    /// Takes nothing more from a client. Its place is free from here on; it is still told what
    /// it is owed.
    fn dismiss(&mut self, slot: usize, stage: Stage) {
        let connection = &mut self.connections[slot];
        let was_open = connection.is_open();
        connection.stage = stage;
        if !was_open {
            return;
        }
        self.feeds.unfollow_all(slot, &mut connection.outbox);
        let session = connection.session;
        self.engine.feed(Input::Closed { session });
        self.give(slot, if stage == Stage::Ended { STALLED_MS } else { LINGER_MS });
        self.mark_dirty(slot);
    }

    /// Forgets a connection.
    fn remove(&mut self, slot: usize) {
        self.dismiss(slot, Stage::Lingering);
        self.set_timer(slot, None);
        let mut connection = self.connections.remove(slot);
        self.feeds.forget(slot, &mut connection.outbox);
        // It is dropped in any case, and with it the kernel's interest.
        let _ = self.poll.registry().deregister(&mut connection.socket);
    }

    /// Where a session's connection is, if it still is.
    fn slot(&self, session: SessionNumber) -> Option<usize> {
        let slot = usize::try_from(session.0 & ((1 << SLOT_BITS) - 1)).ok()?;
        self.connections.get(slot).filter(|found| found.session == session).map(|_| slot)
    }
}
