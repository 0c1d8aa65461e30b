//! What a client keeps while it is not connected: what it saw last, and what it asked under
//! which key. It survives every stop of the server.

use std::collections::VecDeque;

use posada_core::{Answer, Ask, Digest, Key, Seq, Text};

use crate::rng::Rng;

/// A name with the secret that was said with it: what makes a client the same on its return.
pub(super) type Identity = (Text, Option<Digest>);

/// Keyed asks that a client may try again.
const RECENT: usize = 12;

#[derive(Debug, Default)]
pub(super) struct Memory {
    /// The last entry that it was shown, in an event or in an answer.
    pub(super) last_seen: u64,
    last_key: u64,
    recent: VecDeque<(Key, Ask)>,
}

impl Memory {
    pub(super) fn saw(&mut self, seq: Seq) {
        self.last_seen = self.last_seen.max(seq.0);
    }

    /// Gives `ask` a key, or asks something again that has one.
    pub(super) fn key(&mut self, ask: Ask, rng: &mut Rng) -> (Ask, Key) {
        let fate = rng.below(100);
        let old = self.recent.get(rng.index(self.recent.len())).cloned();
        match (fate, old) {
            // Again, whatever became of it; after a stop this is the one whose fate is unknown.
            (0..=19, Some(_)) => {
                let (key, same) = self.recent.back().cloned().expect("there is one");
                return (same, key);
            }
            (20..=34, Some((key, same))) => return (same, key),
            (35..=41, Some((key, _))) => return (ask, key),
            (42..=46, _) => {
                let below = Key(rng.between(1, self.last_key.max(1)));
                return (ask, below);
            }
            (47..=48, _) => self.last_key += rng.pick(&[2, 300, 1 << 40]),
            (49, _) if rng.per_mille(100) => return (ask, Key::MOST),
            _ => self.last_key += 1,
        }
        self.last_key = self.last_key.min(Key::MOST.0);
        let key = Key(self.last_key);
        self.recent.push_back((key, ask.clone()));
        if self.recent.len() > RECENT {
            // Now and then an old one stays, to be tried again when it is long forgotten.
            let place = usize::from(rng.per_mille(100));
            self.recent.remove(place);
        }
        (ask, key)
    }
}

/// The entry that an answer is about.
pub(super) fn seq(answer: &Answer) -> Option<Seq> {
    match answer {
        Answer::Joined { seq, .. }
        | Answer::Left { seq, .. }
        | Answer::TopicSet { seq, .. }
        | Answer::Said { seq, .. }
        | Answer::Reserved { seq, .. }
        | Answer::Cancelled { seq, .. }
        | Answer::Done { seq }
        | Answer::Missed { until: seq, .. } => Some(*seq),
        _ => None,
    }
}
