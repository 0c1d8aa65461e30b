//! What is appended is read back, in order, in this and in every later start.

mod common;

use common::{Disk, script::*};
use posada_log::{
    AppendError, Batch, InvalidBatch, Log, MAX_BATCH_BYTES, Memory, Options, Segment,
};
use proptest::prelude::*;

#[test]
fn a_new_log_is_empty_and_begins_with_seq_1() {
    let (log, opened) = open(&Disk::new()).expect("a new log");
    assert_eq!((log.next_seq(), opened.next_seq, opened.batches, opened.segments), (1, 1, 0, 1));
    assert_eq!(content(&log), []);
}

#[test]
fn batches_come_back_after_a_restart() {
    let disk = Disk::new();
    let mut log = opened(&disk);
    append(&mut log, 1, 40).expect("appended");
    append(&mut log, 3, 0).expect("appended");
    append(&mut log, 2, 700).expect("appended");
    let before = content(&log);
    drop(log);
    let (log, opened) = open(&disk).expect("the log is sound");
    assert_eq!(content(&log), before);
    assert_eq!((opened.next_seq, opened.batches, opened.dropped), (7, 3, None));
    assert_eq!(before, [(1, 1, payload(1, 40)), (2, 3, vec![]), (5, 2, payload(5, 700))]);
}

#[test]
fn each_start_that_follows_an_append_has_the_next_epoch() {
    let disk = Disk::new();
    for epoch in 1..4 {
        let (mut log, opened) = open(&disk).expect("the log is sound");
        assert_eq!(opened.epoch, epoch);
        append(&mut log, 1, 40).expect("appended");
    }
}

#[test]
fn replay_begins_with_the_batch_that_holds_the_entry() {
    let disk = Disk::new();
    let mut log = opened(&disk);
    for _ in 0..20 {
        append(&mut log, 5, 600).expect("appended");
    }
    assert!(disk.names().len() > 3, "several segments: {:?}", disk.names());
    let first = |from| content_from(&log, from).first().map(|batch| batch.0);
    for from in 1..=100 {
        assert_eq!(first(from), Some((from - 1) / 5 * 5 + 1), "from {from}");
    }
    assert_eq!(first(101), None);
}

#[test]
fn a_batch_of_any_length_fits_wherever_the_last_one_ended() {
    for bytes in (0..2600).step_by(7) {
        let disk = Disk::new();
        let mut log = opened(&disk);
        for _ in 0..4 {
            append(&mut log, 1, bytes).expect("appended");
        }
        let before = content(&log);
        assert_eq!(content(&opened(&disk)), before, "payloads of {bytes} bytes");
    }
}

#[test]
fn the_largest_payload_fits_and_one_byte_more_does_not() {
    for segment_bytes in [4096, 16 << 20] {
        let (mut log, _) = Segment::open(Disk::new(), Options { segment_bytes }).expect("opens");
        let most = log.largest_payload();
        append(&mut log, 1, most).expect("the largest payload");
        let refused = append(&mut log, 1, most + 1);
        assert!(matches!(
            refused,
            Err(AppendError::Invalid { seq: 2, reason: InvalidBatch::TooLarge { .. } })
        ));
    }
    assert_eq!(Options::default().largest_payload(), MAX_BATCH_BYTES);
}

#[test]
fn the_size_of_segments_may_change_between_starts() {
    let disk = Disk::new();
    let mut before = Content::new();
    for segment_bytes in [4096, 8192, 4608, 4096] {
        let (mut log, _) = Segment::open(disk.clone(), Options { segment_bytes }).expect("opens");
        assert_eq!(content(&log), before);
        for _ in 0..9 {
            append(&mut log, 2, 900).expect("appended");
        }
        before = content(&log);
    }
    assert_eq!(content(&opened(&disk)), before);
}

#[test]
fn a_size_of_segments_that_cannot_be_is_refused() {
    for segment_bytes in [0, 512, 4095, 4097, 1 << 31] {
        let error = Segment::open(Disk::new(), Options { segment_bytes }).expect_err("refused");
        assert!(error.to_string().contains("choose a multiple of 512 from 4096"), "{error}");
    }
}

#[test]
fn a_batch_that_cannot_be_changes_nothing() {
    let disk = Disk::new();
    let mut segment = opened(&disk);
    let mut memory = Memory::new();
    let zeros = [7, 0, 0, 0].repeat(64).into_iter().chain(vec![0; 256]).collect::<Vec<u8>>();
    let log_cases: [(u64, u32, &[u8], &str); 4] = [
        (2, 1, b"x", "it should begin with seq 1"),
        (0, 1, b"x", "it should begin with seq 1"),
        (1, 0, b"x", "it has no entries"),
        (1, 1, &zeros, "256 bytes of zeros at 256"),
    ];
    for log in [&mut segment as &mut dyn Log, &mut memory] {
        for (first_seq, count, payload, why) in log_cases {
            let error = log.append(Batch { first_seq, count, payload }).expect_err(why);
            assert!(error.to_string().contains(why), "{error}");
        }
        assert_eq!(log.next_seq(), 1);
        log.append(Batch { first_seq: 1, count: 2, payload: b"fine" }).expect("appended");
        assert_eq!(log.next_seq(), 3);
    }
    assert_eq!(content(&opened(&disk)), [(1, 2, b"fine".to_vec())]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_batches_and_restarts_read_back_as_appended(
        steps in prop::collection::vec(
            (1..2000_u32, 0..3300_usize, prop::bool::weighted(0.2)),
            1..30,
        )
    ) {
        let disk = Disk::new();
        let mut log = opened(&disk);
        let mut expected = Content::new();
        for (count, bytes, restart) in steps {
            if restart {
                drop(log);
                // A process that is killed leaves what it wrote.
                log = opened(&disk);
            }
            expected.push((log.next_seq(), count, payload(log.next_seq(), bytes)));
            append(&mut log, count, bytes).expect("appended");
            prop_assert_eq!(&content(&log), &expected);
        }
        prop_assert_eq!(&content(&opened(&disk.copy())), &expected);
        // All of it is durable: a power cut that loses whatever it can takes nothing away.
        prop_assert_eq!(&content(&opened(&disk.after_crash(&mut || false))), &expected);
    }
}
