//! What this client has learned: who is here, which rooms and resources there are. It completes
//! what somebody types, and knows a request from talk.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use posada_wire::{Verb, names};

/// More than anybody would complete among; what comes later is not remembered.
const MOST: usize = 10_000;

/// What has been learned so far.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// How the person is called here.
    pub(crate) me: Option<String>,
    /// Others, as they are shown.
    pub(crate) people: BTreeSet<String>,
    /// Rooms, without the `#`.
    pub(crate) rooms: BTreeSet<String>,
    /// Resources, as they are shown.
    pub(crate) resources: BTreeSet<String>,
    /// What can stand at the beginning of a line here, such as `/who` or `LISTAR`.
    pub(crate) verbs: Vec<&'static str>,
}

/// The same knowledge for whoever learns and for whoever completes.
#[derive(Clone, Debug, Default)]
pub(crate) struct SharedKnown(Arc<Mutex<Known>>);

impl SharedKnown {
    /// Reads or changes it.
    pub(crate) fn with<T>(&self, what: impl FnOnce(&mut Known) -> T) -> T {
        let mut known: MutexGuard<'_, _> = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        what(&mut known)
    }
}

/// Adds what is new, within bounds.
pub(crate) fn learn(set: &mut BTreeSet<String>, new: &str) {
    if set.len() < MOST && !set.contains(new) {
        set.insert(new.to_owned());
    }
}

impl Known {
    /// What could stand instead of the end of `line`, and where that begins in it.
    pub(crate) fn complete(&self, line: &str) -> (usize, Vec<String>) {
        let Some(space) = line.find(' ') else {
            let verbs = self.verbs.iter().copied().filter(|verb| begins(verb, line));
            let verbs: Vec<_> = verbs.map(|verb| format!("{verb} ")).collect();
            let people = self.people.iter().filter(|name| !line.is_empty() && begins(name, line));
            let people = people.map(|name| format!("{name}: "));
            return (0, if verbs.is_empty() { people.collect() } else { verbs });
        };
        let (word, rest) = (&line[..space], line[space..].trim_start());
        let start = line.len() - rest.len();
        match Verb::parse(word.trim_start_matches('/')) {
            Some(Verb::Reserve | Verb::Cancel) => (start, among(&self.resources, rest)),
            Some(Verb::Watch | Verb::Unwatch) if !rest.starts_with('#') => {
                (start, among(&self.resources, rest))
            }
            Some(Verb::Join | Verb::Leave | Verb::Topic | Verb::Typing) if !rest.contains(' ') => {
                (start, among(&self.rooms, rest.trim_start_matches('#')))
            }
            Some(Verb::To) if rest.starts_with('#') && !rest.contains(' ') => {
                let rooms = among(&self.rooms, rest.trim_start_matches('#'));
                (start, rooms.iter().map(|room| format!("#{room} ")).collect())
            }
            Some(Verb::To) if !rest.trim_start_matches('"').is_empty() || !rest.contains(' ') => {
                let people = among(&self.people, rest.trim_start_matches('"'));
                (start, people.iter().map(|name| format!("{} ", quoted(name))).collect())
            }
            _ => self.complete_word(line, word),
        }
    }

    fn complete_word(&self, line: &str, verb: &str) -> (usize, Vec<String>) {
        let start = line.rfind(' ').map_or(0, |at| at + 1);
        let last = &line[start..];
        if let Some(room) = last.strip_prefix('#') {
            let rooms = among(&self.rooms, room);
            return (start, rooms.iter().map(|room| format!("#{room}")).collect());
        }
        if verb.starts_with('/') {
            let places = self.rooms.iter().chain(&self.people);
            return (start, places.filter(|it| begins(it, last)).cloned().collect());
        }
        let people = if last.is_empty() { Vec::new() } else { among(&self.people, last) };
        (start, people)
    }

    /// Whether a line is exactly a request, and no talk that happens to begin like one: a verb
    /// alone, or a verb with a resource or a person that there is.
    pub(crate) fn is_request(&self, line: &str) -> bool {
        let line = line.trim();
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let rest = rest.trim();
        match Verb::parse(word) {
            None => false,
            Some(Verb::Name) => self.me.is_none() && !rest.is_empty(),
            Some(Verb::Say) => !rest.is_empty(),
            Some(Verb::Reserve | Verb::Cancel) => {
                let key = names::key(rest);
                self.resources.iter().any(|resource| names::key(resource) == key)
            }
            Some(Verb::Join | Verb::Leave | Verb::Topic) if !rest.is_empty() => self.is_room(rest),
            Some(Verb::To) if rest.starts_with('#') => {
                rest.split_once(' ').is_some_and(|(room, _)| self.is_room(room))
            }
            Some(Verb::To) => self.people.iter().any(|name| {
                let addressed = [format!("{} ", quoted(name)), format!("\"{name}\" ")];
                addressed.iter().any(|start| begins(rest, start))
            }),
            Some(_) => rest.is_empty(),
        }
    }
}

impl Known {
    fn is_room(&self, name: &str) -> bool {
        let key = names::key(name.trim_start_matches('#'));
        self.rooms.iter().any(|room| names::key(room) == key)
    }
}

fn among(set: &BTreeSet<String>, start: &str) -> Vec<String> {
    set.iter().filter(|it| begins(it, start)).cloned().collect()
}

/// Whether `whole` begins with `start`, in any case.
fn begins(whole: &str, start: &str) -> bool {
    let mut rest = whole.chars().flat_map(char::to_lowercase);
    start.chars().flat_map(char::to_lowercase).all(|c| rest.next() == Some(c))
}

fn quoted(name: &str) -> String {
    if name.contains(' ') { format!("\"{name}\"") } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Known {
        let set = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        Known {
            me: Some("ana".to_owned()),
            people: set(&["luis", "María José"]),
            rooms: set(&["lobby"]),
            resources: set(&["Habitación 1", "Habitación 2"]),
            verbs: vec!["/join", "/reserve", "/to", "/who"],
        }
    }

    #[track_caller]
    fn check(line: &str, start: usize, expected: &[&str]) {
        assert_eq!(
            known().complete(line),
            (start, expected.iter().map(|it| (*it).to_owned()).collect()),
            "{line}"
        );
    }

    #[test]
    fn a_line_is_completed_by_what_can_stand_there() {
        check("/r", 0, &["/reserve "]);
        check("lu", 0, &["luis: "]);
        check("/reserve HAB", 9, &["Habitación 1", "Habitación 2"]);
        check("reservar habitación 2", 9, &["Habitación 2"]);
        check("/to mar", 4, &["\"María José\" "]);
        check("/to \"mar", 4, &["\"María José\" "]);
        check("see #lo", 4, &["#lobby"]);
        check("/join lo", 6, &["lobby"]);
        check("/to #lo", 4, &["#lobby "]);
        check("/watch hab", 7, &["Habitación 1", "Habitación 2"]);
        check("hola lu", 5, &["luis"]);
        check("hola ", 5, &[]);
    }

    #[test]
    fn talk_that_begins_like_a_request_is_talk() {
        let known = known();
        for line in ["who", "LISTAR", "salir", "reserve habitación 1", "para luis ¿qué tal?"] {
            assert!(known.is_request(line), "{line}");
        }
        for line in ["to \"maría josé\" hola", "say hola", "join #lobby", "to #lobby hola"] {
            assert!(known.is_request(line), "{line}");
        }
        for line in [
            "who is here?",
            "para mañana",
            "cancel that",
            "name it",
            "hola",
            "to luisa x",
            "join us",
        ] {
            assert!(!known.is_request(line), "{line}");
        }
    }
}
