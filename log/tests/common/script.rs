//! Short words for what tests do with a log.

use posada_log::{AppendError, Batch, Log, OpenError, Opened, Options, Segment};

use super::Disk;

/// Batches as read back: first seq, count, payload.
pub type Content = Vec<(u64, u32, Vec<u8>)>;

/// Segments that hold a few small batches.
pub const SMALL: Options = Options { segment_bytes: 4096 };

pub fn open(disk: &Disk) -> Result<(Segment<Disk>, Opened), OpenError> {
    Segment::open(disk.clone(), SMALL)
}

/// Opens a log that must be sound.
pub fn opened(disk: &Disk) -> Segment<Disk> {
    open(disk).expect("the log is sound").0
}

/// Bytes that differ from batch to batch and have no zeros.
pub fn payload(seq: u64, bytes: usize) -> Vec<u8> {
    let byte = |at: u64| u8::try_from((seq * 31 + at * 7) % 251 + 1).expect("below 252");
    (0..bytes as u64).map(byte).collect()
}

/// Appends a batch of `count` entries with a payload of so many bytes.
pub fn append(log: &mut impl Log, count: u32, bytes: usize) -> Result<(), AppendError> {
    let first_seq = log.next_seq();
    log.append(Batch { first_seq, count, payload: &payload(first_seq, bytes) })
}

/// Opens a log for each of these starts and appends batches of two entries, of so many bytes each,
/// until that is all or the machine stops. Returns what was acknowledged.
pub fn run_starts(disk: &Disk, starts: &[&[usize]]) -> Content {
    let mut acknowledged = Content::new();
    for lengths in starts {
        let Ok((mut log, _)) = open(disk) else { break };
        for bytes in *lengths {
            let seq = log.next_seq();
            if append(&mut log, 2, *bytes).is_err() {
                return acknowledged;
            }
            acknowledged.push((seq, 2, payload(seq, *bytes)));
        }
    }
    acknowledged
}

/// All that a log holds from an entry on.
pub fn content_from(log: &impl Log, from: u64) -> Content {
    let mut content = Content::new();
    log.replay(from, &mut |batch| {
        content.push((batch.first_seq, batch.count, batch.payload.to_vec()));
    })
    .expect("the log reads back");
    content
}

pub fn content(log: &impl Log) -> Content {
    content_from(log, 0)
}

/// Yes or no by a seed, which is not 0.
#[derive(Debug)]
pub struct Dice(pub u64);

impl Dice {
    pub fn flip(&mut self) -> bool {
        // xorshift64*: enough to choose sectors by.
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 63 == 0
    }
}
