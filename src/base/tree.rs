//! A revision of a repository as a value: a sorted list of files and a way to read their bytes.
//!
//! The working tree, a git revision and the in-memory tree of the tests all look the same from here, which
//! is why base and head can be judged by the same code.

use super::RepoPath;
use foldhash::fast::RandomState;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet};
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

/// The git blob id of some bytes; `None` when the bytes are a known SHA-1 collision attack.
pub fn hash_blob(bytes: &[u8]) -> Option<BlobId> {
    let id = gix::objs::compute_hash(gix::hash::Kind::Sha1, gix::objs::Kind::Blob, bytes).ok()?;
    id.as_bytes().try_into().ok().map(BlobId)
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
    /// What the file system says about a file of the working tree; an equal stamp means equal bytes.
    pub stamp: Option<Stamp>,
    /// What git would commit of a file of the working tree that has not changed since git looked at it last. Says whether
    /// two revisions differ; not always the bytes that are read, which git may have given other line ends.
    pub clean: Option<BlobId>,
}

impl Entry {
    /// What git has for this file, where that is known without reading it.
    pub fn known_id(&self) -> Option<BlobId> {
        self.id.or(self.clean)
    }
}

/// What a file system says about a file without reading it, as git's index keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// Last change of the bytes, nanoseconds since 1970.
    pub modified_ns: i128,
    /// Last change of bytes or attributes, nanoseconds since 1970; cannot be set back by a program.
    pub changed_ns: i128,
    /// Number of the file on its device.
    pub inode: u64,
    /// Bytes.
    pub size: u64,
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

/// The paths of a tree, sorted, with the folders they imply.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    entries: Vec<Entry>,
    // Asked hundreds of thousands of times in a run, so not with the hasher of `std`; this one has a secret seed too.
    places: HashMap<RepoPath, usize, RandomState>,
    folders: HashSet<RepoPath, RandomState>,
}

impl Listing {
    /// Sorts entries and collects their folders; of two entries at one path the first is kept.
    pub fn new(mut entries: Vec<Entry>) -> Self {
        entries.sort_by(|one, other| one.path.cmp(&other.path));
        entries.dedup_by(|one, other| one.path == other.path);
        let places = entries.iter().enumerate().map(|(index, entry)| (entry.path.clone(), index)).collect();
        let mut folders = HashSet::from_iter([RepoPath::root()]);
        for entry in &entries {
            let mut folder = entry.path.parent();
            while folders.insert(folder.clone()) {
                folder = folder.parent();
            }
        }
        Self { entries, places, folders }
    }
}

/// A revision of a repository.
pub trait Tree: Send + Sync {
    /// Every file and link, vendored and ignored ones left out.
    fn listing(&self) -> &Listing;

    /// The bytes of a file; links inside the repository are followed.
    ///
    /// # Errors
    /// See [`TreeError`]; `limit` is in bytes.
    fn read(&self, path: &RepoPath, limit: u64) -> Result<Arc<[u8]>, TreeError>;

    /// Notes on what could not be listed: folders without permission, entries beyond the bound.
    fn notes(&self) -> &[String] {
        &[]
    }

    /// Every file and link, sorted by path.
    fn entries(&self) -> &[Entry] {
        &self.listing().entries
    }

    /// The entry at a path.
    fn entry(&self, path: &str) -> Option<&Entry> {
        let listing = self.listing();
        listing.entries.get(*listing.places.get(path)?)
    }

    /// The entry at a path and the file that is read there: its own, or the one a link inside the repository leads to.
    ///
    /// # Errors
    /// When there is none, or a link that is not followed.
    fn file_at<'a>(&'a self, path: &'a RepoPath) -> Result<(&'a Entry, &'a RepoPath), TreeError> {
        let entry = self.entry(path.as_str()).ok_or_else(|| TreeError::Missing(path.clone()))?;
        match &entry.kind {
            EntryKind::File => Ok((entry, path)),
            EntryKind::Link { target } => Ok((entry, target)),
            EntryKind::BadLink { reason } => {
                Err(TreeError::BadLink { path: path.clone(), reason: reason.clone() })
            }
        }
    }

    /// True when at least one file lies below this folder; the root is always one.
    fn is_folder(&self, path: &str) -> bool {
        self.listing().folders.contains(path)
    }
}

/// The most entries of one tree that are looked at. More are left out, and the tree says so in its notes.
pub const MAX_ENTRIES: usize = 250_000;

/// Folders that hold other people's files or machine output, whatever stands beside them.
const VENDORED: [&str; 14] = [
    ".git",
    "node_modules",
    "bower_components",
    "vendor",
    "third_party",
    ".venv",
    "venv",
    "site-packages",
    "__pycache__",
    ".tox",
    ".terraform",
    ".gradle",
    ".next",
    ".pnpm-store",
];

