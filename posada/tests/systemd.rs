//! A service manager, played by the test: it is told when, and may open the ports itself.

mod support;

use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::{fs, thread};

use rustix::process::{Pid, Signal, kill_process};
use support::{Client, PATIENCE, ROOMS, listed, until};
use tempfile::TempDir;

/// What a manager knows of a service.
struct Manager {
    home: TempDir,
    socket: UnixDatagram,
}

/// A service that was started.
struct Service {
    child: Child,
    stdout: BufReader<ChildStdout>,
}

impl Manager {
    fn new() -> Self {
        let home = tempfile::tempdir().expect("a place for the test");
        let socket = UnixDatagram::bind(home.path().join("notify")).expect("a socket");
        socket.set_read_timeout(Some(PATIENCE)).expect("it is not zero");
        Self { home, socket }
    }

    /// To serve with the desk at this address, and all others somewhere.
    fn arguments(&self, desk: &str) -> Vec<String> {
        let data = self.home.path().join("data").to_string_lossy().into_owned();
        let mut arguments: Vec<String> = ["serve", "--data", &data].map(str::to_owned).into();
        arguments.extend(anywhere());
        arguments.push(format!("--set=listeners.desk.address={desk}"));
        arguments.push("--set=log.segment_bytes=65536".to_owned());
        arguments
    }

    fn starts(&self, mut command: Command) -> Service {
        Service::of(command.env("NOTIFY_SOCKET", self.home.path().join("notify")))
    }

    /// Starts it with ports of its own.
    fn plain(&self, desk: &str) -> Service {
        let mut command = Command::new(env!("CARGO_BIN_EXE_posada"));
        command.args(self.arguments(desk)).stdin(Stdio::null());
        self.starts(command)
    }

    /// Starts it with an open socket as its descriptor 3, as `sd_listen_fds(3)` describes.
    fn activates(&self, desk: &str, socket: &TcpListener, name: &str) -> Service {
        let passed: OwnedFd = socket.try_clone().expect("a descriptor").into();
        let script = format!(
            "export LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES={name}; \
             exec \"$0\" \"$@\" 3<&0 </dev/null"
        );
        let mut command = Command::new("sh");
        command.arg("-c").arg(script).arg(env!("CARGO_BIN_EXE_posada"));
        command.args(self.arguments(desk)).stdin(passed);
        self.starts(command)
    }

    /// The next thing that the manager is told.
    #[track_caller]
    fn hears(&self) -> String {
        let mut bytes = [0; 512];
        let read = self.socket.recv(&mut bytes).expect("the manager is told something");
        String::from_utf8_lossy(&bytes[..read]).into_owned()
    }

    /// The manager was told no more than it has heard.
    #[track_caller]
    fn hears_no_more(&self) {
        self.socket.set_nonblocking(true).expect("a socket knows it");
        let read = self.socket.recv(&mut [0; 512]);
        assert!(read.is_err(), "it was told something more");
    }
}

impl Service {
    fn of(command: &mut Command) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary under test runs");
        let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        Self { child, stdout }
    }

    /// What it prints until it is ready.
    fn printed(&mut self) -> String {
        let mut text = String::new();
        while !text.contains("\nready") {
            let read = self.stdout.read_line(&mut text).expect("it prints text");
            assert!(read > 0, "it ended after:\n{text}");
        }
        text
    }

    fn terminate(&self) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).expect("a process");
        kill_process(pid, Signal::TERM).expect("it is there to be signalled");
    }

    #[track_caller]
    fn ends(&mut self) -> ExitStatus {
        until("it ends", || self.child.try_wait().expect("it is our child"))
    }

    /// Waits for its end, and returns what it said of the reason.
    #[track_caller]
    fn fails(mut self) -> String {
        let mut stderr = self.child.stderr.take().expect("a pipe");
        let reader = thread::spawn(move || {
            let mut text = String::new();
            stderr.read_to_string(&mut text).map(|_| text)
        });
        let status = self.ends();
        let said = reader.join().expect("it reads").expect("it says text");
        assert_eq!(status.code(), Some(1), "{said}");
        said
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn somewhere() -> (TcpListener, SocketAddr) {
    let socket = TcpListener::bind("127.0.0.1:0").expect("some port is free");
    let address = socket.local_addr().expect("it is bound");
    (socket, address)
}

const ANYWHERE: &str = "127.0.0.1:0";

/// What puts every listener that there is at a port that is free.
fn anywhere() -> Vec<String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_posada"));
    let output = command.arg("config").output().expect("the binary under test runs");
    let config = String::from_utf8(output.stdout).expect("it is text");
    let sections = config.lines().filter_map(|line| line.strip_prefix('[')?.strip_suffix(']'));
    let listens = |section: &&str| section.starts_with("listeners.") || *section == "http";
    let listeners = sections.filter(listens);
    listeners.map(|listener| format!("--set={listener}.address={ANYWHERE}")).collect()
}

