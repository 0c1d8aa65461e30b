//! An answer about a resource, read where it lies: text, JSON or the desk's.

use super::super::ledger::Verb;

/// In what a command is asked and answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Text,
    Json,
    Desk,
}

/// What an answer says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answered<'a> {
    /// It was done, under that number (none at the desk), to that resource.
    Done(u64, &'a [u8]),
    /// It was not, for that reason; the desk names two in one.
    Refused(&'a [u8]),
    /// No answer to a command.
    Strange,
}

/// Writes a command.
pub(super) fn ask(dialect: Dialect, id: u64, verb: Verb, resource: &str, out: &mut Vec<u8>) {
    use std::io::Write as _;
    let word = match (dialect, verb) {
        (Dialect::Desk, Verb::Reserve) => "RESERVAR",
        (Dialect::Desk, Verb::Cancel) => "CANCELAR",
        (_, Verb::Reserve) => "reserve",
        (_, Verb::Cancel) => "cancel",
    };
    // Writing to memory does not fail.
    let _ = match dialect {
        Dialect::Text | Dialect::Desk => writeln!(out, "{word} {resource}"),
        Dialect::Json => {
            let quoted = Quoted(resource);
            writeln!(out, r#"{{"id":{id},"do":"{word}","resource":"{quoted}"}}"#)
        }
    };
}

/// A name inside quotation marks.
struct Quoted<'a>(&'a str);

impl std::fmt::Display for Quoted<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let special = |c: char| matches!(c, '"' | '\\');
        for part in self.0.split_inclusive(special) {
            match part.char_indices().next_back() {
                Some((at, last)) if special(last) => write!(out, "{}\\{last}", &part[..at])?,
                _ => out.write_str(part)?,
            }
        }
        Ok(())
    }
}

/// Reads an answer to the request of that number, and that verb.
pub(super) fn read(dialect: Dialect, id: u64, verb: Verb, line: &[u8]) -> Answered<'_> {
    let read = match dialect {
        Dialect::Text => text(verb, line),
        Dialect::Json => json(id, verb, line),
        Dialect::Desk => desk(verb, line),
    };
    read.unwrap_or(Answered::Strange)
}

/// `OK 7 reserved NAME`, `ERR taken …`; the third word begins so in each language.
fn text(verb: Verb, line: &[u8]) -> Option<Answered<'_>> {
    if let Some(rest) = line.strip_prefix(b"OK ") {
        let (number, rest) = number(rest)?;
        let rest = rest.strip_prefix(b" ")?;
        let done = if verb == Verb::Reserve { "reserv" } else { "cancel" };
        if !rest.starts_with(done.as_bytes()) {
            return None;
        }
        let end = memchr::memchr(b' ', rest)?;
        return Some(Answered::Done(number, &rest[end + 1..]));
    }
    let rest = line.strip_prefix(b"ERR ")?;
    let end = memchr::memchr(b' ', rest).unwrap_or(rest.len());
    Some(Answered::Refused(&rest[..end]))
}

