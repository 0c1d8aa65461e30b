//! What the operator does, as the log says it. Who is the operator was judged before.

use super::outcome::Departure;
use super::{Outcome, Refusal, State};
use crate::{Barred, Event, RoomId, SessionId, Text, Whom};

impl State {
    pub(super) fn announce(&mut self, text: &Text) -> Outcome {
        let event = Event::Announced { text: text.clone() };
        self.rooms.keep(RoomId::LOBBY, self.seq, event);
        let addressed = u32::try_from(self.people.online()).expect("ONLINE bounds who is online");
        Outcome::Announced { addressed }
    }

    pub(super) fn tell(&mut self, to: &Whom, text: &Text) -> Result<Outcome, Refusal> {
        let event = Event::Told { text: text.clone() };
        let name = match to {
            Whom::Name(name) => name.clone(),
            Whom::Session(session) => {
                // Who has a name misses nothing that was said to it, however it was meant.
                let known = self.people.get(self.people.principal_of(*session));
                let Some(known) = known else {
                    return Ok(Outcome::Told { from: None, to: *session });
                };
                known.name.key.clone()
            }
        };
        self.deliver(&name, None, event)
    }

    pub(super) fn kick(&mut self, who: &Whom) -> Result<Outcome, Refusal> {
        let session = match who {
            Whom::Name(name) => self.people.session_of(name).ok_or(Refusal::NotHere)?,
            Whom::Session(session) => *session,
        };
        Ok(Outcome::Kicked { session, left: self.expel(session) })
    }

    pub(super) fn ban(&mut self, who: &Barred, for_ms: u64) -> Result<Outcome, Refusal> {
        self.bans.set(who, for_ms, self.time)?;
        let online = match who {
            Barred::Name(name) if for_ms > 0 => self.people.session_of(name),
            _ => None,
        };
        let kicked = online.and_then(|session| Some((session, self.expel(session)?)));
        Ok(Outcome::Barred { kicked })
    }

    pub(super) fn release(&mut self, resource: &str) -> Result<Outcome, Refusal> {
        let (resource, holder) = self.resources.release(resource)?;
        self.people.discount_reservation(holder, self.seq);
        Ok(Outcome::Cancelled { resource })
    }

    /// Ends a session before its connection is over. Says what it left, if it had a name.
    fn expel(&mut self, session: SessionId) -> Option<Departure> {
        let name = self.people.expel(session, self.seq).ok()?;
        Some(Departure { name, rooms: self.rooms.exit_all(session, self.seq) })
    }
}
