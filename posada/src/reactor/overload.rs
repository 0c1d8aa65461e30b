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

use std::time::Duration;

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
/// A sync that takes longer than a turn may.
const LONG_SYNC: Duration = Duration::from_millis(TURN_MS);
/// Nothing was refused for so long: it is over.
const CALM_MS: u64 = 5_000;
/// What the kernels of both sides hold of one connection, at most and about: so much can have been
/// sent while the server was held up.
const KERNEL_BYTES: u64 = 16 << 20;
/// Messages that are refused to one client in a turn. To refuse is cheap, and must be faster than
/// more can come.
const REFUSED: usize = 1_024;

/// What one client has sent, and how far the server is with it. Times are milliseconds of
/// [`Overload::now`].
#[derive(Debug, Default)]
pub(super) struct Backlog {
    /// Bytes read so far.
    read: u64,
    /// Made when the server is behind, and dropped when everything is taken.
    behind: Option<Box<Behind>>,
}

/// How far the server is behind.
#[derive(Debug, Default)]
struct Behind {
    sample: Option<Sample>,
    /// Everything up to the sample is refused.
    refused: bool,
    /// Up to here it may have been sent while the server was held up, and is taken however long
    /// that takes.
    forgiven: u64,
}

/// So far a client had sent at that moment.
#[derive(Debug)]
struct Sample {
    up_to: u64,
    /// The moment; its age, while the client is not heard.
    since_ms: u64,
    /// How often the client was heard since.
    turns: u32,
}

impl Backlog {
    /// So many bytes more were read.
    pub(super) fn came(&mut self, bytes: usize) {
        self.read += bytes as u64;
    }

    /// Looks how far the server is: all but the last `held` bytes that were read are taken, and
    /// `unread()` more wait in the kernel. Says whether refusing begins with this.
    pub(super) fn look(&mut self, held: usize, now_ms: u64, unread: impl FnOnce() -> u64) -> bool {
        let taken = self.read - held as u64;
        let behind = self.behind.get_or_insert_default();
        if taken < behind.forgiven {
            return false;
        }
        let was_refused = behind.refused;
        if let Some(sample) = &mut behind.sample {
            sample.turns += 1;
            let long = now_ms - sample.since_ms > BOUND_MS;
            // Who is refused takes much in one turn, and has sent too much already.
            let late = long && (behind.refused || sample.turns >= TURNS);
            if taken < sample.up_to && (!late || behind.refused) {
                return false;
            }
            behind.refused = late;
        }
        let up_to = self.read + unread();
        behind.sample = Some(Sample { up_to, since_ms: now_ms, turns: 0 });
        behind.refused && !was_refused
    }

    /// The server was held up: what was sent so far is taken.
    fn forgive(&mut self) {
        let forgiven = self.read + KERNEL_BYTES;
        self.behind = Some(Box::new(Behind { forgiven, ..Behind::default() }));
    }

    /// Everything is taken. What was sent while the server was held up may still be on its way
    /// from the client's kernel.
    pub(super) fn clear(&mut self) {
        let Some(behind) = &mut self.behind else { return };
        if self.read < behind.forgiven {
            (behind.sample, behind.refused) = (None, false);
        } else {
            self.behind = None;
        }
    }

    fn is_refused(&self) -> bool {
        self.behind.as_ref().is_some_and(|behind| behind.refused)
    }

    /// Up to where everything is refused, if it is.
    fn mark(&self) -> Option<u64> {
        let behind = self.behind.as_ref().filter(|behind| behind.refused)?;
        behind.sample.as_ref().map(|sample| sample.up_to)
    }

    /// It is not heard because it does not read. That time does not count.
    pub(super) fn rests(&mut self, now_ms: u64) {
        if let Some(sample) = self.behind.as_mut().and_then(|behind| behind.sample.as_mut()) {
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
    /// When something was refused last, in uptime milliseconds, since it began.
    refused_ms: Option<u64>,
    /// How much was.
    refused: u64,
}

impl Overload {
    /// A turn begins, at that uptime.
    pub(super) fn turn(&mut self, uptime_ms: u64) {
        self.worked_ms += (uptime_ms - self.last_ms).min(TURN_MS);
        self.last_ms = uptime_ms;
    }

    /// The time by which clients are judged.
    pub(super) fn now(&self) -> u64 {
        self.worked_ms
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
        if backlog.look(held, self.overload.now(), || socket.unread())
            && self.overload.refused_ms.is_none()
        {
            let (peer, listener) = (connection.peer, connection.listener);
            warn!(%peer, listener, "overloaded: more comes than can be done, it is told busy");
            self.engine.tell(News::Overloaded);
        }
        if self.connections[slot].backlog.is_refused() {
            self.overload.refused_ms = Some(self.engine.now().uptime_ms);
        }
    }

    /// What has come during a long sync has waited for the disk.
    pub(super) fn forgive_what_a_sync_held_up(&mut self) {
        if self.engine.last_sync() > LONG_SYNC {
            self.forgive_backlogs();
        }
    }

    /// The server was held up: what has come meanwhile is nobody's fault.
    pub(super) fn forgive_backlogs(&mut self) {
        self.connections.iter_mut().for_each(|(_, connection)| connection.backlog.forgive());
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
        let sample = backlog.behind.as_mut().and_then(|behind| behind.sample.as_mut());
        if let Some(sample) = sample {
            sample.turns += TURNS;
        }
        backlog.look(held, now_ms, || sent - read);
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
    fn what_came_while_the_server_was_held_up_is_taken_however_long_that_takes() {
        let mut backlog = Backlog::default();
        assert_eq!(look(&mut backlog, 1_000, 100, 0), None);
        backlog.forgive();
        assert_eq!(look(&mut backlog, 1_000_000, 9_000, 5_000), None);
        assert_eq!(look(&mut backlog, 1_000_000, 10_000, 60_000), None);
        // More of it may still be on its way.
        look(&mut backlog, 1_000_000, 1_000_000, 60_000);
        backlog.clear();
        assert_eq!(look(&mut backlog, 3_000_000, 1_001_000, 61_000), None);
        assert_eq!(look(&mut backlog, 3_000_000, 1_002_000, 62_000), None);
        // Who never stops sending has had its time.
        let later = 1_000_000 + KERNEL_BYTES;
        assert_eq!(look(&mut backlog, 2 * later, later, 70_000), None);
        assert_eq!(look(&mut backlog, 2 * later, later + 1, 80_000), Some(2 * later));
    }

    #[test]
    fn who_was_not_heard_often_is_not_late_however_long_that_took() {
        let mut backlog = Backlog::default();
        backlog.came(100);
        for turn in 0..u64::from(TURNS) {
            assert!(!backlog.look(100, 9_000 * turn, || 0), "late in turn {turn}");
        }
        assert!(backlog.look(100, 9_000 * u64::from(TURNS), || 50));
        // To be heard again it must be quick, in however few turns.
        backlog.came(50);
        assert!(!backlog.look(0, 90_000, || 70));
        assert_eq!(backlog.mark(), Some(220));
    }

    #[test]
    fn one_stall_is_not_overload_however_long() {
        let mut overload = Overload::default();
        overload.turn(7);
        let before = overload.now();
        for uptime in [8, 10, 60_000, 60_010] {
            overload.turn(uptime);
        }
        assert_eq!(overload.now() - before, 1 + 2 + TURN_MS + 10);
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
