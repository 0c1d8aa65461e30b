//! What one feed publishes, spelled once in one dialect, for all who read it.
//!
//! A reader is a cursor: a position in an endless stream of which the ring keeps the end. It
//! costs the ring nothing, and one that falls behind loses its place instead of holding memory.
//! Each line knows when it was published, so that who reads several rings gets their lines in
//! the order in which things happened. Who reads is not known here; see `circles`.

use std::collections::VecDeque;

/// Bytes kept at most. A reader that is further behind than this has lost its place.
pub(super) const RING_BYTES: usize = 1 << 20;
/// Bytes of a line at most: a message is bounded far below.
const LINE_BYTES: usize = RING_BYTES / 4;
/// Bytes that a ring keeps for its next lines when all that it held has been taken.
const KEPT_BYTES: usize = 64 << 10;
/// The least that is allocated.
const LEAST_BYTES: usize = 4 << 10;

/// When something was published: how many publications there had been, of all feeds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Tick(u64);

impl Tick {
    /// The one after it.
    pub(super) fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// The end of an endless stream of lines.
#[derive(Debug, Default)]
pub(super) struct Ring {
    /// Grows as lines come, and goes round when it has all its bytes.
    bytes: Vec<u8>,
    /// The position of the first of `bytes`.
    base: u64,
    head: u64,
    /// The lines that are held whole, oldest first.
    lines: VecDeque<Line>,
    /// When the last line came.
    newest: Tick,
}

#[derive(Clone, Copy, Debug)]
struct Line {
    tick: Tick,
    begin: u64,
}

impl Ring {
    /// Adds a line, with its end.
    pub(super) fn push(&mut self, tick: Tick, line: &[u8]) {
        assert!((1..=LINE_BYTES).contains(&line.len()), "a message is bounded below the ring");
        assert!(self.newest < tick, "lines come in the order of their ticks");
        self.newest = tick;
        self.lines.push_back(Line { tick, begin: self.head });
        let at = self.place(self.head);
        let first = line.len().min(RING_BYTES - at);
        let (first, second) = line.split_at(first);
        if at == self.bytes.len() {
            self.grow(first.len());
            self.bytes.extend_from_slice(first);
        } else {
            self.bytes[at..at + first.len()].copy_from_slice(first);
        }
        self.bytes[..second.len()].copy_from_slice(second);
        self.head += line.len() as u64;
        let oldest = self.oldest();
        while self.lines.front().is_some_and(|line| line.begin < oldest) {
            self.lines.pop_front();
        }
    }

    /// Where the next line will begin.
    pub(super) fn head(&self) -> u64 {
        self.head
    }

    /// The bytes between two positions, in two parts where they go round.
    pub(super) fn parts(&self, from: u64, to: u64) -> (&[u8], &[u8]) {
        let held = self.oldest() <= from && from <= to && to <= self.head;
        assert!(held, "a cursor within the ring");
        let length = usize::try_from(to - from).expect("no more than the ring holds");
        if length == 0 {
            return (&[], &[]);
        }
        let at = self.place(from);
        let first = length.min(RING_BYTES - at);
        (&self.bytes[at..at + first], &self.bytes[..length - first])
    }

    /// When the line was published in which a position is.
    pub(super) fn tick_at(&self, position: u64) -> Tick {
        let behind = self.lines.partition_point(|line| line.begin <= position);
        assert!(behind > 0 && position < self.head, "a cursor within the ring");
        self.lines[behind - 1].tick
    }

    /// Where the first line begins that was published at `tick` or later.
    pub(super) fn since(&self, tick: Tick) -> u64 {
        let first = self.lines.partition_point(|line| line.tick < tick);
        self.lines.get(first).map_or(self.head, |line| line.begin)
    }

    /// Where the line ends in the middle of which a position is; the position itself where it is
    /// between lines.
    pub(super) fn end_of_line(&self, position: u64) -> u64 {
        let next = self.lines.partition_point(|line| line.begin < position);
        self.lines.get(next).map_or(self.head, |line| line.begin)
    }

    /// Whether it holds so much that it is worth asking whether all have taken it.
    pub(super) fn is_filled(&self) -> bool {
        self.head - self.base > (KEPT_BYTES / 2) as u64
    }

