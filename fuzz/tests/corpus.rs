//! A short run of every target without libfuzzer: each file of each committed corpus, and what a
//! hundred small changes and more make of it. The changes are the same each time.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use posada_fuzz::Dice;

/// Every target, each with a corpus of its name.
const TARGETS: [&str; 7] =
    ["config", "datagram", "json_line", "record", "segment", "snapshot", "text_line"];
/// Files in a corpus at most, and bytes in all corpora.
const FILES: usize = 40;
const BYTES: usize = 200_000;
/// Bytes that a changed input has at most.
const INPUT: usize = 8_192;

/// A file of a corpus.
struct File {
    name: String,
    bytes: Vec<u8>,
}

/// What is being tried: said if it panics.
struct Trial<'a> {
    target: &'a str,
    file: &'a str,
    change: usize,
    bytes: &'a [u8],
}

impl Drop for Trial<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let Self { target, file, change, bytes } = self;
            let bytes = bytes.escape_ascii();
            eprintln!("{target}: corpus/{target}/{file}, change {change}: b\"{bytes}\"");
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// The committed files of a corpus, by name. What libfuzzer adds has 40 hexadecimal digits for a
/// name, is not committed (see `.gitignore`), and is not run here.
fn corpus(target: &str) -> Vec<File> {
    let folder = root().join("corpus").join(target);
    let listed = fs::read_dir(&folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display()));
    let mut files: Vec<File> = listed
        .map(|entry| entry.expect("a folder can be read"))
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path()))
        .filter(|(name, _)| !is_a_hash(name))
        .map(|(name, path)| File { name, bytes: fs::read(path).expect("a file can be read") })
        .collect();
    files.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(!files.is_empty(), "{} is empty", folder.display());
    files
}

fn is_a_hash(name: &str) -> bool {
    name.len() == 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Runs a body with every file, and with so many changes of each.
fn smoke(target: &str, body: fn(&[u8]), changes: usize) {
    let files = corpus(target);
    for (number, file) in files.iter().enumerate() {
        run(target, file, 0, &file.bytes, body);
        let mut dice = Dice::new(number as u64);
        for change in 1..=changes {
            let bytes = changed(&file.bytes, &files, &mut dice);
            run(target, file, change, &bytes, body);
        }
    }
}

fn run(target: &str, file: &File, change: usize, bytes: &[u8], body: fn(&[u8])) {
    let _trial = Trial { target, file: &file.name, change, bytes };
    body(bytes);
}

/// A few small changes, such as libfuzzer makes.
fn changed(bytes: &[u8], files: &[File], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=dice.below(4) {
        let at = dice.below(bytes.len() + 1);
        let end = (at + 1 + dice.below(16)).min(bytes.len());
        match dice.below(6) {
            0 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << dice.below(8)),
            1 => bytes.insert(at, telling(dice)),
            2 => drop(bytes.drain(at..end)),
            3 => {
                let twice = bytes[at..end].to_vec();
                bytes.splice(at..at, twice);
            }
            4 => {
                let other = &files[dice.below(files.len())].bytes;
                let from = dice.below(other.len() + 1);
                let to = (from + dice.below(64)).min(other.len());
                bytes.splice(at..at, other[from..to].iter().copied());
            }
            _ => bytes.truncate(at),
        }
    }
    bytes.truncate(INPUT);
    bytes
}

/// A byte at which decoders turn, or any.
fn telling(dice: &mut Dice) -> u8 {
    let telling = *b"\0\x01\n\r\x1b\x1e \"#%,.:=[]{}\\\x7f\x80\x9b\xc2\xe2\xff";
    let any = u8::try_from(dice.below(256)).unwrap_or_default();
    if dice.below(4) == 0 { any } else { telling[dice.below(telling.len())] }
}

#[test]
fn text_line() {
    smoke("text_line", posada_fuzz::text_line, 200);
}

#[test]
fn json_line() {
    smoke("json_line", posada_fuzz::json_line, 300);
}

#[test]
fn datagram() {
    smoke("datagram", posada_fuzz::datagram, 300);
}

#[test]
fn record() {
    smoke("record", posada_fuzz::record, 300);
}

#[test]
fn segment() {
    smoke("segment", posada_fuzz::segment, 200);
}

#[test]
fn snapshot() {
    smoke("snapshot", posada_fuzz::snapshot, 300);
}

#[test]
fn config() {
    smoke("config", posada_fuzz::config, 100);
}

/// Who adds a target is told here what it lacks.
#[test]
fn every_target_has_a_corpus_and_a_test_here() {
    let names = |folder: &str| -> BTreeSet<String> {
        let listed = fs::read_dir(root().join(folder)).expect("the folder is there");
        let path = |entry: std::io::Result<fs::DirEntry>| entry.expect("it can be read").path();
        listed.map(path).filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect()
    };
    let here: BTreeSet<String> = TARGETS.map(str::to_owned).into();
    assert_eq!(names("fuzz_targets"), here);
    assert_eq!(names("corpus"), here);
}

#[test]
fn the_corpora_are_small() {
    let mut bytes = 0;
    for target in TARGETS {
        let files = corpus(target);
        assert!(files.len() < FILES, "{target}: {} files", files.len());
        bytes += files.iter().map(|file| file.bytes.len()).sum::<usize>();
    }
    assert!(bytes < BYTES, "{bytes} bytes");
}
