//! Overload: what has stood before the server for too long is refused, so that what is accepted is
//! answered soon.
//!
//! What the server cannot do in time waits in the kernel, where it cannot be asked how long it
//! has waited. So each client that leaves more behind than one turn takes is sampled: how far it
//! has sent by now, and when that was. Where a sample is not taken within [`BOUND_MS`], the
//! client sends more than the server does. Then everything that it has sent so far is answered
//! `busy`, in its order, and none of it is done. That is a sample too: what came meanwhile is
//! heard again where refusing was quick enough.
//!
//! A deep pipeline is none of this, as long as it moves on. Who has less standing than a client
//! is heard in [`TURNS`] turns is never late, nor is anybody because the server stood still. Read
//! next: `hear`, which asks.

use posada_core::{Ask, Refusal};
use tracing::{info, warn};

use super::Reactor;
use super::connection::Connection;
use crate::console::News;
use crate::figures::Figures;

/// How long what was sent may stand before it is taken. Ten times what a full turn takes, so that
/// queues which move are left alone; and still no longer than people who wait hardly notice.
const BOUND_MS: u64 = 250;
/// How many turns of its own a client has before it can be late: who has no more than that standing
/// has not sent too much, however many share the server with it.
const TURNS: u32 = 8;
/// A turn counts for no longer. One that takes more was held up, by its disk or by who stopped the
/// process: no client has sent too much by that.
const TURN_MS: u64 = 50;
/// A turn that takes longer was a stall. What came until it was over is excused.
const STALL_MS: u64 = 250;
/// How long after a stall clients may still have their first turn.
const AFTERMATH_MS: u64 = 2_000;
/// Nothing was refused for so long: it is over.
const CALM_MS: u64 = 5_000;
/// Messages that are refused to one client in a turn. To refuse is cheap, and must be faster than
/// more can come.
const REFUSED: usize = 1_024;

/// What one client has sent, and how far the server is with it. Times are milliseconds of
/// [`Overload::now`].
#[derive(Debug, Default)]
pub(super) struct Backlog {
    /// Bytes read so far.
    read: u64,
    sample: Option<Sample>,
    /// Everything up to the sample is refused.
    refused: bool,
    /// The last stall for which it was excused.
    excused: Option<u64>,
}

/// So far a client had sent at that moment.
#[derive(Debug)]
struct Sample {
    up_to: u64,
    /// The moment; its age, while the client is not heard.
    since_ms: u64,
    /// How often the client was heard since.
    turns: u32,
    /// A stall was before it: it may take as long as it takes.
    excused: bool,
}

impl Backlog {
    /// So many bytes more were read.
    pub(super) fn came(&mut self, bytes: usize) {
        self.read += bytes as u64;
    }

    /// Looks how far the server is: all but the last `held` bytes that were read are taken, and
    /// `unread()` more wait in the kernel; `stall` was not long ago. Says whether refusing begins
    /// with this.
    pub(super) fn look(
        &mut self,
        held: usize,
        now_ms: u64,
        stall: Option<u64>,
        unread: impl FnOnce() -> u64,
    ) -> bool {
        let was_refused = self.refused;
        let excused = !self.refused && stall.is_some() && stall != self.excused;
        if excused {
            self.excused = stall;
        } else if let Some(sample) = &mut self.sample {
            sample.turns += 1;
            let taken = self.read - held as u64 >= sample.up_to;
            let long = now_ms - sample.since_ms > BOUND_MS && sample.turns >= TURNS;
            let late = long && !sample.excused;
            if !taken && (!late || self.refused) {
                return false;
            }
            self.refused = late;
        }
        let up_to = self.read + unread();
        self.sample = Some(Sample { up_to, since_ms: now_ms, turns: 0, excused });
        self.refused && !was_refused
    }

    /// Everything is taken.
    pub(super) fn clear(&mut self) {
        self.sample = None;
        self.refused = false;
    }

    /// Up to where everything is refused, if it is.
    fn mark(&self) -> Option<u64> {
        self.sample.as_ref().filter(|_| self.refused).map(|sample| sample.up_to)
    }

    /// It is not heard because it does not read. That time does not count.
    pub(super) fn rests(&mut self, now_ms: u64) {
        if let Some(sample) = &mut self.sample {
            sample.since_ms = now_ms - sample.since_ms;
        }
    }

    /// It is heard again.
    pub(super) fn goes_on(&mut self, now_ms: u64) {
        self.rests(now_ms);
    }
}

