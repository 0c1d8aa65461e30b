//! The engine: collect what comes, make it durable in one batch, then let the replies out.
//!
//! This is the order on which every promise rests. [`Engine::feed`] steps the core and keeps
//! what it wants in the log; [`Engine::commit`] writes that as one batch, returns only when it is
//! on disk, and only then tells the core. What the clients are to hear gathers in
//! [`Engine::effects`]. It knows no socket, so the same loop runs under any listener.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use posada_core::limits::MESSAGE_BYTES;
use posada_core::state::State;
use posada_core::state::rooms::Room;
use posada_core::{
    Ask, Core, Founding, Goodbye, Input, ListenerId, Output, Seq, SessionNumber, Setup, Time,
};
use posada_log::{AppendError, Batch, Log, MAX_BATCH_BYTES, ReadError};
use thiserror::Error;
use tracing::{info, warn};

use crate::clock::Clock;
use crate::console::News;
use crate::console::witness::Witness;
use crate::failpoint::{self, reach};
use crate::figures::Figures;
use crate::gathering::{Gathered, Gathering};
use crate::keeper::Keeper;
use crate::replay::{EntryFlaw, Replay};

/// A sync that takes longer is reported to the operator.
const SLOW_SYNC: Duration = Duration::from_millis(250);

/// About what one name takes in a list, with what is said of it.
const LINE_BYTES: usize = 64;

/// Why no state can be recovered from a log.
#[derive(Debug, Error)]
pub enum RecoverError {
    /// The log's bytes cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// An entry does not mean what it meant.
    #[error(transparent)]
    Entry(#[from] EntryFlaw),
}

/// Folds a log into the state that it says, from the state on that is known where it begins.
///
/// # Errors
/// When the log cannot be read, or does not mean what it meant.
pub fn recover(log: &dyn Log, state: State) -> Result<State, RecoverError> {
    let from = state.seq().0 + 1;
    let mut replay = Replay { state, flaw: None };
    log.replay(from, &mut |batch| replay.batch(batch, &mut |_, _| {}))?;
    replay.flaw.map_or(Ok(replay.state), |flaw| Err(flaw.into()))
}

/// The core and its log.
pub struct Engine {
    core: Core,
    log: Box<dyn Log>,
    /// Bytes of history that one answer tells of.
    resume_bytes: u32,
    clock: Clock,
    now: Time,
    /// What waits for the next commit.
    waiting: Gathering,
    effects: Vec<Output>,
    full: bool,
    /// Who tells the operator what happens.
    witness: Option<Witness>,
    /// Who has snapshots written, and the last segment that it knows to be sealed.
    keeper: Option<(Keeper, u32)>,
    /// This start of the node is in the log.
    began: bool,
    figures: Arc<Figures>,
    last_sync: Duration,
}

impl Engine {
    /// An engine over a log that takes batches of `largest` bytes, with the state recovered
    /// from it.
    pub fn new(setup: Setup, log: Box<dyn Log>, largest: usize) -> Self {
        let clock = Clock::after(setup.state.time());
        let figures = Figures::of(setup.listeners.len());
        figures.seq.store(setup.state.seq().0, Relaxed);
        Self {
            figures: Arc::new(figures),
            resume_bytes: setup.resume_bytes,
            core: Core::new(setup),
            log,
            clock,
            now: clock.now(),
            waiting: Gathering::new(largest.min(MAX_BATCH_BYTES)),
            effects: Vec::new(),
            full: false,
            witness: None,
            keeper: None,
            began: false,
            last_sync: Duration::ZERO,
        }
    }

    /// Appends what every start begins with: see [`Core::start`].
    ///
    /// # Errors
    /// As [`Engine::commit`]; also when there is no space, since nothing can begin without it.
    pub fn start(&mut self, founding: &Founding<'_>) -> Result<(), AppendError> {
        self.tick_clock();
        self.core.start(self.now, founding, &mut self.effects);
        self.part(0);
        self.commit()?;
        self.began = true;
        self.effects.clear();
        Ok(())
    }

    /// Has somebody see everything that happens from here on.
    pub fn watched_by(&mut self, witness: Witness) {
        self.witness = Some(witness);
    }

    /// Has somebody told of every segment that is sealed, and of those that are by now.
    pub fn kept_by(&mut self, keeper: Keeper) {
        keeper.ring();
        self.keeper = Some((keeper, self.log.sealed()));
    }

    /// A listener itself sends somebody away: the core will only hear that it is gone.
    pub fn dismissed(&mut self, session: SessionNumber, reason: Goodbye) {
        if let Some(witness) = &mut self.witness {
            witness.dismissed(session, reason);
        }
    }

    /// Reads the clocks: what is fed from here on is stamped with this moment.
    pub fn tick_clock(&mut self) -> Time {
        self.now = self.clock.now();
        self.now
    }

    /// The moment last read.
    pub fn now(&self) -> Time {
        self.now
    }

    /// Takes one thing that happened.
    pub fn feed(&mut self, input: Input) {
        if matches!(input, Input::Asked { .. }) {
            Figures::count(&self.figures.requests);
        }
        let from = self.effects.len();
        let seen = self.witness.is_some().then(|| input.clone());
        self.core.step(self.now, input, &mut self.effects);
        if let (Some(witness), Some(input)) = (&mut self.witness, seen) {
            witness.sees(self.now.wall_ms, &input, &self.effects[from..]);
        }
        self.part(from);
    }

    /// How long the last batch took to be durable.
    pub fn last_sync(&self) -> Duration {
        self.last_sync
    }

