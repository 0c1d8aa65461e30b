//! The post: clients who send datagrams, each address with a session of its own.
//!
//! An address can be forged, so nothing here trusts one: each datagram is answered at most once,
//! with no more than three times its bytes; nothing is ever sent unasked; places are few, and who
//! has one keeps it against somebody who needs it no longer in silence than it has corresponded.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::io;
use std::net::SocketAddr;

use mio::net::UdpSocket;
use mio::{Interest, Registry, Token};
use posada_core::{Answer, Ask, Goodbye, Input, ListenerId, SessionNumber, Text};
use posada_wire::{Dialogue, Frame, Language, Profile, Read};
use slab::Slab;
use tracing::debug;

use super::outbox::character_border;
use crate::engine::Engine;

/// Marks the sessions whose client is here and not in a connection.
pub(super) const POSTAL: u64 = 1 << 63;
/// The bits of a session number that say which guest it is.
const GUEST_BITS: u32 = 20;
/// Datagrams taken from one socket before others have their turn.
const DATAGRAMS: usize = 64;
/// Headers of IP and UDP, which count for both sides.
const HEADER_BYTES: usize = 28;
/// How long a client that is silent keeps its place.
const IDLE_MS: u64 = 300_000;
/// How long it keeps it at least when all are taken and somebody comes: an address that never
/// answers is heard for a moment, and has its place for little more.
const GRACE_MS: u64 = 5_000;
/// After this much silence a client's code may come back from elsewhere.
const QUIET_MS: u64 = 30_000;

/// A bound socket for datagrams, and what is spoken there.
pub struct Mailbox {
    /// Its name in the configuration.
    pub name: &'static str,
    /// Its index among the configured listeners.
    pub id: ListenerId,
    /// What is spoken.
    pub profile: Profile,
    /// In which language.
    pub language: Language,
    /// Characters in a message; zero is unlimited.
    pub characters: u32,
    /// Places of its listener; zero is unlimited.
    pub places: u32,
    /// Where it listens.
    pub socket: UdpSocket,
}

/// All mailboxes and who writes to them.
#[derive(Default)]
pub(super) struct Post {
    boxes: Vec<Mailbox>,
    guests: Slab<Guest>,
    by_address: HashMap<(usize, SocketAddr), usize>,
    /// The codes that guests gave.
    codes: BTreeSet<(Text, usize)>,
    /// When guests lose their places, in uptime milliseconds.
    deadlines: BTreeSet<(u64, usize)>,
    /// When the guests of each listener give way to others, in uptime milliseconds.
    places: BTreeMap<ListenerId, BTreeSet<(u64, usize)>>,
    serial: u64,
}

/// One address that wrote.
struct Guest {
    session: SessionNumber,
    mailbox: usize,
    address: SocketAddr,
    dialogue: Dialogue,
    /// The key of the code that it gave.
    code: Option<Text>,
    /// It has got that code.
    named: bool,
    /// What each unanswered datagram allows its answer to be, in bytes.
    allowed: VecDeque<usize>,
    since_ms: u64,
    heard_ms: u64,
}

impl Guest {
    /// When its place is free even if nobody needs it, in uptime milliseconds.
    fn deadline(&self) -> u64 {
        self.heard_ms + IDLE_MS
    }

    /// When it gives way to somebody who needs its place: after as much silence as it has
    /// corresponded before.
    fn gives_way_ms(&self) -> u64 {
        self.heard_ms + (self.heard_ms - self.since_ms).clamp(GRACE_MS, IDLE_MS)
    }
}

impl Post {
    pub(super) fn new(
        mut boxes: Vec<Mailbox>,
        registry: &Registry,
        first: usize,
    ) -> io::Result<Self> {
        for (index, mailbox) in boxes.iter_mut().enumerate() {
            registry.register(&mut mailbox.socket, Token(first + index), Interest::READABLE)?;
        }
        Ok(Self { boxes, ..Self::default() })
    }

    /// Takes what has come to a mailbox. Says whether more may be there.
    pub(super) fn collect(
        &mut self,
        mailbox: usize,
        buffer: &mut [u8],
        engine: &mut Engine,
    ) -> bool {
        for _ in 0..DATAGRAMS {
            let Some(from) = self.boxes.get(mailbox) else { return false };
            match from.socket.recv_from(buffer) {
                Ok((count, address)) => self.hear(mailbox, address, &buffer[..count], engine),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return false,
                // What the kernel reports here is about an answer that somebody did not want.
                Err(error) => debug!("a datagram was not taken: {error}"),
            }
        }
        true
    }

    fn hear(&mut self, mailbox: usize, address: SocketAddr, bytes: &[u8], engine: &mut Engine) {
        let now = engine.now().uptime_ms;
        let known = self.by_address.get(&(mailbox, address)).copied();
        let guest = known.unwrap_or_else(|| self.admit(mailbox, address, engine));
        let Some(one) = self.guests.get_mut(guest) else { return };
        one.allowed.push_back(3 * (HEADER_BYTES + bytes.len()) - HEADER_BYTES);
        if one.heard_ms != now {
            self.unsettle(guest);
            self.guests[guest].heard_ms = now;
            self.settle(guest);
        }
        let one = &mut self.guests[guest];
        let session = one.session;
        let frame = Frame { bytes, too_long: false, counted: false };
        match one.dialogue.read(&frame, || 0) {
            Read::Ask(ask, key) => {
                if let Ask::Name { name, .. } = &ask {
                    let code = name.key.clone();
                    self.take_code(guest, code, engine);
                }
                engine.feed(Input::Asked { session, ask, key, counted: false });
            }
            Read::Nothing | Read::Hangup => self.forget(guest, engine),
        }
    }

