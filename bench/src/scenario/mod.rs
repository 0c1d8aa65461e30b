//! What the generator asks of the peers, whose protocols are streams of bytes: each scenario knows
//! how it is spelled, and what the answers must be.

pub(crate) mod fanout;
pub(crate) mod fixed;
pub(crate) mod reserve;

/// Bytes for people.
pub(crate) fn shown(bytes: &[u8]) -> String {
    const SHOWN: usize = 120;
    String::from_utf8_lossy(&bytes[..bytes.len().min(SHOWN)]).into_owned()
}

/// The resources that there are to reserve, as many as `posada bench` has.
pub(crate) const RESOURCES: usize = 10_000;

/// What the choices begin with, as those of `posada bench` do.
pub(crate) const SEED: u64 = 1;
