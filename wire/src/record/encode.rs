//! Writing entries: which command has which fields, in the order of their numbers.
//!
//! Every command that changes anything passes here once, so nothing is built only to be written:
//! the fields go straight behind what the batch holds already.

use posada_core::{Barred, Command, Entry, Label, SessionId, Whom};

use super::fields::{field, kind};

/// Adds one entry to a batch.
pub fn encode(entry: &Entry, batch: &mut Vec<u8>) {
    let command = &entry.command;
    let mut map = Map::begin(batch);
    map.number(field::KIND, kind_of(command).into());
    map.number(field::WALL_MS, entry.time.wall_ms);
    map.number(field::UPTIME_MS, entry.time.uptime_ms);
    if let Some(session) = command.asker() {
        map.session(&session);
    }
    match command {
        Command::NodeUp { node, epoch } => {
            map.number(field::NODE, (*node).into());
            map.number(field::EPOCH, (*epoch).into());
        }
        Command::End { session } => map.session(session),
        Command::Declare { resource: label } | Command::Join { room: label, .. } => {
            map.label(label);
        }
        Command::Name { name, proof, secret, .. } => {
            map.label(name);
            map.perhaps(field::SECRET, secret.as_deref(), Map::bytes);
            map.perhaps(field::PROOF, proof.as_deref(), Map::bytes);
        }
        Command::Say { text, .. }
        | Command::Topic { text, .. }
        | Command::Note { text, .. }
        | Command::Announce { text, .. }
        | Command::Tell { to: Whom::Session(_), text, .. } => map.text(field::TEXT, text),
        Command::To { name, text, .. } | Command::Tell { to: Whom::Name(name), text, .. } => {
            map.text(field::TEXT, text);
            map.text(field::KEY, name);
        }
        Command::Reserve { resource: key, .. }
        | Command::Cancel { resource: key, .. }
        | Command::Release { resource: key, .. }
        | Command::Kick { who: Whom::Name(key), .. }
        | Command::Ban { who: Barred::Name(key), .. } => map.text(field::KEY, key),
        Command::Check { at, trail } => {
            map.number(field::AT, at.0);
            map.number(field::TRAIL, *trail);
        }
        _ => {}
    }
    map.perhaps(field::ASKED_AS, entry.key, |map, field, key| map.number(field, key.0));
    rest(command, &mut map);
    map.end();
}

/// The fields behind the key, which few commands have.
fn rest(command: &Command, map: &mut Map<'_>) {
    match command {
        Command::Leave { room, .. } | Command::Topic { room, .. } | Command::Say { room, .. } => {
            map.perhaps(field::ROOM, room.as_deref(), Map::text);
        }
        Command::Rules { version } => map.number(field::RULES, (*version).into()),
        Command::Tell { to: Whom::Session(session), .. }
        | Command::Kick { who: Whom::Session(session), .. } => {
            map.number(field::WHOM_NODE, session.node.into());
            map.number(field::WHOM_EPOCH, session.epoch.into());
            map.number(field::WHOM_NUMBER, session.number.0);
        }
        Command::Ban { who, for_ms, .. } => {
            if let Barred::Address(address) = who {
                map.text(field::ADDRESS, &address.to_string());
            }
            map.number(field::FOR_MS, *for_ms);
        }
        Command::History { bytes } => map.number(field::BYTES, (*bytes).into()),
        _ => {}
    }
}

fn kind_of(command: &Command) -> u8 {
    match command {
        Command::Rules { .. } => kind::RULES,
        Command::NodeUp { .. } => kind::NODE_UP,
        Command::Declare { .. } => kind::DECLARE,
        Command::Name { .. } => kind::NAME,
        Command::Say { .. } => kind::SAY,
        Command::To { .. } => kind::TO,
        Command::Reserve { .. } => kind::RESERVE,
        Command::Cancel { .. } => kind::CANCEL,
        Command::End { .. } => kind::END,
        Command::Check { .. } => kind::CHECK,
        Command::History { .. } => kind::HISTORY,
        Command::Join { .. } => kind::JOIN,
        Command::Leave { .. } => kind::LEAVE,
        Command::Topic { .. } => kind::TOPIC,
        Command::Note { .. } => kind::NOTE,
        Command::Announce { .. } => kind::ANNOUNCE,
        Command::Tell { .. } => kind::TELL,
        Command::Kick { .. } => kind::KICK,
        Command::Ban { .. } => kind::BAN,
        Command::Release { .. } => kind::RELEASE,
    }
}

/// Major types of CBOR.
const UNSIGNED: u8 = 0;
const BYTES: u8 = 2;
const TEXT: u8 = 3;

/// A CBOR map that is being written. There are fewer than 24 fields, so its head is one byte.
struct Map<'a> {
    batch: &'a mut Vec<u8>,
    /// Where its head is.
    head: usize,
    fields: u8,
    /// The number of the last field.
    last: Option<u8>,
}

impl<'a> Map<'a> {
    /// A map with no fields has this head, and each field adds one.
    const EMPTY: u8 = 0xa0;

    fn begin(batch: &'a mut Vec<u8>) -> Self {
        let head = batch.len();
        batch.push(Self::EMPTY);
        Self { batch, head, fields: 0, last: None }
    }

    fn end(self) {
        self.batch[self.head] = Self::EMPTY + self.fields;
    }

    fn field(&mut self, field: u8) {
        assert!(self.last < Some(field) && field < 24, "fields are in the order of their numbers");
        (self.last, self.fields) = (Some(field), self.fields + 1);
        self.batch.push(field);
    }

    /// The head of a value: its major type, and a number in as few bytes as it takes.
    fn value(&mut self, major: u8, number: u64) {
        let [.., b4, b5, b6, b7, b8] = number.to_be_bytes();
        let major = major << 5;
        match number {
            0..24 => self.batch.push(major | b8),
            24..0x100 => self.batch.extend_from_slice(&[major | 0x18, b8]),
            0x100..0x1_0000 => self.batch.extend_from_slice(&[major | 0x19, b7, b8]),
            0x1_0000..0x1_0000_0000 => {
                self.batch.extend_from_slice(&[major | 0x1a, b5, b6, b7, b8]);
            }
            _ => {
                let [b1, b2, b3, ..] = number.to_be_bytes();
                self.batch.extend_from_slice(&[major | 0x1b, b1, b2, b3, b4, b5, b6, b7, b8]);
            }
        }
    }

    fn number(&mut self, field: u8, number: u64) {
        self.field(field);
        self.value(UNSIGNED, number);
    }

    fn text(&mut self, field: u8, text: &str) {
        self.field(field);
        self.value(TEXT, text.len() as u64);
        self.batch.extend_from_slice(text.as_bytes());
    }

    fn bytes(&mut self, field: u8, bytes: &[u8; 32]) {
        self.field(field);
        self.value(BYTES, bytes.len() as u64);
        self.batch.extend_from_slice(bytes);
    }

    fn session(&mut self, session: &SessionId) {
        self.number(field::NODE, session.node.into());
        self.number(field::EPOCH, session.epoch.into());
        self.number(field::NUMBER, session.number.0);
    }

    fn label(&mut self, label: &Label) {
        self.text(field::TEXT, &label.shown);
        self.text(field::KEY, &label.key);
    }

    fn perhaps<T>(&mut self, field: u8, value: Option<T>, write: impl FnOnce(&mut Self, u8, T)) {
        if let Some(value) = value {
            write(self, field, value);
        }
    }
}