    /// Forgets what it holds, which everybody must have taken: the next lines come where these
    /// were, and what a burst has taken up is given back.
    pub(super) fn empty(&mut self) {
        self.base = self.head;
        self.bytes.clear();
        self.lines.clear();
        if self.bytes.capacity() > KEPT_BYTES {
            self.bytes = Vec::new();
            self.lines = VecDeque::new();
        }
    }

    /// The first position that is still held.
    fn oldest(&self) -> u64 {
        self.base.max(self.head.saturating_sub(RING_BYTES as u64))
    }

    fn place(&self, position: u64) -> usize {
        let place = (position - self.base) % RING_BYTES as u64;
        usize::try_from(place).expect("smaller than the ring")
    }

    /// Makes room by doubling, but never for more than the ring may have.
    fn grow(&mut self, more: usize) {
        let (length, capacity) = (self.bytes.len(), self.bytes.capacity());
        if length + more > capacity {
            let wanted = (2 * capacity).max(length + more).clamp(LEAST_BYTES, RING_BYTES);
            self.bytes.reserve_exact(wanted - length);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ring with a tick for each line.
    #[derive(Default)]
    struct Told {
        ring: Ring,
        tick: Tick,
    }

    impl Told {
        fn push(&mut self, line: &[u8]) -> u64 {
            self.tick = self.tick.next();
            let begin = self.ring.head();
            self.ring.push(self.tick, line);
            begin
        }

        fn read(&self, from: u64, to: u64) -> Vec<u8> {
            let (first, second) = self.ring.parts(from, to);
            [first, second].concat()
        }
    }

    #[test]
    fn lines_come_out_as_they_went_in_also_where_they_go_round() {
        let mut told = Told::default();
        let line = [7; 1000];
        while told.ring.head() < RING_BYTES as u64 - 500 {
            told.push(&line);
        }
        let begin = told.push(b"first half, second half");
        told.push(&[9; 600]);
        let last = told.push(b"the end");
        assert_eq!(told.read(begin, begin + 23), b"first half, second half");
        assert_eq!(told.read(last, told.ring.head()), b"the end");
        assert_eq!(told.ring.tick_at(last + 3), told.tick);
        assert_eq!(told.ring.since(told.tick), last);
        assert_eq!(told.ring.since(told.tick.next()), told.ring.head());
        assert_eq!(told.ring.end_of_line(begin), begin);
        assert_eq!(told.ring.end_of_line(begin + 1), begin + 23);
    }

    #[test]
    fn who_is_too_far_behind_has_lost_its_place() {
        let mut told = Told::default();
        let begin = told.push(b"a");
        for _ in 0..RING_BYTES / 1024 - 1 {
            told.push(&[0; 1024]);
        }
        assert_eq!(told.ring.oldest(), begin);
        told.push(&[0; 1024]);
        assert!(told.ring.oldest() > begin);
        assert_eq!(told.ring.lines.len(), RING_BYTES / 1024);
        assert_eq!(told.ring.bytes.capacity(), RING_BYTES);
    }

    #[test]
    fn who_ended_its_line_late_finds_where_it_ends() {
        let mut told = Told::default();
        told.push(b"ab\n");
        for _ in 0..(RING_BYTES - 2) / 999 {
            told.push(&[0; 999]);
        }
        told.push(&[0; (RING_BYTES - 2) % 999]);
        assert_eq!(
            (told.ring.oldest(), told.ring.lines.front().map(|line| line.begin)),
            (1, Some(3))
        );
        assert_eq!(told.ring.end_of_line(1), 3, "the line itself is not held whole any more");
    }

    #[test]
    fn what_all_have_taken_takes_up_no_more_than_a_little() {
        let mut told = Told::default();
        assert_eq!(told.ring.bytes.capacity(), 0);
        for _ in 0..100 {
            while !told.ring.is_filled() {
                told.push(&[7; 100]);
            }
            told.ring.empty();
            assert!((1..=KEPT_BYTES).contains(&told.ring.bytes.capacity()));
        }
        while told.ring.head() - told.ring.base < RING_BYTES as u64 {
            told.push(&[7; 100]);
        }
        told.ring.empty();
        assert_eq!(told.ring.bytes.capacity(), 0);
        let begin = told.push(b"again");
        assert_eq!(told.read(begin, begin + 5), b"again");
    }
}
