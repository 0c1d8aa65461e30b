//! Whether the log holds what was asked, in the order in which each session asked it, and nothing
//! else.

use posada_core::{Addressee, Ask, Command, Entry, Order, SessionId, Whom};

use super::Auditor;
use super::seats::{Meant, Unlogged};
use super::violation::{Audit, Invariant};

impl Auditor {
    /// Each command in the log is the oldest that its session asked and that is not there yet.
    pub(super) fn was_asked(&mut self, entry: &Entry) -> Audit {
        let command = &entry.command;
        if let Command::End { session } = command {
            let due = self
                .seats
                .get(session.number)
                .is_some_and(|seat| std::mem::replace(&mut seat.end_due, false));
            return Invariant::SenderOrder
                .require(due, || format!("{session:?} ends, but is not over, or twice"));
        }
        let Some(session) = asker(command) else { return Ok(()) };
        let here = session == self.id(session.number);
        let seat = self.seats.get(session.number);
        let operator = seat.as_ref().is_some_and(|seat| seat.operator);
        let next = seat.and_then(|seat| seat.unlogged.pop_front());
        Invariant::OperatorOnly.require(operator || !is_order(command), || {
            format!("{command:?} goes to the log, but its session is no operator")
        })?;
        let asked =
            next.as_ref().is_some_and(|next| next.key == entry.key && is_asked(command, next));
        Invariant::SenderOrder.require(here && asked, || {
            format!("{entry:?} goes to the log, but next in order is {next:?}")
        })
    }
}

/// The session that waits for the answer to a command.
pub(super) fn asker(command: &Command) -> Option<SessionId> {
    match command {
        Command::Rules { .. }
        | Command::NodeUp { .. }
        | Command::Declare { .. }
        | Command::History { .. }
        | Command::End { .. }
        | Command::Check { .. } => None,
        Command::Name { session, .. }
        | Command::Join { session, .. }
        | Command::Leave { session, .. }
        | Command::Topic { session, .. }
        | Command::Say { session, .. }
        | Command::To { session, .. }
        | Command::Note { session, .. }
        | Command::Reserve { session, .. }
        | Command::Cancel { session, .. }
        | Command::Announce { session, .. }
        | Command::Tell { session, .. }
        | Command::Kick { session, .. }
        | Command::Ban { session, .. }
        | Command::Release { session, .. } => Some(*session),
    }
}

fn is_order(command: &Command) -> bool {
    matches!(
        command,
        Command::Announce { .. }
            | Command::Tell { .. }
            | Command::Kick { .. }
            | Command::Ban { .. }
            | Command::Release { .. }
    )
}

fn is_asked(command: &Command, next: &Unlogged) -> bool {
    let meant = |whom: &Whom, who: &Addressee| match (whom, who) {
        (Whom::Name(name), Addressee::Name(asked)) => name == asked,
        (Whom::Session(session), Addressee::Peer(_)) => next.whom == Meant::Session(session.number),
        _ => false,
    };
    match (command, &next.ask) {
        (Command::Name { name, proof, secret, .. }, Ask::Name { name: n, proof: p, secret: s }) => {
            (name, proof, secret) == (n, p, s)
        }
        (Command::Join { room, .. }, Ask::Join(asked)) => room == asked,
        (Command::Leave { room, .. }, Ask::Leave(asked)) => room == asked,
        (Command::Say { room, text, .. }, Ask::Say { room: to, text: said })
        | (Command::Topic { room, text, .. }, Ask::SetTopic { room: to, text: said }) => {
            (room, text) == (to, said)
        }
        (Command::To { name, text, .. }, Ask::To { name: to, text: said }) => {
            (name, text) == (to, said)
        }
        (Command::Note { text, .. }, Ask::Note(said))
        | (Command::Announce { text, .. }, Ask::Order(Order::Announce(said))) => text == said,
        (Command::Reserve { resource, .. }, Ask::Reserve(asked))
        | (Command::Cancel { resource, .. }, Ask::Cancel(asked))
        | (Command::Release { resource, .. }, Ask::Order(Order::Release(asked))) => {
            resource == asked
        }
        (Command::Tell { to, text, .. }, Ask::Order(Order::Tell { to: asked, text: said })) => {
            meant(to, asked) && text == said
        }
        (Command::Kick { who, .. }, Ask::Order(Order::Kick(asked))) => meant(who, asked),
        (Command::Ban { who, for_ms, .. }, Ask::Order(Order::Ban { who: w, for_ms: f })) => {
            (who, for_ms) == (w, f)
        }
        _ => false,
    }
}
