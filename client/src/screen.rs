//! What reaches the terminal: clean, perhaps coloured, and never in the middle of a line that
//! somebody types.

use std::borrow::Cow;
use std::env;
use std::io::{self, IsTerminal, Write};

use rustyline::ExternalPrinter;

use crate::tongue::Tone;

/// Prints above the line that is being typed.
pub(crate) type Printer = Box<dyn ExternalPrinter + Send>;

/// Where things are shown.
pub struct Screen {
    /// `None`: there is no editor whose line could be torn.
    printer: Option<Printer>,
    colour: bool,
}

/// Whether what is printed may be coloured: on a terminal that can, unless `NO_COLOR` is set.
pub fn colour() -> bool {
    let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    let dumb = env::var_os("TERM").is_none_or(|term| term == "dumb" || term.is_empty());
    io::stdout().is_terminal() && !set("NO_COLOR") && !dumb
}

/// Text with nothing in it that moves the cursor, hides or forges.
pub fn clean(text: &str) -> Cow<'_, str> {
    posada_wire::clean(text).unwrap_or_else(|_| {
        let visible = text.replace('\0', "\u{fffd}");
        let clean = posada_wire::clean(&visible).map(Cow::into_owned);
        Cow::Owned(clean.unwrap_or_default())
    })
}

impl Screen {
    /// One without colours, and without an editor to print above.
    pub fn plain() -> Self {
        Self { printer: None, colour: false }
    }

    pub(crate) fn new(printer: Option<Printer>, colour: bool) -> Self {
        Self { printer, colour }
    }

    /// Shows one line, whoever wrote it.
    pub(crate) fn show(&mut self, tone: &Tone, text: &str) {
        let text = clean(text);
        let line = match tone {
            Tone::Plain => text.into_owned(),
            Tone::Said { from, direct } => {
                let from = clean(from);
                let colour = if *direct { "1;35" } else { "1;36" };
                let to = if *direct { " → you" } else { "" };
                format!("{}: {text}", self.paint(colour, &format!("{from}{to}")))
            }
            Tone::Done => self.paint("32", &text),
            Tone::Refused => self.paint("31", &text),
            Tone::Notice => self.paint("2", &format!("-- {text}")),
        };
        self.print(&(line + "\n"));
    }

    /// Gives clean text a colour, such as `1;36`, where there are colours.
    pub fn paint(&self, colour: &str, text: &str) -> String {
        if self.colour { format!("\x1b[{colour}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// Prints whole lines that are clean already.
    pub fn print(&mut self, text: &str) {
        let printed = match &mut self.printer {
            Some(printer) => printer.print(text.to_owned()).is_ok(),
            None => false,
        };
        if !printed {
            // The editor has ended, or there never was one.
            self.printer = None;
            let mut out = io::stdout().lock();
            out.write_all(text.as_bytes()).and_then(|()| out.flush()).ok();
        }
    }

    /// Waits until everything is on the terminal. The editor's channel holds one message: when the
    /// second of two was taken, all before them are printed. Up and down again is nothing to see.
    pub fn flush(&mut self) {
        for _ in 0..2 {
            if let Some(printer) = &mut self.printer {
                printer.print("\x1b[A\n".to_owned()).ok();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_arrives_cannot_steer_the_terminal() {
        assert_eq!(clean("a\0\x1b[2J\u{202e}b"), "a\u{fffd}\u{fffd}[2J\u{fffd}b");
        assert_eq!(clean("Habitación 1"), "Habitación 1");
    }
}
