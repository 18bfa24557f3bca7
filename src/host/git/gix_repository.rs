//! The repository of the working machine, through `gix`.
//!
//! Opened in isolation: no system or user configuration, no filters, no hooks, no credentials.

#![expect(clippy::disallowed_methods, reason = "host may touch the file system")]

use super::{FileChange, GitError, History, Hooks, Repository, Seen, Tracked, Version};
use crate::base::tree::{Listing, MAX_ENTRIES, RawEntry, is_skipped_folder, resolve_links};
use crate::base::{BlobId, RepoPath, Tree, TreeError};
use gix::bstr::ByteSlice;
use gix::object::tree::diff::ChangeDetached;
use gix::objs::tree::EntryKind as Mode;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Links longer than any file system allows are not followed.
const MAX_LINK_BYTES: u64 = 4096;

/// The repository that contains `path`; `None` when there is none.
///
/// # Errors
/// When there is one that cannot be opened.
pub fn discover(path: &Path) -> Result<Option<Arc<dyn Repository>>, GitError> {
    Ok(open(path)?.map(|repository| Arc::new(GixRepository { repository }) as Arc<dyn Repository>))
}

fn open(path: &Path) -> Result<Option<gix::ThreadSafeRepository>, GitError> {
    // `a/../b` has `a` among its ancestors only as long as it is not resolved.
    let path = &path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let options = gix::open::Options::isolated();
    // In a container the checkout belongs to another user. Reduced trust is enough for reading objects.
    let trust = gix::sec::trust::Mapping { full: options.clone(), reduced: options };
    match gix::ThreadSafeRepository::discover_opts(path, gix::discover::upwards::Options::default(), trust) {
        Ok(repository) => Ok(Some(repository)),
        Err(error) => {
            let has_git = path.ancestors().any(|folder| folder.join(".git").exists());
            if has_git {
                Err(GitError::Open { path: path.display().to_string(), reason: chain(&error) })
            } else {
                Ok(None)
            }
        }
    }
}

/// The paths below a folder that git's index has, relative to the folder; `None` outside of every repository.
pub fn tracked(folder: &Path) -> Option<Vec<Tracked>> {
    let found = open(folder).ok()??.to_thread_local();
    let inside = RepoPath::new(folder.strip_prefix(found.workdir()?).ok()?.to_str()?)?;
    let tracked = || {
        let index = read_index(&found, &found.index_path()).ok()??;
        let entries = index.entries().iter().filter(|entry| entry.mode != gix::index::entry::Mode::COMMIT);
        let below = entries.filter_map(|entry| {
            let path = RepoPath::new(entry.path(&index).to_str().ok()?)?;
            Some(Tracked {
                path: RepoPath::new(path.relative_to(&inside)?)?,
                seen: seen(entry, &index).zip(blob_id(&entry.id)),
            })
        });
        Some(below.collect())
    };
    Some(tracked().unwrap_or_default())
}

/// What git saw of a file when it looked at it last; `None` where the file may have changed in the same instant.
fn seen(entry: &gix::index::Entry, index: &gix::index::File) -> Option<Seen> {
    let ns =
        |time: gix::index::entry::stat::Time| i128::from(time.secs) * 1_000_000_000 + i128::from(time.nsecs);
    let written = index.timestamp();
    let written = i128::from(written.unix_seconds()) * 1_000_000_000 + i128::from(written.nanoseconds());
    let stat = &entry.stat;
    let racy = written <= ns(stat.mtime) || written <= ns(stat.ctime);
    let regular = entry.stage() == gix::index::entry::Stage::Unconflicted
        && !entry.flags.contains(gix::index::entry::Flags::INTENT_TO_ADD);
    (regular && !racy).then(|| Seen {
        modified_ns: ns(stat.mtime),
        changed_ns: ns(stat.ctime),
        inode: stat.ino,
        size: stat.size,
    })
}

/// An index; `None` when there is no such file.
fn read_index(repository: &gix::Repository, path: &Path) -> Result<Option<gix::index::File>, gix::Error> {
    if !path.exists() {
        return Ok(None);
    }
    let options = gix::index::decode::Options::default();
    gix::index::File::at(path, repository.object_hash(), false, options).map(Some)
}

