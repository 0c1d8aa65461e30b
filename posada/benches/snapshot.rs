//! What a snapshot costs those who are served meanwhile, and what it saves a start.
//!
//! `cargo bench -p posada --bench snapshot` prints two tables; another number of entries than a
//! million is the first argument. The log is written by the bench itself: people in a hundred rooms
//! talk, so that the state is what all those rooms remember. Then fifty clients each say something
//! ten times a second, for five seconds alone, and as long as a helper writes a snapshot of the
//! whole log, in turns. A latency is the time from the moment a message was due to its answer.
//! Nothing is pinned to a core: the helper takes what is left, as it does in the field.

mod support;

use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use std::{fs, process};

use posada_core::{Command as Deed, Entry, SessionId, SessionNumber, Time};
use posada_log::{Batch, Directory, Log, Options, Segment};
use posada_wire::{names, record};
use support::Server;

const ROOMS: u64 = 100;
const CLIENTS: u32 = 50;
const EVERY: Duration = Duration::from_millis(100);
const ALONE: Duration = Duration::from_secs(5);
const ROUNDS: usize = 3;
/// Entries in one batch of the log that is written beforehand.
const BATCH: usize = 256;

/// Clients so far.
static SERIAL: AtomicU32 = AtomicU32::new(0);

fn main() -> io::Result<()> {
    let entries: u64 = std::env::args().find_map(|arg| arg.parse().ok()).unwrap_or(1_000_000);
    let place = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let data = place.path().join("data");
    let bytes = write_log(&data, entries)?;
    let whole = start_takes(&data)?;
    let (took, peak_kb) = helper_takes(&data)?;
    assert!(!snapshots(&data)?.is_empty(), "no segment is full: choose more entries");
    let size: u64 = snapshots(&data)?.iter().map(|(_, bytes)| bytes).sum();
    let behind = start_takes(&data)?;
    println!("| log | snapshot | written in | by a helper of at most | start without | with |");
    println!("|---|---|---|---|---|---|");
    println!(
        "| {entries} entries, {:.0} MB | {:.1} MB | {:.2} s | {} MB | {:.2} s | {:.2} s |\n",
        megabytes(bytes),
        megabytes(size),
        took.as_secs_f64(),
        peak_kb >> 10,
        whole.as_secs_f64(),
        behind.as_secs_f64(),
    );
    println!("| {CLIENTS} clients | p50 | p99 | slowest | p99 against alone |");
    println!("|---|---|---|---|---|");
    let server = Server::open("segment", &data)?;
    let (mut alone, mut beside) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let nothing = || {
            thread::sleep(ALONE);
            Ok(())
        };
        alone.extend(latencies(server.address, nothing)?);
        beside.extend(latencies(server.address, || helper_takes(&data).map(drop))?);
    }
    alone.sort_by(f64::total_cmp);
    beside.sort_by(f64::total_cmp);
    for (what, all) in [("alone", &alone), ("while a snapshot is written", &beside)] {
        let (p50, p99, slowest) = (at(all, 0.5), at(all, 0.99), at(all, 1.0));
        let against = p99 / at(&alone, 0.99);
        println!("| {what} | {p50:.2} ms | {p99:.2} ms | {slowest:.1} ms | {against:.2} |");
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "for a table")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a place among some thousands"
)]
fn at(sorted: &[f64], part: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * part) as usize]
}

/// Writes a log of so many entries, and returns how many bytes of it are records.
fn write_log(data: &Path, entries: u64) -> io::Result<u64> {
    let directory = Directory::open(data).map_err(io::Error::other)?;
    let opened = Segment::open(directory, Options::default()).map_err(io::Error::other)?;
    let (mut log, mut bytes) = (opened.0, 0);
    let (mut payload, mut count) = (Vec::new(), 0);
    for seq in 1..=entries {
        let time = Time::new(1_795_237_200_000 + seq, seq);
        record::encode(&Entry { time, key: None, command: deed(seq) }, &mut payload);
        count += 1;
        if count as usize == BATCH || seq == entries {
            let first_seq = log.next_seq();
            let batch = Batch { first_seq, count, payload: &payload };
            log.append(batch).map_err(io::Error::other)?;
            bytes += payload.len() as u64;
            payload.clear();
            count = 0;
        }
    }
    Ok(bytes)
}

