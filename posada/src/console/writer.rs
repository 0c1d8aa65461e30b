//! The thread that shows what there is to show. It alone may have to wait for a terminal.

use std::io;

use posada_client::screen::Screen;
use rustix::termios::tcgetwinsize;

use super::queue::{Item, Told};
use super::show::Speaker;

/// Bytes that are shown at once, so that a flood does not redraw what is being typed at each line.
const AT_ONCE: usize = 16 << 10;

/// Shows until nobody tells anything any more.
pub(super) fn run(told: &Told, mut screen: Screen, speaker: &Speaker) {
    let mut first = String::new();
    speaker.welcome().lay(&screen, columns(), &mut first);
    screen.print(&first);
    while let Some(first) = told.next() {
        let (mut text, mut next, mut flushed) = (String::new(), Some(first), None);
        let columns = columns();
        while let Some(item) = next.take() {
            match item {
                Item::News(wall_ms, news) => {
                    for line in speaker.say(wall_ms, &news) {
                        line.lay(&screen, columns, &mut text);
                    }
                }
                Item::Missed(count) => speaker.missed(count).lay(&screen, columns, &mut text),
                Item::Flush(done) => flushed = Some(done),
            }
            if text.len() < AT_ONCE && flushed.is_none() {
                next = told.ready();
            }
        }
        if !text.is_empty() {
            screen.print(&text);
        }
        if let Some(done) = flushed {
            screen.flush();
            // Who asked may have stopped waiting.
            done.try_send(()).ok();
        }
    }
}

/// The width of the terminal; zero is unknown.
fn columns() -> usize {
    tcgetwinsize(io::stdout()).map_or(0, |size| size.ws_col.into())
}
