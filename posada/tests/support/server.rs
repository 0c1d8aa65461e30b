//! One running server, and the doors it opened.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::process::{Child, ExitStatus};
use std::thread;

use rustix::process::{Pid, Signal, kill_process};

use super::transcript::Transcript;
use super::{Client, House, Native, PROMPT, Program, until};

/// A server that is ready; it is killed when the test lets go of it.
pub(crate) struct Server {
    child: Child,
    stdout: Transcript,
    stderr: Transcript,
    doors: BTreeMap<String, SocketAddr>,
}

impl Server {
    #[track_caller]
    pub(crate) fn open(mut child: Child) -> Self {
        let stdout = Transcript::of(child.stdout.take().expect("a pipe"));
        Self::open_with(child, stdout)
    }

    /// One whose output nobody reads once it is ready.
    #[track_caller]
    pub(super) fn open_unread(mut child: Child, closes: bool) -> Self {
        let pipe = child.stdout.take().expect("a pipe");
        let stdout = Transcript::up_to("ready", pipe, closes);
        Self::open_with(child, stdout)
    }

    /// One that may have ended before it was ready: then it has no doors.
    pub(super) fn open_or_end(mut child: Child) -> Self {
        let stdout = Transcript::of(child.stdout.take().expect("a pipe"));
        let stderr = Transcript::of(child.stderr.take().expect("a pipe"));
        let mut server = Self::from_parts(child, stdout, stderr);
        if server.stdout.line(|line| line.starts_with("ready")).is_ok() {
            server.doors = doors(&server.stdout.so_far());
        }
        server
    }

    #[track_caller]
    fn open_with(mut child: Child, stdout: Transcript) -> Self {
        let stderr = Transcript::of(child.stderr.take().expect("a pipe"));
        let mut server = Self::from_parts(child, stdout, stderr);
        if let Err(all) = server.stdout.line(|line| line.starts_with("ready")) {
            panic!("not ready:\n{all}\n{}", server.stderr.so_far());
        }
        server.doors = doors(&server.stdout.so_far());
        server
    }

    pub(super) fn from_parts(child: Child, stdout: Transcript, stderr: Transcript) -> Self {
        Self { child, stdout, stderr, doors: BTreeMap::new() }
    }

    /// Where a listener can be reached.
    #[track_caller]
    pub(crate) fn door(&self, listener: &str) -> SocketAddr {
        let door = self.doors.get(listener);
        *door.unwrap_or_else(|| panic!("no {listener} in:\n{}", self.stdout.so_far()))
    }

    /// Every listener that it said it opened.
    pub(crate) fn doors(&self) -> &BTreeMap<String, SocketAddr> {
        &self.doors
    }

    /// Seed 4's client: it sends no newlines and takes one `recv` for one reply.
    #[track_caller]
    pub(crate) fn desk(&self) -> Client {
        Client::connect("a guest at the desk", self.door("desk"))
    }

    /// Somebody at the desk who ends lines.
    #[track_caller]
    pub(crate) fn desk_in_lines(&self) -> Client {
        self.desk().in_lines("\n")
    }

    /// Seed 2's client, before it has said its name.
    #[track_caller]
    pub(crate) fn stranger(&self, who: &str) -> Client {
        let mut stranger = Client::connect(who, self.door("talk"));
        stranger.hears_at_once(PROMPT);
        stranger
    }

    /// Seed 2's client, known by its name.
    #[track_caller]
    pub(crate) fn talk(&self, name: &str) -> Client {
        self.arrives(self.stranger(name), name)
    }

    /// Somebody who talks in lines that end so.
    #[track_caller]
    pub(crate) fn talk_in_lines(&self, name: &str, line_end: &'static str) -> Client {
        self.arrives(self.stranger(name).in_lines(line_end), name)
    }

    /// A client says its name, which seed 2's server does not answer; others see it arrive.
    #[track_caller]
    pub(crate) fn arrives(&self, mut stranger: Client, name: &str) -> Client {
        stranger.says_only(name);
        self.knows(name);
        stranger
    }

    /// Waits until somebody of that name is in the lobby.
    #[track_caller]
    pub(crate) fn knows(&self, name: &str) {
        let mut porter = self.native("the porter");
        until("the name is known", || porter.sees(name).then_some(()));
    }

    /// Waits until nobody of that name is in the lobby.
    #[track_caller]
    pub(crate) fn forgets(&self, name: &str) {
        let mut porter = self.native("the porter");
        until("the name is forgotten", || (!porter.sees(name)).then_some(()));
    }

