//! Who does which work, how much of it, and what the goals are: the table of what is compared.

use crate::peer::posada::{self, Log};
use crate::peer::{Peer, bare, etcd, mosquitto, nats, ngircd, postgres, redis};
use crate::stage::{Figure, Load, Stage};

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quantity {
    PerSecond,
    P50,
    P99,
    Bytes,
}

impl Quantity {
    pub(crate) fn of(self, figure: &Figure) -> Option<f64> {
        match self {
            Self::PerSecond => figure.per_second,
            Self::P50 => figure.p50,
            Self::P99 => figure.p99,
            Self::Bytes => figure.bytes,
        }
    }

    /// More of it is better.
    pub(crate) fn more_is_better(self) -> bool {
        self == Self::PerSecond
    }
}

/// What a goal is measured by.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Against {
    /// What that contestant has.
    Other(&'static str),
    /// A figure, and what it is called.
    Fixed(f64, &'static str),
}

/// What a contestant should reach: so many times something, at least where more is better, at most
/// where it is not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Goal {
    pub(crate) who: &'static str,
    pub(crate) quantity: Quantity,
    pub(crate) factor: f64,
    pub(crate) against: Against,
}

type Measure = fn(&Stage, Load) -> anyhow::Result<Figure>;

/// Who does the work.
pub(crate) struct Contestant {
    pub(crate) name: &'static str,
    pub(crate) peer: Peer,
    pub(crate) measure: Measure,
}

/// One work, and all who do it.
pub(crate) struct Contest {
    /// What it is called on the command line.
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) load: Load,
    pub(crate) quantities: &'static [Quantity],
    pub(crate) contestants: Vec<Contestant>,
    pub(crate) goals: Vec<Goal>,
}

const POSADA: &str = "posada";
const JSON: &str = "posada, JSON";
const SEGMENT: &str = "posada, durable";
const BROWSERS: &str = "posada, WebSocket";
const ALWAYS: &str = "Redis, AOF always";
const VOLATILE: &str = "Redis, no persistence";
const REDIS: &str = "Redis";
const VERBOSE: &str = "NATS, verbose PUB";
const REDIS_SET: &str = "Redis, SET";
/// What a program without protocol and state can.
const LIMIT: &str = "bare program";
/// JSON may be so much slower than text.
const JSON_SHARE: f64 = 0.6;
/// What must be reached of a limit.
const OF_LIMIT: f64 = 0.8;

const RATE: &[Quantity] = &[Quantity::PerSecond];

fn one(name: &'static str, peer: Peer, measure: Measure) -> Contestant {
    Contestant { name, peer, measure }
}

fn goal(who: &'static str, quantity: Quantity, factor: f64, other: &'static str) -> Goal {
    Goal { who, quantity, factor, against: Against::Other(other) }
}

fn fixed(
    who: &'static str,
    quantity: Quantity,
    factor: f64,
    value: f64,
    text: &'static str,
) -> Goal {
    Goal { who, quantity, factor, against: Against::Fixed(value, text) }
}

/// All contests, in the order of the report.
pub(crate) fn contests() -> Vec<Contest> {
    let mut all = vec![
        durable("durable-1", "durable commands, 50 clients, 1 outstanding each", 1),
        durable("durable-16", "durable commands, 50 clients, 16 outstanding each", 16),
        durable("durable-64", "durable commands, 50 clients, 64 outstanding each", 64),
        paced(),
        memory(),
        talk(),
        talk_alone(),
        datagrams(),
        idle(),
    ];
    all.extend(delayed());
    all
}

