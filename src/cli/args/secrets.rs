//! What was typed after `secrets`.

use clap::{Args as ClapArgs, ValueEnum};
use std::path::PathBuf;

/// `secrets`.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own on the command line")]
#[derive(Clone, Debug, ClapArgs)]
pub struct SecretsArgs {
    /// Folder to search [default: the repository around the current folder]
    pub path: Option<PathBuf>,
    /// Only agent files
    #[arg(long, conflicts_with = "history")]
    pub agent_files: bool,
    /// Only secrets that are not in the merge base of this revision and HEAD
    #[arg(long, value_name = "REV", conflicts_with = "history")]
    pub base: Option<String>,
    /// Every file of every commit of HEAD instead of the files as they are
    #[arg(long)]
    pub history: bool,
    /// Commits of the history that are searched, the newest first
    #[arg(long, value_name = "N", default_value_t = 100_000, requires = "history",
          value_parser = clap::value_parser!(u32).range(1..))]
    pub max_commits: u32,
    /// Secrets that are known and may stay
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Write a baseline of everything that is found to the file of --baseline
    #[arg(long, requires = "baseline", requires = "reason")]
    pub write_baseline: bool,
    /// Why what is written to the baseline may stay
    #[arg(long, value_name = "TEXT", requires = "write_baseline")]
    pub reason: Option<String>,
    /// Format of standard output
    #[arg(long, value_enum, default_value = "terminal", value_name = "FORMAT")]
    pub format: SecretsFormat,
    /// Exit with 0 whatever is found; errors of the tool itself still count
    #[arg(long)]
    pub exit_zero: bool,
}

/// A format of what was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum SecretsFormat {
    /// For people.
    #[default]
    Terminal,
    /// For programs.
    Json,
    /// SARIF 2.1.0.
    Sarif,
}
