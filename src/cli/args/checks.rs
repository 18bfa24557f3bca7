//! What was typed after `validate`, `fix` and `hook`.

use super::RunArgs;
use clap::{Args as ClapArgs, Subcommand};
use std::path::PathBuf;

/// `fix`.
#[derive(Clone, Debug, ClapArgs)]
pub struct FixArgs {
    /// Folder whose files are fixed [default: the repository around the current folder]
    pub path: Option<PathBuf>,
    /// Show what would be written, and write nothing; exit code 1 when there is something
    #[arg(long)]
    pub dry_run: bool,
    /// Apply fixes too that may change what the author meant
    #[arg(long = "unsafe")]
    pub with_unsafe: bool,
}

/// `hook`.
#[derive(Clone, Debug, ClapArgs)]
pub struct HookArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: HookCommand,
}

/// What to do with the hook.
#[derive(Clone, Debug, Subcommand)]
pub enum HookCommand {
    /// Install a pre-commit hook in this clone
    Install(HookPath),
    /// Remove it
    Uninstall(HookPath),
    /// Check what is staged; says nothing when there is nothing new
    Run(HookPath),
}

/// A clone.
#[derive(Clone, Debug, ClapArgs)]
pub struct HookPath {
    /// Folder inside the clone [default: the repository around the current folder]
    pub path: Option<PathBuf>,
}

/// `validate`.
#[derive(Clone, Debug, ClapArgs)]
pub struct ValidateArgs {
    /// What is judged, and where the report goes.
    #[command(flatten)]
    pub run: RunArgs,
    /// Accept everything that is found: write it to `.weighbridge/accepted.yaml`, so that only what comes after counts
    #[arg(long, conflicts_with_all = ["base", "base_dir", "head", "staged", "dry_run"])]
    pub accept: bool,
    /// Check changed files only: faster, without tokens, and blind to what a change does to other files
    #[arg(long, conflicts_with = "accept")]
    pub only_changed: bool,
}
