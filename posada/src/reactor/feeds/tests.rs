//! Feeds and outboxes together, against a house in which every client has a list of its own.

use std::collections::BTreeSet;
use std::io::{self, IoSlice, Write};

use posada_core::RoomId;
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// A socket that takes `room` bytes.
#[derive(Default)]
struct Sink {
    bytes: Vec<u8>,
    room: usize,
    /// The length of the longest message that was sent at once.
    longest: usize,
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.room.min(bytes.len());
        if taken == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.room -= taken;
        self.longest = self.longest.max(bytes.len());
        self.bytes.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        assert!(slices.len() <= 1024, "the kernel takes no more slices than that");
        let mut all = Vec::new();
        for slice in slices {
            all.extend_from_slice(slice);
        }
        self.write(&all)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// One client, and what it should get.
struct Client {
    dialect: Dialect,
    by_lines: bool,
    outbox: Outbox,
    sink: Sink,
    follows: BTreeSet<Feed>,
    expected: Vec<u8>,
    /// Something was published for it since somebody was last due.
    is_due: bool,
}

/// The program on one side, and on the other what it should do.
struct House {
    feeds: Feeds,
    clients: Vec<Client>,
}

#[derive(Clone, Debug)]
enum Step {
    Follow(usize, u8),
    Unfollow(usize, u8),
    Publish { feed: u8, sender: Option<usize>, length: usize, topic: bool },
    Reply(usize, usize),
    Take(usize, usize),
    Flush,
}

fn feed(number: u8) -> Feed {
    match number {
        0 => Feed::Everyone,
        1 => Feed::Room(RoomId::LOBBY),
        2 => Feed::Signals(RoomId::LOBBY),
        _ => Feed::Resource("Room 1".into()),
    }
}

fn said(length: usize) -> Event {
    Event::Said { room: "lobby".into(), from: "ana".into(), text: "x".repeat(length).into() }
}

impl House {
    fn new() -> Self {
        let client = |(dialect, by_lines)| Client {
            dialect,
            by_lines,
            outbox: Outbox::default(),
            sink: Sink::default(),
            follows: BTreeSet::new(),
            expected: Vec::new(),
            is_due: false,
        };
        let kinds = [
            (Dialect::Text, true),
            (Dialect::Text, true),
            (Dialect::Json, true),
            (Dialect::Talk, true),
            (Dialect::Talk, false),
        ];
        Self { feeds: Feeds::default(), clients: kinds.map(client).into() }
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Follow(slot, number) => self.follow(slot, feed(number)),
            Step::Unfollow(slot, number) => self.unfollow(slot, &feed(number)),
            Step::Publish { feed: number, sender, length, topic } => {
                let event = if topic {
                    let (room, from) = ("lobby".into(), "ana".into());
                    Event::Topic { room, from, text: "x".repeat(length).into() }
                } else {
                    said(length)
                };
                self.publish(&feed(number), sender, &event);
            }
            Step::Reply(slot, length) => {
                let client = &mut self.clients[slot];
                let reply = format!("OK {}\n", "y".repeat(length));
                client.outbox.push(self.feeds.now(), |out| out.extend_from_slice(reply.as_bytes()));
                client.expected.extend_from_slice(reply.as_bytes());
            }
            Step::Take(slot, room) => self.take(slot, room),
            Step::Flush => self.flush(),
        }
    }

    fn follow(&mut self, slot: usize, feed: Feed) {
        let client = &mut self.clients[slot];
        self.feeds.follow(feed.clone(), client.dialect, slot, &mut client.outbox);
        client.follows.insert(feed);
    }

    fn unfollow(&mut self, slot: usize, feed: &Feed) {
        let client = &mut self.clients[slot];
        self.feeds.unfollow(feed, client.dialect, slot, &mut client.outbox);
        client.follows.remove(feed);
    }

    fn forget(&mut self, slot: usize) {
        let client = &mut self.clients[slot];
        self.feeds.forget(slot, &mut client.outbox);
        client.follows.clear();
        client.is_due = false;
    }

