//! Planning: in which order a client gets its own bytes and the lines of several feeds.
//!
//! Everything has a tick, so this is a merge. Nothing needs to know what was written halfway:
//! the line in which a cursor stands has the smallest tick of all that is still owed.

use std::collections::VecDeque;

use super::{Mark, Reading};
use crate::reactor::circles::Circles;
use crate::reactor::ring::Tick;

/// Pieces planned for one write, each at most two slices; Linux takes up to 1024.
const PIECES: usize = 256;

/// A stretch of the stream.
#[derive(Debug)]
pub(super) enum Piece {
    /// So many of the client's own bytes; the mark that says so is done with.
    Own(usize),
    /// Lines of one feed.
    Lines { reading: usize, from: u64, to: u64 },
    /// A line that the client does not get.
    Skip { reading: usize, to: u64 },
}

/// Where the planning has come to in one reading.
struct Head {
    reading: usize,
    at: u64,
    end: u64,
    /// When the line was published in which `at` is.
    tick: Tick,
}

/// The next pieces of what a client is owed.
pub(super) fn plan(marks: &VecDeque<Mark>, readings: &[Reading], circles: &Circles) -> Vec<Piece> {
    let mut heads = heads(readings, circles);
    let mut marks = marks.iter().peekable();
    let mut pieces = Vec::with_capacity(8);
    while pieces.len() < PIECES {
        let Some((at, others)) = first(&heads) else {
            let Some(mark) = marks.next() else { break };
            pieces.push(Piece::Own(mark.length));
            continue;
        };
        let head = &mut heads[at];
        let ring = circles.ring(readings[head.reading].circle);
        let (reading, from) = (head.reading, head.at);
        match marks.peek() {
            Some(mark) if mark.tick < head.tick => {
                pieces.push(Piece::Own(mark.length));
                marks.next();
                continue;
            }
            Some(mark) if mark.tick == head.tick && mark.skip => {
                head.at = ring.since(head.tick.next());
                pieces.push(Piece::Skip { reading, to: head.at });
            }
            mark => {
                let mark = mark.map(|mark| if mark.skip { mark.tick } else { mark.tick.next() });
                let before = others.into_iter().chain(mark).min();
                head.at = before.map_or(head.end, |before| ring.since(before).min(head.end));
                pieces.push(Piece::Lines { reading, from, to: head.at });
            }
        }
        assert!(from < head.at && head.at <= head.end, "a plan goes on from line to line");
        if head.at == head.end {
            heads.swap_remove(at);
        } else {
            head.tick = ring.tick_at(head.at);
        }
    }
    pieces
}

/// The readings that have something to give.
fn heads(readings: &[Reading], circles: &Circles) -> Vec<Head> {
    let readings = readings.iter().enumerate().filter_map(|(reading, one)| {
        let ring = circles.ring(one.circle);
        let (at, end) = (one.cursor, one.end(ring));
        (at < end).then(|| Head { reading, at, end, tick: ring.tick_at(at) })
    });
    readings.collect()
}

/// Which head is the first, and the tick of the first of the others.
fn first(heads: &[Head]) -> Option<(usize, Option<Tick>)> {
    let (first, _) = heads.iter().enumerate().min_by_key(|(_, head)| head.tick)?;
    let others = heads.iter().enumerate().filter(|(at, _)| *at != first);
    Some((first, others.map(|(_, head)| head.tick).min()))
}
