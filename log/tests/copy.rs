//! A copy taken beside the writer: all that is durable, nothing half written, no damage passed on.

mod common;

use std::collections::BTreeMap;
use std::io;

use common::{Disk, script::*};
use posada_log::{CopyError, Directory, Log, Report, Segment, check, copy};

const FIRST: &str = "00000001.log";
const SECOND: &str = "00000002.log";
const THIRD: &str = "00000003.log";

/// The copy, with `again` for what the writer does meanwhile.
fn copied(disk: &Disk, again: &mut dyn FnMut() -> bool) -> Result<(Disk, Report), CopyError> {
    let to = Disk::new();
    let mut keep = |name: &str, bytes: &[u8]| {
        to.set(name, bytes);
        Ok(())
    };
    let report = copy(disk, &mut keep, again)?;
    Ok((to, report))
}

fn at_rest(disk: &Disk) -> (Disk, Report) {
    copied(disk, &mut || panic!("one look is enough")).expect("copied")
}

fn damage(disk: &Disk) -> String {
    let mut looks = 0;
    let again = &mut || {
        looks += 1;
        looks < 3
    };
    let error = copied(disk, again).expect_err("damage is not copied");
    assert!(matches!(error, CopyError::Damaged { .. }), "{error}");
    assert_eq!(looks, 3, "it looks again before it says so");
    error.to_string()
}

/// A log with a segment that is full and one that is not.
fn two_segments() -> (Disk, Segment<Disk>) {
    let disk = Disk::new();
    let mut log = opened(&disk);
    for bytes in [0, 700, 1500, 40, 700, 120] {
        append(&mut log, 2, bytes).expect("appended");
    }
    assert_eq!(disk.names(), [FIRST, SECOND]);
    (disk, log)
}

#[test]
fn a_copy_at_any_moment_holds_all_that_was_appended_until_then_and_goes_on_from_there() {
    let disk = Disk::new();
    let mut log = opened(&disk);
    for round in 0..60_usize {
        append(&mut log, 2, round * 37 % 900).expect("appended");
        let (to, report) = at_rest(&disk);
        assert_eq!(report.seqs, Some((1, log.next_seq() - 1)));
        let found = check(&to).expect("checked");
        assert!(found.is_sound() && found.torn.is_none(), "{found}");
        let mut other = opened(&to);
        assert_eq!(content(&other), content(&log));
        append(&mut other, 1, 100).expect("a copy is a log");
    }
    assert!(disk.names().len() > 5, "segments were filled meanwhile");
}

#[test]
fn a_log_that_nothing_was_ever_written_to_is_no_log() {
    let error = copied(&Disk::new(), &mut || panic!("no need")).expect_err("nothing is there");
    assert!(matches!(error, CopyError::Nothing), "{error}");
    let spare = Disk::new();
    spare.set(FIRST, &[0; 4096]);
    let error = copied(&spare, &mut || panic!("no need")).expect_err("nothing is there");
    assert!(matches!(error, CopyError::Nothing), "{error}");
    at_rest(&{
        let begun = Disk::new();
        opened(&begun);
        begun
    });
}

/// The record is half there and looks damaged; another look finds it whole.
#[test]
fn a_record_that_is_being_written_is_waited_for() {
    let (disk, log) = two_segments();
    let whole = disk.bytes(SECOND);
    let last = whole.iter().rposition(|byte| *byte != 0).expect("records");
    for cut in 1..120 {
        disk.edit(SECOND, |bytes| bytes[last - cut..=last].fill(0));
        let (to, report) = copied(&disk, &mut || {
            disk.set(SECOND, &whole);
            true
        })
        .expect("copied");
        assert_eq!(content(&opened(&to)), content(&log), "{cut} bytes were late");
        assert_eq!(report.torn, None);
        disk.set(SECOND, &whole);
    }
}

/// The look missed the seal, and what is behind it is there already.
#[test]
fn a_segment_that_was_filled_meanwhile_is_looked_at_again() {
    let (disk, log) = two_segments();
    let whole = disk.bytes(FIRST);
    let seal = whole.iter().rposition(|byte| *byte != 0).expect("a seal") / 128 * 128;
    disk.edit(FIRST, |bytes| bytes[seal..seal + 128].fill(0));
    let mut looks = 0;
    let (to, _) = copied(&disk, &mut || {
        looks += 1;
        if looks == 2 {
            disk.set(FIRST, &whole);
        }
        true
    })
    .expect("copied");
    assert_eq!(looks, 2);
    assert_eq!(content(&opened(&to)), content(&log));
}

