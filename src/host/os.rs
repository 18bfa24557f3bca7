//! The real world. The only file, with `os_http`, that may touch it.
#![expect(clippy::disallowed_methods, reason = "this file is where effects are allowed")]

use super::dir_tree::DirTree;
use super::git::gix_repository;
use super::http::{BoxFuture, Http};
use super::{FileError, GitError, Host, Program, ProgramError, Repository, Running, Var};
use crate::base::Tree;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The operating system.
pub struct OsHost {
    http: Arc<dyn Http>,
}

impl OsHost {
    /// The operating system with this way to the network.
    pub fn new(http: Arc<dyn Http>) -> Self {
        Self { http }
    }
}

fn refused<'a>(action: &'static str, path: &'a Path) -> impl FnOnce(std::io::Error) -> FileError + 'a {
    move |error| FileError { action, path: path.to_owned(), reason: error.to_string() }
}

impl Host for OsHost {
    fn env(&self, var: Var) -> Option<String> {
        std::env::var(var.name()).ok().filter(|value| !value.is_empty())
    }

    fn named_variable(&self, name: &str) -> Option<String> {
        // The standard library panics on such names.
        let is_name = !name.is_empty() && !name.contains(['=', '\0']);
        is_name.then(|| std::env::var(name).ok()).flatten()
    }

    fn current_dir(&self) -> PathBuf {
        std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."))
    }

    fn real_path(&self, path: &Path) -> Result<PathBuf, FileError> {
        std::fs::canonicalize(path).map_err(refused("find", path))
    }

    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::now()
    }

    fn read_file(&self, path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
        let file = std::fs::File::open(path).map_err(refused("read", path))?;
        let mut bytes = Vec::new();
        file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(refused("read", path))?;
        if bytes.len() as u64 > limit {
            let reason = format!("it has more than {limit} bytes");
            return Err(FileError { action: "read", path: path.to_owned(), reason });
        }
        Ok(bytes)
    }

    fn write_file(&self, path: &Path, content: &[u8]) -> Result<(), FileError> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        if let Some(folder) = folder {
            std::fs::create_dir_all(folder).map_err(refused("write", path))?;
        }
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.tmp", self.nonce()));
        let temporary = path.with_file_name(name);
        let mode = std::fs::metadata(path).map(|known| known.permissions());
        std::fs::write(&temporary, content)
            // A file that is replaced keeps who may read and run it.
            .and_then(|()| mode.map_or(Ok(()), |mode| std::fs::set_permissions(&temporary, mode)))
            .and_then(|()| std::fs::rename(&temporary, path))
            .inspect_err(|_| drop(std::fs::remove_file(&temporary)))
            .map_err(refused("write", path))
    }

    fn make_executable(&self, path: &Path) -> Result<(), FileError> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(path).map_err(refused("change", path))?.permissions().mode();
            // Whoever may read it may run it.
            let mode = std::fs::Permissions::from_mode(mode | ((mode & 0o444) >> 2));
            std::fs::set_permissions(path, mode).map_err(refused("change", path))?;
        }
        #[cfg(not(unix))]
        let _ = path;
        Ok(())
    }

    fn append_file(&self, path: &Path, content: &[u8]) -> Result<(), FileError> {
        std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .and_then(|mut file| file.write_all(content))
            .map_err(refused("write", path))
    }

    fn remove_file(&self, path: &Path) -> Result<(), FileError> {
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(refused("remove", path)(error)),
            _ => Ok(()),
        }
    }

    fn is_folder(&self, path: &Path) -> Option<bool> {
        Some(std::fs::metadata(path).ok()?.is_dir())
    }

    fn list_dir(&self, path: &Path) -> Result<Vec<String>, FileError> {
        let entries = match std::fs::read_dir(path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(refused("list", path)(error)),
        };
        let mut names: Vec<String> =
            entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
        names.sort();
        Ok(names)
    }

    fn open_dir(&self, path: &Path) -> Result<Arc<dyn Tree>, FileError> {
        let metadata = std::fs::metadata(path).map_err(refused("list", path))?;
        if !metadata.is_dir() {
            let reason = "it is not a folder".to_owned();
            return Err(FileError { action: "list", path: path.to_owned(), reason });
        }
        let root = std::fs::canonicalize(path).map_err(refused("list", path))?;
        Ok(Arc::new(DirTree::open(&root, gix_repository::tracked(&root).as_deref())))
    }

    fn open_repository(&self, path: &Path) -> Result<Option<Arc<dyn Repository>>, GitError> {
        gix_repository::discover(path)
    }

    fn nonce(&self) -> String {
        // A fresh `RandomState` is keyed by the operating system's random source.
        use std::hash::{BuildHasher, Hasher};
        let mut hasher = std::collections::hash_map::RandomState::new().build_hasher();
        hasher.write_u32(std::process::id());
        format!("{:016x}", hasher.finish())
    }

    fn http(&self) -> &Arc<dyn Http> {
        &self.http
    }

    fn start(&self, program: &Program) -> Result<Running, ProgramError> {
        super::os_program::start(program)
    }

    fn sleep(&self, duration: std::time::Duration) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}