    /// Somebody who types the native protocol by hand.
    #[track_caller]
    pub(crate) fn native(&self, who: &str) -> Native {
        Native::over(Client::connect(who, self.door("native")).in_lines("\n"))
    }

    /// A program that speaks JSON lines.
    #[track_caller]
    pub(crate) fn program(&self, who: &str) -> Program {
        Program::over(Client::connect(who, self.door("native")).in_lines("\n"))
    }

    /// Somebody who has proved to be the operator of this house.
    #[track_caller]
    pub(crate) fn operator(&self, house: &House) -> Native {
        let right = fs::read_to_string(house.data().join("operator")).expect("the server wrote it");
        let token = right.lines().find_map(|line| line.strip_prefix("token ")).expect("a token");
        let mut operator = self.native("the operator");
        assert_eq!(operator.asks(&format!("operator {token}")), "OK operator");
        operator
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it printed when it opened.
    pub(crate) fn printed(&self) -> String {
        self.stdout.so_far()
    }

    /// The first line that it prints with this in it.
    #[track_caller]
    pub(crate) fn prints(&self, what: &str) -> String {
        let line = self.stdout.line(|line| line.contains(what));
        line.unwrap_or_else(|all| panic!("it never printed {what:?}:\n{all}"))
    }

    /// What it has printed since it is ready, as soon as the last of it is this line.
    #[track_caller]
    pub(crate) fn prints_until(&self, last: &str) -> Vec<String> {
        let line = self.stdout.line(|line| line == last);
        line.unwrap_or_else(|all| panic!("it never printed {last:?}:\n{all}"));
        let printed = self.stdout.so_far();
        let behind = printed.lines().skip_while(|line| !line.starts_with("ready")).skip(1);
        behind.map(str::to_owned).collect()
    }

    /// What its operator has read so far.
    pub(crate) fn logged(&self) -> String {
        self.stderr.so_far()
    }

    /// The first line that its operator reads with this in it.
    #[track_caller]
    pub(crate) fn logs(&self, what: &str) -> String {
        let line = self.stderr.line(|line| line.contains(what));
        line.unwrap_or_else(|all| panic!("the operator never read {what:?}:\n{all}"))
    }

    /// Sends its process a signal.
    #[track_caller]
    pub(crate) fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.pid()).ok().and_then(Pid::from_raw).expect("a process");
        kill_process(pid, signal).expect("the server is there to be signalled");
    }

    /// Waits for its end, and returns how it ended.
    #[track_caller]
    pub(crate) fn ends(&mut self) -> ExitStatus {
        until("the server ends", || self.exit_status())
    }

    /// How it ended, if it has.
    pub(crate) fn exit_status(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("it is our child")
    }

    /// Asks it to stop, as an operator would, and waits for its orderly end.
    #[track_caller]
    pub(crate) fn stops(mut self) {
        self.signal(Signal::TERM);
        let status = self.ends();
        assert_eq!(status.code(), Some(0), "not an orderly end:\n{}", self.logged());
    }

    /// Kills it as a power cut would: without a word.
    pub(crate) fn dies(mut self) {
        self.child.kill().expect("it is our child");
        self.child.wait().expect("it is our child");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let ended = self.child.try_wait().is_ok_and(|status| status.is_some());
        if !ended {
            self.child.kill().ok();
            self.child.wait().ok();
        }
        if thread::panicking() {
            eprintln!("--- what the operator read ---\n{}\n---", self.stderr.so_far());
        }
    }
}

/// Every listener that a server says it opened.
pub(crate) fn doors(printed: &str) -> BTreeMap<String, SocketAddr> {
    let mut doors = BTreeMap::new();
    for (listener, address) in printed.lines().filter_map(door) {
        // A second address of a listener is only for those who look for it.
        doors.entry(listener).or_insert(address);
    }
    doors
}

/// `desk  listening on tcp 127.0.0.1:12345`, and perhaps more words.
fn door(line: &str) -> Option<(String, SocketAddr)> {
    let words: Vec<_> = line.split_whitespace().collect();
    match words[..] {
        [name, "listening", "on", "tcp" | "udp", address, ..] => {
            Some((name.to_owned(), address.parse().ok()?))
        }
        [name, "listening", "on", page] => {
            let address = page.strip_prefix("http://")?.strip_suffix('/')?;
            Some((name.to_owned(), address.parse().ok()?))
        }
        _ => None,
    }
}
