//! What of a log nobody needs any more, and its removal.
//!
//! The newest two good snapshots stay, and the log from the older one on: should the newest one be
//! damaged, a start takes the other. Before them stays what is to be kept; the log then begins
//! with a snapshot, from which all that is left can be told. `docs/log.md` says it in full.

use std::collections::{BTreeMap, BTreeSet};

use super::{SnapshotError, snapshot_name, snapshot_number, trouble, verify_snapshot};
use crate::border::last_begun;
use crate::failpoint::{RETIRE, RETIRED, RETIRED_SNAPSHOTS, reach};
use crate::format::{segment_name, segment_number};
use crate::storage::{Storage, StorageFile};

/// How much of a log stays before the older of the two newest good snapshots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// All of it.
    Everything,
    /// At least so many bytes of segments, if there are so many.
    Bytes(u64),
}

/// What was removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Retired {
    /// Snapshots, by the segment in which the log goes on behind each.
    pub snapshots: Vec<u32>,
    /// Segments.
    pub segments: Vec<u32>,
    /// Bytes of all of them.
    pub bytes: u64,
}

/// What is there: numbers, and lengths in bytes.
#[derive(Debug, Default)]
struct There {
    snapshots: BTreeMap<u32, u64>,
    segments: BTreeMap<u32, u64>,
}

/// What stays.
#[derive(Debug, PartialEq, Eq)]
struct Plan {
    /// The first segment that does.
    from: u32,
    snapshots: BTreeSet<u32>,
}

/// Removes what nobody needs, the oldest first, so that whatever is left at any moment opens with
/// all that the log says. Only who has the lock of the log may do it, and only while nobody reads
/// files beside it.
///
/// # Errors
/// When a file cannot be read or removed. What is not removed is so the next time.
pub fn retire<S: Storage>(storage: &S, keep: Keep) -> Result<Retired, SnapshotError> {
    let there = There::in_storage(storage)?;
    let mut candidates: BTreeSet<u32> = there.snapshots.keys().copied().collect();
    let mut good = BTreeSet::new();
    let plan = loop {
        let Some(plan) = plan(&candidates, &there.segments, keep) else {
            return Ok(Retired::default());
        };
        if there.outside(&plan, &candidates) == Retired::default() {
            return Ok(Retired::default());
        }
        // Nothing goes on the word of a snapshot that was not looked at.
        let Some(unknown) = plan.snapshots.difference(&good).next().copied() else { break plan };
        match verify_snapshot(storage, unknown) {
            Ok(_) => drop(good.insert(unknown)),
            Err(SnapshotError::Flawed { .. }) => drop(candidates.remove(&unknown)),
            Err(error) => return Err(error),
        }
    };
    let retired = there.outside(&plan, &candidates);
    reach(RETIRE);
    for number in &retired.snapshots {
        let name = snapshot_name(*number);
        storage.remove(&name).map_err(trouble(&name, "remove"))?;
    }
    if !retired.snapshots.is_empty() {
        // Before any segment: no snapshot may last whose segments do not.
        storage.sync_dir().map_err(trouble(".", "sync"))?;
        reach(RETIRED_SNAPSHOTS);
    }
    for number in &retired.segments {
        let name = segment_name(*number);
        storage.remove(&name).map_err(trouble(&name, "remove"))?;
        // One by one: a hole between segments would be taken for damage.
        storage.sync_dir().map_err(trouble(".", "sync"))?;
        reach(RETIRED);
    }
    Ok(retired)
}

/// Whether another snapshot is worth its writing: one segment at least was sealed behind the
/// newest, and all those together are as large as that. So what is written for snapshots is never
/// much more than what is written for the log.
///
/// # Errors
/// When the files cannot be listed or read.
pub fn snapshot_is_due<S: Storage>(storage: &S) -> Result<bool, SnapshotError> {
    let Some(to) = last_begun(storage)? else { return Ok(false) };
    let there = There::in_storage(storage)?;
    let newest = there.snapshots.last_key_value();
    let (from, least) = newest.map_or((1, 0), |(number, bytes)| (*number, *bytes));
    let grown: u64 = there.segments.range(from.min(to)..to).map(|(_, bytes)| bytes).sum();
    Ok(from < to && grown >= least)
}

impl There {
    fn in_storage<S: Storage>(storage: &S) -> Result<Self, SnapshotError> {
        let mut there = Self::default();
        for name in storage.list().map_err(trouble(".", "list"))? {
            let of = match (snapshot_number(&name), segment_number(&name)) {
                (Some(number), _) => there.snapshots.entry(number),
                (_, Some(number)) => there.segments.entry(number),
                _ => continue,
            };
            let length = storage.open(&name).and_then(|file| file.len());
            of.or_insert(length.map_err(trouble(&name, "read"))?);
        }
        Ok(there)
    }

