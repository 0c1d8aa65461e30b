//! Native for programs: one JSON object a line, its reply with the same `id`.

use std::borrow::Cow;

use posada_core::{Answer, Ask, Goodbye, Refusal, ResourceView, Seq};
use serde::{Deserialize, Serialize};

use super::{goodbye_code, rfc3339};
use crate::words::Words;
use crate::{Verb, clean, names, secret};

/// Characters in an id that is a string.
const ID_CHARACTERS: usize = 64;

/// What a client calls a request; the server only gives it back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(untagged, expecting = "an id is a whole number or a string")]
pub(crate) enum Id {
    #[default]
    None,
    Number(i64),
    Text(Box<str>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request<'a> {
    #[serde(default)]
    id: Id,
    #[serde(rename = "do", borrow)]
    verb: Cow<'a, str>,
    #[serde(borrow)]
    name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    secret: Option<Cow<'a, str>>,
    #[serde(borrow)]
    to: Option<Cow<'a, str>>,
    #[serde(borrow)]
    text: Option<Cow<'a, str>>,
    #[serde(borrow)]
    resource: Option<Cow<'a, str>>,
}

/// A refusal, and what about the request was wrong where the code alone does not say it.
type Wrong = (Refusal, Option<Box<str>>);

/// Reads a line. The id is found even where the rest is wrong.
pub(crate) fn read(line: &str) -> (Id, Result<Ask, Wrong>) {
    match serde_json::from_str::<Request<'_>>(line) {
        Ok(request) => {
            let id = request.id.clone();
            match &id {
                Id::Text(text) if text.chars().count() > ID_CHARACTERS => {
                    let detail = format!("an id has at most {ID_CHARACTERS} characters");
                    (Id::None, Err((Refusal::BadRequest, Some(detail.into()))))
                }
                _ => (id, request.ask()),
            }
        }
        Err(error) => {
            #[derive(Deserialize)]
            struct OnlyId {
                #[serde(default)]
                id: Id,
            }
            let id = serde_json::from_str::<OnlyId>(line).map(|only| only.id).unwrap_or_default();
            let detail = error.to_string().replace('\0', "\u{FFFD}");
            let detail = clean(&detail).map(Cow::into_owned).unwrap_or_default();
            (id, Err((Refusal::BadRequest, Some(detail.into()))))
        }
    }
}

impl Request<'_> {
    fn ask(mut self) -> Result<Ask, Wrong> {
        let verb = Verb::parse(&self.verb).ok_or((Refusal::UnknownVerb, None))?;
        let ask = match verb {
            Verb::Name => {
                let name = names::name(&need(self.name.take(), "name")?).map_err(plain)?;
                let proof = self.secret.take().map(|digits| secret::parse(&digits)).transpose();
                Ask::Name { name, proof: proof.map_err(plain)?, secret: None }
            }
            Verb::Say => Ask::Say(message_text(self.text.take())?.into()),
            Verb::To => {
                let name = names::key(&need(self.to.take(), "to")?);
                Ask::To { name, text: message_text(self.text.take())?.into() }
            }
            Verb::Reserve => Ask::Reserve(names::key(&need(self.resource.take(), "resource")?)),
            Verb::Cancel => Ask::Cancel(names::key(&need(self.resource.take(), "resource")?)),
            Verb::Who => Ask::Who,
            Verb::List => Ask::List,
            Verb::Ping => Ask::Ping,
            Verb::Help => Ask::Help,
            Verb::Quit => Ask::Quit,
        };
        self.nothing_left().map(|()| ask)
    }

    fn nothing_left(&self) -> Result<(), Wrong> {
        let fields = [
            ("name", &self.name),
            ("secret", &self.secret),
            ("to", &self.to),
            ("text", &self.text),
            ("resource", &self.resource),
        ];
        match fields.iter().find(|(_, value)| value.is_some()) {
            Some((field, _)) => {
                let detail = format!("`{}` takes no `{field}`", self.verb);
                Err((Refusal::BadRequest, Some(detail.into())))
            }
            None => Ok(()),
        }
    }
}

fn need<'a>(field: Option<Cow<'a, str>>, name: &str) -> Result<Cow<'a, str>, Wrong> {
    field.ok_or_else(|| (Refusal::BadRequest, Some(format!("`{name}` is missing").into())))
}

