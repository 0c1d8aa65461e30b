//! What a look at the files finds: a sound log, a torn tail, or damage. `posada check` prints it.

use std::fmt;

/// One thing wrong with the files of a log, where, and at which entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The file's name.
    pub file: String,
    /// Where in the file, in bytes.
    pub offset: u64,
    /// The sequence number that was due there. Entries from it on are affected.
    pub seq: u64,
    /// What is wrong.
    pub flaw: Flaw,
    /// Where in the same file the next record header that verifies was found, if any.
    pub behind: Option<u64>,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, offset {}, seq {}: {}", self.file, self.offset, self.seq, self.flaw)?;
        match self.behind {
            Some(offset) => write!(f, "; the next valid record is at offset {offset}"),
            None => Ok(()),
        }
    }
}

/// The kinds of damage.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Flaw {
    /// A file is not there although the log continues in it or behind it.
    #[error("the file is missing")]
    Missing,
    /// The file's length is not the one that its header states, or not possible.
    #[error("the file has {found} bytes instead of {expected}")]
    Length {
        /// The file's length.
        found: u64,
        /// What it should be.
        expected: u64,
    },
    /// A segment's first sector fails its checksum, or is empty although records follow.
    #[error("the segment's header is damaged")]
    SegmentHeader,
    /// A segment or record belongs to another segment file.
    #[error("it belongs to segment {found}")]
    WrongSegment {
        /// The segment that it states.
        found: u32,
    },
    /// A newer format, or damage that happens to pass the checksum.
    #[error("its format version {found} is unknown; was it written by a newer posada?")]
    Version {
        /// The version that it states.
        found: u16,
    },
    /// A record's header is nonzero and fails its checksum. It lies in one sector, so that no torn
    /// write can explain it.
    #[error("the record's header is damaged")]
    RecordHeader,
    /// The header's place is empty, although records follow.
    #[error("a record is missing here")]
    RecordMissing,
    /// The header verifies but says what was never written, e.g. a length beyond the file.
    #[error("the record's header is impossible")]
    Impossible,
    /// The payload fails its checksums although no sector of it was lost in writing.
    #[error("the record's payload is damaged")]
    Payload,
    /// The record begins with another entry than the one that was due.
    #[error("seq {found} is found instead")]
    Gap {
        /// The sequence number that the record or segment begins with.
        found: u64,
    },
    /// The record does not continue the chain of hashes: an earlier record is not the one that was
    /// written.
    #[error("the chain of hashes is broken")]
    Chain,
    /// Bytes behind the end of the log that one torn write cannot have left.
    #[error("there are bytes behind the end of the log that no torn write can explain")]
    Leftovers,
    /// The segment does not end with a seal, although the log continues in the next one.
    #[error("the segment ends here without its seal, although a later segment was begun")]
    Unsealed,
}

/// What a crash left of the last batch. It was never acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Torn {
    /// The file's name.
    pub file: String,
    /// Where the batch began, in bytes.
    pub offset: u64,
    /// The sequence number of its first entry, which the next batch will take.
    pub seq: u64,
    /// How far its last remaining byte is from its beginning.
    pub bytes: u64,
}

impl fmt::Display for Torn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, offset, seq, bytes } = self;
        write!(f, "{file}, offset {offset}, seq {seq}: {bytes} bytes of a batch that was never")?;
        f.write_str(" acknowledged")
    }
}

/// The result of [`crate::check`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Segments that were begun.
    pub segments: u32,
    /// Whether one more segment file is prepared and still empty.
    pub spare: bool,
    /// Batches that verify.
    pub batches: u64,
    /// Entries in them.
    pub entries: u64,
    /// The first and last sequence number among them.
    pub seqs: Option<(u64, u64)>,
    /// A torn tail, which the next start drops.
    pub torn: Option<Torn>,
    /// All that is damaged, in the order of the log. A log with any does not open.
    pub damage: Vec<Damage>,
}

impl Report {
    /// Whether the log opens without losing anything that was acknowledged.
    pub fn is_sound(&self) -> bool {
        self.damage.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { segments, batches, entries, .. } = self;
        let spare = if self.spare { " and a spare" } else { "" };
        write!(f, "segments {segments}{spare}, batches {batches}, entries {entries}")?;
        match self.seqs {
            Some((first, last)) => writeln!(f, ", seq {first} to {last}")?,
            None => writeln!(f)?,
        }
        if let Some(torn) = &self.torn {
            writeln!(f, "torn: {torn}; the next start drops them")?;
        }
        for damage in &self.damage {
            writeln!(f, "damaged: {damage}")?;
        }
        match self.damage.len() {
            0 => f.write_str("sound"),
            all => write!(f, "{all} damaged: restore the named files from a copy"),
        }
    }
}
