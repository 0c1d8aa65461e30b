//! How much happened, to see that a world, or many, had something in them.

use std::fmt;
use std::ops::AddAssign;

use posada_core::{Answer, Event, Reach, Refusal, Seq};

use crate::auditor::Sight;

/// Counts over one world or many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Worlds.
    pub worlds: u64,
    /// Asks of clients.
    pub asks: u64,
    /// Answers that said yes.
    pub granted: u64,
    /// Answers that said no.
    pub refused: u64,
    /// Messages that reached somebody.
    pub messages: u64,
    /// Signals, and changes of resources, that reached who watched.
    pub watched: u64,
    /// Messages that were kept for who was away.
    pub kept: u64,
    /// Messages that were missed and shown later.
    pub missed: u64,
    /// Gaps that were told of.
    pub gaps: u64,
    /// Answers to who missed something, behind which there was more.
    pub pages: u64,
    /// Messages whose retry was answered like the first.
    pub repeated: u64,
    /// Answers that a key is old or was used for something else.
    pub old_keys: u64,
    /// Answers that a room, a mailbox, a session or the server has no room for more.
    pub bounds: u64,
    /// Orders that were carried out.
    pub orders: u64,
    /// Notes that the operator was shown.
    pub notes: u64,
    /// Connections that were cut because their clients did not read.
    pub cut: u64,
    /// Connections that the server closed.
    pub goodbyes: u64,
    /// Entries that became durable in batches.
    pub entries: u64,
    /// Those batches.
    pub batches: u64,
    /// Ends of a process, of any kind.
    pub stops: u64,
    /// Those at a call of the log to its storage.
    pub stops_in_storage: u64,
    /// Those that the server asked for.
    pub drains: u64,
    /// Batches for which there was no room.
    pub full: u64,
    /// Appends that failed for good.
    pub fatal: u64,
    /// Starts that began from a snapshot.
    pub snapshots: u64,
    /// Starts that found a torn batch at the end of the log.
    pub torn: u64,
    /// Segments that were begun.
    pub segments: u64,
    /// Calls of the log to its storage.
    pub disk_calls: u64,
}

impl Stats {
    /// A client saw something.
    pub fn saw(&mut self, sight: &Sight) {
        match sight {
            Sight::Reply(answer) => self.answered(answer),
            Sight::Message(message) => match message.event {
                Event::Said { .. }
                | Event::Topic { .. }
                | Event::Announced { .. }
                | Event::Direct { .. }
                | Event::Told { .. } => self.messages += 1,
                _ => self.watched += 1,
            },
            Sight::Goodbye(_) => self.goodbyes += 1,
        }
    }

    fn answered(&mut self, answer: &Answer) {
        let Answer::Refused(refusal) = answer else {
            self.granted += 1;
            match answer {
                Answer::Said { reach: None, .. } => self.repeated += 1,
                Answer::Said { reach: Some(Reach::Kept), .. } => self.kept += 1,
                Answer::Done { .. } => self.orders += 1,
                Answer::Missed { more, events, .. } => {
                    self.pages += u64::from(*more);
                    let gap = |(_, event): &&(Seq, Event)| matches!(event, Event::Gap { .. });
                    let gaps = events.iter().filter(gap).count() as u64;
                    self.gaps += gaps;
                    self.missed += events.len() as u64 - gaps;
                }
                _ => {}
            }
            return;
        };
        self.refused += 1;
        match refusal {
            Refusal::KeyReused | Refusal::KeyTooOld => self.old_keys += 1,
            Refusal::MailboxFull | Refusal::TooManyRooms | Refusal::TooManyWatched => {
                self.bounds += 1;
            }
            _ => {}
        }
    }
}

impl AddAssign for Stats {
    fn add_assign(&mut self, more: Self) {
        self.worlds += more.worlds;
        self.asks += more.asks;
        self.granted += more.granted;
        self.refused += more.refused;
        self.messages += more.messages;
        self.watched += more.watched;
        self.kept += more.kept;
        self.missed += more.missed;
        self.gaps += more.gaps;
        self.pages += more.pages;
        self.repeated += more.repeated;
        self.old_keys += more.old_keys;
        self.bounds += more.bounds;
        self.orders += more.orders;
        self.notes += more.notes;
        self.cut += more.cut;
        self.goodbyes += more.goodbyes;
        self.entries += more.entries;
        self.batches += more.batches;
        self.stops += more.stops;
        self.stops_in_storage += more.stops_in_storage;
        self.drains += more.drains;
        self.full += more.full;
        self.fatal += more.fatal;
        self.snapshots += more.snapshots;
        self.torn += more.torn;
        self.segments += more.segments;
        self.disk_calls += more.disk_calls;
    }
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { asks, granted, refused, messages, goodbyes, cut, .. } = self;
        let Self { entries, batches, stops, stops_in_storage, drains, full, fatal, .. } = self;
        writeln!(
            f,
            "asks {asks}: granted {granted}, refused {refused}; messages {messages}; goodbyes \
             {goodbyes}, cut {cut}"
        )?;
        let Self {
            watched,
            kept,
            missed,
            gaps,
            pages,
            repeated,
            old_keys,
            bounds,
            orders,
            notes,
            ..
        } = self;
        writeln!(
            f,
            "watched {watched}; kept {kept}, missed {missed}, gaps {gaps}, pages {pages}; \
             repeated {repeated}, keys refused {old_keys}; bounds met {bounds}; orders {orders}, \
             notes {notes}"
        )?;
        let Self { snapshots, torn, segments, disk_calls, .. } = self;
        writeln!(
            f,
            "entries {entries} in {batches} batches in {segments} segments; {disk_calls} disk calls"
        )?;
        write!(
            f,
            "stops {stops}, {stops_in_storage} of them at a disk call, {drains} in good order; \
             starts from a snapshot {snapshots}; torn batches {torn}; disk full {full} times, \
             failed for good {fatal} times"
        )
    }
}
