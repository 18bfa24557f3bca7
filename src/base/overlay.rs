//! A tree over another one: some files are other, some are new, some are gone.

use super::tree::{Listing, hash_blob};
use super::{Entry, EntryKind, RepoPath, Tree, TreeError};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is put at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Put {
    /// A file.
    Text(String),
    /// A link to another file of the tree.
    Link(RepoPath),
    /// Nothing.
    Gone,
}

/// A tree with some changes over another one.
pub struct Overlay {
    under: Arc<dyn Tree>,
    puts: BTreeMap<RepoPath, Put>,
    listing: Listing,
}

impl Overlay {
    /// `under` with these changes.
    pub fn new(under: Arc<dyn Tree>, puts: impl IntoIterator<Item = (RepoPath, Put)>) -> Self {
        let puts: BTreeMap<RepoPath, Put> = puts.into_iter().collect();
        let kept = under.entries().iter().filter(|entry| !puts.contains_key(&entry.path));
        let mut entries: Vec<Entry> = kept.map(|entry| through(entry, &puts)).collect();
        entries.extend(puts.iter().filter_map(|(path, put)| {
            let (kind, size, id) = match put {
                Put::Gone => return None,
                Put::Text(text) => (EntryKind::File, Some(text.len() as u64), hash_blob(text.as_bytes())),
                Put::Link(target) => (EntryKind::Link { target: target.clone() }, None, None),
            };
            Some(Entry { path: path.clone(), kind, size, id, stamp: None, clean: None })
        }));
        Self { under, puts, listing: Listing::new(entries) }
    }
}

/// An entry that is not changed itself; a link to a changed file has no known content any more.
fn through(entry: &Entry, puts: &BTreeMap<RepoPath, Put>) -> Entry {
    let EntryKind::Link { target } = &entry.kind else { return entry.clone() };
    match puts.get(target) {
        None => entry.clone(),
        Some(Put::Gone) => Entry {
            kind: EntryKind::BadLink { reason: "nothing is at the place it points at".to_owned() },
            size: None,
            id: None,
            ..entry.clone()
        },
        Some(_) => Entry { size: None, id: None, stamp: None, ..entry.clone() },
    }
}

impl Tree for Overlay {
    fn listing(&self) -> &Listing {
        &self.listing
    }

    fn notes(&self) -> &[String] {
        self.under.notes()
    }

    fn read(&self, path: &RepoPath, limit: u64) -> Result<Arc<[u8]>, TreeError> {
        let missing = || TreeError::Missing(path.clone());
        // A link over a link is not made here, so one step is enough.
        let (_, target) = self.file_at(path)?;
        match self.puts.get(target) {
            Some(Put::Text(text)) if text.len() as u64 > limit => {
                Err(TreeError::TooLarge { path: path.clone(), size: text.len() as u64, limit })
            }
            Some(Put::Text(text)) => Ok(Arc::from(text.as_bytes())),
            Some(Put::Gone | Put::Link(_)) => Err(missing()),
            None => self.under.read(target, limit),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::MemoryTree;

    #[test]
    fn shows_what_lies_above_and_what_shines_through() {
        let path = |text: &str| RepoPath::new(text).unwrap();
        let under = Arc::new(MemoryTree::new([("a", "1"), ("b", "2"), ("c/d", "3")]));
        let over = Overlay::new(
            under,
            [
                (path("a"), Put::Text("one".to_owned())),
                (path("b"), Put::Gone),
                (path("c/e"), Put::Link(path("a"))),
                (path("z"), Put::Text(String::new())),
            ],
        );
        let paths: Vec<&str> = over.entries().iter().map(|entry| entry.path.as_str()).collect();
        assert_eq!(paths, ["a", "c/d", "c/e", "z"]);
        let read =
            |text: &str| over.read(&path(text), 3).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        assert_eq!(read("a").unwrap(), "one");
        assert_eq!(read("c/e").unwrap(), "one");
        assert_eq!(read("c/d").unwrap(), "3");
        assert!(matches!(read("b"), Err(TreeError::Missing(_))));
        assert!(matches!(over.read(&path("a"), 2), Err(TreeError::TooLarge { .. })));
    }
}
