//! The real directory: its lock, its rights, and the file prepared in the background.

mod common;

use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::{env, fs};

use common::script::*;
use posada_log::{AppendError, Directory, DirectoryError, Log, Options, Segment, Storage, check};

const HOLD: &str = "POSADA_LOG_TEST_HOLD";

fn open_at(path: &Path) -> Segment<Directory> {
    let directory = Directory::open(path).expect("the directory is free");
    Segment::open(directory, SMALL).expect("the log is sound").0
}

fn names_in(path: &Path) -> Vec<String> {
    let entries = fs::read_dir(path).expect("a directory");
    let name = |entry: io::Result<fs::DirEntry>| entry.expect("read").file_name();
    let mut names: Vec<_> = entries.map(|e| name(e).into_string().expect("UTF-8")).collect();
    names.sort();
    names
}

#[test]
fn a_log_survives_in_a_directory_created_for_this_user_only() {
    let temp = tempfile::tempdir().expect("a directory");
    let path = temp.path().join("new/posada");
    let mut log = open_at(&path);
    for _ in 0..20 {
        append(&mut log, 2, 900).expect("appended");
    }
    let before = content(&log);
    assert_eq!(before.len(), 20);
    drop(log);
    assert_eq!(content(&open_at(&path)), before);
    let mode = |path: &Path| fs::metadata(path).expect("exists").permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o700);
    assert!(names_in(&path).iter().all(|name| mode(&path.join(name)) == 0o600));
}

#[test]
fn one_spare_segment_is_prepared_in_the_background() {
    let temp = tempfile::tempdir().expect("a directory");
    // Dropping waits for the thread.
    drop(open_at(temp.path()));
    assert_eq!(names_in(temp.path()), ["00000001.log", "00000002.log", "lock"]);
    let report = check(&Directory::open_read_only(temp.path()).expect("free")).expect("read");
    assert!(report.spare && report.segments == 1 && report.is_sound(), "{report}");
    drop(open_at(temp.path()));
    assert_eq!(names_in(temp.path()), ["00000001.log", "00000002.log", "lock"]);
}

#[test]
fn a_half_prepared_file_of_a_killed_process_is_removed() {
    let temp = tempfile::tempdir().expect("a directory");
    append(&mut open_at(temp.path()), 1, 40).expect("appended");
    fs::write(temp.path().join("prepare.tmp"), [0; 100]).expect("written");
    fs::remove_file(temp.path().join("00000002.log")).expect("removed");
    let mut log = open_at(temp.path());
    for _ in 0..9 {
        append(&mut log, 1, 900).expect("appended");
    }
    drop(log);
    assert!(!names_in(temp.path()).contains(&"prepare.tmp".to_owned()));
}

#[test]
fn files_of_others_are_left_alone() {
    let temp = tempfile::tempdir().expect("a directory");
    for name in ["notes.txt", "1.log", "00000000.log", "00000009.log.bak"] {
        fs::write(temp.path().join(name), "mine").expect("written");
    }
    append(&mut open_at(temp.path()), 1, 40).expect("appended");
    assert_eq!(content(&open_at(temp.path())).len(), 1);
    assert_eq!(fs::read(temp.path().join("1.log")).expect("read"), b"mine");
}

/// Not a test of its own: the other process of the tests below. It says each seq that is durable.
#[test]
fn append_for_another_test() {
    let Some(path) = env::var_os(HOLD).map(PathBuf::from) else { return };
    let mut log = open_at(&path);
    loop {
        let seq = log.next_seq();
        append(&mut log, 1, 700).expect("appended");
        writeln!(io::stderr(), "{seq}").expect("the parent listens");
    }
}

/// A process that appends to the log in `path` until it is killed, and what it says.
fn appender(path: &Path) -> (Child, impl Iterator<Item = u64>) {
    let mut child = Command::new(env::current_exe().expect("this test"))
        .args(["--exact", "append_for_another_test", "--nocapture"])
        .env(HOLD, path)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a second process");
    let lines = BufReader::new(child.stderr.take().expect("piped")).lines();
    (child, lines.map(|line| line.expect("read").parse().expect("a seq")))
}

#[test]
fn a_process_that_is_killed_leaves_all_that_it_acknowledged() {
    let temp = tempfile::tempdir().expect("a directory");
    let mut last = 0;
    for appends in [1, 2, 3, 5, 8, 13, 21, 34, 55] {
        let (mut child, mut seqs) = appender(temp.path());
        let first = seqs.nth(appends).expect("it appends");
        assert!(first > last, "{first} after {last}");
        child.kill().expect("killed");
        last = seqs.last().unwrap_or(first);
        child.wait().expect("gone");
        let log = open_at(temp.path());
        assert!(log.next_seq() > last, "{last} was acknowledged, {} is next", log.next_seq());
        let seqs: Vec<_> = content(&log).into_iter().map(|batch| batch.0).collect();
        assert!(seqs.iter().copied().eq(1..log.next_seq()));
    }
}

#[test]
fn a_directory_held_by_another_process_is_refused_with_its_pid_until_it_is_killed() {
    let temp = tempfile::tempdir().expect("a directory");
    let (mut other, mut seqs) = appender(temp.path());
    seqs.next().expect("it has the lock");
    let path = temp.path().display();
    let pid = other.id();
    let expected = format!(
        "{path} is in use by another process (pid {pid}); stop that one first, or choose another \
         directory"
    );
    let refused = Directory::open(temp.path()).expect_err("it is held");
    assert_eq!(refused.to_string(), expected);
    let refused = Directory::open_read_only(temp.path()).expect_err("it is held");
    assert_eq!(refused.to_string(), expected);
    other.kill().expect("killed");
    other.wait().expect("gone");
    assert!(!content(&open_at(temp.path())).is_empty());
}

