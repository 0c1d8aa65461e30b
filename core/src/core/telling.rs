//! Telling: what an applied entry came to becomes what the clients of this node hear of it.

use alloc::vec::Vec;

use super::{Core, Pending};
use crate::state::Outcome;
use crate::{Answer, Command, Goodbye, Output, RoomId, Seq, SessionId, SessionNumber};

impl Core {
    /// Turns what an entry came to into what the clients of this node hear of it.
    pub(super) fn tell(
        &mut self,
        seq: Seq,
        command: &Command,
        outcome: Outcome,
        waiting: Option<SessionNumber>,
        out: &mut Vec<Output>,
    ) {
        let answer = match outcome {
            Outcome::Noted => return,
            Outcome::Refused(refusal) => Answer::Refused(refusal),
            Outcome::Named { name, resumed, replaced } => {
                self.arrived(seq, waiting, replaced, out);
                Answer::Named { seq, name, resumed }
            }
            Outcome::Said { from, addressed } => {
                if let Command::Say { session, text } = command {
                    let sender = self.local(*session);
                    let text = text.clone();
                    let room = RoomId::LOBBY;
                    out.push(Output::Published { room, seq, sender, from, text });
                }
                Answer::Said { seq, addressed }
            }
            Outcome::Told { from, to } => {
                if let (Command::To { text, .. }, Some(session)) = (command, self.local(to)) {
                    out.push(Output::Direct { session, seq, from, text: text.clone() });
                }
                Answer::Said { seq, addressed: 1 }
            }
            Outcome::Reserved { resource } => Answer::Reserved { seq, resource },
            Outcome::Cancelled { resource } => Answer::Cancelled { seq, resource },
            Outcome::Drifted { at } => panic!("the state drifted from its own trail at {}", at.0),
            Outcome::UnknownRules(version) => panic!("rules {version} were never handed out"),
        };
        if let Some(session) = waiting {
            out.push(Output::Reply { session, answer });
        }
    }

    fn arrived(
        &mut self,
        seq: Seq,
        session: Option<SessionNumber>,
        replaced: Option<SessionId>,
        out: &mut Vec<Output>,
    ) {
        if let Some(old) = replaced.and_then(|old| self.local(old))
            && self.sessions.dismiss(old)
        {
            // Not `goodbye`: who returns is answered before anything that waits behind it.
            self.pending.push_back(Pending::Goodbye(old, Goodbye::Replaced));
        }
        if let Some(session) = session {
            self.sessions.named(session);
            out.push(Output::Joined { session, room: RoomId::LOBBY, after: seq });
        }
    }
}
