//! Notes to the operator, on standard output, to the letter as the first servers showed them.
//!
//! A thread of its own writes, past the standard library's lock, so that an output that nobody
//! reads holds nobody up, not even the end of the server: what it does not take is counted and
//! dropped. It is in the log all the same. This is for servers without a console.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::Duration;

use tracing::warn;

/// Notes that wait to be written.
const WAITING: usize = 256;
/// How long a server that ends waits for the last ones to be written.
const LAST: Duration = Duration::from_millis(500);

/// Where notes are shown.
#[derive(Debug)]
pub struct Notes {
    /// `None` once the last one is on its way.
    output: Option<SyncSender<String>>,
    /// Says by its end that all were written.
    written: Receiver<()>,
    dropped: u64,
}

impl Notes {
    /// Shows them on standard output.
    ///
    /// # Errors
    /// When there is no descriptor or no thread left for it.
    pub fn on_stdout() -> io::Result<Self> {
        let mut file = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        let (output, waiting) = sync_channel::<String>(WAITING);
        let (end, written) = sync_channel::<()>(1);
        thread::Builder::new().name("notes".to_owned()).spawn(move || {
            let _end = end;
            while let Ok(line) = waiting.recv() {
                if let Err(error) = file.write_all(line.as_bytes()) {
                    return warn!("no more notes are shown, they are in the log: {error}");
                }
            }
        })?;
        Ok(Self { output: Some(output), written, dropped: 0 })
    }

    /// Shows one, unless too many wait already.
    pub fn show(&mut self, text: &str) {
        let Some(output) = &self.output else { return };
        match output.try_send(format!("Mensaje recibido: {text}\n")) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => {
                self.dropped += 1;
                // Not of each: a flood must not be answered by another.
                if self.dropped.is_power_of_two() {
                    let dropped = self.dropped;
                    warn!(dropped, "standard output is not read: notes are in the log, not shown");
                }
            }
            Err(TrySendError::Disconnected(_)) => self.output = None,
        }
    }
}

impl Drop for Notes {
    fn drop(&mut self) {
        self.output = None;
        // Nothing is ever sent: what comes is the end, or it takes too long.
        let _ = self.written.recv_timeout(LAST);
    }
}
