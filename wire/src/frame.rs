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

    /// When silence will have ended what is held, in the clock of [`Framer::push`].
    pub fn deadline(&self) -> Option<u64> {
        let Framing::Auto { silence_ms } = self.framing else { return None };
        let waiting = !self.lines && self.rest == Rest::Held && self.held.len() > self.start;
        waiting.then(|| self.last_heard_ms.saturating_add(silence_ms.saturating_mul(self.waited)))
    }

    /// Ends what is held by silence, if it is time; a character that is half there is waited for.
    pub fn expire(&mut self, now_ms: u64) {
        if self.deadline().is_none_or(|deadline| now_ms < deadline) {
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
    }

    /// The next message that is complete.
    pub fn pull(&mut self) -> Option<Frame<'_>> {
        let (from, to) = loop {
            if let Some(newline) = self.find_newline() {
                let from = self.consume(newline + 1);
                if mem::replace(&mut self.rest, Rest::Held) == Rest::Skipped {
                    continue;
                }
                break (from, newline);
            }
            let end = self.held.len();
            if self.rest == Rest::Complete || self.overflows() {
                let more = self.rest == Rest::Held && self.lines;
                self.rest = if more { Rest::Skipped } else { Rest::Held };
                break (self.consume(end), end);
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
mod tests {
    use super::*;

    const AUTO: Framing = Framing::Auto { silence_ms: 40 };

    fn pull_all(framer: &mut Framer) -> Vec<String> {
        let mut all = vec![];
        while let Some(frame) = framer.pull() {
            let text = String::from_utf8_lossy(frame.bytes).into_owned();
            all.push(if frame.too_long { "(too long)".to_owned() } else { text });
        }
        all
    }

    /// Each step is a read and the time it comes at; an empty one is just time passing.
    #[track_caller]
    fn check(framing: Framing, steps: &[(&[u8], u64)], expected: &[&str]) {
        let mut framer = Framer::new(framing, 10);
        let mut all = vec![];
        for (bytes, now_ms) in steps {
            framer.expire(*now_ms);
            all.extend(pull_all(&mut framer));
            if !bytes.is_empty() {
                framer.push(bytes, *now_ms);
            }
            all.extend(pull_all(&mut framer));
        }
        assert_eq!(all, expected);
        assert!(framer.held.len() <= 12, "{} bytes are held", framer.held.len());
    }

    #[test]
    fn lines_end_at_newlines_with_or_without_carriage_return() {
        check(Framing::Line, &[(b"a\nb\r\n\nc", 0), (b"d\n", 900)], &["a", "b", "", "cd"]);
        check(AUTO, &[(b"a\nb\r\nc", 0), (b"", 900), (b"d\n", 901)], &["a", "b", "cd"]);
    }

    #[test]
    fn silence_ends_a_message_of_a_client_without_newlines() {
        check(AUTO, &[(b"hola", 0), (b"", 39)], &[]);
        check(AUTO, &[(b"hola", 0), (b"", 40), (b"adios", 41), (b"", 90)], &["hola", "adios"]);
        check(AUTO, &[(b"ho", 0), (b"la", 30), (b"", 60), (b"", 70)], &["hola"]);
    }

    #[test]
    fn half_a_character_is_waited_for() {
        check(AUTO, &[(b"\xc3", 0), (b"", 50), (b"\xb3n", 60), (b"", 100)], &["\u{f3}n"]);
        check(AUTO, &[(b"\xff", 0), (b"", 40)], &["\u{fffd}"]);
    }

    #[test]
    fn too_long_is_said_once_and_nothing_is_held() {
        let steps: &[(&[u8], u64)] =
            &[(b"0123456789abc", 0), (b"defghijklmnop", 1), (b"q\nok\n", 2)];
        check(Framing::Line, steps, &["(too long)", "ok"]);
        check(Framing::Line, &[(b"0123456789\r\n", 0)], &["0123456789"]);
        check(Framing::Line, &[(b"0123456789a\nok\n", 0)], &["(too long)", "ok"]);
    }

    #[test]
    fn the_end_of_the_stream_ends_a_message() {
        let mut framer = Framer::new(Framing::Line, 10);
        framer.push(b"LISTAR", 0);
        assert_eq!(framer.pull(), None);
        framer.finish();
        assert_eq!(pull_all(&mut framer), ["LISTAR"]);
        framer.finish();
        assert_eq!(framer.pull(), None);
    }

    #[test]
    fn reads_without_a_newline_are_heard_and_not_counted_again() {
        let mut framer = Framer::new(AUTO, 10);
        assert!(framer.push(b"ho", 0));
        assert!(framer.push(b"la", 1));
        framer.expire(41);
        assert!(framer.pull().is_some_and(|frame| frame.counted));
        assert!(!framer.push(b"x\n", 42));
        assert!(framer.pull().is_some_and(|frame| !frame.counted));
    }

    proptest::proptest! {
        /// However the network cuts them, lines come out as they went in.
        #[test]
        fn cuts_do_not_matter(
            lines in proptest::collection::vec("[a-zñ]{0,4}", 0..9),
            cut in 1..7usize,
        ) {
            let mut stream = lines.join("\n");
            if !lines.is_empty() {
                stream.push('\n');
            }
            let mut framer = Framer::new(Framing::Line, 10);
            let mut all = vec![];
            for piece in stream.as_bytes().chunks(cut) {
                framer.push(piece, 0);
                all.extend(pull_all(&mut framer));
            }
            proptest::prop_assert_eq!(all, lines);
        }
    }
}
