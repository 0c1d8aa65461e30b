//! Readers whose connections break, and whose server is killed: they come back with the secret
//! and `resume`, and have read everything once in the end, or know what is missing.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use crate::arrivals::{Arrival, Gap};
use crate::chronicle::{Line, chronicle};
use crate::support::{Client, Dice, House, Native, Server, until};

const ROUNDS: usize = 4;
const READERS: usize = 4;
const WRITERS: usize = 3;
/// What each of them says in a round.
const EACH: usize = 50;
const ROOMS: [&str; 3] = ["lobby", "dev", "ops"];

/// Somebody who remembers what it has read, on however many connections.
struct Reader {
    name: String,
    in_json: bool,
    /// Everything up to here it has read, or knows to be missing.
    after: u64,
    read: BTreeMap<u64, Line>,
    gaps: Vec<Gap>,
    said: usize,
    visits: usize,
    /// Answers behind which there was more.
    pages: usize,
    dice: Dice,
}

#[test]
fn whoever_comes_back_and_resumes_has_read_everything_once() {
    let (readers, said) = is_told(&House::new());
    for reader in &readers {
        assert!(reader.gaps.is_empty(), "{}: {:?}", reader.name, reader.gaps);
        reader.has_read_all_of(&said);
    }
}

#[test]
fn whoever_comes_back_too_late_is_told_what_is_missing() {
    let (readers, said) = is_told(&House::new().with("history_bytes=400"));
    for reader in &readers {
        reader.has_read_all_of(&said);
    }
    let gaps = readers.iter().map(|reader| reader.gaps.len()).sum::<usize>();
    assert!(gaps > ROUNDS, "only {gaps} gaps: that history is not short");
}

#[test]
fn whoever_missed_more_than_one_answer_holds_reads_it_page_by_page() {
    let (readers, said) = is_told(&House::new().with("resume_bytes=300"));
    for reader in &readers {
        assert!(reader.gaps.is_empty(), "{}: {:?}", reader.name, reader.gaps);
        reader.has_read_all_of(&said);
        assert!(reader.pages > ROUNDS, "only {} pages", reader.pages);
    }
}

fn is_told(house: &House) -> (Vec<Reader>, BTreeMap<u64, Line>) {
    let mut dice = Dice::fresh();
    let mut readers: Vec<_> = (0..READERS).map(|n| Reader::new(n, dice.split())).collect();
    for round in 0..ROUNDS {
        let server = house.opens();
        for reader in &mut readers {
            // Everybody is known before anybody writes to them.
            reader.visits(server.door("native"), 0);
        }
        is_killed_under_load(server, round, &mut readers, &mut dice);
    }
    let server = house.opens();
    for reader in &mut readers {
        assert!(reader.visits(server.door("native"), 0), "nothing breaks this connection");
        assert!(reader.visits > 3 * ROUNDS, "only {} visits", reader.visits);
    }
    server.stops();
    (readers, chronicle(house))
}

