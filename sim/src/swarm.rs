//! What a world is like: drawn from its seed, before anything happens in it.
//!
//! Each seed switches every kind of fault on or off by itself (swarm testing): a world with no
//! crashes runs deep into rate limits, one with few names collides all the time, and a bug that
//! hides behind another fault's noise has worlds without that noise.

use std::fmt;

use posada_core::{Admission, Budget};

use crate::rng::Rng;

/// What a client may do next; the places of [`Swarm::mix`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Ask for a name.
    Name,
    /// Come into a room.
    Join,
    /// Leave one.
    Leave,
    /// Ask what a room is about.
    Topic,
    /// Say what it is about.
    SetTopic,
    /// Say something in a room.
    Say,
    /// Say something to one name.
    To,
    /// Tell the operator something.
    Note,
    /// Ask who is here.
    Who,
    /// Ask which rooms there are.
    Rooms,
    /// Show that something is being typed.
    Typing,
    /// Ask what was missed.
    Resume,
    /// Begin to watch something.
    Watch,
    /// Stop.
    Unwatch,
    /// Ask what there is.
    List,
    /// Take a resource.
    Reserve,
    /// Give one back.
    Cancel,
    /// Ask for a sign of life, or for help.
    Ping,
    /// Prove to be the operator, or fail to.
    Claim,
    /// Give an order as the operator.
    Order,
    /// Send something unreadable.
    Mumble,
    /// Send line after line that is almost a request.
    Babble,
    /// Ask many things at once.
    Flood,
    /// Say goodbye.
    Quit,
    /// Go without a word.
    HangUp,
}

impl Deed {
    /// All of them, in the order of [`Swarm::mix`].
    pub const ALL: [Self; 25] = [
        Self::Name,
        Self::Join,
        Self::Leave,
        Self::Topic,
        Self::SetTopic,
        Self::Say,
        Self::To,
        Self::Note,
        Self::Who,
        Self::Rooms,
        Self::Typing,
        Self::Resume,
        Self::Watch,
        Self::Unwatch,
        Self::List,
        Self::Reserve,
        Self::Cancel,
        Self::Ping,
        Self::Claim,
        Self::Order,
        Self::Mumble,
        Self::Babble,
        Self::Flood,
        Self::Quit,
        Self::HangUp,
    ];
}

/// Sizes that make segments roll over after a few batches.
pub const SEGMENT_BYTES: [u64; 5] = [4096, 4096, 5120, 8192, 16384];

/// Bytes of history: none, too little for one message, for few, and enough for all.
pub const HISTORY_BYTES: [u32; 7] = [0, 75, 300, 300, 1_000, 4_000, 262_144];

/// One world's character.
#[derive(Clone, Debug)]
pub struct Swarm {
    /// Turns until the end.
    pub turns: u64,
    /// Which node it is.
    pub node: u16,
    /// Clients at one time.
    pub clients: usize,
    /// Different names that they ask for.
    pub names: u64,
    /// Different resume secrets.
    pub secrets: u64,
    /// Resources that exist.
    pub resources: u64,
    /// Rooms that they go into.
    pub rooms: u64,
    /// Bytes of the longest texts.
    pub longest: usize,
    /// Bytes of its history that each room keeps.
    pub history_bytes: u32,
    /// Bytes that one answer tells of what was missed.
    pub resume_bytes: u32,
    /// Whether most of them want the same few things.
    pub skewed: bool,
    /// How much may wait for one who does not read, before it is cut.
    pub outbox: usize,
    /// How often a change carries a key, of a thousand.
    pub keyed: u64,
    /// How often who comes back asks at once what it missed, of a thousand.
    pub dutiful: u64,
    /// Entries that an earlier version had written before the first start; 0: none.
    pub heritage: u64,
    /// What one address may have of all listeners together.
    pub each_address: Budget,
    /// What the listeners allow. The last one, for the auditor's witness, allows everything.
    pub listeners: Vec<Admission>,
    /// How likely each deed is, as a weight.
    pub mix: [u64; Deed::ALL.len()],
    /// How often who has no name asks for one before anything else, of a thousand.
    pub polite: u64,
    /// How often a turn ends with an append, of a thousand.
    pub append: u64,
    /// Bytes of a segment file.
    pub segment_bytes: u64,
    /// What goes wrong.
    pub faults: Faults,
}

