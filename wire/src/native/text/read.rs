//! Reading a line: perhaps a key, a verb, and what stands behind it.

use posada_core::{Ask, Key, Order, Refusal, Seq, Text, Watched};

use super::super::meant;
use crate::{Verb, clean, names, secret};

/// How a key is written before a verb.
const KEY: &str = "key:";

/// What stands between whom the operator shuts out and for how long.
const FOR: [&str; 3] = ["for", "por", "durante"];

/// Reads a line, with the key that may stand before its verb.
pub(crate) fn read(line: &str) -> Result<(Ask, Option<Key>), Refusal> {
    let Some(keyed) = line.strip_prefix(KEY) else {
        return Ok((read_verb(line)?, None));
    };
    let (number, line) = keyed.split_once(' ').ok_or(Refusal::BadRequest)?;
    let key = number_of(number).and_then(meant::key).ok_or(Refusal::BadRequest)?;
    match read_verb(line)? {
        ask if meant::takes_key(&ask) => Ok((ask, Some(key))),
        _ => Err(Refusal::BadRequest),
    }
}

/// Reads a line that begins with its verb.
pub(crate) fn read_verb(line: &str) -> Result<Ask, Refusal> {
    let (verb, rest) = Verb::split(line);
    match verb.ok_or(Refusal::UnknownVerb)? {
        Verb::Name => read_name(rest),
        Verb::Say => Ok(Ask::Say { room: None, text: message(rest)? }),
        Verb::To => read_to(rest),
        Verb::Join => Ok(Ask::Join(names::room(needed(rest)?)?)),
        Verb::Leave => Ok(Ask::Leave(perhaps_room(rest)?)),
        Verb::Topic => read_topic(rest),
        Verb::Who => Ok(Ask::Who(perhaps_room(rest)?)),
        Verb::Resume => read_resume(rest),
        Verb::Reserve => Ok(Ask::Reserve(names::key(needed(rest)?))),
        Verb::Cancel => Ok(Ask::Cancel(names::key(needed(rest)?))),
        Verb::Watch => Ok(Ask::Watch(read_watched(rest)?)),
        Verb::Unwatch => Ok(Ask::Unwatch(read_watched(rest)?)),
        Verb::Typing => Ok(Ask::Typing(perhaps_room(rest)?)),
        Verb::Operator => Ok(Ask::Operator(Box::new(secret::token(needed(rest)?)?))),
        Verb::Announce => Ok(Ask::Order(Order::Announce(message(rest)?))),
        Verb::Tell => read_tell(rest),
        Verb::Kick => read_kick(rest),
        Verb::Ban => read_ban(rest),
        Verb::Unban => read_unban(rest),
        Verb::Release => Ok(Ask::Order(Order::Release(names::key(needed(rest)?)))),
        _ if !rest.is_empty() => Err(Refusal::BadRequest),
        Verb::Rooms => Ok(Ask::Rooms),
        Verb::List => Ok(Ask::List),
        Verb::Ping => Ok(Ask::Ping),
        Verb::Help => Ok(Ask::Help),
        Verb::Quit => Ok(Ask::Quit),
        Verb::Sessions => Ok(Ask::Order(Order::Sessions)),
    }
}

fn needed(rest: &str) -> Result<&str, Refusal> {
    if rest.is_empty() { Err(Refusal::Empty) } else { Ok(rest) }
}

fn message(text: &str) -> Result<Text, Refusal> {
    Ok(clean(needed(text)?)?.into())
}

/// Digits and nothing else.
fn number_of(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

/// Splits the first word from the rest.
fn split_word(rest: &str) -> (&str, &str) {
    let (word, rest) = rest.split_once([' ', '\t']).unwrap_or((rest, ""));
    (word, rest.trim_start())
}

/// `ROOM`, `#ROOM` or nothing.
fn perhaps_room(rest: &str) -> Result<Option<Text>, Refusal> {
    match split_word(rest) {
        ("", _) => Ok(None),
        (room, "") => Ok(Some(names::room_key(room))),
        _ => Err(Refusal::BadRequest),
    }
}

/// `NAME`, `"NAME"`, either with ` secret:SECRET` behind it: names hold no colon.
fn read_name(rest: &str) -> Result<Ask, Refusal> {
    let (name, proof) = match rest.rsplit_once(' ') {
        Some((name, last)) => match last.strip_prefix(secret::PREFIX) {
            Some(digits) => (name.trim_end(), Some(Box::new(secret::parse(digits)?))),
            None => (rest, None),
        },
        None => (rest, None),
    };
    let name = names::name(unquoted(name))?;
    Ok(Ask::Name { name, proof, secret: None })
}

fn unquoted(name: &str) -> &str {
    let inside = name.strip_prefix('"').and_then(|name| name.strip_suffix('"'));
    inside.unwrap_or(name)
}

/// Splits `ana hola` and `"Ana María" hola`.
fn split_name(rest: &str) -> Result<(&str, &str), Refusal> {
    let split = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"'),
        None => rest.split_once(' '),
    };
    split.map(|(name, text)| (name, text.trim_start())).ok_or(Refusal::BadRequest)
}

