//! What posada says to people in their language. The compiler keeps the languages in step: each
//! is a complete [`Words`]. The seed profiles' frozen replies are in `seed/`, never here.

mod en;
mod es;
mod pt;

use std::fmt;
use std::str::FromStr;

use posada_core::{Goodbye, Refusal};

/// A language in which posada can answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Spanish.
    Es,
    /// Portuguese.
    Pt,
    /// English.
    En,
}

impl Language {
    /// Every language, by its code.
    pub const ALL: [(&str, Self); 3] = [("es", Self::Es), ("pt", Self::Pt), ("en", Self::En)];

    /// What a refusal means in this language, and what to do next.
    pub fn explain(self, refusal: Refusal) -> (&'static str, &'static str) {
        (self.words().refusal)(refusal)
    }

    pub(crate) fn words(self) -> &'static Words {
        match self {
            Self::Es => &es::WORDS,
            Self::Pt => &pt::WORDS,
            Self::En => &en::WORDS,
        }
    }
}

impl FromStr for Language {
    type Err = ();

    fn from_str(code: &str) -> Result<Self, ()> {
        Self::ALL.iter().find(|(known, _)| *known == code).map(|(_, it)| *it).ok_or(())
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (code, _) = Self::ALL[*self as usize];
        f.write_str(code)
    }
}

/// The words of one language.
pub(crate) struct Words {
    pub(crate) arrived: &'static str,
    pub(crate) back: &'static str,
    pub(crate) joined: &'static str,
    pub(crate) left: &'static str,
    pub(crate) topic: &'static str,
    pub(crate) addressed: &'static str,
    pub(crate) kept: &'static str,
    pub(crate) kept_for: &'static str,
    /// Of a message that was said before: where it went then is not known.
    pub(crate) said: &'static str,
    pub(crate) events: &'static str,
    /// That there is more than these, and how to ask for it.
    pub(crate) more: &'static str,
    pub(crate) watching: &'static str,
    pub(crate) not_watching: &'static str,
    pub(crate) passed_on: &'static str,
    pub(crate) reserved: &'static str,
    pub(crate) cancelled: &'static str,
    pub(crate) here: &'static str,
    pub(crate) rooms: &'static str,
    pub(crate) resources: &'static str,
    pub(crate) free: &'static str,
    pub(crate) held: &'static str,
    pub(crate) held_by: &'static str,
    pub(crate) yours: &'static str,
    pub(crate) since: &'static str,
    pub(crate) bye: &'static str,
    pub(crate) operator: &'static str,
    pub(crate) done: &'static str,
    pub(crate) sessions: &'static str,
    pub(crate) verbs: &'static str,
    /// One verb a line.
    pub(crate) help: &'static str,
    /// What only the operator may ask, likewise.
    pub(crate) orders: &'static str,
    /// What happened, and what to do next.
    pub(crate) refusal: fn(Refusal) -> (&'static str, &'static str),
    pub(crate) goodbye: fn(Goodbye) -> &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_explains_every_refusal_in_one_line() {
        for (code, language) in Language::ALL {
            assert_eq!(language.to_string(), code);
            for refusal in Refusal::ALL {
                let (what, next) = (language.words().refusal)(refusal);
                assert!(!what.is_empty() && !next.is_empty(), "{code} {refusal:?}");
                assert!(!what.contains('\n') && !next.contains('\n'), "{code} {refusal:?}");
            }
        }
    }

    #[test]
    fn every_language_helps_with_the_same_verbs() {
        let verbs = |language: Language| {
            let Words { help, orders, .. } = language.words();
            let all = help.lines().chain(orders.lines());
            all.map(|line| crate::Verb::split(line).0.expect("a verb")).collect::<Vec<_>>()
        };
        for (code, language) in Language::ALL {
            assert_eq!(verbs(language), verbs(Language::En), "{code}");
            for line in language.words().help.lines().chain(language.words().orders.lines()) {
                assert!(line.chars().count() <= 100, "{code}: {line}");
                assert!(line.contains("   "), "{code}: {line} is not explained");
            }
        }
    }
}