/// How often what goes wrong, of a thousand each; zero: never.
#[derive(Clone, Copy, Debug)]
pub struct Faults {
    /// A stop somewhere in a turn.
    pub stop: u64,
    /// A stop of the process alone, rather than a loss of power.
    pub kill: u64,
    /// A stop while starting.
    pub stop_in_start: u64,
    /// The disk fills up, or has room again.
    pub full: u64,
    /// A sync fails.
    pub sync: u64,
    /// The wall clock jumps, either way.
    pub wall: u64,
    /// Uptime jumps at a start, either way.
    pub uptime: u64,
    /// The server is closed and started again in good order.
    pub drain: u64,
    /// Those who never read, of those who come.
    pub deaf: u64,
    /// Something arrives late.
    pub late: u64,
    /// A datagram is lost, or comes twice.
    pub lost: u64,
    /// A sync takes long.
    pub slow: u64,
    /// Segments have another size from a start on, and histories.
    pub resize: u64,
}

impl Swarm {
    /// One of so many; where they are skewed, rather one of the first.
    pub fn one_of(&self, many: u64, rng: &mut Rng) -> u64 {
        let one = rng.below(many);
        if self.skewed { one.min(rng.below(many)).min(rng.below(many)) } else { one }
    }

    /// That of the world of `seed`.
    pub fn of(seed: u64) -> Self {
        Self::draw(&mut Rng::new(seed, 1))
    }

    fn draw(rng: &mut Rng) -> Self {
        let clients = rng.pick(&[1, 2, 3, 5, 8, 12]);
        let mut listeners: Vec<_> = (0..rng.between(1, 3)).map(|_| admission(rng)).collect();
        listeners.push(Admission::default());
        Self {
            turns: rng.pick(&[60, 120, 240, 360, 500]),
            node: rng.pick(&[0, 1, 7]),
            clients,
            names: rng.pick(&[1, 2, 4, 8, 14]),
            secrets: rng.between(1, 3),
            resources: rng.pick(&[1, 1, 2, 3, 6]),
            rooms: rng.pick(&[1, 2, 2, 3, 5]),
            longest: rng.pick(&[90, 90, 300, 1_000, 2_800]),
            history_bytes: rng.pick(&HISTORY_BYTES),
            resume_bytes: rng.pick(&[0, 200, 1_000, 65_536]),
            skewed: rng.coin(),
            outbox: rng.pick(&[2, 10, 60]),
            keyed: rng.pick(&[0, 300, 700]),
            dutiful: rng.pick(&[0, 800, 1_000]),
            heritage: rng.pick(&[0, 0, 0, 0, 0, 12, 40]),
            each_address: Budget {
                sessions: rng.pick(&[0, 0, 2, 4]),
                per_second: rng.pick(&[0, 0, 0, 3, 6]),
            },
            listeners,
            mix: mix(rng),
            polite: rng.pick(&[0, 500, 900, 950]),
            append: rng.pick(&[60, 150, 300, 600, 900]),
            segment_bytes: rng.pick(&SEGMENT_BYTES),
            faults: Faults::draw(rng),
        }
        .or_marathon(rng)
        .or_extreme(rng)
    }

    /// Some worlds reach a bound that the others never see.
    fn or_extreme(mut self, rng: &mut Rng) -> Self {
        let extreme = rng.below(150);
        let weights = |mix: &mut [u64], deeds: &[(Deed, u64)]| {
            for (deed, weight) in deeds {
                let place = Deed::ALL.iter().position(|known| known == deed);
                mix[place.expect("it is one of all")] = *weight;
            }
        };
        match extreme {
            // More rooms than one session may be in, and than there may be.
            0 | 1 => {
                self.rooms = if extreme == 0 { 1_200 } else { 60 };
                self.turns = if extreme == 0 { 3_600 } else { 500 };
                self.segment_bytes = 65_536;
                self.faults.stop /= 8;
                weights(&mut self.mix, &[(Deed::Join, 900), (Deed::Leave, 120)]);
            }
            // More keys than are kept of one.
            2 => {
                self.turns = 3_000;
                (self.names, self.secrets, self.clients, self.keyed) = (1, 1, 1, 1_000);
                // Who is sent away, or stopped, comes back as somebody else sooner or later.
                self.listeners = vec![Admission::default(); 2];
                (self.faults.stop, self.faults.sync, self.faults.drain) = (0, 0, 1);
                (self.polite, self.segment_bytes) = (950, 65_536);
                weights(&mut self.mix, &[(Deed::Say, 400), (Deed::Quit, 0), (Deed::HangUp, 0)]);
                weights(&mut self.mix, &[(Deed::Claim, 0), (Deed::Order, 0), (Deed::Name, 1)]);
            }
            // More to watch than one session may.
            3 => {
                (self.resources, self.clients, self.turns) = (70, 3, 500);
                weights(&mut self.mix, &[(Deed::Watch, 900), (Deed::Unwatch, 30)]);
            }
            // More mail than a mailbox holds.
            4..=9 => {
                (self.names, self.longest) = (3, 2_800);
                if extreme == 4 {
                    // One message alone is more.
                    (self.longest, self.segment_bytes, self.faults.resize) = (17_000, 65_536, 0);
                }
                weights(&mut self.mix, &[(Deed::To, 120), (Deed::Quit, 10), (Deed::HangUp, 15)]);
            }
            _ => {}
        }
        self
    }

