//! docs/protocol.md, taken at its word: its examples are played against the real server, its
//! tables are compared with the program. Beside it, what a hostile client may try on native.

mod support;

#[path = "protocol/document.rs"]
mod document;
#[path = "protocol/endings.rs"]
mod endings;
#[path = "protocol/hostile.rs"]
mod hostile;
#[path = "protocol/names.rs"]
mod names;
#[path = "protocol/play.rs"]
mod play;
#[path = "protocol/requests.rs"]
mod requests;
#[path = "protocol/resume.rs"]
mod resume;
#[path = "protocol/tables.rs"]
mod tables;

use std::panic::{AssertUnwindSafe, catch_unwind};

use document::{Document, Profile};

#[test]
fn every_example_is_what_happens() {
    let document = Document::read();
    let examples = document.examples();
    let broken = examples.iter().filter(|example| {
        let played = catch_unwind(AssertUnwindSafe(|| play::play(example)));
        played.is_err()
    });
    let broken: Vec<_> = broken.map(|example| document.place(example.line)).collect();
    assert!(broken.is_empty(), "not what happens: the examples at\n{}", broken.join("\n"));
}

#[test]
fn every_profile_is_shown_and_nothing_is_shown_without_being_run() {
    let document = Document::read();
    let examples = document.examples();
    for profile in [Profile::Native, Profile::Talk, Profile::Note, Profile::Desk] {
        assert!(examples.iter().any(|example| example.profile == profile), "{profile:?}");
    }
    assert_eq!(document.fences(), examples.len(), "a fenced block is no example");
}
