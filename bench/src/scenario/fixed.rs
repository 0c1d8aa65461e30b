//! Requests that all have the same answer: what a round trip costs.

use std::time::Duration;

use posada::bench::{Random, Scenario, Tally};

use super::{SEED, shown};

/// What a server may ask unasked, and what is answered.
#[derive(Clone, Copy)]
pub(crate) struct Alive {
    pub(crate) ping: &'static [u8],
    pub(crate) pong: &'static [u8],
}

/// The scenario.
pub(crate) struct Fixed {
    /// One of these at a time, at random.
    requests: Vec<Vec<u8>>,
    answer: Vec<u8>,
    alive: Option<Alive>,
    /// How many pongs each connection owes.
    owed: Vec<usize>,
    random: Random,
    patience: Option<Duration>,
}

impl Fixed {
    pub(crate) fn new(connections: usize, requests: Vec<Vec<u8>>, answer: &[u8]) -> Self {
        Self {
            requests,
            answer: answer.to_vec(),
            alive: None,
            owed: vec![0; connections],
            random: Random::new(SEED),
            patience: None,
        }
    }

    /// The server wants to know whether its clients are there.
    pub(crate) fn alive(self, alive: Alive) -> Self {
        Self { alive: Some(alive), ..self }
    }

    /// What is not answered within that time is lost.
    pub(crate) fn patience(self, patience: Duration) -> Self {
        Self { patience: Some(patience), ..self }
    }
}

impl Scenario for Fixed {
    fn askers(&self) -> usize {
        self.owed.len()
    }

    fn ask(&mut self, connection: usize, out: &mut Vec<u8>) -> bool {
        if let Some(alive) = self.alive {
            while self.owed[connection] > 0 {
                self.owed[connection] -= 1;
                out.extend_from_slice(alive.pong);
            }
        }
        let which = self.random.below(self.requests.len());
        out.extend_from_slice(&self.requests[which]);
        true
    }

    fn hear(&mut self, connection: usize, bytes: &[u8], now: u64, tally: &mut Tally) -> usize {
        let mut rest = bytes;
        let ping = self.alive.map_or(&b""[..], |alive| alive.ping);
        while !rest.is_empty() {
            if let Some(behind) = rest.strip_prefix(self.answer.as_slice()) {
                rest = behind;
                tally.done(connection, now);
            } else if let Some(behind) = rest.strip_prefix(ping).filter(|_| !ping.is_empty()) {
                rest = behind;
                self.owed[connection] += 1;
            } else {
                if !self.answer.starts_with(rest) && !ping.starts_with(rest) {
                    tally.fatal(|| format!("connection {connection} heard {:?}", shown(rest)));
                }
                break;
            }
        }
        bytes.len() - rest.len()
    }

    fn patience(&self) -> Option<Duration> {
        self.patience
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is heard after so many were asked; how much was used, how many done, how many wrong.
    #[track_caller]
    fn check(asked: usize, heard: &str, expected: (usize, u64, u64)) {
        let alive = Alive { ping: b"PING\r\n", pong: b"PONG\r\n" };
        let mut fixed = Fixed::new(1, vec![b"x".to_vec()], b"+OK\r\n").alive(alive);
        let mut tally = Tally::new(1, (0, 10), false).expect("bounds are right");
        for _ in 0..asked {
            tally.sent(0, 1, 1);
        }
        let used = fixed.hear(0, heard.as_bytes(), 2, &mut tally);
        assert_eq!((used, tally.done, tally.wrong), expected, "{heard:?}");
    }

    #[test]
    fn answers_are_counted_and_nothing_else_passes() {
        check(2, "+OK\r\n+OK\r\n", (10, 2, 0));
        check(2, "+OK\r\n+O", (5, 1, 0));
        check(2, "PING\r\n+OK\r\nPI", (11, 1, 0));
        check(1, "+OK\r\n+OK\r\n", (10, 1, 1));
        check(1, "-ERR no\r\n", (0, 0, 1));
    }

    #[test]
    fn a_pong_that_is_owed_goes_before_the_next_request() {
        let alive = Alive { ping: b"PING\r\n", pong: b"PONG\r\n" };
        let mut fixed = Fixed::new(1, vec![b"x".to_vec()], b"+OK\r\n").alive(alive);
        let mut tally = Tally::new(1, (0, 10), false).expect("bounds are right");
        fixed.hear(0, b"PING\r\n", 2, &mut tally);
        let mut out = Vec::new();
        fixed.ask(0, &mut out);
        assert_eq!(out, b"PONG\r\nx");
    }
}
