//! What a merge is compared with: our side, with everything that came from the other side as it is there.
//!
//! A person who merges has not written what the other branch brings. What differs from both sides is theirs.

use super::tree::{Entry, Listing, Tree, TreeError};
use super::{EntryKind, RepoPath};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Two sides of a merge as one tree.
pub struct MergedTree {
    ours: Arc<dyn Tree>,
    theirs: Arc<dyn Tree>,
    taken: BTreeSet<RepoPath>,
    listing: Listing,
}

impl MergedTree {
    /// `ours`, but what `result` took from `theirs` is theirs.
    pub fn new(ours: Arc<dyn Tree>, theirs: Arc<dyn Tree>, result: &dyn Tree) -> Self {
        let same = |one: Option<&Entry>, other: Option<&Entry>| match (one, other) {
            (None, None) => true,
            (Some(one), Some(other)) => one.kind == other.kind && one.id == other.id && one.id.is_some(),
            _ => false,
        };
        let mut entries = Vec::new();
        let mut taken = BTreeSet::new();
        let paths: BTreeSet<&RepoPath> =
            ours.entries().iter().chain(theirs.entries()).map(|entry| &entry.path).collect();
        for path in paths {
            let (at_ours, at_theirs) = (ours.entry(path.as_str()), theirs.entry(path.as_str()));
            if same(result.entry(path.as_str()), at_theirs) {
                entries.extend(at_theirs.cloned());
                taken.insert(path.clone());
            } else {
                entries.extend(at_ours.cloned());
            }
        }
        let listing = Listing::new(entries);
        Self { ours, theirs, taken, listing }
    }
}

impl Tree for MergedTree {
    fn listing(&self) -> &Listing {
        &self.listing
    }

    fn read(&self, path: &RepoPath, limit: u64) -> Result<Arc<[u8]>, TreeError> {
        let side = |path: &RepoPath| if self.taken.contains(path) { &self.theirs } else { &self.ours };
        match self.entry(path.as_str()).map(|entry| &entry.kind) {
            None => Err(TreeError::Missing(path.clone())),
            // What a link shows may have come from the other side.
            Some(EntryKind::Link { target }) if self.entry(target.as_str()).is_some() => {
                side(target).read(target, limit)
            }
            Some(_) => side(path).read(path, limit),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::MemoryTree;
    use crate::base::tree::hash_blob;

    /// A tree whose contents have ids, as those of git have.
    struct Known(MemoryTree, Listing);

    impl Tree for Known {
        fn listing(&self) -> &Listing {
            &self.1
        }

        fn read(&self, path: &RepoPath, limit: u64) -> Result<Arc<[u8]>, TreeError> {
            self.0.read(path, limit)
        }
    }

    fn tree(files: &[(&str, &str)]) -> Arc<dyn Tree> {
        let plain = MemoryTree::new(files.iter().copied());
        let id = |entry: &Entry| hash_blob(&plain.read(&entry.path, 100).expect("there"));
        let entries = plain.entries().iter().map(|entry| Entry { id: id(entry), ..entry.clone() }).collect();
        let listing = Listing::new(entries);
        Arc::new(Known(plain, listing))
    }

    #[test]
    fn what_the_other_side_brings_is_there_already() {
        let ours = tree(&[("both", "1"), ("ours", "1"), ("conflict", "ours"), ("gone", "1"), ("kept", "1")]);
        let theirs = tree(&[("both", "2"), ("theirs", "1"), ("conflict", "theirs"), ("kept", "2")]);
        let result =
            tree(&[("both", "2"), ("ours", "1"), ("theirs", "1"), ("conflict", "mended"), ("kept", "1")]);
        let merged = MergedTree::new(ours, theirs, &*result);
        let all: Vec<(String, String)> = merged
            .entries()
            .iter()
            .map(|entry| {
                let bytes = merged.read(&entry.path, 100).expect("there");
                (entry.path.to_string(), String::from_utf8_lossy(&bytes).into_owned())
            })
            .collect();
        let wanted = [("both", "2"), ("conflict", "ours"), ("kept", "1"), ("ours", "1"), ("theirs", "1")];
        assert_eq!(all, wanted.map(|(path, text)| (path.to_owned(), text.to_owned())));
        assert!(merged.read(&RepoPath::new("gone").expect("inside"), 100).is_err());
    }
}