    /// Some worlds are long enough for the core to check its own trail.
    fn or_marathon(mut self, rng: &mut Rng) -> Self {
        if rng.per_mille(15) {
            self.turns = 3_000;
            self.segment_bytes = 65_536;
            self.faults.stop /= 8;
        }
        self
    }
}

impl Faults {
    fn draw(rng: &mut Rng) -> Self {
        let mut often = |rates: &[u64]| if rng.coin() { rng.pick(rates) } else { 0 };
        Self {
            stop: often(&[20, 60, 150]),
            kill: often(&[200, 500, 1_000]),
            stop_in_start: often(&[100, 300]),
            full: often(&[10, 40]),
            sync: often(&[5, 30]),
            wall: often(&[20, 100]),
            uptime: often(&[300]),
            drain: often(&[5, 15]),
            resize: often(&[500]),
            deaf: often(&[30, 150]),
            late: often(&[50, 300, 900]),
            lost: often(&[50, 300]),
            slow: often(&[20, 100]),
        }
    }
}

/// Each limit is there in about half of the listeners: where all are, nobody gets far.
fn admission(rng: &mut Rng) -> Admission {
    Admission {
        sessions: rng.pick(&[0, 0, 0, 2, 10]),
        characters: rng.pick(&[0, 0, 0, 11, 12, 40]),
        per_second: rng.pick(&[0, 0, 0, 0, 1, 3, 5]),
        name_within_ms: rng.pick(&[0, 0, 0, 0, 500, 3_000]),
        disconnect: rng.coin(),
        operator: rng.per_mille(200),
        answers_only: rng.per_mille(80),
    }
}

/// Most deeds are likely in most worlds; each may be missing, or be almost all that happens.
fn mix(rng: &mut Rng) -> [u64; Deed::ALL.len()] {
    let usual = [20, 14, 5, 3, 6, 36, 20, 4, 6, 3, 6, 8, 12, 3, 6, 26, 20, 3, 2, 5, 3, 3, 1, 2, 3];
    let mut mix = usual.map(|weight| weight * rng.pick(&[0, 1, 1, 1, 1, 4]));
    // Somebody has to say something, or nothing could ever go wrong.
    mix[0] = mix[0].max(10);
    mix
}

impl fmt::Display for Swarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { turns, node, clients, names, secrets, resources, rooms, longest, .. } = self;
        let Self { history_bytes, resume_bytes, keyed, dutiful, heritage, .. } = self;
        writeln!(f, "turns {turns}, node {node}, segments of {} bytes", self.segment_bytes)?;
        writeln!(
            f,
            "clients {clients}, names {names}, secrets {secrets}, resources {resources}, rooms \
             {rooms}; texts of {longest}, histories of {history_bytes} bytes, told by \
             {resume_bytes}; inherited {heritage}; skewed {}, an outbox of {}",
            self.skewed, self.outbox
        )?;
        writeln!(
            f,
            "of 1000: polite {}, dutiful {dutiful}, keyed {keyed}, an append {}",
            self.polite, self.append
        )?;
        let Budget { sessions, per_second } = self.each_address;
        writeln!(f, "each address: places {sessions}, per second {per_second}")?;
        for (number, allowed) in self.listeners.iter().enumerate() {
            let Admission { sessions, characters, per_second, name_within_ms, .. } = allowed;
            let Admission { disconnect, operator, answers_only, .. } = allowed;
            writeln!(
                f,
                "listener {number}: places {sessions}, characters {characters}, per second \
                 {per_second}, name within {name_within_ms} ms, disconnect {disconnect}, operator \
                 {operator}, answers only {answers_only}"
            )?;
        }
        write!(f, "deeds:")?;
        for (deed, weight) in Deed::ALL.iter().zip(self.mix) {
            write!(f, " {deed:?} {weight}")?;
        }
        let Faults { stop, kill, stop_in_start, full, sync, wall, uptime, drain, .. } = self.faults;
        let Faults { resize, deaf, late, lost, slow, .. } = self.faults;
        write!(
            f,
            "\nfaults of 1000: stop {stop}, kill {kill}, stop in start {stop_in_start}, full \
             {full}, sync {sync}, wall {wall}, uptime {uptime}, drain {drain}, resize {resize}, \
             deaf {deaf}, late {late}, lost {lost}, slow {slow}"
        )
    }
}
