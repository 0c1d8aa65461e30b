//! What the console says in the language of the machine. The compiler keeps the languages in step:
//! each is a complete [`Words`]. What the seeds' servers showed is never translated, and so not
//! here.

mod en;
mod es;
mod pt;

use posada_wire::Language;

use super::order::Mistake;

/// The words of one language. A `fn` puts what it is given where the language wants it.
pub struct Words {
    pub(super) somebody: &'static str,
    pub(super) connected: &'static str,
    pub(super) is: &'static str,
    pub(super) is_again: &'static str,
    pub(super) joins: &'static str,
    pub(super) leaves: &'static str,
    pub(super) topic: &'static str,
    pub(super) kept: &'static str,
    pub(super) reserves: &'static str,
    pub(super) cancels: &'static str,
    pub(super) refused: &'static str,
    pub(super) operator: &'static str,
    pub(super) bans: &'static str,
    pub(super) unbans: &'static str,
    pub(super) releases: &'static str,
    pub(super) left: &'static str,
    pub(super) sent_away: &'static str,
    pub(super) disk_slow: fn(u128) -> String,
    pub(super) overloaded: &'static str,
    pub(super) relieved: fn(u64) -> String,
    pub(super) disk_full: &'static str,
    pub(super) disk_free: &'static str,
    pub(super) missed: fn(u64) -> String,
    pub(super) no_input: &'static str,
    pub(super) closing: &'static str,
    pub(super) welcome: &'static str,
    pub(super) sent: fn(u32) -> String,
    pub(super) waits: &'static str,
    pub(super) done: &'static str,
    pub(super) console: &'static str,
    pub(super) nobody: &'static str,
    pub(super) free: &'static str,
    pub(super) held: &'static str,
    pub(super) held_by: &'static str,
    pub(super) none: &'static str,
    pub(super) mistake: fn(&Mistake) -> String,
    /// One verb a line.
    pub(super) help: &'static str,
}

/// The words of a language.
pub fn of(language: Language) -> &'static Words {
    match language {
        Language::Es => &es::WORDS,
        Language::Pt => &pt::WORDS,
        Language::En => &en::WORDS,
    }
}

/// The machine's language, as the variables of its locale say: the first that is set decides.
pub fn language(variable: impl Fn(&str) -> Option<String>) -> Language {
    let set = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(variable);
    let locale = set.into_iter().find(|locale| !locale.is_empty()).unwrap_or_default();
    let code = locale.get(..2).unwrap_or_default().to_lowercase();
    code.parse().unwrap_or(Language::En)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locale_says_the_language() {
        let speak = |set: &[(&str, &str)]| {
            let set: Vec<(String, String)> =
                set.iter().map(|(name, it)| ((*name).into(), (*it).into())).collect();
            language(move |name| set.iter().find(|(known, _)| known == name).map(|it| it.1.clone()))
        };
        assert_eq!(speak(&[("LANG", "es_AR.UTF-8")]), Language::Es);
        assert_eq!(speak(&[("LANG", "es_AR"), ("LC_ALL", "pt_BR.UTF-8")]), Language::Pt);
        assert_eq!(speak(&[("LC_ALL", ""), ("LANG", "pt")]), Language::Pt);
        for other in ["C", "C.UTF-8", "de_DE", "ñ", ""] {
            assert_eq!(speak(&[("LANG", other)]), Language::En, "{other:?}");
        }
        assert_eq!(speak(&[]), Language::En);
    }

    #[test]
    fn every_language_helps_with_the_same_lines() {
        for (_, language) in Language::ALL {
            let lines = of(language).help.lines();
            assert_eq!(lines.count(), of(Language::En).help.lines().count(), "{language}");
            assert!(of(language).help.lines().all(|line| line.chars().count() <= 78), "{language}");
            for line in of(language).help.lines().filter(|line| line.starts_with('/')) {
                let word = line[1..].split(' ').next().unwrap_or_default();
                assert!(crate::console::order::is_verb(word) || word.starts_with('/'), "{line}");
            }
        }
    }
}
