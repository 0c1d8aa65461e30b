//! The native profile: verbs by hand, and the same as JSON lines. docs/protocol.md shows it all.

pub(crate) mod json;
pub(crate) mod text;

use posada_core::Goodbye;

/// The stable code of a goodbye, as the protocol and the operator's lines have it.
pub fn goodbye_code(reason: Goodbye) -> &'static str {
    match reason {
        Goodbye::Left => "left",
        Goodbye::Full(_) => "full",
        Goodbye::TooLong => "too_long",
        Goodbye::TooFast => "too_fast",
        Goodbye::Nameless => "nameless",
        Goodbye::Replaced => "replaced",
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
