//! The console as the server holds it: whether there is one, its threads, and its end.

use std::env;
use std::io::{self, IsTerminal};
use std::panic;
use std::thread;
use std::time::Duration;

use jiff::tz::TimeZone;
use posada_client::editor::{Editor, Terminal};
use posada_core::Ask;

use super::keyboard::Keyboard;
use super::queue::{Teller, Told, queue};
use super::show::Speaker;
use super::{foreground, order, words, writer};

/// How long a terminal may take the last lines.
const LAST: Duration = Duration::from_millis(500);

/// Whether somebody wants a console.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Manner {
    /// If input and output are a terminal.
    #[default]
    OnTerminals,
    /// In any case.
    Always,
    /// In no case.
    Never,
}

/// A console that has not begun yet: what is told is kept, within bounds.
#[derive(Debug)]
pub struct Console {
    teller: Teller,
    told: Told,
    on_terminal: bool,
}

/// A console that reads and shows; gone, with the terminal as it was, when this is dropped.
#[derive(Debug)]
pub struct Running {
    teller: Teller,
    terminal: Terminal,
}

impl Console {
    /// A console, if there is to be one. Before there are other threads: a server that a shell
    /// puts into the background must not be stopped by any of them.
    ///
    /// # Errors
    /// When the kernel refuses that.
    pub fn open(manner: Manner) -> io::Result<Option<Self>> {
        let on_terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
        let wanted = match manner {
            Manner::OnTerminals => on_terminal,
            Manner::Always => true,
            Manner::Never => false,
        };
        if !wanted {
            return Ok(None);
        }
        foreground::survive()?;
        let (teller, told) = queue();
        Ok(Some(Self { teller, told, on_terminal }))
    }

    /// Where something to be shown is told.
    pub fn teller(&self) -> Teller {
        self.teller.clone()
    }

    /// Whether what is logged would be written over it.
    pub fn is_on_stderr(&self) -> bool {
        self.on_terminal && io::stderr().is_terminal()
    }

    /// Begins to read and to show. `pass` takes an order to the core, and says whether there
    /// still is one.
    ///
    /// # Errors
    /// When there can be no thread.
    pub fn start(self, pass: impl Fn(Ask) -> bool + Send + 'static) -> io::Result<Running> {
        let Self { teller, told, .. } = self;
        let (editor, screen, terminal) = Editor::open(Box::new(order::complete));
        let set = terminal.clone();
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |why| {
            set.restore();
            before(why);
        }));
        let language = words::language(|name| env::var(name).ok());
        let speaker = Speaker::new(language, TimeZone::system());
        let named = |name: &str| thread::Builder::new().name(name.to_owned());
        named("console").spawn(move || writer::run(&told, screen, &speaker))?;
        let keyboard = Keyboard { editor, teller: teller.clone(), pass: Box::new(pass) };
        named("keyboard").spawn(move || keyboard.run())?;
        Ok(Running { teller, terminal })
    }
}

impl Running {
    /// The terminal that it took.
    pub fn terminal(&self) -> Terminal {
        self.terminal.clone()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.teller.flush(LAST);
        self.terminal.restore();
    }
}
