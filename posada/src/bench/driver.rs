//! One thread, one poll: whatever the kernel has is read, answered with the next requests, and
//! each connection written to once.
//!
//! In a closed loop an answer makes room for the next request; in an open loop a schedule says
//! when requests are due. What is asked and whether the answers are right is the scenario's.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use mio::{Events, Interest, Poll, Token};

use super::process::Watched;
use super::schedule::Schedule;
use super::socket::Socket;
use super::tally::Tally;
use super::timer::Timer;

/// Bytes that are read at once.
const BUFFER_BYTES: usize = 256 * 1024;
/// The longest line that any listener sends.
const LINE_BYTES: usize = 128 * 1024;
/// How long what is under way at the end may take.
const DRAIN: Duration = Duration::from_secs(10);
/// How long that may take where an answer was wrong already.
const DRAIN_WRONG: Duration = Duration::from_secs(1);
/// How long is listened for what nobody asked for, behind the last answer.
const SILENCE: Duration = Duration::from_millis(50);
/// How long a wait is at most: a signal, or the end, is noticed as soon.
const TURN: Duration = Duration::from_millis(50);
/// In how many groups, at most, is counted what was due and never sent.
const GROUPS: u64 = 10_000;
const TIMER: Token = Token(usize::MAX - 1);

/// What is asked, and what the answers must be.
pub trait Scenario {
    /// How many of the connections ask; the others only listen.
    fn askers(&self) -> usize;

    /// How many resources there are to reserve, where that is what is done.
    fn resources(&self) -> Option<usize> {
        None
    }

    /// Writes the next request of a connection; `false` when it has none at the moment.
    fn ask(&mut self, connection: usize, out: &mut Vec<u8>) -> bool;

    /// Takes what came, says so to the tally, and returns how much of it was understood.
    fn hear(&mut self, connection: usize, bytes: &[u8], now: u64, tally: &mut Tally) -> usize;

    /// After how long a request counts as lost, where that can happen.
    fn patience(&self) -> Option<Duration> {
        None
    }

    /// What can be verified when nothing is under way any more.
    ///
    /// # Errors
    /// When it cannot be looked up.
    fn finish(&mut self, _tally: &mut Tally) -> Result<()> {
        Ok(())
    }

    /// Leaves a server that goes on as it was found, when the connections are closed.
    ///
    /// # Errors
    /// When it cannot be.
    fn leave(&mut self) -> Result<()> {
        Ok(())
    }
}

/// The times of one run, and its bound on what is under way.
pub struct Pace {
    /// How long to run before it is measured.
    pub warm_up: Duration,
    /// How long to measure.
    pub seconds: Duration,
    /// Requests of one connection under way, at most.
    pub depth: usize,
    /// Requests a second of all together by schedule; without, an answer makes room for the next.
    pub rate: Option<u32>,
    /// The server's process, to know its share of a core.
    pub server: Option<u32>,
    /// Ends the run when it is set.
    pub stop: Arc<AtomicBool>,
}

/// What is known beside the tally when a run is over.
#[derive(Default)]
pub struct Shares {
    /// What this process used of one core.
    pub generator: Option<f64>,
    /// What the server's used.
    pub server: Option<f64>,
    /// What was due and could not be sent, because too much was under way.
    pub unsent: u64,
    /// A signal ended it.
    pub interrupted: bool,
}

/// A run of a scenario on its connections.
pub struct Driver<'a> {
    scenario: &'a mut dyn Scenario,
    sockets: Vec<Socket>,
    pace: Pace,
    schedule: Option<Schedule>,
    tally: Tally,
    poll: Poll,
    timer: Timer,
    buffer: Vec<u8>,
    began: Instant,
    /// Whose turn it is in an open loop.
    turn: usize,
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

