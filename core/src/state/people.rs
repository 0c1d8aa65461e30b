//! Principals, their names, and the sessions in which they are online.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use subtle::ConstantTimeEq;

use super::{Outcome, Refusal};
use crate::limits::{ONLINE, PRINCIPALS, RESERVATIONS_EACH};
use crate::{Digest, Label, PrincipalId, Seq, SessionId, Text};

/// Everybody whom the log knows by name.
///
/// A principal exists while it is online or holds a reservation; its name is taken for as long.
#[derive(Clone, Debug, Default)]
pub struct People {
    principals: BTreeMap<PrincipalId, Principal>,
    names: BTreeMap<Text, PrincipalId>,
    online: BTreeMap<SessionId, PrincipalId>,
    /// By the entry that brought them, so that "who" lists the earliest first.
    lobby: BTreeMap<Seq, SessionId>,
    /// Sessions that are not over yet and whose principal went on in another one: what was
    /// asked there under a name is not done under none.
    replaced: BTreeSet<SessionId>,
}

/// One owner of things.
#[derive(Clone, Debug)]
pub struct Principal {
    /// Its name.
    pub name: Label,
    /// The digest of its resume secret; without one nobody can come back to it.
    pub secret: Option<Digest>,
    /// Its session and the entry that brought it, while it is online.
    pub online: Option<(SessionId, Seq)>,
    /// How many reservations it holds.
    pub reservations: u32,
}

/// What a session says of itself when it takes a name.
pub(super) struct Claim<'a> {
    pub(super) name: &'a Label,
    pub(super) proof: Option<Digest>,
    pub(super) secret: Option<Digest>,
}

impl People {
    pub(super) fn arrive(&mut self, session: SessionId, claim: &Claim<'_>, seq: Seq) -> Outcome {
        match self.admit(session, claim, seq) {
            Ok((id, resumed)) => {
                let replaced = self.go_online(id, session, seq);
                Outcome::Named { name: self.principals[&id].name.shown.clone(), resumed, replaced }
            }
            Err(refusal) => Outcome::Refused(refusal),
        }
    }

    /// Finds or makes the principal that a claim stands for.
    fn admit(
        &mut self,
        session: SessionId,
        claim: &Claim<'_>,
        seq: Seq,
    ) -> Result<(PrincipalId, bool), Refusal> {
        if self.online.contains_key(&session) {
            return Err(Refusal::AlreadyNamed);
        }
        if self.online.len() >= ONLINE {
            return Err(Refusal::Full);
        }
        if let Some(&id) = self.names.get(&claim.name.key) {
            let proof = claim.proof.ok_or(Refusal::NameTaken)?;
            let secret = self.principals[&id].secret.ok_or(Refusal::NameTaken)?;
            let same = bool::from(proof.ct_eq(&secret));
            return if same { Ok((id, true)) } else { Err(Refusal::BadSecret) };
        }
        if self.principals.len() >= PRINCIPALS {
            return Err(Refusal::Full);
        }
        let id = PrincipalId(seq);
        let principal = Principal {
            name: claim.name.clone(),
            // Who returns after everything was forgotten keeps the secret that it knows.
            secret: claim.proof.or(claim.secret),
            online: None,
            reservations: 0,
        };
        self.names.insert(claim.name.key.clone(), id);
        self.principals.insert(id, principal);
        Ok((id, false))
    }

    /// Returns the session that the principal had until now.
    fn go_online(&mut self, id: PrincipalId, session: SessionId, seq: Seq) -> Option<SessionId> {
        let principal = self.principals.get_mut(&id).expect("an admitted principal exists");
        let replaced = principal.online.replace((session, seq));
        if let Some((old, since)) = replaced {
            self.online.remove(&old);
            self.lobby.remove(&since);
            self.replaced.insert(old);
        }
        self.online.insert(session, id);
        self.lobby.insert(seq, session);
        replaced.map(|(old, _)| old)
    }

    pub(super) fn leave(&mut self, session: SessionId) -> Result<(), Refusal> {
        self.replaced.remove(&session);
        let id = self.online.remove(&session).ok_or(Refusal::NameFirst)?;
        let principal = self.principals.get_mut(&id).expect("who is online is a principal");
        let (_, since) = principal.online.take().expect("both sides know of the session");
        self.lobby.remove(&since);
        self.forget_if_idle(id);
        Ok(())
    }

    pub(super) fn end_epochs_before(&mut self, node: u16, epoch: u32) {
        self.replaced.retain(|session| session.node != node || session.epoch >= epoch);
        let ended: Vec<SessionId> = self
            .online
            .keys()
            .filter(|session| session.node == node && session.epoch < epoch)
            .copied()
            .collect();
        for session in ended {
            self.leave(session).expect("it was online a line ago");
        }
    }

    pub(super) fn speak(&self, session: SessionId) -> Outcome {
        let Some(from) = self.name_of(self.principal_of(session)) else {
            return Outcome::Refused(Refusal::NameFirst);
        };
        let others = self.lobby.len().saturating_sub(1);
        Outcome::Said { from, addressed: u32::try_from(others).expect("ONLINE bounds the lobby") }
    }

    pub(super) fn address(&self, session: SessionId, name: &str) -> Outcome {
        let Some(from) = self.name_of(self.principal_of(session)) else {
            return Outcome::Refused(Refusal::NameFirst);
        };
        let online = self.names.get(name).and_then(|id| self.principals[id].online);
        match online {
            Some((to, _)) => Outcome::Told { from, to },
            None => Outcome::Refused(Refusal::NotHere),
        }
    }

    pub(super) fn may_reserve(&self, id: PrincipalId) -> bool {
        self.principals.get(&id).is_none_or(|known| known.reservations < RESERVATIONS_EACH)
    }

    pub(super) fn count_reservation(&mut self, id: PrincipalId) {
        if let Some(principal) = self.principals.get_mut(&id) {
            principal.reservations += 1;
        }
    }

    pub(super) fn discount_reservation(&mut self, id: PrincipalId) {
        if let Some(principal) = self.principals.get_mut(&id) {
            principal.reservations -= 1;
            self.forget_if_idle(id);
        }
    }

    fn forget_if_idle(&mut self, id: PrincipalId) {
        let principal = &self.principals[&id];
        if principal.online.is_none() && principal.reservations == 0 {
            self.names.remove(&principal.name.key);
            self.principals.remove(&id);
        }
    }

    /// Whether a session's principal has gone on in another one.
    pub(super) fn is_replaced(&self, session: SessionId) -> bool {
        self.replaced.contains(&session)
    }

    /// The sessions that are not over and whose principal has gone on in another one.
    pub fn replaced(&self) -> impl Iterator<Item = SessionId> + '_ {
        self.replaced.iter().copied()
    }

    /// Whom a session stands for: the anonymous, until it has a name.
    pub fn principal_of(&self, session: SessionId) -> PrincipalId {
        self.online.get(&session).copied().unwrap_or(PrincipalId::ANONYMOUS)
    }

    /// A principal's name; `None` for the anonymous.
    pub fn name_of(&self, id: PrincipalId) -> Option<Text> {
        self.principals.get(&id).map(|principal| principal.name.shown.clone())
    }

    /// All principals.
    pub fn principals(&self) -> impl Iterator<Item = (PrincipalId, &Principal)> {
        self.principals.iter().map(|(id, principal)| (*id, principal))
    }

    /// How many are online.
    pub fn online(&self) -> usize {
        self.online.len()
    }

    /// The sessions in the lobby, in order of arrival.
    pub fn in_lobby(&self) -> impl Iterator<Item = SessionId> + '_ {
        self.lobby.values().copied()
    }
}
