//! Seed 5's clients over a network that loses, doubles and delays what they send and hear.

use std::collections::BTreeMap;

use crate::correspondent::Correspondent;
use crate::network::Network;
use crate::opens;
use crate::support::{Dice, at_once, until};

const CLIENTS: usize = 10;
const MESSAGES: usize = 12;

/// A client has no numbers to tell a doubled datagram from a second one, and nor has the server:
/// what reaches it twice was said twice, and is answered twice.
#[test]
fn ten_clients_correspond_through_bad_weather() {
    let server = opens();
    let mut luis = server.native("luis").named("luis");
    let network = Network::to(server.door("datagram"), Dice::fresh());
    let clients = at_once(0..CLIENTS, |number| {
        let client = Correspondent::to(network.address);
        corresponds(number, &client);
        client
    });

    network.heals();
    let sent: Vec<_> = clients.iter().map(Correspondent::sent).collect();
    until("all is delivered and answered", || network.has_carried_all(&sent).then_some(()));
    let weather = network.weather();
    assert_eq!(weather.unlawful, [""; 0], "answers that nobody asked for, or too long");
    assert!(weather.lost > 0 && weather.doubled > 0 && weather.overtaken > 0, "it was fine");

    let mut expected = BTreeMap::new();
    for (number, (client, _)) in sent.iter().enumerate() {
        let account = network.account(*client);
        let code = format!("c{number}");
        let (first, messages) = account.delivered.split_first().expect("it got through");
        assert_eq!(*first, code);
        assert_eq!(account.answers[0], format!("Cliente registrado: {code}"));
        assert!(account.answers[1..].iter().all(|answer| answer == "Mensagem recebida."));
        expected.insert(code, messages.to_vec());
    }
    let count: usize = expected.values().map(Vec::len).sum();
    let mut heard: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for event in (0..count).map(|_| luis.hears()) {
        heard.entry(event.from).or_default().push(event.text);
    }
    assert_eq!(heard, expected, "what the lobby heard is not what reached the server");

    for (number, client) in clients.iter().enumerate() {
        client.forgets_what_came();
        assert_eq!(client.asks(format!("{number}: sol")), "Mensagem recebida.");
        client.has_nothing_else();
        assert_eq!(luis.hears().text, format!("{number}: sol"));
    }
}

/// Says its code, then one message after the other, each until something answers: what answered
/// which, it cannot know.
fn corresponds(number: usize, client: &Correspondent) {
    let registered = format!("Cliente registrado: c{number}");
    let code = format!("c{number}");
    let messages = (0..MESSAGES).map(|n| format!("{number}: chuva {n}"));
    for message in [code].into_iter().chain(messages) {
        until("it is answered", || {
            client.sends(message.as_bytes());
            let answer = client.receives_soon()?;
            let fits = answer == registered || answer == "Mensagem recebida.";
            assert!(fits, "{answer:?} answers nothing that was sent");
            Some(())
        });
    }
}
