//! One session's side of the conversation: how its messages are read and its answers spelled.

use std::collections::VecDeque;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use posada_core::{Addressee, Answer, Ask, Event, Goodbye, Key, Order, Refusal, Seq, Text};

use crate::clean::trim;
use crate::http::is_http;
use crate::native::{Voice, json, text};
use crate::seed::{datagram, desk, note, talk};
use crate::words::Words;
use crate::{Frame, Language};

/// What a listener speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Verbs by hand and JSON lines.
    Native,
    /// Seed 2: a name, then talk.
    Talk,
    /// Seeds 1 and 3: notes to the operator.
    Note,
    /// Seed 4: commands about resources.
    Desk,
    /// Seed 5: talk in datagrams.
    Datagram,
}

impl Profile {
    /// Every profile, by its name.
    pub const ALL: [(&str, Self); 5] = [
        ("native", Self::Native),
        ("talk", Self::Talk),
        ("note", Self::Note),
        ("desk", Self::Desk),
        ("datagram", Self::Datagram),
    ];
}

impl FromStr for Profile {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, it)| *it).ok_or(())
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, _) = Self::ALL[*self as usize];
        f.write_str(name)
    }
}

/// A way to spell events. All readers of one dialect share the same bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `NAME: text`, as in seed 2: messages and nothing else.
    Talk,
    /// `* SEQ #ROOM NAME: text` and its kin.
    Text,
    /// One JSON object.
    Json,
}

impl Dialect {
    /// Every dialect, in the order of its discriminants.
    pub const ALL: [Self; 3] = [Self::Talk, Self::Text, Self::Json];
}

/// Spells one event for all who follow it in `dialect`, without a line end. Adds nothing where the
/// dialect has no words for it. `seq` is `None` for what stands in no log.
pub fn publish(dialect: Dialect, seq: Option<Seq>, event: &Event, out: &mut Vec<u8>) {
    match dialect {
        Dialect::Talk => talk::event(event, out),
        Dialect::Text => text::event(seq, event, out),
        Dialect::Json => json::event(seq, event, out),
    }
}

/// What one message turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    /// Something for the core; exactly one reply is owed. With what the client calls the change.
    Ask(Ask, Option<Key>),
    /// Nothing that wants an answer.
    Nothing,
    /// A client that must not be here: close without a word.
    Hangup,
}

/// How one ask was put, and so how it is answered.
#[derive(Debug)]
enum Put {
    /// As a line or a datagram of a seed profile, or as bytes that are no line at all.
    Plain,
    /// As a line that gives something back, which desk refuses in words of its own.
    Cancel,
    /// As a name, with the secret that goes with it if it is granted. Talk's names are put so
    /// that their refusal asks again.
    Name(Option<Box<u128>>),
    /// As a verb by hand, with whom a message is meant for.
    Verb(Option<Text>),
    /// As a JSON object, with its id and what was wrong with it, if something was.
    Json { id: json::Id, secret: Option<Box<u128>>, detail: Option<Box<str>> },
}

/// The conversation with one client.
#[derive(Debug)]
pub struct Dialogue {
    profile: Profile,
    words: &'static Words,
    /// Characters in a line of a seed profile; zero is unlimited.
    characters: u32,
    /// The asks that are not answered yet, oldest first.
    waiting: VecDeque<Put>,
    /// Talk and datagram: the next message is a name.
    naming: bool,
    /// Native: whether the first line was JSON. It decides how events are spelled.
    json: Option<bool>,
    /// It is the operator: help tells of more.
    operator: bool,
    /// What the listeners are called, for the operator's list of sessions.
    listeners: Option<Arc<[&'static str]>>,
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Words")
    }
}

impl Dialogue {
    /// A conversation that has not begun. A line of a seed profile has at most so many
    /// `characters`, where they are not zero; the native profile counts those of messages only,
    /// which is the core's to judge.
    pub fn new(profile: Profile, language: Language, characters: u32) -> Self {
        Self {
            profile,
            words: language.words(),
            characters,
            waiting: VecDeque::new(),
            naming: matches!(profile, Profile::Talk | Profile::Datagram),
            json: None,
            operator: false,
            listeners: None,
        }
    }

    /// The same conversation, which calls listeners by name: in the order of their numbers.
    /// Without them it says the numbers.
    #[must_use]
    pub fn naming_listeners(self, listeners: Arc<[&'static str]>) -> Self {
        Self { listeners: Some(listeners), ..self }
    }

    /// The same conversation, with somebody who is the operator from the beginning.
    #[must_use]
    pub fn with_operator(self) -> Self {
        Self { operator: true, ..self }
    }

    /// What the server says first, if it does.
    pub fn greeting(&self) -> &'static str {
        if self.profile == Profile::Talk { talk::PROMPT } else { "" }
    }

