//! Whether the answer to a question is what the auditor's own fold shows.

use posada_core::{Answer, Ask, Event, Refusal, ResourceView, RoomView, Seq, SessionId, Text};

use super::fold::{Fold, NAMELESS, count, weight};
use super::violation::{Audit, Invariant, Violation};

/// The answer to a question, asked by `session`, where the log stands now.
pub(super) fn to_read(
    fold: &Fold,
    session: SessionId,
    sees_names: bool,
    page: u32,
    ask: &Ask,
    answer: &Answer,
) -> Audit {
    let refused = |refusal: Refusal| {
        let same = *answer == Answer::Refused(refusal);
        let detail = || format!("{ask:?} was answered with {answer:?} where {refusal:?} was due");
        Invariant::MembersOnly.require(same, detail)
    };
    match (ask, answer) {
        (Ask::Ping, Answer::Pong) | (Ask::Help, Answer::Help) => Ok(()),
        (Ask::List, Answer::List(resources)) => check_list(fold, session, sees_names, resources),
        (Ask::Who(room), _) => match (who(fold, session, room.as_ref()), answer) {
            (Ok(expected), Answer::Who(names)) => check_who(fold, &expected, names),
            (Err(refusal), _) => refused(refusal),
            _ => Err(unlike(ask, answer)),
        },
        (Ask::Rooms, Answer::Rooms(found)) => {
            let expected = rooms(fold);
            Invariant::ReadYourWrites.require(*found == expected, || {
                format!("rooms: {found:?}; the log says {expected:?}")
            })
        }
        (Ask::Topic(room), _) => match topic(fold, session, room.as_ref()) {
            Err(refusal) => refused(refusal),
            Ok(expected) => Invariant::ReadYourWrites.require(*answer == expected, || {
                format!("topic: {answer:?}; the log says {expected:?}")
            }),
        },
        (Ask::Typing(room), _) => match may_type(fold, session, room.as_ref()) {
            Err(refusal) => refused(refusal),
            Ok(()) if *answer == Answer::PassedOn => Ok(()),
            Ok(()) => Err(unlike(ask, answer)),
        },
        (Ask::Resume { after, room }, _) => match fold.missed(session, *after, room.as_ref(), page)
        {
            Err(refusal) => refused(refusal),
            Ok(expected) => check_missed(fold, *after, &expected, answer),
        },
        _ => Err(unlike(ask, answer)),
    }
}

/// Whether a sign of typing is to be passed on, as far as the room goes.
pub(super) fn may_type(
    fold: &Fold,
    session: SessionId,
    room: Option<&Text>,
) -> Result<(), Refusal> {
    fold.person(session).ok_or(Refusal::NameFirst)?;
    fold.member_of(session, room).map(|_| ())
}

fn unlike(ask: &Ask, answer: &Answer) -> Violation {
    Invariant::OneReplyEach.broken(format!("{ask:?} was answered with {answer:?}"))
}

fn who(fold: &Fold, session: SessionId, room: Option<&Text>) -> Result<Vec<Text>, Refusal> {
    let room = match room {
        Some(key) => fold.room(key).ok_or(Refusal::NoSuchRoom)?,
        None => fold.current(session).unwrap_or(&fold.rooms[0]),
    };
    let members = room.members.iter().filter_map(|member| fold.person(member.session));
    Ok(members.map(|person| person.name.shown.clone()).collect())
}

fn check_who(fold: &Fold, expected: &[Text], found: &[Text]) -> Audit {
    if found == expected {
        return Ok(());
    }
    let ghost = found.iter().any(|name| !expected.contains(name));
    let twice = (1..found.len()).any(|at| found[..at].contains(&found[at]));
    let invariant = match (twice, ghost) {
        (true, _) => Invariant::NamesAreUnique,
        (_, true) => Invariant::NoGhosts,
        _ => Invariant::ReadYourWrites,
    };
    let seq = fold.seq;
    Err(invariant.broken(format!("after entry {seq}, who: {found:?}; the log says {expected:?}")))
}

fn rooms(fold: &Fold) -> Vec<RoomView> {
    let shown = fold.rooms.iter().filter(|room| room.id == 0 || !room.is_empty());
    let view = |room: &super::fold::Room| RoomView {
        name: room.name.shown.clone(),
        here: count(room.members.len()),
        topic: room.topic.as_ref().map(|(text, _)| text.clone()),
    };
    shown.map(view).collect()
}

fn topic(fold: &Fold, session: SessionId, room: Option<&Text>) -> Result<Answer, Refusal> {
    let room = match room {
        Some(key) => fold.room(key).ok_or(Refusal::NoSuchRoom)?,
        None => fold.current(session).unwrap_or(&fold.rooms[0]),
    };
    Ok(Answer::Topic { room: room.name.shown.clone(), topic: room.topic.clone() })
}

/// First what any client could see is wrong, then what only the log shows.
fn check_missed(fold: &Fold, after: Seq, expected: &Answer, answer: &Answer) -> Audit {
    let Answer::Missed { events, .. } = answer else {
        let detail = format!("a resume was answered with {answer:?}");
        return Err(Invariant::OneReplyEach.broken(detail));
    };
    for room in &fold.rooms {
        let of_room = |event: &Event| match event {
            Event::Said { room: shown, .. } | Event::Topic { room: shown, .. } => {
                *shown == room.name.shown
            }
            Event::Announced { .. } => room.id == 0,
            _ => false,
        };
        let kept = events.iter().filter(|(_, event)| of_room(event));
        let bytes: usize = kept.map(|(_, event)| weight(event)).sum();
        let (most, shown) = (fold.history_bytes, &room.name.shown);
        Invariant::HistoryIsBounded.require(bytes <= most as usize, || {
            format!("the history of {shown} holds {bytes} bytes of {most}")
        })?;
    }
    let seq = fold.seq;
    Invariant::NothingUnsaid.require(expected == answer, || {
        format!("after entry {seq}, missed since {after:?}: {answer:?}; the log: {expected:?}")
    })
}

fn check_list(fold: &Fold, session: SessionId, sees_names: bool, found: &[ResourceView]) -> Audit {
    let (seq, asker) = (fold.seq, fold.owner(session));
    let differ = |what: String| -> Violation {
        Invariant::ReadYourWrites.broken(format!("after entry {seq}, list: {what}"))
    };
    if found.len() != fold.things.len() {
        return Err(differ(format!("{} resources of {}", found.len(), fold.things.len())));
    }
    for (view, thing) in found.iter().zip(&fold.things) {
        let shown = &thing.name.shown;
        if view.name != *shown {
            return Err(differ(format!("{} stands where {shown} should", view.name)));
        }
        let (view, held) = match (&view.holder, thing.held) {
            (None, None) => continue,
            (Some(view), Some(held)) => (view, held),
            (view, held) => return Err(differ(format!("{shown}: {view:?}; the log: {held:?}"))),
        };
        let name = if sees_names && held.by != NAMELESS { fold.name_of(held.by) } else { None };
        if view.name != name || view.yours != (held.by == asker) {
            return Err(differ(format!("{shown}: {view:?}; the log: {held:?} by {name:?}")));
        }
        let (since, then) = (view.since_ms, held.since_ms);
        Invariant::TimeGoesOn.require(since == then, || {
            format!("{shown} is held since {since}; with time that never goes back, since {then}")
        })?;
    }
    Ok(())
}
