//! Entries as they stand in the log: one CBOR map of numbered, optional fields each.
//!
//! A field is never given a new meaning and a number is never used again; a reader skips fields
//! that it does not know. The numbers are drawn in docs/log.md. `house` and `rules` are reserved
//! for partitions and for entries that carry the semantics that they were written under.

use minicbor::bytes::ByteArray;
use minicbor::{Decode, Decoder, Encode};
use posada_core::{Command, Entry, Label, Seq, SessionId, SessionNumber, Time};
use thiserror::Error;

/// Why bytes are not an entry.
#[derive(Debug, Error)]
pub enum RecordError {
    /// Not CBOR, or not this map.
    #[error("not an entry: {0}")]
    Malformed(#[from] minicbor::decode::Error),
    /// A kind of entry that a later posada writes.
    #[error("an entry of kind {0}, which this version does not know: use a newer posada")]
    UnknownKind(u8),
    /// A kind of entry without a field that it cannot do without.
    #[error("an entry of kind {kind} without its field {field}")]
    Missing {
        /// The kind of entry.
        kind: u8,
        /// The field that is not there.
        field: &'static str,
    },
}

/// Adds one entry to a batch.
pub fn encode(entry: &Entry, batch: &mut Vec<u8>) {
    let record = to_record(entry);
    minicbor::encode(&record, batch).expect("a vector takes any number of bytes");
}

/// Reads the entries of a batch in order.
pub fn decode(batch: &[u8]) -> impl Iterator<Item = Result<Entry, RecordError>> + '_ {
    let mut decoder = Decoder::new(batch);
    let mut failed = false;
    std::iter::from_fn(move || {
        if failed || decoder.position() >= batch.len() {
            return None;
        }
        let entry = decoder
            .decode::<Record>()
            .map_err(RecordError::from)
            .and_then(|record| from_record(&record));
        failed = entry.is_err();
        Some(entry)
    })
}

#[derive(Default, Encode, Decode)]
#[cbor(map)]
struct Record<'b> {
    #[n(0)]
    kind: u8,
    #[n(1)]
    wall_ms: u64,
    #[n(2)]
    uptime_ms: u64,
    #[n(3)]
    node: Option<u16>,
    #[n(4)]
    epoch: Option<u32>,
    #[n(5)]
    number: Option<u64>,
    #[b(6)]
    text: Option<&'b str>,
    #[b(7)]
    key: Option<&'b str>,
    #[n(8)]
    secret: Option<ByteArray<32>>,
    #[n(9)]
    proof: Option<ByteArray<32>>,
    #[n(10)]
    at: Option<u64>,
    #[n(11)]
    trail: Option<u64>,
    #[n(14)]
    house: Option<u32>,
    #[n(15)]
    rules: Option<u32>,
}

mod kind {
    pub(super) const RULES: u8 = 1;
    pub(super) const NODE_UP: u8 = 2;
    pub(super) const DECLARE: u8 = 3;
    pub(super) const NAME: u8 = 4;
    pub(super) const SAY: u8 = 5;
    pub(super) const TO: u8 = 6;
    pub(super) const RESERVE: u8 = 7;
    pub(super) const CANCEL: u8 = 8;
    pub(super) const END: u8 = 9;
    pub(super) const CHECK: u8 = 10;
}

fn to_record(entry: &Entry) -> Record<'_> {
    let Time { wall_ms, uptime_ms } = entry.time;
    let plain = |kind| Record { kind, wall_ms, uptime_ms, ..Record::default() };
    let by = |kind, session: &SessionId| Record {
        node: Some(session.node),
        epoch: Some(session.epoch),
        number: Some(session.number.0),
        ..plain(kind)
    };
    match &entry.command {
        Command::Rules { version } => Record { rules: Some(*version), ..plain(kind::RULES) },
        Command::NodeUp { node, epoch } => {
            Record { node: Some(*node), epoch: Some(*epoch), ..plain(kind::NODE_UP) }
        }
        Command::Declare { resource } => {
            Record { text: Some(&resource.shown), key: Some(&resource.key), ..plain(kind::DECLARE) }
        }
        Command::Name { session, name, proof, secret } => Record {
            text: Some(&name.shown),
            key: Some(&name.key),
            proof: proof.map(Into::into),
            secret: secret.map(Into::into),
            ..by(kind::NAME, session)
        },
        Command::Say { session, text } => Record { text: Some(text), ..by(kind::SAY, session) },
        Command::To { session, name, text } => {
            Record { key: Some(name), text: Some(text), ..by(kind::TO, session) }
        }
        Command::Reserve { session, resource } => {
            Record { key: Some(resource), ..by(kind::RESERVE, session) }
        }
        Command::Cancel { session, resource } => {
            Record { key: Some(resource), ..by(kind::CANCEL, session) }
        }
        Command::End { session } => by(kind::END, session),
        Command::Check { at, trail } => {
            Record { at: Some(at.0), trail: Some(*trail), ..plain(kind::CHECK) }
        }
    }
}

fn from_record(record: &Record<'_>) -> Result<Entry, RecordError> {
    let command = match record.kind {
        kind::RULES => Command::Rules { version: record.need(record.rules, "rules")? },
        kind::NODE_UP => Command::NodeUp {
            node: record.need(record.node, "node")?,
            epoch: record.need(record.epoch, "epoch")?,
        },
        kind::DECLARE => Command::Declare { resource: record.label()? },
        kind::NAME => Command::Name {
            session: record.session()?,
            name: record.label()?,
            proof: record.proof.map(Into::into),
            secret: record.secret.map(Into::into),
        },
        kind::SAY => Command::Say {
            session: record.session()?,
            text: record.need(record.text, "text")?.into(),
        },
        kind::TO => Command::To {
            session: record.session()?,
            name: record.need(record.key, "key")?.into(),
            text: record.need(record.text, "text")?.into(),
        },
        kind::RESERVE => Command::Reserve {
            session: record.session()?,
            resource: record.need(record.key, "key")?.into(),
        },
        kind::CANCEL => Command::Cancel {
            session: record.session()?,
            resource: record.need(record.key, "key")?.into(),
        },
        kind::END => Command::End { session: record.session()? },
        kind::CHECK => Command::Check {
            at: Seq(record.need(record.at, "at")?),
            trail: record.need(record.trail, "trail")?,
        },
        unknown => return Err(RecordError::UnknownKind(unknown)),
    };
    Ok(Entry { time: Time::new(record.wall_ms, record.uptime_ms), command })
}

impl Record<'_> {
    fn need<T>(&self, field: Option<T>, name: &'static str) -> Result<T, RecordError> {
        field.ok_or(RecordError::Missing { kind: self.kind, field: name })
    }

    fn session(&self) -> Result<SessionId, RecordError> {
        Ok(SessionId {
            node: self.need(self.node, "node")?,
            epoch: self.need(self.epoch, "epoch")?,
            number: SessionNumber(self.need(self.number, "number")?),
        })
    }

    fn label(&self) -> Result<Label, RecordError> {
        Ok(Label {
            shown: self.need(self.text, "text")?.into(),
            key: self.need(self.key, "key")?.into(),
        })
    }
}
