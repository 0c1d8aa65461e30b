//! What may be a name, and when two names are the same.
//!
//! A name is normalised (NFKC) for showing and case-folded for comparing. Both forms go into
//! the log, so that a later Unicode version changes nothing that was decided.

use std::net::IpAddr;
use std::sync::Arc;

use icu_casemap::CaseMapper;
use posada_core::limits::{NAME_CHARACTERS, RESOURCE_CHARACTERS};
use posada_core::{Label, Refusal, Text};
use unicode_normalization::UnicodeNormalization;
use unicode_security::general_security_profile::IdentifierType;
use unicode_security::mixed_script::AugmentedScriptSet;
use unicode_security::{GeneralSecurityProfile, MixedScript, skeleton};

use crate::Verb;
use crate::clean::{steers, trim};

/// Words that would let a client pass for the server or for everybody.
const RESERVED: [&str; 14] = [
    "servidor",
    "server",
    "operador",
    "operadora",
    "operator",
    "sistema",
    "system",
    "posada",
    "anónimo",
    "anonimo",
    "anônimo",
    "anónima",
    "anonima",
    "anonymous",
];

/// Reads the name of a person or program.
///
/// # Errors
/// [`Refusal::BadName`] for what cannot be a name, [`Refusal::NameReserved`] for what nobody may
/// be called.
pub fn name(text: &str) -> Result<Label, Refusal> {
    let label = called(text)?;
    let shown: &str = &label.shown;
    let spoken = Verb::parse(shown).is_some() || passes_for_reserved(&label.key);
    if spoken || shown.parse::<IpAddr>().is_ok() {
        return Err(Refusal::NameReserved);
    }
    Ok(label)
}

/// Reads the name of a room, with or without the `#` before it. It holds no space; any word will
/// do, since nobody takes a room for the server or for somebody.
///
/// # Errors
/// [`Refusal::BadName`] for what cannot be one.
pub fn room(text: &str) -> Result<Label, Refusal> {
    let normal: String = text.trim().nfkc().collect();
    let label = called(normal.strip_prefix('#').unwrap_or(&normal))?;
    if label.shown.contains(' ') { Err(Refusal::BadName) } else { Ok(label) }
}

/// Reads the name of a resource.
///
/// # Errors
/// [`Refusal::BadName`] for what cannot be one.
pub fn resource(text: &str) -> Result<Label, Refusal> {
    label(text, RESOURCE_CHARACTERS)
}

/// The key by which a name that somebody mentions is looked up; never fails, may match nothing.
pub fn key(text: &str) -> Text {
    let text = trim(text);
    let (mut plain, mut upper) = (true, false);
    for byte in text.bytes() {
        plain &= byte.is_ascii_graphic() || byte == b' ';
        upper |= byte.is_ascii_uppercase();
    }
    if plain {
        let mut key = Text::from(text);
        if upper {
            Arc::get_mut(&mut key).expect("nobody else has it yet").make_ascii_lowercase();
        }
        return key;
    }
    let normal: String = text.nfkc().collect();
    CaseMapper::new().fold_string(&normal).nfkc().collect::<String>().into()
}

/// The key by which a room that somebody mentions is looked up, with or without the `#` before
/// it; never fails, may match nothing.
pub fn room_key(text: &str) -> Text {
    let key = key(text);
    key.strip_prefix('#').map_or_else(|| key.clone(), Into::into)
}

/// What stands before a colon in what others read.
fn called(text: &str) -> Result<Label, Refusal> {
    let label = label(text, NAME_CHARACTERS)?;
    let shown: &str = &label.shown;
    if shown.contains([':', '@']) || shown.starts_with(['/', '{', '*', '#', '"']) {
        return Err(Refusal::BadName);
    }
    if !shown.is_single_script() || shown.chars().any(looks_like_a_colon) {
        return Err(Refusal::BadName);
    }
    Ok(label)
}

fn label(text: &str, most: u32) -> Result<Label, Refusal> {
    let shown: String = text.trim().nfkc().collect();
    let characters = shown.chars().count();
    let spaced = shown.starts_with(' ') || shown.ends_with(' ') || shown.contains("  ");
    if characters == 0 || characters > most as usize || spaced {
        return Err(Refusal::BadName);
    }
    if shown.chars().any(|c| steers(c) || invisible(c)) {
        return Err(Refusal::BadName);
    }
    let key = key(&shown);
    Ok(Label { shown: shown.into(), key })
}

/// Whether a mark of no script in particular passes for what ends a name.
fn looks_like_a_colon(c: char) -> bool {
    AugmentedScriptSet::for_char(c).is_all() && skeleton(c.encode_utf8(&mut [0; 4])).eq([':'])
}

