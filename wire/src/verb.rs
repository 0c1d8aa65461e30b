//! The verbs, as people type them in Spanish, Portuguese or English, in any case.

/// What a line can begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Take a name.
    Name,
    /// Say something in the lobby.
    Say,
    /// Say something to one name.
    To,
    /// Who is here?
    Who,
    /// What can be reserved?
    List,
    /// Take a resource.
    Reserve,
    /// Give a resource back.
    Cancel,
    /// Are you there?
    Ping,
    /// What can be asked?
    Help,
    /// Leave.
    Quit,
}

/// `HOLA`, `OLÁ` and `HELLO` are deliberately absent: they are talk.
const SPELLINGS: [(&str, Verb); 29] = [
    ("reservar", Verb::Reserve),
    ("reserve", Verb::Reserve),
    ("cancelar", Verb::Cancel),
    ("cancel", Verb::Cancel),
    ("say", Verb::Say),
    ("decir", Verb::Say),
    ("dizer", Verb::Say),
    ("to", Verb::To),
    ("para", Verb::To),
    ("ping", Verb::Ping),
    ("list", Verb::List),
    ("listar", Verb::List),
    ("who", Verb::Who),
    ("quien", Verb::Who),
    ("quién", Verb::Who),
    ("quem", Verb::Who),
    ("name", Verb::Name),
    ("nombre", Verb::Name),
    ("nome", Verb::Name),
    ("help", Verb::Help),
    ("ayuda", Verb::Help),
    ("ajuda", Verb::Help),
    ("quit", Verb::Quit),
    ("exit", Verb::Quit),
    ("salir", Verb::Quit),
    ("sair", Verb::Quit),
    ("bye", Verb::Quit),
    ("adios", Verb::Quit),
    ("adiós", Verb::Quit),
];

impl Verb {
    /// The verb that a word spells.
    pub fn parse(word: &str) -> Option<Self> {
        let spelled = |&&(spelling, _): &&(&str, Self)| {
            spelling.eq_ignore_ascii_case(word)
                || (!word.is_ascii() && spelling == word.to_lowercase())
        };
        SPELLINGS.iter().find(spelled).map(|(_, verb)| *verb)
    }

    /// Splits a line into its verb and the rest, both without the spaces around them.
    pub(crate) fn split(line: &str) -> (Option<Self>, &str) {
        let line = line.trim();
        let (word, rest) = line.split_once([' ', '\t']).unwrap_or((line, ""));
        (Self::parse(word), rest.trim_start())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_are_read_in_any_case_and_language() {
        assert_eq!(Verb::split("  RESERVAR  Habitación 1 "), (Some(Verb::Reserve), "Habitación 1"));
        assert_eq!(Verb::split("Reserve x"), (Some(Verb::Reserve), "x"));
        assert_eq!(Verb::split("say\thola"), (Some(Verb::Say), "hola"));
        assert_eq!(Verb::split("QUIÉN"), (Some(Verb::Who), ""));
        assert_eq!(Verb::split("hola a todos"), (None, "a todos"));
        for word in ["HOLA", "OLÁ", "HELLO", "reserva", ""] {
            assert_eq!(Verb::parse(word), None, "{word}");
        }
    }
}
