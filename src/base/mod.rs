//! The vocabulary every other room speaks: findings, places, money, tokens, verdicts, repository paths.
//!
//! Nothing here does input or output and nothing here uses another module of the crate. A type belongs here
//! when at least two rooms need it and it has no opinion about where its value came from.

pub mod client;
pub mod diff;
pub mod finding;
mod merged;
pub mod money;
pub mod overlay;
pub mod path;
pub mod secret;
pub mod span;
pub mod text;
pub mod tokens;
pub mod tree;
pub mod verdict;

pub use client::Client;
pub use finding::{Change, Finding, Fingerprint, Severity};
pub use merged::MergedTree;
pub use money::Usd;
pub use overlay::Overlay;
pub use path::RepoPath;
pub use secret::Secret;
pub use span::{LineIndex, Place, Position, Span};
pub use tokens::{Count, Family, Method};
pub use tree::{BlobId, Entry, EntryKind, Listing, MemoryTree, Subtree, Tree, TreeError};
pub use verdict::Verdict;
