//! One WebSocket, carried line by line to the reactor and back.
//!
//! Each text frame becomes one line, each line one text frame; what a line means is not known
//! here. The two directions never wait for each other, or a client that asks without reading
//! would stop both. Nothing is kept but the line and the frame on their way: who does not read
//! stops this end of the pair, then the reactor's, and the reactor cuts it as it cuts everybody.

mod lines;

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{FutureExt, SinkExt, StreamExt};
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;
use tokio::net::unix::OwnedWriteHalf;
use tokio::sync::oneshot;
use tokio::time::{Instant, interval_at, timeout};

use lines::Lines;

/// Bytes in a frame: those of the longest line that the reactor reads.
pub(super) const FRAME_BYTES: usize = 64 << 10;
/// How often a client is asked whether it is still there.
const PING: Duration = Duration::from_secs(30);
/// Pings that a client may leave unanswered.
const UNANSWERED: u32 = 2;
/// How long a client may take nothing: as long as the reactor gives everybody.
const STALLED: Duration = Duration::from_mins(1);
/// How long a client that was told goodbye may take to answer it, and what one asked that is gone
/// may take to be done.
const LINGER: Duration = Duration::from_secs(3);
/// Bytes that the reason of a close frame may have (RFC 6455, 5.5.1), the code apart.
const REASON_BYTES: usize = 123;

/// Why the server ends a conversation.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parting {
    code: u16,
    reason: String,
}

impl Parting {
    /// With a reason that says what happened and what to do.
    pub(super) fn new(code: u16, reason: &str) -> Self {
        let end = reason.floor_char_boundary(REASON_BYTES);
        Self { code, reason: reason[..end].to_owned() }
    }

    /// Tells a client, whose conversation has not begun, that it will not.
    pub(super) fn tell(self, socket: WebSocket) -> impl Future<Output = ()> + Send {
        let (mut sink, mut stream) = socket.split();
        async move { part(&mut sink, &mut stream, self).await }
    }
}

/// Carries everything in both directions until one side ends it. The socket is put aside before
/// the conversation begins, so that the task that waits in it is small.
pub(super) fn serve(socket: WebSocket, pair: UnixStream) -> impl Future<Output = ()> + Send {
    let (sink, stream) = socket.split();
    let (from_reactor, to_reactor) = pair.into_split();
    carry(sink, stream, Lines::new(from_reactor), to_reactor)
}

async fn carry(
    mut sink: SplitSink<WebSocket, Message>,
    mut stream: SplitStream<WebSocket>,
    mut lines: Lines,
    to_reactor: OwnedWriteHalf,
) {
    let unanswered = AtomicU32::new(0);
    let (refuse, refused) = oneshot::channel();
    let heard_all = AtomicBool::new(false);
    let hearing = async {
        match hear(&mut stream, to_reactor, &unanswered).await {
            // What the client is owed is still told; the other direction knows when that is all.
            Ok(()) => heard_all.store(true, Relaxed),
            Err(parting) => drop(refuse.send(parting)),
        }
        std::future::pending().await
    };
    let telling = async {
        let parting = tell(&mut sink, &mut lines, &unanswered, refused).await;
        if parting.is_none() && heard_all.load(Relaxed) {
            // The client is gone, but what it asked before is still done.
            let rest = async { while lines.next().await.is_some() {} };
            let _ = timeout(LINGER, rest).await;
        }
        parting
    };
    let parting = tokio::select! {
        parting = telling => parting,
        never = hearing => never,
    };
    if let Some(parting) = parting {
        part(&mut sink, &mut stream, parting).await;
    }
}

