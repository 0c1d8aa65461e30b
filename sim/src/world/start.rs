//! What follows a stop: the disk keeps what it keeps, and a new process makes sense of it.

use posada_core::{Founding, Time};
use posada_log::OpenError;

use super::{Process, World};
use crate::auditor::{Audit, Invariant, Violation};
use crate::client;
use crate::disk::Stop;
use crate::node::{Found, Node};
use crate::recovery::{StartError, written_down};
use crate::swarm::{HISTORY_BYTES, SEGMENT_BYTES};

/// Starts that may fail in a row before the world goes easy on the next one.
const UNLUCKY: u32 = 4;

/// One of so many starts reads the whole log; the others begin from a snapshot.
const FOLDS_ALL: u64 = 3;

impl World {
    /// Ends the process, if there is one, and starts until one stands with its doors open.
    pub(super) fn start(&mut self) -> Audit {
        for attempt in 0.. {
            self.stop();
            let easy = attempt >= UNLUCKY || self.calm;
            if easy {
                self.disk.heal();
            } else if self.draw(self.swarm.faults.stop_in_start) {
                let calls = self.rng.between(1, 16);
                self.disk.stop_in(u32::try_from(calls).expect("it is small"));
            }
            let stands = self.open()? && self.begin(easy)?;
            if stands {
                break;
            }
        }
        Ok(())
    }

    /// The process ends. Nobody is told anything any more.
    fn stop(&mut self) {
        let how = if self.draw(self.swarm.faults.kill) { Stop::Killed } else { Stop::PowerLost };
        self.trace.note(|| format!("== {how:?}"));
        self.stats.stops += 1;
        self.node = None;
        self.disk.restart(how);
        self.lines_break();
        self.crowd.lose_all();
        self.auditor.stopped();
    }

    /// Opens the log and compares it with what it must hold. Says whether the process lives on.
    fn open(&mut self) -> Result<bool, Violation> {
        if self.draw(self.swarm.faults.resize) {
            self.swarm.segment_bytes = self.rng.pick(&SEGMENT_BYTES);
            self.swarm.history_bytes = self.rng.pick(&HISTORY_BYTES);
        }
        let snapshot = self.snapshot.take();
        let useful = snapshot.as_deref().filter(|_| !self.stats.stops.is_multiple_of(FOLDS_ALL));
        let started = Node::start(self.disk.storage(), &self.swarm, useful);
        self.snapshot = snapshot;
        let (node, found) = match started {
            Ok(started) => started,
            Err(error) if self.may_fail(&error) => {
                self.trace.note(|| format!("-- did not start: {error:?}"));
                return Ok(false);
            }
            Err(error @ (StartError::Drifted(_) | StartError::Snapshot(_))) => {
                return Err(Invariant::RecoveryIsFold.broken(format!("{error:?}")));
            }
            Err(error) => return Err(Invariant::OpensAgain.broken(format!("{error:?}"))),
        };
        if self.disk.is_dead() {
            return Ok(false);
        }
        self.trace.note(|| format!("-- {:?}", found.opened));
        self.stats.torn += u64::from(found.opened.dropped.is_some());
        self.stats.segments = u64::from(found.opened.segments);
        self.auditor.recovered(&found.entries)?;
        self.same_marks(&found)?;
        self.stats.snapshots += u64::from(found.unread > 0);
        self.snapshot = Some(written_down(node.state()));
        let mut uptime_ms = node.state().time().uptime_ms;
        if self.draw(self.swarm.faults.uptime) {
            let jump = self.rng.pick(&[1, 999, 50_000]);
            let back = self.rng.coin();
            uptime_ms = if back { uptime_ms.saturating_sub(jump) } else { uptime_ms + jump };
        }
        self.now = Time::new(self.now.wall_ms, uptime_ms);
        self.auditor.ticked(self.now);
        self.node = Some(node);
        Ok(true)
    }

    /// A start may fail where the process was stopped in it, or where there is no room.
    fn may_fail(&mut self, error: &StartError) -> bool {
        let no_room = |source: &std::io::Error| source.kind() == std::io::ErrorKind::StorageFull;
        let full = match error {
            StartError::Open(OpenError::Io { source, .. }) => no_room(source),
            _ => false,
        };
        self.disk.is_dead() || (full && self.disk.is_full())
    }

    /// The state after each entry is what it was when that entry was first applied.
    fn same_marks(&mut self, found: &Found) -> Audit {
        self.marks.truncate(found.entries.len());
        let (known, unread) = (self.marks.len(), found.unread);
        let differs = (unread..known).find(|&at| self.marks[at] != found.marks[at - unread]);
        Invariant::RecoveryIsFold.require(differs.is_none(), || {
            let seq = differs.map_or(0, |at| at + 1);
            let from = if unread > 0 { "from a snapshot" } else { "from the first entry" };
            format!("after entry {seq} of {known} the state recovered {from} is not what it was")
        })?;
        self.marks.extend_from_slice(&found.marks[known - unread..]);
        Ok(())
    }

    /// Appends what a start begins with. Until that is durable the doors are closed.
    fn begin(&mut self, easy: bool) -> Result<bool, Violation> {
        let (now, resources) = (self.now, client::resources(&self.swarm));
        let history_bytes = self.swarm.history_bytes;
        self.running().begin(now, &Founding { resources: &resources, history_bytes });
        let calm = std::mem::replace(&mut self.calm, easy);
        let refused = self.stats.full;
        let process = self.append_all();
        self.calm = calm;
        // Without room for its own first entries a server does not open.
        Ok(process? == Process::Lives && self.stats.full == refused)
    }
}
