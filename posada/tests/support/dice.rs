//! Randomness that can be thrown again.

use std::env;
use std::time::{SystemTime, UNIX_EPOCH};

/// A `SplitMix64` generator: small, and the same everywhere.
pub(crate) struct Dice(u64);

impl Dice {
    /// Dice that fall as `POSADA_SEED` says, or anew; the seed is printed beside a failure.
    pub(crate) fn fresh() -> Self {
        let now = || SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970");
        let seed = match env::var("POSADA_SEED") {
            Ok(seed) => seed.parse().expect("POSADA_SEED is a number"),
            Err(_) => u64::from(now().subsec_nanos()) << 32 | now().as_secs() & 0xffff_ffff,
        };
        eprintln!("the dice of this run: POSADA_SEED={seed}");
        Self(seed)
    }

    /// Dice of their own for somebody else, as reproducible as these.
    pub(crate) fn split(&mut self) -> Self {
        Self(self.below(u64::MAX))
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        assert!(end > 0, "nothing is below zero");
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (word ^ (word >> 31)) % end
    }

    /// A place in a list of `len`.
    pub(crate) fn place(&mut self, len: usize) -> usize {
        let place = self.below(u64::try_from(len).expect("a list fits into memory"));
        usize::try_from(place).expect("it is below a usize")
    }
}
