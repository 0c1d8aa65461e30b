//! Entries as they stand in the log: one CBOR map of numbered, optional fields each.
//!
//! A field is never given a new meaning and a number is never used again; a reader skips fields
//! that it does not know. The numbers are drawn in docs/log.md. Here is how entries are read, and
//! in `encode` how they are written; which fields there are is in `fields`.

mod encode;
mod fields;

pub use encode::encode;
use minicbor::Decoder;
use posada_core::{Command, Entry, Key, Seq, Time};
use thiserror::Error;

use fields::{Record, kind};

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
    /// A kind of entry whose IP address is none.
    #[error("an entry of kind {kind} with {text:?} in the place of an IP address")]
    BadAddress {
        /// The kind of entry.
        kind: u8,
        /// What stands there.
        text: String,
    },
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

fn from_record(record: &Record<'_>) -> Result<Entry, RecordError> {
    let time = Time::new(record.wall_ms, record.uptime_ms);
    let command = match record.kind {
        kind::RULES => Command::Rules { version: record.need(record.rules, "rules")? },
        kind::NODE_UP => Command::NodeUp {
            node: record.need(record.node, "node")?,
            epoch: record.need(record.epoch, "epoch")?,
        },
        kind::DECLARE => Command::Declare { resource: record.label()? },
        kind::HISTORY => Command::History { bytes: record.need(record.bytes, "bytes")? },
        kind::CHECK => Command::Check {
            at: Seq(record.need(record.at, "at")?),
            trail: record.need(record.trail, "trail")?,
        },
        _ => asked(record)?,
    };
    Ok(Entry { time, key: record.asked_as.map(Key), command })
}

/// What a session asked, or its end.
fn asked(record: &Record<'_>) -> Result<Command, RecordError> {
    // Judged where it is needed: a kind of the future may have none.
    let session = record.session();
    Ok(match record.kind {
        kind::NAME => Command::Name {
            session: session?,
            name: record.label()?,
            proof: record.proof.map(|it| Box::new(it.into())),
            secret: record.secret.map(|it| Box::new(it.into())),
        },
        kind::JOIN => Command::Join { session: session?, room: record.label()? },
        kind::LEAVE => Command::Leave { session: session?, room: record.room() },
        kind::TOPIC => {
            Command::Topic { session: session?, room: record.room(), text: record.text()? }
        }
        kind::SAY => Command::Say { session: session?, room: record.room(), text: record.text()? },
        kind::TO => Command::To { session: session?, name: record.key()?, text: record.text()? },
        kind::NOTE => Command::Note { session: session?, text: record.text()? },
        kind::RESERVE => Command::Reserve { session: session?, resource: record.key()? },
        kind::CANCEL => Command::Cancel { session: session?, resource: record.key()? },
        kind::ANNOUNCE => Command::Announce { session: session?, text: record.text()? },
        kind::TELL => Command::Tell { session: session?, to: record.whom()?, text: record.text()? },
        kind::KICK => Command::Kick { session: session?, who: record.whom()? },
        kind::BAN => Command::Ban {
            session: session?,
            who: record.barred()?,
            for_ms: record.need(record.for_ms, "for_ms")?,
        },
        kind::RELEASE => Command::Release { session: session?, resource: record.key()? },
        kind::END => Command::End { session: session? },
        unknown => return Err(RecordError::UnknownKind(unknown)),
    })
}
