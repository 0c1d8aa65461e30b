//! Spanish.

use super::Words;
use crate::console::order::Mistake;

pub(super) const WORDS: Words = Words {
    somebody: "alguien que ya no está",
    connected: "conectado",
    is: "es",
    is_again: "vuelve como",
    joins: "entra en",
    leaves: "sale de",
    topic: "pone el tema",
    kept: "guardado hasta que vuelva",
    reserves: "reserva",
    cancels: "devuelve",
    refused: "rechazado",
    operator: "es operador desde ahora",
    bans: "cierra la puerta a",
    unbans: "readmite a",
    releases: "libera",
    left: "se fue",
    sent_away: "desconectado",
    disk_slow: |ms| format!("disco lento: una escritura detuvo a todos {ms} ms"),
    overloaded: "sobrecarga: llega más de lo que se puede hacer; se rechaza a quien envía de más",
    relieved: |refused| format!("terminó la sobrecarga; peticiones rechazadas: {refused}"),
    disk_full: "disco lleno, solo lectura hasta que haya sitio; no se pierde nada",
    disk_free: "hay sitio en el disco otra vez: se aceptan cambios",
    missed: |count| match count {
        1 => "… 1 línea no se mostró".to_owned(),
        count => format!("… {count} líneas no se mostraron"),
    },
    no_input: "fin de la entrada: el servidor sigue, y aquí solo se muestra (Ctrl-C lo cierra)",
    closing: "cerrando: todos reciben la despedida",
    welcome: "una línea va a todos · @nombre línea a uno · /ayuda · salir cierra el servidor",
    sent: |count| match count {
        0 => "enviado; no hay nadie que lo lea".to_owned(),
        count => format!("enviado a {count}"),
    },
    waits: "no está y lo recibe cuando vuelva",
    done: "hecho",
    console: "esta consola",
    nobody: "nadie",
    free: "libre",
    held: "ocupado",
    held_by: "ocupado por",
    none: "ninguno",
    mistake,
    help: "\
TEXTO                    a todos, como Servidor:TEXTO
@NOMBRE TEXTO            a uno; también @\"ANA MARÍA\" TEXTO, @IP:PUERTO TEXTO
//TEXTO                  a todos, con una barra delante
/quién [SALA]            quién está conectado, o quién está en una sala
/salas                   las salas
/recursos                qué se puede reservar, y quién lo tiene
/echar NOMBRE|IP:PUERTO  desconecta a alguien
/vetar NOMBRE|IP [10m]   cierra la puerta: 45s, 10m, 2h, 3d; si no, una hora
/readmitir NOMBRE|IP     la abre otra vez
/liberar RECURSO         devuelve un recurso, lo tenga quien lo tenga
/ayuda                   esto
salir                    cierra el servidor",
};

fn mistake(mistake: &Mistake) -> String {
    match mistake {
        Mistake::Unknown(word) if word.eq_ignore_ascii_case("salir") => {
            "salir, sin barra, cierra el servidor".to_owned()
        }
        Mistake::Unknown(word) => format!("no existe /{word}; /ayuda dice lo que hay"),
        Mistake::NoText => "no hay nada que decir: escríbelo detrás del nombre".to_owned(),
        Mistake::NoName => "di a quién o qué, por su nombre".to_owned(),
        Mistake::WithPort => "una dirección se veta entera: sin el puerto".to_owned(),
        Mistake::NoTime(text) => {
            format!("{text} no es un tiempo de veto: 45s, 10m, 2h, como mucho 3650d")
        }
        Mistake::NotText => "eso no es texto".to_owned(),
        Mistake::TooLong => "es más largo de lo que puede ser un mensaje".to_owned(),
        Mistake::TooMuch(word) => format!("/{word} no lleva nada detrás"),
    }
}
