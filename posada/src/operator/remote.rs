//! The conversation with a running server: one request, one answer, in JSON.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use posada_core::{Addressee, Ask, Barred, Order, Refusal, Text};
use posada_log::{Directory, DirectoryError};
use serde_json::{Map, Value, json};

use super::token::{Right, RightError};
use crate::console::{Guest, Reply, Thing};

/// How long the server may take to be reached, and to answer.
const REACHING: Duration = Duration::from_secs(5);
const ANSWERING: Duration = Duration::from_secs(30);
/// Bytes of an answer: everybody who can be connected fits.
const LONGEST: u64 = 64 << 20;

/// A server that knows us for its operator.
pub(super) struct Remote {
    stream: BufReader<TcpStream>,
    asked: u64,
}

impl Remote {
    /// Reaches the server that uses `data`, and shows it the token.
    ///
    /// # Errors
    /// When there is none, or it does not take the token.
    pub(super) fn reach(data: &Path) -> Result<Self> {
        // Whoever may have taken the port of a server that is gone is not shown its token.
        match Directory::open_read_only(data) {
            Err(DirectoryError::Held { .. }) => {}
            _ => return Err(RightError::NoServer { data: data.to_owned() }.into()),
        }
        let right = Right::read(data)?;
        let stream = TcpStream::connect_timeout(&right.listener, REACHING)
            .with_context(|| format!("cannot reach the server at {}", right.listener))?;
        stream.set_read_timeout(Some(ANSWERING))?;
        stream.set_write_timeout(Some(ANSWERING))?;
        let mut remote = Self { stream: BufReader::new(stream), asked: 0 };
        match remote.request(json!({"do": "operator", "token": right.token}))? {
            Ok(_) => Ok(remote),
            Err(refusal) => bail!(
                "the server does not take the token ({}): try again if it was just restarted",
                refusal.code()
            ),
        }
    }

    /// Asks for something and waits for the answer.
    ///
    /// # Errors
    /// When the server ends the conversation, or does not answer.
    pub(super) fn ask(&mut self, ask: &Ask) -> Result<Reply> {
        let request = request(ask).ok_or_else(|| anyhow!("that cannot be asked from here"))?;
        Ok(match self.request(request)? {
            Ok(answer) => read(ask, &answer),
            Err(refusal) => Reply::Refused(refusal),
        })
    }

    fn request(&mut self, mut request: Value) -> Result<std::result::Result<Value, Refusal>> {
        self.asked += 1;
        request["id"] = self.asked.into();
        let stream = self.stream.get_mut();
        stream.write_all(format!("{request}\n").as_bytes()).context("the server is gone")?;
        loop {
            let mut line = String::new();
            let mut bounded = (&mut self.stream).take(LONGEST);
            bounded.read_line(&mut line).context("the server does not answer")?;
            if line.is_empty() {
                bail!("the server ended the conversation");
            }
            if let Some(goodbye) = line.strip_prefix("BYE ") {
                // Whoever is not let in is told so before anything was read.
                return Err(not_let_in(goodbye.trim_end()));
            }
            let mut answer: Value = serde_json::from_str(&line)
                .map_err(|_| anyhow!("what answers there is no posada server"))?;
            if answer["event"] == "bye" {
                let code = answer["code"].as_str().unwrap_or("?").to_owned();
                bail!("the server ended the conversation: {code}");
            }
            if answer["id"] != self.asked {
                continue;
            }
            let code = answer["error"]["code"].as_str();
            let refusal = code.map(|code| Refusal::ALL.into_iter().find(|it| it.code() == code));
            return match refusal {
                Some(Some(refusal)) => Ok(Err(refusal)),
                Some(None) => bail!("refused: {}", answer["error"]["code"]),
                None => Ok(Ok(answer["ok"].take())),
            };
        }
    }
}

/// Why the server says goodbye, and what to do about it.
fn not_let_in(goodbye: &str) -> anyhow::Error {
    let why = anyhow!("the server says goodbye: {goodbye}");
    match goodbye.split(' ').next() {
        Some("full") => why.context(
            "every place of this listener is taken: kick somebody at the server's console, or \
             raise its sessions",
        ),
        Some("banned") => why.context(
            "this address is shut out: /unban it at the server's console, or wait until its time \
             is over",
        ),
        _ => why,
    }
}

/// How something is asked. Names are sent as their keys, which are names for the same.
fn request(ask: &Ask) -> Option<Value> {
    let barred = |who: &Barred| match who {
        Barred::Name(name) => name.to_string(),
        Barred::Address(address) => address.to_string(),
    };
    let addressee = |who: &Addressee| match who {
        Addressee::Name(name) => name.to_string(),
        Addressee::Peer(peer) => peer.to_string(),
    };
    Some(match ask {
        Ask::List => json!({"do": "list"}),
        Ask::Rooms => json!({"do": "rooms"}),
        Ask::Who(Some(room)) => json!({"do": "who", "room": &**room}),
        Ask::Order(order) => match order {
            Order::Announce(text) => json!({"do": "announce", "text": &**text}),
            Order::Tell { to, text } => {
                json!({"do": "tell", "to": addressee(to), "text": &**text})
            }
            Order::Kick(who) => json!({"do": "kick", "who": addressee(who)}),
            Order::Ban { who, for_ms: 0 } => json!({"do": "unban", "who": barred(who)}),
            Order::Ban { who, for_ms } => {
                json!({"do": "ban", "who": barred(who), "for": for_ms / 1_000})
            }
            Order::Release(resource) => json!({"do": "release", "resource": &**resource}),
            Order::Sessions => json!({"do": "sessions"}),
        },
        _ => return None,
    })
}

