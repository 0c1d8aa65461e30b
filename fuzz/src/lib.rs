//! What each decoder of posada must keep true of any bytes whatever.
//!
//! Each function takes the bytes of one input, gives them to the decoder as the server does, and
//! panics where a property does not hold. The targets in `fuzz_targets/` hand libfuzzer's bytes to
//! them; `tests/corpus.rs` hands them the committed corpora. `README.md` lists the properties.

mod config;
mod datagram;
mod dice;
mod house;
mod image;
mod json_line;
mod record;
mod segment;
mod snapshot;
mod spoken;
mod text_line;

pub use config::config;
pub use datagram::datagram;
pub use dice::Dice;
pub use json_line::json_line;
pub use record::record;
pub use segment::segment;
pub use snapshot::snapshot;
pub use text_line::text_line;
