//! Every disk that a power cut may leave, at every call of a short script: all of them open, with
//! all that was acknowledged. `crash.rs` draws some of them for a longer one.

mod common;

use std::collections::BTreeSet;

use common::{Contents, Disk, Plan, script::*};
use posada_log::{Log, Storage, StorageFile};

/// What two starts append: in the first one, the third batch does not fit any more.
const BYTES: [&[usize]; 2] = [&[40, 1900, 900], &[700]];

fn run(disk: &Disk) -> Content {
    run_starts(disk, &BYTES)
}

/// Goes on with the script behind what the log holds. Returns all that was shown or acknowledged.
fn go_on(disk: &Disk) -> Content {
    let mut acknowledged = Content::new();
    let Ok((mut log, _)) = open(disk) else { return acknowledged };
    let shown = log.replay(1, &mut |batch| {
        acknowledged.push((batch.first_seq, batch.count, batch.payload.to_vec()));
    });
    if shown.is_err() {
        return acknowledged;
    }
    for bytes in &BYTES.concat()[acknowledged.len()..] {
        let seq = log.next_seq();
        if append(&mut log, 2, *bytes).is_err() {
            break;
        }
        acknowledged.push((seq, 2, payload(seq, *bytes)));
    }
    acknowledged
}

/// What a disk holds that was cut off at each call, and what had been acknowledged by then.
fn cut_off_everywhere() -> Vec<(Disk, Content)> {
    let disk = Disk::new();
    let whole = run(&disk);
    assert_eq!(whole.len(), BYTES.concat().len(), "the script runs to its end");
    assert!(disk.names().contains(&"00000002.log".to_owned()), "it goes over to a second segment");
    let cut_off = |call| {
        let disk = Disk::new();
        disk.plan(Plan { crash_at: Some(call), ..Plan::default() });
        let acknowledged = run(&disk);
        (disk, acknowledged)
    };
    (1..=disk.calls()).map(cut_off).collect()
}

/// A log that holds what was acknowledged, and perhaps the one batch that was on its way. What is
/// appended to it is behind that, also after a power cut that loses all it can.
fn verify(image: &Disk, acknowledged: &Content, case: &str) {
    let (mut log, _) = open(image).unwrap_or_else(|error| panic!("{case}: {error}"));
    let mut expected = content(&log);
    assert!(expected.starts_with(acknowledged), "{case}: lost what was acknowledged");
    assert!(expected.len() <= acknowledged.len() + 1, "{case}: holds what was never appended");
    let lengths = BYTES.concat();
    let attempted = lengths.iter().zip((1..).step_by(2)).map(|(len, seq)| payload(seq, *len));
    let found = expected.iter().map(|(_, _, payload)| payload.clone());
    assert!(found.eq(attempted.take(expected.len())), "{case}: holds something else");
    let seq = log.next_seq();
    append(&mut log, 1, 10).unwrap_or_else(|error| panic!("{case}: {error}"));
    expected.push((seq, 1, payload(seq, 10)));
    let (later, found) = open(&image.after_crash(&mut || false))
        .unwrap_or_else(|error| panic!("{case}, and then a power cut: {error}"));
    assert_eq!((content(&later), found.dropped), (expected, None), "{case}");
}

#[test]
fn every_disk_that_a_power_cut_may_leave_holds_all_that_was_acknowledged() {
    let mut images = 0;
    let cut_off = cut_off_everywhere();
    for (call, (disk, acknowledged)) in (1..).zip(&cut_off) {
        disk.every_crash(|image| {
            images += 1;
            verify(&image, acknowledged, &format!("call {call}, image {images}"));
        });
    }
    eprintln!("{images} images of {} calls", cut_off.len());
    assert!(images > 1000, "only {images} images");
}

