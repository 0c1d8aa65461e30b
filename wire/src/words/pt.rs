//! Portuguese.

use posada_core::{Goodbye, Refusal};

use super::Words;

pub(super) const WORDS: Words = Words {
    arrived: "estás no lobby",
    back: "olá de novo, estás no lobby",
    addressed: "destinatários",
    reserved: "reservado",
    cancelled: "cancelado",
    here: "aqui",
    resources: "recursos",
    free: "livre",
    held: "ocupado",
    held_by: "ocupado por",
    yours: "teu",
    since: "desde",
    bye: "até logo",
    verbs: "verbos",
    help: "\
nome NOME [secret:SEGREDO]   toma um nome, ou volta a ele; ficas no lobby
dizer TEXTO                  diz algo a todos no lobby
para NOME TEXTO              diz algo a um; \"entre aspas\" se o nome tem espaços
quem                         quem está no lobby
listar                       o que se pode reservar, e quem o tem
reservar RECURSO             toma-o até o devolveres
cancelar RECURSO             devolve-o
ping                         está alguém aí?
ajuda                        isto
sair                         ir embora",
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
            ("esse não é o segredo deste nome", "usa os 32 algarismos que vieram com o nome")
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
            "usa 1 a 40 caracteres visíveis de uma escrita, sem : nem @",
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
        Goodbye::Slow => "lês devagar demais o que te é enviado",
        Goodbye::Closing => "o servidor está a fechar",
    }
}
