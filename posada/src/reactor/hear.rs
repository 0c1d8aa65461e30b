//! Hearing clients: reading, cutting into messages, asking the core. Each in its turn.

use posada_core::{Goodbye, Input};
use posada_wire::Read;
use tracing::info;

use super::Reactor;
use super::connection::{Arrived, Stage};

/// Commands that one client may have under way. One who talks to a hundred costs a write to each
/// in every turn, so a turn should take what it has to say: 512 short commands take half a
/// millisecond.
const WINDOW_COMMANDS: usize = 512;
/// Bytes of commands, and of long replies to them, that one client may have under way; also of
/// replies that it may leave unread before it is not heard any more.
const WINDOW_BYTES: usize = 64 << 10;
/// How long a client may leave its replies unread before it is cut.
pub(super) const STALLED_MS: u64 = 60_000;
/// Bytes of commands taken in one turn from everybody: it bounds how long others wait for theirs.
const TURN_BYTES: usize = 192 << 10;

impl Reactor {
    /// Hears who has something to say, longest waiting first.
    pub(super) fn hear_all(&mut self) {
        for mailbox in std::mem::take(&mut self.mail) {
            if self.post.collect(mailbox, &mut self.buffer, &mut self.engine) {
                self.mail.insert(mailbox);
            }
        }
        self.obey();
        let mut heard = 0;
        for _ in 0..self.ready.len() {
            if heard >= TURN_BYTES {
                return;
            }
            let Some(slot) = self.ready.pop_front() else { return };
            let Some(connection) = self.connections.get_mut(slot) else { continue };
            connection.queued = false;
            heard += if connection.is_open() { self.hear(slot) } else { self.discard(slot) };
        }
    }

    /// Hears one client, no more than its window. Returns how many bytes it said.
    fn hear(&mut self, slot: usize) -> usize {
        let connection = &mut self.connections[slot];
        if connection.outbox.owed() > WINDOW_BYTES {
            if !std::mem::replace(&mut connection.paused, true) {
                connection.backlog.rests(self.overload.now());
                let patience = self.engine.now().uptime_ms + STALLED_MS;
                self.set_timer(slot, Some(patience));
            }
            return 0;
        }
        connection.listen_again(self.engine.now().uptime_ms, self.overload.now());
        if connection.readable && !connection.ended && !connection.framer.is_ready() {
            match connection.read(&mut self.buffer) {
                Arrived::Bytes(count) => {
                    self.heard.note(&mut connection.heard);
                    connection.backlog.came(count);
                    let now = self.engine.now().uptime_ms;
                    if connection.framer.push(&self.buffer[..count], now) {
                        self.engine.feed(Input::Heard { session: connection.session });
                    }
                }
                Arrived::Nothing => {}
                Arrived::Broken => {
                    info!(peer = %connection.peer, listener = connection.listener, "broken off");
                    self.remove(slot);
                    return 0;
                }
                Arrived::End => {
                    connection.framer.finish();
                    connection.ended = true;
                }
            }
        }
        let said = self.ask(slot);
        self.look_at_backlog(slot);
        self.after_asking(slot);
        said
    }

    fn ask(&mut self, slot: usize) -> usize {
        let connection = &mut self.connections[slot];
        let session = connection.session;
        let (most, refused_to) = connection.allowance(WINDOW_COMMANDS);
        let (mut said, mut commands) = (0, 0);
        while commands < most && said < WINDOW_BYTES {
            if refused_to.is_some_and(|mark| connection.taken() >= mark) {
                break;
            }
            let Some(frame) = connection.framer.pull() else { break };
            commands += 1;
            said += frame.bytes.len() + 1;
            let counted = frame.counted;
            match connection.dialogue.read(&frame, draw) {
                Read::Ask(ask, _) if refused_to.is_some() => {
                    let ask = self.overload.refuse(ask, self.engine.figures());
                    self.engine.feed(Input::Asked { session, ask, key: None, counted });
                }
                Read::Ask(ask, key) => {
                    said += self.engine.reply_bytes(&ask);
                    self.engine.feed(Input::Asked { session, ask, key, counted });
                }
                Read::Nothing => {}
                Read::Hangup => {
                    info!(peer = %connection.peer, "refused: this is no web server");
                    self.dismiss(slot, Stage::Closing);
                    break;
                }
            }
        }
        said
    }

    fn after_asking(&mut self, slot: usize) {
        let connection = &mut self.connections[slot];
        if !connection.is_open() {
            return;
        }
        if connection.framer.is_ready() {
            return self.queue(slot);
        }
        if connection.framer.is_overdue(self.engine.now().uptime_ms) {
            return self.part_unfinished(slot);
        }
        if connection.readable && !connection.ended {
            return self.queue(slot);
        }
        if connection.ended {
            info!(peer = %connection.peer, listener = connection.listener, "left");
            return self.dismiss(slot, Stage::Ended);
        }
        self.watch_silence(slot);
    }

    /// Looks at a client again when its silence will have ended its message, or the message will
    /// be overdue.
    fn watch_silence(&mut self, slot: usize) {
        let deadline = self.connections[slot].framer.deadline();
        self.set_timer(slot, deadline);
    }

    /// A client's time for a message is over, or its silence long enough.
    pub(super) fn hear_silence(&mut self, slot: usize, now_ms: u64) {
        let connection = &mut self.connections[slot];
        // What came while the server was busy is read first: it was no silence.
        if !connection.readable {
            if connection.framer.is_overdue(now_ms) {
                return self.part_unfinished(slot);
            }
            connection.framer.expire(now_ms);
            self.watch_silence(slot);
        }
        self.queue(slot);
    }

    /// Tells a client goodbye that began a message and does not end it.
    fn part_unfinished(&mut self, slot: usize) {
        let connection = &self.connections[slot];
        let (peer, listener) = (connection.peer, connection.listener);
        info!(%peer, listener, "sent away: it did not end what it had begun");
        self.engine.dismissed(connection.session, Goodbye::Slow);
        self.dismiss(slot, Stage::Closing);
        self.give(slot, STALLED_MS);
        let now = self.feeds.now();
        self.connections[slot].tell(now, |dialogue, out| dialogue.goodbye(Goodbye::Slow, out));
    }

    /// Throws away what a client says that has been told goodbye.
    fn discard(&mut self, slot: usize) -> usize {
        let connection = &mut self.connections[slot];
        if !connection.readable || connection.ended {
            return 0;
        }
        match connection.read(&mut self.buffer) {
            Arrived::Bytes(count) => {
                if connection.readable {
                    self.queue(slot);
                }
                count
            }
            Arrived::Nothing => 0,
            Arrived::Broken => {
                self.remove(slot);
                0
            }
            Arrived::End => {
                connection.ended = true;
                if connection.stage == Stage::Lingering {
                    self.remove(slot);
                }
                0
            }
        }
    }
}

/// 128 bits that nobody can guess.
fn draw() -> u128 {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the kernel gives random bytes");
    u128::from_le_bytes(bytes)
}
