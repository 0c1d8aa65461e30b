//! Draws: everything that happens by chance in a world comes from its seed, through here.
//!
//! The bounded draws are made here and not by `rand`, whose methods may give other values in a
//! later version: a seed that failed once should fail again next year.

use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::{Rng as _, SeedableRng as _};

/// A source of draws that is the same for the same seed, on every machine.
#[derive(Debug)]
pub struct Rng(Pcg64Mcg);

impl Rng {
    /// Two streams of one seed have nothing in common: a draw more in one moves nothing in the
    /// other.
    pub fn new(seed: u64, stream: u64) -> Self {
        Self(Pcg64Mcg::seed_from_u64(seed ^ stream.wrapping_mul(0x9E37_79B9_7F4A_7C15)))
    }

    /// A number below `bound`; 0 where `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        let wide = u128::from(self.0.next_u64()) * u128::from(bound);
        u64::try_from(wide >> 64).expect("the upper half of 128 bits is 64 bits")
    }

    /// A place in something of `length` places.
    pub fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).expect("below a usize")
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// True `times` out of `thousand` on average.
    pub fn per_mille(&mut self, times: u64) -> bool {
        self.below(1_000) < times
    }

    /// A coin.
    pub fn coin(&mut self) -> bool {
        self.per_mille(500)
    }

    /// One of `choices`, which are not none.
    pub fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.index(choices.len())]
    }

    /// A place in `weights`, each as likely as its weight; their sum is not zero.
    pub fn weighted(&mut self, weights: &[u64]) -> usize {
        let mut left = self.below(weights.iter().sum());
        weights
            .iter()
            .position(|&weight| match left.checked_sub(weight) {
                None => true,
                Some(rest) => {
                    left = rest;
                    false
                }
            })
            .expect("a draw below the sum falls on some weight")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_is_one_sequence_and_streams_differ() {
        let draws = |stream| {
            let mut rng = Rng::new(7, stream);
            (0..8).map(|_| rng.below(1_000)).collect::<Vec<_>>()
        };
        assert_eq!(draws(0), draws(0));
        assert_ne!(draws(0), draws(1));
    }

    #[test]
    fn a_weight_of_zero_is_never_drawn() {
        let mut rng = Rng::new(1, 0);
        assert!((0..100).all(|_| rng.weighted(&[0, 1, 0]) == 1));
    }
}
