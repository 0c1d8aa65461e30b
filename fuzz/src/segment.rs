//! Segment files that are not, or not quite, what the log wrote.
//!
//! The first byte of an input says what its bytes are: the image of a first segment, or changes to
//! a sound log of three segments, after which its records may be made to verify again, perhaps but
//! for the digests of their payloads, or for the chain of hashes.

#[path = "../../log/tests/common/mod.rs"]
mod common;

use std::sync::OnceLock;

use common::Disk;
use common::script::{append, content, open};
use posada_log::{CopyError, Log, OpenError, Options, Report, check, copy, read};

use crate::image::{self, Found, Mend};

/// Bytes of a change to a sound log.
const CHANGE: usize = 5;
/// Bytes that an image may have: enough for two of the smallest segments.
const IMAGE: usize = 2 * 4_096;

/// Any files.
pub fn segment(data: &[u8]) {
    let [how, bytes @ ..] = data else { return };
    let disk = match how & 3 {
        0 => raw(&bytes[..bytes.len().min(IMAGE)]),
        1 => padded(&bytes[..bytes.len().min(IMAGE)]),
        2 => changed(bytes, None),
        _ => changed(bytes, Some(Mend { digests: how & 4 == 0, chain: how & 8 == 0 })),
    };
    let images = images(&disk);
    let due = image::read(images.iter().map(Vec::as_slice));

    let mut found: Vec<Found> = Vec::new();
    let visit = &mut |batch: posada_log::Batch<'_>| {
        found.push((batch.first_seq, batch.count, batch.payload.to_vec()));
    };
    let report = read(&disk, visit).expect("a disk in memory can be read");
    assert_eq!(check(&disk).expect("likewise"), report, "two looks differ");
    assert_eq!(images, self::images(&disk), "a look has changed the log");
    assert!(due.starts_with(&found), "something is read that does not verify");
    assert!(!report.to_string().is_empty());

    if report.is_sound() {
        assert_eq!(found, due, "a sound log holds more than is read");
        assert_eq!(report.batches, found.len() as u64);
        opens(&disk.copy(), &found);
    } else {
        refuses(&disk);
    }
    copies(&disk, &due, &report);
}

/// The first segment, as it is.
fn raw(bytes: &[u8]) -> Disk {
    let disk = Disk::new();
    disk.set("00000001.log", bytes);
    disk
}

/// The first segment, with zeros up to a size that one may have.
fn padded(bytes: &[u8]) -> Disk {
    let mut image = bytes.to_vec();
    let least = usize::try_from(Options::SEGMENT_BYTES_LEAST).expect("a few kilobytes");
    image.resize(bytes.len().max(least).next_multiple_of(512), 0);
    raw(&image)
}

/// A sound log: two full segments, a third with one batch.
fn sound() -> &'static [Vec<u8>] {
    static SOUND: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    SOUND.get_or_init(|| {
        let disk = Disk::new();
        let mut log = open(&disk).expect("a new log").0;
        for bytes in [0, 700, 1500, 40, 2100, 300, 120, 900] {
            append(&mut log, 2, bytes).expect("there is room");
        }
        images(&disk)
    })
}

/// Its files by their numbers, as far as there is none missing.
fn images(disk: &Disk) -> Vec<Vec<u8>> {
    let names = disk.names();
    let numbered = (1..).map(name).take_while(|name| names.contains(name));
    numbered.map(|name| disk.bytes(&name)).collect()
}

fn name(number: usize) -> String {
    format!("{number:08}.log")
}

/// The sound log after changes of five bytes each: which file, what, where, and by what.
fn changed(changes: &[u8], mend: Option<Mend>) -> Disk {
    let mut files: Vec<Option<Vec<u8>>> = sound().iter().cloned().map(Some).collect();
    for change in changes.chunks_exact(CHANGE).take(16) {
        let file = usize::from(change[0] & 3).min(files.len());
        let at = usize::from(u16::from_le_bytes([change[2], change[3]]));
        apply(&mut files, file, change[1], at, change[4]);
    }
    let mut chain = image::genesis();
    let disk = Disk::new();
    for (number, file) in (1..).zip(files) {
        let Some(mut file) = file else { continue };
        if let Some(mend) = mend {
            mend.segment(&mut file, &mut chain);
        }
        disk.set(&name(number), &file);
    }
    disk
}

