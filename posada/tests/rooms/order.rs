//! One order of everything: who is in two rooms reads both in it, however slowly it reads.

use std::fs;
use std::io::Read;
use std::net::TcpStream;

use crate::support::{Dice, House, Native, PATIENCE, Server};

/// Characters of what is said while nobody reads.
const LONG: usize = 10_000;
/// Messages that the reader is behind when its socket is full: far from what would have it cut.
const BEHIND: usize = 6;
const SHORT: usize = 200;

#[test]
fn a_reader_of_two_rooms_reads_them_in_one_order_slowly_and_in_pieces() {
    let house = House::new().in_memory().with("listeners.native.characters=0");
    let server = house.opens();
    let mut dice = Dice::fresh();
    let mut reader = server.native("reader").named("reader");
    let mut talkers = ["oeste", "este"].map(|room| {
        reader.does(&format!("join {room}"));
        let mut talker = server.native(room).named(&format!("t-{room}"));
        talker.does(&format!("join {room}"));
        talker
    });
    let mut stream = reader.socket.sender();

    let mut said = until_it_blocks(&server, &mut talkers, &stream);
    for n in 0..BEHIND {
        said.push(says(&mut talkers, n % 2, &dice.below(1 << 40).to_string(), LONG));
    }
    // From here on it reads as they talk: a few bytes, and now and then many.
    stream.set_read_timeout(Some(PATIENCE)).expect("it is not zero");
    let mut read = vec![];
    for n in 0..SHORT {
        said.push(says(&mut talkers, dice.place(2), &n.to_string(), 10));
        reads_a_piece(&mut stream, &mut read, &mut dice);
    }
    reader.socket.says_only("ping");
    let end = b"OK pong\n";
    while !read.ends_with(end) {
        reads_a_piece(&mut stream, &mut read, &mut dice);
    }

    let read = String::from_utf8(read).expect("it is UTF-8");
    let read: Vec<_> = read.lines().collect();
    assert_eq!(read.len(), said.len() + 1, "each message once, and the answer");
    for (line, (seq, place, text)) in read.iter().zip(&said) {
        let begin = format!("* {seq} #{place} t-{place}: {text}");
        assert!(line.starts_with(&begin), "{begin:?} is due, and there comes {:?}", short(line));
    }
}

/// Talks in both rooms by turns until the reader's socket takes nothing more.
fn until_it_blocks(
    server: &Server,
    talkers: &mut [Native; 2],
    reader: &TcpStream,
) -> Vec<(u64, &'static str, String)> {
    let mut said = vec![];
    let mut held = 0;
    loop {
        for n in 0..10 {
            said.push(says(talkers, n % 2, &n.to_string(), LONG));
        }
        // Both talkers were answered, so what could be written has been.
        let now = held_in_the_socket(server, reader);
        if now == held && now > 0 {
            return said;
        }
        assert!(said.len() < 5_000, "the kernel holds {now} bytes and takes more");
        held = now;
    }
}

fn says(
    talkers: &mut [Native; 2],
    who: usize,
    text: &str,
    long: usize,
) -> (u64, &'static str, String) {
    let seq = talkers[who].does(&format!("say {text}{:.>long$}", ""));
    (seq, ["oeste", "este"][who], text.to_owned())
}

/// Bytes that the kernel holds for a client: written by the server, and not yet taken.
fn held_in_the_socket(server: &Server, client: &TcpStream) -> u64 {
    let port = |port: u16| format!("0100007F:{port:04X}");
    let here = port(server.door("native").port());
    let there = port(client.local_addr().expect("it is connected").port());
    let table = fs::read_to_string("/proc/net/tcp").expect("Linux shows its sockets");
    let row = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let row = row.filter(|row| row.len() > 4).find(|row| row[1] == here && row[2] == there);
    let queue = row.expect("the server's end is there")[4].split(':').next().expect("a number");
    u64::from_str_radix(queue, 16).expect("it is hexadecimal")
}

fn reads_a_piece(stream: &mut TcpStream, read: &mut Vec<u8>, dice: &mut Dice) {
    let most = if dice.below(2) == 0 { 1 + dice.place(40) } else { 1 + dice.place(60_000) };
    let mut piece = vec![0; most];
    let count = stream.read(&mut piece).expect("something comes");
    assert!(count > 0, "the reader is never cut off");
    read.extend_from_slice(&piece[..count]);
}

fn short(line: &str) -> &str {
    line.get(..60).unwrap_or(line)
}
