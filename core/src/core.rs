//! The two sides of the log: admitting what is asked, and answering when it is applied.

mod asking;
mod telling;

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use crate::limits::RESUME_BYTES;
use crate::session::{Budget, Sessions};
use crate::state::{RULES, State};
use crate::{
    Admission, Answer, Ask, Command, Digest, Entry, Goodbye, Input, Label, ListenerId, Output,
    Refusal, Seq, SessionId, SessionNumber, Time,
};

/// How long a full disk is left alone before an end is tried again.
const RETRY_MS: u64 = 1_000;

/// What a core starts from.
#[derive(Clone, Debug)]
pub struct Setup {
    /// What the log says.
    pub state: State,
    /// Which node this is.
    pub node: u16,
    /// What each listener allows, in the order of [`crate::ListenerId`].
    pub listeners: Vec<Admission>,
    /// The digest of the token that shows who is the operator; `None`: nobody can show it.
    pub operator: Option<Digest>,
    /// Bytes of history, about, that one answer tells of: see [`State::missed`].
    pub resume_bytes: u32,
    /// What one address may have of all listeners together.
    pub each_address: Budget,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            state: State::default(),
            node: 0,
            listeners: Vec::new(),
            operator: None,
            resume_bytes: RESUME_BYTES,
            each_address: Budget::default(),
        }
    }
}

/// What every start makes sure of.
#[derive(Clone, Copy, Debug)]
pub struct Founding<'a> {
    /// What there is to reserve, in the order in which it is listed.
    pub resources: &'a [Label],
    /// Bytes of history that each room keeps.
    pub history_bytes: u32,
}

/// The state machine between the listeners and the log.
#[derive(Debug)]
pub struct Core {
    state: State,
    sessions: Sessions,
    operator: Option<Digest>,
    resume_bytes: u32,
    node: u16,
    epoch: u32,
    draining: bool,
    /// What is on its way to the log and what waits behind it, in the order of asking.
    pending: VecDeque<Pending>,
    /// How many of `pending` are writes.
    writes: usize,
    /// Ends that could not be stored, to be tried again.
    owed: VecDeque<SessionNumber>,
    /// When to try again, in uptime milliseconds, if nothing else is stored before.
    retry: Option<u64>,
    /// What a start begins with and could not be stored: nothing may come before it.
    unstarted: VecDeque<Command>,
    /// The moment of the present step.
    now: Time,
    /// The last checkpoint for which a check was appended.
    checked: Seq,
    wake: Option<u64>,
}

#[derive(Debug)]
enum Pending {
    /// An entry, and who waits for its answer.
    Write(Option<SessionNumber>),
    /// Something that only reads the state, in its turn.
    Read(SessionNumber, Ask),
    /// A goodbye, in its turn.
    Goodbye(SessionNumber, Goodbye),
}

impl Core {
    /// A core for the next epoch of `setup.node`. Feed what [`Core::start`] hands out first.
    pub fn new(setup: Setup) -> Self {
        let epoch = setup.state.epoch(setup.node) + 1;
        let listeners =
            if setup.listeners.is_empty() { &[Admission::default()][..] } else { &setup.listeners };
        Self {
            sessions: Sessions::new(listeners, setup.each_address),
            checked: setup.state.checkpoint().0,
            state: setup.state,
            operator: setup.operator,
            resume_bytes: setup.resume_bytes,
            node: setup.node,
            epoch,
            draining: false,
            pending: VecDeque::new(),
            writes: 0,
            owed: VecDeque::new(),
            retry: None,
            unstarted: VecDeque::new(),
            now: Time::default(),
            wake: None,
        }
    }

    /// Hands out the entries that every start begins with: the rules where the log has older ones,
    /// this node's new epoch, and what of `founding` the log does not know.
    pub fn start(&mut self, now: Time, founding: &Founding<'_>, out: &mut Vec<Output>) {
        if self.state.rules() < RULES {
            self.append(now, None, Command::Rules { version: RULES }, out);
        }
        self.append(now, None, Command::NodeUp { node: self.node, epoch: self.epoch }, out);
        if self.state.rooms().history_bytes() != founding.history_bytes {
            let command = Command::History { bytes: founding.history_bytes };
            self.append(now, None, command, out);
        }
        for resource in founding.resources {
            if !self.state.resources().contains(&resource.key) {
                let command = Command::Declare { resource: resource.clone() };
                self.append(now, None, command, out);
            }
        }
    }

    /// One step. `now` is stamped on what is appended; what is to be done is added to `out`.
    ///
    /// # Panics
    /// When entries come back that were not handed out, or in another order: an acknowledgement
    /// would otherwise mean nothing.
    pub fn step(&mut self, now: Time, input: Input, out: &mut Vec<Output>) {
        self.now = now;
        match input {
            Input::Opened { session, listener, peer } => {
                self.opened(now, session, listener, peer, out);
            }
            Input::Heard { session } => self.heard(now, session, out),
            Input::Asked { session, ask, key, counted } => {
                self.asked(now, session, ask, key, counted, out);
            }
            Input::Closed { session } => self.closed(now, session, out),
            Input::Appended { seq, entry } => self.appended(now, seq, &entry, out),
            Input::NotAppended { entry } => self.not_appended(now, &entry, out),
            Input::Tick => self.tick(now, out),
            Input::Drain => self.drain(out),
        }
        let wake = [self.sessions.deadline(), self.retry].into_iter().flatten().min();
        if wake != self.wake {
            self.wake = wake;
            out.push(Output::Wake(wake));
        }
    }

