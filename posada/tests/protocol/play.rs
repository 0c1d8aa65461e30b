//! Playing one example: each client a real socket, each line of the document in its turn.

use std::collections::BTreeMap;
use std::fs;
use std::thread;

use crate::document::{Deed, Example, Profile, Step};
use crate::support::{Client, House, Server};

/// What stands for the operator's token.
const TOKEN: &str = "<token>";

/// Plays an example against a fresh server, and panics where the document is wrong.
pub(crate) fn play(example: &Example) {
    let house = example.settings.iter().fold(House::new(), |house, setting| house.with(setting));
    let house = if wants_a_disk(example) { house } else { house.in_memory() };
    let server = house.opens();
    let mut stage = Stage { example, house, server, cast: BTreeMap::new(), given: Given::new() };
    let mut steps = example.steps.as_slice();
    while let Some((step, _)) = steps.split_first() {
        let place = Place(step);
        if step.deed == Deed::Restarts {
            stage = stage.again();
            steps = &steps[1..];
        } else {
            let done = stage.perform(steps);
            steps = &steps[done..];
        }
        drop(place);
    }
    for (who, mut actor) in stage.cast {
        actor.client.hangs_up();
        actor.heard.extend(actor.client.rest().into_bytes());
        let rest = String::from_utf8_lossy(&actor.heard);
        assert!(rest.is_empty(), "line {}: {who:?} also hears {rest:?}", example.line);
    }
}

/// Whether the server has to find again, or write down, what only a disk keeps.
fn wants_a_disk(example: &Example) -> bool {
    example.steps.iter().any(|step| match &step.deed {
        Deed::Restarts => true,
        Deed::Sends(text) => text.contains(TOKEN),
        _ => false,
    })
}

/// Names the line of the document in which a panic happens.
struct Place<'a>(&'a Step);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("docs/protocol.md:{}: {:?}", self.0.line, self.0.deed);
        }
    }
}

/// What stood for each `<secret…>` so far.
type Given = BTreeMap<String, String>;

struct Stage<'a> {
    example: &'a Example,
    house: House,
    server: Server,
    cast: BTreeMap<String, Actor>,
    given: Given,
}

/// One client, and what it has received but not yet been expected to.
struct Actor {
    client: Client,
    heard: Vec<u8>,
}

impl Stage<'_> {
    /// The same people in the same house, whose server was stopped and started again.
    fn again(self) -> Self {
        self.server.stops();
        let server = self.house.opens();
        Self { server, ..self }
    }

    /// What the server has written down for its operator.
    fn token(&self) -> String {
        let path = self.house.data().join("operator");
        let file =
            fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
        let token = file.lines().find_map(|line| line.strip_prefix("token "));
        token.unwrap_or_else(|| panic!("no token in {file:?}")).to_owned()
    }

    /// Performs the first step, with those that belong to it. Returns how many.
    fn perform(&mut self, steps: &[Step]) -> usize {
        let step = &steps[0];
        let mut actor = self.cast.remove(&step.who).unwrap_or_else(|| self.enter(&step.who));
        let mut done = 1;
        match &step.deed {
            Deed::Sends(text) => {
                let mut said = fill(text, &self.given);
                if said.contains(TOKEN) {
                    said = said.replace(TOKEN, &self.token());
                }
                actor.client.says_only(&said);
                self.await_silent(steps, text);
            }
            Deed::HangsUp => drop(actor.client.hangs_up()),
            Deed::IsCutOff => {
                assert_eq!(actor.heard, b"", "it hears this before the end");
                actor.client.is_cut_off();
                return done;
            }
            Deed::Restarts => unreachable!("nobody does that"),
            Deed::Hears(line) if self.is_by_lines() => self.compare(line, &actor.hear_line()),
            Deed::Hears(_) => {
                let lines: Vec<_> = lines_for(&step.who, steps).collect();
                done = lines.len();
                self.compare(&lines.join("\n"), &actor.hear_at_once());
            }
        }
        self.cast.insert(step.who.clone(), actor);
        done
    }

    fn enter(&self, who: &str) -> Actor {
        let (door, line_end) = match self.example.profile {
            Profile::Native => ("native", "\n"),
            Profile::Talk => ("talk", ""),
            Profile::Note => ("note", ""),
            Profile::Desk => ("desk", ""),
        };
        let who = if who.is_empty() { "the client" } else { who };
        let client = Client::connect(who, self.server.door(door)).in_lines(line_end);
        Actor { client, heard: vec![] }
    }

    fn is_by_lines(&self) -> bool {
        self.example.profile == Profile::Native
    }

    /// A name that talk grants is not answered; what follows it waits until it is known.
    fn await_silent(&self, steps: &[Step], text: &str) {
        let answer = steps.get(1).filter(|next| next.who == steps[0].who);
        let answered = answer.is_some_and(|next| !matches!(next.deed, Deed::Sends(_)));
        if self.example.profile == Profile::Talk && !answered {
            self.server.knows(text);
        }
    }

    fn compare(&mut self, expected: &str, found: &str) {
        let fits = fits(expected, found, &mut self.given);
        assert!(fits, "the document says\n  {expected}\nbut there came\n  {found}\n");
    }
}