/// Whether a key is one of the reserved words to the eye.
fn passes_for_reserved(key: &str) -> bool {
    RESERVED.iter().any(|word| skeleton(key).eq(skeleton(word)))
}

/// Whether nothing can be seen of a character, or nobody knows what it will look like.
fn invisible(c: char) -> bool {
    (c.is_whitespace() && c != ' ')
        || matches!(
            c.identifier_type(),
            Some(IdentifierType::Default_Ignorable | IdentifierType::Not_Character)
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<(&str, &str), Refusal>) {
        let found = name(text);
        let found = found.as_ref().map(|label| (&*label.shown, &*label.key));
        assert_eq!(found, expected.as_ref().map(|pair| *pair), "{text:?}");
    }

    #[test]
    fn names_are_shown_normal_and_compared_folded() {
        check(" Ana María ", Ok(("Ana María", "ana maría")));
        check("Mari\u{301}a", Ok(("María", "maría")));
        check("ＡＮＡ", Ok(("ANA", "ana")));
        check("Straße", Ok(("Straße", "strasse")));
        check("Ωμέγας", Ok(("Ωμέγας", "ωμέγασ")));
        check("HOLA", Ok(("HOLA", "hola")));
        check("山田 太郎", Ok(("山田 太郎", "山田 太郎")));
        check("やまだ太郎", Ok(("やまだ太郎", "やまだ太郎")));
        check("ana-1.2_3", Ok(("ana-1.2_3", "ana-1.2_3")));
    }

    #[test]
    fn what_hides_or_forges_is_no_name() {
        let long = "a".repeat(41);
        let bad = [
            "",
            " ",
            "a  b",
            "a:b",
            "127.0.0.1:80",
            "@ana",
            "/who",
            "{",
            "a\u{202e}b",
            "a\x1bb",
            "a\u{200b}b",
            "a\u{ad}b",
            "\u{3164}",
            "an\u{430}",
            "\u{405}ervidor",
            "a\u{2028}b",
            "ana\u{a789}",
            "ana\u{2d0}x",
            &long,
        ];
        for text in bad {
            check(text, Err(Refusal::BadName));
        }
        check(&"á".repeat(40), Ok((&"á".repeat(40), &"á".repeat(40))));
    }

    #[test]
    fn some_words_are_nobodys_name() {
        let reserved = [
            "Servidor",
            "SERVER",
            "anónimo",
            "reservar",
            "Salir",
            "quit",
            "LISTAR",
            "127.0.0.1",
            "::1",
            "Serv\u{131}dor",
        ];
        for text in reserved {
            assert!(name(text).is_err(), "{text:?}");
        }
        check("Servidor", Err(Refusal::NameReserved));
    }

    #[test]
    fn a_room_is_one_word_with_or_without_its_sign() {
        let rooms = [
            ("dev", "dev"),
            ("#dev", "dev"),
            (" #Dev ", "Dev"),
            ("\u{ff03}dev", "dev"),
            ("lobby", "lobby"),
            ("sala-2", "sala-2"),
            ("salir", "salir"),
            ("Servidor", "Servidor"),
            ("127.0.0.1", "127.0.0.1"),
            ("日本語", "日本語"),
        ];
        for (text, shown) in rooms {
            let label = room(text).unwrap_or_else(|why| panic!("{text:?}: {why:?}"));
            assert_eq!(&*label.shown, shown);
            for mention in [text, shown, &shown.to_uppercase(), &format!("#{shown}")] {
                assert_eq!(room_key(mention), label.key, "{mention:?} is not {shown}");
            }
        }
        let long = "a".repeat(41);
        let bad = [
            "",
            "#",
            "##dev",
            "a b",
            "a\u{a0}b",
            "a:b",
            "a@b",
            "#/who",
            "*",
            "a\x1bb",
            "an\u{430}",
        ];
        for text in bad.into_iter().chain([&*long]) {
            assert_eq!(room(text), Err(Refusal::BadName), "{text:?}");
        }
    }

    proptest::proptest! {
        /// Whatever is accepted is accepted again as it is shown, and means the same.
        #[test]
        fn a_name_is_its_own_name(text in "\\PC{0,50}") {
            if let Ok(label) = name(&text) {
                proptest::prop_assert_eq!(name(&label.shown), Ok(label.clone()));
                proptest::prop_assert_eq!(key(&label.shown), label.key.clone());
                proptest::prop_assert_eq!(key(&label.key), label.key);
            }
        }
    }
}
