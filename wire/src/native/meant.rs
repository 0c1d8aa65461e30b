//! What words mean in text and in JSON alike: keys, topics, and whom the operator means.

use std::net::{IpAddr, SocketAddr};

use posada_core::limits::{BAN_MS, TOPIC_CHARACTERS};
use posada_core::{Addressee, Ask, Barred, Key, Order, Refusal, Text};

use crate::{clean, names};

/// How long a ban lasts where nothing is said: an hour.
const BAN_FOR_MS: u64 = 3_600_000;

/// Whether an ask changes something that a client may want done once, however often it asks. To
/// join and to leave concern one connection: who asks again on another one wants it done there.
pub(super) fn takes_key(ask: &Ask) -> bool {
    matches!(
        ask,
        Ask::Say { .. }
            | Ask::To { .. }
            | Ask::Reserve(_)
            | Ask::Cancel(_)
            | Ask::SetTopic { .. }
            | Ask::Note(_)
    )
}

/// The key that a number is; `None` where it is too small or too great.
pub(super) fn key(number: u64) -> Option<Key> {
    (1..=Key::MOST.0).contains(&number).then_some(Key(number))
}

/// What a room is about, as others will read it.
pub(super) fn topic(text: &str) -> Result<Text, Refusal> {
    let text = clean(text.trim())?;
    let long = text.chars().nth(TOPIC_CHARACTERS).is_some();
    if long { Err(Refusal::TooLong) } else { Ok(text.into()) }
}

/// `NAME` or `IP:PORT`.
pub(super) fn addressee(text: &str) -> Addressee {
    let peer = text.trim().parse::<SocketAddr>();
    peer.map_or_else(|_| Addressee::Name(names::key(text)), Addressee::Peer)
}

/// `NAME` or `IP`. What can be neither would shut nobody out, and is refused.
pub(super) fn barred(text: &str) -> Result<Barred, Refusal> {
    let text = text.trim();
    match text.parse::<IpAddr>() {
        Ok(address) => Ok(Barred::Address(address.to_canonical())),
        Err(_) if text.is_empty() => Err(Refusal::Empty),
        Err(_) if text.contains([':', '@']) => Err(Refusal::BadName),
        Err(_) => Ok(Barred::Name(names::key(text))),
    }
}

/// Shuts somebody out for so many milliseconds, or for an hour; `None` where that is too long, or
/// no time at all.
pub(super) fn ban(who: Barred, for_ms: Option<u64>) -> Option<Ask> {
    let for_ms = for_ms.unwrap_or(BAN_FOR_MS);
    (1..=BAN_MS).contains(&for_ms).then_some(Ask::Order(Order::Ban { who, for_ms }))
}

/// Lets somebody in again.
pub(super) fn unban(who: Barred) -> Ask {
    Ask::Order(Order::Ban { who, for_ms: 0 })
}
