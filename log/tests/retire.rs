//! Removal of what nobody needs: what stays opens, at every moment, with all that the log says.

mod common;

use std::collections::BTreeSet;

use common::fold::{newest, open_newest, retires, take, told};
use common::{Contents, Disk, Plan, script::*};
use posada_log::{
    Border, Keep, Retired, Segment, last_border, retire, segments, snapshots, verify_snapshot,
};

const HALF: usize = 1500;

/// A log of so many segments, with a snapshot at each border.
fn log_of(segments: u32) -> (Disk, Content) {
    let disk = Disk::new();
    grows(&disk, segments);
    let content = content(&opened(&disk));
    (disk, content)
}

/// Appends until there are so many segments, and takes a snapshot at each border.
fn grows(disk: &Disk, segments: u32) {
    while last_border(disk).expect("listed").unwrap_or(1) < segments {
        append(&mut open_newest(disk).expect("opens").0, 3, HALF).expect("appended");
        take(disk).expect("taken");
    }
}

fn there(disk: &Disk) -> (Vec<u32>, Vec<u32>) {
    (segments(disk).expect("listed"), snapshots(disk).expect("listed"))
}

#[test]
fn the_two_newest_snapshots_stay_and_the_log_behind_the_older() {
    let (disk, all) = log_of(6);
    let retired = retires(&disk, 0);
    assert_eq!((retired.segments, retired.snapshots), (vec![1, 2, 3, 4], vec![2, 3, 4]));
    assert_eq!(there(&disk), (vec![5, 6], vec![5, 6]));
    assert_eq!(retires(&disk, 0), Retired::default(), "that is all");
    assert_eq!(told(&disk.copy()), all);
    // The newest is damaged: the older one will do.
    disk.edit("00000006.snapshot", |bytes| bytes[520] ^= 1);
    assert_eq!(told(&disk), all);
}

#[test]
fn as_much_stays_as_is_to_be_kept() {
    let (disk, all) = log_of(8);
    assert_eq!(retire(&disk, Keep::Everything).expect("removed").segments, Vec::<u32>::new());
    assert_eq!(there(&disk), ((1..=8).collect(), vec![7, 8]));
    let (disk, _) = log_of(8);
    // A segment has 4096 bytes.
    assert_eq!(retires(&disk, 8 << 10).segments, [1, 2, 3, 4]);
    assert_eq!(there(&disk), (vec![5, 6, 7, 8], vec![5, 7, 8]));
    assert_eq!(retires(&disk, 8 << 10), Retired::default());
    assert_eq!(told(&disk), all);
}

#[test]
fn nothing_goes_on_the_word_of_a_snapshot_that_is_damaged() {
    for (damaged, stay) in
        [(6, (vec![4, 5, 6], vec![4, 5, 6])), (5, (vec![4, 5, 6], vec![4, 5, 6]))]
    {
        let (disk, all) = log_of(6);
        disk.edit(&format!("{damaged:08}.snapshot"), |bytes| bytes[520] ^= 1);
        retires(&disk, 0);
        assert_eq!(there(&disk), stay, "two that are good, and the damaged one");
        assert_eq!(told(&disk), all);
    }
    let (disk, all) = log_of(4);
    for number in [2, 4] {
        disk.edit(&format!("{number:08}.snapshot"), |bytes| bytes[520] ^= 1);
    }
    assert_eq!(retires(&disk, 0), Retired::default(), "one is not enough");
    assert_eq!(told(&disk), all);
    let (disk, _) = log_of(6);
    disk.edit("00000003.snapshot", |bytes| bytes[520] ^= 1);
    assert!(retires(&disk, 0).snapshots.contains(&3), "a damaged one goes when it is old");
}

/// All that is left from its beginning on says what the whole log said.
fn tells_all(disk: &Disk, all: &Content, case: &str) {
    let (numbers, good) = there(disk);
    let (_, _, bad) = newest(disk);
    assert!(bad.is_empty(), "{case}: {bad:?}");
    assert!(good.len() >= 2, "{case}: two snapshots are there");
    for number in &good {
        let border = verify_snapshot(disk, *number).expect("it is good");
        let (log, _) = Segment::open_at(disk.copy(), &border, SMALL)
            .unwrap_or_else(|error| panic!("{case}: from {number}: {error}"));
        assert!(all.ends_with(&content(&log)), "{case}: from {number}");
    }
    if numbers.contains(&1) {
        let (log, _) = Segment::open_at(disk.copy(), &Border::first(), SMALL)
            .unwrap_or_else(|error| panic!("{case}: from the first segment: {error}"));
        assert_eq!(content(&log), *all, "{case}");
    }
    assert_eq!(told(&disk.copy()), *all, "{case}");
}

/// Every disk that a power cut may leave at every call of a removal, and of the one after it.
#[test]
fn a_removal_may_stop_anywhere() {
    for keep in [0, 4096, 8192] {
        let (disk, all) = log_of(6);
        removal_may_stop_anywhere(&disk, &all, keep);
        // Again, of a log that begins with a snapshot by now.
        retires(&disk, 0);
        grows(&disk, 8);
        let all = told(&disk);
        removal_may_stop_anywhere(&disk, &all, keep);
    }
}

fn removal_may_stop_anywhere(disk: &Disk, all: &Content, keep: u64) {
    let probe = disk.copy();
    retires(&probe, keep);
    let calls = probe.calls();
    let end = there(&probe);
    let mut images = BTreeSet::<Contents>::new();
    for call in 1..=calls {
        let disk = disk.copy();
        disk.plan(Plan { crash_at: Some(call), ..Plan::default() });
        assert!(retire(&disk, Keep::Bytes(keep)).is_err(), "it stops at call {call}");
        disk.every_crash(|image| {
            if !images.insert(image.contents()) {
                return;
            }
            let case = format!("{keep} bytes, call {call}, {:?}", there(&image));
            tells_all(&image, all, &case);
            retires(&image, keep);
            assert_eq!(there(&image), end, "{case}: the next removal goes on");
            tells_all(&image, all, &case);
        });
        disk.after_kill();
        tells_all(&disk, all, &format!("killed at call {call}"));
        retires(&disk, keep);
        tells_all(&disk.after_crash(&mut || false), all, &format!("and on, after {call}"));
    }
    eprintln!("{} images of {calls} calls", images.len());
}