#[test]
fn between_two_segments_the_spare_one_is_copied_too() {
    let (disk, log) = two_segments();
    let all = content(&log);
    disk.edit(SECOND, |bytes| bytes.fill(0));
    let (to, report) = at_rest(&disk);
    assert_eq!(to.names(), [FIRST, SECOND]);
    assert!(report.spare && check(&to).expect("checked").is_sound());
    let kept = content(&opened(&to));
    assert!(!kept.is_empty() && kept.len() < all.len() && all.starts_with(&kept));
}

#[test]
fn a_torn_record_is_left_out_and_reported() {
    let (disk, log) = two_segments();
    let all = content(&log);
    disk.edit(SECOND, |bytes| {
        // The last record's second sector was lost; it has 700 bytes, and 120 follow it.
        let start = bytes.iter().rposition(|byte| *byte != 0).expect("records") / 128 * 128 - 128;
        bytes[start..].fill(0);
        let second = start - 896;
        bytes[(second / 512 + 1) * 512..(second / 512 + 2) * 512].fill(0);
    });
    let (to, report) = at_rest(&disk);
    assert!(report.torn.is_some(), "{report}");
    assert!(check(&to).expect("checked").torn.is_none(), "the copy is clean");
    assert_eq!(content(&opened(&to)), all[..all.len() - 2]);
}

#[test]
fn damage_is_never_copied_as_a_shorter_log() {
    let (disk, _) = two_segments();
    let spoilt = |name: &str, edit: fn(&mut Vec<u8>)| {
        let spoilt = disk.copy();
        spoilt.edit(name, edit);
        damage(&spoilt)
    };
    assert!(spoilt(FIRST, |bytes| bytes[700] ^= 1).contains("00000001.log"));
    assert!(spoilt(SECOND, |bytes| bytes[700] ^= 1).contains("00000002.log"));
    assert!(spoilt(FIRST, Vec::clear).contains("0 bytes"));
    assert!(spoilt(FIRST, |bytes| bytes.fill(0)).contains("00000001.log"));
    let lost = disk.copy();
    lost.delete(SECOND);
    assert!(damage(&lost).contains("missing"));
    let lost = disk.copy();
    lost.delete(FIRST);
    assert!(damage(&lost).contains("00000001.log"));
    // The end of the first was lost, and the log goes on far behind it.
    let lost = disk.copy();
    let seal = lost.bytes(FIRST).iter().rposition(|byte| *byte != 0).expect("a seal") / 128 * 128;
    lost.edit(FIRST, |bytes| bytes[seal..].fill(0));
    lost.set(THIRD, &lost.bytes(SECOND));
    lost.delete(SECOND);
    assert!(damage(&lost).contains("without its seal"));
}

#[test]
fn what_cannot_be_written_or_made_durable_is_named() {
    let (disk, _) = two_segments();
    let full = |_: &str, _: &[u8]| Err(io::Error::from(io::ErrorKind::StorageFull));
    let error = copy(&disk, &mut { full }, &mut || false).expect_err("it is full");
    assert!(matches!(&error, CopyError::Keep { file, .. } if file == FIRST), "{error}");
    let plan = common::Plan { fail_sync: Some(disk.syncs() + 1), ..Default::default() };
    disk.plan(plan);
    let error = copied(&disk, &mut || false).expect_err("its end may be lost");
    assert!(matches!(&error, CopyError::Read { doing: "sync", .. }), "{error}");
}

#[test]
fn the_lock_of_the_writer_is_not_needed() {
    let temp = tempfile::tempdir().expect("a directory");
    let directory = Directory::open(temp.path()).expect("the directory is free");
    let (mut log, _) = Segment::open(directory, SMALL).expect("a new log");
    append(&mut log, 3, 200).expect("appended");
    let beside = Directory::open_beside(temp.path()).expect("no lock is asked for");
    let mut kept = BTreeMap::new();
    let mut keep = |name: &str, bytes: &[u8]| {
        kept.insert(name.to_owned(), bytes.len());
        Ok(())
    };
    let report = copy(&beside, &mut keep, &mut || false).expect("copied");
    assert_eq!(report.seqs, Some((1, 3)));
    assert_eq!(kept, BTreeMap::from([(FIRST.to_owned(), 4096)]));
    append(&mut log, 1, 10).expect("the writer noticed nothing");
}
