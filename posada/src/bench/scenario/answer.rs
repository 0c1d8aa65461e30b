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

/// Reads an answer to the request of that number.
pub(super) fn read(dialect: Dialect, id: u64, line: &[u8]) -> Answered<'_> {
    let read = match dialect {
        Dialect::Text => text(line),
        Dialect::Json => json(id, line),
        Dialect::Desk => desk(line),
    };
    read.unwrap_or(Answered::Strange)
}

/// `OK 7 reserved NAME`, `ERR taken …`; the third word is in the listener's language.
fn text(line: &[u8]) -> Option<Answered<'_>> {
    if let Some(rest) = line.strip_prefix(b"OK ") {
        let (number, rest) = number(rest)?;
        let rest = rest.strip_prefix(b" ")?;
        let end = memchr::memchr(b' ', rest)?;
        return Some(Answered::Done(number, &rest[end + 1..]));
    }
    let rest = line.strip_prefix(b"ERR ")?;
    let end = memchr::memchr(b' ', rest).unwrap_or(rest.len());
    Some(Answered::Refused(&rest[..end]))
}

/// `{"id":1,"ok":{"seq":7,…"resource":"NAME"}}`, `{"id":1,"error":{"code":"taken",…}}`.
fn json(id: u64, line: &[u8]) -> Option<Answered<'_>> {
    let (found, rest) = number(line.strip_prefix(br#"{"id":"#)?)?;
    if found != id {
        return None;
    }
    if let Some(rest) = rest.strip_prefix(br#","ok":{"seq":"#) {
        let (seq, rest) = number(rest)?;
        // A grant also has its token, which is the same number.
        let rest = match rest.strip_prefix(br#","token":"#) {
            Some(rest) => {
                let (token, rest) = number(rest)?;
                (token == seq).then_some(rest)?
            }
            None => rest,
        };
        let name = rest.strip_prefix(br#","resource":""#)?.strip_suffix(br#""}}"#)?;
        return Some(Answered::Done(seq, name));
    }
    let rest = rest.strip_prefix(br#","error":{"code":""#)?;
    Some(Answered::Refused(&rest[..memchr::memchr(b'"', rest)?]))
}

fn desk(line: &[u8]) -> Option<Answered<'_>> {
    if let Some(name) = line.strip_prefix("Reserva exitosa: ".as_bytes()) {
        return Some(Answered::Done(0, name));
    }
    if let Some(name) = line.strip_prefix("Reserva cancelada: ".as_bytes()) {
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

    #[track_caller]
    fn check(dialect: Dialect, line: &str, expected: Answered<'_>) {
        assert_eq!(read(dialect, 1, line.as_bytes()), expected, "{line}");
    }

    #[test]
    fn answers_are_read_in_each_dialect() {
        use Dialect::{Desk, Json, Text};
        check(Text, "OK 7 reserved Habitación 1", Answered::Done(7, "Habitación 1".as_bytes()));
        check(Text, "OK 7 reservado r1", Answered::Done(7, b"r1"));
        check(Text, "ERR taken somebody has it", Answered::Refused(b"taken"));
        check(Text, "* 7 reserved r1", Answered::Strange);
        let granted = r#"{"id":1,"ok":{"seq":12,"token":12,"resource":"r1"}}"#;
        check(Json, granted, Answered::Done(12, b"r1"));
        check(Json, &granted.replace("token\":12", "token\":11"), Answered::Strange);
        check(Json, &granted.replace("\"id\":1", "\"id\":2"), Answered::Strange);
        check(Json, r#"{"id":1,"ok":{"seq":13,"resource":"r1"}}"#, Answered::Done(13, b"r1"));
        check(
            Json,
            r#"{"id":1,"error":{"code":"taken","message":"…"}}"#,
            Answered::Refused(b"taken"),
        );
        check(Desk, "Reserva exitosa: r1", Answered::Done(0, b"r1"));
        check(Desk, "Recurso no disponible", Answered::Refused(b"taken"));
        check(Desk, "Comandos: LISTAR", Answered::Strange);
    }

    #[test]
    fn a_name_is_quoted_in_json() {
        let mut out = Vec::new();
        ask(Dialect::Json, 1, Verb::Reserve, r#"a "b" \c"#, &mut out);
        let expected = "{\"id\":1,\"do\":\"reserve\",\"resource\":\"a \\\"b\\\" \\\\c\"}\n";
        assert_eq!(String::from_utf8_lossy(&out), expected);
    }
}
