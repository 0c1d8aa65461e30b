//! Answering what only reads the state.

use alloc::vec::Vec;

use crate::state::State;
use crate::{Answer, Ask, HolderView, PrincipalId, ResourceView, SessionId};

/// The answer to an ask that changes nothing. Who has a name may see names.
pub(crate) fn answer(state: &State, session: SessionId, named: bool, ask: &Ask) -> Answer {
    match ask {
        Ask::Who => {
            Answer::Who(state.in_lobby().filter_map(|member| state.name_of(member)).collect())
        }
        Ask::List => Answer::List(resources(state, session, named)),
        Ask::Ping => Answer::Pong,
        Ask::Unreadable(refusal) => Answer::Refused(*refusal),
        _ => Answer::Help,
    }
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
