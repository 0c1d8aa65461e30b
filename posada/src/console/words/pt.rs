//! Portuguese.

use super::Words;
use crate::console::order::Mistake;

pub(super) const WORDS: Words = Words {
    somebody: "alguém que já saiu",
    connected: "conectado",
    is: "é",
    is_again: "volta como",
    joins: "entra em",
    leaves: "sai de",
    topic: "define o tema",
    kept: "guardado até voltar",
    reserves: "reserva",
    cancels: "devolve",
    refused: "recusado",
    operator: "é operador a partir de agora",
    bans: "fecha a porta a",
    unbans: "readmite",
    releases: "libera",
    left: "saiu",
    sent_away: "desconectado",
    disk_slow: |ms| format!("disco lento: uma gravação deteve todos por {ms} ms"),
    overloaded: "sobrecarga: chega mais do que se pode fazer; recusa-se quem envia demais",
    relieved: |refused| format!("a sobrecarga acabou; pedidos recusados: {refused}"),
    disk_full: "disco cheio, só leitura até haver espaço; nada se perde",
    disk_free: "há espaço no disco outra vez: mudanças são aceitas",
    missed: |count| match count {
        1 => "… 1 linha não foi mostrada".to_owned(),
        count => format!("… {count} linhas não foram mostradas"),
    },
    no_input: "fim da entrada: o servidor continua, e aqui só se mostra (Ctrl-C o fecha)",
    closing: "fechando: todos recebem a despedida",
    welcome: "uma linha vai a todos · @nome linha a um · /ajuda · salir fecha o servidor",
    sent: |count| match count {
        0 => "enviado; não há ninguém para ler".to_owned(),
        count => format!("enviado a {count}"),
    },
    waits: "não está e recebe quando voltar",
    done: "feito",
    console: "este console",
    nobody: "ninguém",
    free: "livre",
    held: "ocupado",
    held_by: "ocupado por",
    none: "nenhum",
    mistake,
    help: "\
TEXTO                    a todos, como Servidor:TEXTO
@NOME TEXTO              a um; também @\"ANA MARÍA\" TEXTO, @IP:PORTA TEXTO
//TEXTO                  a todos, com uma barra na frente
/quem [SALA]             quem está conectado, ou quem está em uma sala
/salas                   as salas
/recursos                o que se pode reservar, e quem o tem
/expulsar NOME|IP:PORTA  desconecta alguém
/banir NOME|IP [10m]     fecha a porta: 45s, 10m, 2h, 3d; senão, uma hora
/desbanir NOME|IP        abre outra vez
/liberar RECURSO         devolve um recurso, seja de quem for
/ajuda                   isto
salir                    fecha o servidor",
};

fn mistake(mistake: &Mistake) -> String {
    match mistake {
        Mistake::Unknown(word) if word.eq_ignore_ascii_case("salir") => {
            "salir, sem barra, fecha o servidor".to_owned()
        }
        Mistake::Unknown(word) => format!("não existe /{word}; /ajuda diz o que há"),
        Mistake::NoText => "não há nada a dizer: escreva atrás do nome".to_owned(),
        Mistake::NoName => "diga a quem ou o quê, pelo nome".to_owned(),
        Mistake::WithPort => "um endereço é banido inteiro: sem a porta".to_owned(),
        Mistake::NoTime(text) => {
            format!("{text} não é um tempo de banimento: 45s, 10m, 2h, no máximo 3650d")
        }
        Mistake::NotText => "isso não é texto".to_owned(),
        Mistake::TooLong => "é mais longo do que uma mensagem pode ser".to_owned(),
        Mistake::TooMuch(word) => format!("/{word} não leva nada atrás"),
    }
}
