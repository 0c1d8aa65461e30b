//! What a typed line means. Pure: nothing is asked or shown here.
//!
//! Talk needs no verb: a line goes to everybody, `@name …` to one. Everything else begins with a
//! slash, so that no slip of the fingers turns an announcement into a ban. Only `salir` stands
//! alone, as it always has. Read next: `crate::operator`, which takes the same lines.

use std::net::{IpAddr, SocketAddr};

use posada_core::limits::{BAN_MS, MESSAGE_BYTES};
use posada_core::{Addressee, Ask, Barred, Order};
use posada_wire::{clean, names};

/// How long somebody is shut out where nothing else is said: an hour.
const BAN_FOR_MS: u64 = 3_600_000;

/// What somebody typed.
#[derive(Debug, PartialEq, Eq)]
pub enum Typed {
    /// Nothing.
    Nothing,
    /// Something for the core.
    Ask(Ask),
    /// What can be typed?
    Help,
    /// The server is to close.
    Leave,
    /// Something that cannot be meant.
    Mistake(Mistake),
}

/// Why a line cannot be meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// There is no such verb.
    Unknown(String),
    /// There is nothing to say.
    NoText,
    /// It does not say whom, or what.
    NoName,
    /// An address is shut out as a whole, without its port.
    WithPort,
    /// That is no time for which somebody can be shut out.
    NoTime(String),
    /// It is no text.
    NotText,
    /// It is longer than any message may be.
    TooLong,
    /// A verb that takes nothing, with something behind it.
    TooMuch(String),
}

/// What follows a slash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verb {
    Who,
    Rooms,
    Resources,
    Announce,
    Tell,
    Kick,
    Ban,
    Unban,
    Release,
    Help,
}

/// Each verb in English, then Spanish, then Portuguese where they differ.
const VERBS: [(Verb, &[&str]); 10] = [
    (Verb::Who, &["who", "quien", "quién", "quem", "sessions", "sesiones", "sessões", "sessoes"]),
    (Verb::Rooms, &["rooms", "salas"]),
    (Verb::Resources, &["resources", "recursos", "list", "listar"]),
    (Verb::Announce, &["announce", "anunciar"]),
    (Verb::Tell, &["tell", "avisar"]),
    (Verb::Kick, &["kick", "echar", "expulsar"]),
    (Verb::Ban, &["ban", "vetar", "banir"]),
    (Verb::Unban, &["unban", "readmitir", "desbanir"]),
    (Verb::Release, &["release", "liberar"]),
    (Verb::Help, &["help", "ayuda", "ajuda", "?"]),
];

/// Reads a line.
pub fn read(line: &str) -> Typed {
    let line = line.trim();
    if line.is_empty() {
        return Typed::Nothing;
    }
    if line.eq_ignore_ascii_case("salir") {
        return Typed::Leave;
    }
    let read = match (line.strip_prefix('/'), line.strip_prefix('@')) {
        (Some(rest), _) if rest.starts_with('/') => announce(rest),
        (Some(rest), _) => return command(rest).unwrap_or_else(Typed::Mistake),
        (_, Some(rest)) => tell(rest),
        _ => announce(line),
    };
    read.map_or_else(Typed::Mistake, |order| Typed::Ask(Ask::Order(order)))
}

/// Whether a word is one that a slash makes a request.
pub fn is_verb(word: &str) -> bool {
    verb(word).is_some()
}

/// What could stand instead of the beginning of a line.
pub fn complete(line: &str) -> (usize, Vec<String>) {
    let Some(typed) = line.strip_prefix('/') else { return (0, vec![]) };
    let words = VERBS.iter().flat_map(|(_, words)| words.iter());
    let fit = words.filter(|word| word.starts_with(typed) && word.is_ascii());
    (0, fit.map(|word| format!("/{word} ")).collect())
}

fn verb(word: &str) -> Option<Verb> {
    let word = word.to_lowercase();
    VERBS.iter().find(|(_, words)| words.contains(&&*word)).map(|(verb, _)| *verb)
}

