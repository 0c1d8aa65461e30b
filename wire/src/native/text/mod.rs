//! Native by hand: `verb arguments`, answered by `OK` or `ERR code`; events begin with `* `.

mod event;
mod read;
mod reply;

pub(crate) use event::event;
pub(crate) use read::{read, read_verb};
pub(crate) use reply::{goodbye, named, reply};

use std::fmt::Arguments;
use std::io::Write;

fn put(out: &mut Vec<u8>, text: Arguments<'_>) {
    out.write_fmt(text).expect("a vector takes any number of bytes");
}
