//! Spanish.

use posada_core::{Goodbye, Refusal};

use super::Words;

pub(super) const WORDS: Words = Words {
    arrived: "estás en el lobby",
    back: "hola de nuevo, estás en el lobby",
    addressed: "destinatarios",
    reserved: "reservado",
    cancelled: "cancelado",
    here: "aquí",
    resources: "recursos",
    free: "libre",
    held: "ocupado",
    held_by: "ocupado por",
    yours: "tuyo",
    since: "desde",
    bye: "hasta luego",
    verbs: "verbos",
    help: "\
nombre NOMBRE [secret:SECRETO]   toma un nombre, o vuelve a él; quedas en el lobby
decir TEXTO                      di algo a todos en el lobby
para NOMBRE TEXTO                di algo a uno; \"entre comillas\" si el nombre tiene espacios
quién                            quién está en el lobby
listar                           qué se puede reservar, y quién lo tiene
reservar RECURSO                 tómalo hasta que lo devuelvas
cancelar RECURSO                 devuélvelo
ping                             ¿hay alguien?
ayuda                            esto
salir                            irse",
    refusal,
    goodbye,
};

fn refusal(refusal: Refusal) -> (&'static str, &'static str) {
    match refusal {
        Refusal::NameFirst => ("todavía no tienes nombre", "di: nombre NOMBRE"),
        Refusal::AlreadyNamed => ("ya tienes nombre", "conéctate otra vez para tomar otro"),
        Refusal::NameTaken => {
            ("alguien tiene ese nombre", "toma otro, o añade el secreto que vino con él")
        }
        Refusal::BadSecret => {
            ("ese no es el secreto de este nombre", "usa las 32 cifras que vinieron con el nombre")
        }
        Refusal::NotHere => ("no hay nadie con ese nombre", "pregunta: quién"),
        Refusal::NoSuchResource => ("no existe ese recurso", "pregunta: listar"),
        Refusal::Taken => ("alguien lo tiene", "pregunta: listar, para ver qué está libre"),
        Refusal::NotHeld => ("nadie lo tiene", "pregunta: listar"),
        Refusal::NotYours => ("lo tiene otra persona", "solo quien lo tiene puede devolverlo"),
        Refusal::TooManyReservations => {
            ("tienes tantas reservas como se puede", "devuelve una primero")
        }
        Refusal::Full => ("no hay sitio para más", "intenta más tarde"),
        Refusal::AlreadyDeclared => ("ya hay uno con ese nombre", "elige otro nombre"),
        Refusal::BadName => (
            "eso no puede ser un nombre",
            "usa de 1 a 40 caracteres visibles de una escritura, sin : ni @",
        ),
        Refusal::NameReserved => ("nadie puede llamarse así", "elige otro"),
        Refusal::BadText => ("eso no es texto UTF-8 limpio", "envía UTF-8 sin NUL"),
        Refusal::TooLong => ("es demasiado largo", "envíalo en trozos más cortos"),
        Refusal::Empty => ("no hay nada dentro", "escribe algo detrás del verbo"),
        Refusal::UnknownVerb => ("no existe ese verbo", "pregunta: ayuda"),
        Refusal::BadRequest => ("no se pide así", "pregunta: ayuda"),
        Refusal::TooFast => ("demasiados mensajes en un segundo", "espera un momento"),
        Refusal::Busy => ("hay demasiado en curso, no se hizo nada", "intenta de nuevo"),
        Refusal::ReadOnly => {
            ("no hay espacio para guardarlo, no se hizo nada", "intenta más tarde")
        }
    }
}

fn goodbye(reason: Goodbye) -> &'static str {
    match reason {
        Goodbye::Left => "hasta luego",
        Goodbye::Full(_) => "todos los lugares están ocupados, intenta más tarde",
        Goodbye::TooLong => "ese mensaje era demasiado largo",
        Goodbye::TooFast => "demasiados mensajes en un segundo",
        Goodbye::Nameless => "no diste un nombre a tiempo",
        Goodbye::Replaced => "volviste por otra conexión",
        Goodbye::Slow => "lees demasiado despacio lo que se te envía",
        Goodbye::Closing => "el servidor se está cerrando",
    }
}
