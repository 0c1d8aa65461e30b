//! A small server without sockets or disks: the core, a log that counts, and who else is there.
//!
//! One guest is new: what it asks comes out of the bytes that are tried. Luis is in the lobby and
//! watches, Ana is away with a mailbox. What others would be told is checked as it comes out; what
//! the guest is told waits for its own dialogue.

use std::sync::LazyLock;

use posada_core::limits::{HISTORY_BYTES, KEY_BYTES};
use posada_core::{
    Admission, Answer, Ask, Barred, Command, Core, Digest, Entry, Founding, Goodbye, Input, Key,
    Label, ListenerId, Output, Seq, SessionNumber, Setup, Time, Watched, Whom,
};
use posada_log::{Batch, Log, Memory, Options};
use posada_wire::{names, record, secret};

use crate::spoken;

const LUIS: SessionNumber = SessionNumber(1);
const ANA: SessionNumber = SessionNumber(2);
const GUEST: SessionNumber = SessionNumber(3);

/// Where the guest and the others come in.
const DOOR: ListenerId = ListenerId(0);
const BACK_DOOR: ListenerId = ListenerId(1);

/// What there is to reserve, and who else is there: names are costly to read.
static RESOURCES: LazyLock<[Label; 3]> = LazyLock::new(|| {
    let resources = ["Habitación 1", ".hidden", "bench"];
    resources.map(|name| names::resource(name).expect("it is a name"))
});
static NEIGHBOURS: LazyLock<[Label; 2]> =
    LazyLock::new(|| ["Luis", "Ana María"].map(|name| names::name(name).expect("it is a name")));
/// What everybody here knows who wants to be the operator: 64 zeros.
static TOKEN: LazyLock<Digest> =
    LazyLock::new(|| secret::token(&"0".repeat(64)).expect("it is a token"));

/// The smallest segment files that may be configured: whatever is asked must fit these.
const SMALLEST: Options = Options { segment_bytes: 65_536 };

/// What the guest is told for itself.
pub(crate) enum Told {
    Reply(Answer),
    Goodbye(Goodbye),
}

/// The server.
pub(crate) struct House {
    core: Core,
    log: Memory,
    now: Time,
    /// Entries that wait for the next batch.
    waiting: Vec<Entry>,
    told: Vec<Told>,
}

impl House {
    /// A server whose guest may do what `admission` says.
    pub(crate) fn open(admission: Admission) -> Self {
        let mut house = Self {
            core: Core::new(Setup {
                listeners: vec![admission, Admission::default()],
                operator: Some(*TOKEN),
                ..Setup::default()
            }),
            log: Memory::new(),
            now: Time::new(1_795_000_000_000, 0),
            waiting: Vec::new(),
            told: Vec::new(),
        };
        house.found();
        house.neighbours();
        house.feed(Input::Opened { session: GUEST, listener: DOOR, peer: None });
        house
    }

    fn found(&mut self) {
        let founding = Founding { resources: &*RESOURCES, history_bytes: HISTORY_BYTES };
        let mut out = Vec::new();
        self.core.start(self.now, &founding, &mut out);
        for output in out {
            self.handle(output);
        }
        self.commit();
    }

    fn neighbours(&mut self) {
        for (session, name) in [LUIS, ANA].into_iter().zip(&*NEIGHBOURS) {
            let secret = Some([u8::try_from(session.0).unwrap_or_default(); 32]);
            self.feed(Input::Opened { session, listener: BACK_DOOR, peer: None });
            self.other(
                session,
                Ask::Name { name: name.clone(), proof: None, secret: secret.map(Box::new) },
            );
        }
        self.commit();
        self.other(LUIS, Ask::Watch(Watched::Resources));
        self.other(LUIS, Ask::Watch(Watched::Room("lobby".into())));
        self.other(LUIS, Ask::Say { room: None, text: "¿hay alguien?".into() });
        self.feed(Input::Closed { session: ANA });
        self.commit();
    }

    fn other(&mut self, session: SessionNumber, ask: Ask) {
        self.feed(Input::Asked { session, ask, key: None, counted: false });
    }

    /// The guest asks something.
    pub(crate) fn asked(&mut self, ask: Ask, key: Option<Key>, counted: bool) {
        self.feed(Input::Asked { session: GUEST, ask, key, counted });
    }

    /// Bytes of the guest arrived that make no message yet.
    pub(crate) fn heard(&mut self) {
        self.feed(Input::Heard { session: GUEST });
    }

    /// Writes what waits as one batch, applies it, and says what the guest is told.
    pub(crate) fn commit(&mut self) -> Vec<Told> {
        self.now.uptime_ms += 400;
        let entries = std::mem::take(&mut self.waiting);
        let first_seq = self.log.next_seq();
        if !entries.is_empty() {
            self.append(first_seq, &entries);
        }
        for (seq, entry) in (first_seq..).zip(entries) {
            self.feed(Input::Appended { seq: Seq(seq), entry });
        }
        std::mem::take(&mut self.told)
    }

    /// Whatever the core hands out can be stored, alone too, and is read back as it was.
    fn append(&mut self, first_seq: u64, entries: &[Entry]) {
        let mut payload = Vec::new();
        for entry in entries {
            mentions_something(&entry.command);
            let before = payload.len();
            record::encode(entry, &mut payload);
            let bytes = payload.len() - before;
            assert!(bytes <= SMALLEST.largest_payload(), "an entry of {bytes} bytes fits nowhere");
        }
        let read: Result<Vec<_>, _> = record::decode(&payload).collect();
        assert_eq!(read.expect("what was written can be read"), entries);
        let count = u32::try_from(entries.len()).expect("few");
        self.log.append(Batch { first_seq, count, payload: &payload }).expect("it can be stored");
    }

    fn feed(&mut self, input: Input) {
        let mut out = Vec::new();
        self.core.step(self.now, input, &mut out);
        for output in out {
            self.handle(output);
        }
    }

    fn handle(&mut self, output: Output) {
        match output {
            Output::Append(entry) => self.waiting.push(entry),
            Output::Reply { session: GUEST, answer } => self.told.push(Told::Reply(answer)),
            Output::Close { session: GUEST, reason } => self.told.push(Told::Goodbye(reason)),
            Output::Published { seq, event, .. } => spoken::event(seq, &event),
            Output::Direct { seq, event, .. } => spoken::event(Some(seq), &event),
            // It goes to the operator's terminal.
            Output::Noted { text, .. } => spoken::harmless(&text),
            _ => {}
        }
    }
}

/// What nothing can be called does not fill the log.
fn mentions_something(command: &Command) {
    let (Command::Reserve { resource: key, .. }
    | Command::Cancel { resource: key, .. }
    | Command::Release { resource: key, .. }
    | Command::To { name: key, .. }
    | Command::Leave { room: Some(key), .. }
    | Command::Topic { room: Some(key), .. }
    | Command::Say { room: Some(key), .. }
    | Command::Tell { to: Whom::Name(key), .. }
    | Command::Kick { who: Whom::Name(key), .. }
    | Command::Ban { who: Barred::Name(key), .. }) = command
    else {
        return;
    };
    assert!(key.len() <= KEY_BYTES, "a key of {} bytes", key.len());
    assert!(!key.contains('\0'), "a key that nothing has: {key:?}");
}
