//! Git without a git binary: revisions, merge bases, trees and changed files, read through `gix`.

pub mod gix_repository;

use crate::base::{RepoPath, Tree};
use std::sync::Arc;

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

    /// The folder where git looks for hooks, as far as the repository itself says.
    fn hooks_dir(&self) -> std::path::PathBuf;

    /// The paths that differ between two commits, with renames, sorted by path.
    ///
    /// # Errors
    /// When objects are missing.
    fn changes(&self, base: &str, head: &str) -> Result<Vec<FileChange>, GitError>;

    /// True when the history is cut off.
    fn is_shallow(&self) -> bool;
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
