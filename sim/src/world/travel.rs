//! The way between clients and the server: who sends what when, and what becomes of it.

use posada_core::{Ask, Input, Key, SessionNumber};

use super::World;
use crate::auditor::{Audit, Sight};

/// Milliseconds that something is late.
const LATE_MS: [u64; 6] = [1, 10, 300, 1_000, 3_000, 60_000];
/// Beyond any time.
const NEVER: u64 = u64::MAX;

/// What a client sent.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) ask: Ask,
    pub(super) key: Option<Key>,
    /// Whether a part of it came before the rest.
    pub(super) piecemeal: bool,
}

impl World {
    /// A client sends something. A datagram may come twice, or not at all.
    pub(super) fn sends_up(&mut self, session: SessionNumber, sent: &Sent) {
        let datagram = self.crowd.manner(session).is_some_and(|manner| manner.datagrams);
        let copies = if datagram { self.copies() } else { 1 };
        for _ in 0..copies {
            let due = self.due();
            self.up.send(session, due, !datagram, sent.clone());
        }
    }

    /// The server sends something. Who never reads keeps it in the way of all the rest.
    pub(super) fn sends_down(&mut self, session: SessionNumber, sight: &Sight) {
        let Some(manner) = self.crowd.manner(session) else { return };
        let copies = if manner.datagrams { self.copies() } else { 1 };
        for _ in 0..copies {
            let due = if manner.deaf { NEVER } else { self.due() };
            self.down.send(session, due, !manner.datagrams, sight.clone());
        }
    }

    fn copies(&mut self) -> usize {
        if self.draw(self.swarm.faults.lost) { self.rng.pick(&[0, 0, 2, 3]) } else { 1 }
    }

    fn due(&mut self) -> u64 {
        let late = self.draw(self.swarm.faults.late);
        self.now.uptime_ms + if late { self.rng.pick(&LATE_MS) } else { 0 }
    }

    /// Everything arrives whose time has come. Who does not read what waits for it is cut.
    pub(super) fn carry(&mut self) -> Audit {
        let now = if self.calm { NEVER } else { self.now.uptime_ms };
        while let Some((session, sent)) = self.up.next(now) {
            // The listener hears nobody to whom it has said goodbye.
            if self.crowd.manner(session).is_some() {
                self.arrives(session, sent)?;
            }
        }
        while let Some((session, sight)) = self.down.next(now) {
            self.crowd.receives(session, &sight);
        }
        for session in self.down.sessions() {
            if self.down.count(session) > self.swarm.outbox && self.crowd.manner(session).is_some()
            {
                self.stats.cut += 1;
                self.trace.note(|| format!("-- {} does not read and is cut", session.0));
                self.up.breaks(session, 0);
                self.hang_up(session)?;
            }
        }
        Ok(())
    }

    /// The server hears a message, perhaps a part of it first.
    pub(super) fn arrives(&mut self, session: SessionNumber, sent: Sent) -> Audit {
        let Sent { ask, key, piecemeal } = sent;
        if piecemeal {
            self.auditor.heard(session, None, false);
            self.step(Input::Heard { session })?;
        }
        self.auditor.heard(session, Some((&ask, key)), piecemeal);
        self.step(Input::Asked { session, ask, key, counted: piecemeal })
    }

    /// The process is gone. What it had sent arrives, up to some point for each.
    pub(super) fn lines_break(&mut self) {
        for session in self.down.sessions() {
            let sent = self.down.count(session);
            let reads = self.crowd.manner(session).is_none_or(|manner| !manner.deaf);
            let arrives = if reads { self.rng.index(sent + 1) } else { 0 };
            for sight in self.down.breaks(session, arrives) {
                self.crowd.receives(session, &sight);
            }
        }
        for session in self.up.sessions() {
            self.up.breaks(session, 0);
        }
    }
}
