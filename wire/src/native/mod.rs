//! The native profile: verbs by hand, and the same as JSON lines. docs/protocol.md shows it all.
//!
//! Both forms mean the same: what they have in common is here and in [`meant`]. `text/` and
//! `json/` hold one form each: how requests are read, how replies and events are spelled.

pub(crate) mod json;
mod meant;
pub(crate) mod text;

use std::borrow::Cow;

use posada_core::{Goodbye, ListenerId};

use crate::words::Words;

/// How a reply is spelled: in which words, and what an operator may read in it.
pub(crate) struct Voice<'a> {
    pub(crate) words: &'static Words,
    /// Whether it speaks to the operator.
    pub(crate) operator: bool,
    /// What the listeners are called, in the order of their numbers.
    pub(crate) listeners: &'a [&'static str],
}

impl Voice<'_> {
    /// The verbs that may be asked, one a line.
    fn help(&self) -> impl Iterator<Item = &'static str> {
        let orders = if self.operator { self.words.orders } else { "" };
        self.words.help.lines().chain(orders.lines())
    }

    /// What a listener is called; its number, where nobody has said it.
    fn listener(&self, id: ListenerId) -> Cow<'static, str> {
        let name = self.listeners.get(usize::from(id.0));
        name.map_or_else(|| Cow::Owned(id.0.to_string()), |&name| Cow::Borrowed(name))
    }
}

/// The stable code of a goodbye, as the protocol and the operator's lines have it.
pub fn goodbye_code(reason: Goodbye) -> &'static str {
    match reason {
        Goodbye::Left => "left",
        Goodbye::Full(_) => "full",
        Goodbye::TooLong => "too_long",
        Goodbye::TooFast => "too_fast",
        Goodbye::Nameless => "nameless",
        Goodbye::Replaced => "replaced",
        Goodbye::Kicked => "kicked",
        Goodbye::Banned => "banned",
        Goodbye::Slow => "slow",
        Goodbye::Closing => "closing",
    }
}

/// A wall time as RFC 3339, in UTC.
fn rfc3339(wall_ms: u64) -> String {
    let time =
        i64::try_from(wall_ms).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    time.map_or_else(|| format!("{wall_ms} ms"), |time| format!("{time:.3}"))
}
