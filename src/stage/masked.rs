//! A revision as everything after the search for secrets sees it: with every secret blotted out, of names and of texts.

use crate::base::tree::Listing;
use crate::base::{Entry, EntryKind, RepoPath, Tree, TreeError};
use crate::secrets::{scan, scrub};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A tree whose files with secrets are read without them.
pub(super) struct MaskedTree {
    tree: Arc<dyn Tree>,
    leaky: BTreeSet<RepoPath>,
}

impl MaskedTree {
    /// `tree`, with secrets in the files `leaky`; the tree itself when there are none.
    pub(super) fn over(tree: &Arc<dyn Tree>, leaky: BTreeSet<RepoPath>) -> Arc<dyn Tree> {
        if leaky.is_empty() { Arc::clone(tree) } else { Arc::new(Self { tree: Arc::clone(tree), leaky }) }
    }
}

impl Tree for MaskedTree {
    fn listing(&self) -> &Listing {
        self.tree.listing()
    }

    fn notes(&self) -> &[String] {
        self.tree.notes()
    }

    fn read(&self, path: &RepoPath, limit: u64) -> Result<Arc<[u8]>, TreeError> {
        let bytes = self.tree.read(path, limit)?;
        if !self.leaky.contains(path) {
            return Ok(bytes);
        }
        let text = String::from_utf8_lossy(&bytes);
        Ok(Arc::from(scan(path, &text).masked(&text).into_bytes()))
    }
}

/// A tree some of whose paths were secrets.
struct RenamedTree {
    tree: Arc<dyn Tree>,
    listing: Listing,
    real: BTreeMap<RepoPath, RepoPath>,
}

/// The tree with secrets blotted out of its paths, and the paths in which there were some. Names are cut, joined and
/// drawn into charts later, where no form would be left to know them by.
pub(super) fn without_names(tree: &Arc<dyn Tree>) -> (Arc<dyn Tree>, Vec<RepoPath>) {
    let is_leaky = |path: &RepoPath| matches!(scrub(path.as_str()), Cow::Owned(_));
    if !tree.entries().iter().any(|entry| is_leaky(&entry.path)) {
        return (Arc::clone(tree), Vec::new());
    }
    let mut real = BTreeMap::new();
    let mut clean = |path: &RepoPath| match scrub(path.as_str()) {
        Cow::Borrowed(_) => path.clone(),
        Cow::Owned(shown) => {
            let mut shown = RepoPath::new(&shown).unwrap_or_default();
            // Two names that differ in their secret alone stay two.
            for number in 2_u32.. {
                if real.get(&shown).is_none_or(|known| known == path) {
                    break;
                }
                shown = RepoPath::new(&format!("{shown}-{number}")).unwrap_or_default();
            }
            real.insert(shown.clone(), path.clone());
            shown
        }
    };
    let entries: Vec<Entry> = tree
        .entries()
        .iter()
        .map(|entry| {
            let kind = match &entry.kind {
                EntryKind::Link { target } => EntryKind::Link { target: clean(target) },
                kind => kind.clone(),
            };
            Entry { path: clean(&entry.path), kind, ..entry.clone() }
        })
        .collect();
    let leaky = real.keys().cloned().collect();
    (Arc::new(RenamedTree { tree: Arc::clone(tree), listing: Listing::new(entries), real }), leaky)
}

impl Tree for RenamedTree {
    fn listing(&self) -> &Listing {
        &self.listing
    }

    fn notes(&self) -> &[String] {
        self.tree.notes()
    }

    fn read(&self, path: &RepoPath, limit: u64) -> Result<Arc<[u8]>, TreeError> {
        self.tree.read(self.real.get(path).unwrap_or(path), limit)
    }
}
