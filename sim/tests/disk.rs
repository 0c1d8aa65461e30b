//! The simulated disk through the log's own traits: what a stop leaves, and what a fault refuses.

use std::collections::BTreeSet;
use std::io::ErrorKind;

use posada_log::{Storage, StorageFile};
use posada_sim::disk::{Disk, SECTOR, SimStorage, Stop};
use posada_sim::rng::Rng;

const BEFORE: [u8; SECTOR] = [1; SECTOR];
const AFTER: [u8; SECTOR] = [2; SECTOR];

/// A disk with one file, `a`, of one durable sector.
fn disk(seed: u64) -> Disk {
    let disk = Disk::new(Rng::new(seed, 0));
    let storage = disk.storage();
    let mut file = storage.create("a").expect("a healthy disk");
    file.write_at(&BEFORE, 0).expect("a healthy disk");
    file.sync().expect("a healthy disk");
    storage.sync_dir().expect("a healthy disk");
    disk
}

fn read(storage: &SimStorage, name: &str) -> [u8; SECTOR] {
    let mut buffer = [0; SECTOR];
    storage.open(name).expect("a healthy disk").read_at(&mut buffer, 0).expect("a healthy disk");
    buffer
}

#[test]
fn a_killed_process_loses_nothing_that_it_wrote() {
    for seed in 0..20 {
        let disk = disk(seed);
        disk.storage().open("a").unwrap().write_at(&AFTER, 0).unwrap();
        disk.storage().create("b").unwrap();
        disk.restart(Stop::Killed);
        assert_eq!(read(&disk.storage(), "a"), AFTER);
        assert_eq!(disk.storage().list().unwrap(), ["a", "b"]);
    }
}

#[test]
fn a_loss_of_power_may_take_what_is_not_synced_and_nothing_else() {
    let (mut bytes, mut names) = (BTreeSet::new(), BTreeSet::new());
    for seed in 0..100 {
        let disk = disk(seed);
        let storage = disk.storage();
        storage.open("a").unwrap().write_at(&AFTER, 0).unwrap();
        storage.create("b").unwrap();
        disk.restart(Stop::PowerLost);
        bytes.insert(read(&disk.storage(), "a"));
        names.insert(disk.storage().list().unwrap());
    }
    assert_eq!(bytes, [BEFORE, AFTER].into());
    assert_eq!(names, [vec!["a".to_owned()], vec!["a".to_owned(), "b".to_owned()]].into());
}

#[test]
fn nothing_is_done_after_the_call_at_which_the_process_stops() {
    let disk = disk(0);
    let storage = disk.storage();
    let mut file = storage.open("a").unwrap();
    disk.stop_in(2);
    file.write_at(&AFTER, 0).unwrap();
    assert!(file.sync().is_err());
    assert!(disk.is_dead());
    assert!(file.write_at(&BEFORE, 0).is_err() && storage.list().is_err());
    disk.restart(Stop::Killed);
    assert!(file.write_at(&BEFORE, 0).is_err(), "the file was open in a process that is gone");
    assert_eq!(read(&disk.storage(), "a"), AFTER);
}

#[test]
fn a_full_disk_takes_no_more_than_it_has_room_for() {
    let disk = disk(0);
    disk.set_space(Some(SECTOR));
    let mut file = disk.storage().create("b").unwrap();
    let refused = file.write_at(&[3; 2 * SECTOR], 0).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::StorageFull);
    assert_eq!(file.len().unwrap(), SECTOR as u64);
    disk.set_space(None);
    file.write_at(&[3; 2 * SECTOR], 0).unwrap();
}

#[test]
fn a_sync_fails_once_when_it_is_told_to() {
    let disk = disk(0);
    let mut file = disk.storage().open("a").unwrap();
    disk.fail_sync_in(2);
    let synced: Vec<bool> = (0..4).map(|_| file.sync().is_ok()).collect();
    assert_eq!(synced, [true, false, true, true]);
}
