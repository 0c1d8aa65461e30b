//! People put together from facts.

use super::{People, Principal};
use crate::limits::{AWAY, ONLINE, PRINCIPALS};
use crate::state::Unsound;
use crate::state::history::Kept;
use crate::state::restored::require;
use crate::{PrincipalId, SessionId};

impl People {
    pub(in crate::state) fn restore(
        &mut self,
        id: PrincipalId,
        principal: Principal,
    ) -> Result<(), Unsound> {
        let name = principal.name.key.clone();
        require(self.names.insert(name, id).is_none(), "a name twice")?;
        if let Some((session, _)) = principal.online {
            require(self.online.insert(session, id).is_none(), "a session twice")?;
            require(self.online.len() <= ONLINE, "too many online")?;
        }
        if let Some(since) = principal.away {
            require(principal.secret.is_some(), "somebody away who cannot come back")?;
            self.away.insert((since, id));
            require(self.away.len() <= AWAY, "too many away")?;
        }
        require(self.principals.insert(id, principal).is_none(), "a principal twice")?;
        require(self.principals.len() <= PRINCIPALS, "too many principals")
    }

    /// Puts a message into the mailbox of a principal that was restored.
    pub(in crate::state) fn restore_event(
        &mut self,
        id: PrincipalId,
        kept: Kept,
    ) -> Result<(), Unsound> {
        let principal = self.principals.get_mut(&id).expect("it was restored just before");
        principal.mailbox.restore(kept)?;
        let waits = principal.mailbox.waits();
        require(!waits || principal.online.is_none(), "a message that waits for who is here")
    }

    pub(in crate::state) fn restore_replaced(&mut self, session: SessionId) -> Result<(), Unsound> {
        require(!self.online.contains_key(&session), "a session both replaced and not")?;
        require(self.replaced.insert(session), "a replaced session twice")
    }

    /// Counts a reservation of whoever holds something.
    pub(in crate::state) fn restore_reservation(
        &mut self,
        holder: PrincipalId,
    ) -> Result<(), Unsound> {
        let known = holder == PrincipalId::ANONYMOUS || self.principals.contains_key(&holder);
        require(known, "something held by nobody")?;
        require(self.may_reserve(holder), "too many reservations")?;
        self.count_reservation(holder);
        Ok(())
    }

    /// Who has something to do with its name is not away, and who has not is.
    pub(in crate::state) fn is_restored(&self) -> Result<(), Unsound> {
        let sound = |it: &Principal| it.has_its_name() == it.away.is_none();
        require(self.principals.values().all(sound), "somebody neither here nor away")
    }
}
