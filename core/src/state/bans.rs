//! Whom the operator has shut out, and until when.

use alloc::collections::BTreeMap;

use super::restored::require;
use super::{Refusal, Unsound};
use crate::limits::{BAN_MS, BANS};
use crate::{Barred, Time};

/// Names and addresses that are shut out, until so many milliseconds of uptime.
#[derive(Clone, Debug, Default)]
pub struct Bans {
    until_ms: BTreeMap<Barred, u64>,
}

impl Bans {
    /// Shuts somebody out for `for_ms`, from now on; zero ends it.
    pub(super) fn set(&mut self, who: &Barred, for_ms: u64, now: Time) -> Result<(), Refusal> {
        self.until_ms.retain(|_, until| now.uptime_ms < *until);
        if for_ms == 0 {
            self.until_ms.remove(who);
            return Ok(());
        }
        if self.until_ms.len() >= BANS && !self.until_ms.contains_key(who) {
            return Err(Refusal::Full);
        }
        let until = now.uptime_ms.saturating_add(for_ms.min(BAN_MS));
        self.until_ms.insert(who.clone(), until);
        Ok(())
    }

    /// Puts back a ban.
    pub(super) fn restore(&mut self, who: Barred, until_ms: u64) -> Result<(), Unsound> {
        require(self.until_ms.insert(who, until_ms).is_none(), "a ban twice")?;
        require(self.until_ms.len() <= BANS, "too many bans")
    }

    /// Whether somebody is shut out.
    pub fn holds(&self, who: &Barred, now: Time) -> bool {
        self.until_ms.get(who).is_some_and(|until| now.uptime_ms < *until)
    }

    /// All of them, also those that are over and not forgotten yet, with the uptime of their end.
    pub fn iter(&self) -> impl Iterator<Item = (&Barred, u64)> {
        self.until_ms.iter().map(|(who, until)| (who, *until))
    }
}