    /// What the log says so far.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// How many sessions a listener has.
    pub fn sessions_at(&self, listener: ListenerId) -> u32 {
        self.sessions.taken(listener)
    }

    /// How many sessions are here, wherever they came in.
    pub fn sessions(&self) -> usize {
        self.sessions.len()
    }

    /// How many asks and goodbyes wait for their turn, and entries for the log.
    pub fn waiting(&self) -> usize {
        self.pending.len()
    }

    /// This start of this node.
    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    /// Whether everything that was asked has been answered.
    pub fn is_idle(&self) -> bool {
        self.pending.is_empty()
    }

    fn closed(&mut self, now: Time, session: SessionNumber, out: &mut Vec<Output>) {
        if self.sessions.close(session) {
            let session = self.id(session);
            self.append(now, None, Command::End { session }, out);
        }
    }

    fn tick(&mut self, now: Time, out: &mut Vec<Output>) {
        for session in self.sessions.overdue(now) {
            self.goodbye(session, Goodbye::Nameless, out);
        }
        if self.retry.is_some_and(|when| now.uptime_ms >= when) {
            self.retry = None;
            if self.writes == 0 {
                self.settle(now, out);
            }
        }
    }

    fn drain(&mut self, out: &mut Vec<Output>) {
        self.draining = true;
        for session in self.sessions.all() {
            self.goodbye(session, Goodbye::Closing, out);
        }
    }

    fn goodbye(&mut self, session: SessionNumber, reason: Goodbye, out: &mut Vec<Output>) {
        if self.sessions.dismiss(session) {
            self.queue(Pending::Goodbye(session, reason), out);
        }
    }

    fn append(
        &mut self,
        time: Time,
        waiting: Option<SessionNumber>,
        command: Command,
        out: &mut Vec<Output>,
    ) {
        self.append_entry(waiting, Entry { time, key: None, command }, out);
    }

    fn append_entry(
        &mut self,
        waiting: Option<SessionNumber>,
        entry: Entry,
        out: &mut Vec<Output>,
    ) {
        while let Some(command) = self.unstarted.pop_front() {
            self.hand_out(None, Entry { time: entry.time, key: None, command }, out);
        }
        self.hand_out(waiting, entry, out);
    }

    fn hand_out(&mut self, waiting: Option<SessionNumber>, entry: Entry, out: &mut Vec<Output>) {
        self.pending.push_back(Pending::Write(waiting));
        self.writes += 1;
        out.push(Output::Append(entry));
    }

    /// Does at once what waits for nothing, the rest in its turn.
    fn queue(&mut self, pending: Pending, out: &mut Vec<Output>) {
        self.pending.push_back(pending);
        self.run_reads(out);
    }

    fn run_reads(&mut self, out: &mut Vec<Output>) {
        while let Some(front) = self.pending.pop_front() {
            match front {
                Pending::Read(session, ask) => self.read(session, &ask, out),
                Pending::Goodbye(session, reason) => out.push(Output::Close { session, reason }),
                Pending::Write(_) => {
                    self.pending.push_front(front);
                    return;
                }
            }
        }
    }

    fn next_write(&mut self, entry: &Entry) -> Option<SessionNumber> {
        let Some(Pending::Write(waiting)) = self.pending.pop_front() else {
            panic!("an entry came back that was not handed out");
        };
        let asker = entry.command.asker().map(|session| session.number);
        assert_eq!(waiting, asker, "an entry came back in another's turn");
        self.writes -= 1;
        waiting
    }

    fn appended(&mut self, now: Time, seq: Seq, entry: &Entry, out: &mut Vec<Output>) {
        let waiting = self.next_write(entry);
        let outcome = self.state.apply(seq, entry);
        self.tell(seq, &entry.command, outcome, waiting, out);
        self.run_reads(out);
        if self.writes == 0 {
            self.settle(now, out);
        }
    }

    /// Nothing is on its way: the time for what the core itself has to append.
    fn settle(&mut self, now: Time, out: &mut Vec<Output>) {
        self.retry = None;
        // First, so that no other checkpoint can come between it and what it checks.
        let (at, trail) = self.state.checkpoint();
        if at > self.checked {
            self.checked = at;
            self.append(now, None, Command::Check { at, trail }, out);
        }
        while let Some(session) = self.owed.pop_front() {
            let session = self.id(session);
            self.append(now, None, Command::End { session }, out);
        }
    }

    fn not_appended(&mut self, now: Time, entry: &Entry, out: &mut Vec<Output>) {
        let waiting = self.next_write(entry);
        if let Some(session) = waiting {
            let answer = Answer::Refused(Refusal::ReadOnly);
            out.push(Output::Reply { session, answer });
        } else {
            match &entry.command {
                Command::End { session } => {
                    self.owed.push_back(session.number);
                    self.retry = Some(now.uptime_ms.saturating_add(RETRY_MS));
                }
                // The next checkpoint will do.
                Command::Check { .. } => {}
                first => self.unstarted.push_back(first.clone()),
            }
        }
        self.run_reads(out);
    }

    fn id(&self, number: SessionNumber) -> SessionId {
        SessionId { node: self.node, epoch: self.epoch, number }
    }

    fn local(&self, session: SessionId) -> Option<SessionNumber> {
        (session.node == self.node && session.epoch == self.epoch).then_some(session.number)
    }
}
