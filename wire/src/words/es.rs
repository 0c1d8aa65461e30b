//! Spanish.

use posada_core::{Goodbye, Refusal};

use super::Words;

pub(super) const WORDS: Words = Words {
    arrived: "estás en el lobby",
    back: "hola de nuevo, estás en el lobby",
    joined: "entras en",
    left: "sales de",
    topic: "tema de",
    addressed: "destinatarios",
    kept: "guardado",
    kept_for: "guardado para",
    said: "dicho",
    events: "sucesos",
    more: "hay más: retomar",
    watching: "vigilado",
    not_watching: "ya no vigilado",
    passed_on: "comunicado",
    reserved: "reservado",
    cancelled: "cancelado",
    here: "aquí",
    rooms: "salas",
    resources: "recursos",
    free: "libre",
    held: "ocupado",
    held_by: "ocupado por",
    yours: "tuyo",
    since: "desde",
    bye: "hasta luego",
    operator: "operador",
    done: "hecho",
    sessions: "sesiones",
    verbs: "verbos",
    help: "\
nombre NOMBRE [secret:SECRETO]   toma un nombre, o vuelve a él; quedas en el lobby
decir TEXTO                      di algo en tu sala
para NOMBRE TEXTO                di algo a uno; \"entre comillas\" si el nombre tiene espacios
para #SALA TEXTO                 di algo en otra de tus salas
entrar SALA                      entra en una sala, que pasa a ser la tuya
dejar [SALA]                     sal de ella
tema [SALA [TEXTO]]              de qué trata una sala, o tratará; \"\" lo quita
quién [SALA]                     quién está en una sala
salas                            qué salas hay
retomar SEQ [SALA]               qué se dijo después de ese número y te perdiste
listar                           qué se puede reservar, y quién lo tiene
reservar RECURSO                 tómalo hasta que lo devuelvas
cancelar RECURSO                 devuélvelo
vigilar [RECURSO|#SALA]          entérate de qué se reserva, o quién llega y escribe en una sala
olvidar [RECURSO|#SALA]          ya no
escribiendo [SALA]               que los demás sepan que escribes
ping                             ¿hay alguien?
ayuda                            esto
salir                            irse",
    orders: "\
anunciar TEXTO                        di algo a todos
avisar NOMBRE|IP:PUERTO TEXTO         di algo a uno
echar NOMBRE|IP:PUERTO                manda a alguien fuera
vetar NOMBRE|IP [por 30s|10m|2h|3d]   cierra la puerta a alguien, una hora si no dices cuánto
readmitir NOMBRE|IP                   déjale entrar de nuevo
liberar RECURSO                       devuélvelo, lo tenga quien lo tenga
sesiones                              quién está conectado, desde dónde y desde hace cuánto",
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
            ("ese no es el secreto", "usa las cifras que vinieron con el nombre, o el token")
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
            "usa 1 a 40 caracteres visibles de una escritura, sin : ni @; sin espacios en una sala",
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
        Refusal::NoSuchRoom => ("no existe esa sala", "pregunta: salas"),
        Refusal::NotInRoom => ("no estás en esa sala", "di: entrar SALA"),
        Refusal::TooManyRooms => ("estás en tantas salas como se puede", "deja una primero"),
        Refusal::TooManyWatched => ("vigilas tanto como se puede", "olvida algo primero"),
        Refusal::MailboxFull => {
            ("hay tanto guardado para esa persona como cabe", "intenta cuando haya vuelto")
        }
        Refusal::KeyReused => ("esa clave se usó para otra cosa", "cuenta las claves hacia arriba"),
        Refusal::KeyTooOld => (
            "esa clave es demasiado vieja, ahora no se hizo nada",
            "mira qué se hizo, sube la clave",
        ),
        Refusal::Banned => ("el operador ha vetado ese nombre", "habla con el operador"),
        Refusal::OperatorOnly => ("eso solo lo puede pedir el operador", "di: operador TOKEN"),
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
        Goodbye::Kicked => "el operador te ha echado",
        Goodbye::Banned => "el operador te ha cerrado la puerta",
        Goodbye::Slow => "lees o escribes demasiado despacio",
        Goodbye::Closing => "el servidor se está cerrando",
    }
}
