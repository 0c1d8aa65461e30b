//! Snapshots: what they say, what a crash leaves of them, and what damage to them does.

mod common;

use std::collections::BTreeSet;
use std::io::ErrorKind;

use common::fold::{newest, open_newest, retires, says, take, told};
use common::{Contents, Disk, Plan, script::*};
use posada_log::{
    Border, Draft, Log, Retired, Segment, SnapshotError, SnapshotFlaw, copy_from, last_border,
    read_from, read_sealed, snapshots, verify_snapshot,
};

/// A batch of this length fills half of a segment.
const HALF: usize = 1500;

/// A log of so many segments, the last of which holds one batch.
fn log_of(segments: usize) -> (Disk, Content) {
    let disk = Disk::new();
    let mut log = opened(&disk);
    for _ in 0..2 * segments - 1 {
        append(&mut log, 3, HALF).expect("appended");
    }
    assert_eq!(disk.names().len(), segments);
    let content = content(&log);
    (disk, content)
}

#[test]
fn a_log_goes_on_behind_a_snapshot_as_if_it_had_been_read_from_its_beginning() {
    let (disk, all) = log_of(4);
    assert_eq!(take(&disk), Ok(Some(4)));
    assert_eq!(take(&disk), Ok(None), "there is nothing new");
    let (border, before) = says(&disk, 4).expect("it is good");
    assert_eq!(before, all[..6]);
    assert_eq!((border.segment, border.next_seq, border.epoch), (4, 19, 1));

    let (mut behind, found) = Segment::open_at(disk.copy(), &border, SMALL).expect("opens");
    assert_eq!((found.next_seq, found.batches, found.epoch), (22, 1, 2));
    assert_eq!(content(&behind), all[6..]);
    assert_eq!(behind.sealed(), 3);
    let mut whole = opened(&disk);
    for bytes in [HALF, HALF, 40, HALF, 0, HALF, HALF] {
        append(&mut behind, 2, bytes).expect("appended");
        append(&mut whole, 2, bytes).expect("appended");
    }
    assert_eq!(content(&behind), content(&whole)[6..]);
    assert_eq!((behind.sealed(), whole.sealed()), (6, 6));
    assert_eq!(take(&disk), Ok(Some(7)), "the next begins with the one before");
    assert_eq!(told(&disk), content(&whole));
}

#[test]
fn a_start_counts_on_from_the_epoch_of_what_it_did_not_read() {
    let disk = Disk::new();
    for _ in 0..5 {
        append(&mut opened(&disk), 1, HALF).expect("appended");
    }
    assert_eq!(take(&disk), Ok(Some(3)));
    let (border, _) = says(&disk, 3).expect("it is good");
    let from_first = open(&disk.copy()).expect("opens").1;
    let from_border = Segment::open_at(disk.copy(), &border, SMALL).expect("opens").1;
    assert_eq!((from_border.epoch, from_first.epoch), (6, 6));
}

#[test]
fn there_is_no_border_before_the_next_segment_is_begun() {
    let (disk, _) = log_of(2);
    assert_eq!(last_border(&disk).expect("listed"), Some(2));
    // The seal is there and may be lost, the header behind it is not yet.
    disk.edit("00000002.log", |bytes| bytes.fill(0));
    assert_eq!(last_border(&disk).expect("listed"), None);
    assert_eq!(take(&disk), Ok(None));
    assert_eq!(take(&Disk::new()), Ok(None));
}

/// The header was there when the snapshot was written, and a power cut took it.
#[test]
fn a_header_that_was_lost_behind_a_snapshot_is_written_again() {
    let (disk, all) = log_of(3);
    take(&disk).expect("taken");
    for bytes in [4096, 8192] {
        let disk = disk.copy();
        disk.set("00000003.log", &vec![0; bytes]);
        disk.delete("00000001.log");
        disk.delete("00000002.log");
        let (mut log, before) = open_newest(&disk).expect("opens");
        assert_eq!(before, all[..4]);
        append(&mut log, 3, HALF).expect("appended");
        assert_eq!(told(&disk), all);
    }
}

