//! The machine or the process stops at any call: what was acknowledged is there again, and
//! nothing that was never appended.

mod common;

use common::{Disk, Plan, script::*};
use posada_log::{Log, OpenError};

/// What a script of two starts appends: several segments, long and short batches.
const BYTES: [&[usize]; 2] = [&[0, 700, 1500, 40, 2100, 300], &[900, 3000, 20, 1200]];

fn run(disk: &Disk) -> Content {
    run_starts(disk, &BYTES)
}

/// All that the script appends when nothing goes wrong.
fn whole() -> Content {
    run(&Disk::new())
}

fn calls_of_a_run() -> u64 {
    let disk = Disk::new();
    run(&disk);
    disk.calls()
}

/// Opens the log and holds it against what was acknowledged and what was attempted. Then appends,
/// and loses all that can be lost.
fn verify(disk: &Disk, acknowledged: &Content, whole: &Content, case: &str) {
    let (mut log, _) = open(disk).unwrap_or_else(|error| panic!("{case}: {error}"));
    let recovered = content(&log);
    assert!(recovered.starts_with(acknowledged), "{case}: lost what was acknowledged");
    assert!(recovered.len() <= acknowledged.len() + 1, "{case}: more than one batch was unsynced");
    assert!(whole.starts_with(&recovered), "{case}: holds what was never appended");
    for bytes in [10, 2900, 500] {
        append(&mut log, 1, bytes).unwrap_or_else(|error| panic!("{case}: {error}"));
        let longer = content(&log);
        assert!(longer.starts_with(&recovered) && longer.len() > recovered.len(), "{case}");
        let (later, found) = open(&disk.after_crash(&mut || false))
            .unwrap_or_else(|error| panic!("{case}, and then a power cut: {error}"));
        assert_eq!((content(&later), found.dropped), (longer, None), "{case}");
    }
}

/// What a power cut may leave: nothing unsynced, all of it, and some of it in several ways.
fn images(disk: &Disk, seed: u64) -> Vec<Disk> {
    let mut images = vec![disk.after_crash(&mut || false), disk.after_crash(&mut || true)];
    let mut dice = Dice(seed * 7919 + 1);
    images.extend((0..6).map(|_| disk.after_crash(&mut || dice.flip())));
    images
}

#[test]
fn a_power_cut_at_any_call_loses_nothing_acknowledged() {
    let whole = whole();
    for call in 1..=calls_of_a_run() {
        let disk = Disk::new();
        disk.plan(Plan { crash_at: Some(call), ..Plan::default() });
        let acknowledged = run(&disk);
        for (number, image) in images(&disk, call).iter().enumerate() {
            verify(image, &acknowledged, &whole, &format!("call {call}, image {number}"));
        }
    }
}

#[test]
fn a_power_cut_while_recovering_from_one_loses_nothing_either() {
    let whole = whole();
    for call in 1..=calls_of_a_run() {
        let disk = Disk::new();
        disk.plan(Plan { crash_at: Some(call), ..Plan::default() });
        let acknowledged = run(&disk);
        // Three of them: all have been seen above.
        for image in images(&disk, call).into_iter().step_by(3) {
            let probe = image.copy();
            drop(open(&probe).expect("sound"));
            for again in 1..=probe.calls() {
                let image = image.copy();
                image.plan(Plan { crash_at: Some(again), ..Plan::default() });
                assert!(matches!(open(&image), Err(OpenError::Io { .. })), "call {again}");
                let mut dice = Dice(call * 1000 + again);
                let image = image.after_crash(&mut || dice.flip());
                verify(&image, &acknowledged, &whole, &format!("calls {call}, {again}"));
            }
        }
    }
}

#[test]
fn a_process_killed_at_any_call_leaves_a_log_that_survives_a_later_power_cut() {
    let whole = whole();
    for call in 1..=calls_of_a_run() {
        let disk = Disk::new();
        disk.plan(Plan { crash_at: Some(call), ..Plan::default() });
        let acknowledged = run(&disk);
        disk.after_kill();
        verify(&disk, &acknowledged, &whole, &format!("killed at call {call}"));
    }
}

#[test]
fn a_failed_sync_is_the_end_until_a_restart_and_loses_nothing() {
    let whole = whole();
    let disk = Disk::new();
    run(&disk);
    for sync in 1..=disk.syncs() {
        let disk = Disk::new();
        disk.plan(Plan { fail_sync: Some(sync), ..Plan::default() });
        let acknowledged = run(&disk);
        assert!(acknowledged.len() < whole.len(), "sync {sync} failed unnoticed");
        // The system has forgotten to write, but still shows the bytes.
        disk.after_kill();
        verify(&disk, &acknowledged, &whole, &format!("sync {sync}"));
    }
}

#[test]
fn after_a_failed_sync_every_append_says_so() {
    let disk = Disk::new();
    let mut log = opened(&disk);
    append(&mut log, 1, 40).expect("appended");
    disk.plan(Plan { fail_sync: Some(disk.syncs() + 1), ..Plan::default() });
    let first = append(&mut log, 1, 40).expect_err("the sync fails").to_string();
    let calls = disk.calls();
    let second = append(&mut log, 1, 40).expect_err("never retried").to_string();
    assert_eq!((first.as_str(), disk.calls()), (second.as_str(), calls));
    let expected = "could not sync 00000001.log at seq 2; the log takes nothing more: check the \
         disk, run `posada check`, then start again";
    assert_eq!(first, expected);
    assert_eq!((log.next_seq(), content(&log).len()), (2, 1));
}
