//! Named places in a running server where a test has it killed, held up, or refused by its disk.
//!
//! They are there in builds with debug assertions only, and do nothing unless the environment
//! variable `FAILPOINT_IN_POSADA` says `NAME[:N][+][=ACTION]`: when the process comes to the place
//! NAME for the N-th time (the first, if none is said; with `+`, also each time after it) it does
//!
//! - `kill`, which is what it does if nothing is said: it gets SIGKILL from itself;
//! - `stall:MS`: the thread sleeps for so many milliseconds, as one does that waits for a disk;
//! - `wait:PATH`: the thread waits as long as there is a file PATH;
//! - `fail`, where a disk can fail: the call returns an I/O error.
//!
//! A helper that the server starts has the same environment: what it comes to happens to it.
//! The name has no `POSADA_` in front, since that is how the configuration's variables begin. The
//! places on the log's way to the disk are named in [`posada_log::failpoint`].

/// The log is locked and open.
pub const OPENED: &str = "opened";
/// The log is read, and its state is known.
pub const RECOVERED: &str = "recovered";
/// This start is in the log.
pub const NODE_UP: &str = "node-up";
/// The data directory is marked as one that holds a log.
pub const MARKED: &str = "marked";
/// Every port is open, and nobody has been told.
pub const UNTOLD: &str = "untold";
/// It has said that it is ready.
pub const READY: &str = "ready";

/// A batch is about to be appended.
pub const APPEND: &str = "append";
/// The batch is durable, and nothing of it is applied.
pub const DURABLE: &str = "durable";
/// An entry is about to be applied.
pub const APPLY: &str = "apply";
/// All of the batch is applied.
pub const APPLIED: &str = "applied";
/// One effect of what happened is about to be spelled out for a client.
pub const DELIVER: &str = "deliver";
/// Clients are about to be written to.
pub const FLUSH: &str = "flush";
/// One client has been written to, and another one is about to be.
pub const BETWEEN: &str = "between-clients";
/// All have been written to.
pub const FLUSHED: &str = "flushed";

/// It was asked to close.
pub const CLOSING: &str = "closing";
/// All that had arrived is answered, and nobody has been told goodbye.
pub const DRAINED: &str = "drained";
/// Everybody has been told goodbye.
pub const GOODBYE: &str = "goodbye";
/// Nothing is left to do but to end.
pub const CLOSED: &str = "closed";

/// Those that a start comes to once.
pub const STARTING: [&str; 6] = [OPENED, RECOVERED, NODE_UP, MARKED, UNTOLD, READY];
/// Those that it comes to again and again.
pub const SERVING: [&str; 8] = [APPEND, DURABLE, APPLY, APPLIED, DELIVER, FLUSH, BETWEEN, FLUSHED];
/// Those that a server which is asked to close comes to once.
pub const ENDING: [&str; 4] = [CLOSING, DRAINED, GOODBYE, CLOSED];

#[cfg(debug_assertions)]
pub use armed::{arm, reach};

/// Comes to one of them.
#[cfg(not(debug_assertions))]
pub fn reach(_name: &'static str) {}

#[cfg(debug_assertions)]
mod armed {
    use std::io;
    use std::path::PathBuf;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::thread;
    use std::time::Duration;

    use anyhow::{Context, Result, bail, ensure};
    use rustix::process::{Signal, getpid, kill_process};

    use posada_log::failpoint::{ALL, FALLIBLE, RETIRING, SNAPSHOT, watch};

    const VARIABLE: &str = "FAILPOINT_IN_POSADA";

    static ARMED: OnceLock<Armed> = OnceLock::new();

    /// Where something is to happen, and what.
    #[derive(Debug)]
    struct Armed {
        name: String,
        nth: u64,
        repeats: bool,
        action: Action,
        passed: AtomicU64,
    }

    #[derive(Debug)]
    enum Action {
        Kill,
        Stall(Duration),
        Wait(PathBuf),
        Fail,
    }

    /// Has happen from here on what the environment says.
    ///
    /// # Errors
    /// When it says something that never happens.
    pub fn arm() -> Result<()> {
        let Some(text) = std::env::var_os(VARIABLE) else { return Ok(()) };
        let text = text.to_str().context("a failpoint is text")?;
        let armed = Armed::parse(text).with_context(|| format!("{VARIABLE}={text}"))?;
        ARMED.get_or_init(|| armed);
        watch(pass);
        Ok(())
    }

    /// Comes to one of them.
    pub fn reach(name: &'static str) {
        // Only a disk fails.
        let _ = pass(name);
    }

    fn pass(name: &'static str) -> io::Result<()> {
        ARMED.get().filter(|armed| armed.name == name).map_or(Ok(()), Armed::pass)
    }

    impl Armed {
        fn parse(text: &str) -> Result<Self> {
            let (place, action) = text.split_once('=').unwrap_or((text, "kill"));
            let (place, repeats) = place.strip_suffix('+').map_or((place, false), |it| (it, true));
            let (name, nth) = place.split_once(':').unwrap_or((place, "1"));
            let ours = [&super::STARTING[..], &super::SERVING, &super::ENDING];
            let below = [&ALL[..], &SNAPSHOT, &RETIRING];
            let known = [ours.concat(), below.concat()].concat();
            ensure!(known.contains(&name), "there is no place called {name:?}");
            let action = match action.split_once(':') {
                None if action == "kill" => Action::Kill,
                None if action == "fail" && FALLIBLE.contains(&name) => Action::Fail,
                Some(("stall", ms)) => Action::Stall(Duration::from_millis(ms.parse()?)),
                Some(("wait", path)) => Action::Wait(path.into()),
                _ => bail!("{action:?} cannot happen there"),
            };
            let (name, nth, passed) = (name.to_owned(), nth.parse()?, AtomicU64::new(0));
            Ok(Self { name, nth, repeats, action, passed })
        }

        fn pass(&self) -> io::Result<()> {
            let passed = self.passed.fetch_add(1, Ordering::Relaxed) + 1;
            if passed != self.nth && !(self.repeats && passed > self.nth) {
                return Ok(());
            }
            match &self.action {
                Action::Kill => {
                    let killed = kill_process(getpid(), Signal::KILL);
                    unreachable!("it is dead: {killed:?}");
                }
                Action::Stall(time) => thread::sleep(*time),
                Action::Wait(path) => {
                    while path.exists() {
                        thread::sleep(Duration::from_millis(1));
                    }
                }
                Action::Fail => return Err(io::Error::other("a test has the disk fail here")),
            }
            Ok(())
        }
    }
}
