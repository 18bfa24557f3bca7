//! A file system for agnix that serves a tree and writes down what it was asked.

use crate::base::tree::{BlobId, Stamp, hash_blob};
use crate::base::{EntryKind, RepoPath, Tree, TreeError};
use agnix_core::diagnostics::FileError;
use agnix_core::fs::{DirEntry, FileMetadata};
use agnix_core::{CoreError, FileSystem, LintResult};
use foldhash::fast::RandomState;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex};

/// What a check asked about other files, and what it was told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// File, folder, link or nothing, and its size.
    what: BTreeMap<RepoPath, What>,
    /// The bytes, as a blob id.
    contents: BTreeMap<RepoPath, Option<[u8; 20]>>,
    /// The names in a folder, as a digest.
    names: BTreeMap<RepoPath, Option<u64>>,
}

/// The id of a file of the working tree whose stamp is still the same.
type Known<'a> = dyn Fn(&RepoPath, Stamp) -> Option<BlobId> + 'a;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum What {
    Nothing,
    File(u64),
    Folder,
    Link,
}

impl Trace {
    /// Asks whether there is a folder, and remembers the answer.
    pub fn is_folder(&mut self, tree: &dyn Tree, path: &RepoPath) -> bool {
        *self.what.entry(path.clone()).or_insert_with(|| what(tree, path.as_str())) == What::Folder
    }

    /// True when the same questions get the same answers from this tree; `known` are ids of files that have not
    /// changed since they were last read.
    pub fn still_holds(&self, tree: &dyn Tree, known: &Known<'_>) -> bool {
        self.what.iter().all(|(path, answer)| what(tree, path.as_str()) == *answer)
            && self.names.iter().all(|(path, answer)| names_digest(tree, path) == *answer)
            && self.contents_still_hold(tree, known)
    }

    /// The same for a tree with the same paths and sizes as the one that was asked: only contents can differ.
    pub fn contents_still_hold(&self, tree: &dyn Tree, known: &Known<'_>) -> bool {
        self.contents.iter().all(|(path, answer)| content_id(tree, path, known) == *answer)
    }
}

fn what(tree: &dyn Tree, path: &str) -> What {
    let Some(entry) = tree.entry(path) else {
        return if tree.is_folder(path) { What::Folder } else { What::Nothing };
    };
    match (&entry.kind, entry.size) {
        (EntryKind::BadLink { .. }, _) => What::Link,
        (_, Some(size)) => What::File(size),
        // The size of a blob of a git revision is not known without reading it.
        (_, None) => {
            let size = tree.read(&entry.path, super::MAX_BYTES).map(|bytes| bytes.len() as u64);
            What::File(size.unwrap_or(super::MAX_BYTES + 1))
        }
    }
}

fn content_id(tree: &dyn Tree, path: &RepoPath, known: &Known<'_>) -> Option<[u8; 20]> {
    let entry = tree.entry(path.as_str())?;
    // The stamp of a link says nothing about what it points at.
    let stamp = entry.stamp.filter(|stamp| entry.kind == EntryKind::File && stamp.size <= super::MAX_BYTES);
    let id = entry.id.or_else(|| known(path, stamp?));
    id.or_else(|| hash_blob(&tree.read(path, super::MAX_BYTES).ok()?)).map(|id| id.0)
}

fn names_digest(tree: &dyn Tree, folder: &RepoPath) -> Option<u64> {
    names(tree, folder).map(|names| digest(&names))
}

/// The names in a folder; folders end in `/`.
fn names(tree: &dyn Tree, folder: &RepoPath) -> Option<Vec<String>> {
    if !tree.is_folder(folder.as_str()) {
        return None;
    }
    let prefix = if folder.is_root() { String::new() } else { format!("{folder}/") };
    let entries = tree.entries();
    let mut at = entries.partition_point(|entry| entry.path.as_str() < prefix.as_str());
    let mut names: Vec<String> = Vec::new();
    while let Some(rest) = entries.get(at).and_then(|entry| entry.path.as_str().strip_prefix(prefix.as_str()))
    {
        if let Some((name, _)) = rest.split_once('/') {
            names.push(format!("{name}/"));
            // Skip the whole folder: `0` is the character after `/`.
            let after = format!("{prefix}{name}0");
            let rest = entries.get(at..).unwrap_or(&[]);
            at += rest.partition_point(|entry| entry.path.as_str() < after.as_str()).max(1);
        } else {
            names.push(rest.to_owned());
            at += 1;
        }
    }
    names.sort();
    names.dedup();
    Some(names)
}

fn digest(names: &[String]) -> u64 {
    use sha2::Digest;
    let mut hash = sha2::Sha256::new();
    for name in names {
        hash.update(name.as_bytes());
        hash.update([0]);
    }
    let bytes = hash.finalize();
    bytes.iter().take(8).fold(0, |value, byte| (value << 8) | u64::from(*byte))
}

/// A tree as agnix sees it.
pub struct TracedTree {
    tree: Arc<dyn Tree>,
    what: Mutex<HashMap<RepoPath, What, RandomState>>,
    rest: Mutex<Trace>,
}

impl TracedTree {
    /// Serves `tree` below the root that agnix is told.
    pub fn new(tree: Arc<dyn Tree>) -> Self {
        Self { tree, what: Mutex::default(), rest: Mutex::default() }
    }

    /// What was asked so far.
    pub fn take_trace(&self) -> Trace {
        let mut trace = self.rest.lock().map(|mut trace| std::mem::take(&mut *trace)).unwrap_or_default();
        if let Ok(mut what) = self.what.lock() {
            trace.what = what.drain().collect();
        }
        trace
    }

