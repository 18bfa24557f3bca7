//! A revision as everything after the search for secrets sees it: with every secret blotted out.

use crate::base::tree::Listing;
use crate::base::{RepoPath, Tree, TreeError};
use crate::secrets::scan;
use std::collections::BTreeSet;
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
