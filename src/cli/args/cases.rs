//! What was typed after `integration` and `cache`.

use super::RunArgs;
use clap::{Args as ClapArgs, Subcommand, ValueEnum};
use std::path::PathBuf;

/// `integration`.
#[derive(Clone, Debug, ClapArgs)]
pub struct IntegrationArgs {
    /// What is run, and where the report goes.
    #[command(flatten)]
    pub run: RunArgs,
    /// What is done with recorded replies
    #[arg(long, value_enum, default_value = "record", value_name = "MODE")]
    pub mode: ReplyMode,
    /// Only cases whose id contains this; may be given several times
    #[arg(long = "case", value_name = "TEXT")]
    pub cases: Vec<String>,
    /// Model calls at the same time
    #[arg(long, short, default_value_t = 4, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub jobs: u16,
    /// Dollars that may be spent, recorded ones included
    #[arg(long, value_name = "USD")]
    pub limit_usd: Option<rust_decimal::Decimal>,
    /// Tokens that may be spent, recorded ones included
    #[arg(long, value_name = "TOKENS")]
    pub limit_tokens: Option<u64>,
    /// Folder of recorded replies [default: .weighbridge/replies of the repository]
    #[arg(long, value_name = "DIR")]
    pub replies: Option<PathBuf>,
    /// Ask the prompts of the trigger sets too, each so many times, and say whether skills start at least 90 % of the
    /// time at 95 % confidence
    #[arg(long, value_name = "REPEATS", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub triggers: Option<u32>,
    /// The results that this run is compared with [default: .weighbridge/baseline.yaml of the repository, when there is
    /// one]
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Keep the results of this run as the baseline, when all cases came to their end
    #[arg(long, conflicts_with = "cases")]
    pub save_baseline: bool,
}

/// `cache`.
#[derive(Clone, Debug, ClapArgs)]
pub struct CacheArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: CacheCommand,
}

/// What to do with recorded replies.
#[derive(Clone, Debug, Subcommand)]
pub enum CacheCommand {
    /// Show each recording, its age, and whether a case asks for it
    List(CacheListArgs),
    /// Remove recordings that no case asks for, and those that cannot be read
    Prune(CachePruneArgs),
}

/// `cache list`.
#[derive(Clone, Debug, ClapArgs)]
pub struct CacheListArgs {
    /// Root of the repository [default: the repository around the current folder]
    pub path: Option<PathBuf>,
    /// Folder of recorded replies [default: .weighbridge/replies of the repository]
    #[arg(long, value_name = "DIR")]
    pub replies: Option<PathBuf>,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// `cache prune`.
#[derive(Clone, Debug, ClapArgs)]
pub struct CachePruneArgs {
    /// Root of the repository [default: the repository around the current folder]
    pub path: Option<PathBuf>,
    /// Folder of recorded replies [default: .weighbridge/replies of the repository]
    #[arg(long, value_name = "DIR")]
    pub replies: Option<PathBuf>,
    /// Those that are older, too
    #[arg(long, value_name = "DAYS")]
    pub older_than: Option<u32>,
    /// Only show what would be removed
    #[arg(long)]
    pub dry_run: bool,
}

/// What is done with recorded replies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReplyMode {
    /// Answer from recordings only; what is not recorded is an error
    Replay,
    /// Answer from recordings, ask for what is missing, and record it
    Record,
    /// Ask for everything, and record it
    Refresh,
    /// Ask for everything, and record nothing
    Off,
}
