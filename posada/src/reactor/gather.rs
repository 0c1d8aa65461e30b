//! Gathering: where a sync takes long, those whom the last one has just answered are waited for,
//! a little, before the next one begins.
//!
//! Without it the clients of a slow disk part in two halves that take turns: while one half's
//! batch is synced the other half asks, is found waiting, and is synced alone. Each sync then
//! carries half of what it could, and everybody waits for two. On a disk that is quick nothing
//! is gained, and nothing is done.

use std::time::{Duration, Instant};

use mio::Events;

use super::{Reactor, ServeError};

/// A sync that takes less is not worth waiting for anybody; the poll counts in milliseconds.
const SLOW: Duration = Duration::from_millis(2);
/// Of the time that a sync takes, this part is given to those who may come along.
const PART: u32 = 8;
/// What that is at least and at most.
const LEAST: Duration = Duration::from_millis(1);
const MOST: Duration = Duration::from_millis(20);

/// Who was heard in this turn, and who in the one before.
#[derive(Debug, Default)]
pub(super) struct Heard {
    turn: u32,
    now: usize,
    before: usize,
    /// How many of those before have been heard again.
    again: usize,
}

impl Heard {
    /// Nobody more is heard in this turn.
    pub(super) fn end(&mut self) {
        *self = Self { turn: self.turn.wrapping_add(1), now: 0, before: self.now, again: 0 };
    }

    /// Somebody was heard, the last time in the turn `last`, which is updated.
    pub(super) fn note(&mut self, last: &mut u32) {
        let before = std::mem::replace(last, self.turn);
        self.now += usize::from(before != self.turn);
        self.again += usize::from(before == self.turn.wrapping_sub(1));
    }

    fn is_everybody(&self) -> bool {
        self.again >= self.before
    }
}

impl Reactor {
    /// Waits for those whom the last turn answered, if that is worth it.
    pub(super) fn gather(&mut self, events: &mut Events) -> Result<(), ServeError> {
        let Some(patience) = patience(self.engine.last_sync()) else { return Ok(()) };
        let until = Instant::now() + patience;
        while self.engine.is_due() && self.engine.has_room() && !self.heard.is_everybody() {
            let Some(left) = until.checked_duration_since(Instant::now()) else { break };
            self.look(events, Some(left))?;
            self.engine.tick_clock();
            events.iter().for_each(|event| self.note(event));
            self.hear_all();
        }
        Ok(())
    }
}

/// How long they are waited for.
fn patience(sync: Duration) -> Option<Duration> {
    (sync >= SLOW).then(|| (sync / PART).clamp(LEAST, MOST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_asked_again_is_not_waited_for() {
        let mut heard = Heard::default();
        let (mut ana, mut luis) = (u32::MAX / 2, u32::MAX / 2);
        heard.note(&mut ana);
        heard.note(&mut ana);
        heard.note(&mut luis);
        assert!(heard.is_everybody(), "nobody was heard before");
        heard.end();
        heard.note(&mut ana);
        assert!(!heard.is_everybody(), "Luis may come along");
        heard.note(&mut luis);
        assert!(heard.is_everybody());
        heard.end();
        heard.end();
        assert!(heard.is_everybody(), "who said nothing in the last turn is not waited for");
    }

    #[test]
    fn a_quick_disk_is_not_kept_waiting() {
        let ms = Duration::from_millis;
        let patiences = [0, 1, 2, 8, 20, 80, 1_000].map(|sync| patience(ms(sync)));
        let expected = [0, 0, 1_000, 1_000, 2_500, 10_000, 20_000].map(Duration::from_micros);
        assert_eq!(patiences.map(Option::unwrap_or_default), expected);
    }
}
