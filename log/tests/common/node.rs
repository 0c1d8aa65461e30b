//! One file of the disk: what is durable, what is seen, and every sector written in between.

const SECTOR: usize = 512;

#[derive(Clone, Debug, Default)]
pub struct Node {
    durable: Vec<u8>,
    seen: Vec<u8>,
    /// The sectors written since the last sync, in order, as each write left them.
    unsynced: Vec<(usize, Vec<u8>)>,
}

impl Node {
    pub fn durable(bytes: &[u8]) -> Self {
        Self { durable: bytes.to_vec(), seen: bytes.to_vec(), unsynced: Vec::new() }
    }

    pub fn bytes(&self) -> &[u8] {
        &self.seen
    }

    pub fn write(&mut self, bytes: &[u8], offset: usize) {
        let end = offset + bytes.len();
        if bytes.is_empty() {
            return;
        }
        if self.seen.len() < end {
            self.seen.resize(end, 0);
        }
        self.seen[offset..end].copy_from_slice(bytes);
        for sector in offset / SECTOR..end.div_ceil(SECTOR) {
            let part = sector * SECTOR..((sector + 1) * SECTOR).min(self.seen.len());
            self.unsynced.push((sector, self.seen[part].to_vec()));
        }
    }

    pub fn sync(&mut self) {
        self.durable = self.after_crash(&mut || true).durable;
        self.unsynced.clear();
    }

    /// A failed sync, as Linux does it: the bytes are still seen, but a later sync does not write
    /// them; only another write of them does.
    pub fn lose(&mut self) {
        self.unsynced.clear();
    }

    pub fn after_crash(&self, keep: &mut dyn FnMut() -> bool) -> Self {
        let mut bytes = self.durable.clone();
        if self.seen.len() > bytes.len() && keep() {
            bytes.resize(self.seen.len(), 0);
        }
        for (sector, written) in &self.unsynced {
            let at = sector * SECTOR;
            if keep() && at < bytes.len() {
                let end = (at + written.len()).min(bytes.len());
                bytes[at..end].copy_from_slice(&written[..end - at]);
            }
        }
        Self::durable(&bytes)
    }
}