fn durable(name: &'static str, title: &'static str, depth: usize) -> Contest {
    let rate = Quantity::PerSecond;
    let mut contestants = vec![
        one(POSADA, Peer::Posada, |s, l| posada::scenario(s, l, "reserve", Log::Segment)),
        one(JSON, Peer::Posada, |s, l| posada::scenario(s, l, "json", Log::Segment)),
        one(ALWAYS, Peer::Redis, redis::durable),
        one(VOLATILE, Peer::Redis, redis::volatile),
        one("PostgreSQL", Peer::Postgres, postgres::durable),
        one("etcd", Peer::Etcd, etcd::durable),
        one("JetStream, sync always", Peer::Nats, nats::jetstream),
        one(LIMIT, Peer::Bare, bare::durable),
    ];
    let mut goals = match depth {
        1 => vec![goal(POSADA, rate, 1.1, ALWAYS)],
        16 => vec![goal(POSADA, rate, 2.5, ALWAYS), goal(POSADA, rate, 1.0, VOLATILE)],
        _ => {
            contestants.insert(4, one(REDIS_SET, Peer::Redis, redis::set));
            vec![goal(POSADA, rate, 1.4, VOLATILE), goal(POSADA, rate, 1.4, REDIS_SET)]
        }
    };
    goals.push(goal(JSON, rate, JSON_SHARE, POSADA));
    Contest { name, title, load: Load::closed(50, depth), quantities: RATE, contestants, goals }
}

fn paced() -> Contest {
    let (p50, p99) = (Quantity::P50, Quantity::P99);
    Contest {
        name: "paced",
        title: "durable commands at 1,000/s, open loop, 50 clients",
        load: Load::open(50, 1_000),
        quantities: &[Quantity::P50, Quantity::P99],
        contestants: vec![
            one(POSADA, Peer::Posada, |s, l| posada::scenario(s, l, "paced", Log::Segment)),
            one(JSON, Peer::Posada, |s, l| posada::scenario(s, l, "json", Log::Segment)),
            one(ALWAYS, Peer::Redis, redis::durable),
            one(LIMIT, Peer::Bare, bare::durable),
        ],
        goals: vec![
            goal(POSADA, p50, 1.0, ALWAYS),
            goal(POSADA, p99, 1.0, ALWAYS),
            goal(JSON, p50, 1.0 / JSON_SHARE, POSADA),
        ],
    }
}

fn memory() -> Contest {
    let rate = Quantity::PerSecond;
    Contest {
        name: "memory-16",
        title: "commands in memory, 50 clients, 16 outstanding each",
        load: Load::closed(50, 16),
        quantities: RATE,
        contestants: vec![
            one(POSADA, Peer::Posada, |s, l| posada::scenario(s, l, "reserve", Log::Memory)),
            one(JSON, Peer::Posada, |s, l| posada::scenario(s, l, "json", Log::Memory)),
            one(VERBOSE, Peer::Nats, nats::publish),
            one("Redis, PING", Peer::Redis, redis::ping),
            one(REDIS_SET, Peer::Redis, redis::set),
            one("ngIRCd, PING", Peer::Ngircd, ngircd::ping),
            one("Mosquitto, QoS 1", Peer::Mosquitto, mosquitto::publish),
            one(LIMIT, Peer::Bare, bare::echo),
        ],
        goals: vec![
            goal(POSADA, rate, 1.0, VERBOSE),
            goal(POSADA, rate, 2.0, REDIS_SET),
            goal(JSON, rate, JSON_SHARE, POSADA),
        ],
    }
}

fn talkers() -> Vec<Contestant> {
    vec![
        one(POSADA, Peer::Posada, |s, l| posada::scenario(s, l, "talk", Log::Memory)),
        one(SEGMENT, Peer::Posada, |s, l| posada::scenario(s, l, "talk", Log::Segment)),
        one(REDIS, Peer::Redis, redis::talk),
        one("NATS", Peer::Nats, nats::talk),
        one("ngIRCd", Peer::Ngircd, ngircd::talk),
        one("Mosquitto, QoS 0", Peer::Mosquitto, mosquitto::talk),
        one(LIMIT, Peer::Bare, bare::talk),
    ]
}

