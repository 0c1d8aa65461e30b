//! Records: entries come back as they went, and no bytes whatever bring the decoder down.

mod support;

use minicbor::Decoder;
use posada_core::{
    Barred, Command, Entry, Key, Label, Seq, SessionId, SessionNumber, Text, Time, Whom,
};
use posada_wire::record::{self, RecordError};
use proptest::prelude::*;
use support::{bytes, hex, rules_1, rules_2};

fn encoded(entry: &Entry) -> Vec<u8> {
    let mut batch = Vec::new();
    record::encode(entry, &mut batch);
    batch
}

/// Decodes a batch of one entry, written in hexadecimal, spaces ignored.
fn check(record: &str, expected: Result<Command, &str>) {
    let batch = bytes(&record.replace(' ', ""));
    let found: Result<Vec<Entry>, RecordError> = record::decode(&batch).collect();
    match (found, expected) {
        (Ok(found), Ok(command)) => {
            let entry = Entry { time: Time::new(1, 2), key: None, command };
            assert_eq!(found, [entry], "{record}");
        }
        (Err(error), Err(text)) => {
            assert!(error.to_string().contains(text), "{record}: {error}");
        }
        (found, expected) => panic!("{record}: found {found:?}, expected {expected:?}"),
    }
}

/// The fields of a record, each with its number.
fn fields(record: &[u8]) -> Vec<(u64, &[u8])> {
    let mut decoder = Decoder::new(record);
    let count = decoder.map().expect("a map").expect("of a known size");
    let field = |_| {
        let from = decoder.position();
        let number = decoder.u64().expect("a number");
        decoder.skip().expect("a value");
        (number, &record[from..decoder.position()])
    };
    (0..count).map(field).collect()
}

/// A record of these fields.
fn record(fields: &[(u64, &[u8])]) -> Vec<u8> {
    let count = u8::try_from(fields.len()).expect("few fields");
    let mut record = vec![0xA0 + count];
    record.extend(fields.iter().flat_map(|(_, field)| *field));
    record
}

#[test]
fn a_record_is_a_map_of_numbered_fields() {
    check("a4 0001 0101 0202 0f01", Ok(Command::Rules { version: 1 }));
    check("a4 0f01 0202 0101 0001", Ok(Command::Rules { version: 1 }));
    check("bf 0001 0101 0202 0f01 ff", Ok(Command::Rules { version: 1 }));
    let text = "ñ".into();
    let session = SessionId { node: 3, epoch: 4, number: SessionNumber(5) };
    // Written when there was one room.
    let said = Command::Say { session, room: None, text };
    check("a7 0005 0101 0202 0303 0404 0505 0662c3b1", Ok(said));
}

#[test]
fn fields_of_the_future_are_skipped() {
    let rules = Ok(Command::Rules { version: 1 });
    let values = [
        "00",
        "1bffffffffffffffff",
        "3903e7",
        "f6",
        "f5",
        "fb400921fb54442d18",
        "63c3b161",
        "43010203",
        "83010203",
        "9f018202039f0405ffff",
        "a201020304",
        "bf6161019f02ffff",
        "c074323032362d31312d32315430303a30303a30305a",
        "5f42010243030405ff",
    ];
    for value in values {
        check(&format!("a5 0001 0101 0202 0f01 1863{value}"), rules.clone());
        check(&format!("a5 0001 1863{value} 0101 0202 0f01"), rules.clone());
        check(&format!("a5 0001 0101 0202 0f01 1a7fffffff{value}"), rules.clone());
    }
}

#[test]
fn kinds_of_the_future_are_named() {
    check("a3 0000 0101 0202", Err("an entry of kind 0, "));
    check("a3 0015 0101 0202", Err("an entry of kind 21, which this version does not know"));
    check("a4 0018c8 0101 0202 1863 80", Err("an entry of kind 200, which this version"));
}

#[test]
fn an_unknown_kind_ends_the_batch() {
    let [known, unknown] = ["a40001010102020f01", "a3001501010202"];
    let batch = bytes(&[known, unknown, known].concat());
    let found: Vec<_> = record::decode(&batch).map(|entry| entry.is_ok()).collect();
    assert_eq!(found, [true, false]);
}

