//! What one client is still owed: its own replies, and its place in the room that it follows.
//!
//! The two are one stream in the order in which things happened. Each reply remembers how far
//! the room had come; the room's bytes are not copied, and a client's own messages are left out.

use std::collections::VecDeque;
use std::io::{self, IoSlice, Write};

use super::ring::{RING_BYTES, Ring};

/// Bytes that a client may be owed before a direct message to it has it cut. Its replies are
/// bounded by its window: who does not read them is not heard.
pub(super) const OUTBOX_BYTES: usize = 256 << 10;
/// Behind a room by more than this, a client is cut: enough is left to end its last line.
const BEHIND_BYTES: u64 = (RING_BYTES / 2) as u64;
/// Pieces handed to one write; Linux takes up to 1024.
const PIECES: usize = 64;
/// The most that a client without newlines takes for one message: its `recv(1024)`.
pub(super) const UNFRAMED_BYTES: usize = 1024;

/// What one client is still owed.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    own: Vec<u8>,
    /// How much of `own` has gone.
    sent: usize,
    segments: VecDeque<Segment>,
    /// Where the client is in its room, while it follows one.
    cursor: Option<u64>,
    /// How far it follows its room; `None`: as long as the room goes on.
    until: Option<u64>,
    /// What the client said itself, in its room.
    skips: VecDeque<(u64, u64)>,
}

/// Bytes of `own` that follow what the room had said when they came.
#[derive(Clone, Copy, Debug)]
struct Segment {
    after: u64,
    length: usize,
}

/// A stretch of the stream.
enum Piece {
    Own(usize),
    Room(u64, u64),
    Skip(u64),
}

impl Outbox {
    /// Follows a room from its head on.
    pub(super) fn follow(&mut self, ring: &Ring) {
        self.cursor = Some(ring.head());
    }

    /// Follows the room no further than its head of now.
    pub(super) fn unfollow(&mut self, ring: &Ring) {
        self.until = Some(ring.head());
    }

    /// Leaves out what the client said itself.
    pub(super) fn skip(&mut self, from: u64, to: u64) {
        match self.skips.back_mut() {
            Some(last) if last.1 == from => last.1 = to,
            _ => self.skips.push_back((from, to)),
        }
    }

    /// Adds bytes for this client alone.
    pub(super) fn push(&mut self, ring: &Ring, write: impl FnOnce(&mut Vec<u8>)) {
        let before = self.own.len();
        write(&mut self.own);
        let length = self.own.len() - before;
        let after = if self.cursor.is_some() { ring.head() } else { 0 };
        match self.segments.back_mut() {
            _ if length == 0 => {}
            Some(last) if last.after == after => last.length += length,
            _ => self.segments.push_back(Segment { after, length }),
        }
    }

    /// How many bytes of its own the client is owed.
    pub(super) fn owed(&self) -> usize {
        self.own.len() - self.sent
    }

    /// Whether the client has everything.
    pub(super) fn is_empty(&self, ring: &Ring) -> bool {
        self.owed() == 0 && self.next(ring, &self.start()).is_none()
    }

    /// Whether the client is so far behind its room that it must be cut.
    pub(super) fn is_behind(&self, ring: &Ring) -> bool {
        let reading = self.cursor.filter(|cursor| self.until.is_none_or(|until| *cursor < until));
        let behind = reading.map_or(0, |cursor| ring.head() - cursor);
        behind > BEHIND_BYTES
    }

    /// Gives up the client's place in its room: it gets the rest of the line it is in, then what
    /// is pushed from here on.
    pub(super) fn cut(&mut self, ring: &Ring) {
        let Some(cursor) = self.cursor.take() else { return };
        let mut rest = self.own.split_off(self.sent);
        self.own.clear();
        if cursor > 0 && ring.holds(cursor - 1) {
            let (first, second) = ring.parts(cursor - 1, ring.head());
            let mut bytes = first.iter().chain(second).copied();
            if bytes.next() != Some(b'\n') {
                self.own.extend(bytes.by_ref().take_while(|byte| *byte != b'\n'));
                self.own.push(b'\n');
            }
        }
        self.own.append(&mut rest);
        self.sent = 0;
        self.skips.clear();
        self.segments.clear();
        self.segments.push_back(Segment { after: 0, length: self.own.len() });
    }

    /// Writes what a client that reads lines is owed, in as few writes as it takes.
    ///
    /// # Errors
    /// As [`Write::write_vectored`]; `WouldBlock` when the client takes no more for now.
    pub(super) fn write_lines(&mut self, ring: &Ring, socket: &mut impl Write) -> io::Result<()> {
        loop {
            let pieces = self.pieces(ring);
            if pieces.is_empty() {
                return Ok(());
            }
            let slices = self.slices(ring, &pieces);
            let wrote = if slices.is_empty() {
                0
            } else {
                uninterrupted(|| socket.write_vectored(&slices))?
            };
            self.advance(&pieces, wrote);
        }
    }

