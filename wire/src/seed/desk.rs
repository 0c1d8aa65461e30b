//! Seed 4: a line is a command about resources, and gets exactly one reply.

use posada_core::{Answer, Ask, Goodbye, Refusal};

use crate::names;

const HELP: &str = "Comandos: LISTAR | RESERVAR recurso | CANCELAR recurso | AYUDA | SALIR";

/// Reads a line. Whatever is no command asks for help.
pub(crate) fn read(line: &str) -> Ask {
    let line = line.trim();
    let (verb, resource) = line.split_once(' ').unwrap_or((line, ""));
    let resource = resource.trim_start();
    let is = |word: &str| verb.eq_ignore_ascii_case(word);
    match resource {
        "" if is("LISTAR") => Ask::List,
        "" if is("SALIR") => Ask::Quit,
        "" => Ask::Help,
        resource if is("RESERVAR") => Ask::Reserve(names::key(resource)),
        resource if is("CANCELAR") => Ask::Cancel(names::key(resource)),
        _ => Ask::Help,
    }
}

pub(crate) fn reply(answer: &Answer, cancelling: bool, out: &mut Vec<u8>) {
    let mut say = |parts: &[&str]| parts.iter().for_each(|part| out.extend(part.bytes()));
    match answer {
        Answer::Reserved { resource, .. } => say(&["Reserva exitosa: ", resource]),
        Answer::Cancelled { resource, .. } => say(&["Reserva cancelada: ", resource]),
        Answer::List(resources) => {
            say(&["Recursos disponibles:"]);
            for free in resources.iter().filter(|resource| resource.holder.is_none()) {
                say(&["\n", &free.name]);
            }
        }
        Answer::Refused(Refusal::NotHeld | Refusal::NotYours | Refusal::NoSuchResource)
            if cancelling =>
        {
            say(&["No hay una reserva para ese recurso"]);
        }
        Answer::Refused(Refusal::Taken | Refusal::NoSuchResource) => {
            say(&["Recurso no disponible"]);
        }
        Answer::Refused(Refusal::ReadOnly | Refusal::Busy) => {
            say(&["Error: No hay espacio para guardar la reserva. Intenta mas tarde."]);
        }
        Answer::Refused(Refusal::TooLong) => say(&[super::TOO_LONG]),
        Answer::Refused(Refusal::TooFast) => say(&[super::TOO_FAST]),
        _ => say(&[HELP]),
    }
}

pub(crate) fn goodbye(reason: Goodbye, out: &mut Vec<u8>) {
    if reason == Goodbye::Left {
        out.extend_from_slice(b"Hasta luego.");
    } else {
        super::goodbye(reason, out);
    }
}
