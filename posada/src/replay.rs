//! The fold over a log that is only read: entries decoded and applied, with what each came to.
//!
//! It stops at the first entry that cannot be applied, because nothing behind it would mean what
//! it says. Recovery and the commands that look use the same one. Read next:
//! [`crate::engine::recover`], [`crate::commands`], and [`posada_core::state`].

use posada_core::state::{Outcome, State};
use posada_core::{Command, Entry, Seq, SessionId, Text};
use posada_log::Batch;
use posada_wire::record::{self, RecordError};
use thiserror::Error;

/// Why an entry cannot be understood, although its bytes are those that were written.
#[derive(Debug, Error)]
pub enum EntryFlaw {
    /// Its record cannot be decoded.
    #[error("seq {seq} cannot be read: {why}")]
    Unreadable {
        /// Its sequence number.
        seq: u64,
        /// What the decoder says.
        why: RecordError,
    },
    /// Its batch holds another number of entries than its header says.
    #[error("the batch at seq {first} holds {found} entries and states {stated}")]
    Count {
        /// The sequence number of the batch.
        first: u64,
        /// How many there are.
        found: u64,
        /// How many there should be.
        stated: u32,
    },
    /// Entries before it are missing.
    #[error("seq {seq} follows seq {last}: what was between is lost")]
    Gap {
        /// Its sequence number.
        seq: u64,
        /// The last one before the gap.
        last: u64,
    },
    /// The log does not begin with its rules.
    #[error("seq {seq} comes before any rules: this is not a log of posada")]
    Unruled {
        /// Its sequence number.
        seq: u64,
    },
    /// The state is another one than it was when this was written.
    #[error(
        "seq {seq} says that the state differs at seq {at} from what it was; this is an error of \
         posada: keep a copy of the log and report it"
    )]
    Drifted {
        /// The entry that found it.
        seq: u64,
        /// Where the two differ at the latest.
        at: u64,
    },
    /// It needs a newer posada.
    #[error("seq {seq} switches on the rules {version}: use a newer posada")]
    UnknownRules {
        /// Its sequence number.
        seq: u64,
        /// The rules.
        version: u32,
    },
}

/// One entry and what it came to.
pub struct Applied {
    /// Where it stands in the log.
    pub seq: Seq,
    /// The entry.
    pub entry: Entry,
    /// What it came to.
    pub outcome: Outcome,
    /// The name that the entry's session had before.
    pub name: Option<Text>,
}

/// The state so far, and why it goes no further.
#[derive(Default)]
pub struct Replay {
    /// What the entries so far say.
    pub state: State,
    /// Why the entries behind them are not applied.
    pub flaw: Option<EntryFlaw>,
}

impl Replay {
    /// Applies a batch, and hands each entry on with the state behind it.
    pub fn batch(&mut self, batch: Batch<'_>, each: &mut dyn FnMut(&State, &Applied)) {
        if self.flaw.is_none() {
            self.flaw = self.entries(batch, each).err();
        }
    }

    fn entries(
        &mut self,
        batch: Batch<'_>,
        each: &mut dyn FnMut(&State, &Applied),
    ) -> Result<(), EntryFlaw> {
        let last = self.state.seq().0;
        if batch.first_seq != last + 1 {
            return Err(EntryFlaw::Gap { seq: batch.first_seq, last });
        }
        let mut found = 0;
        for (seq, entry) in (batch.first_seq..).zip(record::decode(batch.payload)) {
            let entry = entry.map_err(|why| EntryFlaw::Unreadable { seq, why })?;
            let applied = self.apply(Seq(seq), entry)?;
            each(&self.state, &applied);
            found += 1;
        }
        if found == u64::from(batch.count) {
            Ok(())
        } else {
            Err(EntryFlaw::Count { first: batch.first_seq, found, stated: batch.count })
        }
    }

    fn apply(&mut self, seq: Seq, entry: Entry) -> Result<Applied, EntryFlaw> {
        if self.state.rules() == 0 && !matches!(entry.command, Command::Rules { .. }) {
            return Err(EntryFlaw::Unruled { seq: seq.0 });
        }
        let name = session_of(&entry.command).and_then(|session| self.state.name_of(session));
        match self.state.apply(seq, &entry) {
            Outcome::Drifted { at } => Err(EntryFlaw::Drifted { seq: seq.0, at: at.0 }),
            Outcome::UnknownRules(version) => Err(EntryFlaw::UnknownRules { seq: seq.0, version }),
            outcome => Ok(Applied { seq, entry, outcome, name }),
        }
    }
}

/// Who an entry is from, where it is from a session.
pub fn session_of(command: &Command) -> Option<SessionId> {
    match command {
        Command::End { session } => Some(*session),
        command => command.asker(),
    }
}
