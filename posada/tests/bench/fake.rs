//! A server that answers as posada does, but for one mistake that it is told to make.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What it does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mistake {
    None,
    /// Everybody who reserves gets it.
    TwoHolders,
    /// Each number is smaller than the one before.
    NumbersShrink,
    /// What somebody has is not held, it says now and then.
    ForgetsAHolder,
    /// It answers twice now and then.
    AnswersTwice,
    /// It does what is asked once, and does not say so.
    LosesAnAnswer,
    /// One member misses a message.
    MissesAMessage,
    /// One member hears a message twice.
    RepeatsAMessage,
    /// Everybody hears two messages in the wrong order.
    SwapsMessages,
    /// It goes away in the middle.
    Leaves,
}

/// One resource, one room, and the mistake, after this many requests.
const SOON: u64 = 40;

struct House {
    mistake: Mistake,
    requests: u64,
    number: u64,
    holder: Option<String>,
    members: BTreeMap<String, TcpStream>,
    late: Option<String>,
}

/// Where it listens; it serves until the test is over.
pub(crate) fn server(mistake: Mistake) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let house = House {
        mistake,
        requests: 0,
        number: 1_000_000,
        holder: None,
        members: BTreeMap::new(),
        late: None,
    };
    let house = Arc::new(Mutex::new(house));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let house = Arc::clone(&house);
            thread::spawn(move || converse(&house, &stream));
        }
    });
    address
}

fn converse(house: &Mutex<House>, stream: &TcpStream) {
    let mut name = String::new();
    for line in BufReader::new(stream).lines().map_while(Result::ok) {
        let mut house = house.lock().expect("nobody panicked");
        let Some(answer) = house.answer(&mut name, &line, stream) else { return };
        // Whoever has heard enough has gone.
        let _ = { stream }.write_all(answer.as_bytes());
    }
}

impl House {
    /// `None` ends the connection.
    fn answer(&mut self, name: &mut String, line: &str, stream: &TcpStream) -> Option<String> {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        Some(match verb {
            "name" => {
                name.clone_from(&rest.split(' ').next()?.to_owned());
                "OK 6 secret:00 you are in the lobby\n".to_owned()
            }
            "join" => {
                let copy = stream.try_clone().expect("it is open");
                self.members.insert(name.clone(), copy);
                "OK 7 joined\n".to_owned()
            }
            "leave" => "OK 8 left\n".to_owned(),
            "reserve" | "cancel" => self.command(verb, name)?,
            "say" => self.say(name, rest),
            _ => self.list(),
        })
    }

    fn list(&self) -> String {
        let holder = self.holder.as_ref().map(|name| format!(",\"holder\":\"{name}\""));
        let (free, holder) = (holder.is_none(), holder.unwrap_or_default());
        format!(
            "{{\"id\":0,\"ok\":{{\"resources\":[{{\"name\":\"gpu\",\"free\":{free}{holder}}}]}}}}\n"
        )
    }

    /// Whether it is time for that mistake.
    fn errs(&self, mistake: Mistake) -> bool {
        self.mistake == mistake && self.requests > SOON
    }

    fn next(&mut self) -> u64 {
        if self.errs(Mistake::NumbersShrink) {
            self.number -= 1;
        } else {
            self.number += 1;
        }
        self.number
    }

    fn command(&mut self, verb: &str, name: &str) -> Option<String> {
        self.requests += 1;
        let yours = self.holder.as_deref() == Some(name);
        if self.errs(Mistake::Leaves) {
            return None;
        }
        let refused = match (verb, &self.holder) {
            ("reserve", Some(_)) if self.errs(Mistake::TwoHolders) && !yours => None,
            ("reserve", Some(_)) => Some("taken"),
            ("cancel", Some(_)) if self.errs(Mistake::ForgetsAHolder) && yours => Some("not_held"),
            ("cancel", Some(_)) if !yours => Some("not_yours"),
            ("cancel", None) => Some("not_held"),
            _ => None,
        };
        let answer = if let Some(code) = refused {
            format!("ERR {code} because\n")
        } else {
            let number = self.next();
            let done = if verb == "reserve" { "reserved" } else { "cancelled" };
            self.holder = (verb == "reserve").then(|| name.to_owned());
            format!("OK {number} {done} gpu\n")
        };
        if self.mistake == Mistake::LosesAnAnswer && self.requests == SOON {
            return Some(String::new());
        }
        Some(if self.errs(Mistake::AnswersTwice) { answer.repeat(2) } else { answer })
    }

    fn say(&mut self, name: &str, text: &str) -> String {
        self.requests += 1;
        let number = self.next();
        let event = format!("* {number} #{name} {name}: {text}\n");
        let now = self.requests == SOON;
        let event = match self.late.take() {
            Some(late) => event + &late,
            None if now && self.mistake == Mistake::SwapsMessages => {
                self.late = Some(event);
                String::new()
            }
            None => event,
        };
        let members = self.members.iter().filter(|(member, _)| *member != name);
        for (place, (_, mut stream)) in members.enumerate() {
            let mine = now && place == 1;
            let copies = match self.mistake {
                Mistake::MissesAMessage if mine => 0,
                Mistake::RepeatsAMessage if mine => 2,
                _ => 1,
            };
            let _ = stream.write_all(event.repeat(copies).as_bytes());
        }
        format!("OK {number} addressed\n")
    }
}
