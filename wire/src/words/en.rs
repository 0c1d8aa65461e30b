//! English.

use posada_core::{Goodbye, Refusal};

use super::Words;

pub(super) const WORDS: Words = Words {
    arrived: "you are in the lobby",
    back: "welcome back, you are in the lobby",
    addressed: "addressed",
    reserved: "reserved",
    cancelled: "cancelled",
    here: "here",
    resources: "resources",
    free: "free",
    held: "taken",
    held_by: "taken by",
    yours: "yours",
    since: "since",
    bye: "bye",
    verbs: "verbs",
    help: "\
name NAME [secret:SECRET]   take a name, or come back to it; you are then in the lobby
say TEXT                    say something to everybody in the lobby
to NAME TEXT                say something to one; \"quote\" a name with spaces
who                         who is in the lobby
list                        what can be reserved, and who has it
reserve RESOURCE            take it until you give it back
cancel RESOURCE             give it back
ping                        is anybody there?
help                        this
quit                        leave",
    refusal,
    goodbye,
};

fn refusal(refusal: Refusal) -> (&'static str, &'static str) {
    match refusal {
        Refusal::NameFirst => ("you have no name yet", "say: name NAME"),
        Refusal::AlreadyNamed => ("you have a name already", "connect again to take another"),
        Refusal::NameTaken => {
            ("somebody has that name", "take another, or add the secret that came with it")
        }
        Refusal::BadSecret => {
            ("that is not the secret of this name", "use the 32 digits that came with the name")
        }
        Refusal::NotHere => ("nobody of that name is here", "ask: who"),
        Refusal::NoSuchResource => ("there is no such resource", "ask: list"),
        Refusal::Taken => ("somebody has it", "ask: list, to see what is free"),
        Refusal::NotHeld => ("nobody has it", "ask: list"),
        Refusal::NotYours => ("somebody else has it", "only its holder can give it back"),
        Refusal::TooManyReservations => ("you hold as many as you may", "give one back first"),
        Refusal::Full => ("there is no room for more", "try again later"),
        Refusal::AlreadyDeclared => ("there is one of that name", "choose another name"),
        Refusal::BadName => (
            "that cannot be a name",
            "use 1 to 40 visible characters of one script, without : or @",
        ),
        Refusal::NameReserved => ("nobody may have that name", "choose another"),
        Refusal::BadText => ("that is not clean UTF-8 text", "send UTF-8 without NUL"),
        Refusal::TooLong => ("that is too long", "send it in shorter pieces"),
        Refusal::Empty => ("there is nothing in it", "write something behind the verb"),
        Refusal::UnknownVerb => ("there is no such verb", "ask: help"),
        Refusal::BadRequest => ("that is not how it is asked", "ask: help"),
        Refusal::TooFast => ("too many messages in a second", "wait a moment"),
        Refusal::Busy => ("too much is under way, nothing was done", "try again"),
        Refusal::ReadOnly => ("there is no space to store it, nothing was done", "try again later"),
    }
}

fn goodbye(reason: Goodbye) -> &'static str {
    match reason {
        Goodbye::Left => "bye",
        Goodbye::Full(_) => "all places here are taken, try again later",
        Goodbye::TooLong => "that message was too long",
        Goodbye::TooFast => "too many messages in a second",
        Goodbye::Nameless => "you gave no name in time",
        Goodbye::Replaced => "you came back on another connection",
        Goodbye::Slow => "you take what you are sent too slowly",
        Goodbye::Closing => "the server is closing",
    }
}
