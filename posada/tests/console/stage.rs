//! A server whose operator sits at its terminal.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use rustix::process::{Pid, Signal, kill_process};

use crate::support::pty::{Person, Terminal};
use crate::support::{Client, House, Native, PROMPT, doors};

/// The operator, and the doors of the house.
pub(crate) struct Operator {
    pub(crate) terminal: Person,
    doors: BTreeMap<String, SocketAddr>,
    _house: House,
}

impl Operator {
    /// Starts a server on this terminal, and waits until it is ready.
    #[track_caller]
    pub(crate) fn at(terminal: Terminal, more: &[&str]) -> Self {
        Self::of(House::new().in_memory(), terminal, more)
    }

    /// Starts the server of this house there.
    #[track_caller]
    pub(crate) fn of(house: House, terminal: Terminal, more: &[&str]) -> Self {
        let mut command = house.command();
        command.args(more);
        Self::reads(terminal.starts(command), house)
    }

    /// Waits until somebody's terminal shows that the server is ready.
    #[track_caller]
    pub(crate) fn reads(mut terminal: Person, house: House) -> Self {
        terminal.sees("ready ");
        let doors = doors(&terminal.read());
        Self { terminal, doors, _house: house }
    }

    fn client(&self, who: &str, listener: &str) -> Client {
        Client::connect(who, self.doors[listener])
    }

    /// Somebody with a name at the native listener.
    #[track_caller]
    pub(crate) fn native(&self, name: &str) -> Native {
        Native::over(self.client(name, "native").in_lines("\n")).named(name)
    }

    /// Somebody without one, at a listener that takes lines.
    #[track_caller]
    pub(crate) fn stranger(&self, listener: &str) -> Native {
        Native::over(self.client("a stranger", listener).in_lines("\n"))
    }

    /// Seed 2's client.
    #[track_caller]
    pub(crate) fn talk(&mut self, name: &str) -> Client {
        let mut client = self.client(name, "talk");
        client.hears_at_once(PROMPT);
        client.says_only(name);
        self.terminal.sees(&format!(" is {name}\n"));
        client
    }

    /// Sends the server a signal.
    pub(crate) fn signals(&self, signal: Signal) {
        let pid = i32::try_from(self.terminal.pid()).ok().and_then(Pid::from_raw);
        kill_process(pid.expect("a process"), signal).expect("the server is there");
    }
}
