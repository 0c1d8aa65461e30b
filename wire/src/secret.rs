//! Resume secrets: 128 random bits, shown as 32 hexadecimal digits; the log holds a digest.

use posada_core::{Digest, Refusal};

/// How a secret is written behind a name.
pub const PREFIX: &str = "secret:";

/// Spells a secret.
pub fn show(secret: u128) -> String {
    format!("{secret:032x}")
}

/// The digest of a secret.
pub fn digest(secret: u128) -> Digest {
    blake3::hash(show(secret).as_bytes()).into()
}

/// Reads a secret that a client shows, as its digest.
///
/// # Errors
/// [`Refusal::BadSecret`] for anything but 32 hexadecimal digits.
pub fn parse(text: &str) -> Result<Digest, Refusal> {
    let digits = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let secret = u128::from_str_radix(text, 16).map_err(|_| Refusal::BadSecret)?;
    if digits { Ok(digest(secret)) } else { Err(Refusal::BadSecret) }
}