    /// How this client is told what happens in a room.
    pub fn dialect(&self) -> Dialect {
        match self.profile {
            Profile::Talk | Profile::Note => Dialect::Talk,
            _ if self.json == Some(true) => Dialect::Json,
            _ => Dialect::Text,
        }
    }

    /// Whether this client understands what it did not ask for. At the desk and in datagrams,
    /// whatever comes is taken for the answer.
    pub fn is_told_unasked(&self) -> bool {
        !matches!(self.profile, Profile::Desk | Profile::Datagram)
    }

    /// How many asks are not answered yet.
    pub fn outstanding(&self) -> usize {
        self.waiting.len()
    }

    /// Reads one message. `draw` yields 128 random bits for a new resume secret.
    pub fn read(&mut self, frame: &Frame<'_>, draw: impl FnOnce() -> u128) -> Read {
        let line = match std::str::from_utf8(frame.bytes) {
            _ if frame.too_long => return self.unreadable(frame, Refusal::TooLong),
            Ok(line) => line,
            Err(_) if self.profile == Profile::Desk => "",
            Err(_) => return self.unreadable(frame, Refusal::BadText),
        };
        match self.profile {
            profile if profile != Profile::Datagram && is_http(line) => Read::Hangup,
            Profile::Native => self.read_native(line, draw),
            _ if self.is_over(line) => self.unreadable(frame, Refusal::TooLong),
            Profile::Desk => {
                let ask = desk::read(line);
                let put = if matches!(ask, Ask::Cancel(_)) { Put::Cancel } else { Put::Plain };
                self.ask(put, Ok(ask))
            }
            Profile::Talk | Profile::Note if line.trim().is_empty() => Read::Nothing,
            Profile::Note => self.ask(Put::Plain, note::read(line)),
            Profile::Talk => match talk::verb(line, self.naming) {
                Some(verb) => self.read_verb(text::read_verb(verb).map(|ask| (ask, None)), draw),
                None => self.read_named(talk::read(line, self.naming)),
            },
            Profile::Datagram => self.read_named(datagram::read(line, self.naming)),
        }
    }

    fn is_over(&self, line: &str) -> bool {
        let most = self.characters as usize;
        most > 0 && line.len() > most && line.chars().count() > most
    }

    fn read_native(&mut self, line: &str, draw: impl FnOnce() -> u128) -> Read {
        let line = trim(line);
        if line.is_empty() {
            return Read::Nothing;
        }
        let json = line.starts_with('{');
        self.json.get_or_insert(json);
        if !json {
            return self.read_verb(text::read(line), draw);
        }
        let (id, asked) = json::read(line);
        let (asked, detail) = match asked {
            Ok(asked) => (Ok(asked), None),
            Err((refusal, detail)) => (Err(refusal), detail),
        };
        let (asked, secret) = with_secret(asked, draw);
        self.ask_keyed(Put::Json { id, secret, detail }, asked)
    }

    /// Takes what was read as a verb by hand.
    fn read_verb(&mut self, asked: Asked, draw: impl FnOnce() -> u128) -> Read {
        let (asked, secret) = with_secret(asked, draw);
        let put = match &asked {
            Ok((Ask::Name { .. }, _)) if self.profile == Profile::Native => Put::Name(secret),
            Ok((Ask::To { name, .. }, _)) => Put::Verb(Some(name.clone())),
            Ok((Ask::Order(Order::Tell { to: Addressee::Name(name), .. }), _)) => {
                Put::Verb(Some(name.clone()))
            }
            _ => Put::Verb(None),
        };
        self.ask_keyed(put, asked)
    }

    /// Takes what was read in a profile that asks for a name first.
    fn read_named(&mut self, asked: Result<Ask, Refusal>) -> Read {
        let put = if self.naming && asked != Ok(Ask::Quit) { Put::Name(None) } else { Put::Plain };
        self.naming &= !matches!(asked, Ok(Ask::Name { .. }));
        self.ask(put, asked)
    }

    /// Answers a message that cannot be read in the form in which its client expects it.
    fn unreadable(&mut self, frame: &Frame<'_>, refusal: Refusal) -> Read {
        let json = self.json.unwrap_or(frame.bytes.starts_with(b"{"));
        let put = match self.profile {
            Profile::Native if json => {
                Put::Json { id: json::Id::default(), secret: None, detail: None }
            }
            Profile::Talk | Profile::Datagram if self.naming => Put::Name(None),
            _ => Put::Plain,
        };
        self.ask(put, Err(refusal))
    }

