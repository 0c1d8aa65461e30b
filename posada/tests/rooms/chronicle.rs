//! What was said, where and by whom, as the log of a closed server tells it.

use std::collections::BTreeMap;

use posada_core::state::{Outcome, State};
use posada_core::{Command, Seq};

use crate::support::{House, read_log};

/// One thing that was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// `#dev`, `topic #dev`, or `@ana` where it was said to one alone.
    pub(crate) place: String,
    pub(crate) text: String,
}

/// All that was said, by its place in the log.
#[track_caller]
pub(crate) fn chronicle(house: &House) -> BTreeMap<u64, Line> {
    let entries = read_log(house.data()).unwrap_or_else(|why| panic!("no log: {why}"));
    let mut state = State::default();
    let mut said = BTreeMap::new();
    for (seq, entry) in (1..).zip(&entries) {
        let place = match (&entry.command, state.apply(Seq(seq), entry)) {
            (Command::Say { text, .. }, Outcome::Said { room: (_, room), .. }) => {
                Some((format!("#{room}"), text))
            }
            (Command::Topic { text, .. }, Outcome::TopicSet { room: (_, room), .. }) => {
                Some((format!("topic #{room}"), text))
            }
            (Command::To { name, text, .. }, Outcome::Told { .. } | Outcome::Kept { .. }) => {
                Some((format!("@{name}"), text))
            }
            (_, Outcome::Drifted { at }) => panic!("the log drifted at {}", at.0),
            _ => None,
        };
        if let Some((place, text)) = place {
            said.insert(seq, Line { place, text: text.to_string() });
        }
    }
    said
}
