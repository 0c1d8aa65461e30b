//! Whether the answer to a command is what its entry came to, and whose fault it is if not.

use posada_core::{Answer, Reach, Refusal};

use super::fold::Effect;
use super::violation::{Audit, Invariant};

/// The answer to a command: `effect` is what its entry, at `seq`, came to.
pub(super) fn to_write(seq: u64, effect: &Effect, answer: &Answer) -> Audit {
    let Some(expected) = &effect.answer else {
        let detail = format!("entry {seq} needs no answer, but got {answer:?}");
        return Err(Invariant::OneReplyEach.broken(detail));
    };
    let again = if effect.repeated { " again" } else { "" };
    let detail =
        || format!("entry {seq} means {expected:?}{again}, but the client was told {answer:?}");
    blame(effect.repeated, expected, answer).require(expected == answer, detail)
}

/// What kind of mistake it is to give this answer where that was expected.
fn blame(repeated: bool, expected: &Answer, answer: &Answer) -> Invariant {
    use Refusal::{
        BadSecret, Banned, KeyReused, KeyTooOld, MailboxFull, NameTaken, NotHeld, NotHere,
        NotInRoom, NotYours, OperatorOnly, Taken, TooFast, TooLong,
    };
    match (expected, answer) {
        (_, Answer::Refused(TooFast | TooLong)) => Invariant::LimitsHold,
        (Answer::Refused(KeyTooOld), _) | (_, Answer::Refused(KeyTooOld)) => {
            Invariant::OldKeysSleep
        }
        (Answer::Refused(KeyReused), _) | (_, Answer::Refused(KeyReused)) => Invariant::OncePerKey,
        _ if repeated => Invariant::OncePerKey,
        (Answer::Refused(Taken), Answer::Reserved { .. }) => Invariant::OneHolder,
        (Answer::Refused(NotYours | NotHeld), Answer::Cancelled { .. }) => Invariant::OwnerOnly,
        (Answer::Refused(NameTaken | BadSecret), Answer::Named { .. }) => Invariant::NamesAreUnique,
        (Answer::Refused(Banned), _) | (_, Answer::Refused(Banned)) => Invariant::OutIsOut,
        (Answer::Refused(OperatorOnly), _) => Invariant::OperatorOnly,
        (Answer::Refused(MailboxFull), _) | (_, Answer::Refused(MailboxFull)) => {
            Invariant::HistoryIsBounded
        }
        (Answer::Refused(NotInRoom), Answer::Said { .. } | Answer::TopicSet { .. }) => {
            Invariant::MembersOnly
        }
        (Answer::Named { .. }, Answer::Refused(NameTaken | BadSecret))
        | (Answer::Named { resumed: false, .. }, Answer::Named { resumed: true, .. })
        | (Answer::Refused(NotHere), Answer::Said { .. }) => Invariant::NoGhosts,
        (Answer::Said { reach, .. }, Answer::Said { reach: more, .. })
            if addressed(*more) > addressed(*reach) =>
        {
            Invariant::NoGhosts
        }
        _ => Invariant::AnswerIsFold,
    }
}

fn addressed(reach: Option<Reach>) -> u32 {
    match reach {
        Some(Reach::Addressed(number)) => number,
        _ => 0,
    }
}