/// Recovery is interrupted at each of its calls, on every disk that the first power cut may leave.
#[test]
fn every_disk_that_two_power_cuts_may_leave_holds_all_that_was_acknowledged() {
    let mut first = BTreeSet::<(Contents, usize)>::new();
    let mut second = BTreeSet::<(Contents, usize)>::new();
    let mut cuts = 0;
    for (disk, acknowledged) in cut_off_everywhere() {
        disk.every_crash(|image| {
            // Who recovers sees no more than the files.
            if !first.insert((image.contents(), acknowledged.len())) {
                return;
            }
            let probe = image.copy();
            drop(open(&probe).expect("verified above"));
            for call in 1..=probe.calls() {
                cuts += 1;
                let image = image.copy();
                image.plan(Plan { crash_at: Some(call), ..Plan::default() });
                assert!(open(&image).is_err(), "it stops at call {call}");
                image.every_crash(|image| {
                    if second.insert((image.contents(), acknowledged.len())) {
                        verify(&image, &acknowledged, &format!("recovery cut off at {call}"));
                    }
                });
            }
        });
    }
    let (first, second) = (first.len(), second.len());
    eprintln!("{first} images, {cuts} cuts in their recoveries, {second} images after those");
}

/// A process that is killed leaves what is not durable, and one whose sync failed what never will
/// be. The next one finds it, goes on with it, and is cut off at each of its calls.
#[test]
fn every_disk_that_a_power_cut_may_leave_after_a_kill_holds_all_that_was_shown() {
    let disk = Disk::new();
    run(&disk);
    let kills = (1..=disk.calls()).map(|call| Plan { crash_at: Some(call), ..Plan::default() });
    let failures = (1..=disk.syncs()).map(|nth| Plan { fail_sync: Some(nth), ..Plan::default() });
    let mut seen = BTreeSet::<(Contents, usize)>::new();
    let (mut cuts, mut images) = (0, 0);
    for plan in kills.chain(failures) {
        let left = || {
            let disk = Disk::new();
            disk.plan(plan);
            let acknowledged = run(&disk);
            disk.after_kill();
            (disk, acknowledged)
        };
        for call in 1.. {
            let (disk, mut acknowledged) = left();
            disk.plan(Plan { crash_at: Some(disk.calls() + call), ..Plan::default() });
            let shown = go_on(&disk);
            if shown.len() >= acknowledged.len() {
                acknowledged = shown;
            }
            if disk.is_on() {
                break;
            }
            cuts += 1;
            disk.every_crash(|image| {
                images += 1;
                if seen.insert((image.contents(), acknowledged.len())) {
                    verify(&image, &acknowledged, &format!("{plan:?}, then cut off at {call}"));
                }
            });
        }
    }
    eprintln!("{cuts} cuts after a kill or a failed sync, {images} images, {} differ", seen.len());
}

/// Counted by hand: so nothing is left out above.
#[test]
fn the_images_of_a_small_disk_are_all_there_are() {
    let (old, new) = ([1; 512], [2; 1024]);
    let disk = Disk::new();
    disk.set("a", &old);
    let mut file = disk.open("a").expect("it is there");
    file.write_at(&new, 0).expect("written");
    disk.rename("a", "b").expect("renamed");
    let mut found = BTreeSet::new();
    disk.every_crash(|image| assert!(found.insert(image.contents()), "seen before"));
    // Old or new, and behind it nothing; or new, zeros or what was there before.
    let beginnings = [[1; 512].to_vec(), [2; 512].to_vec()];
    let ends = [vec![], [2; 512].to_vec(), [0; 512].to_vec(), [0x5A; 512].to_vec()];
    let mut expected = BTreeSet::new();
    for name in ["a", "b"] {
        for beginning in &beginnings {
            for end in &ends {
                let bytes = [beginning.as_slice(), end].concat();
                expected.insert(Contents::from([(name.to_owned(), bytes)]));
            }
        }
    }
    assert_eq!((expected.len(), found), (16, expected));
}

/// What is written twice may last as it was between, and a failed sync may have written some.
#[test]
fn the_images_of_a_sector_hold_all_that_was_ever_written_to_it() {
    let disk = Disk::new();
    disk.set("a", &[1; 512]);
    let mut file = disk.open("a").expect("it is there");
    file.write_at(&[2; 512], 0).expect("written");
    disk.plan(Plan { fail_sync: Some(1), ..Plan::default() });
    file.sync().expect_err("the disk fails");
    file.write_at(&[3; 512], 0).expect("written");
    let first_bytes = |disk: &Disk| {
        let mut found = BTreeSet::new();
        disk.every_crash(|image| assert!(found.insert(image.bytes("a")[0]), "seen before"));
        found
    };
    assert_eq!(first_bytes(&disk), BTreeSet::from([1, 2, 3]));
    file.sync().expect("synced");
    assert_eq!(first_bytes(&disk), BTreeSet::from([3]));
}
