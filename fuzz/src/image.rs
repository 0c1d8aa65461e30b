//! Segment files by `docs/log.md` and nothing else: a reader that believes nothing, and a mender
//! that makes changed records verify again. Neither uses the log's own code.

/// The bytes of a segment's header, and where its records begin.
const SECTOR: usize = 512;
/// Records begin at multiples of this; also the length of their headers.
const ALIGN: usize = 128;
const SEGMENT_MAGIC: &[u8] = b"POSADA\xffL";
const RECORD_MAGIC: &[u8] = b"\xffPR\xfe";
/// The greatest payload.
const PAYLOAD: usize = 1 << 20;
/// Between these bytes of a record's header its chain stands, and what it covers ends.
const CHAIN: std::ops::Range<usize> = 64..96;

type Hash = [u8; 32];

/// One batch as it is found: first seq, count, payload.
pub(crate) type Found = (u64, u32, Vec<u8>);

fn number<const N: usize>(bytes: &[u8], at: usize) -> u64 {
    let mut wide = [0; 8];
    wide[..N].copy_from_slice(&bytes[at..at + N]);
    u64::from_le_bytes(wide)
}

/// Whether the last four bytes are the checksum of all before.
fn is_sealed(bytes: &[u8]) -> bool {
    let (body, crc) = bytes.split_at(bytes.len() - 4);
    crc32c::crc32c(body).to_le_bytes() == crc
}

fn seal(bytes: &mut [u8]) {
    let (body, crc) = bytes.split_at_mut(bytes.len() - 4);
    crc.copy_from_slice(&crc32c::crc32c(body).to_le_bytes());
}

fn linked(chain: &[u8], header: &[u8]) -> Hash {
    *blake3::Hasher::new().update(chain).update(&header[..CHAIN.start]).finalize().as_bytes()
}

/// How many bytes the record of a payload takes.
fn record_len(payload: usize) -> usize {
    (ALIGN + payload + 8).next_multiple_of(ALIGN)
}

/// The batches of a log up to the first thing that does not verify, its segments in order.
pub(crate) fn read<'a>(segments: impl Iterator<Item = &'a [u8]>) -> Vec<Found> {
    let mut reader = Reader { found: Vec::new(), next_seq: 1, chain: genesis() };
    for (segment, image) in (1..).zip(segments) {
        if reader.segment(segment, image).is_none() {
            break;
        }
    }
    reader.found
}

struct Reader {
    found: Vec<Found>,
    next_seq: u64,
    chain: Hash,
}

impl Reader {
    /// Reads one segment; `Some` where the log goes on in the next.
    fn segment(&mut self, segment: u64, image: &[u8]) -> Option<()> {
        let header = image.get(..SECTOR)?;
        let fits = is_sealed(header)
            && header.starts_with(SEGMENT_MAGIC)
            && number::<2>(header, 8) == 1
            && number::<4>(header, 12) == segment
            && number::<8>(header, 16) == image.len() as u64
            && number::<8>(header, 24) == self.next_seq
            && header[32..64] == self.chain;
        let mut at = fits.then_some(SECTOR)?;
        loop {
            let header = image.get(at..at + ALIGN)?;
            let fits = is_sealed(header)
                && header.starts_with(RECORD_MAGIC)
                && number::<2>(header, 4) == 1
                && number::<4>(header, 8) == segment
                && number::<8>(header, 16) == self.next_seq;
            match number::<2>(header, 6) {
                1 if fits => at += self.batch(&image[at..])?,
                2 if fits => return (header[CHAIN] == self.chain).then_some(()),
                _ => return None,
            }
        }
    }

    /// Reads the batch at the beginning of some bytes, and says how many of them it takes.
    fn batch(&mut self, bytes: &[u8]) -> Option<usize> {
        let payload_len = usize::try_from(number::<4>(bytes, 28)).ok()?;
        let count = u32::try_from(number::<4>(bytes, 24)).ok()?;
        let length = record_len(payload_len);
        // Behind each record there is room for the seal.
        let fits = payload_len <= PAYLOAD && count > 0 && length + ALIGN <= bytes.len();
        let record = bytes.get(..length).filter(|_| fits)?;
        let (payload, marks) = record[ALIGN..].split_at(payload_len);
        let chain = linked(&self.chain, record);
        let holds = marks.iter().all(|mark| *mark == 0xe5)
            && u64::from(crc32c::crc32c(payload)) == number::<4>(record, 96)
            && *blake3::hash(payload).as_bytes() == record[32..64]
            && chain == record[CHAIN];
        holds.then_some(())?;
        self.found.push((self.next_seq, count, payload.to_vec()));
        self.next_seq = self.next_seq.checked_add(u64::from(count))?;
        self.chain = chain;
        Some(length)
    }
}

/// What is made to verify again after a change, beside all checksums.
#[derive(Clone, Copy)]
pub(crate) struct Mend {
    /// The digests of payloads.
    pub(crate) digests: bool,
    /// The chain of hashes.
    pub(crate) chain: bool,
}

impl Mend {
    /// Makes a segment verify again, whose chain begins with `chain`; says in it where the next
    /// one's begins. What else the change says stays.
    pub(crate) fn segment(self, image: &mut [u8], chain: &mut Hash) {
        if image.len() < SECTOR {
            return;
        }
        if self.chain {
            image[32..64].copy_from_slice(chain);
        }
        seal(&mut image[..SECTOR]);
        let mut at = SECTOR;
        while at + ALIGN <= image.len() && image[at..].starts_with(RECORD_MAGIC) {
            let (header, behind) = image[at..].split_at_mut(ALIGN);
            at += self.record(header, behind, chain);
        }
    }

    /// Makes a record verify again, and says how many bytes it takes.
    fn record(self, header: &mut [u8], behind: &[u8], chain: &mut Hash) -> usize {
        let payload_len = usize::try_from(number::<4>(header, 28)).unwrap_or(usize::MAX);
        if number::<2>(header, 6) == 1 {
            if let Some(payload) = behind.get(..payload_len) {
                header[96..100].copy_from_slice(&crc32c::crc32c(payload).to_le_bytes());
                if self.digests {
                    header[32..64].copy_from_slice(blake3::hash(payload).as_bytes());
                }
            }
            *chain = linked(chain, header);
        }
        if self.chain {
            header[CHAIN].copy_from_slice(chain);
        }
        seal(header);
        record_len(payload_len.min(PAYLOAD))
    }
}

/// The chain before any record.
pub(crate) fn genesis() -> Hash {
    *blake3::hash(b"posada log, format 1").as_bytes()
}
