//! The five original clients, as scripts of the language that they were written in: what they put
//! on the wire and how they read is what the originals do (`tests/clients`).

use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread;

use super::transcript::Transcript;
use super::{Server, until};

/// One running client; it is killed when the test lets go of it.
pub(crate) struct Script {
    who: String,
    child: Child,
    keyboard: Option<ChildStdin>,
    screen: Transcript,
    complaints: Transcript,
    read: usize,
}

impl Script {
    /// Seed 1's client, with the IP and the port typed in.
    #[track_caller]
    pub(crate) fn seed1(who: &str, server: SocketAddr) -> Self {
        Self::start(who, &mut python("seed1.py")).types_address(server)
    }

    /// Seed 2's client.
    #[track_caller]
    pub(crate) fn seed2(who: &str, server: SocketAddr) -> Self {
        let (host, port) = (server.ip().to_string(), server.port().to_string());
        Self::start(who, python("seed2.py").args([host, port]))
    }

    /// Seed 3's client, with the IP and the port typed in.
    #[track_caller]
    pub(crate) fn seed3(who: &str, server: SocketAddr) -> Self {
        Self::start(who, &mut python("seed3.py")).types_address(server)
    }

    /// Seed 4's client, which is told where to connect to.
    #[track_caller]
    pub(crate) fn seed4(who: &str, server: SocketAddr) -> Self {
        let (host, port) = (server.ip().to_string(), server.port().to_string());
        Self::start(who, python("seed4.py").args([port, host]))
    }

    /// Seed 4's client on the machine of that server, which connects to its own host name.
    #[track_caller]
    pub(crate) fn seed4_at_home(who: &str, server: &Server) -> Self {
        let mut enter = Command::new("nsenter");
        enter.args(["--preserve-credentials", "--user", "--mount", "--uts", "--target"]);
        enter.arg(server.pid().to_string()).arg("python3");
        enter.arg(path("seed4.py")).arg(server.door("desk").port().to_string());
        Self::start(who, &mut enter)
    }

    /// Seed 5's client.
    #[track_caller]
    pub(crate) fn seed5(who: &str, server: SocketAddr) -> Self {
        let (host, port) = (server.ip().to_string(), server.port().to_string());
        Self::start(who, python("seed5.py").args([host, port]))
    }

    #[track_caller]
    fn start(who: &str, command: &mut Command) -> Self {
        command.env("PYTHONUTF8", "1");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn();
        let mut child = child.unwrap_or_else(|why| panic!("{command:?} does not start: {why}"));
        Self {
            who: who.to_owned(),
            keyboard: child.stdin.take(),
            screen: Transcript::of(child.stdout.take().expect("a pipe")),
            complaints: Transcript::of(child.stderr.take().expect("a pipe")),
            read: 0,
            child,
        }
    }

    #[track_caller]
    fn types_address(mut self, server: SocketAddr) -> Self {
        self.types(&server.ip().to_string()).types(&server.port().to_string());
        self
    }

    /// The person types a line.
    #[track_caller]
    pub(crate) fn types(&mut self, line: &str) -> &mut Self {
        let keyboard = self.keyboard.as_mut().expect("the person is still there");
        let typed = keyboard.write_all(format!("{line}\n").as_bytes());
        typed.unwrap_or_else(|why| panic!("{} cannot type {line:?}: {why}", self.who));
        self
    }

    /// The next `recv` brings exactly this.
    #[track_caller]
    pub(crate) fn hears(&mut self, expected: &str) -> &mut Self {
        let line = self.line();
        let heard: Option<String> = serde_json::from_str(&line).ok();
        assert_eq!(heard.as_deref(), Some(expected), "{} heard {line}", self.who);
        self
    }

    /// The person types a line, and the next `recv` brings exactly this.
    #[track_caller]
    pub(crate) fn asks(&mut self, line: &str, expected: &str) -> &mut Self {
        self.types(line).hears(expected)
    }

    /// The server ends the connection.
    #[track_caller]
    pub(crate) fn is_cut_off(&mut self) -> &mut Self {
        let line = self.line();
        assert_eq!(line, "(end)", "{} expected the end", self.who);
        self
    }

    #[track_caller]
    fn line(&mut self) -> String {
        let line = self.screen.nth(self.read).unwrap_or_else(|all| {
            panic!("{} hears nothing more after\n{all}\n{}", self.who, self.complaints.so_far())
        });
        self.read += 1;
        line
    }

    /// The person goes; the client ends as it should, and has heard nothing else.
    #[track_caller]
    pub(crate) fn ends(mut self) {
        let complaints = self.end(0);
        assert_eq!(complaints, "", "what {} complains of", self.who);
    }

    /// The client gives up; what it says about it.
    #[track_caller]
    pub(crate) fn gives_up(mut self) -> String {
        self.end(1)
    }

    #[track_caller]
    fn end(&mut self, code: i32) -> String {
        self.keyboard = None;
        let child = &mut self.child;
        let status = until("the client ends", || child.try_wait().expect("it is our child"));
        let complaints = self.complaints.whole();
        assert_eq!(status.code(), Some(code), "{}: {complaints}", self.who);
        let heard = self.screen.whole();
        let unread: Vec<_> = heard.lines().skip(self.read).collect();
        assert!(unread.is_empty(), "{} also hears {unread:?}", self.who);
        complaints
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        if !self.child.try_wait().is_ok_and(|status| status.is_some()) {
            self.child.kill().ok();
            self.child.wait().ok();
        }
        if thread::panicking() {
            eprintln!("--- what {} heard ---\n{}\n---", self.who, self.screen.so_far());
        }
    }
}

fn path(script: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(script)
}

fn python(script: &str) -> Command {
    let mut command = Command::new("python3");
    command.arg(path(script));
    command
}
