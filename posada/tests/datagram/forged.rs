//! Addresses that never answer: what an attacker gets who writes under the names of others.
//!
//! Each forged address is one of the many of the loopback network; it is bound, so that what the
//! server would send there can be counted, but whoever uses it acts as if it could not read.

use crate::correspondent::{Correspondent, HEADERS};
use crate::opens;
use crate::support::{Server, until};

/// The forger's addresses: no two in the same network.
fn forged(server: &Server, count: u8) -> Vec<Correspondent> {
    (0..count).map(|n| Correspondent::from(&format!("127.{}.7.{}", n + 1, n + 1), server)).collect()
}

/// A forged address never answers, and does not keep a place from who does.
#[test]
fn addresses_that_never_answer_give_their_places_up() {
    let server = opens();
    let forged = forged(&server, 10);
    for (number, one) in forged.iter().enumerate() {
        // Several at once: who cannot read does not know when to send the next.
        for text in [format!("forged {number}"), "one".to_owned(), "two".to_owned()] {
            one.sends(text.as_bytes());
        }
        for _ in 0..3 {
            one.receives();
        }
    }
    let honest = Correspondent::new(&server);
    assert_eq!(honest.asks("c1"), "Erro: nao ha lugar. Tenta mais tarde.");
    until("a place is free", || honest.asks("c1").starts_with("Cliente registrado").then_some(()));
    // One place was needed; who thinks for longer before the first message has the others still.
    assert_eq!(forged[9].asks("demorei"), "Mensagem recebida.");
    assert_eq!(honest.asks("olá"), "Mensagem recebida.");
}

/// A forger that goes on and on gets no place of those who correspond.
#[test]
fn who_corresponds_keeps_a_place_against_a_flood() {
    let server = opens();
    let clients: Vec<_> = (0..10).map(|_| Correspondent::new(&server)).collect();
    for (number, client) in clients.iter().enumerate() {
        assert_eq!(client.asks(format!("c{number}")), format!("Cliente registrado: c{number}"));
    }
    for round in 0..20 {
        for (number, one) in forged(&server, 50).iter().enumerate() {
            let answer = one.asks(format!("forged {round} {number}"));
            assert_eq!(answer, "Erro: nao ha lugar. Tenta mais tarde.");
        }
        for client in &clients {
            assert_eq!(client.asks("ainda aqui"), "Mensagem recebida.");
        }
    }
}

/// Nobody takes a code from another address while its client corresponds.
#[test]
fn a_code_is_not_taken_by_forged_addresses() {
    let server = opens();
    let mut luis = server.native("luis").named("luis");
    let client = Correspondent::new(&server);
    assert_eq!(client.asks("c1"), "Cliente registrado: c1");
    for (number, thief) in forged(&server, 100).iter().enumerate() {
        assert_eq!(thief.asks("c1"), "Erro: esse codigo ja esta em uso.");
        assert_eq!(thief.asks("C1"), "Erro: esse codigo ja esta em uso.");
        assert_eq!(client.asks(format!("{number}")), "Mensagem recebida.");
        let heard = luis.hears();
        assert_eq!((heard.from.as_str(), heard.text), ("c1", format!("{number}")));
    }
}

/// What forged addresses are sent, whoever they belong to: an answer a datagram, three times as
/// much at most.
#[test]
fn nobody_is_flooded_by_what_others_ask_in_his_name() {
    let server = opens();
    let messages: [&[u8]; 6] = [b"", b"x", b"sair", b"servidor", b"\xff", &[b'x'; 1200]];
    let asked: usize = messages.iter().map(|message| HEADERS + message.len()).sum();
    let victims = forged(&server, 40);
    for victim in &victims {
        for message in messages {
            victim.sends(message);
        }
        let answers: Vec<_> = messages.iter().map(|_| victim.receives()).collect();
        let told: usize = answers.iter().map(|answer| HEADERS + answer.len()).sum();
        assert!(told <= 3 * asked, "{answers:?}");
    }
    victims.iter().for_each(Correspondent::has_nothing_else);
}

/// One letter that stands for a whole sentence grows when it is normalised: the answer is cut
/// where a character ends.
#[test]
fn an_answer_that_would_be_too_long_is_cut_between_characters() {
    let server = opens();
    let client = Correspondent::new(&server);
    let code = "ﷺﷺ";
    let answer = client.asks(code);
    let whole = "Cliente registrado: صلى الله عليه وسلمصلى الله عليه وسلم";
    assert!(whole.starts_with(&answer), "{answer}");
    let most = 3 * (HEADERS + code.len()) - HEADERS;
    assert!(answer.len() < whole.len() && answer.len() > most - 2, "{answer}: {most} may come");
    assert_eq!(client.asks("olá"), "Mensagem recebida.");
}
