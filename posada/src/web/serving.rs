//! Connections: how many, how long, and how each of them ends.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1::Builder;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tracing::{debug, warn};

use super::host::Names;
use super::{Caller, Shared};

/// How long a request's head may take, and how long a connection may wait for its next one.
const HEAD: Duration = Duration::from_secs(5);
/// Bytes in a request's head, and headers in it.
const HEAD_BYTES: usize = 16 << 10;
const HEADERS: usize = 64;
/// How long a connection lives that does not become a WebSocket: it bounds who reads slowly.
const AGE: Duration = Duration::from_mins(1);
/// How long a connection that is to end may take for the answer under way.
const LAST: Duration = Duration::from_secs(1);
/// How long to wait when the kernel has no descriptors left.
const BACKOFF: Duration = Duration::from_millis(100);

impl Caller {
    /// The names under which this caller may have come.
    pub(super) fn names<'a>(&self, shared: &'a Shared) -> Names<'a> {
        Names { local: self.local, hosts: &shared.hosts }
    }
}

/// Serves until told to close, then lets everybody finish.
pub(super) async fn serve(
    listeners: Vec<TcpListener>,
    router: Router,
    connections: usize,
    mut closing: watch::Receiver<bool>,
) {
    let places = Arc::new(Semaphore::new(connections));
    let mut accepting = JoinSet::new();
    for listener in listeners {
        let (places, router) = (Arc::clone(&places), router.clone());
        accepting.spawn(accept(listener, router, places, closing.clone()));
    }
    // Whoever was to tell is gone: that tells it too.
    let _ = closing.wait_for(|closing| *closing).await;
    accepting.shutdown().await;
    let all = u32::try_from(connections).unwrap_or(u32::MAX);
    // Those who are left have had their goodbye, and their time.
    let _ = timeout(LAST, places.acquire_many(all)).await;
}

async fn accept(
    listener: TcpListener,
    router: Router,
    places: Arc<Semaphore>,
    closing: watch::Receiver<bool>,
) {
    let mut exhausted = false;
    loop {
        // Whoever finds no place waits in the kernel's queue for one.
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let accepted = listener.accept().await;
        let accepted = accepted.and_then(|(stream, peer)| Ok((stream.local_addr()?, stream, peer)));
        match accepted {
            Ok((local, stream, peer)) => {
                exhausted = false;
                let caller = Caller { peer, local, _place: Arc::new(place) };
                tokio::spawn(converse(stream, caller, router.clone(), closing.clone()));
            }
            Err(error) if is_passing(&error) => debug!("not let in: {error}"),
            Err(error) => {
                if !std::mem::replace(&mut exhausted, true) {
                    warn!("no more browsers for now: {error}");
                }
                sleep(BACKOFF).await;
            }
        }
    }
}

/// The client gave up before it was let in.
fn is_passing(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, NotConnected};
    matches!(error.kind(), ConnectionAborted | ConnectionReset | NotConnected)
}

/// Serves one connection, until it becomes a WebSocket or ends.
async fn converse(
    stream: TcpStream,
    caller: Caller,
    router: Router,
    mut closing: watch::Receiver<bool>,
) {
    // Answers are written whole; waiting to fill a segment would only delay them.
    let _ = stream.set_nodelay(true);
    let peer: SocketAddr = caller.peer;
    let answer = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(caller.clone());
        let answering = TowerToHyperService::new(router.clone()).call(request);
        async move { answering.await.map_err(|never: Infallible| never) }
    });
    let connection = Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(HEAD_BYTES)
        .max_headers(HEADERS)
        .serve_connection(TokioIo::new(stream), answer)
        .with_upgrades();
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        _ = closing.wait_for(|closing| *closing) => None,
        () = sleep(AGE) => None,
    };
    let ended = if let Some(ended) = ended {
        ended
    } else {
        connection.as_mut().graceful_shutdown();
        timeout(LAST, connection).await.unwrap_or(Ok(()))
    };
    if let Err(error) = ended {
        debug!(%peer, "a request broke off: {error}");
    }
}
