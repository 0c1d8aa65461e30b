//! Somebody at a pseudo-terminal, who types and reads.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Instant;

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{
    InputModes, LocalModes, OptionalActions, Winsize, tcgetattr, tcsetattr, tcsetwinsize,
};

use super::{PATIENCE, until};

/// A terminal that is not open yet.
pub(crate) struct Terminal {
    size: (u16, u16),
    term: &'static str,
    colour: bool,
    /// Enter is a newline to who reads lines.
    maps_enter: bool,
}

/// The command, running on a terminal.
pub(crate) struct Person {
    child: Child,
    keyboard: File,
    terminal: OwnedFd,
    shown: Arc<(Mutex<Shown>, Condvar)>,
    /// What was looked for and found lies before this.
    at: usize,
}

#[derive(Default)]
struct Shown {
    bytes: Vec<u8>,
    ended: bool,
    /// Nobody looks: what is written to the terminal stays in it.
    unread: bool,
}

impl Terminal {
    pub(crate) fn new() -> Self {
        Self { size: (24, 100), term: "xterm-256color", colour: false, maps_enter: true }
    }

    pub(crate) fn of_unknown_size(self) -> Self {
        Self { size: (0, 0), ..self }
    }

    pub(crate) fn dumb(self) -> Self {
        Self { term: "dumb", ..self }
    }

    pub(crate) fn coloured(self) -> Self {
        Self { colour: true, ..self }
    }

    pub(crate) fn of_size(self, rows: u16, columns: u16) -> Self {
        Self { size: (rows, columns), ..self }
    }

    /// One that passes a carriage return on as it is.
    pub(crate) fn that_keeps_returns(self) -> Self {
        Self { maps_enter: false, ..self }
    }

    /// Runs `posada connect` with these arguments on it.
    #[track_caller]
    pub(crate) fn runs(self, arguments: &[&str]) -> Person {
        let mut command = Command::new(env!("CARGO_BIN_EXE_posada"));
        command.arg("connect").args(arguments);
        self.starts(command)
    }

    /// Runs any command on it.
    #[track_caller]
    pub(crate) fn starts(self, mut command: Command) -> Person {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&master).and_then(|()| unlockpt(&master)).expect("it is ours");
        let name = ptsname(&master, vec![]).expect("it has a name");
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let terminal = rustix::fs::open(&*name, flags, Mode::empty()).expect("its other side");
        let (ws_row, ws_col) = self.size;
        let size = Winsize { ws_row, ws_col, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&terminal, size).expect("a terminal has a size");
        if !self.maps_enter {
            let mut modes = tcgetattr(&terminal).expect("a terminal has modes");
            modes.input_modes -= InputModes::ICRNL;
            tcsetattr(&terminal, OptionalActions::Now, &modes).expect("they can be set");
        }
        let end = || Stdio::from(terminal.try_clone().expect("a descriptor"));
        command.env("TERM", self.term).env_remove("NO_COLOR");
        if !self.colour {
            command.env("NO_COLOR", "1");
        }
        let child = command.stdin(end()).stdout(end()).stderr(end()).spawn();
        let keyboard = File::from(master);
        let shown = Arc::default();
        record(keyboard.try_clone().expect("a descriptor"), Arc::clone(&shown));
        Person { child: child.expect("the binary runs"), keyboard, terminal, shown, at: 0 }
    }
}

fn record(mut screen: File, shown: Arc<(Mutex<Shown>, Condvar)>) {
    thread::spawn(move || {
        let mut bytes = [0; 4096];
        loop {
            let looked = shown.0.lock().expect("nobody panics here");
            drop(shown.1.wait_while(looked, |it| it.unread).expect("nobody panics here"));
            let count = screen.read(&mut bytes).unwrap_or(0);
            let mut text = shown.0.lock().expect("nobody panics here");
            text.bytes.extend_from_slice(&bytes[..count]);
            text.ended = count == 0;
            shown.1.notify_all();
            if count == 0 {
                return;
            }
        }
    });
}

impl Person {
    /// Presses these keys.
    pub(crate) fn types(&mut self, keys: &str) -> &mut Self {
        self.keyboard.write_all(keys.as_bytes()).expect("the terminal takes keys");
        self
    }

    /// Types a line.
    pub(crate) fn enters(&mut self, line: &str) -> &mut Self {
        self.types(line).types("\r")
    }

    /// Waits until this is shown, behind what was looked for before; steering left out.
    #[track_caller]
    pub(crate) fn sees(&mut self, wanted: &str) -> &mut Self {
        let deadline = Instant::now() + PATIENCE;
        let mut shown = self.shown.0.lock().expect("nobody panics here");
        loop {
            let text = plain(&shown.bytes);
            if let Some(at) = text.get(self.at..).and_then(|rest| rest.find(wanted)) {
                self.at += at + wanted.len();
                drop(shown);
                return self;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let rest = text.get(self.at..);
            assert!(!left.is_zero() && !shown.ended, "{wanted:?} is not in {rest:?}\n{text}");
            shown = self.shown.1.wait_timeout(shown, left).expect("nobody panics here").0;
        }
    }

    /// Looks away, or looks again: what nobody looks at fills the terminal.
    pub(crate) fn looks(&mut self, at_it: bool) -> &mut Self {
        self.shown.0.lock().expect("nobody panics here").unread = !at_it;
        self.shown.1.notify_all();
        self
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Everything that was shown so far, steering left out.
    pub(crate) fn read(&self) -> String {
        plain(&self.shown.0.lock().expect("nobody panics here").bytes)
    }

    /// Everything that was written to the terminal, steering and all.
    pub(crate) fn written(&self) -> String {
        let shown = self.shown.0.lock().expect("nobody panics here");
        String::from_utf8_lossy(&shown.bytes).into_owned()
    }

    /// Waits for the end, and for the terminal to be as it was.
    #[track_caller]
    pub(crate) fn ends(&mut self) -> Option<i32> {
        let child = &mut self.child;
        let status = until("the client ends", || child.try_wait().expect("it is our child"));
        let modes = tcgetattr(&self.terminal).expect("a terminal has modes").local_modes;
        assert!(modes.contains(LocalModes::ECHO | LocalModes::ICANON), "the terminal is left raw");
        status.code()
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Text without bells and what steers a terminal, so that what is looked for may be coloured.
fn plain(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut plain = String::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '\x1b' => {
                let kind = rest.next();
                let ends = |c: &char| ('@'..='~').contains(c);
                if kind == Some('[') {
                    rest.find(ends);
                }
            }
            '\r' | '\x07' => {}
            c => plain.push(c),
        }
    }
    plain
}
