//! Keys: what each principal asked under which number, and what it was answered.

use posada_core::{Answer, Command, Key, Refusal, Text};

/// Keys that are kept of one principal.
const KEYS_EACH: usize = 256;

/// The verb and its arguments as they were understood.
pub(super) type Body = (&'static str, Option<Text>, Option<Text>);

/// What makes two commands the same; `None`: this one takes no key.
pub(super) fn body(command: &Command) -> Option<Body> {
    Some(match command {
        Command::Join { room, .. } => ("join", Some(room.key.clone()), None),
        Command::Leave { room, .. } => ("leave", room.clone(), None),
        Command::Topic { room, text, .. } => ("topic", room.clone(), Some(text.clone())),
        Command::Say { room, text, .. } => ("say", room.clone(), Some(text.clone())),
        Command::To { name, text, .. } => ("to", Some(name.clone()), Some(text.clone())),
        Command::Note { text, .. } => ("note", None, Some(text.clone())),
        Command::Reserve { resource, .. } => ("reserve", Some(resource.clone()), None),
        Command::Cancel { resource, .. } => ("cancel", Some(resource.clone()), None),
        _ => return None,
    })
}

#[derive(Debug, Default)]
pub(super) struct Keys {
    kept: Vec<(Key, Body, Answer)>,
    /// The greatest key that was dropped.
    dropped: Key,
}

/// A key that has been here before, and is not answered with a yes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Old {
    /// The same was asked, and this was the answer.
    Refused(Refusal),
    /// Something else was asked.
    Reused,
    /// Whether it was asked is not known any more.
    Slept,
}

impl Old {
    pub(super) fn refusal(self) -> Refusal {
        match self {
            Self::Refused(refusal) => refusal,
            Self::Reused => Refusal::KeyReused,
            Self::Slept => Refusal::KeyTooOld,
        }
    }
}

impl Keys {
    /// What an earlier use of the key decides; `None`: there was none.
    pub(super) fn before(&self, key: Key, body: &Body) -> Option<Result<Answer, Old>> {
        match self.kept.iter().find(|(known, ..)| *known == key) {
            Some((_, same, answer)) if same == body => Some(match answer {
                Answer::Refused(refusal) => Err(Old::Refused(*refusal)),
                answer => Ok(answer.clone()),
            }),
            Some(_) => Some(Err(Old::Reused)),
            None if key <= self.dropped => Some(Err(Old::Slept)),
            None => None,
        }
    }

    /// The greatest are kept. Where a message went then is not.
    pub(super) fn record(&mut self, key: Key, body: Body, answer: &Answer) {
        let answer = match answer {
            Answer::Said { seq, .. } => Answer::Said { seq: *seq, reach: None },
            answer => answer.clone(),
        };
        self.kept.push((key, body, answer));
        if self.kept.len() > KEYS_EACH {
            let least = self.kept.iter().map(|(key, ..)| *key).min().expect("there are some");
            self.kept.retain(|(key, ..)| *key != least);
            self.dropped = self.dropped.max(least);
        }
    }
}

#[cfg(test)]
mod tests {
    use posada_core::Seq;

    use super::*;

    fn said(text: &str) -> Body {
        ("say", None, Some(text.into()))
    }

    #[test]
    fn the_same_again_is_answered_the_same_and_anything_else_is_not() {
        let mut keys = Keys::default();
        assert_eq!(keys.before(Key(1), &said("a")), None);
        let reach = Some(posada_core::Reach::Addressed(3));
        keys.record(Key(1), said("a"), &Answer::Said { seq: Seq(9), reach });
        keys.record(Key(2), said("b"), &Answer::Refused(Refusal::NotInRoom));
        let again = Answer::Said { seq: Seq(9), reach: None };
        assert_eq!(keys.before(Key(1), &said("a")), Some(Ok(again)));
        let refused = Old::Refused(Refusal::NotInRoom);
        assert_eq!(keys.before(Key(2), &said("b")), Some(Err(refused)));
        assert_eq!(keys.before(Key(1), &said("b")), Some(Err(Old::Reused)));
    }

    #[test]
    fn the_greatest_are_kept_and_what_is_below_a_dropped_one_sleeps() {
        let mut keys = Keys::default();
        for key in 1_001..=1_256 {
            keys.record(Key(key), said("a"), &Answer::Pong);
        }
        assert_eq!(keys.before(Key(5), &said("a")), None, "nothing was dropped yet");
        keys.record(Key(5), said("a"), &Answer::Pong);
        for key in [3, 5] {
            assert_eq!(keys.before(Key(key), &said("a")), Some(Err(Old::Slept)));
        }
        assert_eq!(keys.before(Key(6), &said("a")), None);
    }
}
