//! Paths inside a repository.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// A path inside a repository: relative, `/`-separated, without `.` or `..`. The empty path is the root.
///
/// Cheap to clone. The text is untrusted: escape it for wherever it is printed.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(transparent)]
#[schemars(transparent)]
pub struct RepoPath(#[schemars(with = "String")] Arc<str>);

impl RepoPath {
    /// Normalises a relative path; `None` when it is absolute or climbs above the root.
    pub fn new(path: &str) -> Option<Self> {
        if path.split('/').all(|part| !matches!(part, "" | "." | "..")) {
            return Some(Self(Arc::from(path)));
        }
        Self::root().join(path)
    }

    /// The repository root.
    pub fn root() -> Self {
        Self(Arc::from(""))
    }

    /// The path as text, `/`-separated.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True for the repository root.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Resolves `relative` against this path taken as a folder; `None` when the result leaves the root.
    pub fn join(&self, relative: &str) -> Option<Self> {
        if relative.starts_with('/') {
            return None;
        }
        if !self.is_root() && relative.split('/').all(|part| !matches!(part, "" | "." | "..")) {
            return Some(Self(Arc::from([&*self.0, "/", relative].concat())));
        }
        let mut parts: Vec<&str> = self.0.split('/').filter(|part| !part.is_empty()).collect();
        for part in relative.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop()?;
                }
                name => parts.push(name),
            }
        }
        Some(Self(Arc::from(parts.join("/"))))
    }

    /// The folder that contains this path; the root is its own parent.
    #[must_use]
    pub fn parent(&self) -> Self {
        self.0.rsplit_once('/').map_or_else(Self::root, |(parent, _)| Self(Arc::from(parent)))
    }

    /// The last component, empty for the root.
    pub fn name(&self) -> &str {
        self.0.rsplit_once('/').map_or(&*self.0, |(_, name)| name)
    }

    /// The extension without its dot, in the case it was written.
    pub fn extension(&self) -> Option<&str> {
        self.name().rsplit_once('.').and_then(|(stem, ext)| (!stem.is_empty()).then_some(ext))
    }

    /// The components from the root down.
    pub fn parts(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('/').filter(|part| !part.is_empty())
    }

    /// This folder and every folder above it, root first.
    pub fn ancestors_from_root(&self) -> Vec<Self> {
        let mut chain = vec![Self::root()];
        let mut current = Self::root();
        for part in self.parts() {
            if let Some(next) = current.join(part) {
                chain.push(next.clone());
                current = next;
            }
        }
        chain
    }

    /// True when this path is `folder` or lies below it.
    pub fn is_within(&self, folder: &Self) -> bool {
        folder.is_root()
            || self.0.strip_prefix(&*folder.0).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// The path relative to `folder`, if it lies within it.
    pub fn relative_to(&self, folder: &Self) -> Option<&str> {
        if folder.is_root() {
            return Some(&self.0);
        }
        self.0.strip_prefix(&*folder.0).and_then(|rest| rest.strip_prefix('/'))
    }
}

impl std::borrow::Borrow<str> for RepoPath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl Default for RepoPath {
    fn default() -> Self {
        Self::root()
    }
}

impl fmt::Display for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(if self.is_root() { "." } else { &self.0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins_and_refuses_to_leave_the_root() {
        let dir = RepoPath::new("a/./b//c").expect("inside");
        assert_eq!(dir.as_str(), "a/b/c");
        assert_eq!(dir.join("../x").expect("inside").as_str(), "a/b/x");
        assert!(dir.join("../../../../etc").is_none());
        assert!(RepoPath::new("/etc").is_none());
    }

    #[test]
    fn walks_up_and_within() {
        let file = RepoPath::new("a/b/c.md").expect("inside");
        assert_eq!(file.parent().as_str(), "a/b");
        assert_eq!((file.name(), file.extension()), ("c.md", Some("md")));
        assert!(file.is_within(&RepoPath::new("a").expect("inside")));
        assert!(!RepoPath::new("ab").expect("inside").is_within(&RepoPath::new("a").expect("inside")));
        let chain: Vec<String> =
            file.parent().ancestors_from_root().iter().map(ToString::to_string).collect();
        assert_eq!(chain, [".", "a", "a/b"]);
    }
}