fn is_killed_under_load(server: Server, round: usize, readers: &mut [Reader], dice: &mut Dice) {
    let enough = WRITERS * EACH / 2 + dice.place(WRITERS * EACH / 2);
    let (written, over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let (door, written, over) = (server.door("native"), &written, &over);
    thread::scope(|scope| {
        for reader in readers {
            scope.spawn(move || {
                while !over.load(Ordering::Acquire) {
                    let turns = reader.dice.place(4);
                    reader.visits(door, turns);
                }
            });
        }
        for n in 0..WRITERS {
            let writer = server.native("a writer").named(&format!("w{round}{n}"));
            let dice = dice.split();
            scope.spawn(move || writes(writer, &format!("w{round}{n}"), dice, written));
        }
        until("enough is written", || (written.load(Ordering::Relaxed) >= enough).then_some(()));
        over.store(true, Ordering::Release);
        server.dies();
    });
}

/// Says things in all rooms and to all readers.
fn writes(mut writer: Native, name: &str, mut dice: Dice, written: &AtomicUsize) {
    for room in &ROOMS[1..] {
        writer.socket.throws(format!("join {room}\n"));
        if writer.answer().is_none() {
            return;
        }
    }
    for n in 0..EACH {
        let place = dice.place(ROOMS.len() + 1);
        let place = match ROOMS.get(place) {
            Some(room) => format!("#{room}"),
            None => format!("r{}", dice.place(READERS)),
        };
        writer.socket.throws(format!("to {place} {name} {n}\n"));
        let Some(reply) = writer.answer() else { return };
        assert!(reply.starts_with("OK "), "{name} {n} to {place}: {reply}");
        written.fetch_add(1, Ordering::Relaxed);
    }
}

impl Reader {
    fn new(n: usize, dice: Dice) -> Self {
        Self {
            name: format!("r{n}"),
            in_json: n % 2 == 1,
            after: 0,
            read: BTreeMap::new(),
            gaps: vec![],
            said: 0,
            visits: 0,
            pages: 0,
            dice,
        }
    }

    /// One connection: comes back, asks what it missed, then says something so many times and
    /// listens. `false`: the connection broke.
    fn visits(&mut self, door: SocketAddr, turns: usize) -> bool {
        let Ok(mut socket) = Client::reaches(&self.name, door) else { return false };
        self.visits += 1;
        // What is read before all that was missed is read counts only with it.
        let mut unsure = vec![];
        let after = self.after;
        for request in self.returning(after) {
            socket.throws(request + "\n");
        }
        let breaks_off_early = turns > 0 && self.dice.below(6) == 0;
        loop {
            match Arrival::over(&mut socket, &self.name) {
                None => return false,
                Some(Arrival::Missed(missed, more)) => {
                    unsure.extend(missed);
                    let Some(more) = more else { break };
                    self.pages += 1;
                    socket.throws(self.resume(more) + "\n");
                }
                Some(arrival) => unsure.push(arrival),
            }
            if breaks_off_early && self.dice.below(4) == 0 {
                return false;
            }
        }
        for arrival in unsure {
            self.keeps(arrival, &mut VecDeque::new());
        }
        let mut saying = VecDeque::new();
        for _ in 0..turns {
            if !self.takes_a_turn(&mut socket, &mut saying) {
                return false;
            }
        }
        if turns > 0 && self.dice.below(2) == 0 {
            // It goes without reading what was said to it meanwhile.
            let mut own = VecDeque::new();
            self.says(&mut socket, &mut own);
        }
        true
    }

    fn returning(&self, after: u64) -> Vec<String> {
        let Self { name, .. } = self;
        let secret = format!("{:032x}", 0x005e_c7e7 + name.len());
        if self.in_json {
            let mut all =
                vec![format!(r#"{{"id":"n","do":"name","name":"{name}","secret":"{secret}"}}"#)];
            all.extend(
                ROOMS[1..]
                    .iter()
                    .map(|room| format!(r#"{{"id":"j","do":"join","room":"{room}"}}"#)),
            );
            all.push(self.resume(after));
            return all;
        }
        let mut all = vec![format!("name {name} secret:{secret}")];
        all.extend(ROOMS[1..].iter().map(|room| format!("join {room}")));
        all.push(self.resume(after));
        all
    }

    fn resume(&self, after: u64) -> String {
        if self.in_json {
            format!(r#"{{"id":"resume","do":"resume","after":{after}}}"#)
        } else {
            format!("resume {after}")
        }
    }

    fn says(&mut self, socket: &mut Client, saying: &mut VecDeque<String>) {
        let text = format!("{} {}", self.name, self.said);
        self.said += 1;
        let request = if self.in_json {
            format!("{{\"id\":\"say\",\"do\":\"say\",\"text\":\"{text}\"}}\n")
        } else {
            format!("say {text}\n")
        };
        socket.throws(request);
        saying.push_back(text);
    }

    /// Says something, and reads until it is told that everything was answered.
    fn takes_a_turn(&mut self, socket: &mut Client, saying: &mut VecDeque<String>) -> bool {
        self.says(socket, saying);
        socket.throws(if self.in_json { "{\"id\":\"p\",\"do\":\"ping\"}\n" } else { "ping\n" });
        loop {
            match Arrival::over(socket, &self.name) {
                None => return false,
                Some(Arrival::Pong) => return true,
                Some(arrival) => self.keeps(arrival, saying),
            }
        }
    }

    #[track_caller]
    fn keeps(&mut self, arrival: Arrival, saying: &mut VecDeque<String>) {
        let name = &self.name;
        match arrival {
            Arrival::Line(seq, line) => {
                let twice = self.read.insert(seq, line);
                assert_eq!(twice, None, "{name} reads {seq} twice, after {}", self.after);
                self.after = self.after.max(seq);
            }
            Arrival::Said(seq) => {
                let text = saying.pop_front().expect("it was said on this connection");
                let twice = self.read.insert(seq, Line { place: "#ops".to_owned(), text });
                assert_eq!(twice, None, "{name} said {seq} and has read it before");
                self.after = self.after.max(seq);
            }
            Arrival::Gap(gap) => self.gaps.push(gap),
            Arrival::Missed(..) | Arrival::Pong | Arrival::Other => {}
        }
    }

    #[track_caller]
    fn has_read_all_of(&self, said: &BTreeMap<u64, Line>) {
        let Self { name, .. } = self;
        let mine = format!("@{name}");
        let due = |line: &Line| line.place == mine || line.place.starts_with('#');
        for (seq, line) in said.iter().filter(|(_, line)| due(line)) {
            let missing = self.gaps.iter().any(|gap| gap.holds(*seq, line));
            match self.read.get(seq) {
                Some(read) => assert_eq!((read, missing), (line, false), "{seq} as {name} read it"),
                None => assert!(missing, "{name} never read {seq} {line:?}: {:?}", self.gaps),
            }
        }
        for (seq, line) in &self.read {
            assert_eq!(said.get(seq), Some(line), "{name} read it, and the log?");
        }
    }
}
