//! What there is to be asked for, and the rules that hold for every request.
//!
//! `GET` and `HEAD` only, and neither changes anything. Read next: `host` for who may ask,
//! `bridge` for `/ws`.

use std::fmt::Display;
use std::future::ready;
use std::sync::Arc;

use axum::Router;
use axum::body::HttpBody;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{WebSocketUpgrade, close_code};
use axum::extract::{Extension, Request, State};
use axum::http::header::{
    ACCEPT_LANGUAGE, CACHE_CONTROL, CONNECTION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName,
    HeaderValue, REFERRER_POLICY, RETRY_AFTER, UPGRADE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::FutureExt;
use posada_wire::Language;
use serde_json::json;

use super::bridge::{self, FRAME_BYTES, Parting};
use super::host::Names;
use super::porter::{Unanswered, enter};
use super::{Caller, Shared, language, metrics, page};
use crate::reactor::Turned;

/// Bytes that one read of a WebSocket asks for: each holds on to so many, also while it is idle.
const READ_BYTES: usize = 1 << 10;
/// Bytes that are gathered before one write.
const WRITE_BYTES: usize = 8 << 10;
/// Characters of a client's own words that an answer repeats.
const ECHOED: usize = 80;

/// What every answer carries. The policy lets the page load what is beside it, speak to its own
/// server, and nothing else.
const GUARDS: [(HeaderName, &str); 7] = [
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
         img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
    (HeaderName::from_static("x-frame-options"), "DENY"),
];

/// All of it.
pub(super) fn router(shared: &Arc<Shared>) -> Router {
    let mut router = Router::new();
    for name in page::scripts() {
        let script = move |headers: HeaderMap| async move { page::script(name, &headers) };
        router = router.route(&format!("/{name}"), get(script));
    }
    router
        .route("/", get(|headers: HeaderMap| async move { page::page(wanted(&headers)) }))
        .route("/page.css", get(|headers: HeaderMap| async move { page::style(&headers) }))
        .route("/icon.svg", get(|headers: HeaderMap| async move { page::icon(&headers) }))
        .route("/ws", get(converse))
        .route("/api/v1/resources", get(resources))
        .route("/healthz", get(health))
        .route("/metrics", get(figures))
        .method_not_allowed_fallback(wrong_method)
        .fallback(nothing)
        .layer(from_fn_with_state(Arc::clone(shared), admit))
        .layer(map_response(guard))
        .with_state(Arc::clone(shared))
}

/// Lets through what is asked under a name of ours and brings nothing along.
async fn admit(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    request: Request,
    next: Next,
) -> Response {
    let names = caller.names(&shared);
    let host = match request.uri().authority() {
        Some(authority) if !names.allow(authority.as_str()) => Err(Some(authority.as_str())),
        _ => names.host_of(request.headers()),
    };
    if let Err(host) = host {
        return misdirected(host, names);
    }
    let reads = [Method::GET, Method::HEAD].contains(request.method());
    if reads && !request.body().is_end_stream() {
        let text = "nothing here takes a body: send the request without one";
        return ([(CONNECTION, "close")], refusal(StatusCode::PAYLOAD_TOO_LARGE, text))
            .into_response();
    }
    next.run(request).await
}

fn misdirected(host: Option<&str>, names: Names<'_>) -> Response {
    let asked = match host {
        Some(host) => format!("{:?}", host.chars().take(ECHOED).collect::<String>()),
        None => "what its Host header says, or does not say".to_owned(),
    };
    let text = format!(
        "this server does not go by {asked}. Open http://{}/, or let its operator add the name to \
         http.hosts in the configuration",
        names.local
    );
    refusal(StatusCode::MISDIRECTED_REQUEST, &text)
}

async fn guard(mut response: Response) -> Response {
    for (name, value) in GUARDS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

async fn wrong_method(method: Method) -> Response {
    refusal(StatusCode::METHOD_NOT_ALLOWED, &format!("{method} is not possible here: GET is"))
}

async fn nothing() -> Response {
    let text = "there is nothing here; there is something at /, /ws, /api/v1/resources, /healthz \
                and /metrics";
    refusal(StatusCode::NOT_FOUND, text)
}

/// An answer in words, with a newline for those who read it in a terminal.
fn refusal(status: StatusCode, text: &str) -> Response {
    let headers = [(CONTENT_TYPE, "text/plain; charset=utf-8"), (CACHE_CONTROL, "no-store")];
    (status, headers, format!("{text}\n")).into_response()
}

fn unavailable(why: impl Display) -> Response {
    ([(RETRY_AFTER, "2")], refusal(StatusCode::SERVICE_UNAVAILABLE, &why.to_string()))
        .into_response()
}

fn wanted(headers: &HeaderMap) -> Language {
    let accepted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    language::preferred(accepted.unwrap_or_default())
}

/// A WebSocket: from here on it is a client like every other.
async fn converse(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    if !caller.names(&shared).may_talk(&headers) {
        let text = "this page may not speak with this server: its Origin is not one of its names";
        return refusal(StatusCode::FORBIDDEN, text);
    }
    let Ok(upgrade) = upgrade else {
        let text = "a WebSocket is opened here: GET over HTTP/1.1 with Upgrade: websocket, \
                    Sec-WebSocket-Version: 13 and a key";
        let headers = [(UPGRADE, "websocket"), (CONNECTION, "upgrade")];
        return (headers, refusal(StatusCode::UPGRADE_REQUIRED, text)).into_response();
    };
    let Ok(place) = Arc::clone(&shared.conversations).try_acquire_owned() else {
        return unavailable("too many conversations: try again later");
    };
    let manner = shared.manner(wanted(&headers));
    upgrade
        .read_buffer_size(READ_BYTES)
        .write_buffer_size(WRITE_BYTES)
        .max_message_size(2 * FRAME_BYTES)
        .max_frame_size(2 * FRAME_BYTES)
        .on_upgrade(move |socket| {
            let Caller { peer, _place: connection, .. } = caller;
            let held = (place, connection);
            // In a task of its own: what the handshake needed ends with that of the upgrade.
            match enter(&shared.gate, manner, peer) {
                Ok(pair) => keep(held, bridge::serve(socket, pair)),
                Err(why) => {
                    let closes = matches!(why, Unanswered::Turned(Turned::Closed));
                    let code = if closes { close_code::AWAY } else { close_code::AGAIN };
                    keep(held, Parting::new(code, &why.to_string()).tell(socket));
                }
            }
            ready(())
        })
}

/// Holds places until a conversation is over.
fn keep(places: impl Send + 'static, conversation: impl Future<Output = ()> + Send + 'static) {
    // An async block would have room for the conversation twice.
    tokio::spawn(conversation.map(|()| drop(places)));
}

/// What there is to reserve, as somebody without a name sees it.
async fn resources(State(shared): State<Arc<Shared>>) -> Response {
    match shared.porter.ask("list").await {
        Ok(list) => {
            let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")];
            (headers, format!("{}\n", json!({"resources": list["resources"]}))).into_response()
        }
        Err(why) => unavailable(why),
    }
}

/// Whether the server answers.
async fn health(State(shared): State<Arc<Shared>>) -> Response {
    match shared.porter.ask("ping").await {
        Ok(_) => refusal(StatusCode::OK, "ok"),
        Err(why) => unavailable(why),
    }
}

async fn figures(State(shared): State<Arc<Shared>>) -> Response {
    match shared.metrics.text() {
        Ok(text) => {
            let headers = [(CONTENT_TYPE, metrics::MEDIA_TYPE), (CACHE_CONTROL, "no-store")];
            (headers, text).into_response()
        }
        Err(why) => unavailable(why),
    }
}
