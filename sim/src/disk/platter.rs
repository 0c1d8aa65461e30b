//! One file's bytes: what the process reads back, and what a loss of power would leave.
//!
//! A sector of 512 bytes is written whole or not at all. Between two syncs every version that a
//! sector went through may be the one that survives, independently of all other sectors.

use std::collections::BTreeMap;

use crate::rng::Rng;

/// Bytes that reach the medium together.
pub const SECTOR: usize = 512;

#[derive(Debug, Default)]
pub(super) struct Platter {
    live: Vec<u8>,
    durable: Vec<u8>,
    /// What was written since the last sync, by sector, oldest first.
    unsynced: BTreeMap<usize, Vec<[u8; SECTOR]>>,
}

impl Platter {
    pub(super) fn len(&self) -> usize {
        self.live.len()
    }

    /// Fills as much of `buffer` as there is; says how much.
    pub(super) fn read(&self, at: usize, buffer: &mut [u8]) -> usize {
        let rest = self.live.get(at..).unwrap_or(&[]);
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        length
    }

    pub(super) fn write(&mut self, at: usize, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let end = at + bytes.len();
        if end > self.live.len() {
            self.resize(end);
        }
        self.live[at..end].copy_from_slice(bytes);
        self.touch(at, end);
    }

    /// Cuts the file, or lengthens it with zeros.
    pub(super) fn resize(&mut self, length: usize) {
        let before = self.live.len();
        self.live.resize(length, 0);
        // Zeros over what is still on the medium are a write like any other; beyond it there is
        // nothing but zeros anyway.
        let stale = length.min(self.durable.len());
        if stale > before {
            self.touch(before, stale);
        }
    }

    pub(super) fn sync(&mut self) {
        self.durable.resize(self.live.len(), 0);
        for &sector in self.unsynced.keys() {
            let from = sector * SECTOR;
            let to = (from + SECTOR).min(self.live.len());
            if from < to {
                self.durable[from..to].copy_from_slice(&self.live[from..to]);
            }
        }
        self.unsynced.clear();
    }

    /// A sync that fails. Some of it reaches the medium all the same. What does not is still read
    /// back, but where the system `forgets` that it is not there, no later sync writes it.
    pub(super) fn sync_badly(&mut self, forgets: bool, rng: &mut Rng) {
        let survivors = rng.between(0, 4) * 250;
        if self.live.len() > self.durable.len() && rng.per_mille(survivors) {
            self.durable.resize(self.live.len(), 0);
        }
        let (live, durable) = (&self.live, &mut self.durable);
        self.unsynced.retain(|&sector, _| {
            let from = sector * SECTOR;
            let to = (from + SECTOR).min(durable.len()).min(live.len());
            let reaches = from < to && rng.per_mille(survivors);
            if reaches {
                durable[from..to].copy_from_slice(&live[from..to]);
            }
            !reaches && !forgets
        });
    }

    /// What is there when the power comes back.
    pub(super) fn lose_power(&mut self, rng: &mut Rng) {
        let survivors = rng.between(0, 4) * 250;
        let lengths = [self.durable.len(), self.live.len()];
        if lengths[0] != lengths[1] {
            let (low, high) = (lengths[0].min(lengths[1]), lengths[0].max(lengths[1]));
            let length = match rng.below(3) {
                0 => lengths[0],
                1 => lengths[1],
                _ => low + rng.index(high - low + 1),
            };
            self.durable.resize(length, 0);
        }
        for (sector, versions) in std::mem::take(&mut self.unsynced) {
            if rng.per_mille(survivors) {
                let version = versions[rng.index(versions.len())];
                let from = sector * SECTOR;
                let to = (from + SECTOR).min(self.durable.len());
                if from < to {
                    self.durable[from..to].copy_from_slice(&version[..to - from]);
                }
            }
        }
        self.live.clone_from(&self.durable);
    }

    fn touch(&mut self, from: usize, to: usize) {
        for sector in from / SECTOR..to.div_ceil(SECTOR) {
            let start = sector * SECTOR;
            let end = (start + SECTOR).min(self.live.len());
            let mut version = [0; SECTOR];
            version[..end - start].copy_from_slice(&self.live[start..end]);
            self.unsynced.entry(sector).or_default().push(version);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(platter: &Platter) -> Vec<u8> {
        let mut bytes = vec![0; platter.len()];
        platter.read(0, &mut bytes);
        bytes
    }

    /// Every content that a loss of power leaves of what `make` makes.
    fn survivors(make: impl Fn() -> Platter) -> std::collections::BTreeSet<Vec<u8>> {
        (0..400)
            .map(|seed| {
                let mut platter = make();
                platter.lose_power(&mut Rng::new(seed, 0));
                content(&platter)
            })
            .collect()
    }

    #[test]
    fn what_is_synced_survives() {
        let found = survivors(|| {
            let mut platter = Platter::default();
            platter.write(0, &[1; 3 * SECTOR]);
            platter.sync();
            platter
        });
        assert_eq!(found, [vec![1; 3 * SECTOR]].into());
    }

    #[test]
    fn any_subset_of_unsynced_sectors_survives() {
        let found = survivors(|| {
            let mut platter = Platter::default();
            platter.write(0, &[1; 2 * SECTOR]);
            platter.sync();
            platter.write(0, &[2; 2 * SECTOR]);
            platter
        });
        let whole = |first, second| [vec![first; SECTOR], vec![second; SECTOR]].concat();
        assert_eq!(found, [whole(1, 1), whole(1, 2), whole(2, 1), whole(2, 2)].into());
    }

    #[test]
    fn every_version_since_the_sync_may_be_the_one_that_survives() {
        let found = survivors(|| {
            let mut platter = Platter::default();
            platter.write(0, &[0; 4]);
            platter.sync();
            platter.write(0, &[1; 4]);
            platter.write(0, &[2; 4]);
            platter
        });
        assert_eq!(found, [vec![0; 4], vec![1; 4], vec![2; 4]].into());
    }

    #[test]
    fn a_length_that_is_not_synced_may_be_any_in_between() {
        let found = survivors(|| {
            let mut platter = Platter::default();
            platter.write(0, &[7; 2]);
            platter
        });
        assert!(found.contains(&vec![]) && found.contains(&vec![7; 1]));
        assert!(found.contains(&vec![0; 2]) && found.contains(&vec![7; 2]));
    }

    #[test]
    fn what_a_failed_sync_lost_is_read_back_but_may_be_lost_for_good() {
        let after = |seed| {
            let mut platter = Platter::default();
            platter.write(0, &[1; SECTOR]);
            platter.sync();
            platter.write(0, &[2; SECTOR]);
            platter.sync_badly(true, &mut Rng::new(seed, 0));
            assert_eq!(content(&platter), vec![2; SECTOR]);
            platter.sync();
            platter.lose_power(&mut Rng::new(seed, 1));
            content(&platter)
        };
        let found: std::collections::BTreeSet<_> = (0..50).map(after).collect();
        assert_eq!(found, [vec![1; SECTOR], vec![2; SECTOR]].into());
    }

    #[test]
    fn a_file_that_grows_again_reads_zeros_where_it_was_cut() {
        let mut platter = Platter::default();
        platter.write(0, &[9; 8]);
        platter.sync();
        platter.resize(0);
        platter.resize(8);
        platter.sync();
        platter.lose_power(&mut Rng::new(0, 0));
        assert_eq!(content(&platter), vec![0; 8]);
    }
}
