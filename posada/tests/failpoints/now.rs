//! What a server says now, and what the log up to there says by itself: the same.

use posada_core::state::State;
use posada_core::{Entry, Event, Seq};
use serde_json::{Value, json};

use crate::support::{Client, SECRET, Server};

/// What somebody who comes into the lobby can find out, while nobody else does anything.
#[derive(Debug, PartialEq)]
pub(crate) struct Now {
    /// The last entry.
    seq: u64,
    resources: Value,
    here: Value,
    rooms: Value,
    history: Vec<Value>,
}

impl Now {
    /// Somebody comes in, and asks.
    #[track_caller]
    pub(crate) fn told_by(server: &Server) -> Self {
        let socket = &mut Client::connect("a witness", server.door("native"));
        let came = ask(socket, json!({"do": "name", "name": "testigo", "secret": SECRET}));
        let mut resources = ask(socket, json!({"do": "list"}))["resources"].take();
        for resource in resources.as_array_mut().expect("a list") {
            let fields = resource.as_object_mut().expect("a resource");
            fields.remove("since");
            fields.remove("yours");
        }
        let mut history = vec![];
        let mut after = Value::from(0);
        loop {
            let mut page = ask(socket, json!({"do": "resume", "after": after, "room": "lobby"}));
            history.append(page["events"].as_array_mut().expect("a list"));
            after = page["until"].take();
            if page["more"] != true {
                break;
            }
        }
        Self {
            seq: came["seq"].as_u64().expect("a seq"),
            resources,
            here: ask(socket, json!({"do": "who"}))["here"].take(),
            rooms: ask(socket, json!({"do": "rooms"}))["rooms"].take(),
            history,
        }
    }

    /// Nothing else follows from the log: the entries up to there, folded without a server.
    #[track_caller]
    pub(crate) fn follows_from(&self, entries: &[Entry]) {
        let mut state = State::default();
        let so_far = usize::try_from(self.seq).expect("a short log");
        for (seq, entry) in (1..).zip(&entries[..so_far]) {
            state.apply(Seq(seq), entry);
        }
        assert_eq!(*self, Self::meant(&state), "the server, and its log by itself");
    }

    fn meant(state: &State) -> Self {
        let resources = state.resources().iter().map(|resource| {
            let name = resource.name.shown.to_string();
            let Some(held) = resource.held else { return json!({"name": name, "free": true}) };
            let mut it = json!({"name": name, "free": false});
            if let Some(holder) = state.people().name_of(held.holder) {
                it["holder"] = holder.to_string().into();
            }
            it
        });
        let (_, lobby) = state.rooms().iter().next().expect("there always is one");
        let here = lobby.members().map(|session| state.name_of(session).expect("the named"));
        let rooms = state.rooms().iter().map(|(_, room)| {
            let mut it = json!({"name": room.name.shown.to_string(), "here": room.here()});
            if let Some((topic, _)) = &room.topic {
                it["topic"] = topic.to_string().into();
            }
            it
        });
        let cut = lobby.history.cut().0;
        let gap =
            (cut > 0).then(|| json!({"event": "gap", "room": "lobby", "after": 0, "until": cut}));
        let history = lobby.history.iter().map(|kept| {
            let (event, from, text) = match &kept.event {
                Event::Said { from, text, .. } => ("message", from, text),
                Event::Topic { from, text, .. } => ("topic", from, text),
                other => panic!("nobody did that: {other:?}"),
            };
            let (from, text) = (from.to_string(), text.to_string());
            json!({
                "event": event, "seq": kept.seq.0, "room": "lobby", "from": from, "text": text,
            })
        });
        Self {
            seq: state.seq().0,
            resources: resources.collect(),
            here: here.map(|name| name.to_string()).collect(),
            rooms: rooms.collect(),
            history: gap.into_iter().chain(history).collect(),
        }
    }
}

/// Asks, and passes over what others say meanwhile.
#[track_caller]
fn ask(socket: &mut Client, mut request: Value) -> Value {
    request["id"] = "now".into();
    socket.sends(format!("{request}\n"));
    loop {
        let line = socket.line().expect("the server is there");
        if line.starts_with('{') {
            let mut it: Value = serde_json::from_str(&line).expect("a line is whole");
            if it["id"] == "now" {
                return it["ok"].take();
            }
        }
    }
}
