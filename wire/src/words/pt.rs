//! Portuguese.

use posada_core::{Goodbye, Refusal};

use super::Words;

pub(super) const WORDS: Words = Words {
    arrived: "estás no lobby",
    back: "olá de novo, estás no lobby",
    joined: "entras em",
    left: "sais de",
    topic: "tema de",
    addressed: "destinatários",
    kept: "guardado",
    kept_for: "guardado para",
    said: "dito",
    events: "acontecimentos",
    more: "há mais: retomar",
    watching: "vigiado",
    not_watching: "já não vigiado",
    passed_on: "comunicado",
    reserved: "reservado",
    cancelled: "cancelado",
    here: "aqui",
    rooms: "salas",
    resources: "recursos",
    free: "livre",
    held: "ocupado",
    held_by: "ocupado por",
    yours: "teu",
    since: "desde",
    bye: "até logo",
    operator: "operador",
    done: "feito",
    sessions: "sessões",
    verbs: "verbos",
    help: "\
nome NOME [secret:SEGREDO]   toma um nome, ou volta a ele; ficas no lobby
dizer TEXTO                  diz algo na tua sala
para NOME TEXTO              diz algo a um; \"entre aspas\" se o nome tem espaços
para #SALA TEXTO             diz algo noutra das tuas salas
entrar SALA                  entra numa sala, que passa a ser a tua
deixar [SALA]                sai dela
tema [SALA [TEXTO]]          de que trata uma sala, ou tratará; \"\" tira-o
quem [SALA]                  quem está numa sala
salas                        que salas há
retomar SEQ [SALA]           o que se disse depois desse número e perdeste
listar                       o que se pode reservar, e quem o tem
reservar RECURSO             toma-o até o devolveres
cancelar RECURSO             devolve-o
vigiar [RECURSO|#SALA]       fica a saber o que se reserva, ou quem chega e escreve numa sala
esquecer [RECURSO|#SALA]     já não
digitando [SALA]             que os outros saibam que escreves
ping                         está alguém aí?
ajuda                        isto
sair                         ir embora",
    orders: "\
anunciar TEXTO                      diz algo a todos
avisar NOME|IP:PORTA TEXTO          diz algo a um
expulsar NOME|IP:PORTA              manda alguém embora
banir NOME|IP [por 30s|10m|2h|3d]   fecha a porta a alguém, uma hora se não dizes quanto
readmitir NOME|IP                   deixa-o entrar de novo
liberar RECURSO                     devolve-o, tenha-o quem o tiver
sessões                             quem está ligado, de onde e há quanto tempo",
    refusal,
    goodbye,
};

fn refusal(refusal: Refusal) -> (&'static str, &'static str) {
    match refusal {
        Refusal::NameFirst => ("ainda não tens nome", "diz: nome NOME"),
        Refusal::AlreadyNamed => ("já tens nome", "liga-te outra vez para tomar outro"),
        Refusal::NameTaken => {
            ("alguém tem esse nome", "toma outro, ou acrescenta o segredo que veio com ele")
        }
        Refusal::BadSecret => {
            ("esse não é o segredo", "usa os algarismos que vieram com o nome, ou o token")
        }
        Refusal::NotHere => ("não há ninguém com esse nome", "pergunta: quem"),
        Refusal::NoSuchResource => ("não existe esse recurso", "pergunta: listar"),
        Refusal::Taken => ("alguém o tem", "pergunta: listar, para ver o que está livre"),
        Refusal::NotHeld => ("ninguém o tem", "pergunta: listar"),
        Refusal::NotYours => ("outra pessoa o tem", "só quem o tem pode devolvê-lo"),
        Refusal::TooManyReservations => {
            ("tens tantas reservas quantas se pode", "devolve uma primeiro")
        }
        Refusal::Full => ("não há lugar para mais", "tenta mais tarde"),
        Refusal::AlreadyDeclared => ("já há um com esse nome", "escolhe outro nome"),
        Refusal::BadName => (
            "isso não pode ser um nome",
            "usa 1 a 40 caracteres visíveis de uma escrita, sem : nem @; sem espaços numa sala",
        ),
        Refusal::NameReserved => ("ninguém pode ter esse nome", "escolhe outro"),
        Refusal::BadText => ("isso não é texto UTF-8 limpo", "envia UTF-8 sem NUL"),
        Refusal::TooLong => ("é longo demais", "envia-o em pedaços mais curtos"),
        Refusal::Empty => ("não há nada dentro", "escreve algo depois do verbo"),
        Refusal::UnknownVerb => ("não existe esse verbo", "pergunta: ajuda"),
        Refusal::BadRequest => ("não se pede assim", "pergunta: ajuda"),
        Refusal::TooFast => ("mensagens demais num segundo", "espera um momento"),
        Refusal::Busy => ("há demasiado em curso, nada foi feito", "tenta de novo"),
        Refusal::ReadOnly => ("não há espaço para guardar, nada foi feito", "tenta mais tarde"),
        Refusal::NoSuchRoom => ("não existe essa sala", "pergunta: salas"),
        Refusal::NotInRoom => ("não estás nessa sala", "diz: entrar SALA"),
        Refusal::TooManyRooms => ("estás em tantas salas quantas se pode", "deixa uma primeiro"),
        Refusal::TooManyWatched => ("vigias tanto quanto se pode", "esquece algo primeiro"),
        Refusal::MailboxFull => {
            ("há tanto guardado para essa pessoa quanto cabe", "tenta quando tiver voltado")
        }
        Refusal::KeyReused => {
            ("essa chave foi usada para outra coisa", "conta as chaves para cima")
        }
        Refusal::KeyTooOld => {
            ("essa chave é velha demais, agora nada foi feito", "vê o que foi feito, sobe a chave")
        }
        Refusal::Banned => ("o operador baniu esse nome", "fala com o operador"),
        Refusal::OperatorOnly => ("só o operador pode pedir isso", "diz: operador TOKEN"),
    }
}

fn goodbye(reason: Goodbye) -> &'static str {
    match reason {
        Goodbye::Left => "até logo",
        Goodbye::Full(_) => "todos os lugares estão ocupados, tenta mais tarde",
        Goodbye::TooLong => "essa mensagem era longa demais",
        Goodbye::TooFast => "mensagens demais num segundo",
        Goodbye::Nameless => "não deste um nome a tempo",
        Goodbye::Replaced => "voltaste por outra ligação",
        Goodbye::Kicked => "o operador mandou-te embora",
        Goodbye::Banned => "o operador fechou-te a porta",
        Goodbye::Slow => "lês ou escreves devagar demais",
        Goodbye::Closing => "o servidor está a fechar",
    }
}
