//! What an append costs over the bare write and sync of the same bytes, and what handing it to a
//! thread would add. `cargo bench -p posada-log`; `-- 10` runs ten times as many
//! rounds.
//!
//! The contenders take turns within each round, so that a slow moment of the disk meets all of
//! them. Each figure is the median over the rounds of a round's mean.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use posada_log::{Batch, Directory, Log, Options, Segment};

const ENTRY_BYTES: usize = 48;
const ROUNDS: usize = 60;
const APPENDS: u32 = 40;

/// One append, in one way or another.
type Way = Box<dyn FnMut()>;

fn main() {
    let rounds = ROUNDS * std::env::args().find_map(|arg| arg.parse().ok()).unwrap_or(1);
    let temp = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory");
    println!("entries  way            us/batch     p99 us    entries/s   bare/way");
    for count in [1, 32, 1024] {
        let payload: Vec<u8> = (0..count as usize * ENTRY_BYTES).map(text).collect();
        let path = |way: &str| temp.path().join(format!("{way}-{count}"));
        let ways = [
            ("bare", bare(&path("bare"), payload.len())),
            ("posada", inline(&path("posada"), count, payload.clone())),
            ("posada, thread", threaded(&path("thread"), count, payload)),
        ];
        contest(count, rounds, ways);
    }
    reopen(&temp.path().join("posada-1024"));
}

fn contest(count: u32, rounds: usize, mut ways: [(&str, Way); 3]) {
    let mut means = vec![Vec::new(); ways.len()];
    let mut singles = vec![Vec::new(); ways.len()];
    for round in 0..rounds {
        for turn in 0..ways.len() {
            let way = (round + turn) % ways.len();
            let before = singles[way].len();
            singles[way].extend((0..APPENDS).map(|_| time(&mut ways[way].1)));
            means[way].push(singles[way][before..].iter().sum::<Duration>() / APPENDS);
        }
    }
    let bare = quantile(&mut means[0], 50);
    for (way, (name, _)) in ways.iter().enumerate() {
        let (median, p99) = (quantile(&mut means[way], 50), quantile(&mut singles[way], 99));
        let (rate, ratio) = (f64::from(count) / (median / 1e6), bare / median);
        println!("{count:7}  {name:14} {median:8.1}   {p99:8.1}  {rate:11.0}   {ratio:8.2}");
    }
}

/// What a start costs: everything is read and verified once to open, and once more to replay.
fn reopen(path: &Path) {
    let start = Instant::now();
    let log = open(path);
    let opened = start.elapsed();
    let mut bytes = 0;
    log.replay(1, &mut |batch| bytes += batch.payload.len()).expect("sound");
    let replayed = start.elapsed().saturating_sub(opened);
    let mib = bytes >> 20;
    println!("a log of {mib} MiB in memory: opened in {opened:.0?}, replayed in {replayed:.0?}");
}

/// Bytes like those of a message.
fn text(at: usize) -> u8 {
    b'a' + u8::try_from(at * 7 % 26).expect("below 26")
}

fn time(act: &mut dyn FnMut()) -> Duration {
    let start = Instant::now();
    act();
    start.elapsed()
}

/// Microseconds.
fn quantile(durations: &mut [Duration], percent: usize) -> f64 {
    durations.sort_unstable();
    durations[durations.len() * percent / 100].as_secs_f64() * 1e6
}

/// As many bytes as the record has, in a file that was written before.
fn bare(path: &Path, payload: usize) -> Way {
    let bytes = vec![b'x'; (128 + payload + 8).next_multiple_of(128)];
    let len = Options::default().segment_bytes;
    let file = prewritten(path, len);
    let mut offset = 0;
    Box::new(move || {
        if offset + bytes.len() as u64 > len {
            offset = 0;
        }
        file.write_all_at(&bytes, offset).expect("written");
        file.sync_data().expect("synced");
        offset += bytes.len() as u64;
    })
}

fn prewritten(path: &Path, len: u64) -> File {
    let mut options = OpenOptions::new();
    let file = options.read(true).write(true).create_new(true).open(path).expect("created");
    let chunk = vec![0; 1 << 20];
    for offset in (0..len).step_by(chunk.len()) {
        file.write_all_at(&chunk, offset).expect("written");
    }
    file.sync_all().expect("synced");
    file
}

fn open(path: &Path) -> Segment<Directory> {
    let directory = Directory::open(path).expect("a directory");
    Segment::open(directory, Options::default()).expect("a log").0
}

fn append(log: &mut Segment<Directory>, count: u32, payload: &[u8]) {
    let first_seq = log.next_seq();
    log.append(Batch { first_seq, count, payload }).expect("appended");
}

fn inline(path: &Path, count: u32, payload: Vec<u8>) -> Way {
    let mut log = open(path);
    Box::new(move || append(&mut log, count, &payload))
}

/// A thread that appends what it is sent, and sends the payload back when it is durable.
struct Handoff {
    give: Option<SyncSender<Vec<u8>>>,
    take: Receiver<Vec<u8>>,
    thread: Option<JoinHandle<()>>,
}

fn threaded(path: &Path, count: u32, payload: Vec<u8>) -> Way {
    let mut log = open(path);
    let (give, taken) = mpsc::sync_channel::<Vec<u8>>(1);
    let (give_back, take) = mpsc::sync_channel(1);
    let thread = thread::spawn(move || {
        for payload in taken {
            append(&mut log, count, &payload);
            give_back.send(payload).expect("the other side waits");
        }
    });
    let handoff = Handoff { give: Some(give), take, thread: Some(thread) };
    let mut payload = Some(payload);
    Box::new(move || {
        let give = handoff.give.as_ref().expect("until dropped");
        give.send(payload.take().expect("it comes back")).expect("the thread runs");
        payload = handoff.take.recv().ok();
    })
}

impl Drop for Handoff {
    fn drop(&mut self) {
        self.give = None;
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the thread ends with its channel");
        }
    }
}
