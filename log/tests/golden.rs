//! The bytes of a small log. A change here is a new format version.

mod common;

use std::fmt::Write;

use common::{Disk, script::*};
use posada_log::{Batch, Log};

#[test]
fn the_format_is_the_one_in_docs_log_md() {
    let disk = Disk::new();
    let mut log = opened(&disk);
    log.append(Batch { first_seq: 1, count: 2, payload: b"ana enters" }).expect("appended");
    log.append(Batch { first_seq: 3, count: 1, payload: &payload(3, 3000) }).expect("appended");
    log.append(Batch { first_seq: 4, count: 1, payload: b"ana leaves" }).expect("appended");
    let files = disk.names();
    let dump = files.iter().map(|name| format!("{name}\n{}", hex(&disk.bytes(name))));
    insta::assert_snapshot!(dump.collect::<Vec<_>>().join("\n"));
}

/// Rows of 16 bytes, without the rows of zeros and those that repeat the payload's pattern.
fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for (row, bytes) in bytes.chunks(16).enumerate() {
        let inside_pattern = (0x390..0xf00).contains(&(row * 16));
        if bytes.iter().all(|byte| *byte == 0) || inside_pattern {
            continue;
        }
        write!(text, "{:04x} ", row * 16).expect("a string takes all");
        for byte in bytes {
            write!(text, " {byte:02x}").expect("a string takes all");
        }
        text.push('\n');
    }
    text
}
