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
    pub(crate) addressed: &'static str,
    pub(crate) reserved: &'static str,
    pub(crate) cancelled: &'static str,
    pub(crate) here: &'static str,
    pub(crate) resources: &'static str,
    pub(crate) free: &'static str,
    pub(crate) held: &'static str,
    pub(crate) held_by: &'static str,
    pub(crate) yours: &'static str,
    pub(crate) since: &'static str,
    pub(crate) bye: &'static str,
    pub(crate) verbs: &'static str,
    /// One verb a line.
    pub(crate) help: &'static str,
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
            let help = language.words().help.lines();
            help.map(|line| crate::Verb::split(line).0.expect("a verb")).collect::<Vec<_>>()
        };
        for (_, language) in Language::ALL {
            assert_eq!(verbs(language), verbs(Language::En));
        }
    }
}
