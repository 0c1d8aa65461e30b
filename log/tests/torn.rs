//! A power cut during the last write: whatever sectors of it remain, what was acknowledged stays.

mod common;

use common::{Disk, script::*};
use posada_log::check;

const FILE: &str = "00000001.log";
const SECTOR: usize = 512;

/// The disk before and after a last append of `bytes`, behind a batch of `first` bytes.
fn last_append(first: usize, bytes: usize) -> (Disk, Disk) {
    let disk = Disk::new();
    let mut log = opened(&disk);
    append(&mut log, 2, first).expect("appended");
    let before = disk.copy();
    append(&mut log, 3, bytes).expect("appended");
    (before, disk.copy())
}

#[test]
fn any_sectors_of_the_last_write_may_be_lost() {
    let mut torn = 0;
    // Each first length puts the last record at another place in its sector.
    for (first, bytes) in [(0, 0), (100, 300), (230, 1), (360, 2000), (100, 2100), (20, 376)] {
        let (before, after) = last_append(first, bytes);
        let acknowledged = content(&opened(&before.copy()));
        let complete = content(&opened(&after.copy()));
        let (old, new) = (before.bytes(FILE), after.bytes(FILE));
        let differ = |sector: &usize| {
            let part = sector * SECTOR..(sector + 1) * SECTOR;
            old[part.clone()] != new[part]
        };
        let sectors: Vec<usize> = (0..old.len() / SECTOR).filter(differ).collect();
        for kept in 0..1_usize << sectors.len() {
            let disk = before.copy();
            disk.edit(FILE, |file| {
                let is_kept = |bit: &usize| kept >> bit & 1 == 1;
                for sector in (0..sectors.len()).filter(is_kept).map(|bit| sectors[bit]) {
                    let part = sector * SECTOR..(sector + 1) * SECTOR;
                    file[part.clone()].copy_from_slice(&new[part]);
                }
            });
            let all = kept + 1 == 1 << sectors.len();
            let report = check(&disk).expect("checked");
            let (mut log, found) = open(&disk).expect("a torn write never refuses to open");
            assert_eq!(content(&log), if all { &complete } else { &acknowledged }.clone());
            assert_eq!(found.dropped.is_some(), !all && kept > 0, "{kept:b} of {sectors:?}");
            assert_eq!(found.dropped, report.torn, "check says what opening does");
            torn += u32::from(found.dropped.is_some());

            // Nothing of it may come to light later, behind a shorter batch.
            append(&mut log, 1, 10).expect("appended");
            let longer = content(&log);
            let (log, found) = open(&disk.after_crash(&mut || false)).expect("sound");
            assert_eq!((content(&log), found.dropped), (longer, None));
        }
    }
    assert!(torn > 60, "only {torn} cases");
}

#[test]
fn a_torn_batch_is_reported_with_its_place() {
    let (before, after) = last_append(100, 2000);
    let (old, new) = (before.bytes(FILE), after.bytes(FILE));
    let disk = before.copy();
    // All but the third of its sectors.
    disk.edit(FILE, |file| {
        file.copy_from_slice(&new);
        file[2048..2560].copy_from_slice(&old[2048..2560]);
    });
    let report = check(&disk).expect("checked");
    let expected = "segments 1, batches 1, entries 2, seq 1 to 2\n\
         torn: 00000001.log, offset 768, seq 3: 2176 bytes of a batch that was never \
         acknowledged; the next start drops them\n\
         sound";
    assert_eq!(report.to_string(), expected);
    assert!(report.is_sound());
}
