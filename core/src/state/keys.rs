//! Keys: what was asked under which number, and what it came to, so that a retry is no second
//! effect.

use alloc::collections::BTreeMap;

use xxhash_rust::xxh3::Xxh3;

use super::restored::require;
use super::{Outcome, Refusal, Unsound};
use crate::limits::{KEYS, KEYS_EACH};
use crate::{Command, Key, PrincipalId, Seq};

/// What every principal's keys came to.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    windows: BTreeMap<PrincipalId, Window>,
    /// Every key that is kept, by the entry that recorded it.
    recorded: BTreeMap<Seq, (PrincipalId, Key)>,
}

/// The keys of one principal.
#[derive(Clone, Debug, Default)]
struct Window {
    kept: BTreeMap<Key, Answered>,
    /// The greatest key that was dropped: nothing up to it is done any more.
    floor: Key,
}

/// What a key stands for.
#[derive(Clone, Debug)]
pub struct Answered {
    /// A fingerprint of what was asked.
    pub body: u128,
    /// The entry that did it.
    pub seq: Seq,
    /// What it came to.
    pub outcome: Outcome,
}

impl Keys {
    /// What is known of a key, if it was used for this `body`.
    ///
    /// # Errors
    /// When it was used for something else, or is older than what is kept.
    pub(super) fn look(
        &self,
        principal: PrincipalId,
        key: Key,
        body: u128,
    ) -> Result<Option<&Answered>, Refusal> {
        let Some(window) = self.windows.get(&principal) else { return Ok(None) };
        match window.kept.get(&key) {
            Some(answered) if answered.body == body => Ok(Some(answered)),
            Some(_) => Err(Refusal::KeyReused),
            None if key <= window.floor => Err(Refusal::KeyTooOld),
            None => Ok(None),
        }
    }

    /// Keeps what a new key came to, and drops what there is too much.
    pub(super) fn record(&mut self, principal: PrincipalId, key: Key, answered: Answered) {
        self.recorded.insert(answered.seq, (principal, key));
        let window = self.windows.entry(principal).or_default();
        window.kept.insert(key, answered);
        if window.kept.len() > KEYS_EACH {
            let (&least, _) = window.kept.first_key_value().expect("there are many");
            self.forget(principal, least);
        }
        if self.recorded.len() > KEYS {
            let (_, &(whose, oldest)) = self.recorded.first_key_value().expect("there are many");
            self.forget(whose, oldest);
        }
    }

    fn forget(&mut self, principal: PrincipalId, key: Key) {
        let window = self.windows.get_mut(&principal).expect("a key that is kept has a window");
        let gone = window.kept.remove(&key).expect("it is kept");
        window.floor = window.floor.max(key);
        self.recorded.remove(&gone.seq);
    }

    /// Forgets a principal's keys, with the principal.
    pub(super) fn forget_all(&mut self, principal: PrincipalId) {
        let Some(window) = self.windows.remove(&principal) else { return };
        for answered in window.kept.values() {
            self.recorded.remove(&answered.seq);
        }
    }

    /// Every principal's floor and keys, in order.
    pub fn iter(
        &self,
    ) -> impl Iterator<Item = (PrincipalId, Key, impl Iterator<Item = (Key, &Answered)>)> {
        self.windows.iter().map(|(principal, window)| {
            let kept = window.kept.iter().map(|(key, answered)| (*key, answered));
            (*principal, window.floor, kept)
        })
    }

    /// A principal's floor and keys, if it has used any.
    pub(super) fn of(
        &self,
        principal: PrincipalId,
    ) -> Option<(Key, impl Iterator<Item = (Key, &Answered)>)> {
        let window = self.windows.get(&principal)?;
        Some((window.floor, window.kept.iter().map(|(key, answered)| (*key, answered))))
    }

    /// Begins the keys of a principal that has none.
    pub(super) fn restore_window(&mut self, principal: PrincipalId, floor: Key) {
        self.windows.insert(principal, Window { kept: BTreeMap::new(), floor });
    }

    /// Puts back a key.
    pub(super) fn restore(
        &mut self,
        principal: PrincipalId,
        key: Key,
        answered: Answered,
    ) -> Result<(), Unsound> {
        let known = self.recorded.insert(answered.seq, (principal, key));
        require(known.is_none(), "two keys of one entry")?;
        require(self.recorded.len() <= KEYS, "too many keys")?;
        let window = self.windows.get_mut(&principal).expect("it was begun just before");
        require(window.kept.insert(key, answered).is_none(), "a key twice")?;
        require(window.kept.len() <= KEYS_EACH, "too many keys of one")
    }

    /// How many keys are kept.
    pub fn len(&self) -> usize {
        self.recorded.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.recorded.is_empty()
    }
}

/// A fingerprint of what a command asks, whoever asks it.
pub(super) fn body(command: &Command) -> u128 {
    let mut body = Body(Xxh3::new());
    match command {
        Command::Join { room, .. } => body.add(1, &[Some(&room.key)]),
        Command::Leave { room, .. } => body.add(2, &[room.as_deref()]),
        Command::Topic { room, text, .. } => body.add(3, &[room.as_deref(), Some(text)]),
        Command::Say { room, text, .. } => body.add(4, &[room.as_deref(), Some(text)]),
        Command::To { name, text, .. } => body.add(5, &[Some(name), Some(text)]),
        Command::Note { text, .. } => body.add(6, &[Some(text)]),
        Command::Reserve { resource, .. } => body.add(7, &[Some(resource)]),
        Command::Cancel { resource, .. } => body.add(8, &[Some(resource)]),
        _ => {}
    }
    body.0.digest128()
}

struct Body(Xxh3);

impl Body {
    /// Lengths go before what they measure, so that no two bodies write the same bytes.
    fn add(&mut self, verb: u8, arguments: &[Option<&str>]) {
        self.0.update(&[verb]);
        for argument in arguments {
            let length = argument.map_or(u64::MAX, |text| text.len() as u64);
            self.0.update(&length.to_le_bytes());
            self.0.update(argument.unwrap_or("").as_bytes());
        }
    }
}