/// Folders that hold build output when one of these files stands beside them.
const BUILD_OUTPUT: [(&str, &[&str]); 4] = [
    ("target", &["Cargo.toml", "pom.xml", "build.sbt"]),
    ("dist", &["package.json", "pyproject.toml", "setup.py"]),
    ("build", &["package.json", "pyproject.toml", "setup.py", "build.gradle", "CMakeLists.txt"]),
    ("out", &["package.json", "build.gradle"]),
];

/// True for folders whose files are not judged: vendored dependencies and build output.
pub fn is_skipped_folder(name: &str, has_sibling: impl Fn(&str) -> bool) -> bool {
    VENDORED.contains(&name)
        || BUILD_OUTPUT
            .iter()
            .any(|(folder, markers)| *folder == name && markers.iter().any(|marker| has_sibling(marker)))
}

/// A path as a walk finds it, before links are resolved.
#[derive(Clone, Debug)]
pub struct RawEntry {
    /// Where.
    pub path: RepoPath,
    /// The text of the link, when it is one.
    pub link: Option<String>,
    /// Bytes, where known.
    pub size: Option<u64>,
    /// Blob id, where known.
    pub id: Option<BlobId>,
    /// Stamp, where there is one.
    pub stamp: Option<Stamp>,
    /// See [`Entry::clean`].
    pub clean: Option<BlobId>,
}

/// Sorts what a walk found and resolves its links without touching the world.
///
/// A link to a folder inside the repository makes every file below it appear at the link's path too, as it
/// does for the clients: `.claude/skills -> ../.agents/skills` is common. Links in such folders are not
/// followed again, so no loop can arise. Everything that is left out is said in the notes.
pub fn resolve_links(mut raw: Vec<RawEntry>) -> (Listing, Vec<String>) {
    let mut notes = Vec::new();
    raw.sort_by(|one, other| one.path.cmp(&other.path));
    raw.dedup_by(|one, other| one.path == other.path);
    let links: BTreeMap<RepoPath, String> =
        raw.iter().filter_map(|entry| Some((entry.path.clone(), entry.link.clone()?))).collect();
    let files: Vec<Entry> = raw
        .iter()
        .filter(|entry| entry.link.is_none())
        .map(|entry| Entry {
            path: entry.path.clone(),
            kind: EntryKind::File,
            size: entry.size,
            id: entry.id,
            stamp: entry.stamp,
            clean: entry.clean,
        })
        .collect();
    let mut entries = files.clone();
    for path in links.keys() {
        match follow(path, &links) {
            Err(reason) => entries.push(bad_link(path, reason)),
            Ok(target) => {
                if let Ok(at) = files.binary_search_by(|entry| entry.path.cmp(&target)) {
                    let found = files.get(at);
                    entries.push(Entry {
                        path: path.clone(),
                        kind: EntryKind::Link { target },
                        size: found.and_then(|entry| entry.size),
                        id: found.and_then(|entry| entry.id),
                        stamp: None,
                        clean: None,
                    });
                } else if path.is_within(&target) {
                    entries.push(bad_link(path, "it points at a folder that contains it"));
                } else {
                    let prefix = format!("{}/", target.as_str());
                    let first = files.partition_point(|entry| entry.path.as_str() < prefix.as_str());
                    let below = files.iter().skip(first).take_while(|e| e.path.as_str().starts_with(&prefix));
                    let before = entries.len();
                    for entry in below.take(MAX_ENTRIES.saturating_sub(before)) {
                        let Some(rest) = entry.path.relative_to(&target) else { continue };
                        let Some(alias) = path.join(rest) else { continue };
                        entries.push(Entry {
                            path: alias,
                            kind: EntryKind::Link { target: entry.path.clone() },
                            size: entry.size,
                            id: entry.id,
                            stamp: None,
                            clean: None,
                        });
                    }
                    if entries.len() == before {
                        entries.push(bad_link(path, "nothing is at the place it points at"));
                    }
                }
            }
        }
    }
    if entries.len() > MAX_ENTRIES {
        entries.sort_by(|one, other| one.path.cmp(&other.path));
        notes.push(format!("only the first {MAX_ENTRIES} of {} paths are looked at", entries.len()));
        entries.truncate(MAX_ENTRIES);
    }
    (Listing::new(entries), notes)
}

fn bad_link(path: &RepoPath, reason: &str) -> Entry {
    let kind = EntryKind::BadLink { reason: reason.to_owned() };
    Entry { path: path.clone(), kind, size: None, id: None, stamp: None, clean: None }
}