    fn publish(&mut self, feed: &Feed, sender: Option<usize>, event: &Event) {
        let tick = self.feeds.publish(feed, Some(Seq(7)), event);
        if let Some(slot) = sender {
            let client = &mut self.clients[slot];
            self.feeds.skip(tick, feed, client.dialect, &mut client.outbox);
        }
        for (slot, client) in self.clients.iter_mut().enumerate() {
            let mut line = Vec::new();
            publish(client.dialect, Some(Seq(7)), event, &mut line);
            if client.follows.contains(feed) && Some(slot) != sender && !line.is_empty() {
                client.expected.extend_from_slice(&line);
                client.expected.push(b'\n');
                client.is_due = true;
            }
        }
        if self.feeds.is_pressing() {
            self.wake();
        }
        for slot in 0..self.clients.len() {
            if self.clients[slot].outbox.is_behind(self.feeds.circles()) {
                self.take(slot, usize::MAX);
            }
        }
    }

    /// Lets a client take so many bytes, and looks at them.
    fn take(&mut self, slot: usize, room: usize) {
        self.wake();
        let client = &mut self.clients[slot];
        client.sink.room = room;
        let before = client.sink.bytes.len();
        let circles = self.feeds.circles();
        let written = if client.by_lines {
            client.outbox.write_lines(circles, &mut client.sink)
        } else {
            client.outbox.write_unframed(circles, &mut client.sink)
        };
        match written {
            Ok(()) => assert!(client.outbox.is_empty(circles)),
            Err(error) => {
                assert_eq!((error.kind(), client.sink.room), (io::ErrorKind::WouldBlock, 0));
            }
        }
        if client.by_lines {
            let after = client.sink.bytes.len();
            assert!(client.sink.bytes[before..] == client.expected[before..after], "client {slot}");
        } else {
            assert!(client.sink.longest <= 1024);
        }
        self.feeds.release_taken(slot, &mut client.outbox);
    }

    /// Says who is due, as before each flush.
    fn wake(&mut self) -> Vec<usize> {
        let mut due = Vec::new();
        self.feeds.take_due(|slot, circle| {
            self.clients[slot].outbox.wake(circle);
            due.push(slot);
        });
        for (slot, client) in self.clients.iter_mut().enumerate() {
            assert!(!std::mem::take(&mut client.is_due) || due.contains(&slot), "client {slot}");
        }
        due
    }

    fn flush(&mut self) {
        self.wake();
        let clients = &self.clients;
        self.feeds.settle(|slot, circle, ring| clients[slot].outbox.has_taken(circle, ring));
    }

    /// Everybody takes everything, and it is what it should be.
    fn ends(&mut self) {
        for slot in 0..self.clients.len() {
            self.take(slot, usize::MAX);
            let Client { by_lines, sink, expected, .. } = &self.clients[slot];
            let bare = |bytes: &[u8]| -> Vec<u8> {
                bytes.iter().copied().filter(|byte| *by_lines || *byte != b'\n').collect()
            };
            assert!(bare(&sink.bytes) == bare(expected), "client {slot}");
        }
        let followed = |client: &Client| {
            client.follows.iter().map(|feed| (feed.clone(), client.dialect as usize)).collect()
        };
        let followed: Vec<BTreeSet<_>> = self.clients.iter().map(followed).collect();
        let followed: BTreeSet<_> = followed.into_iter().flatten().collect();
        assert_eq!(self.feeds.circles.len(), followed.len(), "a circle is there while it is read");
        for slot in 0..self.clients.len() {
            self.forget(slot);
        }
        assert_eq!(self.feeds.circles.len(), 0);
        assert!(self.feeds.by_feed.is_empty());
    }
}

fn step() -> impl Strategy<Value = Step> {
    let length = || prop_oneof![8 => 1..40_usize, 2 => 500..2_000_usize, 1 => 20_000..30_000_usize];
    let (client, number) = (|| 0..5_usize, || 0..4_u8);
    let sender = proptest::option::of(client());
    prop_oneof![
        3 => (client(), number()).prop_map(|(client, feed)| Step::Follow(client, feed)),
        2 => (client(), number()).prop_map(|(client, feed)| Step::Unfollow(client, feed)),
        12 => (number(), sender, length(), prop::bool::weighted(0.1)).prop_map(
            |(feed, sender, length, topic)| Step::Publish { feed, sender, length, topic }
        ),
        5 => (client(), length()).prop_map(|(client, length)| Step::Reply(client, length)),
        6 => (client(), prop_oneof![0..50_usize, 0..100_000_usize])
            .prop_map(|(client, room)| Step::Take(client, room)),
        1 => Just(Step::Flush),
    ]
}

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_client_gets_what_it_follows_and_its_own_in_the_order_of_things(
        steps in vec(step(), 1..400),
    ) {
        let mut house = House::new();
        for step in &steps {
            house.step(step);
        }
        house.ends();
    }
}

