//! Damage to what was acknowledged: found, named, and never made a shorter log of.

mod common;

use common::{Disk, script::*};
use posada_log::{Log, OpenError, Segment, check, read};
use proptest::prelude::*;

const FIRST: &str = "00000001.log";
const SECOND: &str = "00000002.log";
const THIRD: &str = "00000003.log";

/// Two full segments and a third with two batches; all acknowledged.
fn three_segments() -> Disk {
    let disk = Disk::new();
    let mut log = opened(&disk);
    for bytes in [0, 700, 1500, 40, 2100, 300, 120, 900] {
        append(&mut log, 2, bytes).expect("appended");
    }
    assert_eq!(disk.names(), [FIRST, SECOND, THIRD]);
    disk.copy()
}

fn refusal(disk: &Disk) -> String {
    match open(disk) {
        Err(error @ OpenError::Damaged { .. }) => error.to_string(),
        other => panic!("the damage was not found: {other:?}"),
    }
}

fn complaints(disk: &Disk) -> String {
    refusal(disk);
    let before: Vec<_> = disk.names().iter().map(|name| disk.bytes(name)).collect();
    let report = check(disk).expect("checked");
    let after: Vec<_> = disk.names().iter().map(|name| disk.bytes(name)).collect();
    assert_eq!(before, after, "nothing is changed");
    let lines: Vec<_> = report.damage.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

/// Changes each byte of each file in turn, by what `flips` says.
fn flip_each_byte(disk: &Disk, flips: impl Fn(usize) -> Vec<u8>) -> (u32, u32) {
    let sound = content(&opened(&disk.copy()));
    let (mut refused, mut harmless) = (0, 0);
    for name in disk.names() {
        let bytes = disk.bytes(&name);
        for at in 0..bytes.len() {
            for flip in flips(at) {
                let flipped = disk.copy();
                flipped.edit(&name, |bytes| bytes[at] ^= flip);
                match open(&flipped) {
                    Err(OpenError::Damaged { .. }) => refused += 1,
                    Err(other) => panic!("{name} at {at}: {other}"),
                    Ok((log, _)) => {
                        assert_eq!(content(&log), sound, "{name} at {at}");
                        harmless += 1;
                    }
                }
            }
        }
    }
    (refused, harmless)
}

#[test]
fn a_flipped_bit_anywhere_is_found_or_harmless() {
    let (refused, harmless) = flip_each_byte(&three_segments(), |at| vec![1 << (at % 8)]);
    // Harmless ones lie in the unwritten rest of the last segment.
    assert!(refused > 9000 && harmless > 1000, "{refused} refused, {harmless} harmless");
}

#[test]
fn every_bit_of_the_very_last_record_counts() {
    let disk = Disk::new();
    let mut log = opened(&disk);
    append(&mut log, 1, 40).expect("appended");
    let from = 512 + 256;
    // The end marks are alone in the last sector.
    append(&mut log, 1, 1024 - 256 - 128).expect("appended");
    let end = from + 1024 - 256 + 128;
    let disk = disk.copy();
    let flips =
        |at| if (from..end).contains(&at) { (0..8).map(|b| 1 << b).collect() } else { vec![] };
    let (refused, harmless) = flip_each_byte(&disk, flips);
    assert_eq!((refused as usize, harmless), ((end - from) * 8, 0));
}

#[test]
fn a_record_cut_out_of_the_middle_is_found() {
    let disk = three_segments();
    disk.edit(FIRST, |bytes| bytes[768..768 + 896].fill(0));
    let expected = "damaged log: 00000001.log, offset 768, seq 3: a record is missing here; the \
         next valid record is at offset 1664; nothing was changed: run `posada check`, \
         then restore the named files from a copy";
    assert_eq!(refusal(&disk), expected);
    let expected = "00000001.log, offset 768, seq 3: a record is missing here; the next valid \
         record is at offset 1664";
    assert_eq!(complaints(&disk), expected);
}

#[test]
fn the_last_record_of_a_full_segment_is_not_a_torn_tail() {
    let disk = three_segments();
    disk.edit(SECOND, |bytes| bytes[512..].fill(0));
    let expected = "00000002.log, offset 512, seq 9: the segment ends here without its seal, \
         although a later segment was begun\n\
         00000003.log, offset 0, seq 9: seq 15 is found instead";
    assert_eq!(complaints(&disk), expected);
}

#[test]
fn all_damage_is_listed() {
    let disk = three_segments();
    disk.edit(FIRST, |bytes| {
        bytes[700] ^= 1;
        bytes[2000] ^= 1;
    });
    disk.edit(SECOND, |bytes| bytes[20] ^= 1);
    disk.edit(THIRD, |bytes| bytes[520] ^= 1);
    let expected = "segments 3, batches 5, entries 10, seq 3 to 14\n\
         damaged: 00000001.log, offset 512, seq 1: the record's payload is damaged; the \
         next valid record is at offset 768\n\
         damaged: 00000001.log, offset 1664, seq 5: the record's payload is damaged; \
         the next valid record is at offset 3328\n\
         damaged: 00000002.log, offset 0, seq 9: the segment's header is damaged\n\
         damaged: 00000003.log, offset 512, seq 15: the record's header is damaged\n\
         4 damaged: restore the named files from a copy";
    assert_eq!(check(&disk).expect("checked").to_string(), expected);
}

#[test]
fn reading_visits_what_is_in_front_of_the_first_damage() {
    let visited = |disk: &Disk| {
        let mut seqs = Vec::new();
        read(disk, &mut |batch| seqs.push(batch.first_seq)).expect("read");
        seqs
    };
    let disk = three_segments();
    assert_eq!(visited(&disk), [1, 3, 5, 7, 9, 11, 13, 15]);
    disk.edit(THIRD, |bytes| bytes[520] ^= 1);
    assert_eq!(visited(&disk), [1, 3, 5, 7, 9, 11, 13]);
    disk.delete(SECOND);
    assert_eq!(visited(&disk), [1, 3, 5, 7]);
    disk.edit(FIRST, |bytes| bytes[2000] ^= 1);
    assert_eq!(visited(&disk), [1, 3]);
}

#[test]
fn a_missing_segment_is_found_wherever_it_was() {
    for missing in [FIRST, SECOND, THIRD] {
        let disk = three_segments();
        disk.delete(missing);
        let found = complaints(&disk);
        assert!(found.contains(&format!("{missing}, offset 0, seq ")), "{missing}: {found}");
    }
}

#[test]
fn a_segment_in_another_ones_place_is_found() {
    let disk = three_segments();
    disk.set(SECOND, &disk.bytes(FIRST));
    let expected = "00000002.log, offset 0, seq 9: it belongs to segment 1\n\
         00000002.log, offset 512, seq 9: it belongs to segment 1\n\
         00000003.log, offset 0, seq 9: seq 15 is found instead";
    assert_eq!(complaints(&disk), expected);
}

#[test]
fn a_segment_of_another_log_is_found() {
    let other = Disk::new();
    let mut log = opened(&other);
    for bytes in [10, 710, 1490, 50, 2110, 310, 110, 890] {
        append(&mut log, 2, bytes).expect("appended");
    }
    let disk = three_segments();
    disk.set(SECOND, &other.bytes(SECOND));
    let expected = "00000002.log, offset 0, seq 9: the chain of hashes is broken\n\
         00000003.log, offset 0, seq 15: the chain of hashes is broken";
    assert_eq!(complaints(&disk), expected);
}

#[test]
fn a_record_of_another_log_is_found() {
    let log_of = |first: usize| {
        let disk = Disk::new();
        let mut log = opened(&disk);
        for bytes in [first, 100, 100] {
            append(&mut log, 1, bytes).expect("appended");
        }
        disk.copy()
    };
    // Only the first batches differ, and the second ones are exchanged.
    let (disk, other) = (log_of(50), log_of(51).bytes(FIRST));
    disk.edit(FIRST, |bytes| bytes[768..1024].copy_from_slice(&other[768..1024]));
    let expected = "00000001.log, offset 768, seq 2: the chain of hashes is broken\n\
         00000001.log, offset 1024, seq 3: the chain of hashes is broken";
    assert_eq!(complaints(&disk), expected);
}

#[test]
fn a_file_that_became_shorter_or_longer_is_found() {
    for name in [FIRST, SECOND, THIRD] {
        for bytes in [0, 100, 512, 1024, 3584, 4095, 4097, 4608] {
            let disk = three_segments();
            disk.edit(name, |file| file.resize(bytes, 0));
            assert!(refusal(&disk).contains(name), "{name} of {bytes} bytes");
        }
    }
}

#[test]
fn two_swapped_records_are_found() {
    let disk = Disk::new();
    let mut log = opened(&disk);
    for _ in 0..3 {
        append(&mut log, 1, 100).expect("appended");
    }
    let disk = disk.copy();
    disk.edit(FIRST, |bytes| {
        let (first, second) = bytes[512..1024].split_at_mut(256);
        first.swap_with_slice(second);
    });
    let expected = "00000001.log, offset 512, seq 1: seq 2 is found instead\n\
         00000001.log, offset 768, seq 3: seq 1 is found instead\n\
         00000001.log, offset 1024, seq 2: seq 3 is found instead";
    assert_eq!(complaints(&disk), expected);
}

#[test]
fn bytes_far_behind_the_end_are_found() {
    let disk = Disk::new();
    let options = posada_log::Options { segment_bytes: 4 << 20 };
    let (mut log, _) = Segment::open(disk.clone(), options).expect("opens");
    append(&mut log, 1, 100).expect("appended");
    disk.edit(FIRST, |bytes| bytes[3 << 20] = 1);
    assert!(refusal(&disk).contains("no torn write can explain"));

    // Behind a seal, no byte can be explained.
    let disk = three_segments();
    disk.edit(SECOND, |bytes| *bytes.last_mut().expect("not empty") = 1);
    assert!(refusal(&disk).contains("00000002.log"));
}

#[test]
fn damage_under_an_open_log_stops_a_replay_behind_the_sound_part() {
    let disk = Disk::new();
    let mut log = opened(&disk);
    for _ in 0..4 {
        append(&mut log, 1, 100).expect("appended");
    }
    disk.edit(FIRST, |bytes| bytes[512 + 512 + 130] ^= 4);
    let mut seen = Vec::new();
    let error = log.replay(1, &mut |batch| seen.push(batch.first_seq)).expect_err("damaged");
    assert_eq!(seen, [1, 2]);
    let expected = "damaged log: 00000001.log, offset 1024, seq 3: the record's payload is \
         damaged; run `posada check`";
    assert_eq!(error.to_string(), expected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn bytes_written_over_a_log_are_found_or_harmless(
        file in 0..3_usize, at in 0..4096_usize, bytes in prop::collection::vec(1..=255_u8, 1..1500)
    ) {
        let disk = three_segments();
        let sound = content(&opened(&disk.copy()));
        disk.edit([FIRST, SECOND, THIRD][file], |file| {
            let end = (at + bytes.len()).min(file.len());
            file[at..end].copy_from_slice(&bytes[..end - at]);
        });
        match open(&disk) {
            Ok((log, _)) => prop_assert_eq!(content(&log), sound),
            Err(error) => prop_assert!(matches!(error, OpenError::Damaged { .. }), "{}", error),
        }
    }
}
