//! What clients, clocks and disks do in a turn.

use posada_core::{Ask, Input, Key, ListenerId, SessionNumber, Time};

use super::World;
use super::travel::Sent;
use crate::auditor::Audit;
use crate::client::Manner;
use crate::swarm::Deed;

/// Steps of time that meet the borders of seconds and of patience exactly.
const STEPS_MS: [u64; 9] = [0, 0, 0, 1, 10, 100, 250, 500, 1_000];

impl World {
    /// The clocks go on; the wall clock may also jump, either way.
    pub(super) fn pass_time(&mut self) -> Audit {
        let passed = self.rng.pick(&STEPS_MS) + std::mem::take(&mut self.stall_ms);
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
        let deed = if !self.crowd.is_named(session) && self.draw(self.swarm.polite) {
            Deed::Name
        } else if self.crowd.is_curious(session) && self.draw(self.swarm.dutiful) {
            Deed::Resume
        } else {
            Deed::ALL[self.rng.weighted(&self.swarm.mix)]
        };
        match deed {
            Deed::HangUp => return self.hang_up(session),
            Deed::Flood => return self.flood(session),
            Deed::Babble => return self.babble(session),
            _ => {}
        }
        let (ask, key) = self.crowd.ask(session, deed, &self.swarm, &mut self.rng);
        // Bytes count by themselves where a message may never end, and there who exceeds the rate
        // is sent away: what becomes of the rest is then no question.
        let piecemeal = self.swarm.listeners[usize::from(listener.0)].disconnect;
        let piecemeal = piecemeal && self.rng.per_mille(200);
        self.ask(session, ask, key, piecemeal)
    }

    pub(super) fn connect(&mut self, listener: usize) -> Result<SessionNumber, crate::Violation> {
        let listener = ListenerId(u16::try_from(listener).expect("few listeners"));
        let answers_only = self.swarm.listeners[usize::from(listener.0)].answers_only;
        let manner = Manner {
            answers_only,
            datagrams: answers_only && self.rng.coin(),
            deaf: self.draw(self.swarm.faults.deaf),
            // The auditor's witness may ask whatever it wants to know.
            from_nowhere: usize::from(listener.0) + 1 == self.swarm.listeners.len(),
        };
        let (session, peer) = self.crowd.connect(listener, manner, &mut self.rng);
        self.auditor.opened(session, listener, peer);
        self.step(Input::Opened { session, listener, peer })?;
        Ok(session)
    }

    /// A client goes without a word. What it sent may still arrive, up to some point.
    pub(super) fn hang_up(&mut self, session: SessionNumber) -> Audit {
        let sent = self.up.count(session);
        let arrives = if self.rng.coin() { sent } else { self.rng.index(sent + 1) };
        for sent in self.up.breaks(session, arrives) {
            self.arrives(session, sent)?;
        }
        self.trace.note(|| format!("{:>8} x {} hangs up", self.now.uptime_ms, session.0));
        self.auditor.hung_up(session);
        self.down.breaks(session, 0);
        self.crowd.leave(session);
        Ok(())
    }

    /// A client asks something, which the server hears when it arrives.
    pub(super) fn ask(
        &mut self,
        session: SessionNumber,
        ask: Ask,
        key: Option<Key>,
        piecemeal: bool,
    ) -> Audit {
        self.stats.asks += 1;
        self.crowd.asks(session, &ask);
        self.sends_up(session, &Sent { ask, key, piecemeal });
        self.carry()
    }

    /// Many things at once, as fast as it can.
    fn flood(&mut self, session: SessionNumber) -> Audit {
        let same = self.rng.pick(&[Deed::Say, Deed::Reserve, Deed::Ping, Deed::Who, Deed::Name]);
        for _ in 0..self.rng.between(3, 40) {
            let (ask, key) = self.crowd.ask(session, same, &self.swarm, &mut self.rng);
            self.ask(session, ask, key, false)?;
        }
        Ok(())
    }

    /// What was never meant for a server.
    fn babble(&mut self, session: SessionNumber) -> Audit {
        for (ask, key) in self.crowd.garbage(&mut self.rng) {
            self.ask(session, ask, key, false)?;
        }
        Ok(())
    }

    /// Somebody comes in where everything is allowed, looks around, and goes.
    pub(super) fn witness(&mut self) -> Audit {
        let session = self.connect(self.swarm.listeners.len() - 1)?;
        for ask in [Ask::Who(None), Ask::Rooms, Ask::List, Ask::Quit] {
            self.ask(session, ask, None, false)?;
        }
        Ok(())
    }
}
