//! Programs on a network that cuts them off in the middle of requests and of replies, with a server
//! that is killed: what they ask again with its key has one effect, and one answer.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use serde_json::{Value, json};

use crate::chronicle::chronicle;
use crate::cutter::Cutter;
use crate::support::{Client, Dice, House, Ledger, until};

const NAMES: [&str; 2] = ["ana", "eva"];
/// Commands of each, and how many it asks at once.
const COMMANDS: u64 = 150;
const AT_ONCE: u64 = 4;
const KILLS: u64 = 3;
const SECRET: &str = "00000000000000000000000000c0ffee";

/// The answer to a command: its place in the log, or the code of what refused it.
type Answer = Result<u64, String>;

/// One of them, and what it was answered to each key.
struct Asker {
    name: &'static str,
    in_json: bool,
    dice: Dice,
    answers: BTreeMap<u64, Answer>,
}

#[test]
fn what_is_asked_again_with_its_key_is_done_once_and_answered_alike() {
    let house = House::new().with_resources(&["ana", "eva", "GPU"]);
    let mut dice = Dice::fresh();
    let mut server = house.opens();
    let mut holder = server.native("luis");
    let key = format!("name luis secret:{SECRET}");
    assert!(holder.asks(&key).starts_with("OK "));
    holder.does("reserve GPU");
    let cutters = NAMES.map(|_| Cutter::before(server.door("native"), dice.split()));
    let mut askers = NAMES.map(|name| Asker::new(name, dice.split()));

    let answered = AtomicU64::new(0);
    let (cutters, answered) = (&cutters, &answered);
    let server = thread::scope(|scope| {
        for (asker, cutter) in askers.iter_mut().zip(cutters) {
            scope.spawn(move || asker.asks_all(cutter.door(), answered));
        }
        for kill in 1..=KILLS {
            let enough = kill * COMMANDS * NAMES.len() as u64 / (KILLS + 1);
            until("enough is answered", || {
                (answered.load(Ordering::Relaxed) >= enough).then_some(())
            });
            server.dies();
            server = house.opens();
            for cutter in cutters {
                cutter.leads_to(server.door("native"));
            }
        }
        server
    });
    for cutter in cutters {
        assert!(cutter.cuts() > 10, "only {} connections were cut", cutter.cuts());
    }

    // What was refused stays refused, also when it could be done now.
    let mut holder = server.native("luis");
    assert!(holder.asks(&key).starts_with("OK "));
    holder.does("cancel GPU");
    for asker in &mut askers {
        asker.asks_everything_again(server.door("native"));
    }
    server.stops();
    each_was_done_once(&house, &askers);
}

/// A room is joined by a connection and not by a name: with a key it would seem to be joined again,
/// and would not be.
#[test]
fn to_join_and_to_leave_take_no_key() {
    let server = House::new().in_memory().opens();
    let mut ana = server.native("ana").named("ana");
    for line in ["key:1 join dev", "key:1 leave", r#"{"key":1,"do":"join","room":"dev"}"#] {
        let reply = ana.asks(line);
        assert!(reply.contains("bad_request"), "{line}: {reply}");
    }
    assert_eq!(ana.lists("rooms"), ["#lobby 1 here"]);
    // The key is still unused.
    ana.does("key:1 say hola");
    server.stops();
}

fn each_was_done_once(house: &House, askers: &[Asker]) {
    let said = chronicle(house);
    let ledger = Ledger::of(house);
    let mut done = 0;
    for asker in askers {
        let mut moves = vec![];
        for (key, answer) in &asker.answers {
            let Ok(seq) = answer else { continue };
            match asker.what(*key) {
                What::Words(_, text) => {
                    assert_eq!(said[seq].text, text, "at {seq}, the answer to {key}");
                    done += 1;
                }
                What::Moves(_, _) => moves.push(*seq),
            }
        }
        let logged: Vec<_> = ledger.moves_of(asker.name).iter().map(|step| step.seq).collect();
        assert_eq!(logged, moves, "what {} took and gave back", asker.name);
        assert!(moves.len() as u64 >= COMMANDS / 6, "only {} moves", moves.len());
        let refused = asker.answers.values().filter(|it| **it == Err("taken".to_owned())).count();
        assert_eq!(refused as u64, COMMANDS / 6, "GPU is somebody else's");
    }
    assert_eq!(said.len(), done, "each was said once, and nothing else was");
    let free = ledger.free();
    assert!(free.iter().any(|it| it == "GPU"), "nobody took it after all: {free:?}");
}

/// What a command is about.
enum What {
    /// Said with a verb, to a place.
    Words(&'static str, String),
    /// Taken, or given back.
    Moves(&'static str, &'static str),
}

impl Asker {
    fn new(name: &'static str, dice: Dice) -> Self {
        Self { name, in_json: name == "eva", dice, answers: BTreeMap::new() }
    }

