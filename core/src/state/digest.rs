//! A fingerprint of the whole state, for golden tests and for comparing two folds.

use core::net::IpAddr;

use xxhash_rust::xxh3::Xxh3;

use super::State;
use super::history::History;
use super::people::Principal;
use crate::{Barred, Event, Label, Seq, SessionId};

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
        if state.rules >= 2 {
            digest.mailbox(principal);
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
    // The first rules know nothing of what follows; what they say keeps its fingerprint.
    if state.rules >= 2 {
        digest.rooms(state);
        digest.keys(state);
        digest.bans(state);
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

    fn mailbox(&mut self, principal: &Principal) {
        let away = principal.away.unwrap_or_default();
        let mailbox = &principal.mailbox;
        self.numbers(&[away.0, mailbox.delivered().0, mailbox.before().0]);
        self.history(mailbox.history());
    }

    fn rooms(&mut self, state: &State) {
        let forgotten = state.rooms.forgotten().0;
        self.numbers(&[
            u64::from(state.rooms.history_bytes()),
            state.rooms.len() as u64,
            forgotten,
        ]);
        for (id, room) in state.rooms.iter() {
            self.numbers(&[id.0.0, room.last().0, u64::from(room.here())]);
            self.label(&room.name);
            for session in room.members() {
                let membership = state.rooms.membership(session, id);
                let since = membership.expect("a member knows where it is").since;
                let current = state.rooms.current(session) == Some(id);
                self.session(session, since.0 * 2 + u64::from(current));
            }
            let (topic, from) = room.topic.as_ref().map_or(("", ""), |(topic, from)| (topic, from));
            self.bytes(topic.as_bytes());
            self.bytes(from.as_bytes());
            self.history(&room.history);
        }
        self.order_of_joining(state);
    }

    /// Which room is current, and which will be when that is left.
    fn order_of_joining(&mut self, state: &State) {
        for (_, principal) in state.people.principals() {
            let Some((session, _)) = principal.online else { continue };
            for membership in state.rooms.of(session) {
                self.numbers(&[membership.room.0.0]);
            }
        }
    }

    fn history(&mut self, history: &History) {
        self.numbers(&[history.cut().0, history.bytes()]);
        for kept in history.iter() {
            self.event(kept.seq, &kept.event);
        }
    }

    fn event(&mut self, Seq(seq): Seq, event: &Event) {
        let (kind, from, text) = match event {
            Event::Said { from, text, .. } => (1, &**from, &**text),
            Event::Direct { from, text } => (2, &**from, &**text),
            Event::Topic { from, text, .. } => (3, &**from, &**text),
            Event::Announced { text } => (4, "", &**text),
            Event::Told { text } => (5, "", &**text),
            _ => unreachable!("what happens to resources, and signals, are in no history"),
        };
        self.numbers(&[seq, kind]);
        self.bytes(from.as_bytes());
        self.bytes(text.as_bytes());
    }

    fn keys(&mut self, state: &State) {
        self.numbers(&[state.keys.len() as u64]);
        for (principal, floor, kept) in state.keys.iter() {
            self.numbers(&[principal.0.0, floor.0]);
            for (key, answered) in kept {
                self.numbers(&[key.0, answered.seq.0]);
                self.0.update(&answered.body.to_le_bytes());
            }
        }
    }

    /// Those that are over change nothing any more, forgotten or not.
    fn bans(&mut self, state: &State) {
        let now = state.time.uptime_ms;
        for (who, until_ms) in state.bans.iter().filter(|(_, until)| now < *until) {
            let kind = u64::from(matches!(who, Barred::Address(_)));
            self.numbers(&[until_ms, kind]);
            match who {
                Barred::Name(name) => self.bytes(name.as_bytes()),
                Barred::Address(IpAddr::V4(ip)) => self.bytes(&ip.octets()),
                Barred::Address(IpAddr::V6(ip)) => self.bytes(&ip.octets()),
            }
        }
    }
}
