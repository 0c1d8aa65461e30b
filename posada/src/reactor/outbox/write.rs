//! Writing: what a client is owed goes to its socket, as much as it takes.

use std::collections::VecDeque;
use std::io::{self, IoSlice, Write};

use super::plan::{Piece, plan};
use super::unframed::{UNFRAMED_BYTES, message};
use super::{Outbox, Reading};
use crate::reactor::circles::Circles;

/// How much there is to put together.
enum Owed {
    Nothing,
    /// Only bytes of its own.
    Own,
    /// Only what one feed says.
    Feed(usize),
    Several,
}

impl Outbox {
    /// Writes what a client that reads lines is owed, in as few writes as it takes.
    ///
    /// # Errors
    /// As [`Write::write_vectored`]; `WouldBlock` when the client takes no more for now.
    pub(in crate::reactor) fn write_lines(
        &mut self,
        circles: &Circles,
        socket: &mut impl Write,
    ) -> io::Result<()> {
        loop {
            match self.what(circles) {
                Owed::Nothing => break,
                Owed::Own => {
                    let wrote = uninterrupted(|| socket.write(&self.own[self.sent..]))?;
                    self.pass_own(wrote);
                }
                Owed::Feed(reading) => {
                    let Reading { circle, cursor, .. } = self.readings[reading];
                    let ring = circles.ring(circle);
                    let parts = ring.parts(cursor, self.readings[reading].end(ring));
                    let wrote = uninterrupted(|| match parts {
                        (all, []) => socket.write(all),
                        (one, two) => {
                            socket.write_vectored(&[IoSlice::new(one), IoSlice::new(two)])
                        }
                    })?;
                    self.readings[reading].cursor += wrote as u64;
                }
                Owed::Several => {
                    let pieces = plan(&self.marks, &self.readings[..self.awake], circles);
                    let slices = self.slices(circles, &pieces);
                    let wrote = if slices.is_empty() {
                        0
                    } else {
                        uninterrupted(|| socket.write_vectored(&slices))?
                    };
                    self.pass(&pieces, wrote);
                }
            }
        }
        self.rest();
        Ok(())
    }

    /// Writes what a client without newlines is owed: each write at most [`UNFRAMED_BYTES`], cut
    /// at a line end where there is one, else between characters.
    ///
    /// # Errors
    /// As [`Outbox::write_lines`].
    pub(in crate::reactor) fn write_unframed(
        &mut self,
        circles: &Circles,
        socket: &mut impl Write,
    ) -> io::Result<()> {
        while !matches!(self.what(circles), Owed::Nothing) {
            let pieces = plan(&self.marks, &self.readings[..self.awake], circles);
            let mut held = Vec::with_capacity(UNFRAMED_BYTES + 1);
            for slice in self.slices(circles, &pieces) {
                let room = UNFRAMED_BYTES + 1 - held.len();
                held.extend_from_slice(&slice[..slice.len().min(room)]);
            }
            let (message, consumed) = message(&held);
            let wrote =
                if message.is_empty() { 0 } else { uninterrupted(|| socket.write(message))? };
            // A client that takes half a message takes the rest later.
            let taken = if wrote == message.len() { consumed } else { wrote };
            self.pass(&pieces, taken);
        }
        self.rest();
        Ok(())
    }

    fn what(&self, circles: &Circles) -> Owed {
        let left = |one: &Reading| !one.is_taken(circles.ring(one.circle));
        let mut left = (0..self.awake).filter(|at| left(&self.readings[*at]));
        match (left.next(), left.next()) {
            (None, _) if self.owed() == 0 => Owed::Nothing,
            (None, _) => Owed::Own,
            (Some(only), None) if self.marks.is_empty() => Owed::Feed(only),
            _ => Owed::Several,
        }
    }

    fn slices<'a>(&'a self, circles: &'a Circles, pieces: &[Piece]) -> Vec<IoSlice<'a>> {
        let mut slices = Vec::with_capacity(pieces.len() + 1);
        let mut own = self.sent..self.sent;
        for piece in pieces {
            match *piece {
                Piece::Own(length) => own.end += length,
                Piece::Skip { .. } => {}
                Piece::Lines { reading, from, to } => {
                    let (first, second) =
                        circles.ring(self.readings[reading].circle).parts(from, to);
                    let before = &self.own[own.clone()];
                    own.start = own.end;
                    let parts = [before, first, second].into_iter().filter(|it| !it.is_empty());
                    slices.extend(parts.map(IoSlice::new));
                }
            }
        }
        if !own.is_empty() {
            slices.push(IoSlice::new(&self.own[own]));
        }
        slices
    }

    /// Passes what has been written, and what is left out on the way.
    fn pass(&mut self, pieces: &[Piece], mut wrote: usize) {
        for piece in pieces {
            match *piece {
                Piece::Own(length) => {
                    let taken = length.min(wrote);
                    wrote -= taken;
                    self.sent += taken;
                    let mark = self.marks.front_mut().expect("it was planned from here");
                    mark.length -= taken;
                    if mark.length > 0 {
                        return;
                    }
                    self.marks.pop_front();
                }
                Piece::Lines { reading, from, to } => {
                    let length = usize::try_from(to - from).expect("within the ring");
                    let taken = length.min(wrote);
                    wrote -= taken;
                    self.readings[reading].cursor = from + taken as u64;
                    if taken < length {
                        return;
                    }
                }
                Piece::Skip { reading, to } => self.readings[reading].cursor = to,
            }
        }
    }

    /// Passes what has been written where nothing else is owed.
    fn pass_own(&mut self, mut wrote: usize) {
        self.sent += wrote;
        while let Some(mark) = self.marks.front_mut() {
            let taken = mark.length.min(wrote);
            mark.length -= taken;
            wrote -= taken;
            if mark.length > 0 {
                return;
            }
            self.marks.pop_front();
        }
    }

    /// A client that has everything costs no buffer, and is not asked what it reads.
    fn rest(&mut self) {
        self.awake = 0;
        if self.own.capacity() > 0 {
            self.own = Vec::new();
            self.sent = 0;
        }
        if self.marks.capacity() > 0 {
            self.marks = VecDeque::new();
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
