//! Every effect on the world, behind one trait: environment, files, git objects, clock, processes and HTTP.
//!
//! [`os::OsHost`] is the only implementation that touches the world; [`memory::MemoryHost`] answers from
//! values and is what tests use. Nothing outside this room may call `std::env`, `std::fs`, the clock, a
//! process or a socket; `clippy.toml` refuses it.

pub mod dir_tree;
pub mod env_vars;
pub mod git;
pub mod http;
pub mod memory;
pub mod os;
pub mod os_http;
mod os_program;
pub mod program;
pub mod supervisor;

use crate::base::{RepoPath, Secret, Tree};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use env_vars::Var;
pub use git::{FileChange, GitError, Hooks, Repository};
pub use http::{Http, HttpError, Request, Response};
pub use memory::MemoryHost;
pub use os_http::ReqwestHttp;
pub use program::{Program, ProgramError, Running, Tail};

/// The world, as far as the program may touch it.
pub trait Host: Send + Sync {
    /// The value of an environment variable; `None` when unset, empty or not UTF-8.
    fn env(&self, var: Var) -> Option<String>;

    /// Like [`Host::env`] for tokens.
    fn secret(&self, var: Var) -> Option<Secret> {
        self.env(var).and_then(Secret::new)
    }

    /// The value of a variable that a configuration names; `None` when unset or not UTF-8. Never used for ours.
    fn named_variable(&self, name: &str) -> Option<String>;

    /// The folder the program was started in.
    fn current_dir(&self) -> PathBuf;

    /// The path without links and `..`.
    ///
    /// # Errors
    /// When there is nothing at the path.
    fn real_path(&self, path: &Path) -> Result<PathBuf, FileError>;

    /// Whether a path is a folder; `None` when there is nothing there.
    fn is_folder(&self, path: &Path) -> Option<bool>;

    /// Now.
    fn now(&self) -> jiff::Timestamp;

    /// The bytes of a file outside any tree: the CI event, a configuration named on the command line.
    ///
    /// # Errors
    /// When it does not exist, cannot be read, or has more than `limit` bytes.
    fn read_file(&self, path: &Path, limit: u64) -> Result<Vec<u8>, FileError>;

    /// Writes a file atomically, creating its folder.
    ///
    /// # Errors
    /// When the world refuses.
    fn write_file(&self, path: &Path, content: &[u8]) -> Result<(), FileError>;

    /// Lets a file be run, where the system asks for that.
    ///
    /// # Errors
    /// When it cannot be changed.
    fn make_executable(&self, path: &Path) -> Result<(), FileError>;

    /// Appends to a file, creating it: `GITHUB_STEP_SUMMARY` and `GITHUB_OUTPUT` must never be overwritten.
    ///
    /// # Errors
    /// When the world refuses.
    fn append_file(&self, path: &Path, content: &[u8]) -> Result<(), FileError>;

    /// Removes a file; a file that is not there is no error.
    ///
    /// # Errors
    /// When the world refuses.
    fn remove_file(&self, path: &Path) -> Result<(), FileError>;

    /// The names in a folder, sorted; empty when the folder does not exist.
    ///
    /// # Errors
    /// When the world refuses.
    fn list_dir(&self, path: &Path) -> Result<Vec<String>, FileError>;

    /// The files below a folder of the working tree.
    ///
    /// # Errors
    /// When the folder does not exist or cannot be listed.
    fn open_dir(&self, path: &Path) -> Result<Arc<dyn Tree>, FileError>;

    /// The git repository that contains `path`; `None` when there is none.
    ///
    /// # Errors
    /// When there is one that cannot be opened.
    fn open_repository(&self, path: &Path) -> Result<Option<Arc<dyn Repository>>, GitError>;

    /// A fresh random token of 16 hexadecimal digits, for delimiters that an attacker must not guess.
    fn nonce(&self) -> String;

    /// The network. Shared ownership, because octocrab wants a service it can keep.
    fn http(&self) -> &Arc<dyn Http>;

    /// Starts a program. When its input closes, or when we end in whatever way, it ends with all it has started.
    /// Needs a runtime with its input and output driver.
    ///
    /// # Errors
    /// When the world refuses. A program that is not there says so on its standard error instead.
    fn start(&self, program: &Program) -> Result<Running, ProgramError>;

    /// Waits, asynchronously.
    fn sleep(&self, duration: std::time::Duration) -> http::BoxFuture<'_, ()>;
}

/// A file outside any tree could not be read or written.
#[derive(Debug, Clone, thiserror::Error)]
#[error("cannot {action} {}: {reason}", path.display())]
pub struct FileError {
    /// What was tried: "read", "write", "list".
    pub action: &'static str,
    /// The file.
    pub path: PathBuf,
    /// What the world said.
    pub reason: String,
}

/// A folder given by the user, split into the root of the repository that contains it and the rest.
#[derive(Clone, Debug)]
pub struct Located {
    /// The repository root, or the folder itself outside a repository.
    pub root: PathBuf,
    /// The folder below the root.
    pub below: RepoPath,
}
