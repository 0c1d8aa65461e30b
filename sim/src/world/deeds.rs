//! What clients, clocks and disks do in a turn.

use posada_core::{Ask, Input, ListenerId, SessionNumber, Time};

use super::World;
use crate::auditor::Audit;
use crate::swarm::Deed;

/// Steps of time that meet the borders of seconds and of patience exactly.
const STEPS_MS: [u64; 9] = [0, 0, 0, 1, 10, 100, 250, 500, 1_000];

impl World {
    /// The clocks go on; the wall clock may also jump, either way.
    pub(super) fn pass_time(&mut self) -> Audit {
        let passed = self.rng.pick(&STEPS_MS);
        let Time { mut wall_ms, uptime_ms } = self.now;
        wall_ms += passed;
        if self.draw(self.swarm.faults.wall) {
            let jump = self.rng.pick(&[1, 1_000, 3_600_000, 90_000_000_000]);
            let back = self.rng.coin();
            wall_ms = if back { wall_ms.saturating_sub(jump) } else { wall_ms + jump };
            self.trace.note(|| format!("-- the wall clock says {wall_ms}"));
        }
        self.now = Time::new(wall_ms, uptime_ms + passed);
        self.auditor.ticked(self.now);
        let due = self.running().wake.is_some_and(|wake| wake <= self.now.uptime_ms);
        if due { self.step(Input::Tick) } else { Ok(()) }
    }

    /// The disk fills up, has room again, or is about to fail a sync.
    pub(super) fn weather(&mut self) {
        if self.draw(self.swarm.faults.full) {
            let space =
                if self.disk.is_full() { None } else { Some(self.rng.pick(&[0, 0, 700, 5_000])) };
            self.trace.note(|| format!("-- room on the disk: {space:?}"));
            self.disk.set_space(space);
        }
        if self.draw(self.swarm.faults.sync) {
            let syncs = self.rng.pick(&[1, 1, 2, 3]);
            self.trace.note(|| format!("-- sync {syncs} from now will fail"));
            self.disk.fail_sync_in(syncs);
        }
    }

    /// Somebody comes, asks or goes.
    pub(super) fn deed(&mut self) -> Audit {
        if !self.crowd.gone.is_empty() && self.rng.per_mille(300) {
            let place = self.rng.index(self.crowd.gone.len());
            let session = self.crowd.gone.swap_remove(place);
            return self.close(session);
        }
        let few = self.crowd.len() < self.swarm.clients;
        if self.crowd.is_empty() || (few && self.rng.per_mille(250)) {
            if self.rng.per_mille(40) {
                return self.witness();
            }
            let listener = self.rng.index(self.swarm.listeners.len() - 1);
            return self.connect(listener).map(|_| ());
        }
        let Some((session, listener)) = self.crowd.anyone(&mut self.rng) else { return Ok(()) };
        let deed = if !self.crowd.has_joined(session) && self.draw(self.swarm.polite) {
            Deed::Name
        } else {
            Deed::ALL[self.rng.weighted(&self.swarm.mix)]
        };
        if deed == Deed::HangUp {
            self.hang_up(session);
            return Ok(());
        }
        let ask = self.crowd.ask(deed, &self.swarm, &mut self.rng);
        // Bytes count by themselves where a message may never end, and there who exceeds the rate
        // is sent away: what becomes of the rest is then no question.
        let piecemeal = self.swarm.listeners[usize::from(listener.0)].disconnect;
        let piecemeal = piecemeal && self.rng.per_mille(200);
        self.ask(session, ask, piecemeal)
    }

    pub(super) fn connect(&mut self, listener: usize) -> Result<SessionNumber, crate::Violation> {
        let listener = ListenerId(u16::try_from(listener).expect("few listeners"));
        let session = self.crowd.connect(listener);
        self.auditor.opened(self.now, session, listener);
        self.step(Input::Opened { session, listener })?;
        Ok(session)
    }

    pub(super) fn hang_up(&mut self, session: SessionNumber) {
        self.trace.note(|| format!("{:>8} x {} hangs up", self.now.uptime_ms, session.0));
        self.auditor.hung_up(session);
        self.crowd.disconnect(session);
    }

    pub(super) fn ask(&mut self, session: SessionNumber, ask: Ask, piecemeal: bool) -> Audit {
        self.stats.asks += 1;
        if piecemeal {
            self.auditor.heard(self.now, session, None, false);
            self.step(Input::Heard { session })?;
        }
        self.auditor.heard(self.now, session, Some(&ask), piecemeal);
        self.step(Input::Asked { session, ask, counted: piecemeal })
    }

    /// Somebody comes in where everything is allowed, looks around, and goes.
    pub(super) fn witness(&mut self) -> Audit {
        let session = self.connect(self.swarm.listeners.len() - 1)?;
        for ask in [Ask::Who, Ask::List, Ask::Quit] {
            self.ask(session, ask, false)?;
        }
        Ok(())
    }
}
