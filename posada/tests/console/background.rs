//! A server that a shell puts into the background is not stopped for having a console.

use std::process::Command;

use rustix::process::{Pid, Signal, kill_process};

use crate::stage::Operator;
use crate::support::House;
use crate::support::pty::{Person, Terminal};

/// Kills the server of a test that went wrong.
struct Reaper(Option<Pid>);

impl Drop for Reaper {
    fn drop(&mut self) {
        if let Some(pid) = self.0 {
            kill_process(pid, Signal::KILL).ok();
        }
    }
}

/// A shell with job control, whose terminal it is.
fn shell() -> Person {
    let mut command = Command::new("setsid");
    command.args(["--ctty", "--wait", "sh", "-i"]).env("PS1", "sh> ").env_remove("ENV");
    let mut shell = Terminal::new().starts(command);
    shell.sees("sh> ");
    shell
}

/// What starts the server, for a shell.
fn line(house: &House) -> String {
    let command = house.command();
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let quoted = words.map(|word| format!("'{}'", word.to_string_lossy()));
    format!("LC_ALL=C {}", quoted.collect::<Vec<_>>().join(" "))
}

/// The number that the shell says behind `pid:`.
fn pid(shell: &mut Person) -> Option<Pid> {
    shell.enters("echo pid:$! .").sees("pid:").sees("pid:");
    shell.sees(" .\n");
    let read = shell.read();
    let number = read.rsplit("pid:").find_map(|rest| rest.split(' ').next()?.parse().ok());
    number.and_then(Pid::from_raw)
}

#[test]
fn a_server_in_the_background_serves_and_comes_to_the_front() {
    let house = House::new().in_memory();
    let mut shell = shell();
    shell.enters(&format!("{} &", line(&house)));
    let mut operator = Operator::reads(shell, house);
    let mut reaper = Reaper(pid(&mut operator.terminal));
    let mut ana = operator.native("ana");
    assert_eq!(ana.asks("ping"), "OK pong");
    operator.terminal.enters("echo the shell reads").sees("the shell reads\n");
    ana.asks("say sigo");
    operator.terminal.sees("#lobby ana: sigo\n");
    operator.terminal.enters("fg").sees("Servidor> ");
    operator.terminal.enters("/baile").sees("there is no /baile");
    operator.terminal.enters("salir").sees("sh> ");
    reaper.0 = None;
    operator.terminal.enters("exit");
    assert_eq!(operator.terminal.ends(), Some(0));
}

#[test]
fn a_server_that_was_suspended_goes_on_in_the_background() {
    let house = House::new().in_memory();
    let mut shell = shell();
    shell.enters(&line(&house));
    let mut operator = Operator::reads(shell, house);
    operator.terminal.sees("Servidor> ").types("half a line").sees("half a line").types("\x1a");
    operator.terminal.sees("sh> ").enters("bg").sees("sh> ");
    let mut ana = operator.native("ana");
    assert_eq!(ana.asks("ping"), "OK pong");
    operator.terminal.enters("echo the shell reads").sees("the shell reads\n");
    operator.terminal.enters("fg").sees("Servidor> ");
    operator.terminal.enters("salir").sees("sh> ").enters("exit");
    assert_eq!(operator.terminal.ends(), Some(0));
}