impl<'a> Driver<'a> {
    /// Watches the connections; nothing is asked yet.
    ///
    /// # Errors
    /// When there are no more descriptors.
    pub fn new(
        scenario: &'a mut dyn Scenario,
        mut sockets: Vec<Socket>,
        pace: Pace,
    ) -> Result<Self> {
        let poll = Poll::new()?;
        for (number, socket) in sockets.iter_mut().enumerate() {
            socket.register(poll.registry(), Token(number))?;
        }
        let timer = Timer::new()?;
        timer.register(poll.registry(), TIMER)?;
        let from = nanos(pace.warm_up);
        let window = (from, from + nanos(pace.seconds));
        let tally = Tally::new(sockets.len(), window, pace.rate.is_some())?;
        let schedule = pace.rate.map(Schedule::new);
        let buffer = vec![0; BUFFER_BYTES + LINE_BYTES];
        let began = Instant::now();
        let turn = 0;
        Ok(Self { scenario, sockets, pace, schedule, tally, poll, timer, buffer, began, turn })
    }

    /// Closes every connection; the figures stay.
    pub fn close(self) -> Tally {
        self.tally
    }

    fn now(&self) -> u64 {
        nanos(self.began.elapsed())
    }

    /// Asks until the time is over, and then listens until everything is answered.
    ///
    /// # Errors
    /// When the kernel refuses, or the end cannot be verified. A wrong answer is none: it is in
    /// the tally.
    pub fn run(&mut self) -> Result<Shares> {
        self.began = Instant::now();
        let mut events = Events::with_capacity(1_024);
        let from = nanos(self.pace.warm_up);
        let until = from + nanos(self.pace.seconds);
        let mut watched = None;
        let mut shares = Shares::default();
        loop {
            let now = self.now();
            if now >= from && watched.is_none() {
                watched = Some((
                    Watched::begin(std::process::id()),
                    self.pace.server.and_then(Watched::begin),
                ));
            }
            shares.interrupted = self.pace.stop.load(Ordering::Relaxed);
            if now >= until || self.tally.over || shares.interrupted {
                break;
            }
            self.ask(now)?;
            let next = if now < from { from } else { until };
            self.turn(&mut events, TURN.min(Duration::from_nanos(next - now)))?;
        }
        if let Some((generator, server)) = watched {
            shares.generator = generator.and_then(|it| it.share());
            shares.server = server.and_then(|it| it.share());
        }
        let now = self.now().min(until);
        self.tally.ends(now);
        shares.unsent = self.leave_unsent(now);
        self.drain(&mut events)?;
        if !self.tally.over {
            self.scenario.finish(&mut self.tally).context("cannot verify the end")?;
        }
        Ok(shares)
    }

    /// What is due and cannot be sent any more has waited until now, at least.
    fn leave_unsent(&mut self, now: u64) -> u64 {
        let Some(schedule) = &self.schedule else { return 0 };
        let all = schedule.backlog(now);
        let together = all / GROUPS + 1;
        let mut unsent = 0;
        for first in (0..all).step_by(usize::try_from(together).unwrap_or(usize::MAX)) {
            let (due, count) = (schedule.due_after(first), together.min(all - first));
            // What fell due since the last turn was not late.
            if now.saturating_sub(due) > nanos(TURN) {
                self.tally.never_sent(due, count, now);
                unsent += count;
            }
        }
        unsent
    }

    fn ask(&mut self, now: u64) -> io::Result<()> {
        if self.schedule.is_some() {
            self.ask_what_is_due(now);
        } else {
            for number in 0..self.scenario.askers() {
                while self.has_room(number) && self.ask_one(number, now, now) {}
            }
        }
        for number in 0..self.scenario.askers() {
            self.flush(number)?;
        }
        Ok(())
    }

    fn ask_what_is_due(&mut self, now: u64) {
        let askers = self.scenario.askers();
        while let Some(due) = self.schedule.as_ref().map(Schedule::next_due)
            && due <= now
        {
            let turns = (self.turn..self.turn + askers).map(|turn| turn % askers);
            let Some(number) = turns.into_iter().find(|number| self.has_room(*number)) else {
                return;
            };
            if !self.ask_one(number, due, now) {
                return;
            }
            self.turn = (number + 1) % askers;
            self.schedule.as_mut().and_then(|schedule| schedule.take(now));
        }
        if let Some(schedule) = &self.schedule {
            let wait = schedule.next_due().saturating_sub(self.now());
            self.timer.arm(Duration::from_nanos(wait.max(1)));
        }
    }

