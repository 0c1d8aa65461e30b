//! Cutting a stream into messages: by newlines, or by silence for clients that send none.

use std::mem;

use memchr::memchr;

/// How a listener cuts what its clients send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// At newlines only.
    Line,
    /// At newlines; and at silence, for a client that has not sent one yet.
    Auto {
        /// How long the silence must be, in milliseconds.
        silence_ms: u64,
    },
}

/// One message, as cut out of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Its bytes, without a line end. Empty where it is too long.
    pub bytes: &'a [u8],
    /// Whether it was longer than the framer holds, and has been thrown away.
    pub too_long: bool,
    /// Whether its bytes were reported as heard when they came; see [`Framer::push`].
    pub counted: bool,
}

/// How many times the silence a message is waited for that ends within a character.
const PATIENCE: u64 = 25;

/// How long a message may take to arrive, from its first byte to its end.
const WHOLE_MS: u64 = 60_000;

/// What is read so long after the time of a message was over waited for a server that was held up.
const HELD_UP_MS: u64 = 1_000;

/// What becomes of the bytes behind the last newline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rest {
    /// They wait for the rest of their message.
    Held,
    /// They are a message, although no newline ends it.
    Complete,
    /// They belong to a line that was too long, whose end is still coming.
    Skipped,
}

/// Cuts the stream of one client. Holds nothing between messages.
#[derive(Debug)]
pub struct Framer {
    framing: Framing,
    most: usize,
    held: Vec<u8>,
    /// Where the next message begins in `held`.
    start: usize,
    /// Up to where `held` is known to hold no newline.
    searched: usize,
    /// A newline has come: from then on only newlines count.
    lines: bool,
    counted: bool,
    rest: Rest,
    last_heard_ms: u64,
    waited: u64,
    /// When the first byte came of the message that has no end yet.
    began_ms: Option<u64>,
    /// Since when the server has been listening.
    listening_ms: u64,
}

impl Framer {
    /// A framer for messages of at most `most` bytes.
    pub fn new(framing: Framing, most: usize) -> Self {
        Self {
            framing,
            most,
            held: Vec::new(),
            start: 0,
            searched: 0,
            lines: framing == Framing::Line,
            counted: false,
            rest: Rest::Held,
            last_heard_ms: 0,
            waited: 1,
            began_ms: None,
            listening_ms: 0,
        }
    }

    /// Takes what one read brought at `now_ms`. Says whether it counts as heard: bytes that end
    /// no message yet, from a client that may be flooding without ever being silent.
    pub fn push(&mut self, bytes: &[u8], now_ms: u64) -> bool {
        if self.start > 0 {
            self.held.drain(..self.start);
            self.searched -= self.start;
            self.start = 0;
        }
        self.held.extend_from_slice(bytes);
        self.last_heard_ms = now_ms;
        self.waited = 1;
        let held_up = |began| now_ms > WHOLE_MS + HELD_UP_MS + began;
        let began = self.began_ms.filter(|began| !held_up(*began));
        self.began_ms = Some(began.unwrap_or(now_ms));
        if self.lines || memchr(b'\n', bytes).is_some() {
            self.lines = true;
            return false;
        }
        self.counted = true;
        true
    }

    /// Whether a client of this stream is answered in lines.
    pub fn is_by_lines(&self) -> bool {
        self.lines
    }

    /// How many bytes have come that belong to no message that was taken.
    pub fn held(&self) -> usize {
        self.held.len() - self.start
    }

    /// When silence will have ended what is held, or when it will be overdue, in the clock of
    /// [`Framer::push`].
    pub fn deadline(&self) -> Option<u64> {
        [self.silence(), self.overdue()].into_iter().flatten().min()
    }

    /// Whether a message was begun so long ago that its end is not waited for any more, however
    /// its bytes trickle in.
    pub fn is_overdue(&self, now_ms: u64) -> bool {
        self.overdue().is_some_and(|deadline| now_ms >= deadline)
    }