#[test]
fn a_check_changes_nothing_and_keeps_a_server_from_starting() {
    let temp = tempfile::tempdir().expect("a directory");
    append(&mut open_at(temp.path()), 1, 40).expect("appended");
    let before = names_in(temp.path());
    let reading = Directory::open_read_only(temp.path()).expect("free");
    let also_reading = Directory::open_read_only(temp.path()).expect("shared");
    let refused = Directory::open(temp.path()).expect_err("it is being checked");
    assert!(matches!(refused, DirectoryError::BeingChecked { .. }), "{refused}");
    assert!(check(&also_reading).expect("read").is_sound());
    reading.create("new").expect_err("read only");
    reading.remove("00000001.log").expect_err("read only");
    reading.rename("00000001.log", "other").expect_err("read only");
    assert_eq!(names_in(temp.path()), before);
}

#[test]
fn what_is_no_directory_is_named() {
    let temp = tempfile::tempdir().expect("a directory");
    let path = temp.path().join("file");
    fs::write(&path, "").expect("written");
    for error in [Directory::open(&path).err(), Directory::open_read_only(&path).err()] {
        let error = error.expect("not a directory").to_string();
        assert!(error.contains(&path.display().to_string()), "{error}");
    }
    Directory::open_read_only(&temp.path().join("missing")).expect_err("it is not created");
    assert_eq!(names_in(temp.path()), ["file"]);
}

/// A file system of a fixed size, gone with the value.
struct Tmpfs(tempfile::TempDir);

impl Tmpfs {
    fn mount(size: &str) -> Option<Self> {
        let dir = tempfile::tempdir().expect("a directory");
        let size = format!("size={size},mode=0700");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &size, "posada-test"]).arg(dir.path());
        mount.output().ok()?.status.success().then_some(Self(dir))
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg("--lazy").arg(self.0.path()).output();
        assert!(unmounted.is_ok_and(|output| output.status.success()), "the tmpfs is left behind");
    }
}

#[test]
fn a_really_full_disk_refuses_and_resumes_with_room() {
    let Some(tmpfs) = Tmpfs::mount("2m") else {
        // Not through the test's captured output: this must be seen.
        let why = "NOT TESTED: mounting a tmpfs needs root; the full disk was only simulated";
        writeln!(io::stderr(), "\n{why}\n").expect("standard error");
        return;
    };
    let ballast = tmpfs.0.path().join("ballast");
    fs::write(&ballast, vec![1; 1 << 20]).expect("fits");
    let directory = Directory::open(&tmpfs.0.path().join("log")).expect("free");
    let options = Options { segment_bytes: 256 * 1024 };
    let (mut log, _) = Segment::open(directory, options).expect("sound");
    let refused = loop {
        if let Err(error) = append(&mut log, 1, 10_000) {
            break error;
        }
    };
    assert!(matches!(refused, AppendError::Full { .. }), "{refused:?}");
    let before = content(&log);
    assert!(before.len() > 50, "{} batches in 3 segments", before.len());
    append(&mut log, 1, 10_000).expect_err("still full");
    fs::remove_file(&ballast).expect("removed");
    for _ in 0..30 {
        append(&mut log, 1, 10_000).expect("there is room");
    }
    let longer = content(&log);
    assert!(longer.starts_with(&before) && longer.len() == before.len() + 30);
    drop(log);
    let directory = Directory::open(&tmpfs.0.path().join("log")).expect("free");
    assert_eq!(content(&Segment::open(directory, options).expect("sound").0), longer);
}

#[test]
fn nothing_is_removed_while_somebody_reads_beside_the_writer() {
    let temp = tempfile::tempdir().expect("a directory");
    let writer = Directory::open(temp.path()).expect("the directory is free");
    let keeper = writer.again().expect("for another thread");
    let backup = Directory::open_beside(temp.path()).expect("no lock is asked for");
    let other = Directory::open_beside(temp.path()).expect("they share it");
    assert!(keeper.alone().expect("the kernel says").is_none(), "two are reading");
    drop(backup);
    assert!(keeper.alone().expect("the kernel says").is_none(), "one is");
    drop(other);
    let helper = Directory::open_to_snapshot(temp.path()).expect("no lock is asked for");
    assert!(keeper.alone().expect("the kernel says").is_none(), "it reads the log");
    drop(helper);
    let alone = keeper.alone().expect("the kernel says");
    assert!(alone.is_some());
    drop(alone);
    Directory::open_beside(temp.path()).expect("others may come again");
}

#[test]
fn snapshots_are_written_one_at_a_time() {
    let temp = tempfile::tempdir().expect("a directory");
    let first = Directory::open_to_snapshot(temp.path()).expect("the directory is free");
    let error = Directory::open_to_snapshot(temp.path()).expect_err("it is not free");
    assert!(matches!(error, DirectoryError::BeingWritten { .. }), "{error}");
    drop(first);
    Directory::open_to_snapshot(temp.path()).expect("it is free again");
    let nowhere = temp.path().join("nowhere");
    Directory::open_to_snapshot(&nowhere).expect_err("nothing is made for a log that is not there");
}
