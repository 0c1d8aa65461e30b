//! Batches of entries, as they stand in the log.

use posada_core::Entry;
use posada_wire::record::{decode, encode};

/// Any payload of a batch.
pub fn record(data: &[u8]) {
    let mut read: Vec<Entry> = Vec::new();
    let mut entries = decode(data);
    for entry in entries.by_ref() {
        match entry {
            Ok(entry) => read.push(entry),
            Err(why) => {
                // The operator reads it.
                crate::spoken::harmless(&why.to_string());
                break;
            }
        }
    }
    assert!(entries.next().is_none(), "nothing is read behind what cannot be read");
    assert!(read.len() <= data.len(), "each entry takes a byte at least");

    let mut batch = Vec::new();
    for entry in &read {
        let mut alone = Vec::new();
        encode(entry, &mut alone);
        let again: Vec<_> = decode(&alone).collect();
        assert!(matches!(&again[..], [Ok(same)] if same == entry), "{entry:?} became {again:?}");
        batch.extend_from_slice(&alone);
    }
    let again: Result<Vec<_>, _> = decode(&batch).collect();
    assert_eq!(again.expect("what was written can be read"), read);
}