/// `{"id":1,"ok":{"seq":7,…"resource":"NAME"}}`, `{"id":1,"error":{"code":"taken",…}}`.
fn json(id: u64, verb: Verb, line: &[u8]) -> Option<Answered<'_>> {
    let (found, rest) = number(line.strip_prefix(br#"{"id":"#)?)?;
    if found != id {
        return None;
    }
    if let Some(rest) = rest.strip_prefix(br#","ok":{"seq":"#) {
        let (seq, rest) = number(rest)?;
        // A grant also has its token, which is the same number.
        let rest = if verb == Verb::Reserve {
            let (token, rest) = number(rest.strip_prefix(br#","token":"#)?)?;
            (token == seq).then_some(rest)?
        } else {
            rest
        };
        let name = rest.strip_prefix(br#","resource":""#)?.strip_suffix(br#""}}"#)?;
        return Some(Answered::Done(seq, name));
    }
    let rest = rest.strip_prefix(br#","error":{"code":""#)?;
    Some(Answered::Refused(&rest[..memchr::memchr(b'"', rest)?]))
}

fn desk(verb: Verb, line: &[u8]) -> Option<Answered<'_>> {
    let done = match verb {
        Verb::Reserve => "Reserva exitosa: ",
        Verb::Cancel => "Reserva cancelada: ",
    };
    if let Some(name) = line.strip_prefix(done.as_bytes()) {
        return Some(Answered::Done(0, name));
    }
    match line {
        b"Recurso no disponible" => Some(Answered::Refused(b"taken")),
        b"No hay una reserva para ese recurso" => Some(Answered::Refused(b"not_held")),
        _ => Some(Answered::Refused(line.strip_prefix(b"Error: ")?)),
    }
}

/// The decimal digits at the beginning, and what is behind them.
pub(super) fn number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut value = 0_u64;
    for digit in &bytes[..digits] {
        value = value.checked_mul(10)?.checked_add(u64::from(digit - b'0'))?;
    }
    (digits > 0).then(|| (value, &bytes[digits..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    use Dialect::{Desk, Json, Text};
    use Verb::{Cancel, Reserve};

    #[track_caller]
    fn check(dialect: Dialect, verb: Verb, line: &str, expected: &Answered<'_>) {
        assert_eq!(&read(dialect, 1, verb, line.as_bytes()), expected, "{verb:?}: {line}");
    }

    #[test]
    fn answers_are_read_in_text() {
        let room = "Habitación 1".as_bytes();
        check(Text, Reserve, "OK 7 reserved Habitación 1", &Answered::Done(7, room));
        check(Text, Reserve, "OK 7 reservado r1", &Answered::Done(7, b"r1"));
        check(Text, Cancel, "OK 7 reserved r1", &Answered::Strange);
        check(Text, Cancel, "OK 7 cancelado r1", &Answered::Done(7, b"r1"));
        check(Text, Reserve, "ERR taken somebody has it", &Answered::Refused(b"taken"));
        check(Text, Reserve, "* 7 reserved r1", &Answered::Strange);
    }

    #[test]
    fn answers_are_read_in_json() {
        let granted = r#"{"id":1,"ok":{"seq":12,"token":12,"resource":"r1"}}"#;
        check(Json, Reserve, granted, &Answered::Done(12, b"r1"));
        check(Json, Cancel, granted, &Answered::Strange);
        let other_token = granted.replace("token\":12", "token\":11");
        check(Json, Reserve, &other_token, &Answered::Strange);
        check(Json, Reserve, &granted.replace("\"id\":1", "\"id\":2"), &Answered::Strange);
        let cancelled = r#"{"id":1,"ok":{"seq":13,"resource":"r1"}}"#;
        check(Json, Cancel, cancelled, &Answered::Done(13, b"r1"));
        let taken = r#"{"id":1,"error":{"code":"taken","message":"…"}}"#;
        check(Json, Reserve, taken, &Answered::Refused(b"taken"));
    }

    #[test]
    fn answers_are_read_at_the_desk() {
        check(Desk, Reserve, "Reserva exitosa: r1", &Answered::Done(0, b"r1"));
        check(Desk, Cancel, "Reserva exitosa: r1", &Answered::Strange);
        check(Desk, Reserve, "Recurso no disponible", &Answered::Refused(b"taken"));
        check(Desk, Reserve, "Comandos: LISTAR", &Answered::Strange);
    }

    #[test]
    fn a_name_is_quoted_in_json() {
        let mut out = Vec::new();
        ask(Dialect::Json, 1, Verb::Reserve, r#"a "b" \c"#, &mut out);
        let expected = "{\"id\":1,\"do\":\"reserve\",\"resource\":\"a \\\"b\\\" \\\\c\"}\n";
        assert_eq!(String::from_utf8_lossy(&out), expected);
    }
}
