//! The directory: which names lead to which files, now and after a loss of power.
//!
//! A name that was created, renamed or removed is only certain to be so once the directory was
//! synced. Until then each change may have happened or not; a rename is one change.

use std::collections::BTreeMap;

use crate::rng::Rng;

#[derive(Clone, Debug)]
pub(super) enum Change {
    Create(String, usize),
    /// From, to, and the file that is meant, whatever else had the first name meanwhile.
    Rename(String, String, usize),
    Remove(String),
}

#[derive(Debug, Default)]
pub(super) struct Folder {
    live: BTreeMap<String, usize>,
    durable: BTreeMap<String, usize>,
    unsynced: Vec<Change>,
}

impl Folder {
    pub(super) fn names(&self) -> impl Iterator<Item = &String> {
        self.live.keys()
    }

    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.live.get(name).copied()
    }

    pub(super) fn change(&mut self, change: Change) {
        make(&mut self.live, &change);
        self.unsynced.push(change);
    }

    pub(super) fn sync(&mut self) {
        self.durable.clone_from(&self.live);
        self.unsynced.clear();
    }

    /// `ordered`: a journal keeps the changes in order, so that the first of them survive.
    pub(super) fn lose_power(&mut self, ordered: bool, rng: &mut Rng) {
        let survivors = rng.between(0, 4) * 250;
        for change in std::mem::take(&mut self.unsynced) {
            if rng.per_mille(survivors) {
                make(&mut self.durable, &change);
            } else if ordered {
                break;
            }
        }
        self.live.clone_from(&self.durable);
    }
}

fn make(names: &mut BTreeMap<String, usize>, change: &Change) {
    match change {
        Change::Create(name, file) => {
            names.insert(name.clone(), *file);
        }
        Change::Rename(from, to, file) => {
            if names.get(from) == Some(file) {
                names.remove(from);
            }
            names.insert(to.clone(), *file);
        }
        Change::Remove(name) => {
            names.remove(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every list of names that a loss of power leaves after `changes`.
    fn survivors(ordered: bool, changes: &[Change]) -> std::collections::BTreeSet<Vec<String>> {
        (0..200)
            .map(|seed| {
                let mut folder = Folder::default();
                folder.change(Change::Create("old".into(), 0));
                folder.sync();
                for change in changes {
                    folder.change(change.clone());
                }
                folder.lose_power(ordered, &mut Rng::new(seed, 0));
                folder.names().cloned().collect()
            })
            .collect()
    }

    #[test]
    fn an_unsynced_name_may_vanish_and_a_removed_one_may_come_back() {
        let changes = [Change::Create("new".into(), 1), Change::Remove("old".into())];
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let ordered = survivors(true, &changes);
        assert_eq!(ordered, [names(&["new"]), names(&["new", "old"]), names(&["old"])].into());
        assert!(survivors(false, &changes).contains(&names(&[])));
    }

    #[test]
    fn a_rename_is_seen_whole() {
        let found = survivors(false, &[Change::Rename("old".into(), "new".into(), 0)]);
        assert_eq!(found, [vec!["new".to_owned()], vec!["old".to_owned()]].into());
    }
}
