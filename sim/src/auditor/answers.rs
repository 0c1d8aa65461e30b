//! Whether an answer says what the auditor's own fold says, and whose fault it is if not.

use posada_core::{Answer, Ask, Refusal, ResourceView, SessionId, Text};

use super::fold::{Fold, Meaning, NAMELESS};
use super::violation::{Audit, Invariant, Violation};

/// The answer to a command: `meaning` is what its entry, at `seq`, came to.
pub(super) fn to_write(seq: u64, meaning: &Meaning, answer: &Answer) -> Audit {
    let agrees = match (meaning, answer) {
        (Meaning::Refused(expected), Answer::Refused(found)) => expected == found,
        (
            Meaning::Named { name, resumed, .. },
            Answer::Named { seq: at, name: shown, resumed: again },
        ) => at.0 == seq && name == shown && resumed == again,
        (Meaning::Said { addressed, .. }, Answer::Said { seq: at, addressed: found }) => {
            at.0 == seq && addressed == found
        }
        (Meaning::Told { .. }, Answer::Said { seq: at, addressed }) => {
            at.0 == seq && *addressed == 1
        }
        (Meaning::Reserved(resource), Answer::Reserved { seq: at, resource: found })
        | (Meaning::Cancelled(resource), Answer::Cancelled { seq: at, resource: found }) => {
            at.0 == seq && resource == found
        }
        _ => false,
    };
    let detail = || format!("entry {seq} means {meaning:?}, but the client was told {answer:?}");
    blame(meaning, answer).require(agrees, detail)
}

/// The answer to a question, asked by `session`, where the log stands now.
pub(super) fn to_read(
    fold: &Fold,
    session: SessionId,
    sees_names: bool,
    ask: &Ask,
    answer: &Answer,
) -> Audit {
    match (ask, answer) {
        (Ask::Ping, Answer::Pong) | (Ask::Help, Answer::Help) => Ok(()),
        (Ask::Who, Answer::Who(names)) => check_who(fold, names),
        (Ask::List, Answer::List(resources)) => check_list(fold, session, sees_names, resources),
        _ => Err(Invariant::OneReplyEach.broken(format!("{ask:?} was answered with {answer:?}"))),
    }
}

fn check_who(fold: &Fold, found: &[Text]) -> Audit {
    let expected: Vec<_> = fold.lobby().into_iter().map(|who| who.name.shown.clone()).collect();
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

/// What kind of mistake it is to give this answer where the log means that.
fn blame(meaning: &Meaning, answer: &Answer) -> Invariant {
    use Refusal::{BadSecret, NameTaken, NotHeld, NotHere, NotYours, Taken, TooFast, TooLong};
    match (meaning, answer) {
        (_, Answer::Refused(TooFast | TooLong)) => Invariant::LimitsHold,
        (Meaning::Refused(Taken), Answer::Reserved { .. }) => Invariant::OneHolder,
        (Meaning::Refused(NotYours | NotHeld), Answer::Cancelled { .. }) => Invariant::OwnerOnly,
        (Meaning::Refused(NameTaken | BadSecret), Answer::Named { .. }) => {
            Invariant::NamesAreUnique
        }
        (Meaning::Named { .. }, Answer::Refused(NameTaken | BadSecret))
        | (Meaning::Named { resumed: false, .. }, Answer::Named { resumed: true, .. })
        | (Meaning::Refused(NotHere), Answer::Said { .. }) => Invariant::NoGhosts,
        (Meaning::Said { addressed, .. }, Answer::Said { addressed: more, .. })
            if more > addressed =>
        {
            Invariant::NoGhosts
        }
        _ => Invariant::AnswerIsFold,
    }
}