    fn ask(&mut self, put: Put, asked: Result<Ask, Refusal>) -> Read {
        self.ask_keyed(put, asked.map(|ask| (ask, None)))
    }

    fn ask_keyed(&mut self, put: Put, asked: Asked) -> Read {
        self.waiting.push_back(put);
        let (ask, key) = asked.unwrap_or_else(|refusal| (Ask::Unreadable(refusal), None));
        Read::Ask(ask, key)
    }

    /// Spells the answer to the oldest unanswered ask, without a final line end. May add nothing.
    pub fn reply(&mut self, answer: &Answer, out: &mut Vec<u8>) {
        self.operator |= *answer == Answer::Operator;
        self.naming &= !matches!(answer, Answer::Named { .. });
        let put = self.waiting.pop_front().unwrap_or(Put::Plain);
        match (self.profile, put) {
            (Profile::Talk, Put::Verb(to)) => {
                text::reply(answer, to.as_deref(), &self.voice(Language::Es.words()), out);
            }
            (Profile::Desk, put) => desk::reply(answer, matches!(put, Put::Cancel), out),
            (Profile::Note, _) => note::reply(answer, out),
            (Profile::Talk | Profile::Datagram, put) => {
                let asked_name = matches!(put, Put::Name(_));
                self.naming |= asked_name && matches!(answer, Answer::Refused(_));
                match self.profile {
                    Profile::Datagram => datagram::reply(answer, out),
                    _ => talk::reply(answer, asked_name, out),
                }
            }
            (Profile::Native, Put::Json { id, secret, detail }) => {
                json::reply(
                    &id,
                    answer,
                    secret.as_deref().copied(),
                    detail.as_deref(),
                    &self.voice(self.words),
                    out,
                );
            }
            (Profile::Native, Put::Name(secret)) if matches!(answer, Answer::Named { .. }) => {
                text::named(answer, secret.as_deref().copied(), self.words, out);
            }
            (Profile::Native, put) => {
                let to = if let Put::Verb(to) = put { to } else { None };
                text::reply(answer, to.as_deref(), &self.voice(self.words), out);
            }
        }
        if self.waiting.is_empty() && self.waiting.capacity() > 16 {
            self.waiting = VecDeque::new();
        }
    }

    fn voice(&self, words: &'static Words) -> Voice<'_> {
        let listeners = self.listeners.as_deref().unwrap_or_default();
        Voice { words, operator: self.operator, listeners }
    }

    /// Spells an event for this client alone, without a line end. May add nothing.
    pub fn direct(&self, seq: Seq, event: &Event, out: &mut Vec<u8>) {
        publish(self.dialect(), Some(seq), event, out);
    }

    /// Spells the last words to this client, without a line end. May add nothing.
    pub fn goodbye(&mut self, reason: Goodbye, out: &mut Vec<u8>) {
        let put = self.waiting.pop_front();
        match (self.profile, put) {
            (Profile::Desk, _) => desk::goodbye(reason, out),
            (Profile::Talk, Some(Put::Verb(_))) if reason == Goodbye::Left => {
                text::goodbye(reason, Language::Es.words(), out);
            }
            (Profile::Talk, _) => talk::goodbye(reason, out),
            (Profile::Note, _) => note::goodbye(reason, out),
            (Profile::Datagram, _) => datagram::goodbye(reason, out),
            (Profile::Native, Some(Put::Json { id, .. })) if reason == Goodbye::Left => {
                json::left(&id, out);
            }
            (Profile::Native, _) if self.json == Some(true) && reason != Goodbye::Left => {
                json::goodbye(reason, self.words, out);
            }
            (Profile::Native, _) => text::goodbye(reason, self.words, out),
        }
    }
}

/// What a line asks, and with which key.
type Asked = Result<(Ask, Option<Key>), Refusal>;

/// Gives an ask for a new name the secret that its principal will have.
fn with_secret(asked: Asked, draw: impl FnOnce() -> u128) -> (Asked, Option<Box<u128>>) {
    match asked {
        Ok((Ask::Name { name, proof: None, .. }, key)) => {
            let secret = draw();
            let digest = Some(Box::new(crate::secret::digest(secret)));
            (Ok((Ask::Name { name, proof: None, secret: digest }, key)), Some(Box::new(secret)))
        }
        asked => (asked, None),
    }
}
