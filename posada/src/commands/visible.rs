//! Client-written text, made safe to look at in a terminal.
//!
//! What is not printable (control characters, escapes, bidirectional overrides, invisible and
//! unassigned characters) is shown as the escape that Rust would write for it; a backslash is
//! doubled, so that an escape cannot be forged. What is printable follows std's Unicode tables.

/// `text` with everything unprintable spelled out.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    // Quotes need no escape here, unlike in a Rust literal.
    for piece in text.split_inclusive(['"', '\'']) {
        let quote = piece.chars().next_back().filter(|last| matches!(last, '"' | '\''));
        let plain = quote.map_or(piece, |quote| &piece[..piece.len() - quote.len_utf8()]);
        shown.extend(plain.escape_debug());
        shown.extend(quote);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::visible;

    #[test]
    fn text_that_people_write_is_left_alone() {
        for text in ["Habitación 1", "olá, tudo bem?", "\"sí\", dijo l'Ana", "日本語", "🛏", "हिन्दी"]
        {
            assert_eq!(visible(text), text);
        }
    }

    #[test]
    fn what_could_fool_a_terminal_or_a_reader_is_spelled_out() {
        let table = [
            ("a\nb", r"a\nb"),
            ("a\rb", r"a\rb"),
            ("a\tb", r"a\tb"),
            ("\0", r"\0"),
            ("\u{7}", r"\u{7}"),
            ("\u{8}", r"\u{8}"),
            ("\u{1b}[31m", r"\u{1b}[31m"),
            ("\u{7f}", r"\u{7f}"),
            ("\u{85}", r"\u{85}"),
            ("\u{9b}2J", r"\u{9b}2J"),
            ("\u{9d}0;title\u{9c}", r"\u{9d}0;title\u{9c}"),
            ("a\u{202e}b", r"a\u{202e}b"),
            ("\u{2066}x\u{2069}", r"\u{2066}x\u{2069}"),
            ("\u{200e}\u{200f}\u{61c}", r"\u{200e}\u{200f}\u{61c}"),
            ("\u{200b}\u{200d}\u{2060}", r"\u{200b}\u{200d}\u{2060}"),
            ("\u{2028}\u{2029}", r"\u{2028}\u{2029}"),
            ("\u{feff}", r"\u{feff}"),
            ("\u{ad}", r"\u{ad}"),
            ("\u{a0}", r"\u{a0}"),
            ("\u{e0041}", r"\u{e0041}"),
            ("\u{e000}", r"\u{e000}"),
            (r"\n", r"\\n"),
        ];
        for (text, shown) in table {
            assert_eq!(visible(text), shown);
        }
    }
}