/// `NAME TEXT`, `"NAME" TEXT` or `#ROOM TEXT`.
fn read_to(rest: &str) -> Result<Ask, Refusal> {
    let (to, text) = split_name(rest)?;
    let text = message(text)?;
    if to.starts_with('#') && !rest.starts_with('"') {
        return Ok(Ask::Say { room: Some(names::room_key(to)), text });
    }
    Ok(Ask::To { name: names::key(to), text })
}

/// Nothing, `ROOM`, `ROOM TEXT`; or `ROOM ""`, which takes the topic away.
fn read_topic(rest: &str) -> Result<Ask, Refusal> {
    let (room, text) = split_word(rest);
    let room = (!room.is_empty()).then(|| names::room_key(room));
    match text {
        "" => Ok(Ask::Topic(room)),
        "\"\"" => Ok(Ask::SetTopic { room, text: "".into() }),
        text => Ok(Ask::SetTopic { room, text: meant::topic(text)? }),
    }
}

/// `SEQ` or `SEQ ROOM`.
fn read_resume(rest: &str) -> Result<Ask, Refusal> {
    let (seq, room) = split_word(rest);
    let after = number_of(seq).map(Seq).ok_or(Refusal::BadRequest)?;
    Ok(Ask::Resume { after, room: perhaps_room(room)? })
}

/// Nothing, `#ROOM` or `RESOURCE`.
fn read_watched(rest: &str) -> Result<Watched, Refusal> {
    if rest.starts_with('#') {
        return Ok(perhaps_room(rest)?.map_or(Watched::Resources, Watched::Room));
    }
    if rest.is_empty() {
        return Ok(Watched::Resources);
    }
    Ok(Watched::Resource(names::key(rest)))
}

/// `NAME TEXT`, `"NAME" TEXT` or `IP:PORT TEXT`.
fn read_tell(rest: &str) -> Result<Ask, Refusal> {
    let (to, text) = split_name(rest)?;
    Ok(Ask::Order(Order::Tell { to: meant::addressee(to), text: message(text)? }))
}

fn read_kick(rest: &str) -> Result<Ask, Refusal> {
    Ok(Ask::Order(Order::Kick(meant::addressee(unquoted(needed(rest)?)))))
}

/// `NAME`, `"NAME"` or `IP`; perhaps with `for 10m` behind it.
fn read_ban(rest: &str) -> Result<Ask, Refusal> {
    let (who, time) = split_for(needed(rest)?);
    let for_ms = time.map(|time| milliseconds(time).ok_or(Refusal::BadRequest)).transpose()?;
    meant::ban(meant::barred(unquoted(who))?, for_ms).ok_or(Refusal::BadRequest)
}

fn read_unban(rest: &str) -> Result<Ask, Refusal> {
    Ok(meant::unban(meant::barred(unquoted(needed(rest)?))?))
}

/// Splits `ana for 10m`; in `"ana for 10m"` all of it is a name.
fn split_for(rest: &str) -> (&str, Option<&str>) {
    let split = rest.rsplit_once(' ').and_then(|(before, time)| {
        let (who, word) = before.trim_end().rsplit_once(' ')?;
        let spoken = FOR.iter().any(|known| known.eq_ignore_ascii_case(word));
        (spoken && !rest.ends_with('"')).then_some((who.trim_end(), Some(time)))
    });
    split.unwrap_or((rest, None))
}

/// `30s`, `10m`, `2h` or `3d`.
fn milliseconds(text: &str) -> Option<u64> {
    let unit = match text.chars().next_back()? {
        's' => 1_000,
        'm' => 60_000,
        'h' => 3_600_000,
        'd' => 86_400_000,
        _ => return None,
    };
    number_of(&text[..text.len() - 1])?.checked_mul(unit)
}
