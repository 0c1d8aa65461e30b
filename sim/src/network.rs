//! The way between clients and the server, one direction of it.
//!
//! What is sent arrives when its time has come. A stream keeps its order, and loses only what is
//! on its way when it breaks; datagrams overtake each other. What gets lost or comes twice is
//! drawn by who sends.

use std::collections::BTreeMap;

use posada_core::SessionNumber;

/// What is on its way.
#[derive(Debug)]
pub struct Way<T> {
    /// By when it arrives, in uptime milliseconds, and then by when it was sent.
    packets: BTreeMap<(u64, u64), (SessionNumber, T)>,
    sent: u64,
}

impl<T> Default for Way<T> {
    fn default() -> Self {
        Self { packets: BTreeMap::new(), sent: 0 }
    }
}

impl<T> Way<T> {
    /// Sends something that arrives at `due`; in a stream, not before what was sent before it.
    pub fn send(&mut self, session: SessionNumber, due: u64, in_order: bool, load: T) {
        let before = self.of(session).last().filter(|_| in_order);
        let due = due.max(before.map_or(0, |(due, _)| due));
        self.packets.insert((due, self.sent), (session, load));
        self.sent += 1;
    }

    /// What has arrived by `now` and was not taken yet, the earliest first.
    pub fn next(&mut self, now: u64) -> Option<(SessionNumber, T)> {
        let first = self.packets.first_entry().filter(|first| first.key().0 <= now)?;
        Some(first.remove())
    }

    /// How much is on its way to, or from, a session.
    pub fn count(&self, session: SessionNumber) -> usize {
        self.of(session).count()
    }

    /// The connection is broken: takes what was on its way, in order, as much of it as `keep`.
    pub fn breaks(&mut self, session: SessionNumber, keep: usize) -> Vec<T> {
        let keys: Vec<_> = self.of(session).collect();
        let removed = keys.into_iter().filter_map(|key| self.packets.remove(&key));
        let mut loads: Vec<_> = removed.map(|(_, load)| load).collect();
        loads.truncate(keep);
        loads
    }

    /// Everybody to, or from, whom something is on its way.
    pub fn sessions(&self) -> Vec<SessionNumber> {
        let mut sessions: Vec<_> = self.packets.values().map(|(session, _)| *session).collect();
        sessions.sort_unstable();
        sessions.dedup();
        sessions
    }

    fn of(&self, session: SessionNumber) -> impl Iterator<Item = (u64, u64)> {
        let its = move |(_, (of, _)): &(&(u64, u64), &(SessionNumber, T))| *of == session;
        self.packets.iter().filter(its).map(|(key, _)| *key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANA: SessionNumber = SessionNumber(1);
    const LUIS: SessionNumber = SessionNumber(2);

    fn all(way: &mut Way<char>, now: u64) -> String {
        std::iter::from_fn(|| way.next(now)).map(|(_, load)| load).collect()
    }

    #[test]
    fn a_stream_keeps_its_order_and_datagrams_overtake() {
        let mut way = Way::default();
        for (session, due, in_order, load) in
            [(ANA, 9, true, 'a'), (ANA, 5, true, 'b'), (LUIS, 9, false, 'x'), (LUIS, 5, false, 'y')]
        {
            way.send(session, due, in_order, load);
        }
        assert_eq!((all(&mut way, 4), all(&mut way, 5)), (String::new(), "y".into()));
        assert_eq!(all(&mut way, 9), "abx");
    }

    #[test]
    fn what_is_on_its_way_when_it_breaks_arrives_up_to_a_point() {
        let mut way = Way::default();
        "abc".chars().for_each(|load| way.send(ANA, 5, true, load));
        way.send(LUIS, 5, true, 'x');
        assert_eq!((way.count(ANA), way.sessions()), (3, vec![ANA, LUIS]));
        assert_eq!(way.breaks(ANA, 2), ['a', 'b']);
        assert_eq!(all(&mut way, 5), "x");
    }
}
