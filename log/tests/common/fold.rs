//! What a log comes to, for tests of snapshots: all that it ever held.

use posada_log::{
    Batch, Border, Draft, Keep, Log, OpenError, Retired, Segment, SnapshotError, last_border,
    read_sealed, read_snapshot, retire, snapshots,
};

use super::Disk;
use super::script::{Content, SMALL, payload};

/// Short: what `script` appends follows from where it stands and how long it is.
fn spell(content: &Content) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (seq, count, payload) in content {
        bytes.extend(seq.to_le_bytes());
        bytes.extend(count.to_le_bytes());
        bytes.extend(u32::try_from(payload.len()).expect("short").to_le_bytes());
    }
    bytes
}

fn spelled(bytes: &[u8]) -> Content {
    let number = |bytes: &[u8]| u32::from_le_bytes(bytes.try_into().expect("four"));
    let batch = |bytes: &[u8]| {
        let seq = u64::from_le_bytes(bytes[..8].try_into().expect("eight"));
        (seq, number(&bytes[8..12]), payload(seq, number(&bytes[12..]) as usize))
    };
    bytes.chunks(16).map(batch).collect()
}

fn kept(content: &mut Content) -> impl FnMut(Batch<'_>) {
    |batch| content.push((batch.first_seq, batch.count, batch.payload.to_vec()))
}

/// What a good snapshot says.
pub fn says(disk: &Disk, segment: u32) -> Result<(Border, Content), SnapshotError> {
    let mut payload = Vec::new();
    let border = read_snapshot(disk, segment, &mut |chunk| payload.extend_from_slice(chunk))?;
    Ok((border, spelled(&payload)))
}

/// The newest snapshot that is good, or the beginning of the log; and those that are not good.
pub fn newest(disk: &Disk) -> (Border, Content, Vec<String>) {
    let mut bad = Vec::new();
    // A disk that is gone has none; who goes on with it finds out.
    for segment in snapshots(disk).unwrap_or_default().into_iter().rev() {
        match says(disk, segment) {
            Ok((border, content)) => return (border, content, bad),
            Err(error) => bad.push(error.to_string()),
        }
    }
    (Border::first(), Content::new(), bad)
}

/// Writes a snapshot of all that is sealed, beginning with the newest. Returns its segment, or
/// `None` when there is nothing new.
pub fn take(disk: &Disk) -> Result<Option<u32>, String> {
    let say = |error: &dyn std::error::Error| error.to_string();
    let Some(to) = last_border(disk).map_err(|error| say(&error))? else { return Ok(None) };
    let (from, mut content, _) = newest(disk);
    if from.segment == to {
        return Ok(None);
    }
    let border = read_sealed(disk, &from, to, &mut kept(&mut content));
    let border = border.map_err(|error| say(&error))?;
    let mut draft = Draft::begin(disk, border).map_err(|error| say(&error))?;
    // In pieces, as it comes.
    for piece in spell(&content).chunks(7) {
        draft.write(piece).map_err(|error| say(&error))?;
    }
    let written = draft.finish().map_err(|error| say(&error))?;
    let mut back = Vec::new();
    written.read(&mut |chunk| back.extend_from_slice(chunk)).map_err(|error| say(&error))?;
    assert_eq!(back, spell(&content));
    written.publish().map_err(|error| say(&error))?;
    Ok(Some(to))
}

/// Opens the log behind the newest good snapshot.
pub fn open_newest(disk: &Disk) -> Result<(Segment<Disk>, Content), OpenError> {
    let (border, mut content, _) = newest(disk);
    let (log, _) = Segment::open_at(disk.clone(), &border, SMALL)?;
    log.replay(border.next_seq, &mut kept(&mut content)).expect("the log reads back");
    Ok((log, content))
}

/// All that the log holds and ever held, from the newest good snapshot on.
pub fn told(disk: &Disk) -> Content {
    open_newest(disk).expect("the log opens").1
}

/// Removes what is not needed.
pub fn retires(disk: &Disk, bytes: u64) -> Retired {
    retire(disk, Keep::Bytes(bytes)).expect("it can be removed")
}
