//! Native for programs: one JSON object a line, its reply with the same `id`.

mod event;
mod reply;
mod request;

pub(crate) use event::{event, goodbye};
pub(crate) use reply::{left, reply};
pub(crate) use request::read;

use std::fmt;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// What a client calls a request; the server only gives it back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum Id {
    #[default]
    None,
    Number(i64),
    Text(Box<str>),
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyId)
    }
}

struct AnyId;

impl Visitor<'_> for AnyId {
    type Value = Id;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id that is a whole number or a string")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Id, E> {
        Ok(Id::None)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Id, E> {
        Ok(Id::Number(number))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Id, E> {
        let unsigned = de::Unexpected::Unsigned(number);
        number.try_into().map(Id::Number).map_err(|_| E::invalid_value(unsigned, &self))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Id, E> {
        Ok(Id::Text(text.into()))
    }
}

fn put(out: &mut Vec<u8>, value: &impl Serialize) {
    serde_json::to_writer(out, value).expect("a vector takes any number of bytes");
}
