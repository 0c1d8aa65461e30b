//! What the reactor says to one client, line by line: nothing is held for whom it says nothing.

use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::future::poll_fn;
use memchr::memchr;
use tokio::io::{AsyncRead, ReadBuf};
use tokio::net::unix::OwnedReadHalf;

/// Bytes asked for in one read. They are on the stack, and only what came is kept.
const READ_BYTES: usize = 8 << 10;

/// The lines that come out of one end of a pair.
pub(super) struct Lines {
    from_reactor: OwnedReadHalf,
    held: Vec<u8>,
    /// Where the next line begins in `held`.
    start: usize,
    /// Up to where `held` is known to hold no end of it.
    searched: usize,
}

impl Lines {
    pub(super) fn new(from_reactor: OwnedReadHalf) -> Self {
        Self { from_reactor, held: Vec::new(), start: 0, searched: 0 }
    }

    /// The next line, without its end; `None`: there are no more. A line that was cut is none.
    /// Who stops waiting loses nothing.
    pub(super) async fn next(&mut self) -> Option<&[u8]> {
        loop {
            if let Some(length) = memchr(b'\n', &self.held[self.searched..]) {
                let (from, to) = (self.start, self.searched + length);
                (self.start, self.searched) = (to + 1, to + 1);
                return Some(&self.held[from..to]);
            }
            self.release();
            if poll_fn(|context| self.poll_fill(context)).await.ok()? == 0 {
                return None;
            }
        }
    }

    /// Whether the next line has come already.
    pub(super) fn is_ready(&self) -> bool {
        memchr(b'\n', &self.held[self.searched..]).is_some()
    }

    fn poll_fill(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut buffer = [MaybeUninit::uninit(); READ_BYTES];
        let mut buffer = ReadBuf::uninit(&mut buffer);
        ready!(Pin::new(&mut self.from_reactor).poll_read(context, &mut buffer))?;
        self.held.extend_from_slice(buffer.filled());
        Poll::Ready(Ok(buffer.filled().len()))
    }

    /// Keeps only the part of a line whose rest is still to come.
    fn release(&mut self) {
        if self.start == self.held.len() {
            self.held = Vec::new();
        } else {
            self.held.drain(..self.start);
        }
        (self.start, self.searched) = (0, self.held.len());
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use tokio::io::AsyncWriteExt;
    use tokio::net::UnixStream;

    use super::*;

    #[tokio::test]
    async fn lines_come_whole_however_they_are_cut_and_leave_nothing_behind() {
        let (mine, mut reactor) = UnixStream::pair().expect("two descriptors are left");
        let mut lines = Lines::new(mine.into_split().0);
        assert_eq!(lines.next().now_or_never(), None, "nothing was said yet");
        let long = "a".repeat(2 * READ_BYTES);
        let mut heard = vec![];
        for said in ["one\n\ntw", "o\nthr", "e", "e\n", &long, "\n"] {
            reactor.write_all(said.as_bytes()).await.expect("it is taken");
            for left in (0..said.matches('\n').count()).rev() {
                let line = lines.next().await.expect("it is whole");
                heard.push(String::from_utf8_lossy(line).into_owned());
                assert_eq!(lines.is_ready(), left > 0);
            }
            // Who stops waiting loses nothing of a line that is not whole.
            assert_eq!(lines.next().now_or_never(), None);
        }
        assert_eq!(heard, ["one", "", "two", "three", &long]);
        assert_eq!(lines.held.capacity(), 0, "who is told nothing costs no buffer");
        reactor.write_all(b"last\ncut").await.expect("it is taken");
        drop(reactor);
        assert_eq!(lines.next().await, Some(&b"last"[..]));
        assert_eq!(lines.next().await, None);
    }
}
