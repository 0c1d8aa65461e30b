//! Which fact has which fields.

use std::net::IpAddr;

use posada_core::state::Fact;
use posada_core::state::resources::Reservation;
use posada_core::{Barred, Key, PrincipalId, RoomId, Seq, Text, Time};

use super::fields::{Record, kind};
use super::outcome::Outcome;
use super::{Flaw, VERSION};

/// Adds one fact to a snapshot.
pub(super) fn encode(fact: &Fact, out: &mut Vec<u8>) {
    match fact {
        Fact::Head { .. } => head(fact).write(out),
        Fact::Node { node, epoch } => {
            Record { node: Some(*node), epoch: Some(*epoch), ..Record::of(kind::NODE) }.write(out);
        }
        Fact::Room { .. } => room(fact).write(out),
        Fact::Principal { .. } => principal(fact).write(out),
        Fact::Said { seq, from, text } => Record {
            seq: Some(seq.0),
            from: from.as_deref(),
            text: Some(text),
            ..Record::of(kind::SAID)
        }
        .write(out),
        Fact::Topic { seq, from, text } => Record {
            seq: Some(seq.0),
            from: Some(from),
            text: Some(text),
            ..Record::of(kind::TOPIC)
        }
        .write(out),
        Fact::Member { room, since } => {
            let (id, since) = (Some(room.0.0), Some(since.0));
            Record { id, since, ..Record::of(kind::MEMBER) }.write(out);
        }
        Fact::Keys { floor } => {
            Record { asked_as: Some(floor.0), ..Record::of(kind::KEYS) }.write(out);
        }
        Fact::Answered { key, body, seq, outcome } => Record {
            asked_as: Some(key.0),
            body: Some(body.to_be_bytes().into()),
            seq: Some(seq.0),
            outcome: Some(Outcome::from(outcome)),
            ..Record::of(kind::ANSWERED)
        }
        .write(out),
        Fact::Replaced { session } => {
            Record::of(kind::REPLACED).in_session(session).write(out);
        }
        Fact::Resource { name, held } => {
            let (id, token) = (held.map(|it| it.holder.0.0), held.map(|it| it.token.0));
            let since_ms = held.map(|it| it.since_ms);
            let record = Record { id, token, since_ms, ..Record::of(kind::RESOURCE) };
            record.called(name).write(out);
        }
        Fact::Ban { who, until_ms } => ban(who, *until_ms, out),
    }
}

fn head(head: &Fact) -> Record<'_> {
    let Fact::Head { rules, seq, time, trail, checkpoint, history_bytes, forgotten } = head else {
        unreachable!("whoever calls has looked")
    };
    Record {
        version: Some(VERSION),
        rules: Some(*rules),
        seq: Some(seq.0),
        wall_ms: Some(time.wall_ms),
        uptime_ms: Some(time.uptime_ms),
        trail: Some(*trail),
        check_at: Some(checkpoint.0.0),
        check_trail: Some(checkpoint.1),
        history_bytes: Some(*history_bytes),
        forgotten: Some(forgotten.0),
        ..Record::of(kind::HEAD)
    }
}

fn room(room: &Fact) -> Record<'_> {
    let Fact::Room { id, name, topic, last, cut } = room else {
        unreachable!("whoever calls has looked")
    };
    Record {
        id: Some(id.0.0),
        text: topic.as_ref().map(|(text, _)| &**text),
        from: topic.as_ref().map(|(_, from)| &**from),
        last: Some(last.0),
        cut: Some(cut.0),
        ..Record::of(kind::ROOM).called(name)
    }
}

fn principal(principal: &Fact) -> Record<'_> {
    let Fact::Principal { id, name, secret, online, away, delivered, before, cut } = principal
    else {
        unreachable!("whoever calls has looked")
    };
    let record = Record {
        id: Some(id.0.0),
        secret: secret.map(Into::into),
        away: away.map(|seq| seq.0),
        delivered: Some(delivered.0),
        before: Some(before.0),
        cut: Some(cut.0),
        ..Record::of(kind::PRINCIPAL).called(name)
    };
    let Some((session, since)) = online else { return record };
    Record { since: Some(since.0), ..record.in_session(session) }
}

fn ban(who: &Barred, until_ms: u64, out: &mut Vec<u8>) {
    let record = Record { until_ms: Some(until_ms), ..Record::of(kind::BAN) };
    match who {
        Barred::Name(name) => Record { key: Some(name), ..record }.write(out),
        Barred::Address(address) => {
            Record { address: Some(&address.to_string()), ..record }.write(out);
        }
    }
}

