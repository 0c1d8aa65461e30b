//! Seed 2: the server asks for a name, then every line is talk. What its first clients cannot have
//! meant is newer: behind a `/`, the verbs of native.

use posada_core::{Answer, Ask, Event, Goodbye, Refusal};

use crate::{clean, names};

/// The first thing that a client sees; the two spaces are part of it.
pub(crate) const PROMPT: &str = "Por favor, envia tu  nombre:";

/// The room whose messages do not say where they were said.
const LOBBY: &str = "lobby";

/// What the operator's words begin with; the missing space is part of it.
const SERVER: &str = "Servidor:";

/// The verb in a line that begins with a `/`, and with one only, once there is a name.
pub(crate) fn verb(line: &str, naming: bool) -> Option<&str> {
    line.strip_prefix('/').filter(|verb| !naming && !verb.starts_with('/'))
}

/// Reads a line, which is the name while there is none. `//x` says `/x`.
pub(crate) fn read(line: &str, naming: bool) -> Result<Ask, Refusal> {
    if line.trim().eq_ignore_ascii_case("salir") {
        return Ok(Ask::Quit);
    }
    if naming {
        let name = names::name(line)?;
        return Ok(Ask::Name { name, proof: None, secret: None });
    }
    let said = if line.starts_with("//") { &line[1..] } else { line };
    Ok(Ask::Say { room: None, text: clean(said)?.into() })
}

/// A name that is granted is answered by nothing, as ever.
pub(crate) fn reply(answer: &Answer, asked_name: bool, out: &mut Vec<u8>) {
    let line = match answer {
        Answer::Said { .. } => "Recibido",
        Answer::Refused(refusal) => refused(*refusal),
        _ => return,
    };
    out.extend_from_slice(line.as_bytes());
    if asked_name {
        out.push(b'\n');
        out.extend_from_slice(PROMPT.as_bytes());
    }
}

pub(super) fn refused(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::NameTaken | Refusal::BadSecret => "Error: Ese nombre ya esta en uso.",
        Refusal::NameReserved => "Error: Nadie puede llamarse asi.",
        Refusal::BadName => "Error: Eso no puede ser un nombre.",
        Refusal::NameFirst => "Error: Todavia no tienes nombre.",
        Refusal::Banned => "Error: El operador te ha cerrado la puerta.",
        Refusal::NotInRoom => "Error: No estas en ninguna sala. Entra en una: /entrar lobby",
        Refusal::BadText => "Error: El mensaje no es texto UTF-8.",
        Refusal::TooLong => super::TOO_LONG,
        Refusal::TooFast => super::TOO_FAST,
        Refusal::ReadOnly => "Error: No hay espacio para guardar el mensaje. Intenta mas tarde.",
        _ => "Error: Intenta mas tarde.",
    }
}

/// Messages, as these clients always read them; nothing for what they know nothing of. Names hold
/// no colon, so the first one ends the name. Other rooms than the lobby are named.
pub(crate) fn event(event: &Event, out: &mut Vec<u8>) {
    let mut say = |parts: &[&str]| parts.iter().for_each(|part| out.extend(part.bytes()));
    match event {
        Event::Said { room, from, text } if &**room == LOBBY => say(&[from, ": ", text]),
        Event::Said { room, from, text } => say(&["#", room, " ", from, ": ", text]),
        Event::Direct { from, text } => say(&[from, ": ", text]),
        Event::Announced { text } | Event::Told { text } => say(&[SERVER, text]),
        Event::Topic { .. }
        | Event::Reserved { .. }
        | Event::Cancelled { .. }
        | Event::Gap { .. }
        | Event::Here { .. }
        | Event::Gone { .. }
        | Event::Typing { .. } => {}
    }
}

pub(crate) fn goodbye(reason: Goodbye, out: &mut Vec<u8>) {
    super::goodbye(reason, out);
}
