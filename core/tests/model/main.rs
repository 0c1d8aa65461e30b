//! The state against a naive model of it, and the core against what it promises, over many
//! random histories in a world of few names, so that everything collides.
//!
//! [`naive`] is the model, [`world`] what can happen, [`histories`] compares the two, [`found`]
//! has what that brought to light, [`restored`] takes states apart and goes on with what was put
//! together, [`conversations`] drives whole cores, each in its [`house`].

mod conversations;
mod found;
mod histories;
mod house;
mod naive;
mod restored;
mod world;

use proptest::test_runner::{Config, RngSeed};

/// As many cases, the same ones in every run: the simulator is there to find others.
fn cases(cases: u32) -> Config {
    let rng_seed = RngSeed::Fixed(7672);
    Config { cases, rng_seed, failure_persistence: None, ..Config::default() }
}