    fn has_room(&self, number: usize) -> bool {
        let socket = &self.sockets[number];
        let waits = socket.is_datagrams() && !socket.out.is_empty();
        !waits && self.tally.outstanding(number) < self.pace.depth
    }

    fn ask_one(&mut self, number: usize, due: u64, now: u64) -> bool {
        let socket = &mut self.sockets[number];
        if !self.scenario.ask(number, &mut socket.out) {
            return false;
        }
        self.tally.sent(number, due, now);
        // A datagram is a request; in a stream, all that is asked in a turn goes in one write.
        if socket.is_datagrams() && socket.flush().is_err() {
            socket.out.clear();
        }
        true
    }

    fn flush(&mut self, number: usize) -> io::Result<()> {
        match self.sockets[number].flush() {
            Err(error) if is_end(&error) => {
                self.tally.fatal(|| format!("connection {number}: {error}"));
                Ok(())
            }
            done => done,
        }
    }

    /// Waits, and reads all that has come.
    fn turn(&mut self, events: &mut Events, wait: Duration) -> io::Result<()> {
        match self.poll.poll(events, Some(wait)) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(()),
            done => done?,
        }
        for event in events.iter().filter(|event| event.token() != TIMER) {
            self.read(event.token().0)?;
        }
        if let Some(patience) = self.scenario.patience() {
            let before = self.now().saturating_sub(nanos(patience));
            self.tally.give_up(before);
        }
        Ok(())
    }

    fn read(&mut self, number: usize) -> io::Result<()> {
        loop {
            let socket = &mut self.sockets[number];
            let count = match socket.read(&mut self.buffer) {
                Ok(None) => return Ok(()),
                Ok(Some(0)) => {
                    self.tally.fatal(|| format!("connection {number}: the server ended it"));
                    return Ok(());
                }
                Ok(Some(count)) => count,
                Err(error) if is_end(&error) => {
                    self.tally.fatal(|| format!("connection {number}: {error}"));
                    return Ok(());
                }
                Err(error) => return Err(error),
            };
            let now = nanos(self.began.elapsed());
            let heard = &self.buffer[..count];
            let used = self.scenario.hear(number, heard, now, &mut self.tally);
            socket.keep(&heard[used..]);
            if count - used > LINE_BYTES {
                self.tally.fatal(|| format!("connection {number}: a line without an end"));
            }
            if self.tally.over || (count < self.buffer.len() && !socket.is_datagrams()) {
                return Ok(());
            }
        }
    }

    /// Listens until nothing is under way, and a moment longer.
    fn drain(&mut self, events: &mut Events) -> io::Result<()> {
        let began = Instant::now();
        let patience = if self.tally.wrong > 0 { DRAIN_WRONG } else { DRAIN };
        while self.tally.under_way() > 0 && !self.tally.over && began.elapsed() < patience {
            for number in 0..self.scenario.askers() {
                self.flush(number)?;
            }
            self.turn(events, TURN)?;
        }
        let missing = self.tally.under_way();
        if missing > 0 {
            self.tally.fatal(|| format!("{missing} requests were never answered"));
        }
        let silent = Instant::now();
        while !self.tally.over && silent.elapsed() < SILENCE {
            self.turn(events, SILENCE)?;
        }
        Ok(())
    }
}

/// The other side is gone, which is an answer too.
fn is_end(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionReset | BrokenPipe | ConnectionRefused)
}

impl Socket {
    fn register(&mut self, registry: &mio::Registry, token: Token) -> io::Result<()> {
        use super::socket::Way;
        let both = Interest::READABLE | Interest::WRITABLE;
        match &mut self.way {
            Way::Stream(stream) => registry.register(stream, token, both),
            Way::Datagrams(socket) => registry.register(socket, token, both),
        }
    }
}
