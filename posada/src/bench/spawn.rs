//! The server under load: one that runs already, or one of its own, started for this and stopped.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, ToSocketAddrs};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::args::{Engine, Kind, Plan, Target};
use super::process;

/// How long a server of its own may take to end.
const PATIENCE: Duration = Duration::from_secs(30);
/// What `statfs` calls a file system that is in memory.
const TMPFS: i64 = 0x0102_1994;

/// Where the load goes.
pub(super) struct Server {
    /// The listener of the scenario.
    pub(super) address: SocketAddr,
    /// Its process, where it is known.
    pub(super) pid: Option<u32>,
    /// Nobody else uses it.
    pub(super) alone: bool,
    /// Its log is on a disk: `None` where that is not known.
    pub(super) on_disk: Option<bool>,
    own: Option<Own>,
}

/// A child that is stopped, or killed when something went wrong.
struct Own {
    child: Child,
    complaints: PathBuf,
    _directory: TempDir,
}

impl Server {
    /// Finds it, or starts it.
    pub(super) fn open(plan: &Plan) -> Result<Self> {
        match &plan.target {
            Target::Running(address, pid) => {
                let (address, pid) = (*address, *pid);
                Ok(Self { address, pid, alone: false, on_disk: None, own: None })
            }
            Target::Own { engine, data, pin } => {
                let cores = process::allowed()?;
                if let Some((server, _)) = pin {
                    process::pin(*server)?;
                }
                let started = start(plan, *engine, data.as_deref());
                if let Some((_, client)) = pin {
                    process::allow(&cores)?;
                    process::pin(*client)?;
                }
                started
            }
        }
    }

    /// Stops it, if it was started for this, and sees that it ends in order.
    pub(super) fn close(mut self) -> Result<()> {
        let Some(own) = &mut self.own else { return Ok(()) };
        let pid = i32::try_from(own.child.id()).ok().and_then(Pid::from_raw);
        kill_process(pid.context("no process")?, Signal::TERM).context("cannot stop the server")?;
        let began = Instant::now();
        let status = loop {
            if let Some(status) = own.child.try_wait()? {
                break status;
            }
            ensure!(began.elapsed() < PATIENCE, "the server does not end: it was killed");
            std::thread::sleep(Duration::from_millis(2));
        };
        let complaints = fs::read_to_string(&own.complaints).unwrap_or_default();
        ensure!(status.success(), "the server ended with {status}: {}", complaints.trim());
        Ok(())
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The first address that a name and a port stand for.
pub(super) fn resolve(address: &str) -> Result<SocketAddr> {
    let found = address.to_socket_addrs();
    let mut found = found.with_context(|| format!("{address} is no HOST:PORT"))?;
    found.next().ok_or_else(|| anyhow!("{address} stands for no address"))
}

/// What the resources of a server of its own are called.
fn resources(count: usize) -> impl Iterator<Item = String> {
    (0..count).map(|number| format!("r{number}"))
}

fn start(plan: &Plan, engine: Engine, data: Option<&Path>) -> Result<Server> {
    let directory = tempfile::tempdir().context("cannot make a directory for the server")?;
    let data = data.map_or_else(|| directory.path().join("data"), Path::to_owned);
    fs::create_dir_all(&data).with_context(|| format!("cannot make {}", data.display()))?;
    let on_disk = engine == Engine::Segment && rustix::fs::statfs(&data)?.f_type != TMPFS;
    let config = directory.path().join("posada.toml");
    fs::write(&config, configuration(plan)).context("cannot write the configuration")?;
    let complaints = directory.path().join("complaints");
    let engine = if engine == Engine::Segment { "segment" } else { "memory" };
    let mut command = Command::new(std::env::current_exe().context("cannot find this program")?);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("POSADA_") {
            command.env_remove(name);
        }
    }
    command.args(["serve", "--no-console", "--log", engine, "--config"]).arg(&config);
    command.arg("--data").arg(&data).stdin(Stdio::null()).stdout(Stdio::piped());
    command.stderr(fs::File::create(&complaints)?);
    // Ctrl-C is for the generator, which stops its server in order.
    command.process_group(0);
    let child = command.spawn().context("cannot start a server")?;
    let mut own = Own { child, complaints, _directory: directory };
    let listener = listener(plan.kind);
    let Some(address) = own.listens(listener)? else {
        let why = fs::read_to_string(&own.complaints).unwrap_or_default();
        bail!("the server did not start: {}", why.trim());
    };
    let pid = Some(own.child.id());
    Ok(Server { address, pid, alone: true, on_disk: Some(on_disk), own: Some(own) })
}

impl Own {
    /// Waits until it is ready, and says where that listener is.
    fn listens(&mut self, listener: &str) -> Result<Option<SocketAddr>> {
        let stdout = self.child.stdout.take().context("it has no output")?;
        let mut address = None;
        for line in BufReader::new(stdout).lines() {
            let line = line?;
            let mut words = line.split_whitespace();
            if words.next() == Some(listener) {
                address = address.or_else(|| words.find_map(|word| word.parse().ok()));
            }
            if line.starts_with("ready") {
                return Ok(address);
            }
        }
        Ok(None)
    }
}

/// The listener that a scenario speaks to.
pub(super) fn listener(kind: Kind) -> &'static str {
    match kind {
        Kind::Desk => "desk",
        Kind::Udp => "datagram",
        _ => "native",
    }
}

/// One listener, no limits, and what there is to reserve.
fn configuration(plan: &Plan) -> Vec<u8> {
    let mut text = b"resources = [".to_vec();
    let count = if plan.kind.reserves() { plan.resources } else { 1 };
    for name in resources(count) {
        let _ = write!(text, "\"{name}\",");
    }
    let _ = writeln!(text, "]\nlevel = \"warn\"\n[http]\naddress = \"off\"");
    for name in ["native", "desk", "talk", "note", "datagram"] {
        let _ = writeln!(text, "[listeners.{name}]");
        if name == listener(plan.kind) {
            let _ = writeln!(text, "address = \"127.0.0.1:0\"\nsessions = 0\nper_second = 0");
        } else {
            let _ = writeln!(text, "address = \"off\"");
        }
    }
    text
}
