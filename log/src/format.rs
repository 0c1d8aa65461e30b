//! The fixed parts of a segment file: names, sizes, the segment's block and the record header.
//!
//! `docs/log.md` draws them byte by byte. All numbers are little-endian. This module turns values
//! into bytes and back; what a failure to do so means is decided in `scan.rs`.

use crate::report::Flaw;

/// What a disk writes whole or not at all.
pub(crate) const SECTOR: usize = 512;
/// Records begin at multiples of this, so that no header ever crosses a sector.
pub(crate) const ALIGN: usize = 128;
/// The length of a record header, and of the seal that ends a full segment.
pub(crate) const HEADER: usize = 128;
/// Fills a record behind its payload: nonzero, so that its last sector is never all zeros.
pub(crate) const END_MARK: u8 = 0xE5;
/// How many end marks there are at least.
pub(crate) const END_MARKS_LEAST: usize = 8;

const VERSION: u16 = 1;
const SEGMENT_MAGIC: &[u8; 8] = b"POSADA\xFFL";
/// Not UTF-8 in any way, so that no text inside a payload can look like a record.
const RECORD_MAGIC: &[u8; 4] = b"\xFFPR\xFE";
const BATCH: u16 = 1;
const SEAL: u16 = 2;
/// What the chain covers of a header: all that identifies the batch and the payload's digest.
const CHAINED: usize = 64;

pub(crate) type Hash = [u8; 32];

/// The chain before the first record.
pub(crate) fn genesis() -> Hash {
    *blake3::hash(b"posada log, format 1").as_bytes()
}

/// The name of a segment file.
pub(crate) fn segment_name(number: u32) -> String {
    format!("{number:08}.log")
}

/// The number of the segment that a file is, if it is one.
pub(crate) fn segment_number(name: &str) -> Option<u32> {
    let number = name.strip_suffix(".log")?.parse().ok()?;
    (number > 0 && segment_name(number) == name).then_some(number)
}

/// Whether all bytes are zero, in steps that the compiler can vectorize.
pub(crate) fn is_zero(bytes: &[u8]) -> bool {
    bytes.chunks(SECTOR).all(|chunk| chunk.iter().fold(0, |any, byte| any | byte) == 0)
}

/// The first sector of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    pub(crate) number: u32,
    pub(crate) bytes: u64,
    pub(crate) first_seq: u64,
    pub(crate) chain: Hash,
}

impl SegmentHeader {
    pub(crate) fn encode(&self) -> [u8; SECTOR] {
        let mut block = [0; SECTOR];
        block[..8].copy_from_slice(SEGMENT_MAGIC);
        block[8..10].copy_from_slice(&VERSION.to_le_bytes());
        block[12..16].copy_from_slice(&self.number.to_le_bytes());
        block[16..24].copy_from_slice(&self.bytes.to_le_bytes());
        block[24..32].copy_from_slice(&self.first_seq.to_le_bytes());
        block[32..64].copy_from_slice(&self.chain);
        seal_with_crc(&mut block);
        block
    }

    pub(crate) fn decode(block: &[u8]) -> Result<Self, Flaw> {
        if !crc_holds(block) || &block[..8] != SEGMENT_MAGIC {
            return Err(Flaw::SegmentHeader);
        }
        known_version(u16_at(block, 8))?;
        Ok(Self {
            number: u32_at(block, 12),
            bytes: u64_at(block, 16),
            first_seq: u64_at(block, 24),
            chain: hash_at(block, 32),
        })
    }
}

/// What a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A batch of entries.
    Batch,
    /// The last record of a segment: the log goes on in the next one, which must exist.
    Seal,
}

/// The first 128 bytes of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RecordHeader {
    pub(crate) kind: Kind,
    pub(crate) segment: u32,
    pub(crate) epoch: u32,
    pub(crate) first_seq: u64,
    pub(crate) count: u32,
    pub(crate) payload_len: u32,
    pub(crate) digest: Hash,
    pub(crate) payload_crc: u32,
}

impl RecordHeader {
    /// The header's bytes, and the chain after it. A seal continues no chain, it carries it.
    pub(crate) fn encode(&self, chain: &Hash) -> ([u8; HEADER], Hash) {
        let mut bytes = [0; HEADER];
        bytes[..4].copy_from_slice(RECORD_MAGIC);
        bytes[4..6].copy_from_slice(&VERSION.to_le_bytes());
        let kind = if self.kind == Kind::Batch { BATCH } else { SEAL };
        bytes[6..8].copy_from_slice(&kind.to_le_bytes());
        bytes[8..12].copy_from_slice(&self.segment.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.epoch.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.first_seq.to_le_bytes());
        bytes[24..28].copy_from_slice(&self.count.to_le_bytes());
        bytes[28..32].copy_from_slice(&self.payload_len.to_le_bytes());
        bytes[32..64].copy_from_slice(&self.digest);
        let after = match self.kind {
            Kind::Batch => link(chain, &bytes),
            Kind::Seal => *chain,
        };
        bytes[64..96].copy_from_slice(&after);
        bytes[96..100].copy_from_slice(&self.payload_crc.to_le_bytes());
        seal_with_crc(&mut bytes);
        (bytes, after)
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Flaw> {
        if !crc_holds(bytes) || &bytes[..4] != RECORD_MAGIC {
            return Err(Flaw::RecordHeader);
        }
        known_version(u16_at(bytes, 4))?;
        let kind = match u16_at(bytes, 6) {
            BATCH => Kind::Batch,
            SEAL => Kind::Seal,
            _ => return Err(Flaw::Impossible),
        };
        Ok(Self {
            kind,
            segment: u32_at(bytes, 8),
            epoch: u32_at(bytes, 12),
            first_seq: u64_at(bytes, 16),
            count: u32_at(bytes, 24),
            payload_len: u32_at(bytes, 28),
            digest: hash_at(bytes, 32),
            payload_crc: u32_at(bytes, 96),
        })
    }
}

/// The chain that a record's header states.
pub(crate) fn stated_chain(header: &[u8]) -> Hash {
    hash_at(header, 64)
}

/// The chain that a batch's header must state, if the chain before it was `chain`. It covers the
/// payload's digest rather than the payload: a payload can be erased and the chain still holds.
pub(crate) fn link(chain: &Hash, header: &[u8]) -> Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(chain).update(&header[..CHAINED]);
    *hasher.finalize().as_bytes()
}

fn known_version(found: u16) -> Result<(), Flaw> {
    if found == VERSION { Ok(()) } else { Err(Flaw::Version { found }) }
}

/// Writes the checksum of all but the last four bytes into the last four.
pub(crate) fn seal_with_crc(bytes: &mut [u8]) {
    let (body, crc) = bytes.split_at_mut(bytes.len() - 4);
    crc.copy_from_slice(&crc32c::crc32c(body).to_le_bytes());
}

pub(crate) fn crc_holds(bytes: &[u8]) -> bool {
    let (body, crc) = bytes.split_at(bytes.len() - 4);
    crc32c::crc32c(body).to_le_bytes() == crc
}

pub(crate) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes(array_at(bytes, at))
}

pub(crate) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(array_at(bytes, at))
}

pub(crate) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(array_at(bytes, at))
}

pub(crate) fn hash_at(bytes: &[u8], at: usize) -> Hash {
    array_at(bytes, at)
}

fn array_at<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut array = [0; N];
    array.copy_from_slice(&bytes[at..at + N]);
    array
}
