//! Conversations without a socket: what a line asks, how answers and events are spelled.

#[path = "dialogue/asked.rs"]
mod asked;
#[path = "dialogue/events.rs"]
mod events;
#[path = "dialogue/replies.rs"]
mod replies;
#[path = "dialogue/talk.rs"]
mod talk;

use posada_core::{Answer, Ask, Goodbye, Key, Text};
use posada_wire::{Dialogue, Frame, Language, Profile, Read};

/// What every fresh secret is here.
const DRAWN: u128 = 0x2a;

/// Somebody who says lines and hears answers.
struct Guest(Dialogue);

impl Guest {
    fn new(profile: Profile, language: Language) -> Self {
        Self(Dialogue::new(profile, language, 0))
    }

    fn native() -> Self {
        Self::new(Profile::Native, Language::En)
    }

    /// Somebody on talk, whose name was granted.
    fn talk() -> Self {
        let mut guest = Self::new(Profile::Talk, Language::Es);
        assert!(matches!(guest.says("ana"), (Ask::Name { .. }, None)));
        let named = Answer::Named { seq: posada_core::Seq(6), name: "ana".into(), resumed: false };
        assert_eq!(guest.hears(&named), "", "a name that is granted is answered by nothing");
        guest
    }

    #[track_caller]
    fn says(&mut self, line: &str) -> (Ask, Option<Key>) {
        let frame = Frame { bytes: line.as_bytes(), too_long: false, counted: false };
        match self.0.read(&frame, || DRAWN) {
            Read::Ask(ask, key) => (ask, key),
            other => panic!("{line:?} is {other:?}"),
        }
    }

    fn hears(&mut self, answer: &Answer) -> String {
        let mut out = vec![];
        self.0.reply(answer, &mut out);
        String::from_utf8(out).expect("posada speaks UTF-8")
    }

    fn leaves(&mut self) -> String {
        let mut out = vec![];
        self.0.goodbye(Goodbye::Left, &mut out);
        String::from_utf8(out).expect("posada speaks UTF-8")
    }
}

fn text(text: &str) -> Text {
    text.into()
}
