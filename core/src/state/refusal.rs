//! Why something was refused.

/// Why something was refused. The codes are part of the protocol and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The session has no name, and this needs one.
    NameFirst,
    /// The session has a name already.
    AlreadyNamed,
    /// Somebody else has the name.
    NameTaken,
    /// The resume secret is not the one that was given with the name.
    BadSecret,
    /// Nobody of that name is here.
    NotHere,
    /// There is no resource of that name.
    NoSuchResource,
    /// Somebody has the resource.
    Taken,
    /// Nobody has the resource.
    NotHeld,
    /// Somebody else has the resource.
    NotYours,
    /// The principal holds as many as it may.
    TooManyReservations,
    /// A table of the state is full.
    Full,
    /// The resource has been declared before.
    AlreadyDeclared,
    /// The name cannot be a name.
    BadName,
    /// The name is one of the words that nobody may have.
    NameReserved,
    /// The text is not UTF-8, or holds a NUL.
    BadText,
    /// The message is longer than this listener allows.
    TooLong,
    /// The message holds nothing.
    Empty,
    /// No such verb.
    UnknownVerb,
    /// The verb needs another form.
    BadRequest,
    /// More messages in a second than this listener allows.
    TooFast,
    /// Too much is under way; nothing was done.
    Busy,
    /// There is no space to store anything; nothing was done.
    ReadOnly,
    /// There is no room of that name.
    NoSuchRoom,
    /// The session is not in the room.
    NotInRoom,
    /// The session is in as many rooms as it may be.
    TooManyRooms,
    /// The session watches as much as it may.
    TooManyWatched,
    /// So much is kept for who is away that no more is.
    MailboxFull,
    /// The key was used for something else.
    KeyReused,
    /// The key is older than those that are remembered.
    KeyTooOld,
    /// The operator has shut out whoever has this name.
    Banned,
    /// Only the operator may ask that.
    OperatorOnly,
}

impl Refusal {
    /// Every refusal, for tables and tests.
    pub const ALL: [Self; 31] = [
        Self::NameFirst,
        Self::AlreadyNamed,
        Self::NameTaken,
        Self::BadSecret,
        Self::NotHere,
        Self::NoSuchResource,
        Self::Taken,
        Self::NotHeld,
        Self::NotYours,
        Self::TooManyReservations,
        Self::Full,
        Self::AlreadyDeclared,
        Self::BadName,
        Self::NameReserved,
        Self::BadText,
        Self::TooLong,
        Self::Empty,
        Self::UnknownVerb,
        Self::BadRequest,
        Self::TooFast,
        Self::Busy,
        Self::ReadOnly,
        Self::NoSuchRoom,
        Self::NotInRoom,
        Self::TooManyRooms,
        Self::TooManyWatched,
        Self::MailboxFull,
        Self::KeyReused,
        Self::KeyTooOld,
        Self::Banned,
        Self::OperatorOnly,
    ];

    /// The stable code, for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NameFirst => "name_first",
            Self::AlreadyNamed => "already_named",
            Self::NameTaken => "name_taken",
            Self::BadSecret => "bad_secret",
            Self::NotHere => "not_here",
            Self::NoSuchResource => "no_such_resource",
            Self::Taken => "taken",
            Self::NotHeld => "not_held",
            Self::NotYours => "not_yours",
            Self::TooManyReservations => "too_many_reservations",
            Self::Full => "full",
            Self::AlreadyDeclared => "already_declared",
            Self::BadName => "bad_name",
            Self::NameReserved => "name_reserved",
            Self::BadText => "bad_text",
            Self::TooLong => "too_long",
            Self::Empty => "empty",
            Self::UnknownVerb => "unknown_verb",
            Self::BadRequest => "bad_request",
            Self::TooFast => "too_fast",
            Self::Busy => "busy",
            Self::ReadOnly => "read_only",
            Self::NoSuchRoom => "no_such_room",
            Self::NotInRoom => "not_in_room",
            Self::TooManyRooms => "too_many_rooms",
            Self::TooManyWatched => "too_many_watched",
            Self::MailboxFull => "mailbox_full",
            Self::KeyReused => "key_reused",
            Self::KeyTooOld => "key_too_old",
            Self::Banned => "banned",
            Self::OperatorOnly => "operator_only",
        }
    }
}
