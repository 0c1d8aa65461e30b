//! What one address has of all listeners together, however many sockets it opens.
//!
//! An address is what one household or one machine has: an IPv4 address, or a /64 of IPv6. Those
//! of this machine are free of it. Who goes and comes again at once has no more than who stays.

use alloc::collections::BTreeMap;
use core::net::IpAddr;

use super::rate::Rate;
use crate::limits::PER_SECOND;

const SECOND_MS: u64 = 1_000;
/// Addresses that may be remembered before those are looked for that need not be.
const REMEMBERED: usize = 1_024;

/// What one address may have. Zero means unlimited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// Sessions at one time.
    pub sessions: u32,
    /// Messages in any second.
    pub per_second: u32,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Budgets {
    each: Budget,
    spent: BTreeMap<IpAddr, Spent>,
    /// When to look again for what need not be remembered.
    most: usize,
}

#[derive(Clone, Debug, Default)]
struct Spent {
    sessions: u32,
    rate: Rate,
    last_ms: u64,
}

impl Budgets {
    pub(super) fn new(each: Budget) -> Self {
        Self { each, spent: BTreeMap::new(), most: REMEMBERED }
    }

    /// One more session from there.
    ///
    /// # Errors
    /// When it has all that it may have: how many those are.
    pub(super) fn open(&mut self, from: Option<IpAddr>, now_ms: u64) -> Result<(), u32> {
        let most = self.each.sessions;
        let Some(spent) = self.of(from, now_ms) else { return Ok(()) };
        if most > 0 && spent.sessions >= most {
            return Err(most);
        }
        spent.sessions += 1;
        Ok(())
    }

    /// One session less from there.
    pub(super) fn close(&mut self, from: Option<IpAddr>) {
        if let Some(spent) = household(from).and_then(|home| self.spent.get_mut(&home)) {
            spent.sessions -= 1;
        }
    }

    /// Counts one more message from there, unless that is one too many.
    pub(super) fn allows(&mut self, from: Option<IpAddr>, now_ms: u64) -> bool {
        let limit = self.each.per_second.min(PER_SECOND);
        self.of(from, now_ms).is_none_or(|spent| spent.rate.allows(limit, now_ms))
    }

    /// What an address has spent; `None`: nobody counts it.
    fn of(&mut self, from: Option<IpAddr>, now_ms: u64) -> Option<&mut Spent> {
        if self.each == Budget::default() {
            return None;
        }
        let home = household(from)?;
        if self.spent.len() >= self.most && !self.spent.contains_key(&home) {
            let lately = |spent: &Spent| now_ms.saturating_sub(spent.last_ms) < SECOND_MS;
            self.spent.retain(|_, spent| spent.sessions > 0 || lately(spent));
            self.most = REMEMBERED.max(2 * self.spent.len());
        }
        let spent = self.spent.entry(home).or_default();
        spent.last_ms = now_ms;
        Some(spent)
    }
}

/// What an address is counted as; `None`: it is not.
fn household(from: Option<IpAddr>) -> Option<IpAddr> {
    match from?.to_canonical() {
        home if home.is_loopback() => None,
        IpAddr::V4(home) => Some(home.into()),
        IpAddr::V6(home) => Some(IpAddr::V6((home.to_bits() >> 64 << 64).into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn one_household_is_one_address_and_this_machine_is_free() {
        let mut budgets = Budgets::new(Budget { sessions: 1, per_second: 1 });
        for (from, opens) in [
            ("10.0.0.1", Ok(())),
            ("::ffff:10.0.0.1", Err(1)),
            ("10.0.0.2", Ok(())),
            ("2001:db8::1:2:3", Ok(())),
            ("2001:db8::9:9:9", Err(1)),
            ("2001:db8:0:1::1", Ok(())),
            ("127.0.0.1", Ok(())),
            ("127.0.0.1", Ok(())),
            ("::1", Ok(())),
            ("::1", Ok(())),
        ] {
            assert_eq!(budgets.open(Some(at(from)), 0), opens, "{from}");
        }
        assert_eq!(
            [0, 1, 999, 1_000].map(|now| budgets.allows(Some(at("10.0.0.1")), now)),
            [true, false, false, true]
        );
        budgets.close(Some(at("10.0.0.1")));
        assert_eq!(budgets.open(Some(at("10.0.0.1")), 1_001), Ok(()));
        assert!(!budgets.allows(Some(at("10.0.0.1")), 1_001), "it went and came again");
    }

    #[test]
    fn who_is_gone_for_a_second_need_not_be_remembered() {
        let mut budgets = Budgets::new(Budget { sessions: 9, per_second: 9 });
        for number in 0..100_000_u32 {
            let from = Some(IpAddr::V4(number.into()));
            assert!(budgets.allows(from, u64::from(number)));
        }
        assert!(budgets.spent.len() <= 2 * (REMEMBERED + 1_000), "{}", budgets.spent.len());
    }
}
