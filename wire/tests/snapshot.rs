//! Snapshots: states come back as they went and go on alike, what was written once is read for
//! ever, and no bytes whatever bring the decoder down.
//!
//! `golden/snapshot-1-rules-N.hex` holds a snapshot of format 1, of what the golden log under
//! rules N came to, one record a line. It is never changed. The `.snap` beside it says what it
//! means. Both are made once, as the golden logs are: see `golden.rs`.

mod support;
/// What the core's tests draw at random.
#[allow(dead_code, reason = "the core's tests need more of it")]
#[path = "../../core/tests/model/world.rs"]
mod world;

use std::fs;
use std::io;
use std::path::Path;

use minicbor::Decoder;
use posada_core::state::{Fact, State};
use posada_core::{Barred, Command, Entry, Key, Seq, Text, Whom};
use posada_wire::snapshot::{self, SnapshotError, decode};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngSeed};
use support::{ANA, bytes, hex, label, rules_1, rules_2, session, spell};
use world::log;

/// The golden logs; the second one before its second start, with some more that needs no more
/// room: Eva away, a key for everything that keys come to, and somebody just sent away.
fn golden() -> [(&'static str, Vec<Entry>); 2] {
    let mut second = rules_2::entries();
    let start = |entry: &Entry| matches!(entry.command, Command::NodeUp { .. });
    second.truncate(second.iter().rposition(start).expect("it starts twice"));
    let last = second.last().expect("there are many").clone();
    let eva = session(1, 1, 4);
    let name = label("Eva", "eva");
    let known = Command::Name { session: eva, name, proof: None, secret: Some(ANA) };
    let away = [known, Command::End { session: eva }];
    second.extend(away.map(|command| Entry { command, ..last.clone() }));
    second.extend(keyed().into_iter().zip(11..).map(|(command, key)| Entry {
        key: Some(Key(key)),
        command,
        ..last.clone()
    }));
    [("snapshot-1-rules-1", rules_1::entries()), ("snapshot-1-rules-2", second)]
}

/// What Luis asks for under a key each, the last of which sends him away.
fn keyed() -> [Command; 14] {
    let session = session(1, 1, 2);
    let (dev, text) = (label("Dev", "dev"), || Text::from("under a key"));
    let resource = || Text::from("gpu");
    let to = |name: &str| Command::To { session, name: name.into(), text: text() };
    let who = Whom::Name("luis".into());
    let ban = |name: &str| Barred::Name(name.into());
    [
        Command::Join { session, room: dev.clone() },
        Command::Topic { session, room: None, text: text() },
        Command::Join { session, room: dev },
        Command::Say { session, room: None, text: text() },
        Command::Leave { session, room: None },
        to("ana maría"),
        to("eva"),
        Command::Note { session, text: text() },
        Command::Cancel { session, resource: resource() },
        Command::Reserve { session, resource: resource() },
        Command::Announce { session, text: text() },
        Command::Ban { session, who: ban("nadie"), for_ms: 1_000 },
        Command::Ban { session, who: ban("paco"), for_ms: 1_000 },
        Command::Kick { session, who },
    ]
}

fn after(log: &[Entry]) -> State {
    let mut state = State::default();
    for (entry, seq) in log.iter().zip(1..) {
        state.apply(Seq(seq), entry);
    }
    state
}

fn encoded(state: &State) -> Vec<u8> {
    let mut payload = Vec::new();
    let spelled = snapshot::encode(state, &mut |chunk| {
        payload.extend_from_slice(chunk);
        Ok(())
    });
    spelled.expect("a vector takes any number of bytes");
    payload
}

/// Where each record of a payload ends.
fn ends(payload: &[u8]) -> Vec<usize> {
    let mut decoder = Decoder::new(payload);
    let mut ends = Vec::new();
    while decoder.position() < payload.len() {
        decoder.skip().expect("a record");
        ends.push(decoder.position());
    }
    ends
}

fn records(payload: &[u8]) -> Vec<&[u8]> {
    let ends = ends(payload);
    let starts = std::iter::once(0).chain(ends.iter().copied());
    starts.zip(&ends).map(|(start, &end)| &payload[start..end]).collect()
}

/// The committed bytes, in hexadecimal, one record a line.
fn lines(name: &str, written: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{name}.hex"));
    if std::env::var("GOLDEN").is_ok_and(|it| it == "write") && !path.exists() {
        fs::write(&path, written).expect("a golden snapshot can be made");
    }
    fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

#[test]
fn the_golden_snapshots_are_still_written_and_read_alike() {
    for (name, log) in golden() {
        let state = after(&log);
        let payload = encoded(&state);
        let spelled = records(&payload).into_iter().map(|record| hex(record) + "\n");
        let written: String = spelled.collect();
        let kept = lines(name, &written);
        for (number, (kept, written)) in kept.lines().zip(written.lines()).enumerate() {
            assert_eq!(written, kept, "{name}, record {}", number + 1);
        }
        assert_eq!(written.len(), kept.len(), "{name}");
        let kept: Vec<u8> = kept.lines().flat_map(bytes).collect();
        let read = decode(&kept).unwrap_or_else(|why| panic!("{name}: {why}"));
        assert!(read.facts().eq(state.facts()), "{name}");
        insta::with_settings!({
            snapshot_path => "golden",
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, { insta::assert_snapshot!(name, spell::state(&read)) });
    }
}

/// Every kind of record is in a golden snapshot, and everything that keys come to.
#[test]
fn the_golden_snapshots_leave_nothing_out() {
    let states = golden().map(|(_, log)| after(&log));
    let payload: Vec<u8> = states.iter().flat_map(encoded).collect();
    let kind = |record: &&[u8]| (record[1] == 0).then_some(record[2]);
    let kinds: Vec<u8> = records(&payload).iter().filter_map(kind).collect();
    let missing: Vec<_> = (0..=12).filter(|kind| !kinds.contains(kind)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    let outcome = |fact| match fact {
        Fact::Answered { outcome, .. } => Some(spell::outcome(&outcome)),
        _ => None,
    };
    let outcomes: Vec<String> = states[1].facts().filter_map(outcome).collect();
    let missing: Vec<_> = [
        "no_such_resource",
        "joined Luis to Dev",
        "joined Luis again to Dev",
        "topic of Dev",
        "said by Luis in Dev",
        "left Dev",
        "told by Luis",
        "kept from Luis",
        "note taken of Luis",
        "cancelled",
        "reserved",
        "announced",
        "barred",
        "barred 1.1.",
        "kicked 1.1.2 Luis from",
    ]
    .into_iter()
    .filter(|expected| !outcomes.iter().any(|it| it.starts_with(expected)))
    .collect();
    assert!(missing.is_empty(), "{missing:?} in {outcomes:?}");
}

/// Wherever it was taken, and whatever came behind it.
#[test]
fn a_snapshot_of_any_prefix_of_the_golden_logs_goes_on_as_they_do() {
    for (name, log) in golden() {
        let mut state = State::default();
        for at in 0..log.len() {
            let mut restored = decode(&encoded(&state)).expect("what was just written");
            for (entry, seq) in log.iter().zip(1..).skip(at).take(40) {
                restored.apply(Seq(seq), entry);
            }
            assert_eq!(restored.trail(), after(&log[..log.len().min(at + 40)]).trail(), "{name}");
            state.apply(Seq(at as u64 + 1), &log[at]);
        }
    }
}

#[test]
fn a_snapshot_that_leaves_a_record_out_is_refused() {
    for (name, log) in golden() {
        let payload = encoded(&after(&log));
        let records = records(&payload);
        for left_out in 0..records.len() {
            let mut rest = records.clone();
            let gone = rest.remove(left_out);
            assert!(decode(&rest.concat()).is_err(), "{name} without {}", hex(gone));
        }
    }
}

#[test]
fn what_stands_behind_the_end_and_what_ends_before_it_is_refused() {
    let payload = encoded(&after(&rules_2::entries()));
    for end in (0..payload.len()).step_by(11) {
        assert!(matches!(decode(&payload[..end]), Err(SnapshotError::Incomplete(_))), "{end}");
    }
    let more = [&payload[..], &[0xA0]].concat();
    assert!(matches!(decode(&more), Err(SnapshotError::Trailing)));
}

/// Reads a payload of these records, written in hexadecimal, spaces ignored.
#[track_caller]
fn refused(records: &str, why: &str) {
    let error = decode(&bytes(&records.replace(' ', ""))).expect_err(records).to_string();
    assert!(error.contains(why), "{records}: {error}");
}

const HEAD: &str = "ab 0001 0101 0202 0300 0400 0500 0600 0700 0800 091a00040000 0a00";
const LOBBY: &str = "a6 0003 0e00 0f656c6f626279 10656c6f626279 1300 1400";

#[test]
fn what_is_no_snapshot_is_refused_with_what_is_wrong() {
    refused("", "ends behind record 0");
    refused("80", "record 1 of the snapshot: not a record");
    refused("a1 0001", "a record of kind 1 without its field version");
    refused("a2 0001 0102", "snapshots of format 2, which this version does not know");
    refused(&HEAD.replace("0202", "0203"), "rules 3, which this version does not know: use a");
    refused(&format!("{HEAD} a1 000d"), "record 2 of the snapshot: a record of kind 13, which");
    refused(&format!("{HEAD} {HEAD}"), "record 2 of the snapshot: a second head");
    refused(&format!("{HEAD} a3 0000 18210a 182201"), "the snapshot holds no lobby");
    refused(&format!("{HEAD} {LOBBY} a3 0000 18210a 182202"), "and says 000000000000000a");
    refused(
        &format!("{HEAD} {LOBBY} a3 0000 18210a 182203"),
        "a snapshot of 3 records, of which 2",
    );
    refused(&format!("{HEAD} {LOBBY} a1 0000"), "a record of kind 0 without its field digest");
    let ban = format!("{HEAD} {LOBBY} a3 000c 181f633a3a67 182005");
    refused(&ban, "\":g\" in the place of an IP address".replace(":g", "::g").as_str());
}

#[test]
fn a_record_that_never_ends_is_refused_before_all_of_it_is_kept() {
    let mut decoder = snapshot::Decoder::new();
    let begun = bytes(&format!("{HEAD} a1 12 7a7fffffff").replace(' ', ""));
    decoder.take(&begun).expect("a record may begin like this");
    let mut zeros = (0..1_000).map(|_| decoder.take(&[0; 4_096]));
    let (at, error) =
        zeros.by_ref().zip(1..).find_map(|(it, at)| Some((at, it.err()?))).expect("it");
    assert_eq!(at, 256);
    assert!(error.to_string().contains("record 2 of the snapshot: longer than 1048576 bytes"));
}

#[test]
fn nothing_is_written_behind_an_error() {
    let state = after(&rules_2::entries());
    let mut calls = 0;
    let written = snapshot::encode(&state, &mut |_| {
        calls += 1;
        Err(io::ErrorKind::StorageFull.into())
    });
    assert_eq!(written.expect_err("no room").kind(), io::ErrorKind::StorageFull);
    assert_eq!(calls, 1);
}

fn cases(cases: u32) -> Config {
    let rng_seed = RngSeed::Fixed(7672);
    Config { cases, rng_seed, failure_persistence: None, ..Config::default() }
}

proptest! {
    #![proptest_config(cases(300))]

    /// However the payload is cut when it is read.
    #[test]
    fn a_state_comes_back_and_does_for_ever_what_the_other_does(
        log in log(100),
        at in any::<Index>(),
        piece in 1..400_usize,
    ) {
        let (before, behind) = log.split_at(at.index(log.len() + 1));
        let mut state = after(before);
        let payload = encoded(&state);
        let mut decoder = snapshot::Decoder::new();
        for piece in payload.chunks(piece) {
            decoder.take(piece).expect("a piece of it");
        }
        let mut restored = decoder.finish().expect("all of it");
        prop_assert!(restored.facts().eq(state.facts()));
        prop_assert_eq!(encoded(&restored), payload);
        for (entry, seq) in behind.iter().zip(state.seq().0 + 1..) {
            let outcome = state.apply(Seq(seq), entry);
            prop_assert_eq!(restored.apply(Seq(seq), entry), outcome);
        }
        prop_assert_eq!(restored.digest(), state.digest());
        prop_assert!(restored.facts().eq(state.facts()));
    }

    /// Whatever is written over a snapshot, it is refused, or a state that can be spelled again.
    #[test]
    fn damaged_snapshots_are_read_or_refused(
        log in log(40),
        damage in prop::collection::vec((any::<Index>(), any::<u8>()), 1..4),
    ) {
        let mut payload = encoded(&after(&log));
        for (place, byte) in damage {
            let place = place.index(payload.len());
            payload[place] = byte;
        }
        if let Ok(state) = decode(&payload) {
            let again = decode(&encoded(&state)).expect("what was just written");
            prop_assert_eq!(again.digest(), state.digest());
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(payload in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(decode(&payload).is_err());
    }
}
