//! Somebody with the page open: a WebSocket that sends what a browser sends.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::net::{Shutdown, TcpStream};

use serde_json::{Value, json};
use tungstenite::client::IntoClientRequest;
use tungstenite::protocol::WebSocketConfig;
use tungstenite::{Error, Message, WebSocket, client::client_with_config};

use crate::answer::connect;
use crate::support::Server;

/// One open page.
pub(crate) struct Page {
    socket: WebSocket<TcpStream>,
    asked: u64,
    events: VecDeque<Value>,
}

impl Page {
    /// Opens it as a browser does, which names the page's origin.
    #[track_caller]
    pub(crate) fn open(server: &Server) -> Self {
        let origin = format!("http://{}", server.door("http"));
        Self::opened_from(server, &[("Origin", &origin)])
    }

    #[track_caller]
    pub(crate) fn opened_from(server: &Server, headers: &[(&'static str, &str)]) -> Self {
        let door = server.door("http");
        let mut request = format!("ws://{door}/ws").into_client_request().expect("an address");
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().expect("a header"));
        }
        let config = WebSocketConfig::default().max_write_buffer_size(usize::MAX);
        let opened = client_with_config(request, connect(door), Some(config));
        let (socket, _) = opened.unwrap_or_else(|why| panic!("no WebSocket: {why}"));
        Self { socket, asked: 0, events: VecDeque::new() }
    }

    /// The same, with a name.
    #[track_caller]
    pub(crate) fn named(mut self, name: &str) -> Self {
        let answer = self.asks(json!({"do": "name", "name": name}));
        assert_eq!(answer["ok"]["name"], name, "{answer}");
        self
    }

    /// Sends a request without waiting. `false`: nobody takes it any more.
    pub(crate) fn posts(&mut self, mut request: Value) -> bool {
        self.asked += 1;
        request["id"] = self.asked.into();
        self.sends(Message::text(request.to_string()))
    }

    /// Sends any frame.
    pub(crate) fn sends(&mut self, frame: Message) -> bool {
        self.socket.send(frame).is_ok()
    }

    /// Sends these bytes under the WebSocket, whatever they are.
    pub(crate) fn sends_raw(&mut self, bytes: &[u8]) {
        self.socket.get_mut().write_all(bytes).expect("they are sent");
    }

    /// Sends nothing more, without a goodbye, and still reads.
    pub(crate) fn ends_its_side(&mut self) {
        self.socket.get_ref().shutdown(Shutdown::Write).expect("it is connected");
    }

    /// Sends a request and waits for its answer; events that come before it are kept.
    #[track_caller]
    pub(crate) fn asks(&mut self, request: Value) -> Value {
        assert!(self.posts(request), "the WebSocket is closed");
        self.answer()
    }

    /// The next answer.
    #[track_caller]
    pub(crate) fn answer(&mut self) -> Value {
        loop {
            let value = self.reads();
            if value.get("event").is_none() {
                return value;
            }
            self.events.push_back(value);
        }
    }

    /// The next event.
    #[track_caller]
    pub(crate) fn hears(&mut self) -> Value {
        if let Some(event) = self.events.pop_front() {
            return event;
        }
        let value = self.reads();
        assert!(value.get("event").is_some(), "an event was expected: {value}");
        value
    }

    #[track_caller]
    fn reads(&mut self) -> Value {
        loop {
            match self.socket.read().expect("the WebSocket is open") {
                Message::Text(text) => return serde_json::from_str(&text).expect("it is JSON"),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("no text: {other:?}"),
            }
        }
    }

    /// Reads until the server closes it: with which code, for which reason.
    #[track_caller]
    pub(crate) fn is_closed(&mut self) -> (u16, String) {
        loop {
            match self.socket.read() {
                Ok(Message::Close(frame)) => {
                    let frame = frame.expect("the server says why");
                    return (frame.code.into(), frame.reason.to_string());
                }
                Ok(_) => {}
                Err(why) => panic!("it ended without a reason: {why}"),
            }
        }
    }

    /// Reads until the connection ends, however it does.
    pub(crate) fn sees_the_end(&mut self) {
        loop {
            match self.socket.read() {
                Ok(_) => {}
                Err(Error::Io(why)) if why.kind() == io::ErrorKind::WouldBlock => {
                    panic!("it does not end")
                }
                Err(_) => return,
            }
        }
    }
}
