//! The web's own conversation with the reactor, for what it must know to answer a request.
//!
//! It is one session, opened when it is first needed and again when it was lost, at a listener
//! of its own: it is there when all places of the web are taken. One question is under way at a
//! time; a conversation that was left in the middle is dropped with its half of an answer.

use std::io;
use std::net::SocketAddr;
use std::os::unix::net::UnixStream as Socket;
use std::sync::Arc;
use std::sync::atomic::Ordering::Acquire;
use std::time::Duration;

use serde_json::Value;
use thiserror::Error;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::figures::Figures;
use crate::reactor::{Gate, Manner, Turned, Visitor};

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// Why there is no answer.
#[derive(Debug, Error)]
pub(super) enum Unanswered {
    /// The server closes.
    #[error("the server is closing")]
    Closing,
    /// Too many come in.
    #[error(transparent)]
    Turned(#[from] Turned),
    /// The conversation broke.
    #[error("no conversation with the reactor: {0}")]
    Broken(#[from] io::Error),
    /// The reactor is busy, or its disk is.
    #[error("no answer within {} s: the server or its disk is overloaded", PATIENCE.as_secs())]
    Late,
    /// The reactor refused.
    #[error("the server refused: {0}")]
    Refused(String),
}

/// Asks the reactor what the web must know.
pub(super) struct Porter {
    gate: Gate,
    manner: Manner,
    /// Whose session it is: the web's own address.
    address: SocketAddr,
    figures: Arc<Figures>,
    conversation: Mutex<Option<BufReader<UnixStream>>>,
}

impl Porter {
    pub(super) fn new(
        gate: Gate,
        manner: Manner,
        address: SocketAddr,
        figures: Arc<Figures>,
    ) -> Self {
        Self { gate, manner, address, figures, conversation: Mutex::default() }
    }

    /// The answer to a request without arguments.
    ///
    /// # Errors
    /// When there is none in time.
    pub(super) async fn ask(&self, verb: &str) -> Result<Value, Unanswered> {
        let closes = || self.figures.closing.load(Acquire);
        if closes() {
            return Err(Unanswered::Closing);
        }
        let answer = timeout(PATIENCE, self.converse(verb)).await;
        match answer.unwrap_or(Err(Unanswered::Late)) {
            // Whatever went wrong, that is why: a goodbye is no answer either.
            Err(_) if closes() => Err(Unanswered::Closing),
            answer => answer,
        }
    }

    async fn converse(&self, verb: &str) -> Result<Value, Unanswered> {
        let mut place = self.conversation.lock().await;
        let mut conversation = match place.take() {
            Some(conversation) => conversation,
            None => BufReader::new(enter(&self.gate, self.manner, self.address)?),
        };
        let mut answer = ask(&mut conversation, verb).await?;
        let Some(ok) = answer.get_mut("ok") else {
            return Err(Unanswered::Refused(answer.to_string()));
        };
        *place = Some(conversation);
        Ok(ok.take())
    }
}

/// Brings somebody to the reactor. What it says there comes out of the other end.
///
/// # Errors
/// When it is not taken, or no pair of sockets can be had.
pub(super) fn enter(
    gate: &Gate,
    manner: Manner,
    peer: SocketAddr,
) -> Result<UnixStream, Unanswered> {
    let (mine, socket) = Socket::pair()?;
    mine.set_nonblocking(true)?;
    socket.set_nonblocking(true)?;
    let mine = UnixStream::from_std(mine)?;
    gate.enter(Visitor { socket, peer, manner })?;
    Ok(mine)
}

async fn ask(conversation: &mut BufReader<UnixStream>, verb: &str) -> Result<Value, Unanswered> {
    let request = format!("{{\"do\":\"{verb}\"}}\n");
    conversation.write_all(request.as_bytes()).await?;
    let mut line = String::new();
    conversation.read_line(&mut line).await?;
    if !line.ends_with('\n') {
        return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
    }
    serde_json::from_str(&line).map_err(|_| Unanswered::Refused(line.trim_end().to_owned()))
}
