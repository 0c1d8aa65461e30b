//! What native events are: the lines that begin with `* `. See docs/protocol.md.

/// One event, as a line told it.
#[derive(Debug, PartialEq, Eq)]
pub struct Told<'l> {
    /// Which entry it is; `None`: it is a signal, and in no log.
    pub seq: Option<u64>,
    /// What happened.
    pub event: Event<'l>,
}

/// What happened.
#[derive(Debug, PartialEq, Eq)]
pub enum Event<'l> {
    /// Somebody said something.
    Said(Message<'l>),
    /// The operator said something, to everybody or to this session alone.
    Operator {
        /// To this session alone?
        direct: bool,
        /// What was said.
        text: &'l str,
    },
    /// Somebody said what a room is about; empty: nothing any more.
    Topic {
        /// Which room.
        room: &'l str,
        /// Who.
        from: &'l str,
        /// What it is about.
        text: &'l str,
    },
    /// A resource was reserved, or given back.
    Resource {
        /// Which one.
        name: &'l str,
        /// Whether it is free now.
        free: bool,
    },
    /// What was said is not kept any more, in a room or (`None`) to this session alone.
    Gap {
        /// In which room.
        room: Option<&'l str>,
    },
    /// Somebody came into a room, or left it.
    Presence {
        /// Which room.
        room: &'l str,
        /// Who.
        name: &'l str,
        /// Whether they are there now.
        here: bool,
    },
    /// Somebody types.
    Typing,
}

/// `* SEQ #ROOM NAME: TEXT`, or `* SEQ @ NAME: TEXT`.
#[derive(Debug, PartialEq, Eq)]
pub struct Message<'l> {
    /// `None`: said to this session alone.
    pub room: Option<&'l str>,
    /// Who said it.
    pub from: &'l str,
    /// What was said.
    pub text: &'l str,
}

/// Reads a line; `None`: it is no event that this client knows.
pub fn event(line: &str) -> Option<Told<'_>> {
    let (seq, rest) = line.strip_prefix("* ")?.split_once(' ')?;
    let seq = if seq == "-" { None } else { Some(seq.parse().ok()?) };
    let (kind, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let event = match (kind, seq.is_some()) {
        ("!", true) => Event::Operator { direct: false, text: rest },
        ("!@", true) => Event::Operator { direct: true, text: rest },
        ("@", true) => said(None, rest)?,
        ("reserved", true) => Event::Resource { name: rest, free: false },
        ("cancelled", true) => Event::Resource { name: rest, free: true },
        ("topic", true) => {
            let (room, rest) = room(rest)?;
            let (from, text) = rest.split_once(':')?;
            Event::Topic { room, from, text: text.trim_start() }
        }
        ("gap", true) if rest.starts_with("@ ") => Event::Gap { room: None },
        ("gap", true) => Event::Gap { room: Some(room(rest)?.0) },
        ("here" | "gone", false) => {
            let (room, name) = room(rest)?;
            Event::Presence { room, name, here: kind == "here" }
        }
        ("typing", false) => Event::Typing,
        (kind, true) => said(Some(kind.strip_prefix('#')?), rest)?,
        _ => return None,
    };
    Some(Told { seq, event })
}

fn said<'l>(room: Option<&'l str>, rest: &'l str) -> Option<Event<'l>> {
    let (from, text) = rest.split_once(": ")?;
    Some(Event::Said(Message { room, from, text }))
}

/// Splits `#ROOM REST`.
fn room(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix('#')?.split_once(' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, seq: Option<u64>, expected: Event<'_>) {
        assert_eq!(event(line), Some(Told { seq, event: expected }), "{line}");
    }

    #[test]
    fn every_event_is_read() {
        let message = |room, from, text| Event::Said(Message { room, from, text });
        check("* 8 #lobby Ana María: a: b", Some(8), message(Some("lobby"), "Ana María", "a: b"));
        check("* 9 @ luis: OK", Some(9), message(None, "luis", "OK"));
        check("* 9 ! a las diez", Some(9), Event::Operator { direct: false, text: "a las diez" });
        check("* 9 !@ hola", Some(9), Event::Operator { direct: true, text: "hola" });
        let topic = |text| Event::Topic { room: "dev", from: "ana", text };
        check("* 9 topic #dev ana: the board", Some(9), topic("the board"));
        check("* 9 topic #dev ana:", Some(9), topic(""));
        let resource = |free| Event::Resource { name: "Sala: 1", free };
        check("* 9 reserved Sala: 1", Some(9), resource(false));
        check("* 9 cancelled Sala: 1", Some(9), resource(true));
        check("* 9 gap #dev 4", Some(9), Event::Gap { room: Some("dev") });
        check("* 9 gap @ 4", Some(9), Event::Gap { room: None });
        let presence = |here| Event::Presence { room: "dev", name: "Ana María", here };
        check("* - here #dev Ana María", None, presence(true));
        check("* - gone #dev Ana María", None, presence(false));
        check("* - typing #dev Ana María", None, Event::Typing);
    }

    #[test]
    fn what_is_none_is_left_alone() {
        for line in ["* x #lobby ana: hola", "* 8 lobby ana: hola", "* 8", "OK 8", "* - # a: b"] {
            assert_eq!(event(line), None, "{line}");
        }
    }
}
