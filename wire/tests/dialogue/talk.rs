//! Talk: what its first clients know is as it was, and a `/` is a way to all the rest.

use posada_core::{Answer, Ask, Label, Reach, Refusal, Seq};
use posada_wire::{Language, Profile};

use super::{Guest, text};

fn said(room: Option<&str>, said: &str) -> (Ask, Option<posada_core::Key>) {
    (Ask::Say { room: room.map(text), text: text(said) }, None)
}

#[test]
fn before_there_is_a_name_a_slash_is_a_bad_one() {
    let mut guest = Guest::new(Profile::Talk, Language::Es);
    assert_eq!(guest.says("/quien"), (Ask::Unreadable(Refusal::BadName), None));
    let reply = guest.hears(&Answer::Refused(Refusal::BadName));
    assert_eq!(reply, "Error: Eso no puede ser un nombre.\nPor favor, envia tu  nombre:");
}

#[test]
fn a_slash_is_a_verb_and_two_are_talk() {
    let mut guest = Guest::talk();
    let dev = Ask::Join(Label { shown: text("dev"), key: text("dev") });
    for line in ["/entrar dev", "/join #dev", "/ENTRAR  dev"] {
        assert_eq!(guest.says(line), (dev.clone(), None), "{line}");
        let joined = Answer::Joined { seq: Seq(7), room: text("dev"), here: 2, topic: None };
        assert_eq!(guest.hears(&joined), "OK 7 entras en #dev 2 aquí");
    }
    assert_eq!(guest.says("//entrar dev"), said(None, "/entrar dev"));
    let reach = Some(Reach::Addressed(1));
    assert_eq!(guest.hears(&Answer::Said { seq: Seq(8), reach }), "Recibido");
    assert_eq!(guest.says("///"), said(None, "//"));
    guest.hears(&Answer::Pong);
    assert_eq!(guest.says(" /entrar"), said(None, " /entrar"));
    assert_eq!(
        guest.hears(&Answer::Refused(Refusal::TooFast)),
        "Error: Demasiados mensajes en poco tiempo."
    );
}

#[test]
fn verbs_are_answered_as_native_answers_them_in_spanish() {
    let mut guest = Guest::talk();
    assert_eq!(guest.says("/para #dev hola"), said(Some("dev"), "hola"));
    let reach = Some(Reach::Addressed(3));
    assert_eq!(guest.hears(&Answer::Said { seq: Seq(9), reach }), "OK 9 destinatarios 3");
    assert_eq!(guest.says("/para luis hola").1, None);
    let kept = Answer::Said { seq: Seq(10), reach: Some(Reach::Kept) };
    assert_eq!(guest.hears(&kept), "OK 10 guardado para luis");
    assert_eq!(guest.says("/quien"), (Ask::Who(None), None));
    assert_eq!(guest.hears(&Answer::Who(vec![text("ana"), text(".b")])), "OK 2 aquí\nana\n..b\n.");
    assert_eq!(guest.says("/bailar"), (Ask::Unreadable(Refusal::UnknownVerb), None));
    let reply = guest.hears(&Answer::Refused(Refusal::UnknownVerb));
    assert_eq!(reply, "ERR unknown_verb no existe ese verbo (pregunta: ayuda)");
    assert!(matches!(guest.says("/nombre eva"), (Ask::Name { .. }, None)));
    let reply = guest.hears(&Answer::Refused(Refusal::AlreadyNamed));
    assert!(reply.starts_with("ERR already_named "), "{reply}");
    assert_eq!(guest.says("hola"), said(None, "hola"), "and it is not asked for a name again");
}

/// The first name is refused when the second one, sent at once, is already under way.
#[test]
fn who_got_a_name_is_not_asked_for_one_any_more() {
    let mut guest = Guest::new(Profile::Talk, Language::Es);
    assert!(matches!(guest.says("ana"), (Ask::Name { .. }, None)));
    assert!(matches!(guest.says("/nombre luis"), (Ask::Name { .. }, None)));
    guest.hears(&Answer::Refused(Refusal::NameTaken));
    guest.hears(&Answer::Named { seq: Seq(7), name: text("luis"), resumed: false });
    assert_eq!(guest.says("hola"), said(None, "hola"));
}

#[test]
fn there_are_no_keys_and_no_json() {
    let mut guest = Guest::talk();
    for line in ["key:1 decir hola", r#"{"do":"ping"}"#] {
        assert_eq!(guest.says(line), said(None, line));
    }
    for line in ["/key:1 decir hola", r#"/{"do":"ping"}"#, "/"] {
        assert_eq!(guest.says(line), (Ask::Unreadable(Refusal::UnknownVerb), None), "{line}");
    }
}

#[test]
fn leaving_is_answered_where_it_was_asked_as_a_verb() {
    let mut guest = Guest::talk();
    assert_eq!(guest.says("salir"), (Ask::Quit, None));
    assert_eq!(guest.leaves(), "");
    let mut guest = Guest::talk();
    assert_eq!(guest.says("/salir"), (Ask::Quit, None));
    assert_eq!(guest.leaves(), "OK hasta luego");
}

#[test]
fn datagrams_and_the_desk_know_no_verbs_behind_a_slash() {
    let mut guest = Guest::new(Profile::Datagram, Language::Pt);
    guest.says("c17");
    guest.hears(&Answer::Named { seq: Seq(6), name: text("c17"), resumed: false });
    assert_eq!(guest.says("/entrar dev"), said(None, "/entrar dev"));
    assert_eq!(Guest::new(Profile::Desk, Language::Es).says("/listar"), (Ask::Help, None));
}
