//! Spelling replies as objects: the `id` of the request, and `ok` or `error`.

use posada_core::{Answer, Reach, ResourceView, RoomView, SessionView};
use serde::Serialize;

use super::event::Happened;
use super::{Id, put};
use crate::native::{Voice, rfc3339};
use crate::secret;

#[derive(Serialize)]
#[serde(untagged)]
enum Body<'a> {
    Named {
        seq: u64,
        name: &'a str,
        room: &'a str,
        resumed: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        secret: Option<String>,
    },
    Joined {
        seq: u64,
        room: &'a str,
        here: u32,
        #[serde(skip_serializing_if = "Option::is_none")]
        topic: Option<&'a str>,
    },
    /// Left, or the topic was set.
    Room {
        seq: u64,
        room: &'a str,
    },
    Topic {
        room: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        topic: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        by: Option<&'a str>,
    },
    Said {
        seq: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        addressed: Option<u32>,
        #[serde(skip_serializing_if = "Option::is_none")]
        kept: Option<bool>,
    },
    Missed {
        until: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        more: Option<bool>,
        events: Vec<Happened<'a>>,
    },
    Watching {
        watching: bool,
    },
    PassedOn {
        passed: bool,
    },
    Reserved {
        seq: u64,
        token: u64,
        resource: &'a str,
    },
    Cancelled {
        seq: u64,
        resource: &'a str,
    },
    Who {
        here: Vec<&'a str>,
    },
    Rooms {
        rooms: Vec<Room<'a>>,
    },
    List {
        resources: Vec<Resource<'a>>,
    },
    Pong {
        pong: bool,
    },
    Help {
        verbs: Vec<&'a str>,
    },
    Bye {
        bye: bool,
    },
    Operator {
        operator: bool,
    },
    Done {
        seq: u64,
    },
    Sessions {
        sessions: Vec<Session<'a>>,
    },
}

#[derive(Serialize)]
struct Room<'a> {
    name: &'a str,
    here: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    topic: Option<&'a str>,
}

#[derive(Serialize)]
struct Resource<'a> {
    name: &'a str,
    free: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    holder: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    yours: Option<bool>,
}

#[derive(Serialize)]
struct Session<'a> {
    /// Null: it is no connection, but a part of the server.
    peer: Option<String>,
    listener: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    since_ms: u64,
}

#[derive(Serialize)]
struct Problem<'a> {
    code: &'a str,
    message: &'a str,
    help: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
}

#[derive(Serialize)]
struct Done<'a> {
    id: &'a Id,
    ok: Body<'a>,
}

#[derive(Serialize)]
struct Refused<'a> {
    id: &'a Id,
    error: Problem<'a>,
}

/// Spells the answer to a request. `fresh`: the secret of who asked for a new name; `detail`: what
/// was wrong with the request, if something was.
pub(crate) fn reply(
    id: &Id,
    answer: &Answer,
    fresh: Option<u128>,
    detail: Option<&str>,
    voice: &Voice<'_>,
    out: &mut Vec<u8>,
) {
    if let Answer::Refused(refusal) = answer {
        let (message, help) = (voice.words.refusal)(*refusal);
        let error = Problem { code: refusal.code(), message, help, detail };
        put(out, &Refused { id, error });
    } else {
        put(out, &Done { id, ok: body(answer, fresh, voice) });
    }
}

/// Spells the answer to who asked to leave.
pub(crate) fn left(id: &Id, out: &mut Vec<u8>) {
    put(out, &Done { id, ok: Body::Bye { bye: true } });
}

fn body<'a>(answer: &'a Answer, fresh: Option<u128>, voice: &Voice<'_>) -> Body<'a> {
    match answer {
        Answer::Named { seq, name, resumed } => Body::Named {
            seq: seq.0,
            name,
            room: "lobby",
            resumed: *resumed,
            secret: fresh.map(secret::show),
        },
        Answer::Joined { seq, room, here, topic } => {
            Body::Joined { seq: seq.0, room, here: *here, topic: topic.as_deref() }
        }
        Answer::Left { seq, room } | Answer::TopicSet { seq, room } => {
            Body::Room { seq: seq.0, room }
        }
        Answer::Topic { room, topic } => {
            let (topic, by) = topic.as_ref().map(|(text, by)| (&**text, &**by)).unzip();
            Body::Topic { room, topic, by }
        }
        Answer::Said { seq, reach } => said(seq.0, *reach),
        Answer::Missed { until, more, events } => Body::Missed {
            until: until.0,
            more: more.then_some(true),
            events: events.iter().map(|(seq, event)| Happened::of(Some(*seq), event)).collect(),
        },
        Answer::Watching(watching) => Body::Watching { watching: *watching },
        Answer::PassedOn => Body::PassedOn { passed: true },
        Answer::Reserved { seq, resource } => Body::Reserved { seq: seq.0, token: seq.0, resource },
        Answer::Cancelled { seq, resource } => Body::Cancelled { seq: seq.0, resource },
        Answer::Who(names) => Body::Who { here: names.iter().map(AsRef::as_ref).collect() },
        Answer::Rooms(list) => Body::Rooms { rooms: list.iter().map(room).collect() },
        Answer::List(list) => Body::List { resources: list.iter().map(resource).collect() },
        Answer::Sessions(list) => {
            Body::Sessions { sessions: list.iter().map(|view| session(view, voice)).collect() }
        }
        Answer::Operator => Body::Operator { operator: true },
        Answer::Done { seq } => Body::Done { seq: seq.0 },
        Answer::Help => Body::Help { verbs: voice.help().collect() },
        Answer::Pong | Answer::Refused(_) => Body::Pong { pong: true },
    }
}

fn said(seq: u64, reach: Option<Reach>) -> Body<'static> {
    let (addressed, kept) = match reach {
        Some(Reach::Addressed(addressed)) => (Some(addressed), None),
        Some(Reach::Kept) => (Some(0), Some(true)),
        None => (None, None),
    };
    Body::Said { seq, addressed, kept }
}

fn room(view: &RoomView) -> Room<'_> {
    Room { name: &view.name, here: view.here, topic: view.topic.as_deref() }
}

fn resource(view: &ResourceView) -> Resource<'_> {
    let holder = view.holder.as_ref();
    Resource {
        name: &view.name,
        free: holder.is_none(),
        holder: holder.and_then(|holder| holder.name.as_deref()),
        since: holder.map(|holder| rfc3339(holder.since_ms)),
        yours: holder.map(|holder| holder.yours),
    }
}

fn session<'a>(view: &'a SessionView, voice: &Voice<'_>) -> Session<'a> {
    Session {
        peer: view.peer.map(|peer| peer.to_string()),
        listener: voice.listener(view.listener).into_owned(),
        name: view.name.as_deref(),
        since_ms: view.for_ms,
    }
}