struct GixRepository {
    repository: gix::ThreadSafeRepository,
}

fn chain(error: &gix::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        let more = inner.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        source = inner.source();
    }
    text
}

const FETCH_ALL: &str = "; this is a shallow clone: fetch the whole history (GitHub: actions/checkout with \
                         `fetch-depth: 0`; GitLab: `GIT_DEPTH: 0`; elsewhere: `git fetch --unshallow`)";

impl GixRepository {
    fn hint(&self) -> &'static str {
        if self.is_shallow() { FETCH_ALL } else { "" }
    }

    fn object_error(&self, what: &str, error: &gix::Error) -> GitError {
        GitError::Object { what: what.to_owned(), reason: chain(error), hint: self.hint().to_owned() }
    }
}

fn object_id(commit: &str) -> Result<gix::ObjectId, GitError> {
    gix::ObjectId::from_hex(commit.as_bytes())
        .map_err(|error| GitError::Unknown { revision: commit.to_owned(), hint: format!(": {error}") })
}

impl Repository for GixRepository {
    fn work_dir(&self) -> Option<PathBuf> {
        let folder = self.repository.work_dir()?;
        Some(folder.canonicalize().unwrap_or_else(|_| folder.to_owned()))
    }

    fn resolve(&self, revision: &str) -> Result<String, GitError> {
        let repository = self.repository.to_thread_local();
        let commit = |spec: &str| {
            repository.rev_parse_single(spec.as_bytes().as_bstr()).ok()?.object().ok()?.peel_to_commit().ok()
        };
        // In CI the branch often exists as a remote-tracking branch only.
        let found = commit(revision).or_else(|| commit(&format!("refs/remotes/origin/{revision}")));
        found.map(|commit| commit.id.to_string()).ok_or_else(|| {
            let hint = if self.is_shallow() {
                FETCH_ALL.to_owned()
            } else {
                "; `git branch --all` lists what there is".to_owned()
            };
            GitError::Unknown { revision: revision.to_owned(), hint }
        })
    }

    fn merge_base(&self, one: &str, other: &str) -> Result<String, GitError> {
        let repository = self.repository.to_thread_local();
        let found = repository
            .merge_base(object_id(one)?, object_id(other)?)
            .map_err(|error| self.object_error("the history", &error))?;
        found.map(|id| id.to_string()).ok_or_else(|| GitError::NoMergeBase {
            one: one.to_owned(),
            other: other.to_owned(),
            hint: self.hint().to_owned(),
        })
    }

    fn tree(&self, commit: &str) -> Result<Arc<dyn Tree>, GitError> {
        let repository = self.repository.to_thread_local();
        let tree = repository
            .find_commit(object_id(commit)?)
            .and_then(|commit| commit.tree())
            .map_err(|error| self.object_error(&format!("commit {commit}"), &error))?;
        let mut walk = Walk { repository: &repository, raw: Vec::new(), notes: Vec::new() };
        walk.folder(&tree, &RepoPath::root(), 0)
            .map_err(|error| self.object_error(&format!("the tree of commit {commit}"), &error))?;
        let mut notes = walk.notes;
        let (listing, more) = resolve_links(walk.raw);
        notes.extend(more);
        Ok(Arc::new(GitTree { repository: self.repository.clone(), listing, notes }))
    }

    fn staged(&self, index: Option<&Path>) -> Result<Arc<dyn Tree>, GitError> {
        let repository = self.repository.to_thread_local();
        let path = index.map_or_else(|| repository.index_path(), Path::to_owned);
        let listing = |raw| {
            let (listing, notes) = resolve_links(raw);
            Ok(Arc::new(GitTree { repository: self.repository.clone(), listing, notes }) as Arc<dyn Tree>)
        };
        let index = read_index(&repository, &path).map_err(|error| GitError::Object {
            what: "the index".to_owned(),
            reason: chain(&error),
            hint: String::new(),
        })?;
        match index {
            Some(index) => listing(self.entries_of(&repository, &index)?),
            None => listing(Vec::new()),
        }
    }

