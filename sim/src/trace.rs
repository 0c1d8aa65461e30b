//! What happened in a world, line by line, for people to read after a failure.
//!
//! Nothing is written down unless somebody will read it: a world that fails is simply run again
//! with a trace, since a seed always gives the same world.

use std::collections::VecDeque;
use std::fmt::{Debug, Write as _};

/// Different secrets that a world draws from, at most.
const SECRETS: u8 = 4;

/// How something looks in a trace.
pub fn brief(value: &impl Debug) -> String {
    secrets_brief(format!("{value:?}"))
}

/// Secrets, which are 32 times the same byte here, written as `#byte`.
pub fn secrets_brief(text: String) -> String {
    (1..=SECRETS)
        .fold(text, |text, byte| text.replace(&format!("{:?}", [byte; 32]), &format!("#{byte}")))
}

/// The lines of one world, or none at all.
#[derive(Debug)]
pub struct Trace {
    lines: Option<VecDeque<String>>,
    keep: usize,
    total: u64,
}

impl Trace {
    /// Keeps nothing, and only counts.
    pub fn off() -> Self {
        Self { lines: None, keep: 0, total: 0 }
    }

    /// Keeps the last `keep` lines.
    pub fn last(keep: usize) -> Self {
        Self { lines: Some(VecDeque::new()), keep, total: 0 }
    }

    /// Adds a line; `line` is only called where it is kept.
    pub fn note(&mut self, line: impl FnOnce() -> String) {
        self.total += 1;
        let Some(lines) = &mut self.lines else { return };
        if lines.len() == self.keep {
            lines.pop_front();
        }
        lines.push_back(line());
    }

    /// How many lines there were.
    pub fn length(&self) -> u64 {
        self.total
    }

    /// The lines kept, with a word about those that were not.
    pub fn render(&self) -> String {
        let Some(lines) = &self.lines else { return String::new() };
        let mut text = String::new();
        let left_out = self.total - lines.len() as u64;
        if left_out > 0 {
            let _ = writeln!(text, "... {left_out} lines before these");
        }
        for line in lines {
            let _ = writeln!(text, "{line}");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_brief() {
        assert_eq!(brief(&(Some([2_u8; 32]), 5)), "(Some(#2), 5)");
    }

    #[test]
    fn the_last_lines_are_kept_and_the_others_counted() {
        let mut trace = Trace::last(2);
        for line in ["a", "b", "c"] {
            trace.note(|| line.to_owned());
        }
        assert_eq!(trace.render(), "... 1 lines before these\nb\nc\n");
    }

    #[test]
    fn a_trace_that_is_off_asks_for_no_line() {
        let mut trace = Trace::off();
        trace.note(|| unreachable!("nobody reads it"));
        assert_eq!(trace.render(), "");
    }
}
