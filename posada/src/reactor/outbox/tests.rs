//! An outbox writes to a socket that takes what it likes.

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

fn say(outbox: &mut Outbox, ring: &Ring, text: &str) {
    outbox.push(ring, |out| out.extend_from_slice(text.as_bytes()));
}

#[test]
fn replies_and_the_room_come_in_the_order_in_which_things_happened() {
    let (mut ring, mut outbox) = (Ring::default(), Outbox::default());
    ring.push(b"before\n");
    outbox.follow(&ring);
    ring.push(b"one\n");
    say(&mut outbox, &ring, "OK 1\n");
    let own = ring.push(b"mine\n");
    outbox.skip(own, ring.head());
    say(&mut outbox, &ring, "OK 2\n");
    ring.push(b"two\n");
    let mut socket = Socket::default();
    outbox.write_lines(&ring, &mut socket).unwrap();
    assert_eq!(socket.writes, ["one\nOK 1\nOK 2\ntwo\n"]);
    assert!(outbox.is_empty(&ring));
}

#[test]
fn a_socket_that_takes_a_byte_at_a_time_gets_the_same() {
    let (mut ring, mut outbox) = (Ring::default(), Outbox::default());
    outbox.follow(&ring);
    let mut socket = Socket::default();
    for round in 0..50 {
        ring.push(format!("room {round}\n").as_bytes());
        let own = ring.push(b"mine\n");
        outbox.skip(own, ring.head());
        say(&mut outbox, &ring, &format!("OK {round}\n"));
        socket.room = Some(round % 7);
        let _ = outbox.write_lines(&ring, &mut socket);
    }
    socket.room = None;
    outbox.write_lines(&ring, &mut socket).unwrap();
    let expected: Vec<_> = (0..50).map(|n| format!("room {n}\nOK {n}\n")).collect();
    assert_eq!(socket.writes.concat(), expected.concat());
}

#[test]
fn who_unfollows_gets_what_was_said_until_then_and_its_own() {
    let (mut ring, mut outbox) = (Ring::default(), Outbox::default());
    outbox.follow(&ring);
    ring.push(b"one\n");
    outbox.unfollow(&ring);
    say(&mut outbox, &ring, "BYE\n");
    ring.push(b"two\n");
    let mut socket = Socket::default();
    outbox.write_lines(&ring, &mut socket).unwrap();
    assert_eq!(socket.writes, ["one\nBYE\n"]);
    assert!(outbox.is_empty(&ring));
}

#[test]
fn who_is_cut_gets_the_rest_of_its_line_and_a_reason() {
    let (mut ring, mut outbox) = (Ring::default(), Outbox::default());
    outbox.follow(&ring);
    ring.push(b"a line\n");
    let mut socket = Socket { room: Some(3), ..Socket::default() };
    assert!(outbox.write_lines(&ring, &mut socket).is_err());
    while !outbox.is_behind(&ring) {
        ring.push(&[b'x'; 1000]);
        ring.push(b"\n");
    }
    outbox.cut(&ring);
    say(&mut outbox, &ring, "BYE slow\n");
    socket.room = None;
    outbox.write_lines(&ring, &mut socket).unwrap();
    assert_eq!(socket.writes.concat(), "a line\nBYE slow\n");
}

#[test]
fn a_client_without_newlines_gets_whole_messages_of_at_most_1024_bytes() {
    let (mut ring, mut outbox) = (Ring::default(), Outbox::default());
    outbox.follow(&ring);
    ring.push(b"ana: hola\n");
    ring.push(b"luis: hola\n");
    let mut socket = Socket::default();
    outbox.write_unframed(&ring, &mut socket).unwrap();
    assert_eq!(socket.writes, ["ana: hola\nluis: hola"]);
    let long = "ñ".repeat(1000);
    ring.push(format!("ana: {long}\n").as_bytes());
    ring.push(b"end\n");
    socket.writes.clear();
    outbox.write_unframed(&ring, &mut socket).unwrap();
    assert_eq!(socket.writes.len(), 2);
    assert_eq!(socket.writes[0].len(), 1023);
    assert_eq!(socket.writes.concat(), format!("ana: {long}\nend"));
}
