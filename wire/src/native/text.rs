//! Native by hand: `verb arguments`, answered by `OK` or `ERR code`.

use std::io::Write;

use posada_core::{Answer, Ask, Goodbye, Refusal, ResourceView, Seq};

use super::{goodbye_code, rfc3339};
use crate::words::Words;
use crate::{Verb, clean, names, secret};

/// Reads a line.
pub(crate) fn read(line: &str) -> Result<Ask, Refusal> {
    let (verb, rest) = Verb::split(line);
    let needed = |text: &'_ str| if text.is_empty() { Err(Refusal::Empty) } else { Ok(()) };
    match verb.ok_or(Refusal::UnknownVerb)? {
        Verb::Name => read_name(rest),
        Verb::Say => needed(rest).and_then(|()| Ok(Ask::Say(clean(rest)?.into()))),
        Verb::To => {
            let (name, text) = split_name(rest)?;
            needed(text)?;
            Ok(Ask::To { name: names::key(name), text: clean(text)?.into() })
        }
        Verb::Reserve => needed(rest).map(|()| Ask::Reserve(names::key(rest))),
        Verb::Cancel => needed(rest).map(|()| Ask::Cancel(names::key(rest))),
        _ if !rest.is_empty() => Err(Refusal::BadRequest),
        Verb::Who => Ok(Ask::Who),
        Verb::List => Ok(Ask::List),
        Verb::Ping => Ok(Ask::Ping),
        Verb::Help => Ok(Ask::Help),
        Verb::Quit => Ok(Ask::Quit),
    }
}

/// `NAME`, `"NAME"`, either with ` secret:SECRET` behind it: names hold no colon.
fn read_name(rest: &str) -> Result<Ask, Refusal> {
    let (name, proof) = match rest.rsplit_once(' ') {
        Some((name, last)) => match last.strip_prefix(secret::PREFIX) {
            Some(digits) => (name.trim_end(), Some(secret::parse(digits)?)),
            None => (rest, None),
        },
        None => (rest, None),
    };
    let unquoted = name.strip_prefix('"').and_then(|name| name.strip_suffix('"'));
    let name = names::name(unquoted.unwrap_or(name))?;
    Ok(Ask::Name { name, proof, secret: None })
}

/// Splits `ana hola` and `"Ana María" hola`.
fn split_name(rest: &str) -> Result<(&str, &str), Refusal> {
    let split = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"'),
        None => rest.split_once(' '),
    };
    split.map(|(name, text)| (name, text.trim_start())).ok_or(Refusal::BadRequest)
}

pub(crate) fn reply(answer: &Answer, fresh: Option<u128>, words: &Words, out: &mut Vec<u8>) {
    match answer {
        Answer::Named { seq, name, resumed } => {
            let welcome = if *resumed { words.back } else { words.arrived };
            let secret = fresh.map(|secret| format!("{}{} ", secret::PREFIX, secret::show(secret)));
            put(out, format_args!("OK {} {}{name}: {welcome}", seq.0, secret.unwrap_or_default()));
        }
        Answer::Said { seq, addressed } => {
            put(out, format_args!("OK {} {} {addressed}", seq.0, words.addressed));
        }
        Answer::Reserved { seq, resource } => {
            put(out, format_args!("OK {} {} {resource}", seq.0, words.reserved));
        }
        Answer::Cancelled { seq, resource } => {
            put(out, format_args!("OK {} {} {resource}", seq.0, words.cancelled));
        }
        Answer::Who(names) => {
            put(out, format_args!("OK {} {}", names.len(), words.here));
            lines(names.iter().map(ToString::to_string), out);
        }
        Answer::List(resources) => {
            put(out, format_args!("OK {} {}", resources.len(), words.resources));
            lines(resources.iter().map(|resource| describe(resource, words)), out);
        }
        Answer::Pong => out.extend_from_slice(b"OK pong"),
        Answer::Help => {
            put(out, format_args!("OK {}", words.verbs));
            lines(words.help.lines().map(str::to_owned), out);
        }
        Answer::Refused(refusal) => {
            let (what, next) = (words.refusal)(*refusal);
            put(out, format_args!("ERR {} {what} ({next})", refusal.code()));
        }
    }
}

fn describe(resource: &ResourceView, words: &Words) -> String {
    let name = &resource.name;
    let Some(holder) = &resource.holder else { return format!("{name}: {}", words.free) };
    let since = format!("{} {}", words.since, rfc3339(holder.since_ms));
    match &holder.name {
        _ if holder.yours => format!("{name}: {} {since}", words.yours),
        Some(who) => format!("{name}: {} {who} {since}", words.held_by),
        None => format!("{name}: {} {since}", words.held),
    }
}

/// Adds lines as NNTP does: a dot before one that begins with a dot, a lone dot at the end.
fn lines(lines: impl Iterator<Item = String>, out: &mut Vec<u8>) {
    for line in lines {
        out.extend_from_slice(if line.starts_with('.') { b"\n." } else { b"\n" });
        out.extend_from_slice(line.as_bytes());
    }
    out.extend_from_slice(b"\n.");
}

pub(crate) fn message(seq: Seq, room: &str, from: &str, said: &str, out: &mut Vec<u8>) {
    put(out, format_args!("* {} #{room} {from}: {said}", seq.0));
}

pub(crate) fn direct(seq: Seq, from: &str, said: &str, out: &mut Vec<u8>) {
    put(out, format_args!("* {} @ {from}: {said}", seq.0));
}

pub(crate) fn goodbye(reason: Goodbye, words: &Words, out: &mut Vec<u8>) {
    match reason {
        Goodbye::Left => put(out, format_args!("OK {}", words.bye)),
        _ => put(out, format_args!("BYE {} {}", goodbye_code(reason), (words.goodbye)(reason))),
    }
}

fn put(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("a vector takes any number of bytes");
}