    /// Whether what waits for [`Engine::commit`] is one batch at most, and more may come to it.
    pub fn has_room(&self) -> bool {
        self.waiting.len() <= 1
    }

    /// Whether something waits for [`Engine::commit`].
    pub fn is_due(&self) -> bool {
        self.waiting.len() > 0
    }

    /// Makes all that waits durable, then applies it.
    ///
    /// # Errors
    /// When the log cannot be trusted any more: nothing that waited may be answered, and the
    /// process must end. Lack of space is no such error; whoever waits is refused then.
    pub fn commit(&mut self) -> Result<(), AppendError> {
        // What the entries of these batches bring about is for the next commit.
        for _ in 0..self.waiting.len() {
            let Some(mut batch) = self.waiting.take() else { break };
            self.append(&mut batch)?;
            self.waiting.recycle(batch);
        }
        Ok(())
    }

    fn append(&mut self, batch: &mut Gathered) -> Result<(), AppendError> {
        let Gathered { entries, payload } = batch;
        let first_seq = self.log.next_seq();
        let count = u32::try_from(entries.len()).expect("a batch is bounded by its bytes");
        reach(failpoint::APPEND);
        let began = Instant::now();
        let appended = self.log.append(Batch { first_seq, count, payload });
        let took = began.elapsed();
        self.last_sync = took;
        if took > SLOW_SYNC {
            warn!(ms = took.as_millis(), "disk slow: a sync held everybody up");
            self.tell(News::DiskSlow(took.as_millis()));
        }
        match appended {
            Ok(()) => {
                reach(failpoint::DURABLE);
                self.count(first_seq + u64::from(count) - 1, payload.len(), took);
                self.tell_keeper();
                if std::mem::take(&mut self.full) {
                    self.figures.read_only.store(false, Relaxed);
                    info!("there is space again: changes are accepted");
                    self.tell(News::DiskFree);
                }
                for (seq, entry) in (first_seq..).zip(entries.drain(..)) {
                    reach(failpoint::APPLY);
                    self.feed(Input::Appended { seq: Seq(seq), entry });
                }
                reach(failpoint::APPLIED);
                Ok(())
            }
            Err(error @ AppendError::Full { .. }) => {
                if !std::mem::replace(&mut self.full, true) {
                    self.figures.read_only.store(true, Relaxed);
                    warn!("read-only, nothing is lost: {error}");
                    self.tell(News::DiskFull(error.to_string()));
                }
                if !self.began {
                    return Err(error);
                }
                for entry in entries.drain(..) {
                    self.feed(Input::NotAppended { entry });
                }
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Tells the operator.
    pub fn tell(&self, news: News) {
        if let Some(witness) = &self.witness {
            witness.tell(self.now.wall_ms, news);
        }
    }

    fn tell_keeper(&mut self) {
        let sealed = self.log.sealed();
        if let Some((keeper, known)) = &mut self.keeper
            && std::mem::replace(known, sealed) != sealed
        {
            keeper.ring();
        }
    }

    fn count(&self, last: u64, bytes: usize, took: Duration) {
        let figures = &self.figures;
        figures.seq.store(last, Relaxed);
        Figures::count(&figures.batches);
        figures.bytes.fetch_add(bytes as u64, Relaxed);
        figures.syncs.add(took);
    }

    /// What this server counts of itself.
    pub fn figures(&self) -> &Arc<Figures> {
        &self.figures
    }

    /// Counts who is here.
    pub fn count_sessions(&self) {
        for (index, figure) in (0..).zip(&self.figures.sessions) {
            figure.store(self.core.sessions_at(ListenerId(index)), Relaxed);
        }
    }

    /// Keeps what goes to the log apart from what goes to the clients.
    fn part(&mut self, from: usize) {
        // Most steps have one output, and nothing is to be parted.
        let appends = |output: &mut Output| matches!(output, Output::Append(_));
        match &self.effects[from..] {
            [Output::Append(_)] => {
                if let Some(Output::Append(entry)) = self.effects.pop() {
                    self.waiting.add(entry);
                }
                return;
            }
            [] | [Output::Reply { .. }] => return,
            _ => {}
        }
        for output in self.effects.extract_if(from.., appends) {
            if let Output::Append(entry) = output {
                self.waiting.add(entry);
            }
        }
    }

    /// Takes what is to be done outside, in order. Hand the vector back to [`Engine::recycle`].
    pub fn effects(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.effects)
    }

    /// Takes an emptied vector of effects back, for its room.
    pub fn recycle(&mut self, mut effects: Vec<Output>) {
        effects.clear();
        if self.effects.is_empty() {
            self.effects = effects;
        }
    }

    /// About how many bytes the reply to an ask takes, where it grows with the state.
    pub fn reply_bytes(&self, ask: &Ask) -> usize {
        match ask {
            Ask::List => self.state().resources().len() * LINE_BYTES,
            Ask::Who(_) => self.state().people().online() * LINE_BYTES,
            Ask::Rooms => self.state().rooms().iter().map(|(_, room)| line(room)).sum(),
            // One message is told however long it is.
            Ask::Resume { .. } => (self.resume_bytes as usize).max(MESSAGE_BYTES),
            _ => 0,
        }
    }

    /// What the log says so far.
    pub fn state(&self) -> &State {
        self.core.state()
    }
}

/// About what one room takes in a list.
fn line(room: &Room) -> usize {
    let topic = room.topic.as_ref().map_or(0, |(topic, _)| topic.len());
    LINE_BYTES + room.name.shown.len() + topic
}
