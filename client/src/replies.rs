//! What native lines are, in the order in which they come: replies to what was asked, their
//! further lines, events, and goodbyes. It knows no socket; see docs/protocol.md.

use std::collections::VecDeque;

use posada_wire::Verb;

use crate::events::{Told, event};

/// What one line is. `T` is whatever was noted with the request that a reply answers.
#[derive(Debug, PartialEq, Eq)]
pub enum Arrival<'l, T> {
    /// The reply to the oldest request, or its first line.
    Reply(T, &'l str),
    /// A further line of a reply, without the dot that was put before it.
    Row(&'l str),
    /// The dot behind the last of them.
    End,
    /// Something happened that nobody asked for just then.
    Event(Told<'l>),
    /// The server ends the session, with the code of its reason.
    Goodbye(&'l str),
    /// Nothing that this client knows.
    Other(&'l str),
}

/// The requests that are not answered yet, oldest first, with a note each.
#[derive(Debug)]
pub struct Replies<T> {
    waiting: VecDeque<(bool, T)>,
    rows: bool,
}

impl<T> Default for Replies<T> {
    fn default() -> Self {
        Self { waiting: VecDeque::new(), rows: false }
    }
}

impl<T> Replies<T> {
    /// Remembers that this line is asked. Empty lines are no requests.
    pub fn asked(&mut self, line: &str, note: T) {
        let word = line.split_whitespace().next();
        if let Some(word) = word {
            let listing = Verb::parse(word).is_some_and(is_answered_in_lines);
            self.waiting.push_back((listing, note));
        }
    }

    /// How many requests are not answered, or not to the end.
    pub fn outstanding(&self) -> usize {
        self.waiting.len() + usize::from(self.rows)
    }

    /// Whether the reply that came last goes on in further lines.
    pub fn is_in_rows(&self) -> bool {
        self.rows
    }

    /// How many of those whose notes are such have no reply at all.
    pub fn unanswered(&self, such: impl Fn(&T) -> bool) -> usize {
        self.waiting.iter().filter(|(_, note)| such(note)).count()
    }

    /// Says what a line is.
    pub fn read<'l>(&mut self, line: &'l str) -> Arrival<'l, T> {
        if self.rows {
            return self.row(line);
        }
        if let Some(told) = event(line) {
            return Arrival::Event(told);
        }
        if let Some(goodbye) = line.strip_prefix("BYE ") {
            return Arrival::Goodbye(goodbye.split(' ').next().unwrap_or_default());
        }
        let object = line.starts_with('{') && !line.starts_with(r#"{"event":"#);
        let good = line.starts_with("OK");
        if !(object || good || line.starts_with("ERR ")) {
            // A verb that is newer than this client may be answered in several lines.
            return if line == "." { Arrival::End } else { Arrival::Row(unstuffed(line)) };
        }
        match self.waiting.pop_front() {
            Some((listing, note)) => {
                self.rows = listing && good;
                Arrival::Reply(note, line)
            }
            None => Arrival::Other(line),
        }
    }

    fn row<'l>(&mut self, line: &'l str) -> Arrival<'l, T> {
        if line == "." {
            self.rows = false;
            return Arrival::End;
        }
        Arrival::Row(unstuffed(line))
    }
}

fn is_answered_in_lines(verb: Verb) -> bool {
    use Verb::{Help, List, Resume, Rooms, Sessions, Who};
    matches!(verb, Who | Rooms | List | Resume | Help | Sessions)
}

fn unstuffed(line: &str) -> &str {
    let stuffed = line.len() > 1 && line.starts_with('.');
    if stuffed { &line[1..] } else { line }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::{Event, Message};

    #[test]
    fn replies_come_in_the_order_of_the_requests() {
        let mut replies = Replies::default();
        for (line, note) in [("list", 1), ("  ", 0), ("say hola", 2), ("who", 3)] {
            replies.asked(line, note);
        }
        assert_eq!(replies.read("OK 1 resources"), Arrival::Reply(1, "OK 1 resources"));
        assert_eq!(replies.read("..OK: free"), Arrival::Row(".OK: free"));
        assert_eq!(replies.read("OK: free"), Arrival::Row("OK: free"));
        assert_eq!(replies.outstanding(), 3);
        assert_eq!(replies.read("."), Arrival::End);
        assert_eq!(replies.read("OK 8 addressed 1"), Arrival::Reply(2, "OK 8 addressed 1"));
        assert_eq!(replies.read("ERR busy wait"), Arrival::Reply(3, "ERR busy wait"));
        assert_eq!(replies.outstanding(), 0);
    }

    #[test]
    fn what_nobody_asked_for_answers_nothing() {
        let mut replies = Replies::default();
        replies.asked("ping", ());
        let event = Event::Said(Message { room: None, from: "luis", text: "OK" });
        assert_eq!(replies.read("* 9 @ luis: OK"), Arrival::Event(Told { seq: Some(9), event }));
        assert_eq!(replies.read("BYE closing the server"), Arrival::Goodbye("closing"));
        assert_eq!(replies.outstanding(), 1);
    }
}
