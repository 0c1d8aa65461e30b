//! What the kernel says of a process: how much of a core it uses, and on which it may run.

use std::fs;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use rustix::param::clock_ticks_per_second;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// No core has a number as high as that.
pub const MOST_CORES: usize = CpuSet::MAX_CPU;

/// A process that is watched, from one moment on.
pub struct Watched {
    pid: u32,
    since: Instant,
    busy: f64,
}

impl Watched {
    /// Begins; `None` where nothing is known of it.
    pub fn begin(pid: u32) -> Option<Self> {
        Some(Self { pid, since: Instant::now(), busy: busy_seconds(pid)? })
    }

    /// How much of one core it has used since; with several threads, that can be more than one.
    pub fn share(&self) -> Option<f64> {
        let busy = busy_seconds(self.pid)? - self.busy;
        Some(busy / self.since.elapsed().as_secs_f64().max(f64::EPSILON))
    }
}

/// What a process has used of the processor, in its own code and in the kernel's.
#[expect(clippy::cast_precision_loss, reason = "a handful of ticks a second")]
fn busy_seconds(pid: u32) -> Option<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // Its name stands in brackets, and may hold anything.
    let behind_name = stat.rsplit_once(") ")?.1;
    let ticks = behind_name.split(' ').skip(11).take(2).map(str::parse::<f64>);
    let ticks: f64 = ticks.sum::<Result<_, _>>().ok()?;
    Some(ticks / clock_ticks_per_second() as f64)
}

/// Keeps this thread, and what it starts from now on, on one core.
///
/// # Errors
/// When that is none of the cores of this process.
pub fn pin(core: usize) -> Result<()> {
    let allowed = sched_getaffinity(None)?;
    let most = CpuSet::MAX_CPU;
    ensure!(core < most && allowed.is_set(core), "--pin: core {core} is not one of this process");
    let mut set = CpuSet::new();
    set.set(core);
    sched_setaffinity(None, &set).with_context(|| format!("cannot stay on core {core}"))
}

/// The cores on which this thread may run.
///
/// # Errors
/// When the kernel does not say.
pub fn allowed() -> Result<CpuSet> {
    Ok(sched_getaffinity(None)?)
}

/// Lets this thread run on these cores again.
///
/// # Errors
/// When none of them is there any more.
pub fn allow(cores: &CpuSet) -> Result<()> {
    Ok(sched_setaffinity(None, cores)?)
}

/// Makes sure that so many connections can be open.
///
/// # Errors
/// When the limit is lower, and cannot be raised.
pub fn need_descriptors(count: usize) -> Result<()> {
    let count = u64::try_from(count)?;
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= count) {
        return Ok(());
    }
    let enough = limit.maximum.is_none_or(|maximum| maximum >= count);
    ensure!(enough, "this needs {count} open files: ulimit -n is {:?}", limit.maximum);
    let raised = Rlimit { current: Some(count), maximum: limit.maximum };
    setrlimit(Resource::Nofile, raised).context("cannot open enough files")
}

/// How many cores there are for this process.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
