//! One file of the disk: what is durable, what is seen, and every sector written in between.

const SECTOR: usize = 512;

/// What a file may hold where it grew and nothing was written.
const STALE: u8 = 0x5A;

#[derive(Clone, Debug, Default)]
pub struct Node {
    durable: Vec<u8>,
    seen: Vec<u8>,
    /// The lengths that it grew to since the last sync, in order.
    grown: Vec<usize>,
    /// The sectors written since the last sync, in order, as each write left them.
    unsynced: Vec<(usize, Vec<u8>)>,
    /// The sectors that a failed sync may have written, or not, and that no later one will write.
    given_up: Vec<(usize, Vec<u8>)>,
}

impl Node {
    pub fn durable(bytes: &[u8]) -> Self {
        Self { durable: bytes.to_vec(), seen: bytes.to_vec(), ..Self::default() }
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
            self.grown.push(end);
        }
        self.seen[offset..end].copy_from_slice(bytes);
        for sector in offset / SECTOR..end.div_ceil(SECTOR) {
            let part = sector * SECTOR..((sector + 1) * SECTOR).min(self.seen.len());
            self.unsynced.push((sector, self.seen[part].to_vec()));
        }
    }

    pub fn sync(&mut self) {
        let written: Vec<usize> = self.unsynced.iter().map(|(sector, _)| *sector).collect();
        let given_up = std::mem::take(&mut self.given_up);
        self.durable = self.after_crash(&mut || true).durable;
        self.unsynced.clear();
        self.grown.clear();
        self.given_up = given_up;
        self.given_up.retain(|(sector, _)| !written.contains(sector));
    }

    /// A failed sync, as Linux does it: the bytes are still seen, but a later sync does not write
    /// them; only another write of them does. Some of them may be on the disk.
    pub fn lose(&mut self) {
        self.given_up.append(&mut self.unsynced);
    }

    pub fn after_crash(&self, keep: &mut dyn FnMut() -> bool) -> Self {
        let mut bytes = self.durable.clone();
        if let Some(len) = self.grown.iter().take_while(|_| keep()).last() {
            let between = if keep() { 0 } else { STALE };
            bytes.resize(*len, between);
        }
        for (sector, written) in self.given_up.iter().chain(&self.unsynced) {
            let at = (sector * SECTOR).min(bytes.len());
            let end = (at + written.len()).min(bytes.len());
            let (old, new) = (&mut bytes[at..end], &written[..end - at]);
            if old != new && keep() {
                old.copy_from_slice(new);
            }
        }
        Self::durable(&bytes)
    }
}