/// What happens at a place in the log: each room has one person, who says all that is said there.
fn deed(seq: u64) -> Deed {
    let number = seq % ROOMS;
    let session = SessionId { node: 1, epoch: 1, number: SessionNumber(number) };
    let label = |text: String| names::resource(&text).expect("a name");
    match seq {
        1 => Deed::Rules { version: 2 },
        2 => Deed::NodeUp { node: 1, epoch: 1 },
        3 => Deed::History { bytes: 262_144 },
        _ => match seq / ROOMS {
            1 => {
                let name = label(format!("person {number}"));
                Deed::Name { session, name, proof: None, secret: None }
            }
            2 => Deed::Join { session, room: label(format!("room {number}")) },
            _ => {
                let text = format!("{seq} is what is said in this room, and in no other one");
                let room = Some(names::key(&format!("room {number}")));
                Deed::Say { session, room, text: text.into() }
            }
        },
    }
}

/// From the start of a server to its being ready.
fn start_takes(data: &Path) -> io::Result<Duration> {
    let began = Instant::now();
    let server = Server::open("segment", data)?;
    let took = began.elapsed();
    drop(server);
    Ok(took)
}

/// How long a helper needs for a snapshot of the whole log, and how many kB it needs at most.
fn helper_takes(data: &Path) -> io::Result<(Duration, u64)> {
    for (name, _) in snapshots(data)? {
        fs::remove_file(data.join(name))?;
    }
    let began = Instant::now();
    let mut helper = Command::new(env!("CARGO_BIN_EXE_posada"))
        .args(["snapshot", "--helps", &process::id().to_string(), "--data"])
        .arg(data)
        .stdout(Stdio::null())
        .spawn()?;
    let mut peak = 0;
    let status = loop {
        peak = peak.max(peak_kb(&helper));
        if let Some(status) = helper.try_wait()? {
            break status;
        }
        thread::sleep(Duration::from_millis(2));
    };
    if status.success() {
        Ok((began.elapsed(), peak))
    } else {
        Err(io::Error::other("no snapshot"))
    }
}

fn peak_kb(process: &Child) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// Names and lengths.
fn snapshots(data: &Path) -> io::Result<Vec<(String, u64)>> {
    let files = fs::read_dir(data)?.map(|file| {
        let file = file?;
        Ok((file.file_name().to_string_lossy().into_owned(), file.metadata()?.len()))
    });
    let files: io::Result<Vec<(String, u64)>> = files.collect();
    Ok(files?.into_iter().filter(|(name, _)| name.ends_with(".snapshot")).collect())
}

/// What all clients measure, in milliseconds, until something else is over.
fn latencies(
    server: SocketAddr,
    meanwhile: impl FnOnce() -> io::Result<()>,
) -> io::Result<Vec<f64>> {
    let over = &AtomicBool::new(false);
    thread::scope(|scope| {
        let clients: Vec<_> =
            (0..CLIENTS).map(|n| scope.spawn(move || client(server, n, over))).collect();
        let done = meanwhile();
        over.store(true, Ordering::Relaxed);
        let measured = clients.into_iter().map(|it| it.join().expect("a client's own story"));
        let measured: io::Result<Vec<_>> = measured.collect();
        done.and(Ok(measured?.concat()))
    })
}

fn client(server: SocketAddr, number: u32, over: &AtomicBool) -> io::Result<Vec<f64>> {
    let mut socket = TcpStream::connect(server)?;
    socket.set_nodelay(true)?;
    let mut lines = BufReader::new(socket.try_clone()?).lines();
    let mut ask = |line: String| {
        socket.write_all(line.as_bytes())?;
        let reply = lines.next().unwrap_or_else(|| Err(io::ErrorKind::UnexpectedEof.into()))?;
        assert!(reply.starts_with("OK "), "{line}{reply}");
        Ok::<_, io::Error>(())
    };
    // One more each time: who was here before may not be gone yet.
    let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
    ask(format!("name client {serial}\n"))?;
    // Nobody hears the others: it is the answers that are measured.
    ask("leave\n".to_owned())?;
    ask(format!("join own-{serial}\n"))?;
    let mut measured = Vec::new();
    let mut due = Instant::now() + EVERY * number / CLIENTS;
    while !over.load(Ordering::Relaxed) {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        ask("say still here\n".to_owned())?;
        measured.push(due.elapsed().as_secs_f64() * 1_000.0);
        due += EVERY;
    }
    Ok(measured)
}