#[test]
fn what_is_no_entry_is_refused() {
    check("00", Err("not an entry"));
    check("80", Err("not an entry"));
    check("a0", Err("not an entry"));
    check("ff", Err("not an entry"));
    check("a4 0001 0101 0202 0f20", Err("not an entry"));
    check("a4 0002 0101 0202 031a00010000", Err("not an entry"));
    check("a7 0005 0101 0202 0303 0404 0505 0661ff", Err("not an entry"));
    check("a3 0001 0101 0202", Err("an entry of kind 1 without its field rules"));
    check("a4 000a 0101 0202 0a01", Err("an entry of kind 10 without its field trail"));
}

#[test]
fn an_address_that_is_none_is_refused() {
    let ban = |text: &str| {
        format!(
            "a8 0013 0101 0202 0303 0404 0505 13{:02x}{} 1400",
            0x60 + text.len(),
            hex(text.as_bytes())
        )
    };
    let session = SessionId { node: 3, epoch: 4, number: SessionNumber(5) };
    let address = "::1".parse().expect("an address");
    let who = Barred::Address(address);
    check(&ban("::1"), Ok(Command::Ban { session, who, for_ms: 0 }));
    check(&ban("::g"), Err("an entry of kind 19 with \"::g\" in the place of an IP address"));
    let neither = "a7 0013 0101 0202 0303 0404 0505 1400";
    check(neither, Err("an entry of kind 19 without its field key or address"));
}

/// Without its proof, its secret, the key with which it was asked, or its room, an entry may be
/// another one; without anything else, it is none.
#[test]
fn no_other_field_can_be_left_out() {
    let optional = [8, 9, 12, 13];
    for entry in rules_1::entries().into_iter().chain(rules_2::entries()) {
        let whole = encoded(&entry);
        let all = fields(&whole);
        for left_out in 0..all.len() {
            let mut rest = all.clone();
            let (number, _) = rest.remove(left_out);
            let batch = record(&rest);
            let found: Result<Vec<Entry>, _> = record::decode(&batch).collect();
            assert_eq!(found.is_ok(), optional.contains(&number), "{entry:?} without {number}");
        }
    }
}

fn text() -> impl Strategy<Value = Text> {
    any::<String>().prop_map(Text::from)
}

fn label() -> impl Strategy<Value = Label> {
    (text(), text()).prop_map(|(shown, key)| Label { shown, key })
}

fn session() -> impl Strategy<Value = SessionId> {
    (any::<u16>(), any::<u32>(), any::<u64>()).prop_map(|(node, epoch, number)| SessionId {
        node,
        epoch,
        number: SessionNumber(number),
    })
}

/// What nobody asked for.
fn of_the_house() -> impl Strategy<Value = Command> {
    prop_oneof![
        any::<u32>().prop_map(|version| Command::Rules { version }),
        (any::<u16>(), any::<u32>()).prop_map(|(node, epoch)| Command::NodeUp { node, epoch }),
        label().prop_map(|resource| Command::Declare { resource }),
        any::<u32>().prop_map(|bytes| Command::History { bytes }),
        session().prop_map(|session| Command::End { session }),
        (any::<u64>(), any::<u64>()).prop_map(|(at, trail)| Command::Check { at: Seq(at), trail }),
    ]
}

