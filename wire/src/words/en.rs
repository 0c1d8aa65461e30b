//! English.

use posada_core::{Goodbye, Refusal};

use super::Words;

pub(super) const WORDS: Words = Words {
    arrived: "you are in the lobby",
    back: "welcome back, you are in the lobby",
    joined: "joined",
    left: "left",
    topic: "topic",
    addressed: "addressed",
    kept: "kept",
    kept_for: "kept for",
    said: "said",
    events: "events",
    more: "more: resume",
    watching: "watching",
    not_watching: "not watching",
    passed_on: "passed on",
    reserved: "reserved",
    cancelled: "cancelled",
    here: "here",
    rooms: "rooms",
    resources: "resources",
    free: "free",
    held: "taken",
    held_by: "taken by",
    yours: "yours",
    since: "since",
    bye: "bye",
    operator: "operator",
    done: "done",
    sessions: "sessions",
    verbs: "verbs",
    help: "\
name NAME [secret:SECRET]   take a name, or come back to it; you are then in the lobby
say TEXT                    say something in your current room
to NAME TEXT                say something to one; \"quote\" a name with spaces
to #ROOM TEXT               say something in another of your rooms
join ROOM                   come into a room, which becomes the current one
leave [ROOM]                leave it
topic [ROOM [TEXT]]         what a room is about, or will be; \"\" takes it away
who [ROOM]                  who is in a room
rooms                       which rooms there are
resume SEQ [ROOM]           what was said behind that number and you missed
list                        what can be reserved, and who has it
reserve RESOURCE            take it until you give it back
cancel RESOURCE             give it back
watch [RESOURCE|#ROOM]      be told what is reserved, or who comes and types in a room
unwatch [RESOURCE|#ROOM]    not any more
typing [ROOM]               let others know that you type
ping                        is anybody there?
help                        this
quit                        leave the server",
    orders: "\
announce TEXT                     say something to everybody
tell NAME|IP:PORT TEXT            say something to one
kick NAME|IP:PORT                 send somebody away
ban NAME|IP [for 30s|10m|2h|3d]   shut somebody out, for an hour if you do not say how long
unban NAME|IP                     let them in again
release RESOURCE                  give it back, whoever has it
sessions                          who is connected, where from, and for how long",
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
            ("that is not the right secret", "use the digits that came with the name, or the token")
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
            "use 1 to 40 visible characters of one script, without : or @; no space in a room",
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
        Refusal::NoSuchRoom => ("there is no such room", "ask: rooms"),
        Refusal::NotInRoom => ("you are not in that room", "say: join ROOM"),
        Refusal::TooManyRooms => ("you are in as many rooms as you may", "leave one first"),
        Refusal::TooManyWatched => ("you watch as much as you may", "unwatch something first"),
        Refusal::MailboxFull => {
            ("as much is kept for them as may be", "try again when they have been here")
        }
        Refusal::KeyReused => ("that key was used for something else", "count keys upwards"),
        Refusal::KeyTooOld => (
            "that key is too old, nothing was done now",
            "see what was done, then use greater keys",
        ),
        Refusal::Banned => ("the operator has shut out that name", "ask the operator"),
        Refusal::OperatorOnly => ("only the operator may ask that", "say: operator TOKEN"),
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
        Goodbye::Kicked => "the operator sent you away",
        Goodbye::Banned => "the operator has shut you out",
        Goodbye::Slow => "you read or write too slowly",
        Goodbye::Closing => "the server is closing",
    }
}
