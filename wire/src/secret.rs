//! What proves who somebody is. A resume secret: 128 random bits, shown as 32 hexadecimal digits;
//! the log holds a digest. The operator's token: 256 bits and 64 digits; no log knows of it.

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
    if !is_hexadecimal(text, 32) {
        return Err(Refusal::BadSecret);
    }
    Ok(digest(u128::from_str_radix(text, 16).map_err(|_| Refusal::BadSecret)?))
}

/// Reads an operator's token, as its digest: that of its digits in small letters.
///
/// # Errors
/// [`Refusal::BadSecret`] for anything but 64 hexadecimal digits.
pub fn token(text: &str) -> Result<Digest, Refusal> {
    if !is_hexadecimal(text, 64) {
        return Err(Refusal::BadSecret);
    }
    Ok(blake3::hash(text.to_ascii_lowercase().as_bytes()).into())
}

fn is_hexadecimal(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
