//! The seed profiles: bytes that were frozen when the first clients were written. They are not
//! translated and never change.

pub(crate) mod datagram;
pub(crate) mod desk;
pub(crate) mod note;
pub(crate) mod talk;

use posada_core::Goodbye;

const CLOSING: &str = "El servidor se esta cerrando. Desconectando...";
const TOO_LONG: &str = "Error: Mensaje demasiado largo.";
const TOO_FAST: &str = "Error: Demasiados mensajes en poco tiempo.";

/// What all but datagrams say when the server ends a session. May add nothing.
fn goodbye(reason: Goodbye, out: &mut Vec<u8>) {
    let line = match reason {
        Goodbye::Left => return,
        Goodbye::Full(places) => {
            let line = format!(
                "Error: No hay lugar: los {places} lugares estan ocupados. Intenta mas tarde."
            );
            return out.extend_from_slice(line.as_bytes());
        }
        Goodbye::TooLong => TOO_LONG,
        Goodbye::TooFast => TOO_FAST,
        Goodbye::Nameless => "Error: No diste un nombre a tiempo.",
        Goodbye::Replaced => "Error: Volviste por otra conexion.",
        Goodbye::Kicked => "Error: El operador te ha echado.",
        Goodbye::Banned => "Error: El operador te ha cerrado la puerta.",
        Goodbye::Slow => "Error: Lees o escribes demasiado despacio.",
        Goodbye::Closing => CLOSING,
    };
    out.extend_from_slice(line.as_bytes());
}
