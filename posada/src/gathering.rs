//! What waits to be durable: entries in the order of asking, encoded as they come, in batches of
//! a size that the log takes.
//!
//! An entry is encoded while it is still warm in the cache, and then lies where it is until it
//! comes back as appended. Read next: [`crate::engine`].

use std::collections::VecDeque;

use posada_core::Entry;
use posada_wire::record;

/// One batch.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    /// Its entries.
    pub(crate) entries: Vec<Entry>,
    /// The same, as they will stand in the log.
    pub(crate) payload: Vec<u8>,
}

/// All batches that wait.
#[derive(Debug)]
pub(crate) struct Gathering {
    batches: VecDeque<Gathered>,
    /// An emptied one, for its room.
    spare: Gathered,
    /// Bytes in a batch.
    largest: usize,
}

impl Gathering {
    /// Nothing yet. A batch will have at most `largest` bytes, if no entry alone has more.
    pub(crate) fn new(largest: usize) -> Self {
        Self { batches: VecDeque::new(), spare: Gathered::default(), largest }
    }

    /// How many batches wait.
    pub(crate) fn len(&self) -> usize {
        self.batches.len()
    }

    /// Adds an entry behind all others.
    pub(crate) fn add(&mut self, entry: Entry) {
        if self.batches.is_empty() {
            self.batches.push_back(std::mem::take(&mut self.spare));
        }
        let last = self.batches.back_mut().expect("there is one");
        let end = last.payload.len();
        record::encode(&entry, &mut last.payload);
        if last.payload.len() <= self.largest || last.entries.is_empty() {
            last.entries.push(entry);
        } else {
            let payload = last.payload.split_off(end);
            self.batches.push_back(Gathered { entries: vec![entry], payload });
        }
    }

    /// Takes the first batch. Hand it back to [`Gathering::recycle`].
    pub(crate) fn take(&mut self) -> Option<Gathered> {
        self.batches.pop_front()
    }

    /// Takes the room of a batch back whose entries have gone.
    pub(crate) fn recycle(&mut self, mut gone: Gathered) {
        gone.entries.clear();
        gone.payload.clear();
        self.spare = gone;
    }
}

#[cfg(test)]
mod tests {
    use posada_core::{Command, Seq, Time};

    use super::*;

    fn entry(trail: u64) -> Entry {
        let command = Command::Check { at: Seq(1), trail };
        Entry { time: Time::new(1, 1), key: None, command }
    }

    #[test]
    fn batches_are_as_large_as_the_log_takes_and_keep_the_order() {
        let mut alone = Vec::new();
        record::encode(&entry(1), &mut alone);
        let mut gathering = Gathering::new(3 * alone.len());
        (1..=7).for_each(|trail| gathering.add(entry(trail)));
        let mut found = Vec::new();
        while let Some(batch) = gathering.take() {
            let decoded = record::decode(&batch.payload).map(|entry| entry.expect("an entry"));
            assert_eq!(decoded.collect::<Vec<_>>(), batch.entries);
            found.push(batch.entries.clone());
            gathering.recycle(batch);
        }
        let expected: Vec<Vec<_>> =
            [1..4, 4..7, 7..8].map(|trails| trails.map(entry).collect()).into();
        assert_eq!(found, expected);
        assert_eq!(gathering.len(), 0);
    }

    #[test]
    fn an_entry_that_is_too_large_is_alone_in_its_batch() {
        let mut gathering = Gathering::new(1);
        gathering.add(entry(1));
        gathering.add(entry(2));
        let lengths = std::iter::from_fn(|| gathering.take()).map(|batch| batch.entries.len());
        assert_eq!(lengths.collect::<Vec<_>>(), [1, 1]);
    }
}
