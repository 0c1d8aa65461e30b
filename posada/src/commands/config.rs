//! `posada config`: what is in force, as a configuration file that could be given back.
//!
//! It opens nothing and changes nothing. Read next: [`crate::config`].

use std::io::{self, Write};

use super::{unless_closed, visible};
use crate::config::{Gathered, Origin};

/// Prints every key with its value in force, and where it comes from if it is not the default.
///
/// # Errors
/// When `out` does not take it.
pub fn config(gathered: &Gathered, out: &mut dyn Write) -> io::Result<()> {
    unless_closed(print(gathered, out))
}

fn print(gathered: &Gathered, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "# The configuration in force. Values without a comment are the defaults.")?;
    let mut section = String::new();
    for key in gathered.in_force() {
        if key.section != section {
            writeln!(out, "\n[{}]", key.section)?;
            section.clone_from(&key.section);
        }
        write!(out, "{} = {}", key.name, key.value)?;
        match key.origin {
            Origin::Default => writeln!(out)?,
            origin => writeln!(out, " # from {}", visible(&origin.to_string()))?,
        }
    }
    Ok(())
}