/// Reads one fact.
pub(super) fn decode(record: &Record<'_>) -> Result<Fact, Flaw> {
    Ok(match record.kind {
        kind::HEAD => read_head(record)?,
        kind::NODE => Fact::Node {
            node: record.need(record.node, "node")?,
            epoch: record.need(record.epoch, "epoch")?,
        },
        kind::ROOM => read_room(record)?,
        kind::PRINCIPAL => read_principal(record)?,
        kind::SAID => Fact::Said {
            seq: record.seq(record.seq, "seq")?,
            from: record.from.map(Text::from),
            text: record.text(record.text, "text")?,
        },
        kind::TOPIC => Fact::Topic {
            seq: record.seq(record.seq, "seq")?,
            from: record.text(record.from, "from")?,
            text: record.text(record.text, "text")?,
        },
        kind::MEMBER => Fact::Member {
            room: RoomId(record.seq(record.id, "id")?),
            since: record.seq(record.since, "since")?,
        },
        kind::KEYS => Fact::Keys { floor: Key(record.need(record.asked_as, "asked_as")?) },
        kind::ANSWERED => Fact::Answered {
            key: Key(record.need(record.asked_as, "asked_as")?),
            body: u128::from_be_bytes(record.need(record.body, "body")?.into()),
            seq: record.seq(record.seq, "seq")?,
            outcome: record.need(record.outcome.as_ref(), "outcome")?.read()?,
        },
        kind::REPLACED => Fact::Replaced { session: record.session()? },
        kind::RESOURCE => Fact::Resource { name: record.label()?, held: read_held(record)? },
        kind::BAN => Fact::Ban {
            who: read_barred(record)?,
            until_ms: record.need(record.until_ms, "until_ms")?,
        },
        unknown => return Err(Flaw::UnknownKind(unknown)),
    })
}

fn read_head(record: &Record<'_>) -> Result<Fact, Flaw> {
    let version = record.need(record.version, "version")?;
    if version != VERSION {
        return Err(Flaw::NewVersion(version));
    }
    Ok(Fact::Head {
        rules: record.need(record.rules, "rules")?,
        seq: record.seq(record.seq, "seq")?,
        time: Time::new(
            record.need(record.wall_ms, "wall_ms")?,
            record.need(record.uptime_ms, "uptime_ms")?,
        ),
        trail: record.need(record.trail, "trail")?,
        checkpoint: (
            record.seq(record.check_at, "check_at")?,
            record.need(record.check_trail, "check_trail")?,
        ),
        history_bytes: record.need(record.history_bytes, "history_bytes")?,
        forgotten: record.seq(record.forgotten, "forgotten")?,
    })
}

fn read_room(record: &Record<'_>) -> Result<Fact, Flaw> {
    let topic = match record.text {
        Some(text) => Some((Text::from(text), record.text(record.from, "from")?)),
        None => None,
    };
    Ok(Fact::Room {
        id: RoomId(record.seq(record.id, "id")?),
        name: record.label()?,
        topic,
        last: record.seq(record.last, "last")?,
        cut: record.seq(record.cut, "cut")?,
    })
}

fn read_principal(record: &Record<'_>) -> Result<Fact, Flaw> {
    let online = match record.since {
        Some(since) => Some((record.session()?, Seq(since))),
        None => None,
    };
    Ok(Fact::Principal {
        id: PrincipalId(record.seq(record.id, "id")?),
        name: record.label()?,
        secret: record.secret.map(Into::into),
        online,
        away: record.away.map(Seq),
        delivered: record.seq(record.delivered, "delivered")?,
        before: record.seq(record.before, "before")?,
        cut: record.seq(record.cut, "cut")?,
    })
}

fn read_held(record: &Record<'_>) -> Result<Option<Reservation>, Flaw> {
    let Some(token) = record.token else { return Ok(None) };
    Ok(Some(Reservation {
        holder: PrincipalId(record.seq(record.id, "id")?),
        token: Seq(token),
        since_ms: record.need(record.since_ms, "since_ms")?,
    }))
}

fn read_barred(record: &Record<'_>) -> Result<Barred, Flaw> {
    if let Some(name) = record.key {
        return Ok(Barred::Name(name.into()));
    }
    let text = record.need(record.address, "key or address")?;
    let address = text.parse::<IpAddr>().map_err(|_| Flaw::BadAddress(text.to_owned()))?;
    Ok(Barred::Address(address))
}
