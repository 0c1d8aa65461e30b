//! What a session missed, as a resume tells it.

use posada_core::{Answer, Event, Refusal, Seq, SessionId, Text};

use super::{Fold, Room};

impl Fold {
    /// The answer to a resume.
    pub(in crate::auditor) fn missed(
        &self,
        session: SessionId,
        after: Seq,
        room: Option<&Text>,
    ) -> Result<Answer, Refusal> {
        let person = self.person(session).ok_or(Refusal::NameFirst)?;
        let rooms: Vec<&Room> = match room {
            Some(_) => vec![self.member_of(session, room)?],
            None => self.rooms.iter().filter(|room| room.member(session).is_some()).collect(),
        };
        let (mut gaps, mut events) = (vec![], vec![]);
        let mut gap = |room: Option<Text>, cut: u64, last: u64| {
            let until = cut.min(last);
            if until > after.0 {
                gaps.push((Seq(until), Event::Gap { room, after }));
            }
        };
        for room in rooms {
            let joined = room.member(session).expect("it is in the room").joined;
            gap(Some(room.name.shown.clone()), room.cut, joined - 1);
            let wanted = room.history.iter().filter(|(seq, _)| after.0 < *seq && *seq < joined);
            events.extend(wanted.map(|(seq, event)| (Seq(*seq), event.clone())));
        }
        if room.is_none() {
            let last = person.delivered_before;
            gap(None, person.mailbox.cut, last);
            events.extend(person.mailbox.between(after.0, last));
        }
        events.sort_by_key(|(seq, _)| *seq);
        gaps.extend(events);
        Ok(Answer::Missed { until: Seq(self.seq), events: gaps })
    }
}
