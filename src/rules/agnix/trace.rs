//! A file system for agnix that serves a tree and writes down what it was asked.

use crate::base::tree::hash_blob;
use crate::base::{BlobId, EntryKind, RepoPath, Tree, TreeError};
use agnix_core::diagnostics::FileError;
use agnix_core::fs::{DirEntry, FileMetadata};
use agnix_core::{CoreError, FileSystem, LintResult};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex};

/// What a check asked about other files, and what it was told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    answers: BTreeMap<(RepoPath, Question), Answer>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Question {
    /// File, folder, link or nothing, and its size.
    What,
    /// The bytes.
    Content,
    /// The names in a folder.
    Names,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Answer {
    Nothing,
    File(u64),
    Folder,
    Link,
    Blob([u8; 20]),
    Names(u64),
}

impl Trace {
    /// True when the same questions get the same answers from this tree.
    pub fn still_holds(&self, tree: &dyn Tree) -> bool {
        self.answers.iter().all(|((path, question), answer)| ask(tree, *question, path) == *answer)
    }

    /// The same for a tree with the same paths and sizes as the one that was asked: only contents can differ.
    pub fn contents_still_hold(&self, tree: &dyn Tree) -> bool {
        let contents = self.answers.iter().filter(|((_, question), _)| *question == Question::Content);
        contents.into_iter().all(|((path, question), answer)| ask(tree, *question, path) == *answer)
    }

    /// How many questions were asked.
    pub fn len(&self) -> usize {
        self.answers.len()
    }

    /// True when the check looked at nothing but its own text.
    pub fn is_empty(&self) -> bool {
        self.answers.is_empty()
    }
}

fn ask(tree: &dyn Tree, question: Question, path: &RepoPath) -> Answer {
    match question {
        Question::What => what(tree, path),
        Question::Content => content_id(tree, path).map_or(Answer::Nothing, |id| Answer::Blob(id.0)),
        Question::Names => names(tree, path).map_or(Answer::Nothing, |names| Answer::Names(digest(&names))),
    }
}

fn what(tree: &dyn Tree, path: &RepoPath) -> Answer {
    match tree.entry(path).map(|entry| (&entry.kind, entry.size)) {
        Some((EntryKind::File | EntryKind::Link { .. }, Some(size))) => Answer::File(size),
        // The size of a blob of a git revision is not known without reading it.
        Some((EntryKind::File | EntryKind::Link { .. }, None)) => Answer::File(
            tree.read(path, super::MAX_BYTES).map_or(super::MAX_BYTES + 1, |bytes| bytes.len() as u64),
        ),
        Some((EntryKind::BadLink { .. }, _)) => Answer::Link,
        None if tree.is_folder(path) => Answer::Folder,
        None => Answer::Nothing,
    }
}

fn content_id(tree: &dyn Tree, path: &RepoPath) -> Option<BlobId> {
    let known = tree.entry(path)?.id;
    known.or_else(|| hash_blob(&tree.read(path, super::MAX_BYTES).ok()?))
}

/// The names in a folder; folders end in `/`.
fn names(tree: &dyn Tree, folder: &RepoPath) -> Option<Vec<String>> {
    if !tree.is_folder(folder) {
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
    trace: Mutex<Trace>,
}

impl TracedTree {
    /// Serves `tree` below the root that agnix is told.
    pub fn new(tree: Arc<dyn Tree>) -> Self {
        Self { tree, trace: Mutex::default() }
    }

    /// What was asked so far.
    pub fn take_trace(&self) -> Trace {
        self.trace.lock().map(|mut trace| std::mem::take(&mut *trace)).unwrap_or_default()
    }

    /// The path inside the repository; `None` outside of it, where there is nothing.
    fn inside(path: &Path) -> Option<RepoPath> {
        let text = path.to_str()?;
        if !text.contains("/.") && !text.contains("//") {
            let rest = text.strip_prefix(super::ROOT)?;
            return RepoPath::new(rest.trim_start_matches('/').trim_end_matches('/'));
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
        RepoPath::new(clean.strip_prefix(super::ROOT).ok()?.to_str()?)
    }

    fn ask(&self, question: Question, path: &RepoPath) -> Answer {
        let key = (path.clone(), question);
        if let Ok(trace) = self.trace.lock()
            && let Some(known) = trace.answers.get(&key)
        {
            return known.clone();
        }
        let answer = ask(&*self.tree, question, path);
        if let Ok(mut trace) = self.trace.lock() {
            trace.answers.insert(key, answer.clone());
        }
        answer
    }

    fn what(&self, path: &Path) -> Answer {
        Self::inside(path).map_or(Answer::Nothing, |path| self.ask(Question::What, &path))
    }
}

impl std::fmt::Debug for TracedTree {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TracedTree").finish_non_exhaustive()
    }
}

fn not_found() -> io::Error {
    io::Error::from(io::ErrorKind::NotFound)
}

fn metadata(answer: &Answer) -> io::Result<FileMetadata> {
    match answer {
        Answer::File(size) => Ok(FileMetadata::file(*size)),
        Answer::Folder => Ok(FileMetadata::directory()),
        Answer::Link => Ok(FileMetadata::symlink()),
        _ => Err(not_found()),
    }
}

impl FileSystem for TracedTree {
    fn exists(&self, path: &Path) -> bool {
        matches!(self.what(path), Answer::File(_) | Answer::Folder)
    }

    fn is_file(&self, path: &Path) -> bool {
        matches!(self.what(path), Answer::File(_))
    }

    fn is_dir(&self, path: &Path) -> bool {
        self.what(path) == Answer::Folder
    }

    fn is_symlink(&self, path: &Path) -> bool {
        self.what(path) == Answer::Link
    }

    fn metadata(&self, path: &Path) -> io::Result<FileMetadata> {
        metadata(&self.what(path))
    }

    fn symlink_metadata(&self, path: &Path) -> io::Result<FileMetadata> {
        metadata(&self.what(path))
    }

    fn read_to_string(&self, path: &Path) -> LintResult<String> {
        let refuse = |source: io::Error| CoreError::File(FileError::Read { path: path.to_owned(), source });
        let inside = Self::inside(path).ok_or_else(|| refuse(not_found()))?;
        self.ask(Question::Content, &inside);
        match self.tree.read(&inside, super::MAX_BYTES) {
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
        let inside = Self::inside(path).ok_or_else(not_found)?;
        match self.ask(Question::What, &inside) {
            Answer::File(_) | Answer::Folder => {
                let real = match self.tree.entry(&inside).map(|entry| &entry.kind) {
                    Some(EntryKind::Link { target }) => target.clone(),
                    _ => inside,
                };
                Ok(Path::new(super::ROOT).join(real.as_str()))
            }
            _ => Err(not_found()),
        }
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        let inside = Self::inside(path).ok_or_else(not_found)?;
        self.ask(Question::Names, &inside);
        let names = names(&*self.tree, &inside).ok_or_else(not_found)?;
        Ok(names
            .into_iter()
            .map(|name| {
                let plain = name.trim_end_matches('/');
                let metadata = if name.ends_with('/') {
                    FileMetadata::directory()
                } else {
                    let size = inside
                        .join(plain)
                        .and_then(|path| self.tree.entry(&path).and_then(|entry| entry.size));
                    FileMetadata::file(size.unwrap_or(0))
                };
                DirEntry { path: path.join(plain), metadata }
            })
            .collect())
    }
}
