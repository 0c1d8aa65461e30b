//! What benches of the real binary share: a server on one core, and clients on the other.
#![allow(dead_code, reason = "each bench uses a part of it")]

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rustix::thread::{CpuSet, sched_setaffinity};

/// A server with nothing but the native listener; it ends with its bench.
pub(crate) struct Server {
    process: Child,
    pub(crate) address: SocketAddr,
    /// What goes with it.
    data: Option<tempfile::TempDir>,
}

impl Server {
    /// Starts one on the first core, and leaves the second to this process.
    pub(crate) fn start(log: &str) -> io::Result<Self> {
        // Not in a directory of memory: the disk is what a durable log is about.
        let data = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        pin(0)?;
        let started = Self::open(log, &data.path().join("data"));
        pin(1)?;
        let mut started = started?;
        started.data = Some(data);
        Ok(started)
    }

    /// Starts one wherever the kernel likes, over data that outlive it.
    pub(crate) fn open(log: &str, data: &Path) -> io::Result<Self> {
        let mut process = Command::new(env!("CARGO_BIN_EXE_posada"))
            .args(["serve", "--log", log, "--data"])
            .arg(data)
            .args(["--set", "listeners.native.address=127.0.0.1:0"])
            .args(["--set", "listeners.desk.address=off"])
            .args(["--set", "listeners.talk.address=off"])
            .args(["--set", "listeners.note.address=off"])
            .args(["--set", "listeners.datagram.address=off"])
            .args(["--set", "http.address=off"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let address = address_of(&mut process)?;
        Ok(Self { process, address, data: None })
    }

    /// A client that has a name; its socket does not block.
    pub(crate) fn named(&self, name: &str) -> io::Result<mio::net::TcpStream> {
        let mut socket = TcpStream::connect(self.address)?;
        socket.set_nodelay(true)?;
        socket.write_all(format!("name {name}\n").as_bytes())?;
        let mut reply = [0; 1];
        let mut line = Vec::new();
        while reply[0] != b'\n' {
            socket.read_exact(&mut reply)?;
            line.push(reply[0]);
        }
        assert!(line.starts_with(b"OK "), "{}", String::from_utf8_lossy(&line));
        socket.set_nonblocking(true)?;
        Ok(mio::net::TcpStream::from_std(socket))
    }

    /// What it has used of its core, from `/proc`.
    pub(crate) fn cpu_seconds(&self) -> io::Result<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        let behind_name = stat.rsplit(") ").next().unwrap_or_default();
        let ticks = behind_name.split(' ').skip(11).take(2);
        Ok(ticks.filter_map(|it| it.parse::<f64>().ok()).sum::<f64>() / 100.0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Writes all of it, waiting where there is no room.
pub(crate) fn write_all(socket: &mut mio::net::TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match socket.write(bytes) {
            Ok(count) => bytes = &bytes[count..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => std::thread::yield_now(),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn address_of(server: &mut Child) -> io::Result<SocketAddr> {
    let stdout = server.stdout.take().expect("it is piped");
    let mut address = None;
    for line in BufReader::new(stdout).lines() {
        let line = line?;
        let word = line.split("listening on tcp ").nth(1).and_then(|it| it.split(' ').next());
        address = address.or(word.and_then(|word| word.parse().ok()));
        if line.starts_with("ready") {
            break;
        }
    }
    address.ok_or_else(|| io::Error::other("the server did not start"))
}

fn pin(core: usize) -> io::Result<()> {
    let mut set = CpuSet::new();
    set.set(core);
    Ok(sched_setaffinity(None, &set)?)
}
