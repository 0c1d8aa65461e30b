//! `posada serve --ask`: asks for IP and port before anything is opened, as seed 1's server did.
//!
//! What is typed is read byte by byte, so that nothing behind the answers is taken from whoever
//! reads on. An answer ends with LF, CR or both, whatever the terminal or the pipe says.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::fd::AsFd;
use std::str::FromStr;

use anyhow::{Context, Result, anyhow, bail};

use crate::config::Gathered;

/// How often one thing is asked.
const TIMES: usize = 3;
/// Bytes of an answer; no address has more.
const LONGEST: usize = 64;

/// Asks on standard output, reads standard input, and sets the address of the notes' listener.
///
/// # Errors
/// When the answers are of no use, or end.
pub fn for_address_of_notes(gathered: &mut Gathered) -> Result<()> {
    let config = gathered.config()?;
    let note = config.listeners.iter().find(|listener| listener.name == "note");
    let usual = note.and_then(|note| note.addresses.first().copied());
    let usual = usual.unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, 12_000)));
    // Not the buffered one, which would take more than the answers.
    let input = File::from(io::stdin().as_fd().try_clone_to_owned().context("no input to ask")?);
    let address = Conversation { input, output: io::stdout(), after_cr: false }.address(usual)?;
    gathered.add_flag("listeners.note.address", &address.to_string(), "--ask")?;
    Ok(())
}

/// Questions and answers.
struct Conversation<R, W> {
    input: R,
    output: W,
    /// The last answer ended with CR: an LF that comes next belongs to it.
    after_cr: bool,
}

impl<R: Read, W: Write> Conversation<R, W> {
    fn address(mut self, usual: SocketAddr) -> Result<SocketAddr> {
        let ip: IpAddr =
            self.ask("IP", &usual.ip(), "no es una IP: escribe por ejemplo 127.0.0.1 o ::1")?;
        let port: u16 =
            self.ask("Puerto", &usual.port(), "no es un puerto: escribe un numero de 0 a 65535")?;
        Ok(SocketAddr::new(ip, port))
    }

    /// Asks until the answer is of use, or was of none too often. Enter is `usual`.
    fn ask<T: FromStr + ToString>(&mut self, what: &str, usual: &T, why_not: &str) -> Result<T> {
        let usual = usual.to_string();
        for _ in 0..TIMES {
            write!(self.output, "{what} [{usual}]: ")?;
            self.output.flush()?;
            let Some(answer) = self.line()? else {
                writeln!(self.output)?;
                bail!(
                    "the input ended before IP and port were given: type them, or give \
                     listeners.note.address and leave --ask out"
                );
            };
            let answer = answer.trim();
            if let Ok(found) = if answer.is_empty() { &usual } else { answer }.parse() {
                return Ok(found);
            }
            writeln!(self.output, "{answer:?} {why_not}")?;
        }
        Err(anyhow!("{TIMES} answers for {what} were of no use: start again, or leave --ask out"))
    }

    /// The next line, without its end; `None` where the input has ended. What is too long comes
    /// cut, which makes it as useless as it is.
    fn line(&mut self) -> io::Result<Option<String>> {
        let mut line = Vec::new();
        let mut byte = [0];
        loop {
            match self.input.read(&mut byte) {
                Ok(0) if line.is_empty() => return Ok(None),
                Ok(0) => break,
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            let after_cr = std::mem::replace(&mut self.after_cr, byte == *b"\r");
            match byte {
                [b'\n'] if after_cr => {}
                [b'\n' | b'\r'] => break,
                [other] if line.len() < LONGEST => line.push(other),
                _ => {}
            }
        }
        Ok(Some(String::from_utf8_lossy(&line).into_owned()))
    }
}
