//! The three ways in which somebody talks in rooms, spelled here anew: requests as they are sent,
//! and everything that is read, to the byte.

/// How somebody talks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Verbs, in English.
    Hand,
    /// JSON lines.
    Json,
    /// Seed 2's profile, in lines; rooms by `/verb`.
    Talk,
}

/// What somebody asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    Join(String),
    Leave(String),
    Say(String),
    SayIn(String, String),
    Topic(String, String),
    Ping,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Done {
    Joined { seq: u64, room: String, here: usize, topic: String },
    Left { seq: u64, room: String },
    TopicSet { seq: u64, room: String },
    Said { seq: u64, addressed: usize, by_verb: bool },
    Pong,
}

/// What others bring about in a room.
pub(crate) struct Event<'t> {
    pub(crate) seq: u64,
    pub(crate) room: &'t str,
    pub(crate) from: &'t str,
    pub(crate) text: &'t str,
    pub(crate) is_topic: bool,
}

impl Dialect {
    /// A request, with its number.
    pub(crate) fn request(self, id: usize, ask: &Ask) -> String {
        if self == Self::Json {
            let quoted = |text: &String| serde_json::Value::from(text.as_str()).to_string();
            let fields = match ask {
                Ask::Join(room) => format!(r#""do":"join","room":{}"#, quoted(room)),
                Ask::Leave(room) => format!(r#""do":"leave","room":{}"#, quoted(room)),
                Ask::Say(text) => format!(r#""do":"say","text":{}"#, quoted(text)),
                Ask::SayIn(room, text) => {
                    format!(r#""do":"say","room":{},"text":{}"#, quoted(room), quoted(text))
                }
                Ask::Topic(room, text) => {
                    format!(r#""do":"topic","room":{},"text":{}"#, quoted(room), quoted(text))
                }
                Ask::Ping => r#""do":"ping""#.to_owned(),
            };
            return format!(r#"{{"id":{id},{fields}}}"#);
        }
        let talk = self == Self::Talk;
        let line = match ask {
            Ask::Say(text) if talk => return text.clone(),
            Ask::Join(room) if talk => format!("entrar {room}"),
            Ask::Leave(room) if talk => format!("dejar #{room}"),
            Ask::Join(room) => format!("join #{room}"),
            Ask::Leave(room) => format!("leave {room}"),
            Ask::Say(text) => format!("say {text}"),
            Ask::SayIn(room, text) => format!("to #{room} {text}"),
            Ask::Topic(room, text) if text.is_empty() => format!("topic {room} \"\""),
            Ask::Topic(room, text) => format!("topic {room} {text}"),
            Ask::Ping => "ping".to_owned(),
        };
        if talk { format!("/{line}") } else { line }
    }

    /// The answer to the request of that number.
    pub(crate) fn answer(self, id: usize, done: &Done) -> String {
        if self == Self::Json {
            let fields = match done {
                Done::Joined { seq, room, here, topic } if topic.is_empty() => {
                    format!(r#""seq":{seq},"room":"{room}","here":{here}"#)
                }
                Done::Joined { seq, room, here, topic } => {
                    format!(r#""seq":{seq},"room":"{room}","here":{here},"topic":"{topic}""#)
                }
                Done::Left { seq, room } | Done::TopicSet { seq, room } => {
                    format!(r#""seq":{seq},"room":"{room}""#)
                }
                Done::Said { seq, addressed, .. } => {
                    format!(r#""seq":{seq},"addressed":{addressed}"#)
                }
                Done::Pong => r#""pong":true"#.to_owned(),
            };
            return format!(r#"{{"id":{id},"ok":{{{fields}}}}}"#);
        }
        let talk = self == Self::Talk;
        let word = |english, spanish| if talk { spanish } else { english };
        match done {
            Done::Joined { seq, room, here, topic } => {
                let (joined, is) = (word("joined", "entras en"), word("here", "aquí"));
                let topic = if topic.is_empty() { String::new() } else { format!(": {topic}") };
                format!("OK {seq} {joined} #{room} {here} {is}{topic}")
            }
            Done::Left { seq, room } => format!("OK {seq} {} #{room}", word("left", "sales de")),
            Done::TopicSet { seq, room } => {
                format!("OK {seq} {} #{room}", word("topic", "tema de"))
            }
            Done::Said { by_verb: false, .. } if talk => "Recibido".to_owned(),
            Done::Said { seq, addressed, .. } => {
                format!("OK {seq} {} {addressed}", word("addressed", "destinatarios"))
            }
            Done::Pong => "OK pong".to_owned(),
        }
    }

    /// What others read of it, if they do.
    pub(crate) fn event(self, event: &Event<'_>) -> Option<String> {
        let Event { seq, room, from, text, is_topic } = *event;
        Some(match (self, is_topic) {
            (Self::Talk, true) => return None,
            (Self::Talk, false) if room == "lobby" => format!("{from}: {text}"),
            (Self::Talk, false) => format!("#{room} {from}: {text}"),
            (Self::Hand, true) if text.is_empty() => format!("* {seq} topic #{room} {from}:"),
            (Self::Hand, true) => format!("* {seq} topic #{room} {from}: {text}"),
            (Self::Hand, false) => format!("* {seq} #{room} {from}: {text}"),
            (Self::Json, _) => {
                let event = if is_topic { "topic" } else { "message" };
                let said = format!(r#""room":"{room}","from":"{from}","text":"{text}""#);
                format!(r#"{{"event":"{event}","seq":{seq},{said}}}"#)
            }
        })
    }

    /// Whether a line answers something, of those that are read in these stories.
    pub(crate) fn is_answer(self, line: &str) -> bool {
        match self {
            Self::Hand => !line.starts_with("* "),
            Self::Json => !line.starts_with(r#"{"event""#),
            Self::Talk => line == "Recibido" || line.starts_with("OK ") || line.starts_with('E'),
        }
    }
}
