//! What the log must hold: everything that was durable once, exactly so, and then perhaps batches
//! whose fate a stop left open.

use posada_core::Entry;

use super::violation::{Audit, Invariant, Violation};

#[derive(Debug, Default)]
pub(super) struct History {
    entries: Vec<Entry>,
    /// How many of `entries` are durable for certain. Those behind were found at a start, but
    /// until something after them is durable, the next loss of power may still take them.
    certain: usize,
    /// Lengths of `entries`, from `certain` on, at which a batch ends.
    borders: Vec<usize>,
    /// How many of them clients have been told of, counted from the first.
    acknowledged: u64,
    /// Handed to the log, nothing heard yet.
    underway: Vec<Entry>,
    /// The last batch that there was no room for.
    refused: Vec<Entry>,
}

impl History {
    pub(super) fn attempt(&mut self, batch: &[Entry]) {
        self.underway = batch.to_vec();
    }

    /// The log says that the batch is durable.
    pub(super) fn durable(&mut self) {
        self.entries.append(&mut self.underway);
        self.certain = self.entries.len();
        self.borders.clear();
        self.refused.clear();
    }

    /// The log says that there was no room for the batch.
    pub(super) fn full(&mut self) {
        self.refused = std::mem::take(&mut self.underway);
    }

    pub(super) fn acknowledge(&mut self, seq: u64) {
        self.acknowledged = self.acknowledged.max(seq);
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Compares with what a start found.
    pub(super) fn recovered(&mut self, found: &[Entry]) -> Audit {
        let known = self.entries.len();
        let differs = |&at: &usize| found.get(at) != self.entries.get(at);
        if let Some(place) = (0..known.min(found.len()).max(self.certain)).find(differs) {
            return Err(self.lost(place, found));
        }
        if found.len() > known {
            self.survived(&found[known..])?;
            self.entries.extend_from_slice(&found[known..]);
            self.borders.push(known);
        } else if found.len() < known {
            let whole = found.len() == self.certain || self.borders.contains(&found.len());
            Invariant::AcknowledgedIsDurable.require(whole, || {
                format!("the log ends with entry {}, in the middle of a batch", found.len())
            })?;
            self.entries.truncate(found.len());
            self.borders.retain(|&border| border <= found.len());
        }
        self.underway.clear();
        self.refused.clear();
        Ok(())
    }

    /// More is there than was said to be durable: that is well if it is what was underway.
    fn survived(&self, more: &[Entry]) -> Audit {
        if more == self.underway {
            return Ok(());
        }
        let first = self.entries.len() + 1;
        Invariant::RefusedIsNowhere.require(more != self.refused, || {
            format!("entry {first} was refused for lack of room, but is there")
        })?;
        let detail = format!(
            "the log holds {} entries of which it never said that they were durable, from {first}: \
             {:?}; {} were underway",
            more.len(),
            more[0],
            self.underway.len(),
        );
        Err(Invariant::AcknowledgedIsDurable.broken(detail))
    }

    fn lost(&self, place: usize, found: &[Entry]) -> Violation {
        let seq = place as u64 + 1;
        let heard = if seq <= self.acknowledged { "acknowledged" } else { "durable" };
        let now = found.get(place).map_or("nothing".to_owned(), |entry| format!("{entry:?}"));
        let detail = format!("entry {seq} was {heard}: {:?}; now: {now}", self.entries[place]);
        Invariant::AcknowledgedIsDurable.broken(detail)
    }
}

#[cfg(test)]
mod tests {
    use posada_core::{Command, Time};

    use super::*;

    fn entry(at: u64) -> Entry {
        Entry { time: Time::new(at, at), key: None, command: Command::Rules { version: 1 } }
    }

    /// One durable entry, one underway; `found` after a stop: which invariant breaks?
    fn check(found: &[u64], broken: Option<Invariant>) {
        let mut history = History::default();
        history.attempt(&[entry(1)]);
        history.durable();
        history.attempt(&[entry(9)]);
        history.full();
        history.attempt(&[entry(2)]);
        let found: Vec<_> = found.iter().map(|&at| entry(at)).collect();
        assert_eq!(history.recovered(&found).err().map(|violation| violation.invariant), broken);
    }

    #[test]
    fn what_was_underway_may_be_there_or_not() {
        check(&[1], None);
        check(&[1, 2], None);
    }

    #[test]
    fn what_was_durable_must_be_there_as_it_was() {
        check(&[], Some(Invariant::AcknowledgedIsDurable));
        check(&[2], Some(Invariant::AcknowledgedIsDurable));
    }

    #[test]
    fn nothing_else_may_be_there() {
        check(&[1, 9], Some(Invariant::RefusedIsNowhere));
        check(&[1, 2, 2], Some(Invariant::AcknowledgedIsDurable));
    }

    #[test]
    fn what_a_start_found_may_be_gone_at_the_next_one_until_something_behind_it_is_durable() {
        let list = |range: std::ops::RangeInclusive<u64>| range.map(entry).collect::<Vec<_>>();
        for certain in [false, true] {
            let mut history = History::default();
            history.attempt(&list(1..=2));
            assert!(history.recovered(&list(1..=2)).is_ok());
            history.attempt(&list(3..=4));
            if certain {
                history.durable();
            }
            assert_eq!(history.recovered(&[]).is_ok(), !certain);
        }
    }

    #[test]
    fn a_batch_is_there_whole_or_not_at_all() {
        let mut history = History::default();
        history.attempt(&[entry(1), entry(2)]);
        assert!(history.recovered(&[entry(1)]).is_err());
    }
}
