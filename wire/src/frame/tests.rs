//! Streams, the times at which their pieces come, and what comes out.

use super::*;

const AUTO: Framing = Framing::Auto { silence_ms: 40 };

fn pull_all(framer: &mut Framer) -> Vec<String> {
    let mut all = vec![];
    while let Some(frame) = framer.pull() {
        let text = String::from_utf8_lossy(frame.bytes).into_owned();
        all.push(if frame.too_long { "(too long)".to_owned() } else { text });
    }
    all
}

/// Each step is a read and the time it comes at; an empty one is just time passing.
#[track_caller]
fn check(framing: Framing, steps: &[(&[u8], u64)], expected: &[&str]) {
    let mut framer = Framer::new(framing, 10);
    let mut all = vec![];
    for (bytes, now_ms) in steps {
        framer.expire(*now_ms);
        all.extend(pull_all(&mut framer));
        if !bytes.is_empty() {
            framer.push(bytes, *now_ms);
        }
        all.extend(pull_all(&mut framer));
    }
    assert_eq!(all, expected);
    assert!(framer.held.len() <= 12, "{} bytes are held", framer.held.len());
}

#[test]
fn lines_end_at_newlines_with_or_without_carriage_return() {
    check(Framing::Line, &[(b"a\nb\r\n\nc", 0), (b"d\n", 900)], &["a", "b", "", "cd"]);
    check(AUTO, &[(b"a\nb\r\nc", 0), (b"", 900), (b"d\n", 901)], &["a", "b", "cd"]);
}

#[test]
fn silence_ends_a_message_of_a_client_without_newlines() {
    check(AUTO, &[(b"hola", 0), (b"", 39)], &[]);
    check(AUTO, &[(b"hola", 0), (b"", 40), (b"adios", 41), (b"", 90)], &["hola", "adios"]);
    check(AUTO, &[(b"ho", 0), (b"la", 30), (b"", 60), (b"", 70)], &["hola"]);
}

#[test]
fn half_a_character_is_waited_for() {
    check(AUTO, &[(b"\xc3", 0), (b"", 50), (b"\xb3n", 60), (b"", 100)], &["\u{f3}n"]);
    check(AUTO, &[(b"\xff", 0), (b"", 40)], &["\u{fffd}"]);
}

#[test]
fn too_long_is_said_once_and_nothing_is_held() {
    let steps: &[(&[u8], u64)] = &[(b"0123456789abc", 0), (b"defghijklmnop", 1), (b"q\nok\n", 2)];
    check(Framing::Line, steps, &["(too long)", "ok"]);
    check(Framing::Line, &[(b"0123456789\r\n", 0)], &["0123456789"]);
    check(Framing::Line, &[(b"0123456789a\nok\n", 0)], &["(too long)", "ok"]);
}

#[test]
fn the_end_of_the_stream_ends_a_message() {
    let mut framer = Framer::new(Framing::Line, 10);
    framer.push(b"LISTAR", 0);
    assert_eq!(framer.pull(), None);
    framer.finish();
    assert_eq!(pull_all(&mut framer), ["LISTAR"]);
    framer.finish();
    assert_eq!(framer.pull(), None);
}

#[test]
fn reads_without_a_newline_are_heard_and_not_counted_again() {
    let mut framer = Framer::new(AUTO, 10);
    assert!(framer.push(b"ho", 0));
    assert!(framer.push(b"la", 1));
    framer.expire(41);
    assert!(framer.pull().is_some_and(|frame| frame.counted));
    assert!(!framer.push(b"x\n", 42));
    assert!(framer.pull().is_some_and(|frame| !frame.counted));
}

/// Each step is a read and the time it comes at. When is the client's message overdue?
#[track_caller]
fn overdue(framing: Framing, steps: &[(&[u8], u64)]) -> Option<u64> {
    let mut framer = Framer::new(framing, 10);
    for (bytes, now_ms) in steps {
        framer.push(bytes, *now_ms);
        while framer.pull().is_some() {}
    }
    let deadline = framer.deadline()?;
    assert!(framer.is_overdue(deadline) && !framer.is_overdue(deadline - 1));
    Some(deadline)
}

#[test]
fn half_a_message_has_a_minute_from_its_first_byte() {
    assert_eq!(overdue(Framing::Line, &[(b"li", 100)]), Some(60_100));
    // However it trickles in.
    assert_eq!(overdue(Framing::Line, &[(b"l", 0), (b"i", 30_000), (b"s", 59_999)]), Some(60_000));
    assert_eq!(overdue(AUTO, &[(b"a\n", 0), (b"l", 5), (b"i", 30_000)]), Some(60_005));
    // Too long, told so, and its end is still not there.
    assert_eq!(overdue(Framing::Line, &[(b"0123456789ab", 7), (b"cd", 9)]), Some(60_007));
}

#[test]
fn what_is_whole_is_never_overdue() {
    assert_eq!(overdue(Framing::Line, &[]), None);
    assert_eq!(overdue(Framing::Line, &[(b"list", 0), (b"\n", 59_000)]), None);
    assert_eq!(overdue(Framing::Line, &[(b"0123456789ab", 0), (b"\n", 59_000)]), None);
    // Each message has a time of its own: a long paste goes on as long as it likes.
    assert_eq!(overdue(Framing::Line, &[(b"a", 0), (b"b\nc", 59_000)]), Some(119_000));
    assert_eq!(overdue(AUTO, &[(b"a\n0123456789ab", 0), (b"c\nd", 9)]), Some(60_009));
    let mut framer = Framer::new(Framing::Line, 10);
    framer.push(b"list", 0);
    framer.finish();
    assert!(framer.pull().is_some() && framer.deadline().is_none());
}

#[test]
fn a_client_without_lines_is_overdue_if_it_is_never_silent() {
    let mut framer = Framer::new(AUTO, 10_000);
    let mut overdue = (0..).step_by(30).find(|now| {
        framer.push(b"x", *now);
        framer.expire(*now);
        assert_eq!(framer.pull(), None);
        framer.is_overdue(*now)
    });
    assert_eq!(overdue.take(), Some(60_000));
    // Where silence ended it, it is a message as ever.
    check(AUTO, &[(b"hola", 0), (b"", 70_000)], &["hola"]);
}

/// A server that was stopped reads late what was there in time.
#[test]
fn a_server_that_was_held_up_gives_the_time_again() {
    assert_eq!(overdue(Framing::Line, &[(b"li", 0), (b"s", 70_000)]), Some(130_000));
    let mut framer = Framer::new(Framing::Line, 10);
    framer.begin_again(5);
    assert_eq!(framer.deadline(), None);
    framer.push(b"li", 6);
    framer.begin_again(50_000);
    assert_eq!(framer.deadline(), Some(110_000));
    // Also to a message that waits behind others.
    framer.push(b"st\nli", 60_000);
    framer.begin_again(90_000);
    assert!(framer.pull().is_some());
    assert_eq!(framer.deadline(), Some(150_000));
}

proptest::proptest! {
    /// However the network cuts them, lines come out as they went in.
    #[test]
    fn cuts_do_not_matter(
        lines in proptest::collection::vec("[a-zñ]{0,4}", 0..9),
        cut in 1..7usize,
    ) {
        let mut stream = lines.join("\n");
        if !lines.is_empty() {
            stream.push('\n');
        }
        let mut framer = Framer::new(Framing::Line, 10);
        let mut all = vec![];
        for piece in stream.as_bytes().chunks(cut) {
            framer.push(piece, 0);
            all.extend(pull_all(&mut framer));
        }
        proptest::prop_assert_eq!(all, lines);
    }
}
