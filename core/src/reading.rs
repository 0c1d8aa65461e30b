//! Answering what only reads the state.

use alloc::vec::Vec;

use crate::state::State;
use crate::state::missed::Missed;
use crate::state::rooms::Room;
use crate::{
    Answer, Ask, HolderView, PrincipalId, Refusal, ResourceView, RoomId, RoomView, SessionId, Text,
};

/// The answer to an ask that changes nothing. Who has a name may see names; what was missed is
/// told in pages of `most` bytes.
pub(crate) fn answer(
    state: &State,
    session: SessionId,
    named: bool,
    most: u32,
    ask: &Ask,
) -> Answer {
    let answered = match ask {
        Ask::Who(room) => who(state, session, room.as_deref()),
        Ask::Topic(room) => topic(state, session, room.as_deref()),
        Ask::Resume { after, room } => {
            state.missed(session, *after, room.as_deref(), most).map(page)
        }
        Ask::Rooms => Ok(Answer::Rooms(rooms(state))),
        Ask::List => Ok(Answer::List(resources(state, session, named))),
        Ask::Ping => Ok(Answer::Pong),
        Ask::Operator(_) => Ok(Answer::Operator),
        Ask::Unreadable(refusal) => Err(*refusal),
        _ => Ok(Answer::Help),
    };
    answered.unwrap_or_else(Answer::Refused)
}

fn who(state: &State, session: SessionId, room: Option<&str>) -> Result<Answer, Refusal> {
    let room = state.rooms().asked(session, room)?;
    let names = room.members().filter_map(|member| state.name_of(member));
    Ok(Answer::Who(names.collect()))
}

fn topic(state: &State, session: SessionId, room: Option<&str>) -> Result<Answer, Refusal> {
    let room = state.rooms().asked(session, room)?;
    Ok(Answer::Topic { room: room.name.shown.clone(), topic: room.topic.clone() })
}

fn page(Missed { until, more, events }: Missed) -> Answer {
    Answer::Missed { until, more, events }
}

/// Where nobody is and nothing was said is no room to speak of, but for the lobby.
fn rooms(state: &State) -> Vec<RoomView> {
    let topic = |topic: &Option<(Text, Text)>| topic.as_ref().map(|(topic, _)| topic.clone());
    let view = |room: &Room| RoomView {
        name: room.name.shown.clone(),
        here: room.here(),
        topic: topic(&room.topic),
    };
    let shown = |id, room: &Room| {
        id == RoomId::LOBBY || room.here() > 0 || room.history.iter().next().is_some()
    };
    let rooms = state.rooms().iter().filter(|(id, room)| shown(*id, room));
    rooms.map(|(_, room)| view(room)).collect()
}

fn resources(state: &State, session: SessionId, named: bool) -> Vec<ResourceView> {
    let me = state.people().principal_of(session);
    let view = |holder: PrincipalId, since_ms| HolderView {
        name: if named { state.people().name_of(holder) } else { None },
        since_ms,
        yours: holder == me,
    };
    state
        .resources()
        .iter()
        .map(|resource| ResourceView {
            name: resource.name.shown.clone(),
            holder: resource.held.map(|held| view(held.holder, held.since_ms)),
        })
        .collect()
}
