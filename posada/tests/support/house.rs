//! A house: a data directory and a configuration, which servers open one after another.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::transcript::Transcript;
use super::{FakeClock, Server, until};

/// What outlives a server.
pub(crate) struct House {
    data: PathBuf,
    engine: &'static str,
    settings: Vec<String>,
    /// A script that makes a world of its own for the server, and runs it there.
    world: Option<String>,
    /// What the server's process may have open.
    descriptors: Option<usize>,
    /// The network namespace in which it runs.
    network: Option<String>,
    /// What its environment says beside what every server's says.
    environment: Vec<(String, String)>,
    /// It asks for the address of the notes, and this is typed.
    typed: Option<String>,
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
        let house = Self {
            data: data.to_owned(),
            engine: "segment",
            settings: vec![],
            world: None,
            descriptors: None,
            network: None,
            environment: vec![],
            typed: None,
            _home: None,
        };
        house
            .with("listeners.desk.address=127.0.0.1:0")
            .with("listeners.talk.address=127.0.0.1:0")
            .with("listeners.note.address=127.0.0.1:0")
            .with("listeners.native.address=127.0.0.1:0")
            .with("listeners.datagram.address=off")
            .with("http.address=off")
            .with("log.segment_bytes=1048576")
    }

    /// The same, configured so: `KEY=VALUE`.
    pub(crate) fn with(mut self, setting: &str) -> Self {
        self.settings.push(setting.to_owned());
        self
    }

    /// The same, open to browsers on a port that is free.
    pub(crate) fn with_web(self) -> Self {
        self.with("http.address=127.0.0.1:0")
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

    /// The same, on a machine that is called `casa`, which is what this file of hosts says it is.
    pub(crate) fn on_a_machine_with_hosts(mut self, hosts: &str) -> Self {
        let file = self.data.with_file_name("hosts");
        fs::write(&file, hosts).expect("the directory is the test's");
        let mount = format!("mount --bind '{}' /etc/hosts", file.display());
        let rename = "echo casa > /proc/sys/kernel/hostname";
        self.world = Some(format!("{rename} && {mount} && exec \"$@\""));
        self
    }

    /// The same, for a server that may open so many files and connections.
    pub(crate) fn with_descriptors(self, most: usize) -> Self {
        Self { descriptors: Some(most), ..self }
    }

    /// The same, in a network namespace of this name, in which the test is, too.
    pub(crate) fn in_network(self, name: &str) -> Self {
        Self { network: Some(name.to_owned()), ..self }
    }

    /// The same, for a server whose clocks a test sets.
    pub(crate) fn under(mut self, clock: &FakeClock) -> Self {
        self.environment.extend(clock.environment());
        self
    }

    /// The same, for a server whose allocator gives back at once what is freed: what its start has
    /// freed would hide what a session costs.
    pub(crate) fn gives_memory_back(mut self) -> Self {
        self.environment.push(("MALLOC_TRIM_THRESHOLD_".to_owned(), "0".to_owned()));
        self
    }

    /// The same, asking where notes are taken; this is typed, and then the input ends.
    pub(crate) fn asks_and_is_told(self, typed: &str) -> Self {
        Self { typed: Some(typed.to_owned()), ..self }
    }

    /// How its server is started, without the name of the program.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let mut all = vec!["serve".to_owned(), format!("--data={}", self.data.display())];
        all.push(format!("--log={}", self.engine));
        all.extend(self.settings.iter().map(|setting| format!("--set={setting}")));
        all.extend(self.typed.iter().map(|_| "--ask".to_owned()));
        all
    }

    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// Starts a server and waits until it is ready.
    #[track_caller]
    pub(crate) fn opens(&self) -> Server {
        Server::open(self.start())
    }

    /// Starts a server to which something happens at a failpoint, and waits until it is ready or
    /// has ended.
    pub(crate) fn opens_to_fail_at(&self, failpoint: &str) -> Server {
        Server::open_or_end(self.start_with(&[("FAILPOINT_IN_POSADA", failpoint)]))
    }

    /// Starts a server whose output nobody reads any more once it is ready.
    #[track_caller]
    pub(crate) fn opens_unread(&self) -> Server {
        Server::open_unread(self.start(), false)
    }

    /// Starts a server whose output is closed once it is ready.
    #[track_caller]
    pub(crate) fn opens_for_a_glance(&self) -> Server {
        Server::open_unread(self.start(), true)
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
        self.start_with(&[])
    }

    fn start_with(&self, variables: &[(&str, &str)]) -> Child {
        let mut command = self.command();
        command.envs(variables.iter().copied());
        let stdin = if self.typed.is_some() { Stdio::piped() } else { Stdio::null() };
        command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary under test runs");
        if let Some(mut keyboard) = child.stdin.take() {
            let typed = self.typed.as_deref().unwrap_or_default();
            // Who has heard enough need not read it all.
            let _ = keyboard.write_all(typed.as_bytes());
        }
        child
    }

    /// What starts a server, in a language and a place that every machine has.
    pub(crate) fn command(&self) -> Command {
        let posada = env!("CARGO_BIN_EXE_posada");
        let program = match (&self.world, self.descriptors, &self.network) {
            (Some(_), ..) => "unshare",
            (None, Some(_), _) => "sh",
            (None, None, Some(_)) => "ip",
            (None, None, None) => posada,
        };
        let mut command = Command::new(program);
        if let Some(script) = &self.world {
            // Needs a kernel that lets this user make namespaces.
            command.args(["--user", "--map-root-user", "--mount", "--uts", "--"]);
            command.args(["sh", "-c", script, "sh", posada]);
        } else if let Some(most) = self.descriptors {
            let script = format!("ulimit -n {most} && exec \"$@\"");
            command.args(["-c", &script, "sh", posada]);
        } else if let Some(network) = &self.network {
            command.args(["netns", "exec", network, posada]);
        }
        command.env("LC_ALL", "en_US.UTF-8").env("TZ", "UTC");
        command.envs(self.environment.iter().map(|(key, value)| (key, value)));
        command.args(self.arguments());
        command
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
