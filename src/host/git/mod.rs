//! Git without a git binary: revisions, merge bases, trees and changed files, read through `gix`.

pub mod gix_repository;

use crate::base::tree::Stamp;
use crate::base::{BlobId, RepoPath, Tree};
use std::sync::Arc;

/// Where git looks for the hooks of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hooks {
    /// The folder.
    pub folder: std::path::PathBuf,
    /// True when it holds the hooks of other repositories too, by the configuration of a user or a machine.
    pub shared: bool,
}

/// A path that git has under version control.
#[derive(Clone, Debug)]
pub struct Tracked {
    /// Where.
    pub path: RepoPath,
    /// What git saw of the file when it looked at it last, and the content it has for it.
    pub seen: Option<(Seen, BlobId)>,
}

/// What git's index keeps of a file, cut as git cuts it.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// Last change of the bytes, nanoseconds since 1970.
    pub modified_ns: i128,
    /// Last change of bytes or attributes, nanoseconds since 1970.
    pub changed_ns: i128,
    /// The lower half of the number of the file on its device.
    pub inode: u32,
    /// The lower half of the bytes.
    pub size: u32,
}

impl Tracked {
    /// What git has for the file, when it has not changed since git looked at it.
    pub fn clean(&self, stamp: &Stamp) -> Option<BlobId> {
        let (seen, id) = self.seen?;
        let low = |value: u64| u32::try_from(value & u64::from(u32::MAX)).ok();
        let same = seen.modified_ns == stamp.modified_ns
            && seen.changed_ns == stamp.changed_ns
            && Some(seen.inode) == low(stamp.inode)
            && Some(seen.size) == low(stamp.size);
        same.then_some(id)
    }
}

/// A git repository.
pub trait Repository: Send + Sync {
    /// The folder of the working tree; `None` in a bare repository.
    fn work_dir(&self) -> Option<std::path::PathBuf>;

    /// The full id of the commit a revision names.
    ///
    /// # Errors
    /// When it names none; says what to do in a shallow clone.
    fn resolve(&self, revision: &str) -> Result<String, GitError>;

    /// The best common ancestor of two commits.
    ///
    /// # Errors
    /// When there is none, or when a shallow clone hides it.
    fn merge_base(&self, one: &str, other: &str) -> Result<String, GitError>;

    /// The files of a commit.
    ///
    /// # Errors
    /// When objects are missing.
    fn tree(&self, commit: &str) -> Result<Arc<dyn Tree>, GitError>;

    /// What the next commit holds: the index, or another one that git uses for this commit.
    ///
    /// # Errors
    /// When it cannot be read, or holds a merge that is not resolved.
    fn staged(&self, index: Option<&std::path::Path>) -> Result<Arc<dyn Tree>, GitError>;

    /// Where git looks for hooks, by all of its configuration.
    ///
    /// # Errors
    /// When the configuration cannot be read, or names no folder.
    fn hooks(&self) -> Result<Hooks, GitError>;

    /// The paths that differ between two commits, with renames, sorted by path.
    ///
    /// # Errors
    /// When objects are missing.
    fn changes(&self, base: &str, head: &str) -> Result<Vec<FileChange>, GitError>;

    /// Every version of every file that the commits of `head` have brought, each content once for each path, the oldest
    /// first; of the newest `max_commits` commits.
    ///
    /// # Errors
    /// When objects are missing.
    fn versions(&self, head: &str, max_commits: usize) -> Result<History, GitError>;

    /// The bytes of a content; `None` when it has more than `limit`.
    ///
    /// # Errors
    /// When it is missing.
    fn blob(&self, id: BlobId, limit: u64) -> Result<Option<Vec<u8>>, GitError>;

    /// True when the history is cut off.
    fn is_shallow(&self) -> bool;
}

/// One version of a file, and the first commit that has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The commit.
    pub commit: String,
    /// The path there.
    pub path: RepoPath,
    /// The content.
    pub id: BlobId,
}

/// What the commits of a history have brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// Every content once for each path, the oldest first.
    pub versions: Vec<Version>,
    /// Commits that were looked at.
    pub commits: usize,
    /// There are more commits than were looked at.
    pub cut_off: bool,
}

/// A path that differs between two revisions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileChange {
    /// In head only.
    Added(RepoPath),
    /// In both, with different bytes.
    Modified(RepoPath),
    /// In base only.
    Removed(RepoPath),
    /// Moved, perhaps with changes.
    Renamed {
        /// Path in base.
        from: RepoPath,
        /// Path in head.
        to: RepoPath,
    },
}

/// Git could not answer.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// There is a repository that cannot be opened.
    #[error("cannot open the git repository at {path}: {reason}")]
    Open {
        /// Where.
        path: String,
        /// Why.
        reason: String,
    },
    /// A revision names no commit.
    #[error("there is no commit named {revision}{hint}")]
    Unknown {
        /// The revision.
        revision: String,
        /// What to do, starting with a separator; empty when there is nothing to suggest.
        hint: String,
    },
    /// Two commits without a visible common ancestor.
    #[error("{one} and {other} have no common ancestor{hint}")]
    NoMergeBase {
        /// One commit.
        one: String,
        /// The other.
        other: String,
        /// What to do.
        hint: String,
    },
    /// Git's configuration does not say where hooks are.
    #[error("`core.hooksPath` of git's configuration cannot be followed: {reason}")]
    Hooks {
        /// Why.
        reason: String,
    },
    /// A merge is not resolved.
    #[error("{path} has conflicts that are not resolved; resolve them and `git add` it")]
    Conflict {
        /// The file.
        path: String,
    },
    /// An object is missing or damaged.
    #[error("cannot read {what} from the git repository: {reason}{hint}")]
    Object {
        /// What was being read.
        what: String,
        /// Why not.
        reason: String,
        /// What to do.
        hint: String,
    },
}
