//! A server that is started for one measurement, on the cores that it may use, and ended by its
//! process number.

use std::fs::File;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use posada::bench::process;
use rustix::process::{Pid, Signal, kill_process};

use crate::stage::Stage;

/// How long a server may take to begin, and to end.
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(2);
/// How much of what a server said is told when it did not begin.
const TOLD_BYTES: usize = 2_000;

/// A server that runs.
pub(crate) struct Child {
    process: std::process::Child,
    name: String,
    said: PathBuf,
    /// What asks it to end.
    goodbye: Signal,
}

/// An address on loopback that nobody else has at the moment.
pub(crate) fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

impl Child {
    /// Starts it where servers run; what it says goes into a file.
    pub(crate) fn start(stage: &Stage, command: &mut Command) -> Result<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let said = stage.directory().join("said");
        let file = File::create(&said)?;
        command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        // Ctrl-C is for this program, which ends what it started.
        command.process_group(0);
        let cores = process::allowed()?;
        if let Some((server, _)) = stage.pinned {
            process::pin(server)?;
        }
        let process = command.spawn();
        process::allow(&cores)?;
        let process = process.with_context(|| format!("cannot start {name}"))?;
        Ok(Self { process, name, said, goodbye: Signal::TERM })
    }

    /// Another signal asks it to end.
    pub(crate) fn ends_on(mut self, signal: Signal) -> Self {
        self.goodbye = signal;
        self
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// What it has said.
    pub(crate) fn said(&self) -> String {
        std::fs::read_to_string(&self.said).unwrap_or_default()
    }

    /// Waits until `ready`, for as long as it runs.
    pub(crate) fn waits<T>(&mut self, mut ready: impl FnMut(&Self) -> Option<T>) -> Result<T> {
        let began = Instant::now();
        loop {
            if let Some(done) = ready(self) {
                return Ok(done);
            }
            let ended = self.process.try_wait()?;
            if ended.is_some() || began.elapsed() > PATIENCE {
                let said = self.said();
                let from = said.ceil_char_boundary(said.len().saturating_sub(TOLD_BYTES));
                bail!("{} does not begin ({ended:?}): {}", self.name, said[from..].trim());
            }
            std::thread::sleep(LOOK);
        }
    }

    /// Waits until somebody can connect there.
    pub(crate) fn listens(&mut self, address: SocketAddr) -> Result<()> {
        self.waits(|_| TcpStream::connect_timeout(&address, PATIENCE).ok().map(drop))
    }

    /// Asks it to end, and waits until it has.
    pub(crate) fn stop(mut self) -> Result<()> {
        let pid = i32::try_from(self.pid()).ok().and_then(Pid::from_raw).context("no process")?;
        kill_process(pid, self.goodbye).with_context(|| format!("cannot stop {}", self.name))?;
        let began = Instant::now();
        while self.process.try_wait()?.is_none() {
            ensure!(began.elapsed() < PATIENCE, "{} does not end: it was killed", self.name);
            std::thread::sleep(LOOK);
        }
        Ok(())
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