fn command(line: &str) -> Result<Typed, Mistake> {
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim();
    let order = match verb(word).ok_or_else(|| Mistake::Unknown(word.to_owned()))? {
        Verb::Announce => announce(rest)?,
        Verb::Tell => tell(rest)?,
        Verb::Kick => Order::Kick(addressee(needed(unquoted(rest))?)),
        Verb::Ban => ban(rest)?,
        Verb::Unban => Order::Ban { who: barred(unquoted(rest))?, for_ms: 0 },
        Verb::Release => Order::Release(names::key(needed(unquoted(rest))?)),
        Verb::Who if !rest.is_empty() => {
            let room = rest.strip_prefix('#').unwrap_or(rest);
            return Ok(Typed::Ask(Ask::Who(Some(names::key(room)))));
        }
        _ if !rest.is_empty() => return Err(Mistake::TooMuch(word.to_owned())),
        Verb::Who => Order::Sessions,
        Verb::Rooms => return Ok(Typed::Ask(Ask::Rooms)),
        Verb::Resources => return Ok(Typed::Ask(Ask::List)),
        Verb::Help => return Ok(Typed::Help),
    };
    Ok(Typed::Ask(Ask::Order(order)))
}

fn announce(text: &str) -> Result<Order, Mistake> {
    Ok(Order::Announce(said(text)?))
}

fn said(text: &str) -> Result<posada_core::Text, Mistake> {
    if text.is_empty() {
        return Err(Mistake::NoText);
    }
    if text.len() > MESSAGE_BYTES {
        return Err(Mistake::TooLong);
    }
    clean(text).map(|text| text.as_ref().into()).map_err(|_| Mistake::NotText)
}

/// `ana hola`, `"Ana María" hola`, `127.0.0.1:4000 hola`.
fn tell(rest: &str) -> Result<Order, Mistake> {
    let rest = rest.trim_start();
    let (who, text) = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"').ok_or(Mistake::NoName)?,
        None => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
    };
    Ok(Order::Tell { to: addressee(needed(who.trim())?), text: said(text.trim())? })
}

/// `ana`, `127.0.0.1`, `"Ana María"`, each with a time behind it or without.
fn ban(rest: &str) -> Result<Order, Mistake> {
    if let Some((who, time)) = rest.strip_prefix('"').and_then(|rest| rest.split_once('"')) {
        let for_ms = if time.trim().is_empty() { BAN_FOR_MS } else { duration(time.trim())? };
        return Ok(Order::Ban { who: barred(who)?, for_ms });
    }
    // A word that begins with a digit is the time; names of several words are allowed.
    let timed = rest.rsplit_once(char::is_whitespace);
    let timed = timed.filter(|(_, last)| last.starts_with(|c: char| c.is_ascii_digit()));
    let (who, for_ms) = match timed {
        Some((who, last)) => (who.trim(), duration(last)?),
        None => (rest, BAN_FOR_MS),
    };
    let lead = [" for", " por", " durante"].into_iter().find_map(|word| who.strip_suffix(word));
    let who = if timed.is_some() { lead.unwrap_or(who) } else { who };
    Ok(Order::Ban { who: barred(who.trim())?, for_ms })
}

/// `45s`, `10m`, `2h`, `3d`, in milliseconds.
fn duration(text: &str) -> Result<u64, Mistake> {
    let wrong = || Mistake::NoTime(text.to_owned());
    let text = text.trim_start_matches("for ").trim();
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(wrong)?;
    let unit_ms = match unit {
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(wrong()),
    };
    let for_ms = number.parse::<u64>().ok().and_then(|number| number.checked_mul(unit_ms));
    for_ms.filter(|for_ms| (1..=BAN_MS).contains(for_ms)).ok_or_else(wrong)
}

fn addressee(text: &str) -> Addressee {
    let peer = text.parse::<SocketAddr>();
    peer.map_or_else(|_| Addressee::Name(names::key(text)), Addressee::Peer)
}

fn barred(text: &str) -> Result<Barred, Mistake> {
    match needed(text)?.parse::<IpAddr>() {
        Ok(address) => Ok(Barred::Address(address.to_canonical())),
        Err(_) if text.parse::<SocketAddr>().is_ok() => Err(Mistake::WithPort),
        Err(_) => Ok(Barred::Name(names::key(text))),
    }
}

fn needed(text: &str) -> Result<&str, Mistake> {
    if text.is_empty() { Err(Mistake::NoName) } else { Ok(text) }
}