/// Text that came in JSON may hold line ends; they are cleaned like all that steers.
fn message_text(field: Option<Cow<'_, str>>) -> Result<String, Wrong> {
    let text = need(field, "text")?;
    if text.trim().is_empty() {
        return Err(plain(Refusal::Empty));
    }
    clean(&text).map(Cow::into_owned).map_err(plain)
}

fn plain(refusal: Refusal) -> Wrong {
    (refusal, None)
}

#[derive(Serialize)]
#[serde(untagged)]
enum Body<'a> {
    Named {
        seq: u64,
        name: &'a str,
        room: &'a str,
        resumed: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        secret: Option<String>,
    },
    Said {
        seq: u64,
        addressed: u32,
    },
    Reserved {
        seq: u64,
        token: u64,
        resource: &'a str,
    },
    Cancelled {
        seq: u64,
        resource: &'a str,
    },
    Who {
        here: Vec<&'a str>,
    },
    List {
        resources: Vec<Resource<'a>>,
    },
    Pong {
        pong: bool,
    },
    Help {
        verbs: Vec<&'a str>,
    },
    Bye {
        bye: bool,
    },
}

#[derive(Serialize)]
struct Resource<'a> {
    name: &'a str,
    free: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    holder: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    yours: Option<bool>,
}

#[derive(Serialize)]
struct Problem<'a> {
    code: &'a str,
    message: &'a str,
    help: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Outcome<'a> {
    Ok(Body<'a>),
    Error(Problem<'a>),
}

#[derive(Serialize)]
struct Reply<'a> {
    id: &'a Id,
    #[serde(flatten)]
    result: Outcome<'a>,
}

pub(crate) fn reply(
    id: &Id,
    answer: &Answer,
    fresh: Option<u128>,
    detail: Option<&str>,
    words: &Words,
    out: &mut Vec<u8>,
) {
    let body = match answer {
        Answer::Named { seq, name, resumed } => Body::Named {
            seq: seq.0,
            name,
            room: "lobby",
            resumed: *resumed,
            secret: fresh.map(secret::show),
        },
        Answer::Said { seq, addressed } => Body::Said { seq: seq.0, addressed: *addressed },
        Answer::Reserved { seq, resource } => Body::Reserved { seq: seq.0, token: seq.0, resource },
        Answer::Cancelled { seq, resource } => Body::Cancelled { seq: seq.0, resource },
        Answer::Who(names) => Body::Who { here: names.iter().map(AsRef::as_ref).collect() },
        Answer::List(list) => Body::List { resources: list.iter().map(resource).collect() },
        Answer::Pong => Body::Pong { pong: true },
        Answer::Help => Body::Help { verbs: words.help.lines().collect() },
        Answer::Refused(refusal) => {
            let (message, help) = (words.refusal)(*refusal);
            let problem = Problem { code: refusal.code(), message, help, detail };
            return put(out, &Reply { id, result: Outcome::Error(problem) });
        }
    };
    put(out, &Reply { id, result: Outcome::Ok(body) });
}

fn resource(view: &ResourceView) -> Resource<'_> {
    let holder = view.holder.as_ref();
    Resource {
        name: &view.name,
        free: holder.is_none(),
        holder: holder.and_then(|holder| holder.name.as_deref()),
        since: holder.map(|holder| rfc3339(holder.since_ms)),
        yours: holder.map(|holder| holder.yours),
    }
}

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Event<'a> {
    Message { seq: u64, room: &'a str, from: &'a str, text: &'a str },
    Direct { seq: u64, from: &'a str, text: &'a str },
    Bye { code: &'a str, message: &'a str },
}

pub(crate) fn message(seq: Seq, room: &str, from: &str, said: &str, out: &mut Vec<u8>) {
    put(out, &Event::Message { seq: seq.0, room, from, text: said });
}

pub(crate) fn direct(seq: Seq, from: &str, said: &str, out: &mut Vec<u8>) {
    put(out, &Event::Direct { seq: seq.0, from, text: said });
}

pub(crate) fn left(id: &Id, out: &mut Vec<u8>) {
    put(out, &Reply { id, result: Outcome::Ok(Body::Bye { bye: true }) });
}

pub(crate) fn goodbye(reason: Goodbye, words: &Words, out: &mut Vec<u8>) {
    put(out, &Event::Bye { code: goodbye_code(reason), message: (words.goodbye)(reason) });
}

fn put(out: &mut Vec<u8>, value: &impl Serialize) {
    serde_json::to_writer(out, value).expect("a vector takes any number of bytes");
}
