//! The server as a process: what the kernel counts of it, and standing still.

use std::env;
use std::fs;
use std::io::{self, Write};

use rustix::process::{Pid, Resource, Rlimit, Signal, geteuid, getrlimit, kill_process, setrlimit};

use super::{Server, until};

/// Clients that come before it is measured what one costs.
const WARM_UP: usize = 100;

/// Says loudly that a test cannot be made here; fails where it must be.
pub(crate) fn lacks(what: &str) {
    let must = geteuid().is_root() || env::var_os("CI").is_some();
    assert!(!must, "this test needs {what}");
    // Not `eprintln`, which nobody hears while the tests pass.
    writeln!(io::stderr(), "NOT TESTED: this needs {what}").ok();
}

/// Lets this process have as many connections as it may.
pub(crate) fn raise_descriptors(needed: u64) {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let most = maximum.unwrap_or(u64::MAX);
    assert!(most >= needed, "this test needs {needed} descriptors, and {most} may be had");
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).expect("up to its maximum");
}

/// Stops a process, and returns when it stands still: until then it may do a lot.
#[track_caller]
pub(crate) fn stop(process: u32) {
    let pid = i32::try_from(process).ok().and_then(Pid::from_raw).expect("a process");
    kill_process(pid, Signal::STOP).expect("it is there to be stopped");
    until("it stands still", || {
        let threads = fs::read_dir(format!("/proc/{process}/task")).expect("it is alive");
        let mut stats = threads.map(|thread| {
            let stat = thread.expect("it can be listed").path().join("stat");
            fs::read_to_string(stat).unwrap_or_default()
        });
        let stands = |stat: String| stat.rsplit(") ").next().is_some_and(|it| it.starts_with('T'));
        stats.all(stands).then_some(())
    });
}

impl Server {
    /// What of it is in memory.
    pub(crate) fn memory_kb(&self) -> u64 {
        let status = self.proc("status");
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let resident = resident.and_then(|line| line.split_whitespace().next()?.parse().ok());
        resident.expect("Linux counts it")
    }

    /// Memory that holds what it has made, and no part of a file, in bytes. It must be a server
    /// that [gives memory back](super::House::gives_memory_back).
    fn made_bytes(&self) -> u64 {
        let rollup = self.proc("smaps_rollup");
        // Pages of a program that was just built would be private and dirty, too.
        let made = rollup.lines().find_map(|line| line.strip_prefix("Anonymous:"));
        let made = made.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        made.expect("Linux counts it") << 10
    }

    /// Lets clients come, all of which stay, and says what each of them costs in bytes, those who
    /// warm it up apart.
    #[track_caller]
    pub(crate) fn costs_of<C>(&self, clients: usize, mut comes: impl FnMut(usize) -> C) -> u64 {
        let mut all: Vec<C> = (0..WARM_UP).map(&mut comes).collect();
        let before = self.made_bytes();
        all.extend((WARM_UP..WARM_UP + clients).map(comes));
        let grown = self.made_bytes().saturating_sub(before);
        assert!(grown > 0, "{clients} clients cost nothing: what they cost was not measured");
        grown / clients as u64
    }

    /// How many files and sockets it has open.
    pub(crate) fn descriptors(&self) -> usize {
        let open = fs::read_dir(format!("/proc/{}/fd", self.pid())).expect("it is alive");
        open.count()
    }

    /// What it has used of the processors, in hundredths of a second.
    pub(crate) fn ticks(&self) -> u64 {
        let stat = self.proc("stat");
        let behind_name = stat.rsplit(") ").next().unwrap_or_default();
        let ticks = behind_name.split(' ').skip(11).take(2);
        ticks.map(|it| it.parse::<u64>().expect("a number")).sum()
    }

    /// Stops it, and returns when it stands still.
    #[track_caller]
    pub(crate) fn stands_still(&self) {
        stop(self.pid());
    }

    /// Lets it go on.
    #[track_caller]
    pub(crate) fn goes_on(&self) {
        self.signal(Signal::CONT);
    }

    fn proc(&self, file: &str) -> String {
        fs::read_to_string(format!("/proc/{}/{file}", self.pid())).expect("it is alive")
    }
}
