//! The working tree as a [`Tree`]: what a person would commit, so ignored and vendored files are left out.

#![expect(clippy::disallowed_methods, reason = "host may touch the file system")]

use super::git::Tracked;
use crate::base::tree::{Listing, MAX_ENTRIES, RawEntry, Stamp, is_skipped_folder, resolve_links};
use crate::base::{RepoPath, Tree, TreeError};
use std::collections::{BTreeMap, HashSet};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The files below a folder.
#[derive(Debug)]
pub struct DirTree {
    root: PathBuf,
    listing: Listing,
    notes: Vec<String>,
}

impl DirTree {
    /// Lists a folder: `.gitignore` files, those of the folders above included, are respected.
    ///
    /// `tracked` are paths that git has under version control. They belong to the tree even where an ignore file
    /// matches them, as git itself has it: without them an ignored but committed file would look removed.
    /// Inside a repository (`tracked` is there), other repositories and linked working trees are not looked at: git commits
    /// none of their files.
    pub fn open(root: &Path, tracked: Option<&[Tracked]>) -> Self {
        let of_repository = tracked.is_some();
        let tracked = tracked.unwrap_or_default();
        let nested: Arc<Mutex<Vec<PathBuf>>> = Arc::default();
        let found_nested = Arc::clone(&nested);
        let tracked: BTreeMap<&str, &Tracked> =
            tracked.iter().map(|tracked| (tracked.path.as_str(), tracked)).collect();
        let clean = |path: &RepoPath, stamp: Option<&Stamp>| tracked.get(path.as_str())?.clean(stamp?);
        let mut notes = Vec::new();
        let mut raw = Vec::new();
        let walk = ignore::WalkBuilder::new(root)
            .hidden(false)
            .ignore(false)
            .require_git(false)
            .follow_links(false)
            .filter_entry(move |entry| {
                let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
                let name = entry.file_name().to_str().unwrap_or("");
                let beside =
                    |sibling: &str| entry.path().parent().is_some_and(|parent| parent.join(sibling).exists());
                if entry.depth() == 0 || !is_folder {
                    return true;
                }
                if of_repository && entry.path().join(".git").exists() {
                    found_nested.lock().unwrap_or_else(PoisonError::into_inner).push(entry.path().to_owned());
                    return false;
                }
                !is_skipped_folder(name, beside)
            })
            .build();
        for found in walk {
            let entry = match found {
                Ok(entry) => entry,
                Err(error) => {
                    notes.push(format!("not looked at: {error}"));
                    continue;
                }
            };
            if raw.len() > MAX_ENTRIES {
                notes.push(format!("only the first {MAX_ENTRIES} paths are looked at"));
                break;
            }
            let Ok(relative) = entry.path().strip_prefix(root) else { continue };
            let kind = entry.file_type();
            let is_link = kind.is_some_and(|kind| kind.is_symlink());
            if !is_link && !kind.is_some_and(|kind| kind.is_file()) {
                continue;
            }
            let Some(path) = relative.to_str().and_then(RepoPath::new) else {
                notes.push(format!("not looked at, its name is not UTF-8: {}", relative.display()));
                continue;
            };
            let link = is_link.then(|| link_text(root, entry.path()));
            let stamp = entry.metadata().ok().filter(|_| !is_link).map(|metadata| stamp(&metadata));
            let clean = clean(&path, stamp.as_ref());
            raw.push(RawEntry { path, link, size: stamp.map(|stamp| stamp.size), id: None, stamp, clean });
        }
        for folder in nested.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            let shown = folder.strip_prefix(root).unwrap_or(folder).display();
            notes.push(format!("not looked at: {shown}, which is a repository of its own"));
        }
        let seen: HashSet<RepoPath> = raw.iter().map(|entry| entry.path.clone()).collect();
        for path in tracked.values().map(|tracked| &tracked.path).filter(|path| !seen.contains(*path)) {
            let file = root.join(path.as_str());
            let Ok(metadata) = file.symlink_metadata() else { continue };
            if metadata.is_symlink() {
                let link = Some(link_text(root, &file));
                let path = path.clone();
                raw.push(RawEntry { path, link, size: None, id: None, stamp: None, clean: None });
            } else if metadata.is_file() {
                let stamp = stamp(&metadata);
                let (path, size) = (path.clone(), Some(stamp.size));
                let clean = clean(&path, Some(&stamp));
                raw.push(RawEntry { path, link: None, size, id: None, stamp: Some(stamp), clean });
            }
        }
        let (listing, more) = resolve_links(raw);
        notes.extend(more);
        Self { root: root.to_owned(), listing, notes }
    }
}

fn stamp(metadata: &std::fs::Metadata) -> Stamp {
    use std::os::unix::fs::MetadataExt;
    let nanoseconds = |seconds: i64, rest: i64| i128::from(seconds) * 1_000_000_000 + i128::from(rest);
    Stamp {
        modified_ns: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
        changed_ns: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
        inode: metadata.ino(),
        size: metadata.len(),
    }
}

/// The text of a link; absolute ones that point below the root are made relative to the link's folder.
fn link_text(root: &Path, link: &Path) -> String {
    let Ok(target) = link.read_link() else { return "/unreadable".to_owned() };
    if target.is_absolute()
        && let Ok(inside) = target.strip_prefix(root)
        && let Ok(from) = link.strip_prefix(root)
    {
        let up = "../".repeat(from.components().count().saturating_sub(1));
        return format!("{up}{}", inside.display());
    }
    target.to_string_lossy().into_owned()
}

impl Tree for DirTree {
    fn listing(&self) -> &Listing {
        &self.listing
    }

    fn notes(&self) -> &[String] {
        &self.notes
    }

    fn read(&self, path: &RepoPath, limit: u64) -> Result<Arc<[u8]>, TreeError> {
        let (_, real) = self.file_at(path)?;
        let unreadable =
            |error: std::io::Error| TreeError::Unreadable { path: path.clone(), reason: error.to_string() };
        let file = std::fs::File::open(self.root.join(real.as_str())).map_err(unreadable)?;
        let size = file.metadata().map_err(unreadable)?.len();
        if size > limit {
            return Err(TreeError::TooLarge { path: path.clone(), size, limit });
        }
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
        // The file may grow while it is read; never take more than was promised.
        file.take(limit).read_to_end(&mut bytes).map_err(unreadable)?;
        Ok(Arc::from(bytes))
    }
}