/// Carries frames to the reactor until the client has no more.
///
/// # Errors
/// When it sent what is no request: why it is parted with.
async fn hear(
    stream: &mut SplitStream<WebSocket>,
    mut to_reactor: OwnedWriteHalf,
    unanswered: &AtomicU32,
) -> Result<(), Parting> {
    loop {
        let line = match stream.next().await {
            Some(Ok(Message::Text(text))) => request(&text)?,
            Some(Ok(Message::Binary(_))) => {
                let reason = "a request is a text frame, not a binary one";
                return Err(Parting::new(close_code::UNSUPPORTED, reason));
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {
                unanswered.store(0, Relaxed);
                continue;
            }
            Some(Err(error)) => return mistake(&error).map_or(Ok(()), Err),
            Some(Ok(Message::Close(_))) | None => return Ok(()),
        };
        unanswered.store(0, Relaxed);
        if to_reactor.write_all(&line).await.is_err() {
            // The reactor has closed; why stands in what it wrote.
            return Ok(());
        }
    }
}

/// The line of a frame that holds just one request.
fn request(text: &str) -> Result<Vec<u8>, Parting> {
    let no_request = |reason| Err(Parting::new(close_code::INVALID, reason));
    if text.len() > FRAME_BYTES {
        return Err(too_large());
    }
    if text.contains('\n') {
        return no_request("a frame holds one request, without line breaks");
    }
    if !text.trim_start().starts_with('{') {
        return no_request("a request is a JSON object, such as {\"id\":1,\"do\":\"list\"}");
    }
    Ok([text.as_bytes(), b"\n"].concat())
}

fn too_large() -> Parting {
    Parting::new(close_code::SIZE, "a request has at most 65536 bytes")
}

/// How to part with a client that breaks the rules of the WebSocket; `None`: it is only gone.
fn mistake(error: &axum::Error) -> Option<Parting> {
    // The kind of error is tungstenite's own, which is no dependency for the sake of three words.
    // A stream that ends without a goodbye is a protocol error to it, and none here.
    let error = error.to_string();
    if error.starts_with("Space limit exceeded") {
        Some(too_large())
    } else if error.starts_with("UTF-8 encoding error") {
        Some(Parting::new(close_code::INVALID, "a request is a JSON object in UTF-8"))
    } else if error.starts_with("WebSocket protocol error") && !error.contains("closing") {
        Some(Parting::new(close_code::PROTOCOL, &error))
    } else {
        None
    }
}

/// Carries lines to the client until the reactor has no more, or the client takes none: `None`
/// when there is nobody left to be told why.
async fn tell(
    sink: &mut SplitSink<WebSocket, Message>,
    lines: &mut Lines,
    unanswered: &AtomicU32,
    mut refused: oneshot::Receiver<Parting>,
) -> Option<Parting> {
    let mut clock = interval_at(Instant::now() + PING, PING);
    // Who has no room for a client lets it go without a word.
    let mut parting = Parting::new(close_code::AGAIN, "no room for more clients: try again later");
    loop {
        tokio::select! {
            Ok(refusal) = &mut refused => return Some(refusal),
            _ = clock.tick() => {
                if unanswered.fetch_add(1, Relaxed) >= UNANSWERED {
                    return None;
                }
                send(sink, Message::Ping(Vec::new().into()), true).await?;
            }
            line = lines.next() => {
                let Some(line) = line else { return Some(parting) };
                let (text, goodbye) = event(line);
                parting = goodbye.unwrap_or_else(ended);
                // Many lines that came at once leave at once.
                let last = !lines.is_ready();
                send(sink, Message::text(text), last).await?;
            }
        }
    }
}

fn ended() -> Parting {
    Parting::new(close_code::NORMAL, "")
}

fn send(
    sink: &mut SplitSink<WebSocket, Message>,
    message: Message,
    flush: bool,
) -> impl Future<Output = Option<()>> {
    let sending = async move {
        sink.feed(message).await?;
        if flush { sink.flush().await } else { Ok(()) }
    };
    timeout(STALLED, sending).map(|done| done.ok()?.ok())
}

/// A line as a frame, and how to part if it is a goodbye. A session that has not asked anything
/// yet is told goodbye in text, `BYE CODE TEXT`; a WebSocket speaks JSON from the beginning.
fn event(line: &[u8]) -> (String, Option<Parting>) {
    let text = String::from_utf8_lossy(line).into_owned();
    if let Some(goodbye) = text.strip_prefix("BYE ") {
        let (code, message) = goodbye.split_once(' ').unwrap_or((goodbye, ""));
        // Spelled as the native profile spells it: in this order.
        let field = |text: &str| Value::from(text).to_string();
        let event = format!(
            "{{\"event\":\"bye\",\"code\":{},\"message\":{}}}",
            field(code),
            field(message)
        );
        return (event, Some(farewell(code, message)));
    }
    if !text.starts_with("{\"event\":\"bye\"") {
        return (text, None);
    }
    let event: Value = serde_json::from_str(&text).unwrap_or_default();
    let field = |name: &str| event[name].as_str().unwrap_or_default();
    let parting = farewell(field("code"), field("message"));
    (text, Some(parting))
}

fn farewell(code: &str, message: &str) -> Parting {
    let number = match code {
        "closing" => close_code::AWAY,
        "full" | "busy" => close_code::AGAIN,
        _ => close_code::POLICY,
    };
    Parting::new(number, &format!("{code}: {message}"))
}

/// Says goodbye, and waits a little for the answer: unread input would turn the end of the
/// stream into a reset, and the reason would be lost.
async fn part(
    sink: &mut SplitSink<WebSocket, Message>,
    stream: &mut SplitStream<WebSocket>,
    Parting { code, reason }: Parting,
) {
    let frame = CloseFrame { code, reason: reason.into() };
    if send(sink, Message::Close(Some(frame)), true).await.is_none() {
        return;
    }
    let rest = async { while let Some(Ok(_)) = stream.next().await {} };
    // Who does not answer has been told nevertheless.
    let _ = timeout(LINGER, rest).await;
}

#[cfg(test)]
mod tests;
