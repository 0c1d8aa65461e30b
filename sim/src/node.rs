//! One process: the real core over the real segment engine, driven as the server drives them.
//!
//! It knows nothing of faults or audits. What leaves it for clients, and when, is the world's to
//! say, since a process can end between any two of these calls.

use posada_core::state::State;
use posada_core::state::people::Principal;
use posada_core::{Core, Entry, Founding, Input, Output, Seq, Setup, Time};
use posada_log::{AppendError, Batch, Log, Opened, Options, Segment};
use posada_wire::record;

use crate::auditor::Sizes;
use crate::client;
use crate::disk::SimStorage;
use crate::recovery::{Recovered, StartError, recover};
use crate::swarm::Swarm;

/// A running server.
#[derive(Debug)]
pub struct Node {
    core: Core,
    log: Segment<SimStorage>,
    /// Handed out by the core, not yet by the log.
    waiting: Vec<Entry>,
    payload: Vec<u8>,
    /// When the core wants to hear of the time, in uptime milliseconds.
    pub wake: Option<u64>,
}

/// What a start found.
#[derive(Debug)]
pub struct Found {
    /// What the log said of itself.
    pub opened: Opened,
    /// Every entry of the log, from the first.
    pub entries: Vec<Entry>,
    /// See [`Recovered::marks`].
    pub marks: Vec<u64>,
    /// See [`Recovered::unread`].
    pub unread: usize,
}

impl Node {
    /// Opens the log, folds it, from a snapshot where there is one, and makes a core of the next
    /// epoch.
    ///
    /// # Errors
    /// When the log does not open, does not hold entries, or the snapshot is none.
    pub fn start(
        storage: SimStorage,
        swarm: &Swarm,
        snapshot: Option<&[u8]>,
    ) -> Result<(Self, Found), StartError> {
        let options = Options { segment_bytes: swarm.segment_bytes };
        let (log, opened) = Segment::open(storage, options).map_err(StartError::Open)?;
        let Recovered { state, entries, marks, unread } = recover(&log, snapshot)?;
        let listeners = swarm.listeners.clone();
        let operator = Some(client::operator_token());
        let Swarm { node, resume_bytes, each_address, .. } = *swarm;
        let setup = Setup { state, node, listeners, operator, resume_bytes, each_address };
        let core = Core::new(setup);
        let node = Self { core, log, waiting: vec![], payload: vec![], wake: None };
        Ok((node, Found { opened, entries, marks, unread }))
    }

    /// Hands out what every start begins with.
    pub fn begin(&mut self, now: Time, founding: &Founding<'_>) {
        let mut out = vec![];
        self.core.start(now, founding, &mut out);
        self.sort(out);
    }

    /// One step of the core; what is for clients comes back, the rest is kept.
    pub fn step(&mut self, now: Time, input: Input) -> Vec<Output> {
        let mut out = vec![];
        self.core.step(now, input, &mut out);
        self.sort(out)
    }

    /// Takes the oldest waiting entries, as many as fit into one batch.
    pub fn take_batch(&mut self) -> Vec<Entry> {
        self.payload.clear();
        let most = self.log.largest_payload();
        let mut count = 0;
        for entry in &self.waiting {
            let before = self.payload.len();
            record::encode(entry, &mut self.payload);
            if self.payload.len() > most && count > 0 {
                self.payload.truncate(before);
                break;
            }
            count += 1;
        }
        self.waiting.drain(..count).collect()
    }

    /// Makes the batch that was taken last durable; says where it begins.
    ///
    /// # Errors
    /// When it is not durable.
    pub fn append(&mut self, batch: &[Entry]) -> Result<Seq, AppendError> {
        let first_seq = self.log.next_seq();
        let count = u32::try_from(batch.len()).expect("a batch fits into a segment");
        self.log.append(Batch { first_seq, count, payload: &self.payload })?;
        Ok(Seq(first_seq))
    }

    /// Whether entries wait to be appended.
    pub fn has_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Whether everything that was asked has been answered.
    pub fn is_idle(&self) -> bool {
        self.core.is_idle()
    }

    /// How much is kept.
    pub fn sizes(&self) -> Sizes {
        let state = self.state();
        let mailbox = |(_, it): (_, &Principal)| it.mailbox.history().bytes();
        Sizes {
            rooms: state.rooms().len(),
            history_bytes: state
                .rooms()
                .iter()
                .map(|(_, it)| it.history.bytes())
                .max()
                .unwrap_or(0),
            mailbox_bytes: state.people().principals().map(mailbox).max().unwrap_or(0),
            keys_each: state.keys().iter().map(|(_, _, kept)| kept.count()).max().unwrap_or(0),
            keys: state.keys().len(),
            bans: state.bans().iter().count(),
            away: state.people().away(),
            sessions: self.core.sessions(),
            waiting: self.core.waiting(),
        }
    }

    /// What the state has become: its digest and its time.
    pub fn state(&self) -> &State {
        self.core.state()
    }

    /// The digest of a fold of the log as it is now, from its first entry.
    ///
    /// # Errors
    /// When the log does not hold entries.
    pub fn folded_again(&self) -> Result<u64, StartError> {
        recover(&self.log, None).map(|recovered| recovered.state.digest())
    }

    fn sort(&mut self, out: Vec<Output>) -> Vec<Output> {
        let mut for_clients = vec![];
        for output in out {
            match output {
                Output::Append(entry) => self.waiting.push(entry),
                Output::Wake(at) => self.wake = at,
                other => for_clients.push(other),
            }
        }
        for_clients
    }
}
