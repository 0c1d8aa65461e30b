//! What each session watches, as its client may believe: from the answer on, until it stops.

use posada_core::{Answer, Ask, Refusal, SessionId, SessionNumber, Watched};

use super::fold::Fold;
use super::seats::{Seat, Seats};
use super::violation::{Audit, Invariant};

/// Things that one session watches.
const WATCHED_EACH: usize = 64;

/// The answer to a watch or an unwatch, from which on it holds.
pub(super) fn answered(
    fold: &Fold,
    session: SessionId,
    seat: &mut Seat,
    ask: &Ask,
    answer: &Answer,
) -> Audit {
    let expected = match ask {
        Ask::Watch(what) => watch(fold, session, seat, what),
        Ask::Unwatch(what) => unwatch(fold, session, seat, what),
        other => unreachable!("{other:?} is no watching"),
    };
    let expected = expected.map_or_else(Answer::Refused, Answer::Watching);
    let blame = match ask {
        Ask::Watch(Watched::Room(_)) | Ask::Unwatch(Watched::Room(_)) => Invariant::MembersOnly,
        _ => Invariant::WatchersSee,
    };
    blame.require(expected == *answer, || {
        format!("session {} asked {ask:?}: {answer:?}, not {expected:?}", session.number.0)
    })
}

fn watch(
    fold: &Fold,
    session: SessionId,
    seat: &mut Seat,
    what: &Watched,
) -> Result<bool, Refusal> {
    may(fold, session, what)?;
    // Who watches all resources watches each of them, and is told of each change once.
    if matches!(what, Watched::Resource(_)) && seat.watched.contains(&Watched::Resources) {
        return Ok(true);
    }
    if *what == Watched::Resources {
        seat.watched.retain(|it| !matches!(it, Watched::Resource(_)));
    }
    if !seat.watched.contains(what) && seat.watched.len() >= WATCHED_EACH {
        return Err(Refusal::TooManyWatched);
    }
    seat.watched.insert(what.clone());
    Ok(true)
}

fn unwatch(
    fold: &Fold,
    session: SessionId,
    seat: &mut Seat,
    what: &Watched,
) -> Result<bool, Refusal> {
    may(fold, session, what)?;
    seat.watched.remove(what);
    if *what == Watched::Resources {
        seat.watched.retain(|it| !matches!(it, Watched::Resource(_)));
    }
    Ok(false)
}

/// Only members have to do with a room; resources are everybody's.
fn may(fold: &Fold, session: SessionId, what: &Watched) -> Result<(), Refusal> {
    match what {
        Watched::Room(_) if fold.person(session).is_none() => Err(Refusal::NameFirst),
        Watched::Resource(key) if fold.things.iter().all(|thing| thing.name.key != *key) => {
            Err(Refusal::NoSuchResource)
        }
        Watched::Room(key) => fold.member_of(session, Some(key)).map(|_| ()),
        _ => Ok(()),
    }
}

/// Everybody who watches this, or everything of its kind.
pub(super) fn watchers(seats: &Seats, what: &Watched) -> Vec<SessionNumber> {
    let all = matches!(what, Watched::Resource(_));
    let watches = |seat: &Seat| {
        seat.watched.contains(what) || (all && seat.watched.contains(&Watched::Resources))
    };
    seats.all().filter(|(_, seat)| watches(seat)).map(|(session, _)| session).collect()
}