    fn hooks(&self) -> Result<Hooks, GitError> {
        // Only here is the configuration of the user read: git goes by it when it looks for hooks.
        let failed = |reason: String| GitError::Hooks { reason };
        let repository = gix::open_opts(self.repository.git_dir(), gix::open::Options::default())
            .map_err(|error| failed(chain(&error)))?;
        let snapshot = repository.config_snapshot();
        let key = "core.hooksPath";
        let Some(value) = snapshot.string(key) else {
            return Ok(Hooks { folder: repository.common_dir().join("hooks"), shared: false });
        };
        if value.is_empty() {
            return Err(failed("it is empty, so git runs no hooks here".to_owned()));
        }
        let path = snapshot.trusted_path(key).map_err(|error| failed(chain(&error)))?;
        let path = path.ok_or_else(|| failed("the repository belongs to somebody else".to_owned()))?;
        let own =
            |meta: &gix::config::file::Metadata| meta.source.kind() == gix::config::source::Kind::Repository;
        let shared = snapshot.plumbing().raw_value_filter(key, own).is_err();
        let folder = self.repository.work_dir().map_or_else(|| path.clone(), |work_dir| work_dir.join(&path));
        Ok(Hooks { folder, shared })
    }

    fn changes(&self, base: &str, head: &str) -> Result<Vec<FileChange>, GitError> {
        let repository = self.repository.to_thread_local();
        let tree = |commit: &str| {
            repository
                .find_commit(object_id(commit)?)
                .and_then(|commit| commit.tree())
                .map_err(|error| self.object_error(&format!("commit {commit}"), &error))
        };
        let changes = repository
            .diff_tree_to_tree(&tree(base)?, &tree(head)?, gix::diff::Options::default())
            .map_err(|error| self.object_error("the difference of two trees", &error))?;
        let mut found: Vec<FileChange> = changes.iter().filter_map(file_change).collect();
        found.sort_by(|one, other| head_path(one).cmp(head_path(other)));
        Ok(found)
    }

    fn versions(&self, head: &str, max_commits: usize) -> Result<History, GitError> {
        let repository = self.repository.to_thread_local();
        let failed = |error: &gix::Error| self.object_error("the history", error);
        let walk = repository.rev_walk([object_id(head)?]).all().map_err(|error| failed(&error))?;
        let mut commits = Vec::new();
        let mut history = History::default();
        for info in walk {
            if commits.len() >= max_commits {
                history.cut_off = true;
                break;
            }
            commits.push(info.map_err(|error| failed(&error))?);
        }
        history.commits = commits.len();
        let mut seen = std::collections::HashSet::new();
        for info in commits.iter().rev() {
            let commit = info.object().map_err(|error| failed(&error))?;
            let tree = commit.tree().map_err(|error| failed(&error))?;
            // A merge brings nothing that neither parent has, but for conflicts that were resolved.
            let before = commit.parent_ids().next().and_then(|id| id.object().ok()?.peel_to_tree().ok());
            let before = before.unwrap_or_else(|| repository.empty_tree());
            let options = gix::diff::Options::default().with_rewrites(None);
            let changes =
                repository.diff_tree_to_tree(&before, &tree, options).map_err(|error| failed(&error))?;
            for change in &changes {
                let (ChangeDetached::Addition { location, entry_mode, id, .. }
                | ChangeDetached::Modification { location, entry_mode, id, .. }) = change
                else {
                    continue;
                };
                let path = location.to_str().ok().and_then(RepoPath::new);
                let (Some(path), Some(blob), true) = (path, blob_id(id), entry_mode.is_blob()) else {
                    continue;
                };
                if seen.insert((path.clone(), blob)) {
                    history.versions.push(Version { commit: info.id.to_string(), path, id: blob });
                }
            }
        }
        Ok(history)
    }

