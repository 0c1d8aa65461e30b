//! Snapshots: any payload, or records to which an end is put that fits them.
//!
//! The first byte of an input says how it is read: if it is odd, an end with the right digest is
//! put behind the rest, or nearly nothing would pass for a state; half of it, and one, is the size
//! of the pieces in which it is read a second time.

use posada_core::state::State;
use posada_core::{Command, Entry, Seq, SessionId, SessionNumber};
use posada_wire::snapshot::{Decoder, Flaw, SnapshotError, decode, encode};

/// Any payload of a snapshot.
pub fn snapshot(data: &[u8]) {
    let Some((&how, payload)) = data.split_first() else { return };
    let piece = usize::from(how / 2) + 1;
    let payload = &if how % 2 == 1 { ended(payload) } else { payload.to_vec() };
    let read = decode(payload);
    let in_pieces = in_pieces(payload, piece);
    match (read, in_pieces) {
        (Ok(state), Ok(same)) => {
            assert!(state.facts().eq(same.facts()), "it depends on how it was cut");
            written_again(&state);
            goes_on(state);
        }
        (Err(why), Err(same)) => {
            assert_eq!(why.to_string(), same.to_string(), "it depends on how it was cut");
            // The operator reads it.
            crate::spoken::harmless(&why.to_string());
        }
        (whole, cut) => panic!("read as {whole:?}, and in pieces as {cut:?}"),
    }
}

/// The records with an end that fits them, as far as they can be read.
fn ended(records: &[u8]) -> Vec<u8> {
    let (mut digest, mut count) = (0_u64, 0_u64);
    loop {
        let mut payload = records.to_vec();
        payload.extend_from_slice(b"\xa3\x00\x00\x18\x21\x1b");
        payload.extend_from_slice(&digest.to_be_bytes());
        payload.extend_from_slice(b"\x18\x22\x1b");
        payload.extend_from_slice(&count.to_be_bytes());
        match decode(&payload) {
            Err(SnapshotError::Record { flaw: Flaw::NotAll { read, .. }, .. }) if read != count => {
                count = read;
            }
            Err(SnapshotError::AnotherState { found, .. }) if found != digest => digest = found,
            _ => return payload,
        }
    }
}

fn in_pieces(payload: &[u8], piece: usize) -> Result<State, SnapshotError> {
    let mut decoder = Decoder::new();
    payload.chunks(piece).try_for_each(|piece| decoder.take(piece))?;
    decoder.finish()
}

/// What could be read is written as something that is read as the same.
fn written_again(state: &State) {
    let mut payload = Vec::new();
    let written = encode(state, &mut |chunk| {
        payload.extend_from_slice(chunk);
        Ok(())
    });
    written.expect("a vector takes any number of bytes");
    let again = decode(&payload).expect("what was just written can be read");
    assert!(again.facts().eq(state.facts()), "it is written as another state");
    assert_eq!(again.digest(), state.digest());
}

/// No assertion of the fold trips over what the decoder let through.
fn goes_on(mut state: State) {
    let online = state.people().principals().filter_map(|(_, it)| Some(it.online?.0));
    let mut sessions: Vec<_> = online.take(3).collect();
    sessions.push(SessionId { node: 0, epoch: 1, number: SessionNumber(1) });
    let keys = state.people().principals().map(|(_, it)| it.name.key.clone());
    let names: Vec<_> = keys.take(5).collect();
    let text = || "x".repeat(4_000).into();
    let mut commands = vec![Command::Rules { version: 2 }];
    for session in sessions {
        commands.extend(names.iter().map(|name| {
            let name = name.clone();
            Command::To { session, name, text: text() }
        }));
        commands.push(Command::Say { session, room: None, text: text() });
        commands.push(Command::Leave { session, room: None });
        commands.extend(state.resources().iter().take(3).map(|it| {
            let resource = it.name.key.clone();
            Command::Release { session, resource }
        }));
        commands.push(Command::End { session });
    }
    commands.push(Command::History { bytes: 0 });
    for command in commands {
        let seq = Seq(state.seq().0 + 1);
        state.apply(seq, &Entry { time: state.time(), key: None, command });
        state.digest();
    }
}