    /// What goes by a plan: also what is damaged, once it is older than all that stays.
    fn outside(&self, plan: &Plan, candidates: &BTreeSet<u32>) -> Retired {
        let goes = |number: &&u32| {
            let known = candidates.contains(number) && !plan.snapshots.contains(number);
            known || **number < plan.from
        };
        let snapshots: Vec<_> = self.snapshots.keys().filter(goes).copied().collect();
        let segments: Vec<_> = self.segments.range(..plan.from).map(|(it, _)| *it).collect();
        let of_snapshots = snapshots.iter().map(|number| self.snapshots[number]);
        let of_segments = segments.iter().map(|number| self.segments[number]);
        let bytes = of_snapshots.chain(of_segments).sum();
        Retired { snapshots, segments, bytes }
    }
}

/// What stays, if these snapshots are good; `None` when there are not two of them.
fn plan(snapshots: &BTreeSet<u32>, segments: &BTreeMap<u32, u64>, keep: Keep) -> Option<Plan> {
    let mut newest = snapshots.iter().rev();
    let (newest, older) = (*newest.next()?, *newest.next()?);
    let least = match keep {
        Keep::Everything => u64::MAX,
        Keep::Bytes(bytes) => bytes,
    };
    let between = |from: u32, to: u32| segments.range(from..to).map(|(_, bytes)| bytes).sum();
    let enough = |from: u32, to: u32| -> bool {
        let bytes: u64 = between(from, to);
        bytes >= least
    };
    // Where the log begins from now on, if not where it does.
    let base = snapshots.range(..=older).rev().find(|from| enough(**from, older)).copied();
    let from = base.unwrap_or_else(|| {
        if segments.contains_key(&1) { 1 } else { *snapshots.first().unwrap_or(&older) }
    });
    // Where it will begin, once enough is behind that.
    let mut behind = snapshots.range(from..=older).filter(|to| **to > from);
    let next = behind.find(|to| enough(from, **to)).copied();
    let beginning = snapshots.contains(&from).then_some(from);
    let stay = [Some(newest), Some(older), beginning, next];
    Some(Plan { from, snapshots: stay.into_iter().flatten().collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stays of snapshots at these segments, with segments of 10 bytes from `first` on.
    fn stays(first: u32, snapshots: &[u32], keep: Keep) -> Option<(u32, Vec<u32>)> {
        let segments = (first..40).map(|number| (number, 10)).collect();
        let snapshots = snapshots.iter().copied().collect();
        let plan = plan(&snapshots, &segments, keep)?;
        Some((plan.from, plan.snapshots.into_iter().collect()))
    }

    #[test]
    fn nothing_goes_before_there_are_two_snapshots() {
        assert_eq!(stays(1, &[], Keep::Bytes(0)), None);
        assert_eq!(stays(1, &[9], Keep::Bytes(0)), None);
    }

    #[test]
    fn the_older_of_two_snapshots_is_where_the_log_begins() {
        assert_eq!(stays(1, &[5, 9], Keep::Bytes(0)), Some((5, vec![5, 9])));
        assert_eq!(stays(5, &[5, 9, 10], Keep::Bytes(0)), Some((9, vec![9, 10])));
    }

    #[test]
    fn everything_is_every_segment_and_two_snapshots() {
        assert_eq!(stays(1, &[3, 5, 9], Keep::Everything), Some((1, vec![5, 9])));
        // What is gone already has no way back; what is left stays.
        assert_eq!(stays(3, &[3, 5, 9], Keep::Everything), Some((3, vec![3, 5, 9])));
    }

    #[test]
    fn as_many_bytes_stay_as_are_to_be_kept_and_a_snapshot_to_read_them_from() {
        assert_eq!(stays(1, &[3, 5, 9], Keep::Bytes(20)), Some((3, vec![3, 5, 9])));
        assert_eq!(stays(1, &[3, 5, 9], Keep::Bytes(21)), Some((1, vec![5, 9])));
        assert_eq!(stays(1, &[3, 5, 9], Keep::Bytes(1)), Some((3, vec![3, 5, 9])));
    }

    /// As a server does it: a snapshot at each segment, and what goes goes at once.
    #[test]
    fn what_is_kept_has_bounds_however_long_it_goes_on() {
        for keep in [0, 1, 10, 35, 100] {
            let mut snapshots = BTreeSet::new();
            let mut first = 1;
            for segment in 2..200 {
                snapshots.insert(segment);
                let segments: BTreeMap<_, _> = (first..=segment).map(|it| (it, 10)).collect();
                let Some(plan) = plan(&snapshots, &segments, Keep::Bytes(keep)) else { continue };
                assert!(plan.from >= first, "the log cannot begin where nothing is");
                (first, snapshots) = (plan.from, plan.snapshots);
                let kept = u64::from(segment - 1 - first) * 10;
                let all = u64::from(segment - 2) * 10;
                assert!(kept >= keep.min(all), "{kept} of {keep} at segment {segment}");
                assert!(kept <= 2 * keep + 20, "{kept} of {keep} at segment {segment}");
                assert!(first == 1 || snapshots.contains(&first), "nothing to read it from");
                assert!(snapshots.len() <= 4, "{snapshots:?}");
            }
        }
    }
}
