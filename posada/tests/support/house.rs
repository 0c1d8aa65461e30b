//! A house: a data directory and a configuration, which servers open one after another.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::transcript::Transcript;
use super::{Server, until};

/// What outlives a server.
pub(crate) struct House {
    data: PathBuf,
    engine: &'static str,
    settings: Vec<String>,
    _home: Option<TempDir>,
}

/// How a server ended that should never have opened.
pub(crate) struct Failure {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl House {
    /// A new and empty one, with every listener on a port that is free.
    pub(crate) fn new() -> Self {
        let home = tempfile::tempdir().expect("a directory for the test");
        let data = home.path().join("data");
        Self { _home: Some(home), ..Self::at(&data) }
    }

    /// One whose data are in a directory of the test's own.
    pub(crate) fn at(data: &Path) -> Self {
        let house =
            Self { data: data.to_owned(), engine: "segment", settings: vec![], _home: None };
        house
            .with("listeners.desk.address=127.0.0.1:0")
            .with("listeners.talk.address=127.0.0.1:0")
            .with("listeners.native.address=127.0.0.1:0")
            .with("listeners.datagram.address=off")
            .with("log.segment_bytes=1048576")
    }

    /// The same, configured so: `KEY=VALUE`.
    pub(crate) fn with(mut self, setting: &str) -> Self {
        self.settings.push(setting.to_owned());
        self
    }

    /// The same, with these things to reserve.
    pub(crate) fn with_resources(self, names: &[impl AsRef<str>]) -> Self {
        let names: Vec<_> = names.iter().map(|name| format!("{:?}", name.as_ref())).collect();
        self.with(&format!("resources=[{}]", names.join(",")))
    }

    /// The same, with a log that ends with its server.
    pub(crate) fn in_memory(self) -> Self {
        Self { engine: "memory", ..self }
    }

    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// Starts a server and waits until it is ready.
    #[track_caller]
    pub(crate) fn opens(&self) -> Server {
        Server::open(self.start())
    }

    /// Starts a server that must not open: waits for its end.
    #[track_caller]
    pub(crate) fn fails_to_open(&self) -> Failure {
        let mut child = self.start();
        let stdout = Transcript::of(child.stdout.take().expect("a pipe"));
        let stderr = Transcript::of(child.stderr.take().expect("a pipe"));
        let mut server = Server::from_parts(child, stdout.clone(), stderr.clone());
        let code = until("the server gives up", || server.exit_status()).code();
        let failure = Failure { code, stdout: stdout.whole(), stderr: stderr.whole() };
        assert_ne!(failure.code, Some(0), "it did open: {}", failure.stdout);
        assert!(failure.code.is_some(), "it died of a signal: {}", failure.stderr);
        failure
    }

    fn start(&self) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_posada"));
        command.arg("serve").arg("--data").arg(&self.data).arg("--log").arg(self.engine);
        for setting in &self.settings {
            command.arg("--set").arg(setting);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().expect("the binary under test runs")
    }
}

impl Failure {
    /// What the person who started it was told names all of these.
    #[track_caller]
    pub(crate) fn names(&self, words: &[&str]) -> &Self {
        for word in words {
            assert!(self.stderr.contains(word), "no {word:?} in:\n{}", self.stderr);
        }
        self
    }

    /// No port was opened, as far as anybody was told.
    #[track_caller]
    pub(crate) fn before_opening_anything(&self) -> &Self {
        assert!(!self.stdout.contains("listening on"), "it opened:\n{}", self.stdout);
        self
    }
}
