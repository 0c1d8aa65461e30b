//! What a process prints, line by line, while it runs.

use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Instant;

use super::PATIENCE;

/// A growing text that can be waited for.
#[derive(Clone)]
pub(crate) struct Transcript(Arc<(Mutex<Text>, Condvar)>);

#[derive(Default)]
struct Text {
    lines: Vec<String>,
    ended: bool,
    /// A pipe that nobody reads any more, and that is not closed either.
    left: Option<Box<dyn Read + Send>>,
}

impl Transcript {
    pub(crate) fn of(pipe: impl Read + Send + 'static) -> Self {
        let shared = Arc::new((Mutex::new(Text::default()), Condvar::new()));
        let writer = Arc::clone(&shared);
        thread::spawn(move || {
            for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
                let line = String::from_utf8_lossy(&line).into_owned();
                writer.0.lock().expect("nobody panics here").lines.push(line);
                writer.1.notify_all();
            }
            writer.0.lock().expect("nobody panics here").ended = true;
            writer.1.notify_all();
        });
        Self(shared)
    }

    /// As [`Transcript::of`], but nobody reads on behind the first line that begins so. The pipe
    /// is closed there, or left open and full.
    pub(crate) fn up_to(
        last: &'static str,
        pipe: impl Read + Send + 'static,
        closes: bool,
    ) -> Self {
        let shared = Arc::new((Mutex::new(Text::default()), Condvar::new()));
        let writer = Arc::clone(&shared);
        thread::spawn(move || {
            let mut pipe = BufReader::new(pipe);
            let mut line = String::new();
            while !line.starts_with(last) {
                line.clear();
                let more = pipe.read_line(&mut line).is_ok_and(|count| count > 0);
                let mut text = writer.0.lock().expect("nobody panics here");
                text.lines.push(line.trim_end().to_owned());
                text.ended = !more;
                writer.1.notify_all();
                if !more {
                    return;
                }
            }
            if !closes {
                writer.0.lock().expect("nobody panics here").left = Some(Box::new(pipe));
            }
        });
        Self(shared)
    }

    /// Everything so far.
    pub(crate) fn so_far(&self) -> String {
        self.text().lines.join("\n")
    }

    /// Everything, once nothing can come any more.
    pub(crate) fn whole(&self) -> String {
        self.wait(|text| text.ended.then(|| text.lines.join("\n"))).unwrap_or_else(|sofar| sofar)
    }

    /// The first line that `wanted` likes; `Err` with everything when it does not come.
    pub(crate) fn line(&self, wanted: impl Fn(&str) -> bool) -> Result<String, String> {
        let found = self.wait(|text| match text.lines.iter().find(|line| wanted(line)) {
            Some(line) => Some(Ok(line.clone())),
            None => text.ended.then(|| Err(text.lines.join("\n"))),
        });
        found.unwrap_or_else(Err)
    }

    /// The line with this number, from 0; `Err` with everything when it does not come.
    pub(crate) fn nth(&self, number: usize) -> Result<String, String> {
        let found = self.wait(|text| match text.lines.get(number) {
            Some(line) => Some(Ok(line.clone())),
            None => text.ended.then(|| Err(text.lines.join("\n"))),
        });
        found.unwrap_or_else(Err)
    }

    fn wait<T>(&self, found: impl Fn(&Text) -> Option<T>) -> Result<T, String> {
        let deadline = Instant::now() + PATIENCE;
        let mut text = self.text();
        loop {
            if let Some(it) = found(&text) {
                return Ok(it);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(text.lines.join("\n"));
            }
            text = self.0.1.wait_timeout(text, left).expect("nobody panics here").0;
        }
    }

    fn text(&self) -> MutexGuard<'_, Text> {
        self.0.0.lock().expect("nobody panics here")
    }
}
