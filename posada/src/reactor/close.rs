//! Closing: what was accepted is answered, everyone is told goodbye, and has time to hear it.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use mio::Events;
use posada_core::Input;
use tracing::{info, warn};

use super::connection::Stage;
use super::{Reactor, ServeError};
use crate::failpoint::{self, reach};

/// Turns that a server which is closing gives to what clients have already sent.
const LAST_TURNS: usize = 16;

/// How long nobody must say anything before who has been told goodbye is waited for no more.
const QUIET: Duration = Duration::from_millis(200);

impl Reactor {
    /// Answers what has arrived, says goodbye to everyone, and waits until all have heard it.
    pub(super) fn close(
        mut self,
        events: &mut Events,
        patience: Duration,
    ) -> Result<(), ServeError> {
        reach(failpoint::CLOSING);
        let clients = self.connections.len();
        info!(clients, "closing within {} s; asked again, at once", patience.as_secs());
        let deadline = Instant::now() + patience;
        // Before anybody is turned away, so that whoever asks why knows.
        self.engine.figures().closing.store(true, Ordering::Release);
        self.doors.clear();
        self.visitors = None;
        self.engine.tick_clock();
        self.hear_the_last();
        for _ in 0..LAST_TURNS {
            self.turn()?;
            if self.ready.is_empty() {
                break;
            }
        }
        reach(failpoint::DRAINED);
        self.engine.feed(Input::Drain);
        self.turn()?;
        reach(failpoint::GOODBYE);
        // Input that nobody reads would turn the end of a stream into a reset, and cost what is
        // still on its way: who talks on is listened to until it closes, or is quiet.
        while !self.connections.is_empty() || self.engine.is_due() {
            let Some(left) = deadline.checked_duration_since(Instant::now()) else { break };
            let idle = self.timeout() != Some(Duration::ZERO);
            self.wait(events, Some(left.min(QUIET)))?;
            let quiet = idle && events.is_empty();
            self.expire();
            self.turn()?;
            let told = self.connections.iter().all(|(_, one)| one.stage == Stage::Lingering);
            if quiet && told && self.ready.is_empty() && !self.engine.is_due() {
                break;
            }
        }
        let untold = self.connections.iter().filter(|(_, one)| one.stage != Stage::Lingering);
        match untold.count() {
            0 => info!("closed"),
            clients => warn!(clients, "closed; these did not take all that they were owed"),
        }
        reach(failpoint::CLOSED);
        Ok(())
    }

    /// Marks all that has arrived to be heard. What neither newline nor silence has ended is no
    /// message: executing the half of a command would be worse than dropping it.
    fn hear_the_last(&mut self) {
        let slots: Vec<usize> = self.connections.iter().map(|(slot, _)| slot).collect();
        for slot in slots {
            self.connections[slot].readable = true;
            self.queue(slot);
        }
    }
}
