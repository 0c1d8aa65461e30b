//! The fields that an entry can have, their numbers, and what is read from each.
//!
//! `house` and `rules` are reserved: for partitions, and for entries that carry the semantics
//! that they were written under.

use std::net::IpAddr;

use minicbor::Decode;
use minicbor::bytes::ByteArray;
use posada_core::{Barred, Label, SessionId, SessionNumber, Text, Whom};

use super::RecordError;

/// The kinds of entries.
pub(super) mod kind {
    pub(in super::super) const RULES: u8 = 1;
    pub(in super::super) const NODE_UP: u8 = 2;
    pub(in super::super) const DECLARE: u8 = 3;
    pub(in super::super) const NAME: u8 = 4;
    pub(in super::super) const SAY: u8 = 5;
    pub(in super::super) const TO: u8 = 6;
    pub(in super::super) const RESERVE: u8 = 7;
    pub(in super::super) const CANCEL: u8 = 8;
    pub(in super::super) const END: u8 = 9;
    pub(in super::super) const CHECK: u8 = 10;
    pub(in super::super) const HISTORY: u8 = 11;
    pub(in super::super) const JOIN: u8 = 12;
    pub(in super::super) const LEAVE: u8 = 13;
    pub(in super::super) const TOPIC: u8 = 14;
    pub(in super::super) const NOTE: u8 = 15;
    pub(in super::super) const ANNOUNCE: u8 = 16;
    pub(in super::super) const TELL: u8 = 17;
    pub(in super::super) const KICK: u8 = 18;
    pub(in super::super) const BAN: u8 = 19;
    pub(in super::super) const RELEASE: u8 = 20;
}

/// The numbers of the fields.
pub(super) mod field {
    pub(in super::super) const KIND: u8 = 0;
    pub(in super::super) const WALL_MS: u8 = 1;
    pub(in super::super) const UPTIME_MS: u8 = 2;
    pub(in super::super) const NODE: u8 = 3;
    pub(in super::super) const EPOCH: u8 = 4;
    pub(in super::super) const NUMBER: u8 = 5;
    pub(in super::super) const TEXT: u8 = 6;
    pub(in super::super) const KEY: u8 = 7;
    pub(in super::super) const SECRET: u8 = 8;
    pub(in super::super) const PROOF: u8 = 9;
    pub(in super::super) const AT: u8 = 10;
    pub(in super::super) const TRAIL: u8 = 11;
    pub(in super::super) const ASKED_AS: u8 = 12;
    pub(in super::super) const ROOM: u8 = 13;
    pub(in super::super) const RULES: u8 = 15;
    pub(in super::super) const WHOM_NODE: u8 = 16;
    pub(in super::super) const WHOM_EPOCH: u8 = 17;
    pub(in super::super) const WHOM_NUMBER: u8 = 18;
    pub(in super::super) const ADDRESS: u8 = 19;
    pub(in super::super) const FOR_MS: u8 = 20;
    pub(in super::super) const BYTES: u8 = 21;
}

/// What is read of an entry; the numbers are those of [`field`].
#[derive(Default, Decode)]
#[cbor(map)]
pub(super) struct Record<'b> {
    #[n(0)]
    pub(super) kind: u8,
    #[n(1)]
    pub(super) wall_ms: u64,
    #[n(2)]
    pub(super) uptime_ms: u64,
    #[n(3)]
    pub(super) node: Option<u16>,
    #[n(4)]
    pub(super) epoch: Option<u32>,
    #[n(5)]
    pub(super) number: Option<u64>,
    #[b(6)]
    pub(super) text: Option<&'b str>,
    #[b(7)]
    pub(super) key: Option<&'b str>,
    #[n(8)]
    pub(super) secret: Option<ByteArray<32>>,
    #[n(9)]
    pub(super) proof: Option<ByteArray<32>>,
    #[n(10)]
    pub(super) at: Option<u64>,
    #[n(11)]
    pub(super) trail: Option<u64>,
    #[n(12)]
    pub(super) asked_as: Option<u64>,
    #[b(13)]
    pub(super) room: Option<&'b str>,
    #[n(15)]
    pub(super) rules: Option<u32>,
    #[n(16)]
    pub(super) whom_node: Option<u16>,
    #[n(17)]
    pub(super) whom_epoch: Option<u32>,
    #[n(18)]
    pub(super) whom_number: Option<u64>,
    #[b(19)]
    pub(super) address: Option<&'b str>,
    #[n(20)]
    pub(super) for_ms: Option<u64>,
    #[n(21)]
    pub(super) bytes: Option<u32>,
}

/// Reading.
impl Record<'_> {
    pub(super) fn need<T>(&self, field: Option<T>, name: &'static str) -> Result<T, RecordError> {
        field.ok_or(RecordError::Missing { kind: self.kind, field: name })
    }

    pub(super) fn session(&self) -> Result<SessionId, RecordError> {
        Ok(SessionId {
            node: self.need(self.node, "node")?,
            epoch: self.need(self.epoch, "epoch")?,
            number: SessionNumber(self.need(self.number, "number")?),
        })
    }

    pub(super) fn label(&self) -> Result<Label, RecordError> {
        Ok(Label { shown: self.text()?, key: self.key()? })
    }

    pub(super) fn text(&self) -> Result<Text, RecordError> {
        Ok(self.need(self.text, "text")?.into())
    }

    pub(super) fn key(&self) -> Result<Text, RecordError> {
        Ok(self.need(self.key, "key")?.into())
    }

    pub(super) fn room(&self) -> Option<Text> {
        self.room.map(Into::into)
    }

    /// Whoever has a name, or one session.
    pub(super) fn whom(&self) -> Result<Whom, RecordError> {
        if let Some(name) = self.key {
            return Ok(Whom::Name(name.into()));
        }
        Ok(Whom::Session(SessionId {
            node: self.need(self.whom_node, "key or whom_node")?,
            epoch: self.need(self.whom_epoch, "whom_epoch")?,
            number: SessionNumber(self.need(self.whom_number, "whom_number")?),
        }))
    }

    /// A name, or an address.
    pub(super) fn barred(&self) -> Result<Barred, RecordError> {
        if let Some(name) = self.key {
            return Ok(Barred::Name(name.into()));
        }
        let text = self.need(self.address, "key or address")?;
        match text.parse::<IpAddr>() {
            Ok(address) => Ok(Barred::Address(address)),
            Err(_) => Err(RecordError::BadAddress { kind: self.kind, text: text.to_owned() }),
        }
    }
}
