//! Who is to get which message, and who got it.

use posada_core::{Command, Entry, SessionId, SessionNumber, Text};

use super::fold::{Fold, Meaning};
use super::seats::Seats;
use super::violation::{Audit, Invariant};

/// One message as its receiver sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Which entry it is.
    pub seq: u64,
    /// Whether it was for this receiver alone.
    pub direct: bool,
    /// The sender's name.
    pub from: Text,
    /// What was said.
    pub text: Text,
}

/// The messages of the entry that is being applied, one for each receiver who is still to get it.
#[derive(Debug, Default)]
pub(super) struct Talk {
    due: Vec<(SessionNumber, Message)>,
}

impl Talk {
    /// The node is `node` in its start `epoch`: sessions of others are not ours to watch.
    pub(super) fn begin(
        &mut self,
        (node, epoch): (u16, u32),
        fold: &Fold,
        entry: &Entry,
        meaning: &Meaning,
        seats: &Seats,
    ) {
        let seq = fold.seq;
        let (direct, from, text, receivers): (_, _, _, Vec<SessionId>) =
            match (&entry.command, meaning) {
                (Command::Say { session, text }, Meaning::Said { from, .. }) => {
                    let lobby = fold.lobby().into_iter().filter_map(|who| who.session);
                    let others = lobby.filter(|receiver| receiver != session).collect();
                    (false, from, text, others)
                }
                (Command::To { text, .. }, Meaning::Told { from, to }) => {
                    (true, from, text, vec![*to])
                }
                _ => return,
            };
        let here = |id: &SessionId| (id.node, id.epoch) == (node, epoch);
        for receiver in receivers.iter().filter(|id| here(id)).map(|id| id.number) {
            if seats.is_connected(receiver) {
                let message = Message { seq, direct, from: from.clone(), text: text.clone() };
                self.due.push((receiver, message));
            }
        }
    }

    /// `leaving`: the receiver has been told to go, or is about to be. Until then it may still
    /// hear the room that it was in.
    pub(super) fn got(&mut self, to: SessionNumber, message: &Message, leaving: bool) -> Audit {
        let due = self.due.iter().position(|(receiver, due)| *receiver == to && due == message);
        if let Some(place) = due {
            self.due.swap_remove(place);
            return Ok(());
        }
        let invariant = kind(message);
        invariant.require(leaving && !message.direct, || {
            format!("session {} got {message:?}, which was not for it, or not now", to.0)
        })
    }

    /// The entry is done with: everybody has got what was due.
    pub(super) fn settled(&mut self) -> Audit {
        match self.due.pop() {
            None => Ok(()),
            Some((to, message)) => {
                let detail = format!("session {} never got {message:?}", to.0);
                Err(kind(&message).broken(detail))
            }
        }
    }

    pub(super) fn clear(&mut self) {
        self.due.clear();
    }
}

fn kind(message: &Message) -> Invariant {
    if message.direct { Invariant::DirectIsPrivate } else { Invariant::SameRoomForAll }
}