/// One change. What names no place changes nothing.
fn apply(files: &mut Vec<Option<Vec<u8>>>, file: usize, what: u8, at: usize, by: u8) {
    if file == files.len() {
        // One more: a spare, or what nobody wrote.
        let bytes = if what & 1 == 0 { 4_096 } else { at };
        return files.push(Some(vec![by; bytes.min(IMAGE)]));
    }
    let others = files.clone();
    let Some(image) = &mut files[file] else { return };
    let at = at % image.len().max(1);
    let sector = at / 512 * 512;
    match what & 7 {
        0 | 1 => image.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= by),
        2 => image.iter_mut().skip(sector).take(512).for_each(|byte| *byte = 0),
        3 => image.truncate(at),
        4 => image.resize((image.len() + at).min(IMAGE), by),
        5 => files[file] = None,
        // A record elsewhere: copied from a place of this file or of another.
        6 => {
            let from = others.get(usize::from(by & 3)).cloned().flatten().unwrap_or_default();
            let from = from.get(usize::from(by >> 2) * 128..).unwrap_or_default();
            let to = image.iter_mut().skip(at / 128 * 128);
            to.zip(from).take(128).for_each(|(to, from)| *to = *from);
        }
        // A field of a record's header: its kind, segment, epoch, seq, count or length.
        _ => {
            let field = 512 + (at / 128 * 128) % 3_584 + usize::from(by % 26) + 6;
            let to = image.iter_mut().skip(field).take(1);
            to.for_each(|byte| *byte = u8::try_from(at % 128).unwrap_or_default());
        }
    }
}

/// A log without damage opens, holds what was read, and goes on.
fn opens(disk: &Disk, found: &[Found]) {
    let (mut log, opened) = open(disk).expect("it is sound");
    assert_eq!(content(&log), found, "opened, it holds something else");
    let next = found.last().map_or(1, |(first, count, _)| first + u64::from(*count));
    assert_eq!((opened.next_seq, log.next_seq()), (next, next));
    assert_eq!(opened.batches, found.len() as u64);
    append(&mut log, 1, 700).expect("it goes on");
    drop(log);
    let (log, opened) = open(disk).expect("it is still sound");
    assert_eq!(opened.dropped, None, "what was torn is gone");
    let again = content(&log);
    assert_eq!(again[..found.len()], *found, "what was there is still there");
    assert_eq!((again.len(), opened.next_seq), (found.len() + 1, next + 1));
}

/// A copy is a sound log that holds all that verifies; a log without damage is copied.
fn copies(disk: &Disk, due: &[Found], report: &Report) {
    let to = Disk::new();
    let keep = &mut |name: &str, bytes: &[u8]| {
        to.set(name, bytes);
        Ok(())
    };
    match copy(disk, keep, &mut || false) {
        // A file behind the log that is no spare is no part of it either.
        Ok(_) => {
            let (log, opened) = open(&to).expect("a copy is sound");
            assert_eq!(opened.dropped, None, "a copy holds what was torn");
            assert_eq!(content(&log), due);
        }
        Err(CopyError::Nothing) if report.segments == 0 => {}
        Err(error) => assert!(!report.is_sound(), "a sound log is not copied: {error}"),
    }
}

/// A damaged log does not open, and stays as it is.
fn refuses(disk: &Disk) {
    let before = images(disk);
    let refused = open(disk).err();
    assert!(matches!(refused, Some(OpenError::Damaged { .. })), "it opens: {refused:?}");
    assert_eq!(before, images(disk), "what is refused is not changed");
}