#[test]
fn a_changed_byte_anywhere_in_a_snapshot_is_found_and_the_one_before_is_taken() {
    let disk = Disk::new();
    let mut log = opened(&disk);
    for round in 0..7 {
        append(&mut log, 1, HALF).expect("appended");
        if round == 4 {
            assert_eq!(take(&disk), Ok(Some(3)));
        }
    }
    assert_eq!(take(&disk), Ok(Some(4)));
    let (all, name) = (content(&log), "00000004.snapshot");
    let sound = disk.bytes(name);
    for at in 0..sound.len() {
        for flip in [1 << (at % 8), 0xFF] {
            disk.edit(name, |bytes| bytes[at] ^= flip);
            let error = verify_snapshot(&disk, 4).expect_err("it is not what was written");
            assert!(matches!(error, SnapshotError::Flawed { .. }), "byte {at}: {error}");
            disk.set(name, &sound);
        }
    }
    for len in (0..sound.len()).step_by(7).chain([511, 512, sound.len() - 1, sound.len() + 1]) {
        disk.edit(name, |bytes| bytes.resize(len, 0));
        verify_snapshot(&disk, 4).expect_err("it is shorter or longer");
        let (border, _, bad) = newest(&disk);
        assert_eq!((border.segment, bad.len()), (3, 1));
        disk.set(name, &sound);
    }
    disk.edit(name, |bytes| bytes[520] ^= 1);
    assert_eq!(newest(&disk).2, ["00000004.snapshot is not good: its payload is damaged"]);
    assert_eq!(told(&disk.copy()), all, "the one before, and the log");
    disk.edit("00000003.snapshot", |bytes| bytes[3] ^= 1);
    assert_eq!(newest(&disk).0, Border::first());
    assert_eq!(told(&disk), all, "the whole log");
}

#[test]
fn a_snapshot_under_another_name_or_of_another_log_is_not_taken() {
    let (disk, _) = log_of(5);
    take(&disk).expect("taken");
    let bytes = disk.bytes("00000005.snapshot");
    disk.set("00000004.snapshot", &bytes);
    let error = verify_snapshot(&disk, 4).expect_err("it is another one");
    assert_eq!(error.to_string(), "00000004.snapshot is not good: it belongs to segment 5");

    let other = Disk::new();
    let mut log = opened(&other);
    for _ in 0..9 {
        append(&mut log, 3, HALF - 1).expect("appended");
    }
    take(&other).expect("taken");
    disk.set("00000005.snapshot", &other.bytes("00000005.snapshot"));
    let error = verify_snapshot(&disk, 5).expect_err("the chain differs");
    assert!(matches!(error, SnapshotError::Flawed { flaw: SnapshotFlaw::Elsewhere, .. }));
}

#[test]
fn what_is_needed_behind_a_snapshot_and_missing_is_named() {
    let (disk, _) = log_of(4);
    take(&disk).expect("taken");
    for _ in 0..3 {
        append(&mut opened(&disk), 3, HALF).expect("appended");
    }
    let (border, _) = says(&disk, 4).expect("it is good");
    let refusal = |gone: &[&str]| {
        let disk = disk.copy();
        for name in gone {
            disk.delete(name);
        }
        let report = read_from(&disk, &border, &mut |_| {}).expect("read");
        let refused = Segment::open_at(disk, &border, SMALL).expect_err("refused").to_string();
        assert!(refused.contains(&report.damage[0].to_string()), "{refused}");
        report.damage[0].to_string()
    };
    assert_eq!(refusal(&["00000004.log"]), "00000004.log, offset 0, seq 19: the file is missing");
    let both = ["00000004.log", "00000005.log"];
    assert_eq!(refusal(&both), "00000004.log, offset 0, seq 19: the file is missing");
    let last = ["00000005.log"];
    assert_eq!(refusal(&last), "00000005.log, offset 0, seq 25: the file is missing");
    // What is before is not needed.
    disk.delete("00000001.log");
    disk.edit("00000002.log", |bytes| bytes[700] ^= 1);
    Segment::open_at(disk, &border, SMALL).expect("opens");
}

#[test]
fn a_snapshot_is_never_made_of_what_is_damaged_or_missing() {
    let (disk, _) = log_of(4);
    let refusal = |disk: &Disk| {
        let error = read_sealed(disk, &Border::first(), 4, &mut |_| {}).expect_err("damaged");
        error.to_string()
    };
    let spoilt = disk.copy();
    spoilt.edit("00000002.log", |bytes| bytes[700] ^= 1);
    assert!(refusal(&spoilt).contains("00000002.log"));
    take(&spoilt).expect_err("it is damaged");
    let lost = disk.copy();
    lost.delete("00000003.log");
    assert!(refusal(&lost).contains("00000003.log, offset 0, seq 13: the file is missing"));
    let unsealed = disk.copy();
    unsealed.edit("00000003.log", |bytes| {
        let seal = bytes.iter().rposition(|byte| *byte != 0).expect("a seal") / 128 * 128;
        bytes[seal..].fill(0);
    });
    assert!(refusal(&unsealed).contains("without its seal"));
}

