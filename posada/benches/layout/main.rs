//! Which threads? A bare durable echo, in the layouts that were considered for the server.
//!
//! `cargo bench --bench layout` prints replies/s for each, in alternating rounds of one run: each
//! command of 32 bytes is answered when a record of 256 bytes for all that came with it is on
//! disk, in a file that was written before. No protocol, no state: only what the layout costs.
//! The client has a core of its own.

mod client;
mod reactor;
mod tasks;

use std::fs::File;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::FileExt;
use std::time::Duration;

use rustix::thread::{CpuSet, sched_setaffinity};

/// Bytes of a command, and of its reply.
const COMMAND: usize = 32;
const ROUND: Duration = Duration::from_millis(1200);
const ROUNDS: usize = 5;
const CLIENTS: usize = 50;

type Layout = (&'static str, fn(&TcpListener, Disk) -> io::Result<()>);

const LAYOUTS: [Layout; 3] = [
    ("one reactor, inline sync", reactor::inline),
    ("one reactor, sync thread", reactor::with_sync_thread),
    ("tokio task a client, inline sync", tasks::serve),
];

/// A log without a format.
struct Disk {
    file: File,
    at: u64,
    record: Vec<u8>,
}

const DISK_BYTES: u64 = 4 << 20;

impl Disk {
    fn open(directory: &std::path::Path) -> io::Result<Self> {
        let file = File::create(directory.join("log"))?;
        file.write_all_at(&vec![0; usize::try_from(DISK_BYTES).unwrap_or(0)], 0)?;
        file.sync_all()?;
        Ok(Self { file, at: 0, record: Vec::new() })
    }

    /// Makes a batch of so many commands durable.
    fn append(&mut self, commands: usize) -> io::Result<()> {
        let length = (128 + commands * COMMAND).next_multiple_of(128);
        self.record.resize(length, 7);
        if self.at + length as u64 > DISK_BYTES {
            self.at = 0;
        }
        self.file.write_all_at(&self.record, self.at)?;
        self.file.sync_data()?;
        self.at += length as u64;
        Ok(())
    }
}

fn main() -> io::Result<()> {
    println!("| layout | outstanding each | replies/s | of the first |");
    println!("|---|---|---|---|");
    for depth in [1, 16, 64] {
        let mut rates = [const { Vec::new() }; LAYOUTS.len()];
        for _ in 0..ROUNDS {
            for (rates, layout) in rates.iter_mut().zip(LAYOUTS) {
                rates.push(round(layout, depth)?);
            }
        }
        let medians = rates.map(|mut rates| {
            rates.sort_by(f64::total_cmp);
            rates[ROUNDS / 2]
        });
        for ((name, _), rate) in LAYOUTS.iter().zip(medians) {
            println!("| {name} | {depth} | {rate:.0} | {:.2} |", rate / medians[0]);
        }
    }
    Ok(())
}

fn round((_, serve): Layout, depth: usize) -> io::Result<f64> {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let disk = Disk::open(directory.path())?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address: SocketAddr = listener.local_addr()?;
    let server = std::thread::spawn(move || {
        pin(0)?;
        serve(&listener, disk)
    });
    pin(1)?;
    let rate = client::replies_per_second(address, depth)?;
    server.join().expect("the server does not panic")?;
    Ok(rate)
}

fn pin(core: usize) -> io::Result<()> {
    let mut set = CpuSet::new();
    set.set(core);
    Ok(sched_setaffinity(None, &set)?)
}
