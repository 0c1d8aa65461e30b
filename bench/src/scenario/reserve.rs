//! What `posada bench reserve` does, spelled for others: taking what nobody has, and giving back.
//!
//! The same choices, and the same judge as at posada's desk, since answers have no numbers here and
//! whoever asks may give back: what was done to a resource must be possible, and at the end the
//! server must have as many taken as the answers said.

use std::collections::VecDeque;

use anyhow::Result;
use posada::bench::{Answer, Ledger, Scenario, Tally, Verb, Wish, Wishes};

use super::{RESOURCES, SEED, shown};

/// What the beginning of what was heard is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// Not all of an answer.
    More,
    /// An answer of so many bytes, which says that it was done, or not.
    Answer(usize, bool),
    /// Something else.
    Strange,
}

/// How a peer is asked.
pub(crate) trait Spelling {
    /// Writes a command.
    fn ask(&mut self, session: usize, verb: Verb, resource: &str, out: &mut Vec<u8>);

    /// Reads what may be the answer to it.
    fn hear(&self, bytes: &[u8], verb: Verb) -> Heard;

    /// How many resources are taken, as the server says.
    fn taken(&self) -> Result<Option<usize>>;
}

/// A ledger for what has no numbers.
pub(crate) fn wishes(sessions: usize) -> Wishes {
    let resources = (0..RESOURCES).map(|number| (format!("r{number}"), true));
    Wishes::new(Ledger::new(resources, true, true), sessions, SEED)
}

/// How an answer is judged.
pub(crate) fn judged(verb: Verb, done: bool, tally: &mut Tally) -> Answer {
    tally.changes += u64::from(done);
    match (verb, done) {
        (_, true) => Answer::Done(0),
        (Verb::Reserve, false) => Answer::Taken,
        (Verb::Cancel, false) => Answer::NotHeld,
    }
}

/// The scenario.
pub(crate) struct Reserve<S> {
    spelling: S,
    wishes: Wishes,
    under_way: Vec<VecDeque<Wish>>,
}

impl<S: Spelling> Reserve<S> {
    pub(crate) fn new(sessions: usize, spelling: S) -> Self {
        Self { spelling, wishes: wishes(sessions), under_way: vec![VecDeque::new(); sessions] }
    }
}

impl<S: Spelling> Scenario for Reserve<S> {
    fn askers(&self) -> usize {
        self.under_way.len()
    }

    fn ask(&mut self, connection: usize, out: &mut Vec<u8>) -> bool {
        let Some(wish) = self.wishes.ask(connection) else { return false };
        self.spelling.ask(connection, wish.verb, self.wishes.name(wish.resource), out);
        self.under_way[connection].push_back(wish);
        true
    }

    fn hear(&mut self, connection: usize, bytes: &[u8], now: u64, tally: &mut Tally) -> usize {
        let mut used = 0;
        while used < bytes.len() && !tally.over {
            let rest = &bytes[used..];
            let wish = self.under_way[connection].front().copied();
            let verb = wish.map_or(Verb::Reserve, |wish| wish.verb);
            match (self.spelling.hear(rest, verb), wish) {
                (Heard::More, _) => break,
                (Heard::Answer(count, done), Some(wish)) => {
                    used += count;
                    self.under_way[connection].pop_front();
                    let answer = judged(verb, done, tally);
                    if !done {
                        tally.refused(if verb == Verb::Reserve { "taken" } else { "not_held" });
                    }
                    tally.done(connection, now);
                    self.wishes.hear(wish, answer, tally);
                }
                _ => tally.fatal(|| format!("connection {connection} heard {:?}", shown(rest))),
            }
        }
        used
    }

    fn finish(&mut self, tally: &mut Tally) -> Result<()> {
        let (taken, wanted) = (self.spelling.taken()?, self.wishes.taken());
        if taken.is_some_and(|taken| taken != wanted) {
            tally.wrong(|| format!("{taken:?} are taken at the end, and not {wanted}"));
        }
        Ok(())
    }
}
