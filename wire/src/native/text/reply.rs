//! Spelling replies by hand: `OK`, `ERR code`, lists that end with a dot, and goodbyes.

use posada_core::{Answer, Goodbye, Reach, ResourceView, RoomView, Seq, SessionView};

use super::super::{Voice, goodbye_code, rfc3339};
use super::{event, put};
use crate::secret;
use crate::words::Words;

/// Spells the answer to a verb. `to`: whom a message was meant for. Without a final line end.
pub(crate) fn reply(answer: &Answer, to: Option<&str>, voice: &Voice<'_>, out: &mut Vec<u8>) {
    let words = voice.words;
    match answer {
        Answer::Named { .. } => named(answer, None, words, out),
        Answer::Joined { seq, room, here, topic } => {
            put(out, format_args!("OK {} {} ", seq.0, words.joined));
            put_room(room, *here, topic.as_deref(), words, out);
        }
        Answer::Left { seq, room } => about(*seq, words.left, &format!("#{room}"), out),
        Answer::TopicSet { seq, room } => about(*seq, words.topic, &format!("#{room}"), out),
        Answer::Topic { room, topic: Some((text, _)) } => {
            put(out, format_args!("OK #{room}: {text}"));
        }
        Answer::Topic { room, topic: None } => put(out, format_args!("OK #{room}:")),
        Answer::Said { seq, reach } => said(*seq, *reach, to, words, out),
        Answer::Reserved { seq, resource } => {
            about(*seq, words.reserved, resource, out);
        }
        Answer::Cancelled { seq, resource } => {
            about(*seq, words.cancelled, resource, out);
        }
        Answer::Watching(true) => put(out, format_args!("OK {}", words.watching)),
        Answer::Watching(false) => put(out, format_args!("OK {}", words.not_watching)),
        Answer::PassedOn => put(out, format_args!("OK {}", words.passed_on)),
        Answer::Pong => out.extend_from_slice(b"OK pong"),
        Answer::Operator => put(out, format_args!("OK {}", words.operator)),
        Answer::Done { seq } => put(out, format_args!("OK {} {}", seq.0, words.done)),
        Answer::Refused(refusal) => {
            let (what, next) = (words.refusal)(*refusal);
            put(out, format_args!("ERR {} {what} ({next})", refusal.code()));
        }
        Answer::Missed { .. }
        | Answer::Who(_)
        | Answer::Rooms(_)
        | Answer::List(_)
        | Answer::Sessions(_)
        | Answer::Help => list(answer, voice, out),
    }
}

/// Spells the answer to who asked for a name: with the secret, where it is a fresh one.
pub(crate) fn named(answer: &Answer, fresh: Option<u128>, words: &Words, out: &mut Vec<u8>) {
    let Answer::Named { seq, name, resumed } = answer else { return };
    let welcome = if *resumed { words.back } else { words.arrived };
    put(out, format_args!("OK {} ", seq.0));
    if let Some(fresh) = fresh {
        put(out, format_args!("{}{} ", secret::PREFIX, secret::show(fresh)));
    }
    put(out, format_args!("{name}: {welcome}"));
}

/// Spells the last words.
pub(crate) fn goodbye(reason: Goodbye, words: &Words, out: &mut Vec<u8>) {
    match reason {
        Goodbye::Left => put(out, format_args!("OK {}", words.bye)),
        _ => put(out, format_args!("BYE {} {}", goodbye_code(reason), (words.goodbye)(reason))),
    }
}

/// The answer to most of what is asked: it is put together without the machinery of `format!`.
fn about(seq: Seq, word: &str, what: &str, out: &mut Vec<u8>) {
    let mut number = itoa::Buffer::new();
    for part in ["OK ", number.format(seq.0), " ", word, " ", what] {
        out.extend_from_slice(part.as_bytes());
    }
}

fn said(seq: Seq, reach: Option<Reach>, to: Option<&str>, words: &Words, out: &mut Vec<u8>) {
    let seq = seq.0;
    match (reach, to) {
        (Some(Reach::Addressed(addressed)), _) => {
            about(Seq(seq), words.addressed, itoa::Buffer::new().format(addressed), out);
        }
        (Some(Reach::Kept), Some(to)) => put(out, format_args!("OK {seq} {} {to}", words.kept_for)),
        (Some(Reach::Kept), None) => put(out, format_args!("OK {seq} {}", words.kept)),
        (None, _) => put(out, format_args!("OK {seq} {}", words.said)),
    }
}

/// Replies of several lines, stuffed as NNTP does it.
fn list(answer: &Answer, voice: &Voice<'_>, out: &mut Vec<u8>) {
    let words = voice.words;
    match answer {
        Answer::Who(names) => {
            put(out, format_args!("OK {} {}", names.len(), words.here));
            for name in names {
                line(name, out);
            }
        }
        Answer::Rooms(rooms) => {
            put(out, format_args!("OK {} {}", rooms.len(), words.rooms));
            for RoomView { name, here, topic } in rooms {
                out.push(b'\n');
                put_room(name, *here, topic.as_deref(), words, out);
            }
        }
        Answer::List(resources) => {
            put(out, format_args!("OK {} {}", resources.len(), words.resources));
            for resource in resources {
                line(&described(resource, words), out);
            }
        }
        Answer::Missed { until, more, events } => {
            put(out, format_args!("OK {} {}", events.len(), words.events));
            if *more {
                put(out, format_args!("; {} {}", words.more, until.0));
            }
            for (seq, missed) in events {
                out.push(b'\n');
                event(Some(*seq), missed, out);
            }
        }
        Answer::Sessions(sessions) => {
            put(out, format_args!("OK {} {}", sessions.len(), words.sessions));
            for session in sessions {
                out.push(b'\n');
                put_session(session, voice, out);
            }
        }
        _ => {
            put(out, format_args!("OK {}", words.verbs));
            voice.help().for_each(|verb| line(verb, out));
        }
    }
    out.extend_from_slice(b"\n.");
}

/// Adds a line, with a dot before it if it begins with one.
fn line(line: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(if line.starts_with('.') { b"\n." } else { b"\n" });
    out.extend_from_slice(line.as_bytes());
}

/// `#ROOM N here`, and `: TOPIC` where there is one.
fn put_room(room: &str, here: u32, topic: Option<&str>, words: &Words, out: &mut Vec<u8>) {
    put(out, format_args!("#{room} {here} {}", words.here));
    if let Some(topic) = topic {
        put(out, format_args!(": {topic}"));
    }
}

fn described(resource: &ResourceView, words: &Words) -> String {
    let name = &resource.name;
    let Some(holder) = &resource.holder else { return format!("{name}: {}", words.free) };
    let since = format!("{} {}", words.since, rfc3339(holder.since_ms));
    match &holder.name {
        _ if holder.yours => format!("{name}: {} {since}", words.yours),
        Some(who) => format!("{name}: {} {who} {since}", words.held_by),
        None => format!("{name}: {} {since}", words.held),
    }
}

/// `IP:PORT LISTENER NAME N ms`, with `-` for what is not known.
fn put_session(session: &SessionView, voice: &Voice<'_>, out: &mut Vec<u8>) {
    match session.peer {
        Some(peer) => put(out, format_args!("{peer}")),
        None => out.push(b'-'),
    }
    let listener = voice.listener(session.listener);
    let name = session.name.as_deref().unwrap_or("-");
    put(out, format_args!(" {listener} {name} {} ms", session.for_ms));
}
