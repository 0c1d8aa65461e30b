//! An outbox writes to a socket that takes what it likes.

use std::io::{self, IoSlice, Write};

use posada_core::{Feed, RoomId};
use posada_wire::Dialect;

use super::*;

/// A socket that takes `room` bytes and remembers each write.
#[derive(Default)]
struct Socket {
    writes: Vec<String>,
    room: Option<usize>,
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.room.unwrap_or(usize::MAX).min(bytes.len());
        if taken == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.room = self.room.map(|room| room - taken);
        self.writes.push(String::from_utf8_lossy(&bytes[..taken]).into_owned());
        Ok(taken)
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let all: Vec<u8> = slices.iter().flat_map(|slice| slice.iter().copied()).collect();
        self.write(&all)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// One client, and circles to follow.
#[derive(Default)]
struct Scene {
    circles: Circles,
    outbox: Outbox,
    socket: Socket,
}

impl Scene {
    fn circle(&mut self) -> CircleId {
        self.circles.make(Feed::Room(RoomId::LOBBY), Dialect::Text)
    }

    /// A circle that the client follows.
    fn followed(&mut self) -> CircleId {
        let circle = self.circle();
        self.follows(circle);
        circle
    }

    fn follows(&mut self, circle: CircleId) {
        self.circles.enter(circle, 0);
        self.outbox.follow(circle, self.circles.ring(circle));
    }

    fn published(&mut self, circle: CircleId, line: &str) -> Tick {
        let tick = self.circles.advance();
        self.circles.push(circle, line.as_bytes());
        self.circles.take_due(|_, circle| self.outbox.wake(circle));
        tick
    }

    fn said_itself(&mut self, circle: CircleId) {
        let tick = self.published(circle, "mine\n");
        self.outbox.skip(tick);
    }

    fn replied(&mut self, text: &str) {
        self.outbox.push(self.circles.now(), |out| out.extend_from_slice(text.as_bytes()));
    }

    fn writes(&mut self) -> io::Result<()> {
        self.outbox.write_lines(&self.circles, &mut self.socket)
    }

    fn writes_all(&mut self) {
        self.socket.room = None;
        self.writes().expect("the socket takes everything");
        assert!(self.outbox.is_empty(&self.circles));
    }
}

#[test]
fn replies_and_a_room_come_in_the_order_in_which_things_happened() {
    let mut scene = Scene::default();
    let room = scene.circle();
    scene.published(room, "before\n");
    scene.follows(room);
    scene.published(room, "one\n");
    scene.replied("OK 1\n");
    scene.said_itself(room);
    scene.replied("OK 2\n");
    scene.published(room, "two\n");
    scene.writes_all();
    assert_eq!(scene.socket.writes, ["one\nOK 1\nOK 2\ntwo\n"]);
}

#[test]
fn several_feeds_and_replies_are_one_stream() {
    let mut scene = Scene::default();
    let (room, signals, idle) = (scene.followed(), scene.followed(), scene.followed());
    scene.published(room, "room 1\n");
    scene.published(signals, "signal 1\n");
    scene.published(signals, "signal 2\n");
    scene.replied("OK\n");
    scene.said_itself(room);
    scene.published(room, "room 2\n");
    scene.published(signals, "signal 3\n");
    scene.writes_all();
    let expected = "room 1\nsignal 1\nsignal 2\nOK\nroom 2\nsignal 3\n";
    assert_eq!(scene.socket.writes, [expected]);
    scene.published(idle, "late\n");
    scene.writes_all();
    assert_eq!(scene.socket.writes, [expected, "late\n"]);
}

#[test]
fn a_line_that_was_half_taken_is_ended_before_anything_else() {
    let mut scene = Scene::default();
    let (one, two) = (scene.followed(), scene.followed());
    scene.published(two, "first\n");
    scene.socket.room = Some(3);
    assert!(scene.writes().is_err());
    scene.published(one, "second\n");
    scene.replied("OK\n");
    scene.writes_all();
    assert_eq!(scene.socket.writes.concat(), "first\nsecond\nOK\n");
}

#[test]
fn a_socket_that_takes_a_byte_at_a_time_gets_the_same() {
    let mut scene = Scene::default();
    let room = scene.followed();
    for round in 0..50 {
        scene.published(room, &format!("room {round}\n"));
        scene.said_itself(room);
        scene.replied(&format!("OK {round}\n"));
        scene.socket.room = Some(round % 7);
        let _ = scene.writes();
    }
    scene.writes_all();
    let expected: Vec<_> = (0..50).map(|n| format!("room {n}\nOK {n}\n")).collect();
    assert_eq!(scene.socket.writes.concat(), expected.concat());
}

#[test]
fn who_unfollows_gets_what_was_said_until_then_and_its_own() {
    let mut scene = Scene::default();
    let room = scene.followed();
    scene.published(room, "one\n");
    assert!(scene.outbox.unfollow(room, scene.circles.ring(room)));
    assert!(!scene.outbox.unfollow(room, scene.circles.ring(room)), "it has left already");
    scene.replied("BYE\n");
    scene.published(room, "two\n");
    scene.writes_all();
    assert_eq!(scene.socket.writes, ["one\nBYE\n"]);
}

#[test]
fn who_is_cut_gets_the_rest_of_its_line_and_a_reason() {
    let mut scene = Scene::default();
    let (other, room) = (scene.followed(), scene.followed());
    scene.published(room, "a line\n");
    scene.socket.room = Some(3);
    assert!(scene.writes().is_err());
    scene.replied("OK\n");
    let line = "x".repeat(1000) + "\n";
    for _ in 0..270 {
        scene.published(room, &line);
        scene.published(other, &line);
    }
    assert!(scene.circles.ring(room).head() < BEHIND_BYTES, "all feeds together count");
    assert!(scene.outbox.is_behind(&scene.circles));
    scene.outbox.cut(&scene.circles);
    scene.outbox.unfollow_all(&scene.circles, |_| {});
    scene.outbox.release_all(|_| {});
    scene.replied("BYE slow\n");
    scene.writes_all();
    assert_eq!(scene.socket.writes.concat(), "a line\nOK\nBYE slow\n");
}

#[test]
fn a_client_that_has_everything_costs_no_buffer() {
    let mut scene = Scene::default();
    let room = scene.followed();
    scene.followed();
    scene.replied("OK\n");
    scene.said_itself(room);
    scene.writes_all();
    let Outbox { own, marks, readings, awake, .. } = &scene.outbox;
    assert_eq!((own.capacity(), marks.capacity(), readings.capacity()), (0, 0, 2));
    assert_eq!((*awake, size_of::<Outbox>(), size_of::<Reading>()), (0, 96, 32));
}

#[test]
fn a_client_without_newlines_gets_whole_messages_of_at_most_1024_bytes() {
    let mut scene = Scene::default();
    let (one, two) = (scene.followed(), scene.followed());
    scene.published(one, "ana: hola\n");
    scene.published(two, "luis: hola\n");
    scene.outbox.write_unframed(&scene.circles, &mut scene.socket).unwrap();
    assert_eq!(scene.socket.writes, ["ana: hola\nluis: hola"]);
    let long = "ñ".repeat(1000);
    scene.published(one, &format!("ana: {long}\n"));
    scene.published(two, "end\n");
    scene.socket.writes.clear();
    scene.outbox.write_unframed(&scene.circles, &mut scene.socket).unwrap();
    assert_eq!(scene.socket.writes.len(), 2);
    assert_eq!(scene.socket.writes[0].len(), 1023);
    assert_eq!(scene.socket.writes.concat(), format!("ana: {long}\nend"));
}