/// Where `desk` is, by what was printed.
fn desk(printed: &str) -> SocketAddr {
    let line = printed.lines().find(|line| line.starts_with("desk")).expect("a desk");
    let address = line.split_whitespace().find_map(|word| word.parse().ok());
    address.unwrap_or_else(|| panic!("no address in {line}"))
}

#[test]
fn the_manager_is_told_when_clients_are_served_and_when_the_end_begins() {
    let manager = Manager::new();
    // The port is known before: it can be tried the very moment that the manager hears of it.
    let (socket, address) = somewhere();
    drop(socket);
    let at = address.to_string();
    let mut service = manager.plain(&at);
    assert_eq!(manager.hears(), "READY=1\n");
    let mut guest = Client::connect("a guest", address);
    guest.asks("LISTAR", &listed(&ROOMS));
    service.printed();
    service.terminate();
    assert_eq!(manager.hears(), "STOPPING=1\n");
    assert_eq!(service.ends().code(), Some(0));
    manager.hears_no_more();
}

#[test]
fn a_server_that_cannot_open_a_port_is_never_ready() {
    let manager = Manager::new();
    let (_taken, address) = somewhere();
    let at = address.to_string();
    let said = manager.plain(&at).fails();
    assert!(said.contains(&at), "{said}");
    manager.hears_no_more();
}

#[test]
fn without_a_manager_nothing_is_missing() {
    let manager = Manager::new();
    let mut command = Command::new(env!("CARGO_BIN_EXE_posada"));
    command.args(manager.arguments(ANYWHERE)).stdin(Stdio::null());
    let mut service = Service::of(command.env_remove("NOTIFY_SOCKET"));
    service.printed();
    drop(service);
    manager.hears_no_more();
    // And with one that is gone, the server serves all the same.
    fs::remove_file(manager.home.path().join("notify")).expect("it is there");
    let mut service = manager.plain(ANYWHERE);
    Client::connect("a guest", desk(&service.printed())).asks("LISTAR", &listed(&ROOMS));
}

/// Who waited at the port before the server was there is served.
#[test]
fn a_socket_goes_to_the_listener_that_has_its_name() {
    let manager = Manager::new();
    let (socket, address) = somewhere();
    let mut early = Client::connect("who came early", address);
    early.says_only("LISTAR");
    let mut service = manager.activates(ANYWHERE, &socket, "desk");
    assert_eq!(desk(&service.printed()), address);
    early.hears(&listed(&ROOMS));
    // The next server goes on at the same port, which never closed.
    service.terminate();
    assert_eq!(service.ends().code(), Some(0));
    let mut between = Client::connect("who came between", address);
    between.says_only("RESERVAR Habitación 1");
    let mut service = manager.activates(ANYWHERE, &socket, "desk");
    service.printed();
    between.hears("Reserva exitosa: Habitación 1");
}

#[test]
fn a_socket_without_a_name_goes_to_the_listener_that_has_its_address() {
    let manager = Manager::new();
    let (socket, address) = somewhere();
    let at = address.to_string();
    for name in ["", "posada.socket", "unknown"] {
        let mut service = manager.activates(&at, &socket, name);
        assert_eq!(desk(&service.printed()), address);
        Client::connect("a guest", address).asks("LISTAR", &listed(&ROOMS));
    }
}

#[test]
fn a_socket_that_nobody_would_serve_is_named_and_refused() {
    let manager = Manager::new();
    let (socket, address) = somewhere();
    let said = manager.activates(ANYWHERE, &socket, "reception").fails();
    for word in ["\"reception\"", &address.to_string(), "FileDescriptorName="] {
        assert!(said.contains(word), "no {word} in: {said}");
    }
    manager.hears_no_more();
}

/// Sockets that were meant for another process are not taken.
#[test]
fn sockets_of_another_process_are_left_alone() {
    let manager = Manager::new();
    let mut command = Command::new(env!("CARGO_BIN_EXE_posada"));
    command.args(manager.arguments(ANYWHERE)).stdin(Stdio::null());
    command.env("LISTEN_PID", "1").env("LISTEN_FDS", "1");
    manager.starts(command).printed();
}

/// The unit says what this version does: it notifies, and keeps its log where it may write.
#[test]
fn the_unit_fits_the_server() {
    let manager = Manager::new();
    let unit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../contrib/posada.service");
    let unit = fs::read_to_string(unit).expect("the unit is there");
    let start = unit.lines().find_map(|line| line.strip_prefix("ExecStart="));
    let mut words = start.expect("it starts something").split_whitespace().skip(1);
    assert_eq!(words.next(), Some("serve"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_posada"));
    let data = manager.home.path().join("state").to_string_lossy().into_owned();
    command.arg("serve").args(words.map(|word| word.replace("${STATE_DIRECTORY}", &data)));
    command.args(anywhere());
    let _service = manager.starts(command);
    assert!(unit.contains("\nType=notify\n"));
    assert_eq!(manager.hears(), "READY=1\n");
    assert!(Path::new(&data).join("00000001.log").exists());
}
