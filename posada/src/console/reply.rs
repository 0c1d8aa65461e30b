//! What an order came to, in the shape in which it is shown: the same for what was typed at the
//! console and for what [`crate::operator`] asked from elsewhere.

use posada_core::{Addressee, Answer, Ask, Order, Reach, Refusal, Text};

/// What was asked, as far as its answer needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// To tell one, who may be away.
    Tell(Text),
    /// Who is in a room.
    Who,
    /// Anything else.
    Other,
}

impl From<&Ask> for Asked {
    fn from(ask: &Ask) -> Self {
        match ask {
            Ask::Order(Order::Tell { to: Addressee::Name(name), .. }) => Self::Tell(name.clone()),
            Ask::Order(Order::Tell { to: Addressee::Peer(peer), .. }) => {
                Self::Tell(peer.to_string().into())
            }
            Ask::Who(_) => Self::Who,
            _ => Self::Other,
        }
    }
}

/// What it came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// It goes to so many.
    Sent(u32),
    /// It waits for one who is away.
    Kept(Text),
    /// It was done.
    Done,
    /// Who is connected.
    Guests(Vec<Guest>),
    /// Who is in a room.
    Names(Vec<Text>),
    /// The rooms: name, number of members, topic.
    Rooms(Vec<(Text, u32, Option<Text>)>),
    /// What can be reserved.
    Resources(Vec<Thing>),
    /// It was refused.
    Refused(Refusal),
}

/// Somebody who is connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guest {
    /// Where from; `None`: the console itself.
    pub peer: Option<String>,
    /// The listener's name.
    pub listener: String,
    /// The guest's name.
    pub name: Option<Text>,
    /// For how many milliseconds.
    pub for_ms: u64,
}

/// Something that can be reserved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thing {
    /// Its name.
    pub name: Text,
    /// Since when somebody has it, in wall milliseconds; `None`: it is free.
    pub since_ms: Option<u64>,
    /// Who has it, if that is known.
    pub holder: Option<Text>,
}

impl Reply {
    /// The answer to what was asked. `listeners` are the names of the listeners, by their ids.
    pub fn new(asked: Asked, answer: &Answer, listeners: &[&'static str]) -> Self {
        match answer {
            Answer::Refused(refusal) => Self::Refused(*refusal),
            Answer::Said { reach: Some(Reach::Addressed(addressed)), .. } => Self::Sent(*addressed),
            Answer::Said { reach: Some(Reach::Kept), .. } => match asked {
                Asked::Tell(name) => Self::Kept(name),
                _ => Self::Done,
            },
            Answer::Sessions(sessions) => Self::Guests(
                sessions
                    .iter()
                    .map(|one| Guest {
                        peer: one.peer.map(|peer| peer.to_string()),
                        listener: listeners
                            .get(usize::from(one.listener.0))
                            .map_or_else(|| "?".to_owned(), ToString::to_string),
                        name: one.name.clone(),
                        for_ms: one.for_ms,
                    })
                    .collect(),
            ),
            Answer::Who(names) => Self::Names(names.clone()),
            Answer::Rooms(rooms) => Self::Rooms(
                rooms
                    .iter()
                    .map(|room| (room.name.clone(), room.here, room.topic.clone()))
                    .collect(),
            ),
            Answer::List(resources) => Self::Resources(
                resources
                    .iter()
                    .map(|one| Thing {
                        name: one.name.clone(),
                        since_ms: one.holder.as_ref().map(|it| it.since_ms),
                        holder: one.holder.as_ref().and_then(|it| it.name.clone()),
                    })
                    .collect(),
            ),
            _ => Self::Done,
        }
    }
}
