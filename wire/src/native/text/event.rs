//! Events as lines: `* SEQ`, what kind it is, and the rest. What no log knows has `-` for a SEQ.

use posada_core::{Event, Seq};

use super::put;

/// Spells one event, without a line end.
pub(crate) fn event(seq: Option<Seq>, event: &Event, out: &mut Vec<u8>) {
    match seq {
        Some(Seq(seq)) => put(out, format_args!("* {seq} ")),
        None => put(out, format_args!("* - ")),
    }
    match event {
        Event::Said { room, from, text } => put(out, format_args!("#{room} {from}: {text}")),
        Event::Direct { from, text } => put(out, format_args!("@ {from}: {text}")),
        Event::Announced { text } => put(out, format_args!("! {text}")),
        Event::Told { text } => put(out, format_args!("!@ {text}")),
        Event::Topic { room, from, text } if text.is_empty() => {
            put(out, format_args!("topic #{room} {from}:"));
        }
        Event::Topic { room, from, text } => {
            put(out, format_args!("topic #{room} {from}: {text}"));
        }
        Event::Reserved { resource } => put(out, format_args!("reserved {resource}")),
        Event::Cancelled { resource } => put(out, format_args!("cancelled {resource}")),
        Event::Gap { room: Some(room), after } => {
            put(out, format_args!("gap #{room} {}", after.0));
        }
        Event::Gap { room: None, after } => put(out, format_args!("gap @ {}", after.0)),
        Event::Here { room, name } => put(out, format_args!("here #{room} {name}")),
        Event::Gone { room, name } => put(out, format_args!("gone #{room} {name}")),
        Event::Typing { room, name } => put(out, format_args!("typing #{room} {name}")),
    }
}
