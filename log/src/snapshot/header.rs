//! The first sector of a snapshot, as `docs/log.md` draws it.

use super::SnapshotFlaw;
use crate::border::Border;
use crate::format::u64_at;
use crate::format::{Hash, SECTOR, crc_holds, hash_at, is_zero, seal_with_crc, u16_at, u32_at};

const VERSION: u16 = 1;
const MAGIC: &[u8; 8] = b"POSADA\xFFS";
/// Where the zeros begin.
const END: usize = 104;

/// What stands before the payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) border: Border,
    pub(super) payload_len: u64,
    pub(super) digest: Hash,
}

impl Header {
    pub(super) fn encode(&self) -> [u8; SECTOR] {
        let mut block = [0; SECTOR];
        block[..8].copy_from_slice(MAGIC);
        block[8..10].copy_from_slice(&VERSION.to_le_bytes());
        block[12..16].copy_from_slice(&self.border.segment.to_le_bytes());
        block[16..24].copy_from_slice(&self.border.next_seq.to_le_bytes());
        block[24..28].copy_from_slice(&self.border.epoch.to_le_bytes());
        block[32..64].copy_from_slice(&self.border.chain);
        block[64..72].copy_from_slice(&self.payload_len.to_le_bytes());
        block[72..END].copy_from_slice(&self.digest);
        seal_with_crc(&mut block);
        block
    }

    pub(super) fn decode(block: &[u8; SECTOR]) -> Result<Self, SnapshotFlaw> {
        if !crc_holds(block) || &block[..8] != MAGIC {
            return Err(SnapshotFlaw::Header);
        }
        let version = u16_at(block, 8);
        if version != VERSION {
            return Err(SnapshotFlaw::Version { found: version });
        }
        let spare = [&block[10..12], &block[28..32], &block[END..SECTOR - 4]];
        if !spare.iter().all(|bytes| is_zero(bytes)) {
            return Err(SnapshotFlaw::Header);
        }
        let border = Border {
            segment: u32_at(block, 12),
            next_seq: u64_at(block, 16),
            epoch: u32_at(block, 24),
            chain: hash_at(block, 32),
        };
        Ok(Self { border, payload_len: u64_at(block, 64), digest: hash_at(block, 72) })
    }
}