    fn blob(&self, id: BlobId, limit: u64) -> Result<Option<Vec<u8>>, GitError> {
        let repository = self.repository.to_thread_local();
        let id = gix::ObjectId::from_bytes_or_panic(&id.0);
        let failed = |error: gix::Error| self.object_error(&format!("the object {id}"), &error);
        if repository.find_header(id).map_err(failed)?.size() > limit {
            return Ok(None);
        }
        let mut blob = repository.find_blob(id).map_err(failed)?;
        Ok(Some(blob.take_data()))
    }

    fn is_shallow(&self) -> bool {
        self.repository.to_thread_local().is_shallow().unwrap_or(false)
    }
}

impl GixRepository {
    /// The files of an index, without those in folders that are not looked at.
    fn entries_of(
        &self,
        repository: &gix::Repository,
        index: &gix::index::File,
    ) -> Result<Vec<RawEntry>, GitError> {
        use gix::index::entry::Mode as Staged;
        let paths: Vec<Option<RepoPath>> =
            index.entries().iter().map(|entry| RepoPath::new(entry.path(index).to_str().ok()?)).collect();
        let known: std::collections::BTreeSet<&str> =
            paths.iter().flatten().flat_map(|path| prefixes(path.as_str())).collect();
        let mut skipped: std::collections::BTreeMap<&str, bool> = std::collections::BTreeMap::new();
        let mut raw = Vec::new();
        for (entry, path) in index.entries().iter().zip(&paths) {
            let Some(path) = path else { continue };
            if entry.stage() != gix::index::entry::Stage::Unconflicted {
                return Err(GitError::Conflict { path: path.to_string() });
            }
            if raw.len() > MAX_ENTRIES {
                break;
            }
            let inside = prefixes(path.as_str()).filter(|prefix| prefix.len() < path.as_str().len());
            let is_skipped = inside.into_iter().any(|folder| {
                *skipped.entry(folder).or_insert_with(|| {
                    let (above, name) = folder.rsplit_once('/').unwrap_or(("", folder));
                    is_skipped_folder(name, |sibling| {
                        let path =
                            if above.is_empty() { sibling.to_owned() } else { format!("{above}/{sibling}") };
                        known.contains(path.as_str())
                    })
                })
            });
            // What is only announced (`git add --intent-to-add`) is not in the next commit.
            if is_skipped || entry.flags.contains(gix::index::entry::Flags::INTENT_TO_ADD) {
                continue;
            }
            let link = match entry.mode {
                Staged::FILE | Staged::FILE_EXECUTABLE => None,
                Staged::SYMLINK => Some(self.link_target(repository, entry.id)?),
                _ => continue,
            };
            let id = if link.is_some() { None } else { blob_id(&entry.id) };
            raw.push(RawEntry { path: path.clone(), link, size: None, id, stamp: None, clean: None });
        }
        Ok(raw)
    }

    fn link_target(&self, repository: &gix::Repository, id: gix::ObjectId) -> Result<String, GitError> {
        let unreadable = |error: gix::Error| self.object_error("a link of the index", &error);
        if repository.find_header(id).map_err(unreadable)?.size() > MAX_LINK_BYTES {
            return Ok("/too-long".to_owned());
        }
        let blob = repository.find_blob(id).map_err(unreadable)?;
        Ok(String::from_utf8_lossy(&blob.data).into_owned())
    }
}

/// `a`, `a/b`, `a/b/c`.
fn prefixes(path: &str) -> impl Iterator<Item = &str> {
    let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
    ends.filter_map(|end| path.get(..end))
}

fn head_path(change: &FileChange) -> &RepoPath {
    match change {
        FileChange::Added(path) | FileChange::Modified(path) | FileChange::Removed(path) => path,
        FileChange::Renamed { to, .. } => to,
    }
}

