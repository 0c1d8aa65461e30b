//! Logs about which the model and the core once said different things, each as short as can be.

use posada_core::{Barred, Command, Entry, Label, Seq, SessionId, SessionNumber, Time, Whom};

use crate::histories::{check, fold};
use crate::world::label;

const ANA: SessionId = SessionId { node: 0, epoch: 1, number: SessionNumber(1) };
const BACK: SessionId = SessionId { node: 0, epoch: 1, number: SessionNumber(2) };
const OPERATOR: SessionId = SessionId { node: 0, epoch: 1, number: SessionNumber(9) };

fn log(commands: impl IntoIterator<Item = Command>) -> Vec<Entry> {
    let first = Command::Rules { version: 2 };
    let entry = |command| Entry { time: Time::default(), key: None, command };
    [first].into_iter().chain(commands).map(entry).collect()
}

fn name(session: SessionId) -> Command {
    let secret = Some(Box::new([1; 32]));
    Command::Name { session, name: label("Ana"), proof: secret.clone(), secret }
}

fn to_ana(session: SessionId, bytes: usize) -> Command {
    Command::To { session, name: "ana".into(), text: "o".repeat(bytes).into() }
}

#[track_caller]
fn agreed(log: &[Entry]) {
    check(log).expect("they say the same");
}

#[test]
fn one_great_message_is_no_gap_for_who_read_everything_before() {
    let log = log([name(ANA), to_ana(ANA, 4), name(BACK), to_ana(BACK, 16_400)]);
    agreed(&log);
    let missed = fold(&log).missed(BACK, Seq(3), None, 99).expect("it has a name");
    assert_eq!(missed.events, []);
}

#[test]
fn what_is_told_to_an_address_is_resumed() {
    let told = Command::Tell { session: OPERATOR, to: Whom::Session(ANA), text: "hola".into() };
    let log = log([name(ANA), told, name(BACK)]);
    agreed(&log);
    let missed = fold(&log).missed(BACK, Seq(2), None, 99).expect("it has a name");
    assert_eq!(missed.events.len(), 1, "{missed:?}");
}

#[test]
fn who_is_sent_away_twice_does_nothing_as_nobody() {
    let kick = || Command::Kick { session: OPERATOR, who: Whom::Session(ANA) };
    let gpu = Label { shown: "GPU".into(), key: "gpu".into() };
    let reserve = Command::Reserve { session: ANA, resource: "gpu".into() };
    agreed(&log([Command::Declare { resource: gpu }, name(ANA), kick(), kick(), reserve]));
}

#[test]
fn an_address_is_no_name() {
    let ban = |who| log([Command::Ban { session: OPERATOR, who, for_ms: 5 }]);
    let (name, address) = ("luis", [108, 117, 105, 115]);
    let name = ban(Barred::Name(name.into()));
    let address = ban(Barred::Address(address.into()));
    agreed(&name);
    agreed(&address);
    assert_ne!(fold(&name).digest(), fold(&address).digest());
}
