//! A client with a raw socket, and what it may expect.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Instant;

use super::PATIENCE;

/// One connection. It ends what it sends with `line_end`: with nothing, as the seed clients do,
/// or with a newline; replies end with a newline exactly where it sends one.
pub(crate) struct Client {
    who: String,
    stream: TcpStream,
    unread: Vec<u8>,
    line_end: &'static str,
}

impl Client {
    #[track_caller]
    pub(crate) fn connect(who: &str, door: SocketAddr) -> Self {
        let client = Self::reaches(who, door);
        client.unwrap_or_else(|why| panic!("{who} cannot reach {door}: {why}"))
    }

    /// One that may find nobody there.
    ///
    /// # Errors
    /// With what the kernel says.
    pub(crate) fn reaches(who: &str, door: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&door, PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { who: who.to_owned(), stream, unread: vec![], line_end: "" })
    }

    /// The same client, which from now on ends its lines.
    pub(crate) fn in_lines(self, line_end: &'static str) -> Self {
        Self { line_end, ..self }
    }

    /// Whether it ends its lines.
    pub(crate) fn is_by_lines(&self) -> bool {
        !self.line_end.is_empty()
    }

    /// Sends these bytes as they are.
    #[track_caller]
    pub(crate) fn sends(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        let sent = self.stream.write_all(bytes.as_ref());
        sent.unwrap_or_else(|why| panic!("{} cannot send: {why}", self.who));
        self
    }

    /// Sends these bytes, whether or not anybody is there to take them any more.
    pub(crate) fn throws(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).is_ok()
    }

    /// Sends this text, ended as this client ends it.
    #[track_caller]
    pub(crate) fn says_only(&mut self, text: &str) -> &mut Self {
        self.sends(format!("{text}{}", self.line_end))
    }

    /// Asks something of the desk and reads its one reply.
    #[track_caller]
    pub(crate) fn asks(&mut self, command: &str, reply: &str) -> &mut Self {
        self.says_only(command).hears(reply)
    }

    /// Says something in the lobby, and waits for the acknowledgement.
    #[track_caller]
    pub(crate) fn says(&mut self, text: &str) -> &mut Self {
        self.asks(text, "Recibido")
    }

    /// The next reply or relay is this, whole and alone.
    #[track_caller]
    pub(crate) fn hears(&mut self, reply: &str) -> &mut Self {
        if self.line_end.is_empty() {
            self.hears_at_once(reply)
        } else {
            self.reads(format!("{reply}\n"))
        }
    }

    /// One `recv`, as the seed clients do it, brings exactly this.
    #[track_caller]
    pub(crate) fn hears_at_once(&mut self, reply: &str) -> &mut Self {
        let found = self.recv();
        if found != reply.as_bytes() {
            let found = text(&found);
            panic!("{} expected at once {reply:?}\n but there came {found:?}", self.who);
        }
        self
    }

    /// The next reply is one of these, whole and alone; which one?
    #[track_caller]
    pub(crate) fn hears_one_of(&mut self, replies: &[&str]) -> usize {
        let found = if self.is_by_lines() { self.line() } else { Some(text(&self.recv())) };
        let place = found.as_ref().and_then(|found| replies.iter().position(|it| it == found));
        place.unwrap_or_else(|| panic!("{} expected {replies:?}, not {found:?}", self.who))
    }

    /// The next bytes are these, however many pieces they come in.
    #[track_caller]
    pub(crate) fn reads(&mut self, expected: impl AsRef<[u8]>) -> &mut Self {
        let expected = expected.as_ref();
        while self.unread.len() < expected.len() && expected.starts_with(&self.unread) {
            if !self.fill("reads on") {
                break;
            }
        }
        let whole = self.unread.len().min(expected.len());
        if self.unread[..whole] != *expected {
            let (found, wanted) = (text(&self.unread), text(expected));
            panic!("{} expected {wanted:?}\n but there came {found:?}", self.who);
        }
        self.unread.drain(..whole);
        self
    }

    /// What one `recv(1024)` brings.
    #[track_caller]
    pub(crate) fn recv(&mut self) -> Vec<u8> {
        if self.unread.is_empty() {
            let open = self.fill("receives something");
            assert!(open, "{} was cut off instead of being answered", self.who);
        }
        std::mem::take(&mut self.unread)
    }

    /// The next line, without its end; `None` when the connection has ended before it.
    #[track_caller]
    pub(crate) fn line(&mut self) -> Option<String> {
        let mut searched = 0;
        loop {
            if let Some(at) = self.unread[searched..].iter().position(|byte| *byte == b'\n') {
                let line = text(&self.unread[..searched + at]);
                self.unread.drain(..=searched + at);
                return Some(line);
            }
            searched = self.unread.len();
            if !self.fill("reads a line") {
                return None;
            }
        }
    }

    /// Sends no more, but stays to read: what `nc -N` does at the end of its input.
    pub(crate) fn hangs_up(&mut self) -> &mut Self {
        self.stream.shutdown(Shutdown::Write).ok();
        self
    }

    /// The server ends the connection, and sends nothing more before that.
    #[track_caller]
    pub(crate) fn is_cut_off(&mut self) {
        let rest = self.rest();
        assert_eq!(rest, "", "what {} reads before the end", self.who);
    }

    /// Everything until the server ends the connection.
    #[track_caller]
    pub(crate) fn rest(&mut self) -> String {
        while self.fill("sees the end") {}
        text(&std::mem::take(&mut self.unread))
    }

    /// Another handle of the same connection, to send from while this one reads.
    pub(crate) fn sender(&self) -> TcpStream {
        self.stream.try_clone().expect("a descriptor is left")
    }

    /// Reads what has come, once. `false`: the connection has ended.
    #[track_caller]
    fn fill(&mut self, what: &str) -> bool {
        let deadline = Instant::now() + PATIENCE;
        let mut bytes = [0; 1024];
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let so_far = text(&self.unread);
                panic!("{} waits in vain until it {what}: {so_far:?}", self.who);
            }
            self.stream.set_read_timeout(Some(left)).expect("it is not zero");
            match self.stream.read(&mut bytes) {
                Ok(0) => return false,
                Ok(count) => {
                    self.unread.extend_from_slice(&bytes[..count]);
                    return true;
                }
                Err(why) if why.kind() == ErrorKind::ConnectionReset => return false,
                Err(why) if is_passing(why.kind()) => {}
                Err(why) => panic!("{} cannot read: {why}", self.who),
            }
        }
    }
}

fn is_passing(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
