//! Reading requests: one object a line, whose `do` is a verb and whose other fields belong to it.

use std::borrow::Cow;
use std::ops::Deref;

use posada_core::limits::BAN_MS;
use posada_core::{Ask, Key, Order, Refusal, Seq, Text, Watched};
use serde::Deserialize;

use super::Id;
use crate::native::meant;
use crate::{Verb, clean, names, secret};

/// Characters in an id that is a string.
const ID_CHARACTERS: usize = 64;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request<'a> {
    #[serde(default)]
    id: Id,
    #[serde(rename = "do", borrow)]
    verb: Cow<'a, str>,
    key: Option<KeyField>,
    #[serde(borrow)]
    name: Option<Borrowed<'a>>,
    #[serde(borrow)]
    secret: Option<Borrowed<'a>>,
    #[serde(borrow)]
    to: Option<Borrowed<'a>>,
    #[serde(borrow)]
    text: Option<Borrowed<'a>>,
    #[serde(borrow)]
    room: Option<Borrowed<'a>>,
    #[serde(borrow)]
    resource: Option<Borrowed<'a>>,
    after: Option<u64>,
    #[serde(borrow)]
    token: Option<Borrowed<'a>>,
    #[serde(borrow)]
    who: Option<Borrowed<'a>>,
    #[serde(rename = "for")]
    seconds: Option<u64>,
}

/// Text as it stands in the line, unless there are escapes in it. (Within an `Option`, serde takes
/// a `Cow` for an owned one.)
#[derive(Deserialize)]
struct Borrowed<'a>(#[serde(borrow)] Cow<'a, str>);

impl Deref for Borrowed<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

#[derive(Clone, Copy, Deserialize)]
#[serde(untagged, expecting = "a key is a whole number from 1 to 9223372036854775807")]
enum KeyField {
    Number(u64),
}

/// What a line asks, and with which key; or why it cannot be read.
type Asked = Result<(Ask, Option<Key>), Wrong>;

/// A refusal, and what about the request was wrong where the code alone does not say it.
type Wrong = (Refusal, Option<Box<str>>);

/// Reads a line. The id is found even where the rest is wrong.
pub(crate) fn read(line: &str) -> (Id, Asked) {
    match serde_json::from_str::<Request<'_>>(line) {
        Ok(request) if is_too_long(&request.id) => {
            let detail = format!("an id has at most {ID_CHARACTERS} characters");
            (Id::None, Err(wrong(detail)))
        }
        Ok(request) => (request.id.clone(), request.read()),
        Err(error) => {
            #[derive(Deserialize)]
            struct OnlyId {
                #[serde(default)]
                id: Id,
            }
            let id = serde_json::from_str::<OnlyId>(line).map(|only| only.id);
            let id = id.ok().filter(|id| !is_too_long(id)).unwrap_or_default();
            let detail = error.to_string().replace('\0', "\u{FFFD}");
            let detail = clean(&detail).map(Cow::into_owned).unwrap_or_default();
            (id, Err(wrong(detail)))
        }
    }
}

fn is_too_long(id: &Id) -> bool {
    matches!(id, Id::Text(text) if text.chars().count() > ID_CHARACTERS)
}

