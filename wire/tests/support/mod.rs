//! The entries of the golden logs, what they mean in words, and hexadecimal.

#![allow(dead_code, reason = "every test file needs only some of these")]

pub(crate) mod rules_1;
pub(crate) mod rules_2;
pub(crate) mod spell;

use posada_core::{Command, Digest, Label, SessionId, SessionNumber};

/// The secrets of Ana and of Luis.
pub(crate) const ANA: Digest = [0xA1; 32];
pub(crate) const LUIS: Digest = [0x1B; 32];

/// Bytes, two digits each.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(u32::from(half), 16).expect("half a byte");
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(digit).collect()
}

/// The bytes that digits stand for.
pub(crate) fn bytes(hex: &str) -> Vec<u8> {
    let digits = |at| u8::from_str_radix(&hex[at..at + 2], 16).expect("two hexadecimal digits");
    (0..hex.len()).step_by(2).map(digits).collect()
}

pub(crate) fn label(shown: &str, key: &str) -> Label {
    Label { shown: shown.into(), key: key.into() }
}

pub(crate) fn session(node: u16, epoch: u32, number: u64) -> SessionId {
    SessionId { node, epoch, number: SessionNumber(number) }
}

fn name(session: SessionId, name: Label, proof: Option<Digest>, new: Option<Digest>) -> Command {
    Command::Name { session, name, proof: proof.map(Box::new), secret: new.map(Box::new) }
}

fn say(session: SessionId, text: &str) -> Command {
    Command::Say { session, room: None, text: text.into() }
}

fn to(session: SessionId, name: &str, text: &str) -> Command {
    Command::To { session, name: name.into(), text: text.into() }
}

fn reserve(session: SessionId, resource: &str) -> Command {
    Command::Reserve { session, resource: resource.into() }
}

fn cancel(session: SessionId, resource: &str) -> Command {
    Command::Cancel { session, resource: resource.into() }
}

fn end(session: SessionId) -> Command {
    Command::End { session }
}
