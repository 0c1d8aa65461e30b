//! How much happened, to see that a world, or many, had something in them.

use std::fmt;
use std::ops::AddAssign;

use posada_core::Answer;

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
            Sight::Reply(Answer::Refused(_)) => self.refused += 1,
            Sight::Reply(_) => self.granted += 1,
            Sight::Message(_) => self.messages += 1,
            Sight::Goodbye(_) => self.goodbyes += 1,
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
        self.goodbyes += more.goodbyes;
        self.entries += more.entries;
        self.batches += more.batches;
        self.stops += more.stops;
        self.stops_in_storage += more.stops_in_storage;
        self.drains += more.drains;
        self.full += more.full;
        self.fatal += more.fatal;
        self.torn += more.torn;
        self.segments += more.segments;
        self.disk_calls += more.disk_calls;
    }
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { asks, granted, refused, messages, goodbyes, .. } = self;
        let Self { entries, batches, stops, stops_in_storage, drains, full, fatal, .. } = self;
        writeln!(
            f,
            "asks {asks}: granted {granted}, refused {refused}; messages {messages}; goodbyes \
             {goodbyes}"
        )?;
        let Self { torn, segments, disk_calls, .. } = self;
        writeln!(
            f,
            "entries {entries} in {batches} batches in {segments} segments; {disk_calls} disk calls"
        )?;
        write!(
            f,
            "stops {stops}, {stops_in_storage} of them at a disk call, {drains} in good order; \
             torn batches {torn}; disk full {full} times, failed for good {fatal} times"
        )
    }
}
