//! A revision read through the forge's API: nothing is checked out, and nothing of it is ever run.
//!
//! The forge lists a revision at once; bytes are fetched when somebody asks. Asking cannot wait for the network,
//! so a [`RemoteTree`] answers "not fetched yet", remembers what it was asked for, and the caller fetches that and
//! asks again ([`Store::wanted`]). Every blob is checked against its id, so that neither a proxy nor a broken answer
//! can slip other bytes in.

use crate::base::tree::{BlobId, RawEntry, hash_blob, is_skipped_folder, resolve_links};
use crate::base::{Listing, RepoPath, Tree, TreeError};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Paths of one revision that are listed at most; more, and the revision cannot be judged.
pub(crate) const MAX_LISTED: usize = 100_000;
/// Blobs that are fetched for one decision at most: a request each.
pub(crate) const MAX_BLOBS: usize = 5_000;
/// Larger blobs are not fetched, in bytes.
pub(crate) const MAX_BLOB_BYTES: u64 = 4 * 1024 * 1024;

/// One path as the forge lists it.
#[derive(Clone, Debug)]
pub(crate) struct RemoteEntry {
    /// The path as it was listed.
    pub(crate) path: String,
    /// git's mode: `100644`, `120000` for a link.
    pub(crate) mode: String,
    /// The id of the blob, 40 hexadecimal digits.
    pub(crate) id: String,
    /// Bytes, where the forge says them.
    pub(crate) size: Option<u64>,
}

impl RemoteEntry {
    /// True for a symbolic link.
    pub(crate) fn is_link(&self) -> bool {
        self.mode == "120000"
    }
}

/// The blobs that were fetched, and those that are wanted; shared by the revisions of one decision.
#[derive(Debug, Default)]
pub(crate) struct Store {
    have: HashMap<BlobId, Arc<[u8]>>,
    wanted: BTreeSet<BlobId>,
}

/// A store that revisions share.
pub(crate) type SharedStore = Arc<Mutex<Store>>;

fn lock(store: &SharedStore) -> MutexGuard<'_, Store> {
    store.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The blobs that were asked for and are not here.
pub(crate) fn wanted(store: &SharedStore) -> Vec<BlobId> {
    lock(store).wanted.iter().copied().collect()
}

/// How many blobs are here.
pub(crate) fn fetched(store: &SharedStore) -> usize {
    lock(store).have.len()
}

/// Puts a blob there. False when it is not the one that was asked for.
pub(crate) fn put(store: &SharedStore, id: BlobId, bytes: &[u8]) -> bool {
    if hash_blob(bytes) != Some(id) {
        return false;
    }
    let mut store = lock(store);
    store.wanted.remove(&id);
    store.have.insert(id, Arc::from(bytes));
    true
}

/// A revision on the forge.
pub(crate) struct RemoteTree {
    listing: Listing,
    notes: Vec<String>,
    store: SharedStore,
}

impl RemoteTree {
    /// A revision from its listing; `links` are the texts of its symbolic links by blob id.
    pub(crate) fn new(
        entries: &[RemoteEntry],
        links: &BTreeMap<String, String>,
        store: &SharedStore,
    ) -> Self {
        let all: BTreeSet<&str> = entries.iter().map(|entry| entry.path.as_str()).collect();
        let mut notes = Vec::new();
        let mut raw = Vec::new();
        for entry in entries {
            let Some(path) = RepoPath::new(&entry.path) else {
                notes.push(format!("not looked at, no path of a repository: {:.200}", entry.path));
                continue;
            };
            if path.as_str() != entry.path || is_skipped(&path, &all) {
                continue;
            }
            let link = entry.is_link().then(|| links.get(&entry.id).cloned().unwrap_or_default());
            let id = blob_id(&entry.id).filter(|_| link.is_none());
            raw.push(RawEntry { path, link, size: entry.size, id, stamp: None, clean: None });
        }
        let (listing, more) = resolve_links(raw);
        notes.extend(more);
        Self { listing, notes, store: Arc::clone(store) }
    }
}

/// True below a folder whose files are not judged.
fn is_skipped(path: &RepoPath, all: &BTreeSet<&str>) -> bool {
    let mut folder = path.parent();
    while !folder.is_root() {
        let above = folder.parent();
        let has_sibling = |name: &str| above.join(name).is_some_and(|sibling| all.contains(sibling.as_str()));
        if is_skipped_folder(folder.name(), has_sibling) {
            return true;
        }
        folder = above;
    }
    false
}

/// 40 hexadecimal digits as an id.
pub(crate) fn blob_id(hex: &str) -> Option<BlobId> {
    if hex.len() != 40 {
        return None;
    }
    let mut id = [0; 20];
    for (at, byte) in id.iter_mut().enumerate() {
        *byte = u8::from_str_radix(hex.get(at * 2..at * 2 + 2)?, 16).ok()?;
    }
    Some(BlobId(id))
}

impl Tree for RemoteTree {
    fn listing(&self) -> &Listing {
        &self.listing
    }

    fn notes(&self) -> &[String] {
        &self.notes
    }

    fn read(&self, path: &RepoPath, limit: u64) -> Result<Arc<[u8]>, TreeError> {
        let (entry, _) = self.file_at(path)?;
        let id = entry.id.ok_or_else(|| TreeError::Missing(path.clone()))?;
        let limit = limit.min(MAX_BLOB_BYTES);
        let too_large = |size| TreeError::TooLarge { path: path.clone(), size, limit };
        if let Some(size) = entry.size.filter(|size| *size > limit) {
            return Err(too_large(size));
        }
        let mut store = lock(&self.store);
        if let Some(bytes) = store.have.get(&id) {
            let size = bytes.len() as u64;
            return if size > limit { Err(too_large(size)) } else { Ok(Arc::clone(bytes)) };
        }
        store.wanted.insert(id);
        Err(TreeError::Unreadable { path: path.clone(), reason: "it is not fetched yet".to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str, mode: &str, bytes: &[u8]) -> RemoteEntry {
        let id = hash_blob(bytes).unwrap().to_string();
        RemoteEntry { path: path.to_owned(), mode: mode.to_owned(), id, size: Some(bytes.len() as u64) }
    }

    #[test]
    fn bytes_come_when_they_were_fetched_and_only_the_right_ones() {
        let store = SharedStore::default();
        let agents = entry("AGENTS.md", "100644", b"hello\n");
        let links = BTreeMap::from([(hash_blob(b"AGENTS.md").unwrap().to_string(), "AGENTS.md".to_owned())]);
        let listed = [
            agents.clone(),
            entry("CLAUDE.md", "120000", b"AGENTS.md"),
            entry("node_modules/x/AGENTS.md", "100644", b"no\n"),
            entry("../up", "100644", b"no\n"),
        ];
        let tree = RemoteTree::new(&listed, &links, &store);
        let names: Vec<&str> = tree.entries().iter().map(|entry| entry.path.as_str()).collect();
        assert_eq!(names, ["AGENTS.md", "CLAUDE.md"]);
        let path = RepoPath::new("CLAUDE.md").unwrap();
        assert!(matches!(tree.read(&path, 100), Err(TreeError::Unreadable { .. })));
        let id = blob_id(&agents.id).unwrap();
        assert_eq!(wanted(&store), [id]);
        assert!(!put(&store, id, b"something else\n"), "other bytes are refused");
        assert!(put(&store, id, b"hello\n") && wanted(&store).is_empty());
        assert_eq!(&*tree.read(&path, 100).unwrap(), b"hello\n");
        assert!(matches!(tree.read(&path, 3), Err(TreeError::TooLarge { .. })));
    }
}
