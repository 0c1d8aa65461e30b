//! What can be reserved, and who has it.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::{Refusal, Unsound};
use crate::limits::RESOURCES;
use crate::{Label, PrincipalId, Seq, Text, Time};

/// All resources, in the order in which they were declared.
#[derive(Clone, Debug, Default)]
pub struct Resources {
    declared: Vec<Resource>,
    by_key: BTreeMap<Text, u32>,
}

/// Something that can be reserved, for one at a time.
#[derive(Clone, Debug)]
pub struct Resource {
    /// Its name.
    pub name: Label,
    /// Who has it.
    pub held: Option<Reservation>,
}

/// An open-ended claim that began at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reservation {
    /// Who may give it back.
    pub holder: PrincipalId,
    /// The fencing token: the entry that granted it.
    pub token: Seq,
    /// When that was, in wall milliseconds.
    pub since_ms: u64,
}

impl Resources {
    pub(super) fn declare(&mut self, name: Label) -> Result<(), Refusal> {
        if self.by_key.contains_key(&name.key) {
            return Err(Refusal::AlreadyDeclared);
        }
        if self.declared.len() >= RESOURCES {
            return Err(Refusal::Full);
        }
        let place = u32::try_from(self.declared.len()).map_err(|_| Refusal::Full)?;
        self.by_key.insert(name.key.clone(), place);
        self.declared.push(Resource { name, held: None });
        Ok(())
    }

    pub(super) fn reserve(
        &mut self,
        key: &str,
        holder: PrincipalId,
        token: Seq,
        now: Time,
    ) -> Result<Text, Refusal> {
        let resource = self.find(key)?;
        if resource.held.is_some() {
            return Err(Refusal::Taken);
        }
        resource.held = Some(Reservation { holder, token, since_ms: now.wall_ms });
        Ok(resource.name.shown.clone())
    }

    pub(super) fn cancel(&mut self, key: &str, asker: PrincipalId) -> Result<Text, Refusal> {
        let resource = self.find(key)?;
        let held = resource.held.ok_or(Refusal::NotHeld)?;
        if held.holder != asker {
            return Err(Refusal::NotYours);
        }
        resource.held = None;
        Ok(resource.name.shown.clone())
    }

    /// Gives a resource back, whoever has it. Says who had.
    pub(super) fn release(&mut self, key: &str) -> Result<(Text, PrincipalId), Refusal> {
        let resource = self.find(key)?;
        let held = resource.held.take().ok_or(Refusal::NotHeld)?;
        Ok((resource.name.shown.clone(), held.holder))
    }

    fn find(&mut self, key: &str) -> Result<&mut Resource, Refusal> {
        let place = *self.by_key.get(key).ok_or(Refusal::NoSuchResource)?;
        Ok(&mut self.declared[place as usize])
    }

    /// Puts back a resource, behind all that are there.
    pub(super) fn restore(
        &mut self,
        name: Label,
        held: Option<Reservation>,
    ) -> Result<(), Unsound> {
        let declared = self.declare(name);
        declared.map_err(|_| Unsound::Impossible("a resource twice, or too many"))?;
        self.declared.last_mut().expect("one was just declared").held = held;
        Ok(())
    }

    /// Every resource, in the order in which they were declared.
    pub fn iter(&self) -> impl Iterator<Item = &Resource> {
        self.declared.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.declared.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.declared.is_empty()
    }

    /// Whether a resource with this key has been declared.
    pub fn contains(&self, key: &str) -> bool {
        self.by_key.contains_key(key)
    }
}
