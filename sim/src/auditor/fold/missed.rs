//! What a session missed, as a resume tells it.

use posada_core::{Answer, Event, Refusal, Seq, SessionId, Text};

use super::rooms::weight;
use super::{Fold, Room};

impl Fold {
    /// The answer to a resume, of which one page has `most` bytes.
    pub(in crate::auditor) fn missed(
        &self,
        session: SessionId,
        after: Seq,
        room: Option<&Text>,
        most: u32,
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
        let mut left = most as usize;
        let fits = |(place, (_, event)): &(usize, &(Seq, Event))| {
            let weight = weight(event);
            let fits = weight <= left;
            left = left.saturating_sub(weight);
            fits || *place == 0
        };
        let told = events.iter().enumerate().take_while(fits).count();
        let more = told < events.len();
        events.truncate(told);
        let until = events.last().filter(|_| more).map_or(Seq(self.seq), |(seq, _)| *seq);
        // A page says of a gap what lies before its own end.
        for (cut, _) in &mut gaps {
            *cut = until.min(*cut);
        }
        gaps.retain(|(cut, _)| *cut > after);
        gaps.extend(events);
        Ok(Answer::Missed { until, more, events: gaps })
    }
}
