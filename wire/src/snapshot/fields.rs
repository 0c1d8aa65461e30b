//! The fields that a record of a snapshot can have, and their numbers.

use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};
use posada_core::{Label, Seq, SessionId, SessionNumber, Text};

use super::Flaw;
use super::outcome::Outcome;

/// The kinds of records.
pub(super) mod kind {
    pub(in super::super) const END: u8 = 0;
    pub(in super::super) const HEAD: u8 = 1;
    pub(in super::super) const NODE: u8 = 2;
    pub(in super::super) const ROOM: u8 = 3;
    pub(in super::super) const PRINCIPAL: u8 = 4;
    pub(in super::super) const SAID: u8 = 5;
    pub(in super::super) const TOPIC: u8 = 6;
    pub(in super::super) const MEMBER: u8 = 7;
    pub(in super::super) const KEYS: u8 = 8;
    pub(in super::super) const ANSWERED: u8 = 9;
    pub(in super::super) const REPLACED: u8 = 10;
    pub(in super::super) const RESOURCE: u8 = 11;
    pub(in super::super) const BAN: u8 = 12;
}

#[derive(Default, Encode, Decode)]
#[cbor(map)]
pub(super) struct Record<'b> {
    #[n(0)]
    pub(super) kind: u8,
    #[n(1)]
    pub(super) version: Option<u32>,
    #[n(2)]
    pub(super) rules: Option<u32>,
    #[n(3)]
    pub(super) seq: Option<u64>,
    #[n(4)]
    pub(super) wall_ms: Option<u64>,
    #[n(5)]
    pub(super) uptime_ms: Option<u64>,
    #[n(6)]
    pub(super) trail: Option<u64>,
    #[n(7)]
    pub(super) check_at: Option<u64>,
    #[n(8)]
    pub(super) check_trail: Option<u64>,
    #[n(9)]
    pub(super) history_bytes: Option<u32>,
    #[n(10)]
    pub(super) forgotten: Option<u64>,
    #[n(11)]
    pub(super) node: Option<u16>,
    #[n(12)]
    pub(super) epoch: Option<u32>,
    #[n(13)]
    pub(super) number: Option<u64>,
    #[n(14)]
    pub(super) id: Option<u64>,
    #[b(15)]
    pub(super) shown: Option<&'b str>,
    #[b(16)]
    pub(super) key: Option<&'b str>,
    #[b(17)]
    pub(super) from: Option<&'b str>,
    #[b(18)]
    pub(super) text: Option<&'b str>,
    #[n(19)]
    pub(super) last: Option<u64>,
    #[n(20)]
    pub(super) cut: Option<u64>,
    #[n(21)]
    pub(super) secret: Option<ByteArray<32>>,
    #[n(22)]
    pub(super) since: Option<u64>,
    #[n(23)]
    pub(super) away: Option<u64>,
    #[n(24)]
    pub(super) delivered: Option<u64>,
    #[n(25)]
    pub(super) before: Option<u64>,
    #[n(26)]
    pub(super) asked_as: Option<u64>,
    #[n(27)]
    pub(super) body: Option<ByteArray<16>>,
    #[b(28)]
    pub(super) outcome: Option<Outcome<'b>>,
    #[n(29)]
    pub(super) token: Option<u64>,
    #[n(30)]
    pub(super) since_ms: Option<u64>,
    #[b(31)]
    pub(super) address: Option<&'b str>,
    #[n(32)]
    pub(super) until_ms: Option<u64>,
    #[n(33)]
    pub(super) digest: Option<u64>,
    #[n(34)]
    pub(super) records: Option<u64>,
}

/// Writing.
impl<'b> Record<'b> {
    pub(super) fn of(kind: u8) -> Self {
        Self { kind, ..Self::default() }
    }

    pub(super) fn called(self, label: &'b Label) -> Self {
        Self { shown: Some(&label.shown), key: Some(&label.key), ..self }
    }

    pub(super) fn in_session(self, session: &SessionId) -> Self {
        let SessionId { node, epoch, number } = *session;
        Self { node: Some(node), epoch: Some(epoch), number: Some(number.0), ..self }
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        minicbor::encode(self, out).expect("a vector takes any number of bytes");
    }
}

/// Reading.
impl Record<'_> {
    pub(super) fn need<T>(&self, field: Option<T>, name: &'static str) -> Result<T, Flaw> {
        field.ok_or(Flaw::Missing { kind: self.kind, field: name })
    }

    pub(super) fn seq(&self, field: Option<u64>, name: &'static str) -> Result<Seq, Flaw> {
        self.need(field, name).map(Seq)
    }

    pub(super) fn text(&self, field: Option<&str>, name: &'static str) -> Result<Text, Flaw> {
        self.need(field, name).map(Text::from)
    }

    pub(super) fn label(&self) -> Result<Label, Flaw> {
        Ok(Label { shown: self.text(self.shown, "shown")?, key: self.text(self.key, "key")? })
    }

    pub(super) fn session(&self) -> Result<SessionId, Flaw> {
        Ok(SessionId {
            node: self.need(self.node, "node")?,
            epoch: self.need(self.epoch, "epoch")?,
            number: SessionNumber(self.need(self.number, "number")?),
        })
    }
}