impl Request<'_> {
    fn read(mut self) -> Asked {
        let verb = Verb::parse(&self.verb).ok_or((Refusal::UnknownVerb, None))?;
        let ask = self.ask(verb)?;
        self.nothing_left()?;
        let Some(KeyField::Number(number)) = self.key else { return Ok((ask, None)) };
        if !meant::takes_key(&ask) {
            return Err(wrong(match ask {
                Ask::Topic(_) => "without `text` nothing changes, and there is no `key`".to_owned(),
                _ => format!("`{}` takes no `key`", self.verb),
            }));
        }
        let key = meant::key(number);
        let detail = || wrong(format!("a key is a whole number from 1 to {}", Key::MOST.0));
        Ok((ask, Some(key.ok_or_else(detail)?)))
    }

    fn ask(&mut self, verb: Verb) -> Result<Ask, Wrong> {
        Ok(match verb {
            Verb::Name => {
                let name = names::name(&need(self.name.take(), "name")?).map_err(plain)?;
                let proof = self.secret.take().map(|digits| secret::parse(&digits)).transpose();
                let proof = proof.map_err(plain)?.map(Box::new);
                Ask::Name { name, proof, secret: None }
            }
            Verb::Say => Ask::Say { room: self.room(), text: self.message()? },
            Verb::To => {
                let name = names::key(&need(self.to.take(), "to")?);
                Ask::To { name, text: self.message()? }
            }
            Verb::Join => {
                let room = need(self.room.take(), "room")?;
                Ask::Join(names::room(&room).map_err(plain)?)
            }
            Verb::Leave => Ask::Leave(self.room()),
            Verb::Topic => self.topic()?,
            Verb::Who => Ask::Who(self.room()),
            Verb::Rooms => Ask::Rooms,
            Verb::Resume => {
                Ask::Resume { after: Seq(need(self.after.take(), "after")?), room: self.room() }
            }
            Verb::List => Ask::List,
            Verb::Reserve => Ask::Reserve(names::key(&need(self.resource.take(), "resource")?)),
            Verb::Cancel => Ask::Cancel(names::key(&need(self.resource.take(), "resource")?)),
            Verb::Watch => Ask::Watch(self.watched()?),
            Verb::Unwatch => Ask::Unwatch(self.watched()?),
            Verb::Typing => Ask::Typing(self.room()),
            Verb::Ping => Ask::Ping,
            Verb::Help => Ask::Help,
            Verb::Quit => Ask::Quit,
            Verb::Operator => {
                let token = need(self.token.take(), "token")?;
                Ask::Operator(Box::new(secret::token(&token).map_err(plain)?))
            }
            Verb::Ban => self.ban()?,
            Verb::Unban => {
                let who = need(self.who.take(), "who")?;
                meant::unban(meant::barred(&who).map_err(plain)?)
            }
            Verb::Announce => Ask::Order(Order::Announce(self.message()?)),
            Verb::Tell => {
                let to = meant::addressee(&need(self.to.take(), "to")?);
                Ask::Order(Order::Tell { to, text: self.message()? })
            }
            Verb::Kick => Ask::Order(Order::Kick(meant::addressee(&need(self.who.take(), "who")?))),
            Verb::Release => {
                Ask::Order(Order::Release(names::key(&need(self.resource.take(), "resource")?)))
            }
            Verb::Sessions => Ask::Order(Order::Sessions),
        })
    }

    fn room(&mut self) -> Option<Text> {
        self.room.take().map(|room| names::room_key(&room))
    }

    /// Text that came in JSON may hold line ends; they are cleaned like all that steers.
    fn message(&mut self) -> Result<Text, Wrong> {
        let text = need(self.text.take(), "text")?;
        if text.trim().is_empty() {
            return Err(plain(Refusal::Empty));
        }
        clean(&text).map(Into::into).map_err(plain)
    }

    fn topic(&mut self) -> Result<Ask, Wrong> {
        let room = self.room();
        let Some(text) = self.text.take() else { return Ok(Ask::Topic(room)) };
        Ok(Ask::SetTopic { room, text: meant::topic(&text).map_err(plain)? })
    }

    fn watched(&mut self) -> Result<Watched, Wrong> {
        match (self.room(), self.resource.take()) {
            (Some(_), Some(_)) => {
                Err(wrong(format!("`{}` takes a `room` or a `resource`, not both", self.verb)))
            }
            (Some(room), None) => Ok(Watched::Room(room)),
            (None, Some(resource)) => Ok(Watched::Resource(names::key(&resource))),
            (None, None) => Ok(Watched::Resources),
        }
    }

    fn ban(&mut self) -> Result<Ask, Wrong> {
        let who = need(self.who.take(), "who")?;
        let who = meant::barred(&who).map_err(plain)?;
        let for_ms = self.seconds.take().map(|seconds| seconds.saturating_mul(1_000));
        let detail = || wrong(format!("`for` is 1 to {} seconds", BAN_MS / 1_000));
        meant::ban(who, for_ms).ok_or_else(detail)
    }

    /// Every field that the verb has a use for has been taken.
    fn nothing_left(&self) -> Result<(), Wrong> {
        let fields = [
            ("name", self.name.is_some()),
            ("secret", self.secret.is_some()),
            ("to", self.to.is_some()),
            ("text", self.text.is_some()),
            ("room", self.room.is_some()),
            ("resource", self.resource.is_some()),
            ("after", self.after.is_some()),
            ("token", self.token.is_some()),
            ("who", self.who.is_some()),
            ("for", self.seconds.is_some()),
        ];
        match fields.iter().find(|(_, left)| *left) {
            Some((field, _)) => Err(wrong(format!("`{}` takes no `{field}`", self.verb))),
            None => Ok(()),
        }
    }
}

fn need<T>(field: Option<T>, name: &str) -> Result<T, Wrong> {
    field.ok_or_else(|| wrong(format!("`{name}` is missing")))
}

/// A request that is not put as it should be, and how it should.
fn wrong(detail: impl Into<Box<str>>) -> Wrong {
    (Refusal::BadRequest, Some(detail.into()))
}

fn plain(refusal: Refusal) -> Wrong {
    (refusal, None)
}
