//! What may reach another's terminal: text with nothing in it that moves, hides or forges.

use std::borrow::Cow;

use posada_core::Refusal;

/// Returns `text` with each character that steers a terminal instead of being shown replaced by
/// U+FFFD, and tabs by spaces.
///
/// # Errors
/// [`Refusal::BadText`] for a NUL, which no honest client types.
pub fn clean(text: &str) -> Result<Cow<'_, str>, Refusal> {
    if text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return Ok(Cow::Borrowed(text));
    }
    if text.contains('\0') {
        return Err(Refusal::BadText);
    }
    if text.chars().any(|c| shown(c) != c) {
        return Ok(Cow::Owned(text.chars().map(shown).collect()));
    }
    Ok(Cow::Borrowed(text))
}

/// The same as [`str::trim`], at once where there is nothing to trim.
pub(crate) fn trim(text: &str) -> &str {
    match text.as_bytes() {
        [b'!'..=b'~', .., b'!'..=b'~'] => text,
        _ => text.trim(),
    }
}

/// Whether a character steers what shows it: C0, DEL, C1, line and paragraph separators, bidi
/// controls (the Unicode property `Bidi_Control`), interlinear annotations.
pub(crate) fn steers(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{061C}'
                | '\u{200E}'..='\u{200F}'
                | '\u{2028}'..='\u{202E}'
                | '\u{2066}'..='\u{2069}'
                | '\u{FFF9}'..='\u{FFFB}'
        )
}

fn shown(c: char) -> char {
    match c {
        '\t' => ' ',
        c if steers(c) => '\u{FFFD}',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(input: &str, expected: &str) {
        assert_eq!(clean(input).as_deref(), Ok(expected), "{input:?}");
    }

    #[test]
    fn plain_text_stays() {
        for text in ["hola", "Habitación 1", "日本語", "👩‍🚀 ¿qué tal?", "a\u{301}"] {
            check(text, text);
        }
    }

    /// CWE-150: what other programs let through.
    #[test]
    fn what_steers_a_terminal_is_replaced() {
        check("\x1b[2J", "\u{FFFD}[2J");
        check("\x1b]0;title\x07", "\u{FFFD}]0;title\u{FFFD}");
        check("\u{9b}31m", "\u{FFFD}31m");
        check("a\rb\nc", "a\u{FFFD}b\u{FFFD}c");
        check("a\tb", "a b");
        check("\x08\x7f", "\u{FFFD}\u{FFFD}");
        check("\u{202e}lo", "\u{FFFD}lo");
        check("\u{2066}x\u{2069}", "\u{FFFD}x\u{FFFD}");
        check("\u{2028}\u{2029}\u{85}", "\u{FFFD}\u{FFFD}\u{FFFD}");
    }

    #[test]
    fn a_nul_is_refused() {
        assert_eq!(clean("a\0b"), Err(Refusal::BadText));
    }

    #[test]
    fn every_control_character_is_covered() {
        for code in (0..0x20).chain(0x7f..0xa0) {
            let c = char::from_u32(code).expect("below the surrogates");
            assert!(steers(c), "{c:?}");
        }
    }
}
