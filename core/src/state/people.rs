//! Principals, their names, and the sessions in which they are online.

mod restored;

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use subtle::ConstantTimeEq;

use super::Refusal;
use super::history::Kept;
use super::mailbox::Mailbox;
use crate::limits::{AWAY, ONLINE, PRINCIPALS, RESERVATIONS_EACH};
use crate::{Digest, Event, Label, PrincipalId, Seq, SessionId, Text};

/// Everybody whom the log knows by name.
///
/// A name is taken while its principal is online or holds a reservation. A principal that is and
/// does neither is *away*: it is remembered, but its name is free. Who has no secret cannot come
/// back, and so is forgotten, and nothing is kept for it.
#[derive(Clone, Debug, Default)]
pub struct People {
    principals: BTreeMap<PrincipalId, Principal>,
    names: BTreeMap<Text, PrincipalId>,
    online: BTreeMap<SessionId, PrincipalId>,
    /// Who is away, by the entry that made them so: who is away longest is forgotten first.
    away: BTreeSet<(Seq, PrincipalId)>,
    /// Sessions that are not over yet and whose principal is no longer in them: what was asked
    /// there under a name is not done under none.
    replaced: BTreeSet<SessionId>,
    /// Principals that were forgotten since this was last asked.
    forgotten: Vec<PrincipalId>,
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
    /// Its direct messages.
    pub mailbox: Mailbox,
    /// The entry since which it is away.
    pub away: Option<Seq>,
}

impl Principal {
    fn has_its_name(&self) -> bool {
        self.online.is_some() || self.reservations > 0
    }
}

/// What a session says of itself when it takes a name.
pub(super) struct Claim<'a> {
    pub(super) name: &'a Label,
    pub(super) proof: Option<Digest>,
    pub(super) secret: Option<Digest>,
}

/// A session that has got its name.
pub(super) struct Arrival {
    pub(super) name: Text,
    /// Whether the principal existed before.
    pub(super) resumed: bool,
    /// The session that it had until now.
    pub(super) replaced: Option<SessionId>,
    /// What waited for it.
    pub(super) mail: Vec<Kept>,
}

/// What becomes of a message for one name.
pub(super) enum Delivery {
    /// It goes to this session.
    To(SessionId),
    /// It waits; the name as it is shown.
    Kept(Text),
}