fn follow(path: &RepoPath, links: &BTreeMap<RepoPath, String>) -> Result<RepoPath, &'static str> {
    const HOPS: usize = 16;
    let mut current = path.clone();
    for _ in 0..HOPS {
        let Some(text) = links.get(&current) else { return Ok(current) };
        current = current.parent().join(text).ok_or("it leaves the repository")?;
    }
    Err("it goes round in circles")
}

/// The part of a tree below a folder, seen as a tree of its own.
pub struct Subtree {
    tree: Arc<dyn Tree>,
    folder: RepoPath,
    listing: Listing,
}

impl Subtree {
    /// The part of `tree` below `folder`. Links that leave the folder become refused links.
    pub fn new(tree: Arc<dyn Tree>, folder: RepoPath) -> Self {
        let relative = |path: &RepoPath| path.relative_to(&folder).and_then(RepoPath::new);
        let entries = tree
            .entries()
            .iter()
            .filter_map(|entry| {
                let path = relative(&entry.path)?;
                let kind = match &entry.kind {
                    EntryKind::Link { target } => match relative(target) {
                        Some(target) => EntryKind::Link { target },
                        None => EntryKind::BadLink { reason: "it leaves the folder".to_owned() },
                    },
                    kind => kind.clone(),
                };
                Some(Entry { path, kind, ..entry.clone() })
            })
            .collect();
        Self { tree, folder, listing: Listing::new(entries) }
    }
}

impl Tree for Subtree {
    fn listing(&self) -> &Listing {
        &self.listing
    }

    fn notes(&self) -> &[String] {
        self.tree.notes()
    }

    fn read(&self, path: &RepoPath, limit: u64) -> Result<Arc<[u8]>, TreeError> {
        match self.entry(path.as_str()).map(|entry| &entry.kind) {
            None => Err(TreeError::Missing(path.clone())),
            Some(EntryKind::BadLink { reason }) => {
                Err(TreeError::BadLink { path: path.clone(), reason: reason.clone() })
            }
            Some(_) => {
                let inside = self.folder.join(path.as_str());
                self.tree.read(&inside.ok_or_else(|| TreeError::Missing(path.clone()))?, limit)
            }
        }
    }
}

/// A tree made of values, for tests and examples.
#[derive(Clone, Debug, Default)]
pub struct MemoryTree {
    listing: Listing,
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
                stamp: None,
                clean: None,
            })
            .collect();
        Self { listing: Listing::new(entries), contents }
    }
}

impl Tree for MemoryTree {
    fn listing(&self) -> &Listing {
        &self.listing
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

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(path: &str, link: Option<&str>) -> RawEntry {
        RawEntry {
            path: RepoPath::new(path).expect("inside"),
            link: link.map(str::to_owned),
            size: Some(1),
            id: None,
            stamp: None,
            clean: None,
        }
    }

    #[test]
    fn links_are_resolved_within_the_repository_only() {
        let (listing, notes) = resolve_links(vec![
            raw("AGENTS.md", None),
            raw(".agents/skills/a/SKILL.md", None),
            raw("CLAUDE.md", Some("AGENTS.md")),
            raw(".claude/skills", Some("../.agents/skills")),
            raw("out", Some("../../etc/passwd")),
            raw("abs", Some("/etc/passwd")),
            raw("loop-a", Some("loop-b")),
            raw("loop-b", Some("loop-a")),
            raw("self/up", Some("..")),
            raw("gone", Some("nowhere.md")),
        ]);
        let shown: Vec<String> = listing
            .entries
            .iter()
            .map(|entry| match &entry.kind {
                EntryKind::File => entry.path.to_string(),
                EntryKind::Link { target } => format!("{} -> {target}", entry.path),
                EntryKind::BadLink { reason } => format!("{} !! {reason}", entry.path),
            })
            .collect();
        assert_eq!(
            shown,
            [
                ".agents/skills/a/SKILL.md",
                ".claude/skills/a/SKILL.md -> .agents/skills/a/SKILL.md",
                "AGENTS.md",
                "CLAUDE.md -> AGENTS.md",
                "abs !! it leaves the repository",
                "gone !! nothing is at the place it points at",
                "loop-a !! it goes round in circles",
                "loop-b !! it goes round in circles",
                "out !! it leaves the repository",
                "self/up !! it points at a folder that contains it",
            ]
        );
        assert!(notes.is_empty());
    }

    #[test]
    fn build_output_needs_a_build_file_beside_it() {
        assert!(is_skipped_folder("node_modules", |_| false));
        assert!(is_skipped_folder("target", |name| name == "Cargo.toml"));
        assert!(!is_skipped_folder("target", |_| false));
        assert!(!is_skipped_folder("skills", |_| true));
    }
}