/// Whether anything is refused at all, and the time that counts for it.
#[derive(Debug, Default)]
pub(super) struct Overload {
    /// How long the server has worked, without what held it up.
    worked_ms: u64,
    last_ms: u64,
    /// When the last stall was over, in what was worked.
    stall: Option<u64>,
    /// When something was refused last, in uptime milliseconds, since it began.
    refused_ms: Option<u64>,
    /// How much was.
    refused: u64,
}

impl Overload {
    /// A turn begins, at that uptime; the one before was held up for so long.
    pub(super) fn turn(&mut self, uptime_ms: u64, held_up_ms: u64) {
        self.worked_ms += (uptime_ms - self.last_ms).min(TURN_MS);
        self.last_ms = uptime_ms;
        if held_up_ms > STALL_MS {
            self.stall = Some(self.worked_ms);
        }
    }

    /// The time by which clients are judged.
    pub(super) fn now(&self) -> u64 {
        self.worked_ms
    }

    /// The last stall, where somebody may still wait because of it.
    fn stall(&self) -> Option<u64> {
        self.stall.filter(|stall| self.worked_ms - stall < AFTERMATH_MS)
    }

    /// What is asked while everything is refused: nothing is done but to leave.
    pub(super) fn refuse(&mut self, ask: Ask, figures: &Figures) -> Ask {
        if ask == Ask::Quit {
            return ask;
        }
        Figures::count(&figures.shed);
        self.refused += 1;
        Ask::Unreadable(Refusal::Busy)
    }

    /// When it is over, unless something is refused before.
    pub(super) fn deadline(&self) -> Option<u64> {
        self.refused_ms.map(|last| last + CALM_MS)
    }
}

impl Connection {
    /// How many messages, at most, are taken now, and how far is refused what comes.
    pub(super) fn allowance(&self, most: usize) -> (usize, Option<u64>) {
        let mark = self.backlog.mark();
        (if mark.is_some() { REFUSED } else { most }, mark)
    }

    /// Up to where what it has sent was taken.
    pub(super) fn taken(&self) -> u64 {
        self.backlog.read - self.framer.held() as u64
    }
}

impl Reactor {
    /// Looks how long what a client has sent has been waiting.
    pub(super) fn look_at_backlog(&mut self, slot: usize) {
        let Some(connection) = self.connections.get_mut(slot) else { return };
        let Connection { backlog, framer, socket, readable, .. } = connection;
        let is_ready = framer.is_ready();
        if !is_ready && !*readable {
            return backlog.clear();
        }
        // The beginning of a message waits for its client, not for the server.
        let held = if is_ready { framer.held() } else { 0 };
        let (now, stall) = (self.overload.now(), self.overload.stall());
        if backlog.look(held, now, stall, || socket.unread()) && self.overload.refused_ms.is_none()
        {
            let (peer, listener) = (connection.peer, connection.listener);
            warn!(%peer, listener, "overloaded: more comes than can be done, it is told busy");
            self.engine.tell(News::Overloaded);
        }
        if self.connections[slot].backlog.refused {
            self.overload.refused_ms = Some(self.engine.now().uptime_ms);
        }
    }

