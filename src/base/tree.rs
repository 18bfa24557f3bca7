//! A revision of a repository as a value: a sorted list of files and a way to read their bytes.
//!
//! The working tree, a git revision and the in-memory tree of the tests all look the same from here, which
//! is why base and head can be judged by the same code.

use super::RepoPath;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The git blob id (SHA-1) of some bytes: equal ids mean equal content.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobId(pub [u8; 20]);

impl std::fmt::Debug for BlobId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

impl std::fmt::Display for BlobId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// What stands at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A symbolic link to a path inside the repository.
    Link {
        /// What it points at, resolved.
        target: RepoPath,
    },
    /// A symbolic link that leaves the repository, dangles or loops; never followed.
    BadLink {
        /// Why it is not followed.
        reason: String,
    },
}

/// One path of a tree. Folders are implied by the files in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where.
    pub path: RepoPath,
    /// What.
    pub kind: EntryKind,
    /// Bytes, where it is known without reading the content.
    pub size: Option<u64>,
    /// Known without reading the content for files of a git revision only.
    pub id: Option<BlobId>,
}

/// Why a file could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// There is no such file.
    #[error("there is no file {0}")]
    Missing(RepoPath),
    /// It is larger than the caller accepts.
    #[error("{path} has {size} bytes, more than the {limit} that are read")]
    TooLarge {
        /// The file.
        path: RepoPath,
        /// Its bytes.
        size: u64,
        /// The caller's limit in bytes.
        limit: u64,
    },
    /// The link is not followed.
    #[error("{path} is a symbolic link that is not followed: {reason}")]
    BadLink {
        /// The link.
        path: RepoPath,
        /// Why.
        reason: String,
    },
    /// The world refused.
    #[error("cannot read {path}: {reason}")]
    Unreadable {
        /// The file.
        path: RepoPath,
        /// What the world said.
        reason: String,
    },
}

/// A revision of a repository.
pub trait Tree: Send + Sync {
    /// Every file and link, sorted by path, vendored and ignored ones left out.
    fn entries(&self) -> &[Entry];

    /// The bytes of a file; links inside the repository are followed.
    ///
    /// # Errors
    /// See [`TreeError`]; `limit` is in bytes.
    fn read(&self, path: &RepoPath, limit: u64) -> Result<Arc<[u8]>, TreeError>;

    /// Notes on what could not be listed: folders without permission, entries beyond the bound.
    fn notes(&self) -> &[String] {
        &[]
    }

    /// The entry at a path.
    fn entry(&self, path: &RepoPath) -> Option<&Entry> {
        let entries = self.entries();
        entries.binary_search_by(|entry| entry.path.cmp(path)).ok().and_then(|index| entries.get(index))
    }

    /// True when at least one file lies below this folder.
    fn is_folder(&self, path: &RepoPath) -> bool {
        if path.is_root() {
            return true;
        }
        let prefix = format!("{}/", path.as_str());
        let entries = self.entries();
        let first = entries.partition_point(|entry| entry.path.as_str() < prefix.as_str());
        entries.get(first).is_some_and(|entry| entry.path.as_str().starts_with(&prefix))
    }
}

/// A tree made of values, for tests and examples.
#[derive(Clone, Debug, Default)]
pub struct MemoryTree {
    entries: Vec<Entry>,
    contents: BTreeMap<RepoPath, Arc<[u8]>>,
}

impl MemoryTree {
    /// A tree of the given files; paths that leave the root are left out.
    pub fn new<'a, C: AsRef<[u8]>>(files: impl IntoIterator<Item = (&'a str, C)>) -> Self {
        let contents: BTreeMap<RepoPath, Arc<[u8]>> = files
            .into_iter()
            .filter_map(|(path, content)| Some((RepoPath::new(path)?, Arc::from(content.as_ref()))))
            .collect();
        let entries = contents
            .iter()
            .map(|(path, content)| Entry {
                path: path.clone(),
                kind: EntryKind::File,
                size: Some(content.len() as u64),
                id: None,
            })
            .collect();
        Self { entries, contents }
    }
}

impl Tree for MemoryTree {
    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn read(&self, path: &RepoPath, limit: u64) -> Result<Arc<[u8]>, TreeError> {
        let content = self.contents.get(path).ok_or_else(|| TreeError::Missing(path.clone()))?;
        let size = content.len() as u64;
        if size > limit {
            return Err(TreeError::TooLarge { path: path.clone(), size, limit });
        }
        Ok(Arc::clone(content))
    }
}
