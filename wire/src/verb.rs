//! The verbs, as people type them in Spanish, Portuguese or English, in any case.

use memchr::memchr2;

use crate::clean::trim;

/// What a line can begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Take a name.
    Name,
    /// Say something in a room.
    Say,
    /// Say something to one name.
    To,
    /// Come into a room.
    Join,
    /// Leave a room.
    Leave,
    /// What a room is about.
    Topic,
    /// Who is here?
    Who,
    /// Which rooms are there?
    Rooms,
    /// What did I miss?
    Resume,
    /// What can be reserved?
    List,
    /// Take a resource.
    Reserve,
    /// Give a resource back.
    Cancel,
    /// Be told what happens to something.
    Watch,
    /// Not be told any more.
    Unwatch,
    /// Let others know that something is being typed.
    Typing,
    /// Are you there?
    Ping,
    /// What can be asked?
    Help,
    /// Leave the server.
    Quit,
    /// Become the operator.
    Operator,
    /// The operator says something to everybody.
    Announce,
    /// The operator says something to one.
    Tell,
    /// The operator sends somebody away.
    Kick,
    /// The operator shuts somebody out.
    Ban,
    /// The operator lets somebody in again.
    Unban,
    /// The operator gives a resource back, whoever has it.
    Release,
    /// The operator asks who is connected.
    Sessions,
}

/// `HOLA`, `OLÁ` and `HELLO` are deliberately absent: they are talk. What begins most lines
/// stands first, since this is searched from the front.
const SPELLINGS: [(&str, Verb); 71] = [
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
    ("join", Verb::Join),
    ("entrar", Verb::Join),
    ("leave", Verb::Leave),
    ("dejar", Verb::Leave),
    ("deixar", Verb::Leave),
    ("topic", Verb::Topic),
    ("tema", Verb::Topic),
    ("assunto", Verb::Topic),
    ("rooms", Verb::Rooms),
    ("salas", Verb::Rooms),
    ("resume", Verb::Resume),
    ("retomar", Verb::Resume),
    ("watch", Verb::Watch),
    ("vigilar", Verb::Watch),
    ("vigiar", Verb::Watch),
    ("unwatch", Verb::Unwatch),
    ("olvidar", Verb::Unwatch),
    ("esquecer", Verb::Unwatch),
    ("typing", Verb::Typing),
    ("escribiendo", Verb::Typing),
    ("digitando", Verb::Typing),
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
    ("operator", Verb::Operator),
    ("operador", Verb::Operator),
    ("announce", Verb::Announce),
    ("anunciar", Verb::Announce),
    ("tell", Verb::Tell),
    ("avisar", Verb::Tell),
    ("kick", Verb::Kick),
    ("echar", Verb::Kick),
    ("expulsar", Verb::Kick),
    ("ban", Verb::Ban),
    ("vetar", Verb::Ban),
    ("banir", Verb::Ban),
    ("unban", Verb::Unban),
    ("readmitir", Verb::Unban),
    ("desbanir", Verb::Unban),
    ("release", Verb::Release),
    ("liberar", Verb::Release),
    ("sessions", Verb::Sessions),
    ("sesiones", Verb::Sessions),
    ("sessões", Verb::Sessions),
    ("sessoes", Verb::Sessions),
];

/// Bytes of the longest spelling without accents.
const LONGEST: usize = 11;

impl Verb {
    /// The verb that a word spells.
    pub fn parse(word: &str) -> Option<Self> {
        if !word.is_ascii() {
            let word = word.to_lowercase();
            return SPELLINGS.iter().find(|(spelling, _)| *spelling == word).map(|(_, verb)| *verb);
        }
        let mut lower = [0; LONGEST];
        let lower = lower.get_mut(..word.len())?;
        lower.copy_from_slice(word.as_bytes());
        lower.make_ascii_lowercase();
        let spelled = |(spelling, _): &&(&str, Self)| spelling.as_bytes() == &*lower;
        SPELLINGS.iter().find(spelled).map(|(_, verb)| *verb)
    }

    /// Splits a line into its verb and the rest, both without the spaces around them.
    pub(crate) fn split(line: &str) -> (Option<Self>, &str) {
        let line = trim(line);
        let end = memchr2(b' ', b'\t', line.as_bytes()).unwrap_or(line.len());
        let (word, rest) = line.split_at(end);
        (Self::parse(word), trim(rest))
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
        assert_eq!(Verb::split("Sessões"), (Some(Verb::Sessions), ""));
        assert_eq!(Verb::split("hola a todos"), (None, "a todos"));
        for word in ["HOLA", "OLÁ", "HELLO", "reserva", ""] {
            assert_eq!(Verb::parse(word), None, "{word}");
        }
    }

    #[test]
    fn a_word_spells_one_verb() {
        for (spelling, verb) in SPELLINGS {
            assert_eq!(Verb::parse(spelling), Some(verb), "{spelling} is there twice");
            assert_eq!(Verb::parse(&spelling.to_uppercase()), Some(verb), "{spelling}");
            assert_eq!(spelling.to_lowercase(), spelling);
            assert!(spelling.len() <= LONGEST || !spelling.is_ascii(), "{spelling} is longer");
        }
    }
}