    fn admit(&mut self, mailbox: usize, address: SocketAddr, engine: &mut Engine) -> usize {
        self.make_room(mailbox, engine);
        let at = &self.boxes[mailbox];
        let now = engine.now().uptime_ms;
        let dialogue = Dialogue::new(at.profile, at.language, at.characters);
        let entry = self.guests.vacant_entry();
        let guest = entry.key();
        self.serial += 1;
        let session = SessionNumber(POSTAL | self.serial << GUEST_BITS | guest as u64);
        let listener = at.id;
        entry.insert(Guest {
            session,
            mailbox,
            address,
            dialogue,
            code: None,
            named: false,
            allowed: VecDeque::new(),
            since_ms: now,
            heard_ms: now,
        });
        self.by_address.insert((mailbox, address), guest);
        self.settle(guest);
        engine.feed(Input::Opened { session, listener, peer: Some(address) });
        guest
    }

    /// When all places are taken, whoever has been silent for too long gives one up.
    fn make_room(&mut self, mailbox: usize, engine: &mut Engine) {
        let Mailbox { id, places, .. } = self.boxes[mailbox];
        let Some(taken) = self.places.get(&id) else { return };
        if places > 0
            && taken.len() >= places as usize
            && let Some(&(when, silent)) = taken.first()
            && engine.now().uptime_ms >= when
        {
            self.forget(silent, engine);
        }
    }

    /// Enters when a guest loses its place, and when it gives it up to others.
    fn settle(&mut self, guest: usize) {
        let one = &self.guests[guest];
        self.deadlines.insert((one.deadline(), guest));
        let listener = self.boxes[one.mailbox].id;
        self.places.entry(listener).or_default().insert((one.gives_way_ms(), guest));
    }

    /// Takes back what [`Self::settle`] entered.
    fn unsettle(&mut self, guest: usize) {
        let one = &self.guests[guest];
        self.deadlines.remove(&(one.deadline(), guest));
        if let Some(taken) = self.places.get_mut(&self.boxes[one.mailbox].id) {
            taken.remove(&(one.gives_way_ms(), guest));
        }
    }

    /// A client may come back with its code from another port: the place it had is given up, if
    /// it was the same machine's or has long been silent.
    fn take_code(&mut self, guest: usize, code: Text, engine: &mut Engine) {
        let from = self.guests[guest].address.ip();
        let now = engine.now().uptime_ms;
        let others = self.codes.range((code.clone(), 0)..=(code.clone(), usize::MAX));
        let gives_way = |index: &usize| {
            let other = &self.guests[*index];
            *index != guest && (other.address.ip() == from || now - other.heard_ms >= QUIET_MS)
        };
        if let Some(old) = others.map(|(_, index)| *index).find(gives_way) {
            self.forget(old, engine);
        }
        if let Some(before) = self.guests[guest].code.replace(code.clone()) {
            self.codes.remove(&(before, guest));
        }
        self.codes.insert((code, guest));
    }

    /// Spells something for a guest, and sends it if a datagram of its waits for an answer.
    fn answer(&mut self, session: SessionNumber, spell: impl FnOnce(&mut Dialogue, &mut Vec<u8>)) {
        let Some(guest) = self.guest(session) else { return };
        let one = &mut self.guests[guest];
        let mut text = Vec::new();
        spell(&mut one.dialogue, &mut text);
        let Some(allowed) = one.allowed.pop_front() else { return };
        text.truncate(character_border(&text, allowed));
        // A datagram may be lost; one that the kernel has no room for is.
        let sent = self.boxes.get(one.mailbox).map(|it| it.socket.send_to(&text, one.address));
        if let Some(Err(error)) = sent {
            debug!(to = %one.address, "an answer was not sent: {error}");
        }
    }

    /// Answers the oldest unanswered datagram of a guest. One that gets no code keeps no place.
    pub(super) fn reply(&mut self, session: SessionNumber, answer: &Answer, engine: &mut Engine) {
        self.answer(session, |dialogue, out| dialogue.reply(answer, out));
        let Some(guest) = self.guest(session) else { return };
        let one = &mut self.guests[guest];
        one.named |= matches!(answer, Answer::Named { .. });
        if !one.named && one.allowed.is_empty() {
            self.forget(guest, engine);
        }
    }

    /// Says the last words to a guest, in answer to all that it still asked, and forgets it.
    pub(super) fn close(&mut self, session: SessionNumber, reason: Goodbye, engine: &mut Engine) {
        let Some(guest) = self.guest(session) else { return };
        for _ in 0..self.guests[guest].allowed.len() {
            self.answer(session, |dialogue, out| dialogue.goodbye(reason, out));
        }
        self.forget(guest, engine);
    }

    /// Frees the places of those who have been silent too long.
    pub(super) fn expire(&mut self, engine: &mut Engine) {
        let now = engine.now().uptime_ms;
        while let Some(&(when, guest)) = self.deadlines.first()
            && now >= when
        {
            self.forget(guest, engine);
        }
    }

    /// When the next place is to be freed, in uptime milliseconds.
    pub(super) fn deadline(&self) -> Option<u64> {
        self.deadlines.first().map(|(when, _)| *when)
    }

    fn forget(&mut self, guest: usize, engine: &mut Engine) {
        self.unsettle(guest);
        let gone = self.guests.remove(guest);
        self.by_address.remove(&(gone.mailbox, gone.address));
        if let Some(code) = gone.code {
            self.codes.remove(&(code, guest));
        }
        engine.feed(Input::Closed { session: gone.session });
    }

    fn guest(&self, session: SessionNumber) -> Option<usize> {
        let guest = usize::try_from(session.0 & ((1 << GUEST_BITS) - 1)).ok()?;
        self.guests.get(guest).filter(|found| found.session == session).map(|_| guest)
    }
}
