//! Reading a snapshot in pieces, with every check that it has to pass.

use super::header::Header;
use super::{SnapshotError, SnapshotFlaw, snapshot_name, trouble};
use crate::border::{self, Border};
use crate::format::SECTOR;
use crate::storage::{Storage, StorageFile};

/// How much is read at once.
const CHUNK: usize = 256 << 10;

/// Hands the payload of a snapshot on in pieces, and returns where the log goes on. Nothing of it
/// may be used unless this returns `Ok`: the checksum stands over the whole.
///
/// # Errors
/// When it cannot be read, is not what was written, or is not of this log.
pub fn read_snapshot<S: Storage>(
    storage: &S,
    segment: u32,
    visit: &mut dyn FnMut(&[u8]),
) -> Result<Border, SnapshotError> {
    let file = snapshot_name(segment);
    let border = read_file(storage, &file, segment, visit)?;
    match border::header(storage, segment)? {
        Some(header) if !border::continues(&border, &header) => {
            Err(SnapshotError::Flawed { file, flaw: SnapshotFlaw::Elsewhere })
        }
        // Whether the segment has to be there and whole is found by who reads the log behind.
        _ => Ok(border),
    }
}

/// Reads all of a snapshot, as [`read_snapshot`], for its checksum alone.
///
/// # Errors
/// Likewise.
pub fn verify_snapshot<S: Storage>(storage: &S, segment: u32) -> Result<Border, SnapshotError> {
    read_snapshot(storage, segment, &mut |_| {})
}

/// The same for a file that may have another name yet.
pub(super) fn read_file<S: Storage>(
    storage: &S,
    name: &str,
    segment: u32,
    visit: &mut dyn FnMut(&[u8]),
) -> Result<Border, SnapshotError> {
    let flawed = |flaw| SnapshotError::Flawed { file: name.to_owned(), flaw };
    let file = storage.open(name).map_err(trouble(name, "open"))?;
    let found = file.len().map_err(trouble(name, "read"))?;
    if found < SECTOR as u64 {
        return Err(flawed(SnapshotFlaw::Length { found, expected: SECTOR as u64 }));
    }
    let mut block = [0; SECTOR];
    file.read_at(&mut block, 0).map_err(trouble(name, "read"))?;
    let header = Header::decode(&block).map_err(flawed)?;
    if header.border.segment != segment {
        return Err(flawed(SnapshotFlaw::WrongSegment { found: header.border.segment }));
    }
    let expected = header.payload_len.saturating_add(SECTOR as u64);
    if found != expected {
        return Err(flawed(SnapshotFlaw::Length { found, expected }));
    }
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; CHUNK];
    let mut offset = SECTOR as u64;
    while offset < found {
        let part = usize::try_from(found - offset).map_or(CHUNK, |rest| rest.min(CHUNK));
        let chunk = &mut buffer[..part];
        file.read_at(chunk, offset).map_err(trouble(name, "read"))?;
        hasher.update(chunk);
        visit(chunk);
        offset += part as u64;
    }
    if *hasher.finalize().as_bytes() == header.digest {
        Ok(header.border)
    } else {
        Err(flawed(SnapshotFlaw::Payload))
    }
}
