//! What is to be shown, on its way to the thread that shows it.
//!
//! Bounded, and nobody ever waits to put something in: when a terminal takes nothing, what does
//! not fit is counted, and the count is shown in its place when the terminal goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::time::Duration;

use super::News;

/// Lines that wait to be shown.
const LINES: usize = 512;
/// Places beside those: for counts of what was dropped, and for the end.
const SPARE: usize = 16;

/// One thing on its way.
#[derive(Debug)]
pub enum Item {
    /// What happened, and when, in wall milliseconds.
    News(u64, News),
    /// Here so many were dropped.
    Missed(u64),
    /// All before it has been shown when this is answered.
    Flush(SyncSender<()>),
}

/// Where things to be shown are put in; each thread has its own.
#[derive(Clone, Debug)]
pub struct Teller {
    items: SyncSender<Item>,
    shared: Arc<Shared>,
}

/// Where they come out.
#[derive(Debug)]
pub struct Told {
    items: Receiver<Item>,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    /// How many news wait.
    waiting: AtomicUsize,
    /// How many were dropped since the queue was full. Not zero: the mark for them waits, and
    /// nothing overtakes it.
    missed: AtomicU64,
}

/// A queue that is empty.
pub fn queue() -> (Teller, Told) {
    let (sender, receiver) = sync_channel(LINES + SPARE);
    let shared = Arc::<Shared>::default();
    (Teller { items: sender, shared: Arc::clone(&shared) }, Told { items: receiver, shared })
}

impl Teller {
    /// Has something shown, if there is room for it. Never waits.
    pub fn tell(&self, wall_ms: u64, news: News) {
        let Shared { waiting, missed } = &*self.shared;
        let one_more = |count: u64| (count > 0).then_some(count + 1);
        if missed.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).is_ok() {
            return;
        }
        if waiting.fetch_add(1, Ordering::Relaxed) < LINES {
            // It fails when nobody shows anything any more.
            self.items.try_send(Item::News(wall_ms, news)).ok();
            return;
        }
        waiting.fetch_sub(1, Ordering::Relaxed);
        if missed.fetch_add(1, Ordering::Relaxed) == 0 {
            self.items.try_send(Item::Missed(0)).ok();
        }
    }

    /// Waits until all that was told has been shown, but not longer than `patience`.
    pub fn flush(&self, patience: Duration) {
        let (done, shown) = sync_channel(1);
        if self.items.try_send(Item::Flush(done)).is_ok() {
            match shown.recv_timeout(patience) {
                Ok(()) | Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
        }
    }
}

impl Told {
    /// Waits for the next thing; `None`: nobody will tell anything any more.
    pub fn next(&self) -> Option<Item> {
        self.items.recv().ok().map(|item| self.taken(item))
    }

    /// The next thing, if it is there already.
    pub fn ready(&self) -> Option<Item> {
        match self.items.try_recv() {
            Ok(item) => Some(self.taken(item)),
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => None,
        }
    }

    fn taken(&self, item: Item) -> Item {
        let Shared { waiting, missed } = &*self.shared;
        match item {
            Item::News(..) => {
                waiting.fetch_sub(1, Ordering::Relaxed);
                item
            }
            Item::Missed(_) => Item::Missed(missed.swap(0, Ordering::Relaxed)),
            Item::Flush(_) => item,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(told: &Told) -> Vec<u64> {
        let number = |item| match item {
            Item::News(at, _) => at,
            Item::Missed(count) => 1_000_000 + count,
            Item::Flush(_) => panic!("nobody waits"),
        };
        std::iter::from_fn(|| told.ready()).map(number).collect()
    }

    #[test]
    fn what_does_not_fit_is_counted_in_its_place() {
        let (teller, told) = queue();
        let tell = |at| teller.tell(at, News::Closing);
        (0..LINES as u64 + 214).for_each(tell);
        // Some of it is shown, but nothing overtakes what was dropped.
        assert!(matches!(told.next(), Some(Item::News(0, _))));
        tell(9_000);
        let mut expected: Vec<u64> = (1..LINES as u64).collect();
        expected.push(1_000_215);
        assert_eq!(numbers(&told), expected);
        tell(9_001);
        tell(9_002);
        assert_eq!(numbers(&told), [9_001, 9_002]);
    }

    #[test]
    fn nobody_waits_for_who_shows_nothing() {
        let (teller, told) = queue();
        (0..10_000).for_each(|at| teller.tell(at, News::Closing));
        teller.flush(Duration::ZERO);
        drop(told);
        teller.tell(1, News::Closing);
        teller.flush(Duration::from_mins(1));
    }

    #[test]
    fn many_tell_at_once_and_every_line_is_shown_or_counted() {
        const EACH: u64 = 20_000;
        let (teller, told) = queue();
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let teller = teller.clone();
                std::thread::spawn(move || (0..EACH).for_each(|at| teller.tell(at, News::Closing)))
            })
            .collect();
        drop(teller);
        let mut all = 0;
        while let Some(item) = told.next() {
            all += match item {
                Item::Missed(count) => count,
                _ => 1,
            };
        }
        for thread in threads {
            thread.join().expect("it tells");
        }
        // A count whose mark was never needed again is still there.
        assert_eq!(all + told.shared.missed.load(Ordering::Relaxed), 4 * EACH);
    }
}