fn file_change(change: &ChangeDetached) -> Option<FileChange> {
    let path = |location: &gix::bstr::BString| location.to_str().ok().and_then(RepoPath::new);
    match change {
        ChangeDetached::Addition { location, entry_mode, .. } => {
            (!entry_mode.is_tree()).then(|| path(location).map(FileChange::Added))?
        }
        ChangeDetached::Deletion { location, entry_mode, .. } => {
            (!entry_mode.is_tree()).then(|| path(location).map(FileChange::Removed))?
        }
        ChangeDetached::Modification { location, entry_mode, .. } => {
            (!entry_mode.is_tree()).then(|| path(location).map(FileChange::Modified))?
        }
        ChangeDetached::Rewrite { source_location, location, entry_mode, copy, .. } => {
            if entry_mode.is_tree() {
                return None;
            }
            if *copy {
                return path(location).map(FileChange::Added);
            }
            Some(FileChange::Renamed { from: path(source_location)?, to: path(location)? })
        }
    }
}

struct Walk<'repo> {
    repository: &'repo gix::Repository,
    raw: Vec<RawEntry>,
    notes: Vec<String>,
}

impl Walk<'_> {
    fn folder(&mut self, tree: &gix::Tree<'_>, at: &RepoPath, depth: usize) -> Result<(), gix::Error> {
        const MAX_DEPTH: usize = 128;
        if depth > MAX_DEPTH {
            self.notes.push(format!("not looked at, folders nest too deeply: {at}"));
            return Ok(());
        }
        let decoded = tree.decode()?;
        let names: std::collections::BTreeSet<&[u8]> =
            decoded.entries.iter().map(|entry| entry.filename.as_bytes()).collect();
        for entry in &decoded.entries {
            if self.raw.len() > MAX_ENTRIES {
                return Ok(());
            }
            let Some(path) = entry
                .filename
                .to_str()
                .ok()
                .filter(|name| !name.contains('/'))
                .and_then(|name| at.join(name))
            else {
                self.notes.push(format!("not looked at, its name is not UTF-8: {at}/{}", entry.filename));
                continue;
            };
            match entry.mode.kind() {
                Mode::Tree => {
                    if !is_skipped_folder(path.name(), |sibling| names.contains(sibling.as_bytes())) {
                        let below = self.repository.find_tree(entry.oid.to_owned())?;
                        self.folder(&below, &path, depth + 1)?;
                    }
                }
                Mode::Blob | Mode::BlobExecutable => {
                    self.raw.push(RawEntry {
                        path,
                        link: None,
                        size: None,
                        id: blob_id(entry.oid),
                        stamp: None,
                        clean: None,
                    });
                }
                Mode::Link => {
                    let size = self.repository.find_header(entry.oid.to_owned())?.size();
                    let link = if size > MAX_LINK_BYTES {
                        "/too-long".to_owned()
                    } else {
                        let blob = self.repository.find_blob(entry.oid.to_owned())?;
                        String::from_utf8_lossy(&blob.data).into_owned()
                    };
                    self.raw.push(RawEntry {
                        path,
                        link: Some(link),
                        size: None,
                        id: None,
                        stamp: None,
                        clean: None,
                    });
                }
                Mode::Commit => {}
            }
        }
        Ok(())
    }
}

fn blob_id(oid: &gix::oid) -> Option<BlobId> {
    oid.as_bytes().try_into().ok().map(BlobId)
}

struct GitTree {
    repository: gix::ThreadSafeRepository,
    listing: Listing,
    notes: Vec<String>,
}

impl Tree for GitTree {
    fn listing(&self) -> &Listing {
        &self.listing
    }

    fn notes(&self) -> &[String] {
        &self.notes
    }

    fn read(&self, path: &RepoPath, limit: u64) -> Result<Arc<[u8]>, TreeError> {
        let (entry, _) = self.file_at(path)?;
        let id = entry.id.ok_or_else(|| TreeError::Missing(path.clone()))?;
        let repository = self.repository.to_thread_local();
        let id = gix::ObjectId::from_bytes_or_panic(&id.0);
        let unreadable =
            |error: gix::Error| TreeError::Unreadable { path: path.clone(), reason: chain(&error) };
        let size = repository.find_header(id).map_err(unreadable)?.size();
        if size > limit {
            return Err(TreeError::TooLarge { path: path.clone(), size, limit });
        }
        let mut blob = repository.find_blob(id).map_err(unreadable)?;
        Ok(Arc::from(blob.take_data()))
    }
}
