//! A conversation in turns before anything is measured: something is said, its answer awaited.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use posada::bench::Socket;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connection that is spoken to in turns.
pub(crate) struct Dialog {
    reader: BufReader<TcpStream>,
}

impl Dialog {
    /// Connects.
    pub(crate) fn with(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { reader: BufReader::new(stream) })
    }

    /// Says something.
    pub(crate) fn say(&mut self, bytes: impl AsRef<[u8]>) -> Result<()> {
        Ok(self.reader.get_mut().write_all(bytes.as_ref())?)
    }

    /// The next line, with its end.
    pub(crate) fn line(&mut self) -> Result<String> {
        let mut line = Vec::new();
        let count = self.reader.read_until(b'\n', &mut line).context("no answer")?;
        ensure!(count > 0, "the server ended the connection");
        Ok(String::from_utf8_lossy(&line).into_owned())
    }

    /// The first line that is so.
    pub(crate) fn line_until(&mut self, right: impl Fn(&str) -> bool) -> Result<String> {
        loop {
            let line = self.line()?;
            if right(&line) {
                return Ok(line);
            }
        }
    }

    /// So many bytes.
    pub(crate) fn bytes(&mut self, count: usize) -> Result<Vec<u8>> {
        let mut bytes = vec![0; count];
        self.reader.read_exact(&mut bytes).context("no answer")?;
        Ok(bytes)
    }

    /// Says something, to which exactly this is the answer.
    pub(crate) fn expect(&mut self, said: impl AsRef<[u8]>, answer: &[u8]) -> Result<()> {
        self.say(said)?;
        let found = self.bytes(answer.len())?;
        let (found, wanted) = (String::from_utf8_lossy(&found), String::from_utf8_lossy(answer));
        ensure!(found == wanted, "{found:?} was answered, and not {wanted:?}");
        Ok(())
    }

    /// From here on nobody waits.
    pub(crate) fn done(self) -> Result<Socket> {
        let unread = String::from_utf8_lossy(self.reader.buffer()).into_owned();
        ensure!(unread.is_empty(), "unasked, the server said {unread:?}");
        Ok(Socket::stream(self.reader.into_inner())?)
    }
}
