//! What a person is shown of what happened, and what is learnt of it.

use super::super::{Step, Tone, show};
use super::Native;
use crate::events::{Event, Message, Told};
use crate::known::learn;

/// As everybody sees the operator.
const OPERATOR: &str = "Servidor";

impl Native {
    pub(super) fn happened(&mut self, told: &Told<'_>) -> Vec<Step> {
        self.horizon.passes(told.seq);
        let notice = |text: String| vec![show(Tone::Notice, text)];
        match &told.event {
            Event::Said(message) => self.heard(message),
            Event::Operator { direct, text } => {
                let said = Tone::Said { from: OPERATOR.to_owned(), direct: *direct };
                vec![show(said, *text)]
            }
            Event::Topic { room, from, text: "" } => {
                notice(format!("{from}: #{room} is about nothing any more"))
            }
            Event::Topic { room, from, text } => notice(format!("{from}: #{room} is about {text}")),
            Event::Resource { name, free: true } => notice(format!("free again: {name}")),
            Event::Resource { name, free: false } => notice(format!("reserved: {name}")),
            Event::Gap { room } if !self.horizon.has_gap(*room) => vec![],
            Event::Gap { room: Some(room) } => {
                notice(format!("… what was said before in #{room} is not kept any more"))
            }
            Event::Gap { room: None } => {
                notice("… what was said before to you is not kept any more".to_owned())
            }
            Event::Presence { room, name, here } => {
                self.known.with(|known| {
                    if known.me.as_deref() != Some(*name) && *here {
                        learn(&mut known.people, name);
                    }
                });
                let what = if *here { "is in" } else { "left" };
                notice(format!("{name} {what} #{room}"))
            }
            // It would be old before it is read.
            Event::Typing => vec![],
        }
    }

    fn heard(&mut self, message: &Message<'_>) -> Vec<Step> {
        let known_before = self.known.with(|known| {
            let known_before = known.people.contains(message.from);
            learn(&mut known.people, message.from);
            if let Some(room) = message.room {
                learn(&mut known.rooms, room);
            }
            known_before
        });
        let said = Tone::Said { from: message.from.to_owned(), direct: message.room.is_none() };
        let elsewhere = message.room.filter(|room| *room != "lobby");
        let text = match elsewhere {
            Some(room) => format!("[#{room}] {}", message.text),
            None => message.text.to_owned(),
        };
        let mut steps = vec![show(said, text)];
        // A stranger is a reason to look who else has come.
        if !known_before {
            steps.extend(self.looks());
        }
        steps
    }
}