#[test]
fn a_copy_from_a_border_holds_what_is_behind_it() {
    let (disk, all) = log_of(4);
    take(&disk).expect("taken");
    append(&mut opened(&disk), 3, HALF).expect("appended");
    append(&mut opened(&disk), 3, HALF).expect("appended");
    let (border, _) = says(&disk, 4).expect("it is good");
    let to = Disk::new();
    let mut keep = |name: &str, bytes: &[u8]| {
        to.set(name, bytes);
        Ok(())
    };
    let report = copy_from(&disk, &border, &mut keep, &mut || false).expect("copied");
    assert_eq!(report.seqs, Some((19, 27)));
    assert_eq!(to.names(), ["00000004.log", "00000005.log"]);
    to.set("00000004.snapshot", &disk.bytes("00000004.snapshot"));
    assert_eq!(told(&to)[..all.len()], all);
    assert_eq!(told(&to), told(&disk));
    disk.delete("00000004.log");
    copy_from(&disk, &border, &mut |_, _| Ok(()), &mut || false).expect_err("it is missing");
}

/// Every disk that a power cut may leave while a snapshot is written, and what a start makes of it.
#[test]
fn a_power_cut_while_a_snapshot_is_written_costs_nothing_but_the_snapshot() {
    // Enough batches that what is said of them does not fit one sector.
    let disk = Disk::new();
    let mut log = opened(&disk);
    let mut grow = || (0..40).for_each(|_| append(&mut log, 3, 100).expect("appended"));
    grow();
    let before = take(&disk).expect("taken").expect("new");
    grow();
    let all = content(&log);
    let newest_border = last_border(&disk).expect("listed").expect("sealed");
    let disk = disk.copy();
    let probe = disk.copy();
    assert_eq!(take(&probe), Ok(Some(newest_border)));
    let mut images = BTreeSet::<Contents>::new();
    for call in 1..=probe.calls() {
        let disk = disk.copy();
        disk.plan(Plan { crash_at: Some(call), ..Plan::default() });
        assert!(take(&disk).is_err(), "it stops at call {call}");
        disk.every_crash(|image| {
            if images.insert(image.contents()) {
                let (border, _, bad) = newest(&image);
                assert!(bad.is_empty(), "a snapshot with a name is whole: {bad:?}");
                assert!([before, newest_border].contains(&border.segment));
                assert_eq!(told(&image.copy()), all, "call {call}");
                let again = Some(newest_border).filter(|newest| *newest != border.segment);
                assert_eq!(take(&image), Ok(again), "call {call}: the next one is written");
                assert_eq!(told(&image), all);
            }
        });
        disk.after_kill();
        assert_eq!(told(&disk), all, "killed at call {call}");
    }
    eprintln!("{} images of {} calls", images.len(), probe.calls());
    assert!(images.len() > 30, "only {} images", images.len());
}

#[test]
fn a_disk_that_fails_or_is_full_costs_nothing_but_the_snapshot() {
    let (disk, all) = log_of(3);
    for sync in 1.. {
        let disk = disk.copy();
        disk.plan(Plan { fail_sync: Some(sync), ..Plan::default() });
        let taken = take(&disk);
        if taken.is_ok() {
            assert!(sync > 1, "there is a sync");
            break;
        }
        assert!(snapshots(&disk).expect("listed").is_empty(), "what is not durable has no name");
        assert_eq!(told(&disk.after_crash(&mut || true)), all);
    }
    for capacity in (0..1024).step_by(10) {
        let disk = disk.copy();
        let used: usize = disk.contents().values().map(Vec::len).sum();
        disk.plan(Plan { capacity: Some(used + capacity), ..Plan::default() });
        if take(&disk).is_err() {
            assert_eq!(disk.names().len(), 3, "the space is given back");
        }
        assert_eq!(told(&disk.copy()), all);
    }
    let broken = disk.copy();
    broken.plan(Plan { fail_writes: Some((ErrorKind::Other, 512)), ..Plan::default() });
    take(&broken).expect_err("nothing can be written");
    assert_eq!(broken.names().len(), 3);
}

/// A snapshot is begun and never ended: the process stops, and nothing is removed for it.
#[test]
fn an_unfinished_snapshot_is_no_snapshot() {
    let (disk, _) = log_of(3);
    let border = read_sealed(&disk, &Border::first(), 3, &mut |_| {}).expect("sealed");
    let mut draft = Draft::begin(&disk, border).expect("there is room");
    draft.write(&[7; 5000]).expect("there is room");
    disk.plan(Plan { crash_at: Some(disk.calls() + 1), ..Plan::default() });
    last_border(&disk).expect_err("it is killed");
    drop(draft);
    disk.after_kill();
    assert!(disk.names().contains(&"snapshot.tmp".to_owned()));
    assert!(snapshots(&disk).expect("listed").is_empty());
    assert_eq!(retires(&disk, 0), Retired::default());
    assert_eq!(take(&disk), Ok(Some(3)), "the next one writes over it");
    assert!(!disk.names().contains(&"snapshot.tmp".to_owned()));
}
