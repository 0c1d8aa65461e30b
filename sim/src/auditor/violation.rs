//! What must hold, each with the name under which a failure is reported.

use std::fmt;

/// Something that is true at every prefix of every world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Invariant {
    /// A resource has at most one holder.
    OneHolder,
    /// Only the owner gives a resource back; the nameless are one owner.
    OwnerOnly,
    /// What was acknowledged is in the log, once, as it was asked.
    AcknowledgedIsDurable,
    /// What was answered with `read_only` never happens.
    RefusedIsNowhere,
    /// The log holds what was asked and nothing else, in each session's order.
    SenderOrder,
    /// Each ask gets one answer, in the order of asking, before any goodbye.
    OneReplyEach,
    /// An answer says what the log says.
    AnswerIsFold,
    /// The state after a start is the fold of the log, and what it was before.
    RecoveryIsFold,
    /// Whoever is in a room gets every message after its arrival, once, in the log's order.
    SameRoomForAll,
    /// A message to one name reaches that session and nobody else.
    DirectIsPrivate,
    /// A resource's fencing tokens only grow.
    TokensGrow,
    /// Time in the state never goes back.
    TimeGoesOn,
    /// A session that is over holds no name.
    NoGhosts,
    /// Two who are online never have the same name.
    NamesAreUnique,
    /// Places, lengths, rates and patience are what the listener says.
    LimitsHold,
    /// A list shows everything that happened before it, and nothing else.
    ReadYourWrites,
    /// After any stop the log opens again, by itself.
    OpensAgain,
    /// Nothing panics.
    NoPanic,
    /// Only members talk in a room, set its topic, or see what goes on in it.
    MembersOnly,
    /// What was missed and what arrives live is everything once, or a gap says what is not there.
    NothingUnsaid,
    /// A history, and what is kept for one principal, holds the newest within its bytes.
    HistoryIsBounded,
    /// What was kept for who is away reaches it right after its return, oldest first.
    MailArrives,
    /// A key has one effect, and each retry gets the answer of the first.
    OncePerKey,
    /// A key that is no longer remembered never has an effect.
    OldKeysSleep,
    /// Who watches something gets each change of it once, and nobody else gets any.
    WatchersSee,
    /// A signal reaches the others who watch that room, and nobody else.
    SignalsStay,
    /// Who is sent away or shut out is out, and nobody else is.
    OutIsOut,
    /// Only the operator's orders are obeyed, and each once.
    OperatorOnly,
    /// A note reaches the operator once, as it was written.
    NotesArrive,
    /// Where only answers may be sent, nothing else is.
    AnswersOnly,
    /// Nothing that the server keeps is more than it may be, and what is over is forgotten.
    MemoryIsBounded,
}

impl Invariant {
    /// All of them.
    pub const ALL: [Self; 31] = [
        Self::OneHolder,
        Self::OwnerOnly,
        Self::AcknowledgedIsDurable,
        Self::RefusedIsNowhere,
        Self::SenderOrder,
        Self::OneReplyEach,
        Self::AnswerIsFold,
        Self::RecoveryIsFold,
        Self::SameRoomForAll,
        Self::DirectIsPrivate,
        Self::TokensGrow,
        Self::TimeGoesOn,
        Self::NoGhosts,
        Self::NamesAreUnique,
        Self::LimitsHold,
        Self::ReadYourWrites,
        Self::OpensAgain,
        Self::NoPanic,
        Self::MembersOnly,
        Self::NothingUnsaid,
        Self::HistoryIsBounded,
        Self::MailArrives,
        Self::OncePerKey,
        Self::OldKeysSleep,
        Self::WatchersSee,
        Self::SignalsStay,
        Self::OutIsOut,
        Self::OperatorOnly,
        Self::NotesArrive,
        Self::AnswersOnly,
        Self::MemoryIsBounded,
    ];

    /// As it is printed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OneHolder => "one-holder",
            Self::OwnerOnly => "owner-only",
            Self::AcknowledgedIsDurable => "acknowledged-is-durable",
            Self::RefusedIsNowhere => "refused-is-nowhere",
            Self::SenderOrder => "sender-order",
            Self::OneReplyEach => "one-reply-each",
            Self::AnswerIsFold => "answer-is-fold",
            Self::RecoveryIsFold => "recovery-is-fold",
            Self::SameRoomForAll => "same-room-for-all",
            Self::DirectIsPrivate => "direct-is-private",
            Self::TokensGrow => "tokens-grow",
            Self::TimeGoesOn => "time-goes-on",
            Self::NoGhosts => "no-ghosts",
            Self::NamesAreUnique => "names-are-unique",
            Self::LimitsHold => "limits-hold",
            Self::ReadYourWrites => "read-your-writes",
            Self::OpensAgain => "opens-again",
            Self::NoPanic => "no-panic",
            Self::MembersOnly => "members-only",
            Self::NothingUnsaid => "nothing-unsaid",
            Self::HistoryIsBounded => "history-is-bounded",
            Self::MailArrives => "mail-arrives",
            Self::OncePerKey => "once-per-key",
            Self::OldKeysSleep => "old-keys-sleep",
            Self::WatchersSee => "watchers-see",
            Self::SignalsStay => "signals-stay",
            Self::OutIsOut => "out-is-out",
            Self::OperatorOnly => "operator-only",
            Self::NotesArrive => "notes-arrive",
            Self::AnswersOnly => "answers-only",
            Self::MemoryIsBounded => "memory-is-bounded",
        }
    }

    /// A violation of this, unless `holds`.
    pub(crate) fn require(self, holds: bool, detail: impl FnOnce() -> String) -> Audit {
        if holds { Ok(()) } else { Err(self.broken(detail())) }
    }

    /// A violation of this.
    pub(crate) fn broken(self, detail: impl Into<String>) -> Violation {
        Violation { invariant: self, detail: detail.into() }
    }
}

impl fmt::Display for Invariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An invariant that did not hold.
#[derive(Clone, Debug)]
pub struct Violation {
    /// Which one.
    pub invariant: Invariant,
    /// What was seen, and what should have been.
    pub detail: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.invariant, self.detail)
    }
}

/// Whether all is well.
pub type Audit = Result<(), Violation>;
