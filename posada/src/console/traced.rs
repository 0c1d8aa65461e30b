//! What the program itself logs, shown on the console instead of torn into it.

use std::io::{self, Write};

use tracing_subscriber::fmt::MakeWriter;

use super::News;
use super::queue::Teller;
use crate::clock::wall_ms;

/// Makes a line of the console out of each event.
#[derive(Clone, Debug)]
pub struct Traced(pub Teller);

/// One event.
#[derive(Debug)]
pub struct Event {
    teller: Teller,
    text: Vec<u8>,
}

impl<'a> MakeWriter<'a> for Traced {
    type Writer = Event;

    fn make_writer(&'a self) -> Event {
        Event { teller: self.0.clone(), text: Vec::new() }
    }
}

impl Write for Event {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Event {
    fn drop(&mut self) {
        let text = String::from_utf8_lossy(&self.text);
        self.teller.tell(wall_ms(), News::Log(text.trim().to_owned()));
    }
}