fn of_guests() -> impl Strategy<Value = Command> {
    let room = || proptest::option::of(text());
    prop_oneof![
        (session(), label(), any::<Option<[u8; 32]>>(), any::<Option<[u8; 32]>>()).prop_map(
            |(session, name, proof, secret)| {
                let (proof, secret) = (proof.map(Box::new), secret.map(Box::new));
                Command::Name { session, name, proof, secret }
            }
        ),
        (session(), label()).prop_map(|(session, room)| Command::Join { session, room }),
        (session(), room()).prop_map(|(session, room)| Command::Leave { session, room }),
        (session(), room(), text()).prop_map(|(session, room, text)| Command::Topic {
            session,
            room,
            text
        }),
        (session(), room(), text()).prop_map(|(session, room, text)| Command::Say {
            session,
            room,
            text
        }),
        (session(), text(), text()).prop_map(|(session, name, text)| Command::To {
            session,
            name,
            text
        }),
        (session(), text()).prop_map(|(session, text)| Command::Note { session, text }),
        (session(), text()).prop_map(|(session, resource)| Command::Reserve { session, resource }),
        (session(), text()).prop_map(|(session, resource)| Command::Cancel { session, resource }),
    ]
}

fn of_the_operator() -> impl Strategy<Value = Command> {
    let whom = || prop_oneof![text().prop_map(Whom::Name), session().prop_map(Whom::Session)];
    let barred = prop_oneof![
        text().prop_map(Barred::Name),
        any::<std::net::IpAddr>().prop_map(Barred::Address)
    ];
    prop_oneof![
        (session(), text()).prop_map(|(session, text)| Command::Announce { session, text }),
        (session(), whom(), text()).prop_map(|(session, to, text)| Command::Tell {
            session,
            to,
            text
        }),
        (session(), whom()).prop_map(|(session, who)| Command::Kick { session, who }),
        (session(), barred, any::<u64>()).prop_map(|(session, who, for_ms)| Command::Ban {
            session,
            who,
            for_ms
        }),
        (session(), text()).prop_map(|(session, resource)| Command::Release { session, resource }),
    ]
}

fn entry() -> impl Strategy<Value = Entry> {
    let key = proptest::option::of(any::<u64>().prop_map(Key));
    let command = prop_oneof![of_the_house(), of_guests(), of_the_operator()];
    (any::<u64>(), any::<u64>(), key, command).prop_map(|(wall, uptime, key, command)| Entry {
        time: Time::new(wall, uptime),
        key,
        command,
    })
}

proptest! {
    #[test]
    fn entries_come_back_as_they_went(entries in prop::collection::vec(entry(), 0..9)) {
        let batch: Vec<u8> = entries.iter().flat_map(encoded).collect();
        let found: Result<Vec<Entry>, _> = record::decode(&batch).collect();
        prop_assert_eq!(found.expect("what was just written"), entries);
    }

    /// A batch that is cut short gives the entries that are whole, then one error.
    #[test]
    fn a_cut_is_found(
        entries in prop::collection::vec(entry(), 1..6),
        at in any::<prop::sample::Index>(),
    ) {
        let records: Vec<Vec<u8>> = entries.iter().map(encoded).collect();
        let batch = records.concat();
        let at = at.index(batch.len());
        let mut end = 0;
        let ends = records.iter().map(|record| { end += record.len(); end });
        let ends: Vec<usize> = ends.collect();
        let whole = ends.iter().filter(|end| **end <= at).count();
        let torn = usize::from(at > 0 && !ends.contains(&at));
        let found: Vec<_> = record::decode(&batch[..at]).collect();
        prop_assert_eq!(found.len(), whole + torn);
        for (found, entry) in found.iter().zip(&entries).take(whole) {
            prop_assert_eq!(found.as_ref().expect("it is whole"), entry);
        }
        prop_assert!(found[whole..].iter().all(Result::is_err));
    }

    #[test]
    fn any_bytes_are_read_or_refused(batch in prop::collection::vec(any::<u8>(), 0..300)) {
        let found: Vec<_> = record::decode(&batch).collect();
        prop_assert!(found.iter().rev().skip(1).all(Result::is_ok), "{}", hex(&batch));
    }

    /// Whatever is written over an entry, it is read as some entry or refused.
    #[test]
    fn damaged_entries_are_read_or_refused(
        entry in entry(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut batch = encoded(&entry);
        for (place, byte) in damage {
            let place = place.index(batch.len());
            batch[place] = byte;
        }
        let found: Vec<_> = record::decode(&batch).collect();
        prop_assert!(found.len() <= batch.len());
    }
}
