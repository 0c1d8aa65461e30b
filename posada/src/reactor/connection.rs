//! One client's connection: its socket, what it is saying, and what it is owed.

use std::io::{self, Read};
use std::net::{Shutdown, SocketAddr};

use posada_core::SessionNumber;
use posada_wire::{Dialogue, Framer};

use super::circles::Circles;
use super::outbox::{Outbox, UNFRAMED_BYTES, character_border};
use super::overload::Backlog;
use super::ring::Tick;
use super::transport::Transport;

/// How long a closed connection is waited for, so that its last line survives unread input.
pub(super) const LINGER_MS: u64 = 5_000;

/// One client's connection.
#[expect(clippy::struct_excessive_bools, reason = "each says one thing that may be due")]
pub(super) struct Connection {
    /// Where the client is.
    pub(super) peer: SocketAddr,
    /// Its session.
    pub(super) session: SessionNumber,
    /// The name of its listener.
    pub(super) listener: &'static str,
    pub(super) socket: Transport,
    pub(super) framer: Framer,
    pub(super) backlog: Backlog,
    pub(super) dialogue: Dialogue,
    pub(super) outbox: Outbox,
    pub(super) stage: Stage,
    /// The socket may have more to read.
    pub(super) readable: bool,
    /// The poll has seen the end of what the client sends, and will not tell of it again.
    pub(super) end_is_near: bool,
    /// The client has sent its last byte.
    pub(super) ended: bool,
    /// It is not heard until it reads what it is owed.
    pub(super) paused: bool,
    /// It is in the list of those with something to do.
    pub(super) queued: bool,
    /// It is in the list of those with something to be written.
    pub(super) dirty: bool,
    /// The last write was not taken whole; the poll says when there is room again.
    pub(super) blocked: bool,
    /// When it must be looked at, in uptime milliseconds.
    pub(super) timer: Option<u64>,
    /// The turn in which it was last heard.
    pub(super) heard: u32,
}

/// How far a connection has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// It talks.
    Open,
    /// It has sent its last byte; it still gets the answers to what it asked.
    Ended,
    /// It is being told goodbye; what it sends is thrown away.
    Closing,
    /// It has been told; only the end of its stream is waited for.
    Lingering,
}

/// What a read brought.
pub(super) enum Arrived {
    /// So many bytes.
    Bytes(usize),
    /// Nothing for now.
    Nothing,
    /// The end of the stream.
    End,
    /// The connection broke: what it was saying has no end.
    Broken,
}

impl Connection {
    /// A connection that has just been accepted.
    pub(super) fn new(
        socket: Transport,
        peer: SocketAddr,
        session: SessionNumber,
        listener: &'static str,
        framer: Framer,
        dialogue: Dialogue,
    ) -> Self {
        Self {
            peer,
            session,
            listener,
            socket,
            framer,
            backlog: Backlog::default(),
            dialogue,
            outbox: Outbox::default(),
            stage: Stage::Open,
            readable: true,
            end_is_near: false,
            ended: false,
            paused: false,
            queued: false,
            dirty: false,
            blocked: false,
            timer: None,
            heard: 0,
        }
    }

    /// Whether the client may still be heard.
    pub(super) fn is_open(&self) -> bool {
        self.stage == Stage::Open
    }

    /// It is heard, or heard again: how long it was not does not count against it.
    pub(super) fn listen_again(&mut self, now_ms: u64, worked_ms: u64) {
        if std::mem::take(&mut self.paused) {
            self.framer.begin_again(now_ms);
            self.backlog.goes_on(worked_ms);
        }
    }

    /// Reads once.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Arrived {
        match self.socket.read(buffer) {
            Ok(0) => Arrived::End,
            Ok(count) => {
                // Less than asked for: the poll will say when there is more.
                self.readable = count == buffer.len() || self.end_is_near;
                Arrived::Bytes(count)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.readable = false;
                Arrived::Nothing
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Arrived::Nothing,
            Err(_) => Arrived::Broken,
        }
    }

    /// Adds one reply or event to what the client is owed. `spell` may write nothing.
    pub(super) fn tell(&mut self, now: Tick, spell: impl FnOnce(&mut Dialogue, &mut Vec<u8>)) {
        let Self { framer, dialogue, outbox, .. } = self;
        outbox.push(now, |out| {
            let before = out.len();
            spell(dialogue, out);
            if !framer.is_by_lines() {
                let most = character_border(&out[before..], UNFRAMED_BYTES);
                out.truncate(before + most);
            }
            if out.len() > before {
                out.push(b'\n');
            }
        });
    }

    /// Adds what the server says before anybody has said anything: no line end belongs to it.
    pub(super) fn greet(&mut self, now: Tick) {
        let greeting = self.dialogue.greeting();
        self.outbox.push(now, |out| out.extend_from_slice(greeting.as_bytes()));
    }

    /// Writes what the socket takes.
    ///
    /// # Errors
    /// When the connection is broken.
    pub(super) fn flush(&mut self, circles: &Circles) -> io::Result<()> {
        let Self { outbox, socket, .. } = self;
        let written = if self.framer.is_by_lines() {
            outbox.write_lines(circles, socket)
        } else {
            outbox.write_unframed(circles, socket)
        };
        match written {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.blocked = true,
            written => return written,
        }
        Ok(())
    }

    /// Sends the end of the stream.
    pub(super) fn shut_down(&mut self) {
        // A connection that is broken already has nothing to be told.
        let _ = self.socket.shutdown(Shutdown::Write);
        self.stage = Stage::Lingering;
    }
}