fn talk() -> Contest {
    let rate = Quantity::PerSecond;
    Contest {
        name: "talk-256",
        title: "deliveries, 1 sender to 100, 64 bytes, 256 outstanding",
        load: Load::closed(100, 256),
        quantities: RATE,
        contestants: talkers(),
        goals: vec![goal(POSADA, rate, 2.0, REDIS), goal(SEGMENT, rate, 1.0, REDIS)],
    }
}

fn talk_alone() -> Contest {
    Contest {
        name: "talk-1",
        title: "until all 100 have a message, 1 outstanding",
        load: Load::closed(100, 1),
        quantities: &[Quantity::P50],
        contestants: talkers(),
        goals: vec![goal(POSADA, Quantity::P50, 1.0, REDIS)],
    }
}

fn datagrams() -> Contest {
    let rate = Quantity::PerSecond;
    Contest {
        name: "udp",
        title: "datagrams answered, 50 sockets, 1 outstanding each",
        load: Load::closed(50, 1),
        quantities: RATE,
        contestants: vec![
            one(POSADA, Peer::Posada, |s, l| posada::scenario(s, l, "udp", Log::Memory)),
            one(SEGMENT, Peer::Posada, |s, l| posada::scenario(s, l, "udp", Log::Segment)),
            one(LIMIT, Peer::Bare, bare::datagrams),
        ],
        goals: vec![
            goal(POSADA, rate, OF_LIMIT, LIMIT),
            fixed(SEGMENT, rate, 1.0, 100_000.0, "100 k/s"),
        ],
    }
}

fn idle() -> Contest {
    let bytes = Quantity::Bytes;
    Contest {
        name: "idle",
        title: "memory of an idle named session, 2,000 of them",
        load: Load::closed(2_000, 0),
        quantities: &[Quantity::Bytes],
        contestants: vec![
            one(POSADA, Peer::Posada, posada::idle),
            one(BROWSERS, Peer::Posada, posada::idle_browsers),
            one(REDIS, Peer::Redis, redis::idle),
            one("NATS", Peer::Nats, nats::idle),
            one("ngIRCd", Peer::Ngircd, ngircd::idle),
            one("Mosquitto", Peer::Mosquitto, mosquitto::idle),
        ],
        goals: vec![
            fixed(POSADA, bytes, 1.0, 2_048.0, "2 KiB"),
            fixed(BROWSERS, bytes, 1.0, 6_144.0, "6 KiB"),
        ],
    }
}

/// What each sync could make durable at most is what may be outstanding: 50 × 64 commands.
fn delayed() -> [Contest; 3] {
    let contest = |name, title, limit, text, measure| Contest {
        name,
        title,
        load: Load::closed(50, 64),
        quantities: RATE,
        contestants: vec![one(POSADA, Peer::Posada, measure)],
        goals: vec![fixed(POSADA, Quantity::PerSecond, OF_LIMIT, limit, text)],
    };
    [
        contest(
            "sync-1",
            "durable commands, 64 outstanding each, a sync takes 1 ms more",
            3_200_000.0,
            "3,200 commands a ms",
            |s, l| posada::delayed(s, l, 1),
        ),
        contest(
            "sync-5",
            "durable commands, 64 outstanding each, a sync takes 5 ms more",
            640_000.0,
            "3,200 commands in 5 ms",
            |s, l| posada::delayed(s, l, 5),
        ),
        contest(
            "sync-20",
            "durable commands, 64 outstanding each, a sync takes 20 ms more",
            160_000.0,
            "3,200 commands in 20 ms",
            |s, l| posada::delayed(s, l, 20),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_goal_is_about_somebody_who_takes_part() {
        for contest in contests() {
            let takes_part = |name| contest.contestants.iter().any(|one| one.name == name);
            for goal in &contest.goals {
                let other = match goal.against {
                    Against::Other(other) => other,
                    Against::Fixed(..) => goal.who,
                };
                assert!(takes_part(goal.who) && takes_part(other), "{}: {goal:?}", contest.name);
                assert!(contest.quantities.contains(&goal.quantity), "{}", contest.name);
            }
        }
    }
}