impl People {
    pub(super) fn arrive(
        &mut self,
        session: SessionId,
        claim: &Claim<'_>,
        seq: Seq,
    ) -> Result<Arrival, Refusal> {
        let (id, resumed) = self.admit(session, claim, seq)?;
        let (replaced, mail) = self.go_online(id, session, seq);
        let name = self.principals[&id].name.shown.clone();
        Ok(Arrival { name, resumed, replaced, mail })
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
            let known = &self.principals[&id];
            let same = match (claim.proof, known.secret) {
                (Some(proof), Some(secret)) => Some(bool::from(proof.ct_eq(&secret))),
                _ => None,
            };
            match same {
                Some(true) => return Ok((id, true)),
                Some(false) if known.has_its_name() => return Err(Refusal::BadSecret),
                None if known.has_its_name() => return Err(Refusal::NameTaken),
                _ => self.forget(id),
            }
        }
        if self.principals.len() >= PRINCIPALS {
            let (_, longest) = *self.away.first().ok_or(Refusal::Full)?;
            self.forget(longest);
        }
        let id = PrincipalId(seq);
        let principal = Principal {
            name: claim.name.clone(),
            // Who returns after everything was forgotten keeps the secret that it knows.
            secret: claim.proof.or(claim.secret),
            online: None,
            reservations: 0,
            mailbox: Mailbox::default(),
            away: None,
        };
        self.names.insert(claim.name.key.clone(), id);
        self.principals.insert(id, principal);
        Ok((id, false))
    }

    /// Returns the session that the principal had until now, and what waited for it.
    fn go_online(
        &mut self,
        id: PrincipalId,
        session: SessionId,
        seq: Seq,
    ) -> (Option<SessionId>, Vec<Kept>) {
        let principal = self.principals.get_mut(&id).expect("an admitted principal exists");
        if let Some(since) = principal.away.take() {
            self.away.remove(&(since, id));
        }
        let replaced = principal.online.replace((session, seq)).map(|(old, _)| old);
        let mail = principal.mailbox.open(seq);
        if let Some(old) = replaced {
            self.online.remove(&old);
            self.replaced.insert(old);
        }
        self.online.insert(session, id);
        (replaced, mail)
    }

    /// A session is over. Returns its name.
    pub(super) fn leave(&mut self, session: SessionId, seq: Seq) -> Result<Text, Refusal> {
        self.replaced.remove(&session);
        let id = self.online.remove(&session).ok_or(Refusal::NameFirst)?;
        let principal = self.principals.get_mut(&id).expect("who is online is a principal");
        principal.online.take().expect("both sides know of the session");
        let name = principal.name.shown.clone();
        self.let_go_if_idle(id, seq);
        Ok(name)
    }

    /// A session is over for its principal before it is over: the operator sends it away.
    pub(super) fn expel(&mut self, session: SessionId, seq: Seq) -> Result<Text, Refusal> {
        if !self.online.contains_key(&session) {
            return Err(Refusal::NameFirst);
        }
        let name = self.leave(session, seq)?;
        self.replaced.insert(session);
        Ok(name)
    }

    /// The sessions of a node's earlier epochs that are not over yet.
    pub(super) fn of_epochs_before(&mut self, node: u16, epoch: u32) -> Vec<SessionId> {
        let over = |session: &SessionId| session.node == node && session.epoch < epoch;
        self.replaced.retain(|session| !over(session));
        self.online.keys().filter(|session| over(session)).copied().collect()
    }

    /// Who has no more to do with a name makes it free.
    fn let_go_if_idle(&mut self, id: PrincipalId, seq: Seq) {
        let principal = self.principals.get_mut(&id).expect("it was there a line ago");
        if principal.has_its_name() {
            return;
        }
        if principal.secret.is_none() {
            // Nobody could ever come back to it.
            return self.forget(id);
        }
        principal.away = Some(seq);
        self.away.insert((seq, id));
        if self.away.len() > AWAY {
            let (_, longest) = *self.away.first().expect("there are many");
            self.forget(longest);
        }
    }

    /// Forgets everybody who is away, as the first rules have it.
    pub(super) fn forget_the_away(&mut self) {
        while let Some(&(_, id)) = self.away.first() {
            self.forget(id);
        }
    }

    fn forget(&mut self, id: PrincipalId) {
        let gone = self.principals.remove(&id).expect("who is forgotten was known");
        assert!(!gone.has_its_name(), "who is here, or holds something, is not forgotten");
        if let Some(since) = gone.away {
            self.away.remove(&(since, id));
        }
        self.names.remove(&gone.name.key);
        self.forgotten.push(id);
    }

    /// Who was forgotten since this was last asked.
    pub(super) fn take_forgotten(&mut self) -> Vec<PrincipalId> {
        core::mem::take(&mut self.forgotten)
    }

    /// Takes a message for one name.
    pub(super) fn address(
        &mut self,
        name: &str,
        seq: Seq,
        event: Event,
    ) -> Result<Delivery, Refusal> {
        let id = self.names.get(name).ok_or(Refusal::NotHere)?;
        let principal = self.principals.get_mut(id).expect("a name stands for a principal");
        if let Some((session, _)) = principal.online {
            principal.mailbox.deliver(seq, event);
            return Ok(Delivery::To(session));
        }
        if principal.secret.is_none() {
            return Err(Refusal::NotHere);
        }
        principal.mailbox.keep(seq, event)?;
        Ok(Delivery::Kept(principal.name.shown.clone()))
    }

    pub(super) fn may_reserve(&self, id: PrincipalId) -> bool {
        self.principals.get(&id).is_none_or(|known| known.reservations < RESERVATIONS_EACH)
    }

    pub(super) fn count_reservation(&mut self, id: PrincipalId) {
        if let Some(principal) = self.principals.get_mut(&id) {
            principal.reservations += 1;
        }
    }

    pub(super) fn discount_reservation(&mut self, id: PrincipalId, seq: Seq) {
        if let Some(principal) = self.principals.get_mut(&id) {
            principal.reservations -= 1;
            self.let_go_if_idle(id, seq);
        }
    }

    /// Whether a session's principal is no longer in it.
    pub(super) fn is_replaced(&self, session: SessionId) -> bool {
        self.replaced.contains(&session)
    }

    /// The sessions that are not over and whose principal is no longer in them.
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

    /// The session in which a name is online.
    pub fn session_of(&self, name: &str) -> Option<SessionId> {
        let id = self.names.get(name)?;
        self.principals[id].online.map(|(session, _)| session)
    }

    /// A principal.
    pub fn get(&self, id: PrincipalId) -> Option<&Principal> {
        self.principals.get(&id)
    }

    /// All principals.
    pub fn principals(&self) -> impl Iterator<Item = (PrincipalId, &Principal)> {
        self.principals.iter().map(|(id, principal)| (*id, principal))
    }

    /// How many principals there are.
    pub fn len(&self) -> usize {
        self.principals.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.principals.is_empty()
    }

    /// How many are online.
    pub fn online(&self) -> usize {
        self.online.len()
    }

    /// How many are away.
    pub fn away(&self) -> usize {
        self.away.len()
    }
}
