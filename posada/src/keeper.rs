//! The keeper: has snapshots written while the server serves, and removes what is not needed any
//! more.
//!
//! A thread of its own, told over a bounded channel that a segment was sealed; whoever tells it
//! never waits. It starts `posada snapshot` as a helper process, one at a time, and waits for it;
//! then it removes what `log.keep` lets go. First of all it has another helper look at the segments
//! that this start has not read. It knows neither the state nor the open log, and what
//! goes wrong here is a warning: the log itself is whole without it. It ends with the process, at
//! any place, as in a crash, and the kernel ends the helper with it (`commands/snapshot`). Read
//! next: [`posada_log::retire`].

use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{self, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use posada_log::{Directory, DirectoryError, Keep, retire, snapshot_is_due, snapshots};
use thiserror::Error;
use tracing::{info, warn};

/// This very program, whatever has become of its file since it was started.
const MYSELF: &str = "/proc/self/exe";

/// Why there is no keeper.
#[derive(Debug, Error)]
pub enum KeeperError {
    /// The directory's lock files cannot be made.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// There is no thread for it.
    #[error("cannot start the thread that has snapshots written")]
    Thread(#[from] io::Error),
}

/// What tells the keeper that there may be something to do.
#[derive(Debug)]
pub struct Keeper {
    /// One that waits is enough: the keeper looks at what there is then.
    bell: SyncSender<()>,
}

/// What its thread owns.
struct Work {
    data: PathBuf,
    directory: Directory,
    keep: Keep,
}

impl Keeper {
    /// Starts it for a log whose lock this process has.
    ///
    /// # Errors
    /// When there is no thread left, or the directory cannot be written to.
    pub fn start(data: &Path, directory: &Directory, keep: Keep) -> Result<Self, KeeperError> {
        let work = Work { data: data.to_owned(), directory: directory.again()?, keep };
        let (bell, rings) = sync_channel(1);
        thread::Builder::new().name("keeper".to_owned()).spawn(move || work.go_on(&rings))?;
        Ok(Self { bell })
    }

    /// A segment was sealed. It returns at once.
    pub fn ring(&self) {
        let _ = self.bell.try_send(());
    }
}

impl Work {
    fn go_on(self, rings: &Receiver<()>) {
        self.look_back();
        while let Ok(()) = rings.recv() {
            self.have_snapshot();
            self.remove();
        }
    }

    /// Damage to what the start has not read, since a snapshot stands for it, is not silent either.
    fn look_back(&self) {
        if !snapshots(&self.directory).is_ok_and(|there| !there.is_empty()) {
            return;
        }
        match self.helper().arg("--verify").output() {
            Ok(output) if output.status.success() => {}
            Ok(output) => {
                let why = why(&output);
                warn!("the log before the snapshot that this start began with: {why}");
            }
            Err(error) => warn!("the old segments are not looked at: {MYSELF}: {error}"),
        }
    }

    fn have_snapshot(&self) {
        match snapshot_is_due(&self.directory) {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => return warn!("no snapshot was written: {error}"),
        }
        match self.helper().output() {
            Ok(output) if output.status.success() => info!("{}", said(&output.stdout)),
            Ok(output) => warn!("no snapshot was written: {}", why(&output)),
            Err(error) => warn!("no snapshot was written: cannot start {MYSELF}: {error}"),
        }
    }

    fn helper(&self) -> Command {
        let mut helper = Command::new(MYSELF);
        helper.arg0("posada").arg("snapshot").arg("--data").arg(&self.data);
        helper.arg("--helps").arg(process::id().to_string());
        // What is typed at the server's terminal is not for it.
        helper.process_group(0).stdin(Stdio::null());
        helper
    }

    fn remove(&self) {
        let alone = match self.directory.alone() {
            // Who reads has time; the next segment will come.
            Ok(None) => return,
            Ok(alone) => alone,
            Err(error) => return warn!("nothing of the log was removed: {error}"),
        };
        match retire(&self.directory, self.keep) {
            Ok(retired) if retired.segments.is_empty() => {}
            Ok(retired) => {
                let (segments, bytes) = (retired.segments.len(), retired.bytes);
                info!(segments, bytes, "what log.keep lets go was removed");
            }
            Err(error) => warn!("not all that log.keep lets go was removed: {error}"),
        }
        drop(alone);
    }
}

/// The one line of a helper.
fn said(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let line = text.lines().next().unwrap_or_default();
    line.strip_prefix("posada: ").unwrap_or(line).to_owned()
}

fn why(output: &Output) -> String {
    let said = said(&output.stderr);
    if said.is_empty() { format!("its helper ended with {}", output.status) } else { said }
}