    /// Nobody was listening until now: a message that was begun has all its time again.
    pub fn begin_again(&mut self, now_ms: u64) {
        self.began_ms = self.began_ms.map(|_| now_ms);
        self.listening_ms = now_ms;
    }

    fn silence(&self) -> Option<u64> {
        let Framing::Auto { silence_ms } = self.framing else { return None };
        let waiting = !self.lines && self.rest == Rest::Held && self.held.len() > self.start;
        waiting.then(|| self.last_heard_ms.saturating_add(silence_ms.saturating_mul(self.waited)))
    }

    fn overdue(&self) -> Option<u64> {
        let began = self.began_ms.filter(|_| self.rest != Rest::Complete)?;
        Some(began.saturating_add(WHOLE_MS))
    }

    /// Ends what is held by silence, if it is time; a character that is half there is waited for.
    pub fn expire(&mut self, now_ms: u64) {
        if self.silence().is_none_or(|deadline| now_ms < deadline) {
            return;
        }
        let tail = std::str::from_utf8(&self.held[self.start..]);
        let half = tail.is_err_and(|error| error.error_len().is_none());
        if half && self.waited < PATIENCE {
            self.waited += 1;
        } else {
            self.rest = Rest::Complete;
        }
    }

    /// The stream has ended, and with it what is held.
    pub fn finish(&mut self) {
        let held = self.held.len() > self.start;
        self.rest = if held { Rest::Complete } else { Rest::Held };
        self.began_ms = None;
    }

    /// The next message that is complete.
    pub fn pull(&mut self) -> Option<Frame<'_>> {
        let (from, to) = loop {
            if let Some(newline) = self.find_newline() {
                let from = self.consume(newline + 1);
                self.begin_next();
                if mem::replace(&mut self.rest, Rest::Held) == Rest::Skipped {
                    continue;
                }
                break (from, newline);
            }
            let end = self.held.len();
            if self.rest == Rest::Complete || self.overflows() {
                let more = self.rest == Rest::Held && self.lines;
                self.rest = if more { Rest::Skipped } else { Rest::Held };
                let from = self.consume(end);
                if !more {
                    self.begin_next();
                }
                break (from, end);
            }
            if self.rest == Rest::Skipped {
                self.consume(end);
            }
            self.release();
            return None;
        };
        let counted = mem::take(&mut self.counted);
        let bytes = &self.held[from..to];
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        let too_long = bytes.len() > self.most;
        Some(Frame { bytes: if too_long { &[] } else { bytes }, too_long, counted })
    }

    /// Whether [`Framer::pull`] would return something.
    pub fn is_ready(&mut self) -> bool {
        self.rest == Rest::Complete || self.find_newline().is_some() || self.overflows()
    }

    fn consume(&mut self, to: usize) -> usize {
        self.searched = to;
        mem::replace(&mut self.start, to)
    }

    /// What is held behind a message came with the last read.
    fn begin_next(&mut self) {
        let came_ms = self.last_heard_ms.max(self.listening_ms);
        self.began_ms = (self.held.len() > self.start).then_some(came_ms);
    }

    /// Whether what is held is too long even if its newline came next. Reported at once, so that
    /// no client makes the server hold more; the rest of the line is skipped when it comes.
    fn overflows(&self) -> bool {
        self.rest != Rest::Skipped && self.held.len() - self.start > self.most.saturating_add(1)
    }

    fn find_newline(&mut self) -> Option<usize> {
        if !self.lines {
            return None;
        }
        let found = memchr(b'\n', &self.held[self.searched..]).map(|at| self.searched + at);
        self.searched = found.unwrap_or(self.held.len());
        found
    }

    /// An idle client costs no buffer.
    fn release(&mut self) {
        if self.start == self.held.len() {
            self.held = Vec::new();
            self.start = 0;
            self.searched = 0;
        }
    }
}

#[cfg(test)]
mod tests;