    fn what(&self, path: &Path) -> What {
        with_inside(path, |inside| self.what_inside(inside)).unwrap_or(What::Nothing)
    }

    fn what_inside(&self, path: &str) -> What {
        let Ok(mut asked) = self.what.lock() else { return what(&*self.tree, path) };
        if let Some(known) = asked.get(path) {
            return *known;
        }
        let answer = what(&*self.tree, path);
        if let Some(path) = RepoPath::new(path) {
            asked.insert(path, answer);
        }
        answer
    }
}

/// Calls `then` with the path inside the repository; `None` outside of it, where there is nothing. The rules
/// ask a thousand times for every file, so clean paths, which nearly all are, are not copied.
fn with_inside<T>(path: &Path, then: impl FnOnce(&str) -> T) -> Option<T> {
    let text = path.to_str()?;
    let rest = text.strip_prefix(super::ROOT).filter(|rest| rest.is_empty() || rest.starts_with('/'));
    if let Some(rest) = rest.filter(|rest| is_clean(rest.as_bytes())) {
        return Some(then(rest.trim_matches('/')));
    }
    let mut clean = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                clean.pop();
            }
            Component::CurDir => {}
            part => clean.push(part),
        }
    }
    Some(then(clean.strip_prefix(super::ROOT).ok()?.to_str()?))
}

/// True when no component is empty, `.` or `..`. A slash at the end does no harm.
fn is_clean(path: &[u8]) -> bool {
    path.windows(2).all(|pair| pair != b"//")
        && path.split(|byte| *byte == b'/').all(|part| part != b"." && part != b"..")
}

fn inside(path: &Path) -> Option<RepoPath> {
    with_inside(path, RepoPath::new).flatten()
}

impl std::fmt::Debug for TracedTree {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TracedTree").finish_non_exhaustive()
    }
}

fn not_found() -> io::Error {
    io::Error::from(io::ErrorKind::NotFound)
}

fn metadata(answer: What) -> io::Result<FileMetadata> {
    match answer {
        What::File(size) => Ok(FileMetadata::file(size)),
        What::Folder => Ok(FileMetadata::directory()),
        What::Link => Ok(FileMetadata::symlink()),
        What::Nothing => Err(not_found()),
    }
}

impl FileSystem for TracedTree {
    fn exists(&self, path: &Path) -> bool {
        matches!(self.what(path), What::File(_) | What::Folder)
    }

    fn is_file(&self, path: &Path) -> bool {
        matches!(self.what(path), What::File(_))
    }

    fn is_dir(&self, path: &Path) -> bool {
        self.what(path) == What::Folder
    }

    fn is_symlink(&self, path: &Path) -> bool {
        self.what(path) == What::Link
    }

    fn metadata(&self, path: &Path) -> io::Result<FileMetadata> {
        metadata(self.what(path))
    }

    fn symlink_metadata(&self, path: &Path) -> io::Result<FileMetadata> {
        metadata(self.what(path))
    }

    fn read_to_string(&self, path: &Path) -> LintResult<String> {
        let refuse = |source: io::Error| CoreError::File(FileError::Read { path: path.to_owned(), source });
        let inside = inside(path).ok_or_else(|| refuse(not_found()))?;
        let read = self.tree.read(&inside, super::MAX_BYTES);
        if let Ok(mut trace) = self.rest.lock() {
            // Rules read the same file again and again.
            trace.contents.entry(inside.clone()).or_insert_with(|| {
                let id = self.tree.entry(inside.as_str())?.id;
                id.or_else(|| hash_blob(read.as_ref().ok()?)).map(|id| id.0)
            });
        }
        match read {
            Ok(bytes) => String::from_utf8(bytes.to_vec())
                .map_err(|error| refuse(io::Error::new(io::ErrorKind::InvalidData, error))),
            Err(TreeError::TooLarge { size, limit, .. }) => {
                Err(CoreError::File(FileError::TooBig { path: path.to_owned(), size, limit }))
            }
            Err(error) => Err(refuse(io::Error::other(error))),
        }
    }

    fn write(&self, path: &Path, _: &str) -> LintResult<()> {
        let source = io::Error::from(io::ErrorKind::ReadOnlyFilesystem);
        Err(CoreError::File(FileError::Write { path: path.to_owned(), source }))
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        let inside = inside(path).ok_or_else(not_found)?;
        match self.what_inside(inside.as_str()) {
            What::File(_) | What::Folder => {
                let real = match self.tree.entry(inside.as_str()).map(|entry| &entry.kind) {
                    Some(EntryKind::Link { target }) => target,
                    _ => &inside,
                };
                Ok(Path::new(super::ROOT).join(real.as_str()))
            }
            What::Link | What::Nothing => Err(not_found()),
        }
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        let inside = inside(path).ok_or_else(not_found)?;
        let names = names(&*self.tree, &inside);
        if let Ok(mut trace) = self.rest.lock() {
            trace.names.insert(inside.clone(), names.as_ref().map(|names| digest(names)));
        }
        let size = |name: &str| {
            let entry = inside.join(name).and_then(|path| self.tree.entry(path.as_str())?.size);
            entry.unwrap_or(0)
        };
        let entries = names.ok_or_else(not_found)?.into_iter().map(|name| {
            let plain = name.trim_end_matches('/');
            let metadata =
                if name.ends_with('/') { FileMetadata::directory() } else { FileMetadata::file(size(plain)) };
            DirEntry { path: path.join(plain), metadata }
        });
        Ok(entries.collect())
    }
}
