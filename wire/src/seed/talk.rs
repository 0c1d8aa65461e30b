//! Seed 2: the server asks for a name, then every line is talk.

use posada_core::{Answer, Ask, Goodbye, Refusal};

use crate::{clean, names};

/// The first thing that a client sees; the two spaces are part of it.
pub(crate) const PROMPT: &str = "Por favor, envia tu  nombre:";

/// Reads a line, which is the name while there is none.
pub(crate) fn read(line: &str, naming: bool) -> Result<Ask, Refusal> {
    if line.trim().eq_ignore_ascii_case("salir") {
        return Ok(Ask::Quit);
    }
    if naming {
        let name = names::name(line)?;
        return Ok(Ask::Name { name, proof: None, secret: None });
    }
    Ok(Ask::Say(clean(line)?.into()))
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

fn refused(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::NameTaken | Refusal::BadSecret => "Error: Ese nombre ya esta en uso.",
        Refusal::NameReserved => "Error: Nadie puede llamarse asi.",
        Refusal::BadName => "Error: Eso no puede ser un nombre.",
        Refusal::NameFirst => "Error: Todavia no tienes nombre.",
        Refusal::BadText => "Error: El mensaje no es texto UTF-8.",
        Refusal::TooLong => super::TOO_LONG,
        Refusal::TooFast => super::TOO_FAST,
        Refusal::ReadOnly => "Error: No hay espacio para guardar el mensaje. Intenta mas tarde.",
        _ => "Error: Intenta mas tarde.",
    }
}

/// `NAME: text`; names hold no colon, so the first one ends the name.
pub(crate) fn message(from: &str, said: &str, out: &mut Vec<u8>) {
    for part in [from, ": ", said] {
        out.extend_from_slice(part.as_bytes());
    }
}

pub(crate) fn goodbye(reason: Goodbye, out: &mut Vec<u8>) {
    super::goodbye(reason, out);
}
