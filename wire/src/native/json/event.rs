//! Events as objects: `event` says what kind it is. What no log knows has no `seq`.

use posada_core::{Event, Goodbye, Seq};
use serde::Serialize;

use super::put;
use crate::native::goodbye_code;
use crate::words::Words;

/// An event as programs read it.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(super) enum Happened<'a> {
    Message {
        seq: u64,
        room: &'a str,
        from: &'a str,
        text: &'a str,
    },
    Direct {
        seq: u64,
        from: &'a str,
        text: &'a str,
    },
    Announcement {
        seq: u64,
        text: &'a str,
    },
    Told {
        seq: u64,
        text: &'a str,
    },
    Topic {
        seq: u64,
        room: &'a str,
        from: &'a str,
        text: &'a str,
    },
    Reserved {
        seq: u64,
        resource: &'a str,
    },
    Cancelled {
        seq: u64,
        resource: &'a str,
    },
    Gap {
        #[serde(skip_serializing_if = "Option::is_none")]
        room: Option<&'a str>,
        after: u64,
        until: u64,
    },
    Here {
        room: &'a str,
        name: &'a str,
    },
    Gone {
        room: &'a str,
        name: &'a str,
    },
    Typing {
        room: &'a str,
        name: &'a str,
    },
    Bye {
        code: &'a str,
        message: &'a str,
    },
}

impl<'a> Happened<'a> {
    pub(super) fn of(seq: Option<Seq>, event: &'a Event) -> Self {
        let seq = seq.unwrap_or_default().0;
        match event {
            Event::Said { room, from, text } => Self::Message { seq, room, from, text },
            Event::Direct { from, text } => Self::Direct { seq, from, text },
            Event::Announced { text } => Self::Announcement { seq, text },
            Event::Told { text } => Self::Told { seq, text },
            Event::Topic { room, from, text } => Self::Topic { seq, room, from, text },
            Event::Reserved { resource } => Self::Reserved { seq, resource },
            Event::Cancelled { resource } => Self::Cancelled { seq, resource },
            Event::Gap { room, after } => {
                Self::Gap { room: room.as_deref(), after: after.0, until: seq }
            }
            Event::Here { room, name } => Self::Here { room, name },
            Event::Gone { room, name } => Self::Gone { room, name },
            Event::Typing { room, name } => Self::Typing { room, name },
        }
    }
}

/// Spells one event, without a line end.
pub(crate) fn event(seq: Option<Seq>, event: &Event, out: &mut Vec<u8>) {
    put(out, &Happened::of(seq, event));
}

/// Spells the last words.
pub(crate) fn goodbye(reason: Goodbye, words: &Words, out: &mut Vec<u8>) {
    put(out, &Happened::Bye { code: goodbye_code(reason), message: (words.goodbye)(reason) });
}
