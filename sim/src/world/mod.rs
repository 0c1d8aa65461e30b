//! A world: one server, its disk, its clients and their auditor, all drawn from one seed.
//!
//! A turn is: time goes on, what was sent arrives, somebody does something, perhaps a batch is
//! appended. `deeds` is what clients and clocks do, `travel` the way between them and the server,
//! `append` the way of a batch through the log with a stop at any point, `start` what follows a
//! stop, `heritage` a log of an earlier version, `finish` the orderly end at which nothing may be
//! left open.

mod append;
mod deeds;
mod finish;
mod heritage;
mod start;
mod travel;

use std::panic::{AssertUnwindSafe, catch_unwind};

use posada_core::{Input, Output, SessionNumber, Time};

use crate::auditor::{Audit, Auditor, Invariant, Sight, Violation, Watched};
use crate::client::{Crowd, operator_token};
use crate::disk::Disk;
use crate::network::Way;
use crate::node::Node;
use crate::rng::Rng;
use crate::stats::Stats;
use crate::swarm::Swarm;
use crate::trace::{Trace, brief};
use travel::Sent;

/// What became of a world.
#[derive(Debug)]
pub struct Report {
    /// Where it came from.
    pub seed: u64,
    /// Its character.
    pub swarm: Swarm,
    /// How much happened.
    pub stats: Stats,
    /// What happened, if it was written down.
    pub trace: Trace,
    /// What went wrong.
    pub violation: Option<Violation>,
}

/// Runs the world of `seed` to its end, or to the first violation.
pub fn run(seed: u64, trace: Trace) -> Report {
    run_in(seed, Swarm::of(seed), 0, trace)
}

/// Runs a world of that character instead; `luck` says what is drawn in it.
pub(crate) fn run_in(seed: u64, swarm: Swarm, luck: u64, trace: Trace) -> Report {
    let mut world = World::new(seed, swarm, luck, trace);
    let ended = catch_unwind(AssertUnwindSafe(|| world.live()));
    let violation = match ended {
        Ok(audit) => audit.err(),
        Err(panic) => Some(Invariant::NoPanic.broken(message(panic.as_ref()))),
    };
    world.stats.disk_calls = world.disk.calls();
    let World { swarm, stats, trace, .. } = world;
    Report { seed, swarm, stats, trace, violation }
}

fn message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic").to_owned()
}

/// Whether the process lives on after a part of a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Process {
    Lives,
    Stopped,
}

struct World {
    swarm: Swarm,
    rng: Rng,
    trace: Trace,
    stats: Stats,
    disk: Disk,
    crowd: Crowd,
    /// What clients sent, and what the server did.
    up: Way<Sent>,
    down: Way<Sight>,
    auditor: Auditor,
    node: Option<Node>,
    now: Time,
    /// How long the server was held up since the last turn.
    stall_ms: u64,
    /// What the state was after each entry, when that was first applied.
    marks: Vec<u64>,
    /// What the last start recovered, written down for later ones.
    snapshot: Option<Vec<u8>>,
    /// Whether the end has come, in which nothing goes wrong any more.
    calm: bool,
}

impl World {
    fn new(seed: u64, swarm: Swarm, luck: u64, trace: Trace) -> Self {
        let auditor = Auditor::new(&Watched {
            node: swarm.node,
            listeners: swarm.listeners.clone(),
            operator: Some(operator_token()),
            page: swarm.resume_bytes,
            each_address: swarm.each_address,
        });
        Self {
            rng: Rng::new(seed, 2 + 2 * luck),
            trace,
            stats: Stats { worlds: 1, ..Stats::default() },
            disk: Disk::new(Rng::new(seed, 3 + 2 * luck)),
            crowd: Crowd::default(),
            up: Way::default(),
            down: Way::default(),
            auditor,
            node: None,
            now: Time::new(1_790_000_000_000, 0),
            stall_ms: 0,
            marks: vec![],
            snapshot: None,
            calm: false,
            swarm,
        }
    }

    fn live(&mut self) -> Audit {
        self.inherit()?;
        self.start()?;
        for _ in 0..self.swarm.turns {
            if self.turn()? == Process::Stopped {
                self.start()?;
            }
        }
        self.finish()
    }

    fn turn(&mut self) -> Result<Process, Violation> {
        self.pass_time()?;
        self.carry()?;
        self.weather();
        if self.draw(self.swarm.faults.drain) {
            self.drain()?;
            return Ok(Process::Stopped);
        }
        self.deed()?;
        if self.draw(self.swarm.append) { self.append() } else { Ok(Process::Lives) }
    }

    /// Whether something happens that happens `times` of a thousand, while things happen.
    fn draw(&mut self, times: u64) -> bool {
        !self.calm && times > 0 && self.rng.per_mille(times)
    }

    /// Feeds the core outside of any append, and lets the clients see what comes of it.
    fn step(&mut self, input: Input) -> Audit {
        let outputs = self.feed(input);
        self.deliver(outputs)?;
        self.settle()
    }

    fn feed(&mut self, input: Input) -> Vec<Output> {
        self.trace.note(|| format!("{:>8} < {}", self.now.uptime_ms, brief(&input)));
        let now = self.now;
        self.running().step(now, input)
    }

    fn deliver(&mut self, outputs: Vec<Output>) -> Audit {
        outputs.into_iter().try_for_each(|output| self.show(output))
    }

    /// Lets those see an output whom it concerns.
    fn show(&mut self, output: Output) -> Audit {
        if let Output::Noted { session, from, text, .. } = &output {
            self.stats.notes += 1;
            return self.auditor.noted(*session, from.as_ref(), text);
        }
        for (session, sight) in self.crowd.sights(output) {
            self.trace
                .note(|| format!("{:>8} > {} {}", self.now.uptime_ms, session.0, brief(&sight)));
            self.stats.saw(&sight);
            self.auditor.saw(session, &sight)?;
            let over = matches!(sight, Sight::Goodbye(_));
            self.sends_down(session, &sight);
            if over {
                self.crowd.disconnect(session);
            }
        }
        Ok(())
    }

    fn settle(&mut self) -> Audit {
        let clock = self.running().state().time();
        self.auditor.settled(clock)
    }

    /// Nothing that is kept is more than it may be.
    fn weigh(&mut self) -> Audit {
        let sizes = self.running().sizes();
        self.auditor.weighed(&sizes)
    }

    fn running(&mut self) -> &mut Node {
        self.node.as_mut().expect("a stopped process is started again at once")
    }

    /// The core hears that a session is over.
    fn close(&mut self, session: SessionNumber) -> Audit {
        self.auditor.closed(session);
        self.step(Input::Closed { session })
    }
}