    /// Tells the operator when nothing is refused any more.
    pub(super) fn see_the_end_of_overload(&mut self) {
        let now = self.engine.now().uptime_ms;
        if self.overload.deadline().is_some_and(|when| now >= when) {
            self.overload.refused_ms = None;
            let refused = std::mem::take(&mut self.overload.refused);
            info!(refused, "overload is over: everything is taken again");
            self.engine.tell(News::Relieved(refused));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One who has sent so many bytes by some moment, of which so many were taken by then.
    fn look(backlog: &mut Backlog, sent: u64, taken: u64, now_ms: u64) -> Option<u64> {
        let read = taken.max(backlog.read);
        backlog.came(usize::try_from(read - backlog.read).expect("it fits"));
        let held = usize::try_from(read - taken).expect("it fits");
        if let Some(sample) = &mut backlog.sample {
            sample.turns += TURNS;
        }
        backlog.look(held, now_ms, None, || sent - read);
        backlog.mark()
    }

    #[test]
    fn a_deep_queue_that_moves_is_left_alone() {
        let mut backlog = Backlog::default();
        for turn in 0..10_000 {
            // A hundred thousand bytes stand there all the time, and are taken within 100 ms.
            let (sent, now) = (100_000 + 10_000 * turn, 10 * turn);
            assert_eq!(look(&mut backlog, sent, 10_000 * turn, now), None);
        }
    }

    #[test]
    fn what_stands_too_long_is_refused_as_far_as_it_was_sent_then() {
        let mut backlog = Backlog::default();
        assert_eq!(look(&mut backlog, 5_000, 0, 0), None);
        assert_eq!(look(&mut backlog, 6_000, 4_000, BOUND_MS), None);
        // The 5,000th byte is taken too late; by then there are 9,000.
        assert_eq!(look(&mut backlog, 9_000, 5_000, BOUND_MS + 1), Some(9_000));
        assert_eq!(look(&mut backlog, 9_500, 8_000, BOUND_MS + 10), Some(9_000));
        // That was quick: what came meanwhile is heard.
        assert_eq!(look(&mut backlog, 9_600, 9_000, BOUND_MS + 20), None);
    }

    #[test]
    fn what_is_not_even_taken_when_it_is_late_is_refused_at_once() {
        let mut backlog = Backlog::default();
        assert_eq!(look(&mut backlog, 1_000_000, 10, 0), None);
        assert_eq!(look(&mut backlog, 1_000_000, 20, BOUND_MS), None);
        assert_eq!(look(&mut backlog, 1_000_000, 30, BOUND_MS + 1), Some(1_000_000));
    }

    #[test]
    fn who_sends_faster_than_it_can_be_refused_goes_on_being_refused() {
        let mut backlog = Backlog::default();
        look(&mut backlog, 1_000, 0, 0);
        assert_eq!(look(&mut backlog, 9_000, 100, 300), Some(9_000));
        // However long it takes, the end of it does not run away before it is reached.
        assert_eq!(look(&mut backlog, 50_000, 5_000, 9_999), Some(9_000));
        assert_eq!(look(&mut backlog, 60_000, 9_000, 10_000), Some(60_000));
        assert_eq!(look(&mut backlog, 61_000, 60_000, 10_100), None);
    }

    #[test]
    fn who_is_not_heard_because_it_does_not_read_is_not_late_by_that() {
        let mut backlog = Backlog::default();
        look(&mut backlog, 1_000, 0, 0);
        backlog.rests(100);
        backlog.goes_on(90_000);
        assert_eq!(look(&mut backlog, 1_000, 100, 90_000 + BOUND_MS - 100), None);
        assert_eq!(look(&mut backlog, 1_500, 200, 90_001 + BOUND_MS - 100), Some(1_500));
    }

    #[test]
    fn one_stall_is_not_overload_however_long() {
        let mut overload = Overload::default();
        overload.turn(7, 0);
        let before = overload.now();
        for uptime in [8, 10, 60_000, 60_010] {
            overload.turn(uptime, 0);
        }
        assert_eq!(overload.now() - before, 1 + 2 + TURN_MS + 10);
    }

    #[test]
    fn what_came_while_the_server_was_held_up_is_excused_once() {
        let mut overload = Overload::default();
        overload.turn(10, 3);
        assert_eq!(overload.stall(), None);
        overload.turn(9_000, 8_990);
        let stall = overload.stall();
        assert_eq!(stall, Some(60));
        let mut backlog = Backlog::default();
        backlog.came(100);
        for (held, now) in [(100, 60), (90, 60 + 2 * BOUND_MS), (80, 60 + 4 * BOUND_MS)] {
            assert!(!backlog.look(held, now, stall, || 0), "late by {now}");
        }
        // All of that is taken: what comes from here on is judged.
        backlog.came(100);
        assert!(!backlog.look(100, 2_000, stall, || 0));
        backlog.sample.as_mut().expect("it is taken").turns = TURNS;
        assert!(backlog.look(90, 2_001 + BOUND_MS, stall, || 0));
    }

    #[test]
    fn who_was_not_heard_often_is_not_late_however_long_that_took() {
        let mut backlog = Backlog::default();
        backlog.came(100);
        for turn in 0..u64::from(TURNS) {
            assert!(!backlog.look(100, 9_000 * turn, None, || 0), "late in turn {turn}");
        }
        assert!(backlog.look(100, 9_000 * u64::from(TURNS), None, || 0));
    }

    #[test]
    fn once_all_is_taken_nothing_is_refused() {
        let mut backlog = Backlog::default();
        look(&mut backlog, 1_000, 0, 0);
        look(&mut backlog, 9_000, 100, 300);
        backlog.clear();
        assert_eq!(look(&mut backlog, 10_000, 9_000, 20_000), None);
    }
}
