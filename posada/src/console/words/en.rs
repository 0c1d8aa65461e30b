//! English.

use super::Words;
use crate::console::order::Mistake;

pub(super) const WORDS: Words = Words {
    somebody: "somebody who is gone",
    connected: "connected",
    is: "is",
    is_again: "is back as",
    joins: "comes into",
    leaves: "leaves",
    topic: "sets the topic",
    kept: "kept until that one is back",
    reserves: "reserves",
    cancels: "gives back",
    refused: "refused",
    operator: "is an operator now",
    bans: "shuts out",
    unbans: "lets in again",
    releases: "releases",
    left: "left",
    sent_away: "sent away",
    disk_slow: |ms| format!("disk slow: one sync held everybody up for {ms} ms"),
    overloaded: "overloaded: more comes than can be done; who sends too much is told busy",
    relieved: |refused| format!("overload is over; {refused} requests were told busy"),
    disk_full: "disk full, read-only until there is room; nothing is lost",
    disk_free: "there is room on the disk again: changes are accepted",
    missed: |count| match count {
        1 => "… 1 line was not shown".to_owned(),
        count => format!("… {count} lines were not shown"),
    },
    no_input: "no more input: the server goes on, and this only shows (Ctrl-C closes it)",
    closing: "closing: everybody is told goodbye",
    welcome: "a line goes to everybody · @name line to one · /help · salir closes the server",
    sent: |count| match count {
        0 => "sent; nobody is here to read it".to_owned(),
        count => format!("sent to {count}"),
    },
    waits: "is away and gets it on return",
    done: "done",
    console: "this console",
    nobody: "nobody",
    free: "free",
    held: "taken",
    held_by: "taken by",
    none: "none",
    mistake,
    help: "\
TEXT                     to everybody, as Servidor:TEXT
@NAME TEXT               to one; also @\"ANA MARÍA\" TEXT, @IP:PORT TEXT
//TEXT                   to everybody, with a slash before it
/who [ROOM]              everybody who is connected, or who is in a room
/rooms                   the rooms
/resources               what can be reserved, and who has it
/kick NAME|IP:PORT       send somebody away
/ban NAME|IP [10m]       shut somebody out: 45s, 10m, 2h, 3d; else an hour
/unban NAME|IP           let somebody in again
/release RESOURCE        give a resource back, whoever has it
/help                    this
salir                    close the server",
};

fn mistake(mistake: &Mistake) -> String {
    match mistake {
        Mistake::Unknown(word) if word.eq_ignore_ascii_case("salir") => {
            "salir closes the server, without a slash".to_owned()
        }
        Mistake::Unknown(word) => format!("there is no /{word}; /help says what there is"),
        Mistake::NoText => "there is nothing to say: write it behind the name".to_owned(),
        Mistake::NoName => "say whom or what, by its name".to_owned(),
        Mistake::WithPort => "an address is shut out as a whole: leave its port out".to_owned(),
        Mistake::NoTime(text) => {
            format!("{text} is no time to shut somebody out for: 45s, 10m, 2h, at most 3650d")
        }
        Mistake::NotText => "that is no text".to_owned(),
        Mistake::TooLong => "that is longer than any message may be".to_owned(),
        Mistake::TooMuch(word) => format!("/{word} takes nothing behind it"),
    }
}
