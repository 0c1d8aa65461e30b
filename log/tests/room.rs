//! No room: nothing of the batch remains, and appending resumes when there is room again.

mod common;

use std::io::ErrorKind;

use common::{Disk, Plan, script::*};
use posada_log::{AppendError, Log, Storage};

fn is_full<T>(result: &Result<T, AppendError>) -> bool {
    matches!(result, Err(AppendError::Full { .. }))
}

#[test]
fn a_write_without_room_leaves_nothing_behind() {
    for kind in [ErrorKind::StorageFull, ErrorKind::QuotaExceeded] {
        for written in (0..2300).step_by(64) {
            let disk = Disk::new();
            let mut log = opened(&disk);
            append(&mut log, 1, 300).expect("appended");
            let before = content(&log);
            disk.plan(Plan { fail_writes: Some((kind, written)), ..Plan::default() });
            assert!(is_full(&append(&mut log, 1, 2300)), "{written}");
            assert_eq!(content(&log), before);

            // A power cut now, with any of it kept.
            let mut dice = Dice(written as u64 + 1);
            for _ in 0..4 {
                let image = disk.after_crash(&mut || dice.flip());
                assert_eq!(content(&opened(&image)), before, "{written} written");
            }

            // Room again, for a shorter batch, and a power cut after it.
            disk.plan(Plan::default());
            append(&mut log, 1, 20).expect("there is room");
            let longer = content(&log);
            let (log, found) = open(&disk.after_crash(&mut || false)).expect("sound");
            assert_eq!((content(&log), found.dropped), (longer, None), "{written} written");
        }
    }
}

#[test]
fn a_full_disk_stops_at_the_next_segment_and_resumes_with_room() {
    for capacity in (8192..=12288).step_by(512) {
        let disk = Disk::new();
        disk.plan(Plan { capacity: Some(capacity), ..Plan::default() });
        let mut log = opened(&disk);
        let refused = loop {
            let appended = append(&mut log, 1, 800);
            if appended.is_err() {
                break appended;
            }
        };
        assert!(is_full(&refused), "{refused:?}");
        let before = content(&log);
        assert_eq!(before.len(), capacity / 4096 * 3, "all room is used");
        assert!(is_full(&append(&mut log, 1, 800)), "still full");
        append(&mut log, 1, 10).expect("a short batch still fits");

        // A start on the full disk: it reads, and waits for room as well.
        drop(log);
        let mut log = opened(&disk);
        assert_eq!(content(&log).len(), before.len() + 1);
        assert!(is_full(&append(&mut log, 1, 800)), "still full");

        disk.plan(Plan::default());
        for _ in 0..5 {
            append(&mut log, 1, 800).expect("there is room");
        }
        let longer = content(&log);
        assert_eq!(content(&opened(&disk.after_crash(&mut || false))), longer);
    }
}

#[test]
fn without_room_in_the_middle_of_a_rollover_it_is_completed_later() {
    // The seal is written or not, then the next segment's header or not: a file system that copies
    // on write may have no room for either.
    for (writes_before, written) in [(0, 0), (0, 4096), (1, 0), (1, 512)] {
        let disk = Disk::new();
        let mut log = opened(&disk);
        for bytes in [800, 800, 800, 1800] {
            append(&mut log, 1, bytes).expect("appended");
        }
        drop(log);
        // The third segment is prepared.
        let mut spare = disk.copy();
        Storage::prepare(&mut spare, "00000003.log", 4096).expect("prepared");
        let mut log = opened(&spare);
        let fail_writes = Some((ErrorKind::StorageFull, written));
        spare.plan(Plan { fail_writes, writes_before, ..Plan::default() });
        assert!(is_full(&append(&mut log, 1, 1800)));
        spare.plan(Plan::default());
        // This one would still fit into the second.
        append(&mut log, 1, 20).expect("there is room");
        assert_eq!(content(&opened(&spare.copy())).len(), 5, "also if all of it lasts");
        append(&mut log, 1, 1800).expect("there is room");
        assert_eq!(content(&log).len(), 6);
        assert_eq!(content(&opened(&spare.after_crash(&mut || false))), content(&log));
    }
}

#[test]
fn without_file_descriptors_it_waits_as_well() {
    let disk = Disk::new();
    let mut log = opened(&disk);
    for _ in 0..3 {
        append(&mut log, 1, 1000).expect("appended");
    }
    disk.plan(Plan { no_descriptors: true, ..Plan::default() });
    assert!(is_full(&append(&mut log, 1, 1000)));
    disk.plan(Plan::default());
    append(&mut log, 1, 1000).expect("there are descriptors");
    assert_eq!(content(&opened(&disk.copy())).len(), 4);
}

#[test]
fn any_other_failed_write_is_the_end() {
    let disk = Disk::new();
    let mut log = opened(&disk);
    append(&mut log, 1, 300).expect("appended");
    disk.plan(Plan { fail_writes: Some((ErrorKind::Other, 600)), ..Plan::default() });
    let error = append(&mut log, 1, 2300).expect_err("the write fails");
    let expected = "could not write 00000001.log at seq 2; the log takes nothing more: check the \
         disk, run `posada check`, then start again";
    assert_eq!(error.to_string(), expected);
    disk.plan(Plan::default());
    assert!(matches!(append(&mut log, 1, 10), Err(AppendError::Fatal { .. })));
    assert_eq!((log.next_seq(), content(&log).len()), (2, 1));
    assert_eq!(content(&opened(&disk)).len(), 1);
}

#[test]
fn the_message_says_what_to_do() {
    let disk = Disk::new();
    let mut log = opened(&disk);
    disk.plan(Plan { fail_writes: Some((ErrorKind::StorageFull, 0)), ..Plan::default() });
    let expected = "no room in 00000001.log to append seq 1; make room, appending resumes by \
         itself";
    assert_eq!(append(&mut log, 1, 10).expect_err("full").to_string(), expected);
}
