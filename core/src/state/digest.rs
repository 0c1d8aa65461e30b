//! A fingerprint of the whole state, for golden tests and for comparing two folds.

use xxhash_rust::xxh3::Xxh3;

use super::State;
use crate::{Label, SessionId};

pub(super) fn of(state: &State) -> u64 {
    let mut digest = Writer(Xxh3::new());
    digest.numbers(&[u64::from(state.rules), state.seq.0, state.trail]);
    digest.numbers(&[state.time.wall_ms, state.time.uptime_ms]);
    digest.numbers(&[state.nodes.len() as u64]);
    for (node, epoch) in &state.nodes {
        digest.numbers(&[u64::from(*node), u64::from(*epoch)]);
    }
    digest.numbers(&[state.people.principals().count() as u64]);
    for (id, principal) in state.people.principals() {
        digest.numbers(&[id.0.0, u64::from(principal.reservations)]);
        digest.label(&principal.name);
        digest.bytes(principal.secret.as_ref().map_or(&[], |secret| secret.as_slice()));
        match principal.online {
            Some((session, since)) => {
                digest.numbers(&[1]);
                digest.session(session, since.0);
            }
            None => digest.numbers(&[0]),
        }
    }
    digest.numbers(&[state.people.replaced().count() as u64]);
    for session in state.people.replaced() {
        digest.session(session, 0);
    }
    for resource in state.resources.iter() {
        digest.label(&resource.name);
        match resource.held {
            Some(held) => digest.numbers(&[1, held.holder.0.0, held.token.0, held.since_ms]),
            None => digest.numbers(&[0]),
        }
    }
    digest.0.digest()
}

/// Lengths go before what they measure, so that no two states write the same bytes.
struct Writer(Xxh3);

impl Writer {
    fn numbers(&mut self, numbers: &[u64]) {
        for number in numbers {
            self.0.update(&number.to_le_bytes());
        }
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.numbers(&[bytes.len() as u64]);
        self.0.update(bytes);
    }

    fn label(&mut self, label: &Label) {
        self.bytes(label.shown.as_bytes());
        self.bytes(label.key.as_bytes());
    }

    fn session(&mut self, session: SessionId, since: u64) {
        self.numbers(&[u64::from(session.node), u64::from(session.epoch), session.number.0, since]);
    }
}
