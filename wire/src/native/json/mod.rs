//! Native for programs: one JSON object a line, its reply with the same `id`.

mod event;
mod reply;
mod request;

pub(crate) use event::{event, goodbye};
pub(crate) use reply::{left, reply};
pub(crate) use request::read;

use serde::{Deserialize, Serialize};

/// What a client calls a request; the server only gives it back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(untagged, expecting = "an id is a whole number or a string")]
pub(crate) enum Id {
    #[default]
    None,
    Number(i64),
    Text(Box<str>),
}

fn put(out: &mut Vec<u8>, value: &impl Serialize) {
    serde_json::to_writer(out, value).expect("a vector takes any number of bytes");
}