#[test]
fn who_never_ceases_to_follow_reads_on_while_the_rings_go_round() {
    let mut house = House::new();
    for slot in 0..5 {
        (0..2).for_each(|number| house.follow(slot, feed(number)));
    }
    for round in 0..4_000 {
        let feed = feed(u8::from(round % 2 == 0));
        house.publish(&feed, Some(round % 5), &said(1_000));
        house.step(&Step::Reply(2, 1));
        house.take(round % 4, 4_097);
        if round % 5 == 0 {
            house.flush();
        }
    }
    assert!(house.clients[0].expected.len() > 3 * crate::reactor::ring::RING_BYTES);
    house.ends();
}

#[test]
fn a_circle_is_there_from_the_first_who_follows_until_the_last_has_taken_all() {
    let mut house = House::new();
    let lobby = feed(1);
    house.publish(&lobby, None, &said(3));
    assert_eq!(house.feeds.circles.len(), 0, "what nobody follows costs nothing");
    house.follow(0, lobby.clone());
    house.follow(0, lobby.clone());
    house.follow(1, lobby.clone());
    house.follow(2, lobby.clone());
    assert_eq!(house.feeds.circles.len(), 2, "one in each dialect");
    house.publish(&lobby, None, &said(3));
    house.unfollow(2, &lobby);
    house.unfollow(0, &lobby);
    assert_eq!(house.feeds.circles.len(), 2, "it has not taken all");
    house.publish(&lobby, None, &said(4));
    house.take(2, 10);
    assert_eq!(house.feeds.circles.len(), 2, "it is in the middle of a line");
    house.take(2, 1_000);
    assert_eq!(house.feeds.circles.len(), 1);
    house.take(0, 1_000);
    assert_eq!(house.feeds.circles.len(), 1, "somebody follows it");
    house.forget(1);
    assert_eq!(house.feeds.circles.len(), 0, "who is gone takes nothing");
}

#[test]
fn nothing_is_spelled_for_who_only_takes_what_was_said_before_it_left() {
    let mut house = House::new();
    house.follow(0, feed(1));
    house.publish(&feed(1), None, &said(3));
    house.unfollow(0, &feed(1));
    let circle = house.feeds.find(&feed(1), Dialect::Text).expect("it has not taken all");
    let head = house.feeds.circles.ring(circle).head();
    house.publish(&feed(1), None, &said(3));
    assert_eq!(house.feeds.circles.ring(circle).head(), head);
    house.follow(0, feed(1));
    house.publish(&feed(1), None, &said(3));
    assert!(house.feeds.circles.ring(circle).head() > head, "it is back");
    house.ends();
}

#[test]
fn who_reads_what_was_published_is_due_once_and_nobody_else_is() {
    const NOBODY: [usize; 0] = [];
    let mut house = House::new();
    house.follow(0, feed(0));
    house.follow(0, feed(1));
    house.follow(1, feed(1));
    house.follow(3, feed(2));
    assert_eq!(house.wake(), NOBODY);
    house.publish(&feed(1), None, &said(3));
    house.publish(&feed(1), None, &said(3));
    assert_eq!(house.wake(), [0, 1]);
    assert_eq!(house.wake(), NOBODY);
    let topic = Event::Topic { room: "lobby".into(), from: "ana".into(), text: "tea".into() };
    house.publish(&feed(2), None, &topic);
    assert_eq!(house.wake(), NOBODY, "the talk profile has no words for it");
    house.publish(&feed(1), None, &said(3));
    house.forget(0);
    house.forget(1);
    assert_eq!(house.wake(), NOBODY, "who is gone is not due");
    assert!(!house.feeds.is_pressing());
    for _ in 0..300 {
        house.feeds.publish(&feed(2), None, &said(1_000));
    }
    assert!(house.feeds.is_pressing());
    assert_eq!(house.wake(), [3]);
    assert!(!house.feeds.is_pressing(), "everybody has had a chance");
}
