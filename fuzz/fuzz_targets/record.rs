//! Hands libfuzzer's bytes to [`posada_fuzz::record`].
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| posada_fuzz::record(data));

#[cfg(not(fuzzing))]
fn main() {}
