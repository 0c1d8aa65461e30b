//! What a session missed, one page at a time.

use alloc::collections::vec_deque;
use alloc::vec::Vec;
use core::iter::Peekable;

use super::history::{History, Kept};
use super::{Refusal, State};
use crate::{Event, Seq, SessionId, Text};

/// A page of what was missed: all of it behind one entry, up to and with another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missed {
    /// The last entry that it speaks of.
    pub until: Seq,
    /// Whether something was missed behind that.
    pub more: bool,
    /// Gaps, each with its last entry; behind them what happened, oldest first.
    pub events: Vec<(Seq, Event)>,
}

/// One place where something may have been missed.
struct Place<'a> {
    /// Its name; `None`: what was said to the session alone.
    room: Option<Text>,
    /// The last that was missed and is forgotten.
    cut: Seq,
    kept: Peekable<vec_deque::Iter<'a, Kept>>,
}

impl<'a> Place<'a> {
    fn new(room: Option<Text>, history: &'a History, after: Seq, until: Seq) -> Self {
        let kept = history.between(after, until).peekable();
        Self { room, cut: history.cut().min(until), kept }
    }
}

impl State {
    /// What a session has missed since the entry `after`: in one room, or in all that it is in
    /// and of what was said to it alone. It ends before what counts more than `most` bytes, but
    /// not before the first.
    ///
    /// # Errors
    /// When it has no name, or is not in that room.
    pub fn missed(
        &self,
        session: SessionId,
        after: Seq,
        room: Option<&str>,
        most: u32,
    ) -> Result<Missed, Refusal> {
        let mut places = self.places(session, after, room)?;
        let (mut told, mut bytes) = (Vec::new(), 0);
        while let Some(next) = oldest(&mut places) {
            bytes += next.bytes();
            if bytes > u64::from(most) && !told.is_empty() {
                break;
            }
            told.push(next.told());
            advance(&mut places, next.seq);
        }
        let more = oldest(&mut places).is_some();
        let until = told.last().filter(|_| more).map_or(self.seq, |(seq, _)| *seq);
        let gap = |place: Place<'_>| {
            let cut = place.cut.min(until);
            (cut > after).then_some((cut, Event::Gap { room: place.room, after }))
        };
        let mut events: Vec<_> = places.into_iter().filter_map(gap).collect();
        events.append(&mut told);
        Ok(Missed { until, more, events })
    }

    /// Where a session may have missed something, in the order of the rooms' coming into being.
    fn places(
        &self,
        session: SessionId,
        after: Seq,
        room: Option<&str>,
    ) -> Result<Vec<Place<'_>>, Refusal> {
        self.name_of(session).ok_or(Refusal::NameFirst)?;
        let only = room.map(|key| self.rooms.meant(session, Some(key))).transpose()?;
        let mut memberships = self.rooms.of(session).to_vec();
        memberships.retain(|membership| only.is_none_or(|only| only == membership.room));
        memberships.sort_by_key(|membership| membership.room);
        let mut places = Vec::with_capacity(memberships.len() + 1);
        for membership in memberships {
            let known = self.rooms.get(membership.room).expect("somebody is in it");
            let until = Seq(membership.since.0 - 1);
            places.push(Place::new(Some(known.name.shown.clone()), &known.history, after, until));
        }
        let principal = self.people.get(self.people.principal_of(session));
        if let Some(principal) = principal.filter(|_| only.is_none()) {
            let mailbox = &principal.mailbox;
            places.push(Place::new(None, mailbox.history(), after, mailbox.before()));
        }
        Ok(places)
    }
}

/// The oldest event that has not been told. An entry is one event, in one place.
fn oldest<'a>(places: &mut [Place<'a>]) -> Option<&'a Kept> {
    places.iter_mut().filter_map(|place| place.kept.peek().copied()).min_by_key(|kept| kept.seq)
}

fn advance(places: &mut [Place<'_>], told: Seq) {
    for place in places {
        place.kept.next_if(|kept| kept.seq == told);
    }
}