    /// Writes what a client without newlines is owed: each write at most [`UNFRAMED_BYTES`], cut
    /// at a line end where there is one, else between characters.
    ///
    /// # Errors
    /// As [`Outbox::write_lines`].
    pub(super) fn write_unframed(
        &mut self,
        ring: &Ring,
        socket: &mut impl Write,
    ) -> io::Result<()> {
        loop {
            let pieces = self.pieces(ring);
            if pieces.is_empty() {
                return Ok(());
            }
            let mut held = Vec::with_capacity(UNFRAMED_BYTES + 1);
            for slice in self.slices(ring, &pieces) {
                let room = UNFRAMED_BYTES + 1 - held.len();
                held.extend_from_slice(&slice[..slice.len().min(room)]);
            }
            let (message, consumed) = unframed(&held);
            let wrote =
                if message.is_empty() { 0 } else { uninterrupted(|| socket.write(message))? };
            // A client that takes half a message takes the rest later.
            let taken = if wrote == message.len() { consumed } else { wrote };
            self.advance(&pieces, taken);
        }
    }

    fn pieces(&self, ring: &Ring) -> Vec<Piece> {
        let mut at = self.start();
        let mut pieces = Vec::with_capacity(4);
        while pieces.len() < PIECES
            && let Some(piece) = self.next(ring, &at)
        {
            at.pass(&piece);
            pieces.push(piece);
        }
        pieces
    }

    fn start(&self) -> Place {
        Place { cursor: self.cursor, segment: 0, skip: 0 }
    }

    fn next(&self, ring: &Ring, at: &Place) -> Option<Piece> {
        let segment = self.segments.get(at.segment);
        let over = |cursor: &u64| self.until.is_some_and(|until| *cursor >= until);
        let Some(cursor) = at.cursor.filter(|cursor| !over(cursor)) else {
            return segment.map(|own| Piece::Own(own.length));
        };
        if let Some(own) = segment
            && own.after <= cursor
        {
            return Some(Piece::Own(own.length));
        }
        let skip = self.skips.get(at.skip);
        if let Some(&(from, to)) = skip
            && from <= cursor
        {
            return Some(Piece::Skip(to));
        }
        let end = self.until.unwrap_or(ring.head());
        let stop = segment.map_or(end, |own| end.min(own.after));
        let stop = skip.map_or(stop, |&(from, _)| stop.min(from));
        (stop > cursor).then_some(Piece::Room(cursor, stop))
    }

    fn slices<'a>(&'a self, ring: &'a Ring, pieces: &[Piece]) -> Vec<IoSlice<'a>> {
        let mut slices = Vec::with_capacity(pieces.len() + 1);
        let mut own = self.sent;
        for piece in pieces {
            match *piece {
                Piece::Own(length) => {
                    slices.push(IoSlice::new(&self.own[own..own + length]));
                    own += length;
                }
                Piece::Room(from, to) => ring.slices(from, to, &mut slices),
                Piece::Skip(_) => {}
            }
        }
        slices
    }

    /// Passes what has been written, and the skips on the way.
    fn advance(&mut self, pieces: &[Piece], mut wrote: usize) {
        for piece in pieces {
            match *piece {
                Piece::Own(length) => {
                    let taken = length.min(wrote);
                    self.sent += taken;
                    wrote -= taken;
                    let front = self.segments.front_mut().expect("it was planned from here");
                    front.length -= taken;
                    if front.length > 0 {
                        return self.release();
                    }
                    self.segments.pop_front();
                }
                Piece::Room(from, to) => {
                    let length = usize::try_from(to - from).expect("within the ring");
                    let taken = length.min(wrote);
                    wrote -= taken;
                    self.cursor = Some(from + taken as u64);
                    if taken < length {
                        return self.release();
                    }
                }
                Piece::Skip(to) => {
                    self.cursor = Some(to);
                    self.skips.pop_front();
                }
            }
        }
        self.release();
    }

    /// An idle client costs no buffer.
    fn release(&mut self) {
        if self.owed() == 0 {
            self.sent = 0;
            if self.own.capacity() > 4096 { self.own = Vec::new() } else { self.own.clear() }
        } else if self.sent > OUTBOX_BYTES {
            self.own.drain(..std::mem::take(&mut self.sent));
        }
    }
}

/// Where planning has come to.
struct Place {
    cursor: Option<u64>,
    segment: usize,
    skip: usize,
}

impl Place {
    fn pass(&mut self, piece: &Piece) {
        match *piece {
            Piece::Own(_) => self.segment += 1,
            Piece::Room(_, to) => self.cursor = Some(to),
            Piece::Skip(to) => {
                self.cursor = Some(to);
                self.skip += 1;
            }
        }
    }
}

fn uninterrupted(mut write: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match write() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}

/// The next message out of what is held, and how many bytes it uses up.
fn unframed(held: &[u8]) -> (&[u8], usize) {
    if held.len() <= UNFRAMED_BYTES + 1
        && let Some((b'\n', message)) = held.split_last()
        && message.len() <= UNFRAMED_BYTES
    {
        return (message, held.len());
    }
    if held.len() <= UNFRAMED_BYTES {
        return (held, held.len());
    }
    if let Some(end) = held.iter().rposition(|byte| *byte == b'\n') {
        return (&held[..end], end + 1);
    }
    let end = character_border(held, UNFRAMED_BYTES);
    (&held[..end], end)
}

/// The last place at or before `most` where a character of UTF-8 text begins.
pub(super) fn character_border(text: &[u8], most: usize) -> usize {
    if text.len() <= most {
        return text.len();
    }
    (0..=most).rev().find(|at| text[*at] & 0xC0 != 0x80).unwrap_or(most)
}

#[cfg(test)]
mod tests;
