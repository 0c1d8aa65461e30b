//! Writing to a client that has no newlines: what it takes for one message is one write.

/// The most that such a client takes for one message: its `recv(1024)`.
pub(in crate::reactor) const UNFRAMED_BYTES: usize = 1024;

/// The next message out of what is held, and how many bytes it uses up.
pub(super) fn message(held: &[u8]) -> (&[u8], usize) {
    if held.len() <= UNFRAMED_BYTES + 1
        && let Some((b'\n', message)) = held.split_last()
        && message.len() <= UNFRAMED_BYTES
    {
        return (message, held.len());
    }
    if held.len() <= UNFRAMED_BYTES {
        return (held, held.len());
    }
    if let Some(end) = held.iter().rposition(|byte| *byte == b'\n') {
        return (&held[..end], end + 1);
    }
    let end = character_border(held, UNFRAMED_BYTES);
    (&held[..end], end)
}

/// The last place at or before `most` where a character of UTF-8 text begins.
pub(in crate::reactor) fn character_border(text: &[u8], most: usize) -> usize {
    if text.len() <= most {
        return text.len();
    }
    (0..=most).rev().find(|at| text[*at] & 0xC0 != 0x80).unwrap_or(most)
}
