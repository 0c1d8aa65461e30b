//! Without a person: what comes in is sent as it is, then this side ends, and everything that is
//! still answered is printed. One thread sends, one prints.

use std::io::{self, BufRead, ErrorKind, Write};
use std::net::{Shutdown, TcpStream, UdpSocket};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::Profile;
use crate::error::ConnectError;
use crate::lines::Lines;
use crate::link::{Place, Socket};
use crate::screen::clean;
use crate::tally::{Tally, split_prompt};

/// A line whose end does not come is printed after so long.
const SILENCE: Duration = Duration::from_millis(60);
/// How long a datagram may go unanswered.
const ANSWER: Duration = Duration::from_secs(2);

/// Sends `first`, if there is one, and then all of the input; prints what arrives until the end.
///
/// # Errors
/// When the connection ends before everything was answered.
pub(crate) fn stream(
    place: &Place,
    stream: TcpStream,
    profile: Profile,
    first: Option<String>,
) -> Result<(), ConnectError> {
    let lost = |why: String| ConnectError::Lost { place: place.to_string(), why };
    let tally = Arc::new(Mutex::new(Tally::new(profile)));
    // Whoever reads slowly behind this pipe may hold it up for as long as it likes.
    let ready = stream.set_write_timeout(None).and_then(|()| {
        stream.set_read_timeout((profile != Profile::Native).then_some(SILENCE))?;
        stream.try_clone()
    });
    let writer = ready.map_err(|why| lost(why.to_string()))?;
    let (socket, mut lines) = (Socket::Tcp(stream), Lines::default());
    let mut first = first;
    if profile == Profile::Native
        && let Some(name) = first.take()
    {
        // What was meant under a name is not done under none.
        locked(&tally).asks(&name);
        (&writer).write_all(name.as_bytes()).map_err(|why| lost(why.to_string()))?;
        let heard = print(&socket, &tally, &mut lines, Tally::is_settled);
        if locked(&tally).is_refused() {
            return Err(ConnectError::NameRefused { place: place.to_string() });
        }
        if !matches!(heard, Ok(Printed::Enough)) {
            return Err(lost("it did not say who you are".to_owned()));
        }
    }
    let account = Arc::clone(&tally);
    thread::spawn(move || send(&writer, first, &account));
    match print(&socket, &tally, &mut lines, |_| false) {
        Ok(Printed::Ended(None) | Printed::Enough) => {
            locked(&tally).missing().map_or(Ok(()), |missing| Err(lost(missing)))
        }
        Ok(Printed::Ended(Some(broken))) => {
            let missing = locked(&tally).missing();
            Err(lost(missing.map_or(broken.clone(), |missing| format!("{broken}; {missing}"))))
        }
        // Whoever reads what is printed has enough.
        Err(why) if why.kind() == ErrorKind::BrokenPipe => Ok(()),
        Err(why) => Err(lost(format!("cannot print: {why}"))),
    }
}

fn locked(tally: &Mutex<Tally>) -> MutexGuard<'_, Tally> {
    tally.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Sends what comes in, and ends this side. Each line is on the account before it is sent.
fn send(writer: &TcpStream, first: Option<String>, tally: &Mutex<Tally>) {
    let mut input = io::stdin().lock();
    let mut line = first.map(String::into_bytes).unwrap_or_default();
    loop {
        if !line.is_empty() {
            locked(tally).asks(&String::from_utf8_lossy(&line));
            if (&*writer).write_all(&line).is_err() {
                locked(tally).could_not_send();
                return;
            }
            line.clear();
        }
        if !input.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
            break;
        }
    }
    locked(tally).sent_all();
    writer.shutdown(Shutdown::Write).ok();
}

/// Why there is nothing more to print for now.
enum Printed {
    /// What was waited for has come.
    Enough,
    /// The connection has ended; perhaps it broke, and how.
    Ended(Option<String>),
}

/// Prints what arrives, until it is enough or the end; an error is one of printing.
fn print(
    socket: &Socket,
    tally: &Mutex<Tally>,
    lines: &mut Lines,
    enough: impl Fn(&Tally) -> bool,
) -> io::Result<Printed> {
    let mut bytes = vec![0; 65_536];
    loop {
        let (arrived, end) = match socket.receive(&mut bytes) {
            Ok(Some(count)) => (lines.feed(&bytes[..count]), None),
            Ok(None) => (lines.rest().into_iter().collect(), Some(None)),
            Err(why) if matches!(why.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                (lines.unended().into_iter().collect(), None)
            }
            Err(why) => (lines.rest().into_iter().collect(), Some(Some(why.to_string()))),
        };
        let mut out = io::stdout().lock();
        for line in &arrived {
            let (prompt, line) = split_prompt(line);
            if let Some(prompt) = prompt {
                writeln!(out, "{prompt}")?;
            }
            if prompt.is_none() || !line.is_empty() {
                locked(tally).hears(line);
                writeln!(out, "{}", clean(line))?;
            }
        }
        out.flush()?;
        if let Some(end) = end {
            return Ok(Printed::Ended(end));
        }
        if enough(&locked(tally)) {
            return Ok(Printed::Enough);
        }
    }
}

/// Sends each line as one datagram, the first being the client's code, and waits for its answer.
///
/// # Errors
/// When an answer does not come, or nobody listens there.
pub(crate) fn datagrams(
    place: &Place,
    socket: &UdpSocket,
    code: Option<String>,
) -> Result<(), ConnectError> {
    let lost = |why: String| ConnectError::Lost { place: place.to_string(), why };
    socket.set_read_timeout(Some(ANSWER)).map_err(|why| lost(why.to_string()))?;
    let typed = io::stdin().lock().lines().map_while(Result::ok);
    let mut bytes = vec![0; 65_536];
    let (mut sent, mut answered) = (0_u64, 0_u64);
    for line in code.into_iter().chain(typed).filter(|line| !line.is_empty()) {
        let received = socket.send(line.as_bytes()).and_then(|_| {
            sent += 1;
            socket.recv(&mut bytes)
        });
        match received {
            Ok(count) => {
                answered += 1;
                let text = String::from_utf8_lossy(&bytes[..count]);
                let printed = text.lines().try_for_each(|line| {
                    writeln!(io::stdout().lock(), "{}", clean(line.trim_end_matches('\r')))
                });
                if printed.is_err() {
                    return Ok(());
                }
            }
            Err(why) if matches!(why.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(why) if why.kind() == ErrorKind::ConnectionRefused && answered == 0 => {
                return Err(ConnectError::unreachable(&place.to_string(), &[(String::new(), why)]));
            }
            Err(why) => return Err(lost(why.to_string())),
        }
    }
    let missing = sent - answered;
    if missing == 0 {
        return Ok(());
    }
    Err(lost(format!("{missing} of {sent} datagrams were not answered within {ANSWER:?}")))
}
