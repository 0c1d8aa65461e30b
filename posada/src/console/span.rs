//! A line in pieces, each clean and perhaps coloured, laid out so that none can pass for another.
//!
//! What does not fit a terminal's width goes on behind a mark: a long message cannot place a part
//! of itself at the beginning of a row and look like a line of the console's own.

use std::borrow::Cow;

use posada_client::screen::{Screen, clean};
use unicode_width::UnicodeWidthChar;

/// What the second and later rows of a line begin with.
const MARK: &str = "        ┊ ";
/// No narrower terminal is laid out for.
const NARROWEST: usize = 16;

/// The colours of the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As it is.
    Plain,
    /// Times and details.
    Faint,
    /// Names.
    Name,
    /// What the server says to the letter.
    Literal,
    /// What was done.
    Done,
    /// What was refused, and who was sent away.
    Refused,
    /// What the operator should look at.
    Warning,
}

impl Tone {
    fn code(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Faint => Some("2"),
            Self::Name => Some("1;36"),
            Self::Literal => Some("1"),
            Self::Done => Some("32"),
            Self::Refused => Some("31"),
            Self::Warning => Some("1;33"),
        }
    }
}

/// One line.
#[derive(Clone, Debug, Default)]
pub struct Line(Vec<(Tone, String)>);

impl Line {
    /// Adds a piece, made clean.
    pub fn add(mut self, tone: Tone, text: &str) -> Self {
        let text = match clean(text) {
            Cow::Borrowed(text) => text.to_owned(),
            Cow::Owned(text) => text,
        };
        self.0.push((tone, text));
        self
    }

    /// Adds clean text as it is.
    pub fn plain(self, text: &str) -> Self {
        self.add(Tone::Plain, text)
    }

    /// Its text, without colours.
    pub fn text(&self) -> String {
        self.0.iter().map(|(_, text)| text.as_str()).collect()
    }

    /// Spells it for a screen so many columns wide; zero is unknown, and then it is one row.
    pub fn lay(&self, screen: &Screen, columns: usize, out: &mut String) {
        let mut at = 0;
        for (tone, text) in &self.0 {
            let mut row = String::new();
            for c in text.chars() {
                let width = c.width().unwrap_or(0);
                if columns >= NARROWEST && at + width > columns {
                    put(screen, *tone, &row, out);
                    row.clear();
                    out.push('\n');
                    put(screen, Tone::Faint, MARK, out);
                    at = MARK.chars().count();
                    if c == ' ' {
                        // The end of the row stands for it.
                        continue;
                    }
                }
                row.push(c);
                at += width;
            }
            put(screen, *tone, &row, out);
        }
        out.push('\n');
    }
}

fn put(screen: &Screen, tone: Tone, text: &str, out: &mut String) {
    match tone.code() {
        Some(code) if !text.is_empty() => out.push_str(&screen.paint(code, text)),
        _ => out.push_str(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, columns: usize, expected: &str) {
        let mut out = String::new();
        Line::default().plain(text).lay(&Screen::plain(), columns, &mut out);
        assert_eq!(out, expected);
    }

    #[test]
    fn a_long_message_cannot_begin_a_row() {
        let forged = format!("10:00:00  #lobby ana: {}10:00:01  #lobby luis: x", " ".repeat(18));
        let rows = format!(
            "10:00:00  #lobby ana: {}\n        ┊ 10:00:01  #lobby luis: x\n",
            " ".repeat(18)
        );
        check(&forged, 40, &rows);
        check(&forged, 0, &(forged.clone() + "\n"));
    }

    #[test]
    fn wide_characters_take_two_columns() {
        let wide = "日".repeat(16);
        check(&wide, 30, &format!("{}\n        ┊ 日\n", "日".repeat(15)));
        let marks = format!("a{}b", "\u{301}".repeat(99));
        check(&marks, 30, &(marks.clone() + "\n"));
    }
}
