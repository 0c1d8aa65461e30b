//! What is said in a room, spelled once in one dialect, for all who read it.
//!
//! A reader is a cursor: a position in the endless stream of which the ring keeps the end. It
//! costs the ring nothing, and one that falls behind loses its place instead of holding memory.

use std::io::IoSlice;

/// Bytes kept. A reader that is further behind than this has lost its place.
pub(super) const RING_BYTES: usize = 1 << 20;

/// The end of an endless stream of lines.
#[derive(Debug, Default)]
pub(super) struct Ring {
    /// Allocated when the first line is written.
    bytes: Vec<u8>,
    head: u64,
}

impl Ring {
    /// Adds a line, which must be shorter than the ring, and returns where it begins.
    pub(super) fn push(&mut self, line: &[u8]) -> u64 {
        assert!(line.len() <= RING_BYTES / 4, "a message is bounded far below the ring");
        if self.bytes.is_empty() {
            // Zeroed memory costs no page until it is written.
            self.bytes = vec![0; RING_BYTES];
        }
        let begin = self.head;
        let at = place(begin);
        let first = line.len().min(RING_BYTES - at);
        self.bytes[at..at + first].copy_from_slice(&line[..first]);
        self.bytes[..line.len() - first].copy_from_slice(&line[first..]);
        self.head += line.len() as u64;
        begin
    }

    /// Where the next line will begin.
    pub(super) fn head(&self) -> u64 {
        self.head
    }

    /// Whether all that follows `cursor` is still here.
    pub(super) fn holds(&self, cursor: u64) -> bool {
        self.head - cursor <= RING_BYTES as u64
    }

    /// Adds the bytes between two positions, which the ring must hold.
    pub(super) fn slices<'a>(&'a self, from: u64, to: u64, out: &mut Vec<IoSlice<'a>>) {
        let (first, second) = self.parts(from, to);
        for part in [first, second] {
            if !part.is_empty() {
                out.push(IoSlice::new(part));
            }
        }
    }

    /// The bytes between two positions, in two parts where they wrap around.
    pub(super) fn parts(&self, from: u64, to: u64) -> (&[u8], &[u8]) {
        assert!(self.holds(from) && from <= to && to <= self.head, "a cursor within the ring");
        let length = usize::try_from(to - from).expect("no more than the ring holds");
        if length == 0 {
            return (&[], &[]);
        }
        let at = place(from);
        let first = length.min(RING_BYTES - at);
        (&self.bytes[at..at + first], &self.bytes[..length - first])
    }
}

fn place(position: u64) -> usize {
    usize::try_from(position % RING_BYTES as u64).expect("smaller than the ring")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(ring: &Ring, from: u64, to: u64) -> Vec<u8> {
        let (first, second) = ring.parts(from, to);
        [first, second].concat()
    }

    #[test]
    fn lines_come_out_as_they_went_in_also_where_they_wrap() {
        let mut ring = Ring::default();
        let line = [7; 1000];
        while ring.head() < RING_BYTES as u64 - 500 {
            ring.push(&line);
        }
        let begin = ring.push(b"first half, second half");
        ring.push(&[9; 600]);
        let last = ring.push(b"the end");
        assert_eq!(read(&ring, begin, begin + 23), b"first half, second half");
        assert_eq!(read(&ring, last, ring.head()), b"the end");
    }

    #[test]
    fn who_is_too_far_behind_has_lost_its_place() {
        let mut ring = Ring::default();
        let begin = ring.push(b"a");
        for _ in 0..RING_BYTES / 1024 - 1 {
            ring.push(&[0; 1024]);
        }
        assert!(ring.holds(begin));
        ring.push(&[0; 1024]);
        assert!(!ring.holds(begin));
    }
}
