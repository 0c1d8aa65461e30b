//! Finding out what a server speaks: by what it says first, else by what it answers to `ping`.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::Profile;
use crate::profile::talk_prompt;

/// How long a server that speaks first may take to begin.
const GREETING: Duration = Duration::from_millis(300);
/// How long it may take to answer.
const ANSWER: Duration = Duration::from_secs(3);
/// How every help line of the desk begins.
const DESK_HELP: &str = "Comandos:";

/// What a server speaks, and what it said that is still to be shown.
#[derive(Debug)]
pub struct Found {
    /// Its profile.
    pub profile: Profile,
    /// What it said beside the answer to this question.
    pub heard: Vec<u8>,
    /// It was asked, and is native beyond doubt.
    pub checked: bool,
}

/// Finds out what a server speaks. Nothing is sent to one that is `expected` to be a seed's.
///
/// # Errors
/// When the connection broke meanwhile.
pub fn detect(stream: &TcpStream, expected: Option<Profile>) -> io::Result<Found> {
    let mut heard = Vec::new();
    match expected {
        Some(Profile::Native) => {}
        Some(profile) => return Ok(Found { profile, heard, checked: false }),
        None => {
            listen(stream, GREETING, &mut heard, |_| true)?;
            if !heard.is_empty() {
                let talk = heard.starts_with(talk_prompt().as_bytes());
                let profile = if talk { Profile::Talk } else { Profile::Raw };
                return Ok(Found { profile, heard, checked: false });
            }
        }
    }
    (&*stream).write_all(b"ping\n")?;
    listen(stream, ANSWER, &mut heard, |heard| {
        heard.contains(&b'\n') || heard.starts_with(talk_prompt().as_bytes())
    })?;
    let line = heard.iter().position(|byte| *byte == b'\n').map_or(heard.len(), |at| at + 1);
    let answer = String::from_utf8_lossy(&heard[..line]).into_owned();
    if answer.trim_end().eq_ignore_ascii_case("OK pong") {
        heard.drain(..line);
        return Ok(Found { profile: Profile::Native, heard, checked: true });
    }
    if answer.starts_with(DESK_HELP) {
        heard.drain(..line);
        return Ok(Found { profile: Profile::Desk, heard, checked: false });
    }
    let talk = answer.starts_with(talk_prompt());
    let profile = if talk { Profile::Talk } else { Profile::Raw };
    Ok(Found { profile, heard, checked: false })
}

/// Reads until it is enough, nothing comes for too long, or the stream ends.
fn listen(
    stream: &TcpStream,
    patience: Duration,
    heard: &mut Vec<u8>,
    enough: impl Fn(&[u8]) -> bool,
) -> io::Result<()> {
    let deadline = Instant::now() + patience;
    let mut bytes = [0; 1024];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        stream.set_read_timeout(Some(left))?;
        match (&*stream).read(&mut bytes) {
            Ok(0) => break,
            Ok(count) => heard.extend_from_slice(&bytes[..count]),
            Err(why) if why.kind() == ErrorKind::Interrupted => {}
            Err(why) if matches!(why.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => break,
            Err(why) => return Err(why),
        }
        if enough(heard) {
            break;
        }
    }
    stream.set_read_timeout(None)
}
