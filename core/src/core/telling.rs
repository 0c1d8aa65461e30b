//! Telling: what an applied entry came to becomes what the clients of this node hear of it.

use alloc::vec::Vec;

use super::{Core, Pending};
use crate::state::history::Kept;
use crate::state::{Departure, Outcome};
use crate::{
    Answer, Barred, Command, Event, Feed, Goodbye, Output, Reach, RoomId, Seq, SessionId,
    SessionNumber, Text,
};

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
        let answer = self.answer(seq, &outcome);
        let mut mail = Vec::new();
        match outcome {
            Outcome::Named { name, replaced, mail: kept, .. } => {
                self.arrived(&name, waiting, replaced, out);
                mail = kept;
            }
            Outcome::Joined { room: (room, shown), name, again: false, .. } => {
                out.extend(waiting.map(|session| follow(session, Feed::Room(room))));
                self.signal(room, Event::Here { room: shown, name }, out);
            }
            Outcome::Left { room: (room, shown), name } => {
                if let Some(session) = waiting {
                    out.push(unfollow(session, Feed::Room(room)));
                    if self.sessions.left(session, room) {
                        out.push(unfollow(session, Feed::Signals(room)));
                    }
                }
                self.signal(room, Event::Gone { room: shown, name }, out);
            }
            Outcome::Ended(departure) => self.departed(&departure, out),
            Outcome::Kicked { session, left } => {
                self.send_away(session, left.as_ref(), Goodbye::Kicked, out);
            }
            Outcome::Barred { kicked } => {
                if let Some((session, left)) = &kicked {
                    self.send_away(*session, Some(left), Goodbye::Banned, out);
                }
                self.shut_out(command, out);
            }
            outcome => self.publish(seq, command, outcome, out),
        }
        if let (Some(session), Some(answer)) = (waiting, answer) {
            out.push(Output::Reply { session, answer });
            let direct = |Kept { seq, event }| Output::Direct { session, seq, event };
            out.extend(mail.into_iter().map(direct));
        }
    }

    /// What was said or done goes to those who are to hear of it.
    fn publish(&self, seq: Seq, command: &Command, outcome: Outcome, out: &mut Vec<Output>) {
        let sender = command.asker().and_then(|session| self.local(session));
        let mut published = |feed, sender, event| {
            out.push(Output::Published { feed, seq: Some(seq), sender, event });
        };
        match (outcome, command) {
            (Outcome::Said { room: (id, room), from, .. }, Command::Say { text, .. }) => {
                published(Feed::Room(id), sender, Event::Said { room, from, text: text.clone() });
            }
            (Outcome::TopicSet { room: (id, room), from }, Command::Topic { text, .. }) => {
                published(Feed::Room(id), sender, Event::Topic { room, from, text: text.clone() });
            }
            (Outcome::Announced { .. }, Command::Announce { text, .. }) => {
                published(Feed::Everyone, None, Event::Announced { text: text.clone() });
            }
            (Outcome::Reserved { .. } | Outcome::Cancelled { .. }, _)
                if !self.sessions.has_watchers() => {}
            (Outcome::Reserved { resource }, Command::Reserve { resource: key, .. }) => {
                let event = Event::Reserved { resource };
                published(Feed::Resource(key.clone()), None, event.clone());
                published(Feed::Resources, None, event);
            }
            (
                Outcome::Cancelled { resource },
                Command::Cancel { resource: key, .. } | Command::Release { resource: key, .. },
            ) => {
                let event = Event::Cancelled { resource };
                published(Feed::Resource(key.clone()), None, event.clone());
                published(Feed::Resources, None, event);
            }
            (Outcome::Told { from, to }, Command::To { text, .. } | Command::Tell { text, .. }) => {
                let text = text.clone();
                let event = match from {
                    Some(from) => Event::Direct { from, text },
                    None => Event::Told { text },
                };
                let session = self.local(to);
                out.extend(session.map(|session| Output::Direct { session, seq, event }));
            }
            (Outcome::NoteTaken { from }, Command::Note { text, .. }) => {
                let text = text.clone();
                out.extend(sender.map(|session| Output::Noted { session, seq, from, text }));
            }
            _ => {}
        }
    }

    fn arrived(
        &mut self,
        name: &Text,
        session: Option<SessionNumber>,
        replaced: Option<(SessionId, Vec<(RoomId, Text)>)>,
        out: &mut Vec<Output>,
    ) {
        if let Some((old, rooms)) = replaced {
            self.departed(&Departure { name: name.clone(), rooms }, out);
            if let Some(old) = self.local(old)
                && self.sessions.dismiss(old)
            {
                // Not `goodbye`: who returns is answered before anything that waits behind it.
                self.pending.push_back(Pending::Goodbye(old, Goodbye::Replaced));
            }
        }
        if let Some(session) = session {
            self.sessions.named(session);
            out.push(follow(session, Feed::Everyone));
            out.push(follow(session, Feed::Room(RoomId::LOBBY)));
        }
        let lobby = self.state.rooms().get(RoomId::LOBBY).expect("the lobby is always there");
        let room = lobby.name.shown.clone();
        self.signal(RoomId::LOBBY, Event::Here { room, name: name.clone() }, out);
    }

    fn send_away(
        &mut self,
        session: SessionId,
        left: Option<&Departure>,
        reason: Goodbye,
        out: &mut Vec<Output>,
    ) {
        if let Some(left) = left {
            self.departed(left, out);
        }
        if let Some(session) = self.local(session)
            && self.sessions.dismiss(session)
        {
            // Not `goodbye`: the operator is answered before anything that waits behind it.
            self.pending.push_back(Pending::Goodbye(session, reason));
        }
    }

    /// Those who watch a room hear who comes and goes.
    fn signal(&self, room: RoomId, event: Event, out: &mut Vec<Output>) {
        if self.sessions.has_watchers() {
            let feed = Feed::Signals(room);
            out.push(Output::Published { feed, seq: None, sender: None, event });
        }
    }

    /// Those who watch the rooms that somebody left hear of it.
    fn departed(&self, departure: &Departure, out: &mut Vec<Output>) {
        for (room, shown) in &departure.rooms {
            let event = Event::Gone { room: shown.clone(), name: departure.name.clone() };
            self.signal(*room, event, out);
        }
    }

    /// Whoever is here from an address that is shut out now has to go.
    fn shut_out(&mut self, command: &Command, out: &mut Vec<Output>) {
        let Command::Ban { session, who: Barred::Address(address), for_ms: 1.. } = command else {
            return;
        };
        for other in self.sessions.at_address(*address) {
            let id = self.id(other);
            if id != *session {
                self.send_away(id, None, Goodbye::Banned, out);
            }
        }
    }

    /// What the asker is answered; `None`: nobody asked.
    fn answer(&self, seq: Seq, outcome: &Outcome) -> Option<Answer> {
        let said = |reach| Some(Answer::Said { seq, reach: Some(reach) });
        match outcome {
            Outcome::Noted | Outcome::Ended(_) => None,
            Outcome::Refused(refusal) => Some(Answer::Refused(*refusal)),
            Outcome::Named { name, resumed, .. } => {
                Some(Answer::Named { seq, name: name.clone(), resumed: *resumed })
            }
            Outcome::Joined { room: (_, room), here, topic, .. } => {
                let (room, topic) = (room.clone(), topic.clone());
                Some(Answer::Joined { seq, room, here: *here, topic })
            }
            Outcome::Left { room: (_, room), .. } => Some(Answer::Left { seq, room: room.clone() }),
            Outcome::TopicSet { room: (_, room), .. } => {
                Some(Answer::TopicSet { seq, room: room.clone() })
            }
            Outcome::Said { addressed, .. } | Outcome::Announced { addressed } => {
                said(Reach::Addressed(*addressed))
            }
            Outcome::Told { to, .. } => said(Reach::Addressed(u32::from(self.hears(*to)))),
            Outcome::Kept { .. } => said(Reach::Kept),
            Outcome::NoteTaken { .. } | Outcome::Kicked { .. } | Outcome::Barred { .. } => {
                Some(Answer::Done { seq })
            }
            Outcome::Reserved { resource } => {
                Some(Answer::Reserved { seq, resource: resource.clone() })
            }
            Outcome::Cancelled { resource } => {
                Some(Answer::Cancelled { seq, resource: resource.clone() })
            }
            Outcome::Repeated { seq, outcome } => {
                let answer = self.answer(*seq, outcome);
                answer.map(|answer| match answer {
                    // How many that were is not known any more.
                    Answer::Said { seq, .. } => Answer::Said { seq, reach: None },
                    answer => answer,
                })
            }
            Outcome::Drifted { at } => panic!("the state drifted from its own trail at {}", at.0),
            Outcome::UnknownRules(version) => panic!("rules {version} were never handed out"),
        }
    }

    /// Whether a session can be told something that it did not ask for.
    fn hears(&self, session: SessionId) -> bool {
        self.local(session).is_none_or(|session| !self.sessions.answers_only(session))
    }
}

fn follow(session: SessionNumber, feed: Feed) -> Output {
    Output::Follow { session, feed }
}

fn unfollow(session: SessionNumber, feed: Feed) -> Output {
    Output::Unfollow { session, feed }
}