    /// The same key is always the same command.
    fn what(&self, key: u64) -> What {
        let text = format!("{} {key}", self.name);
        match key % 6 {
            0 => What::Moves("reserve", self.name),
            1 => What::Words("say", text),
            2 => What::Words("to", text),
            3 => What::Moves("cancel", self.name),
            4 => What::Moves("reserve", "GPU"),
            _ => What::Words("topic", text),
        }
    }

    fn request(&self, key: u64) -> String {
        let other = NAMES[usize::from(self.name == NAMES[0])];
        if self.in_json {
            let request = match self.what(key) {
                What::Moves(verb, resource) => json!({"do": verb, "resource": resource}),
                What::Words("to", text) => json!({"do": "to", "to": other, "text": text}),
                What::Words("topic", text) => {
                    json!({"do": "topic", "room": "lobby", "text": text})
                }
                What::Words(verb, text) => json!({"do": verb, "text": text}),
            };
            let mut request = request;
            request["key"] = key.into();
            return format!("{request}\n");
        }
        match self.what(key) {
            What::Moves(verb, resource) => format!("key:{key} {verb} {resource}\n"),
            What::Words("to", text) => format!("key:{key} to {other} {text}\n"),
            What::Words("topic", text) => format!("key:{key} topic lobby {text}\n"),
            What::Words(verb, text) => format!("key:{key} {verb} {text}\n"),
        }
    }

    /// Asks everything, each with its key, again and again until it is answered.
    fn asks_all(&mut self, door: SocketAddr, answered: &AtomicU64) {
        let mut next = 1;
        while next <= COMMANDS {
            let Some(mut socket) = self.returns(door) else { continue };
            if next > 1 {
                let earlier = 1 + self.dice.below(next - 1);
                if self.asks(&mut socket, earlier..=earlier) == 0 {
                    continue;
                }
            }
            loop {
                let burst = next..=COMMANDS.min(next + AT_ONCE - 1);
                let all = burst.end() + 1 - burst.start();
                let done = self.asks(&mut socket, burst);
                answered.fetch_add(done, Ordering::Relaxed);
                next += done;
                if done < all || next > COMMANDS {
                    break;
                }
            }
        }
    }

    /// Another connection, in the other form, where nothing breaks.
    fn asks_everything_again(&mut self, door: SocketAddr) {
        self.in_json = !self.in_json;
        let mut socket = self.returns(door).expect("nothing breaks this connection");
        assert_eq!(self.asks(&mut socket, 1..=COMMANDS), COMMANDS);
    }

    fn returns(&self, door: SocketAddr) -> Option<Client> {
        let mut socket = Client::reaches(self.name, door).ok()?;
        if self.in_json {
            let name = json!({"do": "name", "name": self.name, "secret": SECRET});
            socket.throws(format!("{name}\n"));
        } else {
            socket.throws(format!("name {} secret:{SECRET}\n", self.name));
        }
        answer(&mut socket)?.unwrap_or_else(|code| panic!("{} is not let in: {code}", self.name));
        Some(socket)
    }

    /// Asks at once, and returns how many were answered before the connection broke.
    #[track_caller]
    fn asks(&mut self, socket: &mut Client, keys: std::ops::RangeInclusive<u64>) -> u64 {
        socket.throws(keys.clone().map(|key| self.request(key)).collect::<String>());
        let mut done = 0;
        for key in keys {
            let Some(answer) = answer(socket) else { break };
            let before = self.answers.entry(key).or_insert_with(|| answer.clone());
            assert_eq!(*before, answer, "what {} is answered to {key}", self.name);
            done += 1;
        }
        done
    }
}

/// The next answer, in either form; `None`: the connection broke.
#[track_caller]
fn answer(socket: &mut Client) -> Option<Answer> {
    loop {
        let line = socket.line()?;
        if line.starts_with('{') {
            let it: Value = serde_json::from_str(&line).expect("a line is whole");
            if it.get("event").is_none() {
                let code = it["error"]["code"].as_str().map(str::to_owned);
                return Some(code.map_or_else(|| Ok(seq(&it)), Err));
            }
        } else if !line.starts_with("* ") {
            let words: Vec<_> = line.split(' ').collect();
            let code = words[1].to_owned();
            let is_done = words[0] == "OK";
            return Some(if is_done { Ok(code.parse().expect("a number")) } else { Err(code) });
        }
    }
}

fn seq(answer: &Value) -> u64 {
    answer["ok"]["seq"].as_u64().unwrap_or_else(|| panic!("no seq: {answer}"))
}
