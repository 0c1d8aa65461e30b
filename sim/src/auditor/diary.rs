//! What each client was really shown, compared with everything that the log says was told there.
//!
//! This knows nothing of histories, bounds or cuts. It holds the promise to its words: what a
//! resume gives and what arrived live is everything behind the entry asked for, each once, or a
//! gap says that it is not there.

use std::collections::BTreeMap;

use posada_core::{Event, Seq, SessionId, SessionNumber};

use super::fold::{Fold, Place, Published};
use super::talk::Message;
use super::violation::{Audit, Invariant};

#[derive(Debug, Default)]
pub(super) struct Diary {
    /// What arrived live, and where.
    live: BTreeMap<SessionNumber, Vec<(Place, u64)>>,
}

impl Diary {
    pub(super) fn clear(&mut self) {
        self.live.clear();
    }

    /// `session` is `id`, and was shown something that it did not ask for.
    pub(super) fn shown(&mut self, fold: &Fold, id: SessionId, message: &Message) {
        // What the operator told the nameless is no principal's.
        let published = |seq: Seq, place| {
            fold.published.iter().rev().any(|told| told.seq == seq.0 && told.place == place)
        };
        if let (Some(seq), Some(place)) = (message.seq, place(fold, id, &message.event))
            && published(seq, place)
        {
            self.live.entry(id.number).or_default().push((place, seq.0));
        }
    }

    /// The answer to a resume of everything, or of one room, which speaks of what lies behind
    /// `after` and up to `until`.
    pub(super) fn resumed(
        &self,
        fold: &Fold,
        id: SessionId,
        (after, until): (u64, u64),
        only: Option<&str>,
        events: &[(Seq, Event)],
    ) -> Audit {
        let none = vec![];
        let live = self.live.get(&id.number).unwrap_or(&none);
        let rooms = fold.rooms.iter().filter(|room| only.is_none_or(|key| *room.name.key == *key));
        for room in rooms {
            let Some(member) = room.member(id) else { continue };
            let place = Place::Room(room.id);
            let since = after.max(member.joined);
            let shown = live.iter().filter(|(at, seq)| *at == place && *seq > since);
            let shown = shown.map(|(_, seq)| *seq).collect();
            // What it says itself is answered with its place, and not sent back.
            let own = |told: &Published| told.sender == Some(id) && told.seq > member.joined;
            whole(fold, id, place, (after, until), events, shown, own)?;
        }
        if only.is_none() {
            let place = Place::Direct(fold.owner(id));
            let shown = live.iter().filter(|(at, seq)| *at == place && *seq > after);
            let shown = shown.map(|(_, seq)| *seq).collect();
            whole(fold, id, place, (after, until), events, shown, |_| false)?;
        }
        Ok(())
    }
}

/// Everything that was told at `at` behind `after` and up to `until` is among `events`, `known`, an
/// `own` word, or in a gap: one of them, once.
fn whole(
    fold: &Fold,
    id: SessionId,
    at: Place,
    (after, until): (u64, u64),
    events: &[(Seq, Event)],
    mut known: Vec<u64>,
    own: impl Fn(&Published) -> bool,
) -> Audit {
    let mut gap = after;
    for (seq, event) in events.iter().filter(|(_, event)| place(fold, id, event) == Some(at)) {
        match event {
            Event::Gap { .. } => gap = gap.max(seq.0),
            _ => known.push(seq.0),
        }
    }
    let spoken_of = |told: &&Published| after < told.seq && told.seq <= until;
    let told = fold.published.iter().filter(|told| told.place == at).filter(spoken_of);
    for told in told {
        let times = known.iter().filter(|seq| **seq == told.seq).count();
        let own = own(told);
        let missing = told.seq <= gap;
        let once = times + usize::from(own) + usize::from(missing) == 1;
        Invariant::NothingUnsaid.require(once, || {
            let (session, seq) = (id.number.0, told.seq);
            format!(
                "session {session} since {after}: entry {seq} at {at:?} is known {times} \
                 times, own: {own}, in a gap: {missing}"
            )
        })?;
    }
    let told = |seq: &u64| fold.published.iter().any(|it| it.place == at && it.seq == *seq);
    let never = known.iter().find(|seq| !told(seq));
    Invariant::NothingUnsaid.require(never.is_none(), || {
        format!("session {} was shown {never:?} at {at:?}, never told there", id.number.0)
    })
}

/// Where an event was told, as its receiver `id` sees it.
fn place(fold: &Fold, id: SessionId, event: &Event) -> Option<Place> {
    match event {
        Event::Said { room, .. }
        | Event::Topic { room, .. }
        | Event::Gap { room: Some(room), .. } => {
            let known = fold.rooms.iter().find(|known| known.name.shown == *room)?;
            Some(Place::Room(known.id))
        }
        Event::Announced { .. } => Some(Place::Room(0)),
        Event::Direct { .. } | Event::Told { .. } | Event::Gap { room: None, .. } => {
            Some(Place::Direct(fold.owner(id)))
        }
        _ => None,
    }
}
