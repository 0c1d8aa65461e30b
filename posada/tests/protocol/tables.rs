//! The tables of docs/protocol.md list what the program knows: nothing more, nothing less, and in
//! its own words.

use posada_core::{Answer, Goodbye, Refusal};
use posada_wire::{Dialogue, Frame, Language, Profile, Verb};

use crate::document::{Document, words};

/// Every way in which the server ends a session.
const GOODBYES: [Goodbye; 9] = [
    Goodbye::Full(10),
    Goodbye::TooLong,
    Goodbye::TooFast,
    Goodbye::Nameless,
    Goodbye::Replaced,
    Goodbye::Kicked,
    Goodbye::Banned,
    Goodbye::Slow,
    Goodbye::Closing,
];

#[test]
fn the_errors_are_exactly_those_of_the_program() {
    let rows = Document::read().table("## Errors", "code");
    let codes: Vec<_> = rows.iter().map(|row| row[0].trim_matches('`')).collect();
    assert_eq!(codes, Refusal::ALL.map(Refusal::code));
    for (refusal, row) in Refusal::ALL.into_iter().zip(&rows) {
        let line = format!("ERR {} {}", refusal.code(), row[1]);
        assert_eq!(refused(Profile::Native, "", refusal), line);
        assert!(!row[2].is_empty(), "what does {} mean?", row[0]);
    }
}

#[test]
fn the_goodbyes_are_exactly_those_of_the_program() {
    let rows = Document::read().table("### Goodbyes", "code");
    let lines: Vec<_> =
        rows.iter().map(|row| format!("BYE {} {}", row[0].trim_matches('`'), row[1])).collect();
    assert_eq!(lines, GOODBYES.map(|reason| goodbye(Profile::Native, reason)));
}

#[test]
fn the_goodbyes_of_the_seed_profiles_are_frozen() {
    let rows = Document::read().table("## The seed profiles", "goodbye");
    let lines: Vec<_> = rows.iter().map(|row| row[1].as_str()).collect();
    for profile in [Profile::Talk, Profile::Note, Profile::Desk] {
        assert_eq!(lines, GOODBYES.map(|reason| goodbye(profile, reason)), "{profile}");
    }
    let codes: Vec<_> = rows.iter().map(|row| row[0].trim_matches('`').to_owned()).collect();
    let native = GOODBYES.map(|reason| goodbye(Profile::Native, reason));
    assert_eq!(codes, native.map(|line| line.split(' ').nth(1).unwrap_or_default().to_owned()));
}

#[test]
fn talk_and_notes_are_refused_in_these_words() {
    let rows = Document::read().table("## Talk (seed 2)", "refused because");
    let (rest, rows) = rows.split_last().expect("there are rows");
    for refusal in Refusal::ALL {
        let row = rows.iter().find(|row| words(&row[0]).any(|code| code == refusal.code()));
        let said = &row.unwrap_or(rest)[1];
        assert_eq!(&refused(Profile::Talk, "hola", refusal), said, "{refusal:?}");
        assert_eq!(&refused(Profile::Note, "hola", refusal), said, "{refusal:?}");
    }
}

#[test]
fn the_desk_refuses_in_these_words() {
    let rows = Document::read().table("## Desk (seed 4)", "refused because");
    for refusal in Refusal::ALL {
        let row = rows.iter().find(|row| words(&row[0]).any(|code| code == refusal.code()));
        for (verb, column) in [("RESERVAR x", 1), ("CANCELAR x", 2)] {
            let found = refused(Profile::Desk, verb, refusal);
            match row.map(|row| row[column].as_str()) {
                Some("") => {}
                Some(said) => assert_eq!(found, said, "{verb}: {refusal:?}"),
                None => assert!(found.starts_with("Comandos: "), "{verb}: {refusal:?}: {found}"),
            }
        }
    }
}

#[test]
fn the_verbs_are_spelled_so() {
    let document = Document::read();
    let mut rows = document.table("### Verbs", "English");
    rows.extend(document.table("## The operator", "English"));
    let mut known = vec![];
    for row in rows {
        let spellings = row[..3].iter().flat_map(|cell| words(cell));
        let mut verbs: Vec<_> =
            spellings.map(|word| (word.to_owned(), Verb::parse(word))).collect();
        let all = format!("{verbs:?}");
        verbs.dedup_by_key(|(_, verb)| *verb);
        let [(_, Some(verb))] = verbs[..] else { panic!("not one verb: {all}") };
        assert!(!known.contains(&verb), "twice: {verb:?}");
        known.push(verb);
    }
    assert_eq!(known.len(), 26, "{known:?}");
    for word in ["hola", "olá", "hello"] {
        assert_eq!(Verb::parse(word), None, "{word}");
    }
}

/// What a client reads whose line is refused.
fn refused(profile: Profile, line: &str, refusal: Refusal) -> String {
    let mut dialogue = Dialogue::new(profile, Language::En, 0);
    if profile == Profile::Talk {
        let name = Frame { bytes: b"ana", too_long: false, counted: false };
        dialogue.read(&name, || 0);
        dialogue.reply(&Answer::Pong, &mut vec![]);
    }
    dialogue.read(&Frame { bytes: line.as_bytes(), too_long: false, counted: false }, || 0);
    let mut out = vec![];
    dialogue.reply(&Answer::Refused(refusal), &mut out);
    String::from_utf8(out).expect("posada speaks UTF-8")
}

/// What a client reads whose session the server ends.
fn goodbye(profile: Profile, reason: Goodbye) -> String {
    let mut out = vec![];
    Dialogue::new(profile, Language::En, 0).goodbye(reason, &mut out);
    String::from_utf8(out).expect("posada speaks UTF-8")
}