impl Actor {
    fn hear_line(&mut self) -> String {
        loop {
            if let Some(end) = self.heard.iter().position(|byte| *byte == b'\n') {
                let line = self.heard.drain(..=end).take(end).collect();
                return String::from_utf8(line).expect("posada speaks UTF-8");
            }
            let more = self.client.recv();
            self.heard.extend(more);
        }
    }

    /// What one `recv` brings, as the seed clients do it.
    fn hear_at_once(&mut self) -> String {
        String::from_utf8(self.client.recv()).expect("posada speaks UTF-8")
    }
}

/// The lines that this client hears before anything else happens.
fn lines_for<'a>(who: &str, steps: &'a [Step]) -> impl Iterator<Item = &'a str> {
    steps.iter().map_while(move |step| match &step.deed {
        Deed::Hears(line) if step.who == who => Some(line.as_str()),
        _ => None,
    })
}

/// Puts what was given in the place of its name.
fn fill(text: &str, given: &Given) -> String {
    given.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
}

/// Whether what was heard is what the document says, but for the placeholders.
fn fits(expected: &str, found: &str, given: &mut Given) -> bool {
    let Some((before, name, behind)) = placeholder(expected) else { return expected == found };
    let Some(found) = found.strip_prefix(before) else { return false };
    let length = if name == "<time>" { found.find('Z').map(|end| end + 1) } else { Some(32) };
    let Some((value, rest)) = length.and_then(|length| found.split_at_checked(length)) else {
        return false;
    };
    let good = if name == "<time>" {
        value.parse::<jiff::Timestamp>().is_ok()
    } else {
        let lower_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        value.bytes().all(lower_hex)
            && given.entry(name.to_owned()).or_insert_with(|| value.to_owned()) == value
    };
    good && fits(behind, rest, given)
}

/// Splits at the first placeholder.
fn placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let start = ["<secret", "<time>"].iter().filter_map(|name| text.find(name)).min()?;
    let end = start + text[start..].find('>')? + 1;
    Some((&text[..start], &text[start..end], &text[end..]))
}

#[test]
fn placeholders_stand_for_what_they_say_and_nothing_else() {
    let secret = "05110b4f664ebe6cbd4355dc3e7b0c28";
    let other = "15110b4f664ebe6cbd4355dc3e7b0c28";
    let mut given = Given::new();
    let mut check = |expected: &str, found: &str| fits(expected, found, &mut given);
    assert!(check("a <secret> b", &format!("a {secret} b")));
    assert!(check("<secret of luis>", other));
    assert!(!check("a <secret> b", &format!("a {other} b")));
    assert!(!check("<secret of eva>", "0"));
    assert!(!check("<secret of eva>", &secret.to_uppercase()));
    assert!(check("since <time>", "since 2026-11-21T06:26:38.377Z"));
    assert!(!check("since <time>", "since yesterday, Zoe"));
    assert!(!check("OK 6", "OK 7"));
    assert_eq!(fill("x <secret>", &given), format!("x {secret}"));
}