fn unquoted(text: &str) -> &str {
    text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn orders(line: &str, expected: Order) {
        assert_eq!(read(line), Typed::Ask(Ask::Order(expected)), "{line:?}");
    }

    fn name(key: &str) -> Addressee {
        Addressee::Name(key.into())
    }

    #[test]
    fn a_line_goes_to_everybody() {
        orders("  hola a todos ", Order::Announce("hola a todos".into()));
        orders("salir ahora", Order::Announce("salir ahora".into()));
        orders("who", Order::Announce("who".into()));
        orders("//who", Order::Announce("/who".into()));
        orders("a\tb\x1b[2J", Order::Announce("a b\u{fffd}[2J".into()));
        for line in ["salir", " SALIR ", "Salir"] {
            assert_eq!(read(line), Typed::Leave, "{line:?}");
        }
        assert_eq!(read("  "), Typed::Nothing);
    }

    #[test]
    fn one_is_told_by_name_or_address() {
        orders("@Ana hola", Order::Tell { to: name("ana"), text: "hola".into() });
        let maria = Order::Tell { to: name("ana maría"), text: "qué tal".into() };
        orders("@\"Ana María\" qué tal", maria);
        let peer = |text: &str| Addressee::Peer(text.parse().expect("an address"));
        let v4 = Order::Tell { to: peer("127.0.0.1:4000"), text: "x".into() };
        orders("@127.0.0.1:4000 x", v4);
        orders("/tell [::1]:4000  x y", Order::Tell { to: peer("[::1]:4000"), text: "x y".into() });
    }

    #[test]
    fn verbs_take_names_with_spaces_in_three_languages() {
        orders("/kick Ana María", Order::Kick(name("ana maría")));
        orders("/ECHAR \"Ana María\"", Order::Kick(name("ana maría")));
        orders("/release Habitación 1", Order::Release("habitación 1".into()));
        orders("/quién", Order::Sessions);
        assert_eq!(read("/salas"), Typed::Ask(Ask::Rooms));
        assert_eq!(read("/resources"), Typed::Ask(Ask::List));
        assert_eq!(read("/who #Dev"), Typed::Ask(Ask::Who(Some("dev".into()))));
        assert_eq!(read("/?"), Typed::Help);
    }

    #[test]
    fn who_is_shut_out_and_for_how_long() {
        let ana = || Barred::Name("ana maría".into());
        orders("/ban Ana María", Order::Ban { who: ana(), for_ms: 3_600_000 });
        orders("/ban Ana María 10m", Order::Ban { who: ana(), for_ms: 600_000 });
        orders("/ban \"Ana María\" for 2h", Order::Ban { who: ana(), for_ms: 7_200_000 });
        orders("/ban Ana María for 3d", Order::Ban { who: ana(), for_ms: 3 * 86_400_000 });
        let address = Barred::Address("10.0.0.1".parse().expect("an address"));
        orders("/ban ::ffff:10.0.0.1 45s", Order::Ban { who: address, for_ms: 45_000 });
        orders("/unban Ana María", Order::Ban { who: ana(), for_ms: 0 });
    }

    #[test]
    fn what_cannot_be_meant_is_no_order() {
        let mistakes = [
            ("/baile", Mistake::Unknown("baile".into())),
            ("/salir", Mistake::Unknown("salir".into())),
            ("@ana", Mistake::NoText),
            ("@", Mistake::NoName),
            ("/kick", Mistake::NoName),
            ("/ban", Mistake::NoName),
            ("/ban ana 10", Mistake::NoTime("10".into())),
            ("/ban ana 0m", Mistake::NoTime("0m".into())),
            ("/ban ana 4000d", Mistake::NoTime("4000d".into())),
            ("/ban ana 99999999999999999999d", Mistake::NoTime("99999999999999999999d".into())),
            ("/ban ana 1é", Mistake::NoTime("1é".into())),
            ("/ban 127.0.0.1:80", Mistake::WithPort),
            ("/rooms please", Mistake::TooMuch("rooms".into())),
            ("hola\0", Mistake::NotText),
        ];
        for (line, mistake) in mistakes {
            assert_eq!(read(line), Typed::Mistake(mistake), "{line:?}");
        }
        let long = "a".repeat(MESSAGE_BYTES + 1);
        assert_eq!(read(&long), Typed::Mistake(Mistake::TooLong));
    }
}
