//! A language server as a state machine: messages of an editor in, messages to it out.
//!
//! [`Session`] knows which documents are open and what the workspace is; it judges the files on disk with the open
//! documents laid over them, by the code that `weighbridge validate` runs. What it needs of the world it asks a
//! [`World`] for, and it neither reads nor writes a stream: `cli::cmd_lsp` moves the bytes, [`wire`] cuts them into
//! messages.

mod abilities;
mod actions;
mod answers;
mod completion;
mod diagnostics;
mod fix;
mod hints;
mod hover;
mod session;
mod text;
mod uri;
pub mod wire;
mod workspace;

#[cfg(test)]
mod tests;

pub use session::{Reply, Session};

use crate::base::{Client, Tree};
use crate::context::PipelineContext;
use crate::stage::cache::Cache;
use std::path::Path;
use std::sync::Arc;

/// What a session needs of the world.
pub trait World {
    /// The files below a folder, as they are now.
    ///
    /// # Errors
    /// Why they cannot be listed, in words.
    fn open(&self, root: &Path) -> Result<Arc<dyn Tree>, String>;

    /// True when there is a file at the path.
    fn is_there(&self, path: &Path) -> bool;

    /// What earlier runs have kept for a folder.
    fn kept(&self, root: &Path) -> Cache;

    /// Now.
    fn now(&self) -> jiff::Timestamp;

    /// Where this runs.
    fn context(&self) -> PipelineContext;

    /// The clients to judge for, where somebody has named them.
    fn clients(&self) -> &[Client];
}
