//! Clocks that a test sets, while a server runs by them: libfaketime's.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use super::lacks;

/// The clocks of one server.
pub(crate) struct FakeClock {
    library: String,
    file: PathBuf,
    /// The wall's clock alone jumps.
    wall_only: bool,
    _home: TempDir,
}

impl FakeClock {
    /// One that shows the wall another time. `None`, said loudly: this machine cannot.
    pub(crate) fn of_the_wall() -> Option<Self> {
        Self::new("+0", true)
    }

    /// One on which everything takes so many times as long as it does.
    pub(crate) fn that_runs(times: u32) -> Option<Self> {
        Self::new(&format!("+0 x{times}"), false)
    }

    fn new(shows: &str, wall_only: bool) -> Option<Self> {
        let Some(library) = library() else {
            lacks("faketime, which ./check installs");
            return None;
        };
        let home = tempfile::tempdir().expect("a directory for the test");
        let clock = Self { library, file: home.path().join("time"), wall_only, _home: home };
        clock.shows(shows);
        Some(clock)
    }

    /// From here on it shows the real time and so much more, such as `-1y`.
    pub(crate) fn shows(&self, offset: &str) {
        // Whole, or not at all: the server may be reading it.
        let written = self.file.with_extension("new");
        fs::write(&written, offset).expect("the directory is the test's");
        fs::rename(&written, &self.file).expect("the directory is the test's");
    }

    pub(super) fn environment(&self) -> Vec<(String, String)> {
        let file = self.file.to_string_lossy().into_owned();
        let mut all = vec![
            ("LD_PRELOAD", self.library.clone()),
            ("FAKETIME_TIMESTAMP_FILE", file),
            ("FAKETIME_NO_CACHE", "1".to_owned()),
        ];
        if self.wall_only {
            all.push(("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()));
        }
        all.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
    }
}

/// Where the library is, as the command says that comes with it.
fn library() -> Option<String> {
    let mut command = Command::new("faketime");
    command.args(["-m", "-f", "+0", "printenv", "LD_PRELOAD"]);
    let said = command.output().ok().filter(|it| it.status.success())?;
    Some(String::from_utf8_lossy(&said.stdout).trim().to_owned())
}