/// What an answer says.
fn read(ask: &Ask, answer: &Value) -> Reply {
    let list = |key: &str| answer[key].as_array();
    let text = |it: &Value| it.as_str().map(Text::from);
    if let Some(sessions) = list("sessions") {
        return Reply::Guests(sessions.iter().filter_map(Value::as_object).map(guest).collect());
    }
    if let Some(names) = list("here") {
        return Reply::Names(names.iter().filter_map(text).collect());
    }
    if let Some(rooms) = list("rooms") {
        let room = |it: &Value| {
            let here = it["here"].as_u64().and_then(|here| here.try_into().ok());
            Some((text(&it["name"])?, here.unwrap_or(0), text(&it["topic"])))
        };
        return Reply::Rooms(rooms.iter().filter_map(room).collect());
    }
    if let Some(resources) = list("resources") {
        let resource = |it: &Value| {
            let since = it["since"].as_str().and_then(|it| it.parse::<jiff::Timestamp>().ok());
            let since_ms = since.and_then(|it| u64::try_from(it.as_millisecond()).ok());
            let since_ms = (it["free"] != true).then_some(since_ms.unwrap_or(0));
            Some(Thing { name: text(&it["name"])?, since_ms, holder: text(&it["holder"]) })
        };
        return Reply::Resources(resources.iter().filter_map(resource).collect());
    }
    match (ask, answer["addressed"].as_u64()) {
        (Ask::Order(Order::Tell { to, .. }), _) if answer["kept"] == true => {
            Reply::Kept(match to {
                Addressee::Name(name) => name.clone(),
                Addressee::Peer(peer) => peer.to_string().into(),
            })
        }
        (_, Some(addressed)) => Reply::Sent(addressed.try_into().unwrap_or(u32::MAX)),
        _ => Reply::Done,
    }
}

fn guest(it: &Map<String, Value>) -> Guest {
    let text = |key: &str| it.get(key).and_then(Value::as_str);
    Guest {
        peer: text("peer").map(str::to_owned),
        listener: text("listener").unwrap_or("?").to_owned(),
        name: text("name").map(Text::from),
        for_ms: it.get("since_ms").and_then(Value::as_u64).unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::order::{Typed, read as typed};

    #[track_caller]
    fn check(line: &str, wanted: &Value, answer: &Value, reply: &Reply) {
        let Typed::Ask(ask) = typed(line) else { panic!("{line:?} is for the server") };
        assert_eq!(request(&ask).as_ref(), Some(wanted), "{line:?}");
        assert_eq!(&read(&ask, answer), reply, "{line:?}");
    }

    #[test]
    fn orders_are_asked_in_json_and_their_answers_read() {
        let announce = json!({"do": "announce", "text": "hola"});
        check("hola", &announce, &json!({"seq": 3, "addressed": 2}), &Reply::Sent(2));
        let tell = json!({"do": "tell", "to": "ana maría", "text": "hola"});
        let kept = json!({"seq": 3, "addressed": 0, "kept": true});
        check("@\"Ana María\" hola", &tell, &kept, &Reply::Kept("ana maría".into()));
        let kick = json!({"do": "kick", "who": "[::1]:5"});
        check("/kick [::1]:5", &kick, &json!({"seq": 3}), &Reply::Done);
        let ban = json!({"do": "ban", "who": "10.0.0.1", "for": 600});
        check("/ban 10.0.0.1 10m", &ban, &json!({"seq": 3}), &Reply::Done);
        let unban = json!({"do": "unban", "who": "ana"});
        check("/unban ana", &unban, &json!({"seq": 3}), &Reply::Done);
        let release = json!({"do": "release", "resource": "habitación 1"});
        check("/release Habitación 1", &release, &json!({"seq": 3}), &Reply::Done);
    }

    #[test]
    fn lists_are_read() {
        let ana = json!({"peer": "10.0.0.1:5", "listener": "talk", "name": "ana", "since_ms": 7});
        let console = json!({"peer": null, "listener": "console", "since_ms": 9});
        let guest = |peer: Option<&str>, listener: &str, name: Option<&str>, for_ms| Guest {
            peer: peer.map(Into::into),
            listener: listener.into(),
            name: name.map(Into::into),
            for_ms,
        };
        let guests = vec![
            guest(Some("10.0.0.1:5"), "talk", Some("ana"), 7),
            guest(None, "console", None, 9),
        ];
        let sessions = json!({"sessions": [ana, console]});
        check("/who", &json!({"do": "sessions"}), &sessions, &Reply::Guests(guests));
        let rooms = json!({"rooms": [{"name": "lobby", "here": 2, "topic": "x"}]});
        let room = ("lobby".into(), 2, Some("x".into()));
        check("/rooms", &json!({"do": "rooms"}), &rooms, &Reply::Rooms(vec![room]));
        let since = "1970-01-01T00:00:05Z";
        let resources = json!({"resources": [
            {"name": "a", "free": true},
            {"name": "b", "free": false, "holder": "ana", "since": since},
        ]});
        let held = vec![
            Thing { name: "a".into(), since_ms: None, holder: None },
            Thing { name: "b".into(), since_ms: Some(5_000), holder: Some("ana".into()) },
        ];
        check("/resources", &json!({"do": "list"}), &resources, &Reply::Resources(held));
    }
}
