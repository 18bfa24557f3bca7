//! What was typed.

mod cases;
mod checks;
mod editors;
mod environments;
mod hidden;
mod loads;
mod secrets;

use crate::base::Client;
use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

pub use cases::{CacheArgs, CacheCommand, CacheListArgs, CachePruneArgs, IntegrationArgs, ReplyMode};
pub use checks::{FixArgs, HookArgs, HookCommand, HookPath, ValidateArgs};
pub use editors::{CompletionsArgs, LspArgs};
pub use environments::EnvironmentsArgs;
#[cfg(debug_assertions)]
pub use hidden::GenerateArgs;
pub use hidden::SuperviseArgs;
pub use loads::LoadsArgs;
pub use secrets::{SecretsArgs, SecretsFormat};

const AFTER_HELP: &str = concat!(
    "Exit codes: 0 pass or warn, 1 block, 2 usage, 3 configuration, 4 needs approval, 5 environment or network, ",
    "6 rolled back, 7 rollback failed, 70 our own bug"
);

/// The gate that every change to AI-agent configuration passes before it merges.
#[derive(Debug, Parser)]
#[command(name = "weighbridge", version, after_help = AFTER_HELP, max_term_width = 100)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// How to say it.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Judge a repository or a change: validate, weigh, compare, report; in CI also post.
    Run(RunArgs),
    /// Only check the files.
    Validate(ValidateArgs),
    /// Run the cases of the repository from recorded replies: no key, no network.
    ///
    /// Cases are read from `*.eval.yaml`, `evals/evals.json` and `promptfooconfig.yaml`. A case whose request is not
    /// recorded is an error that names what has changed.
    DryRun(RunArgs),
    /// Run the cases against real models, under a spending limit, and record what they answer.
    ///
    /// Keys come from `OPENAI_API_KEY`, `ANTHROPIC_API_KEY`, `GEMINI_API_KEY`, and for providers of weighbridge.yaml from
    /// `WEIGHBRIDGE_PROVIDER_KEY`.
    Integration(IntegrationArgs),
    /// List recorded replies, or remove those that nothing asks for.
    Cache(CacheArgs),
    /// Write what the rules are sure of; show it with `--dry-run`.
    ///
    /// Fixes that may change what the author meant need `--unsafe`. A file that was not parsed whole is not touched.
    Fix(FixArgs),
    /// Check what is staged before git commits it.
    Hook(HookArgs),
    /// Project what the workflows cost, head against base, or plan what they would cost.
    Cost(CostArgs),
    /// Search the files, a change, or the whole history for keys, tokens and passwords. Shows none of them.
    ///
    /// Exits with 1 when there is one that neither a comment nor the baseline lets stay.
    Secrets(SecretsArgs),
    /// Decide on a change in CI: who has to sign for its cost, and who has. Reads the change through the forge's API;
    /// nothing is checked out, and nothing of the change is run.
    Decide(DecideArgs),
    /// Weaken a copy of the repository's own gate in every known way, and say which the gate does not notice.
    Selftest(SelftestArgs),
    /// Check the log of decisions.
    Audit(AuditArgs),
    /// Say what really enforces the gate here, what somebody could still do, and the exact change that closes it. Reads
    /// settings through the forge's API and changes none.
    ///
    /// Exits with 0 when everything is closed, 1 when something is open, 5 when something could not be told.
    Doctor(DoctorArgs),
    /// Show what a client reads for a task in a folder, in order.
    Loads(LoadsArgs),
    /// Show what each environment sets, side by side: models, budgets, data sources, names of secrets, flags.
    Environments(EnvironmentsArgs),
    /// Show the tokens of every agent file, by the part that clients see.
    Tokens(TokensArgs),
    /// Show which prompts of the trigger sets each skill's description attracts, by an offline text score.
    ///
    /// Trigger sets are files such as `<skill>/evals/trigger-evals.json`. No model is asked; the score says how often it
    /// agrees with authors, and never that a skill is reliable.
    Triggers(TriggersArgs),
    /// Show what models cost and who says so, or lock prices.
    Prices(PricesArgs),
    /// Learn from recorded runs how agents behave, forecast a month, and say how far to trust it.
    ///
    /// Read are results and transcripts of Claude Code, OTLP JSON (`claude_code.api_request` events, `GenAI` spans),
    /// spend logs of `LiteLLM`, and with a mapping any JSON lines or CSV.
    Calibrate(CalibrateArgs),
    /// Start the MCP servers that are allowed, and see what they offer. Calls none of their tools.
    Mcp(McpArgs),
    /// List the rules, or say what one is about.
    #[command(visible_alias = "explain")]
    Rules(RulesArgs),
    /// Serve an editor: findings, fixes and tokens while somebody types, by the Language Server Protocol on standard input
    /// and output.
    Lsp(LspArgs),
    /// Print what a shell needs to complete commands and options.
    Completions(CompletionsArgs),
    /// Watch over a program that another run of this binary starts, and end it when that run is gone.
    #[command(hide = true)]
    Supervise(SuperviseArgs),
    /// Write the files that are generated from the code.
    #[cfg(debug_assertions)]
    #[command(hide = true)]
    Generate(GenerateArgs),
}

/// How to say it.
#[derive(Clone, Debug, ClapArgs)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// Colour.
    #[arg(long, global = true, value_enum, default_value = "auto", value_name = "WHEN")]
    pub color: ColorChoice,
    /// Say less: no progress, no hints.
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Say more on standard error; twice for requests, three times for everything.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// `run` and `validate`.
#[derive(Clone, Debug, ClapArgs)]
pub struct RunArgs {
    /// Folder to judge [default: the repository around the current folder]
    pub path: Option<PathBuf>,
    /// What is compared with what.
    #[command(flatten)]
    pub input: InputArgs,
    /// Where the report goes.
    #[command(flatten)]
    pub report: ReportArgs,
}

/// What is compared with what.
#[derive(Clone, Debug, Default, ClapArgs)]
#[command(next_help_heading = "Input")]
pub struct InputArgs {
    /// Compare with the merge base of this revision and the head
    #[arg(long, value_name = "REV", conflicts_with = "base_dir")]
    pub base: Option<String>,
    /// Compare with this folder
    #[arg(long, value_name = "DIR")]
    pub base_dir: Option<PathBuf>,
    /// Judge what the next commit holds, against the last one
    #[arg(long, conflicts_with_all = ["base", "base_dir", "head"])]
    pub staged: bool,
    /// Judge this revision instead of the working tree
    #[arg(long, value_name = "REV")]
    pub head: Option<String>,
    /// Judge for this client; may be given several times
    #[arg(long = "client", value_name = "CLIENT", value_enum)]
    pub clients: Vec<Client>,
    /// A price that is paid, in dollars per million tokens; may be given several times
    #[arg(long = "price", value_name = "MODEL.KIND=USD")]
    pub prices: Vec<String>,
    /// Configuration file [default: weighbridge.yaml of the base]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Folder for cached results
    #[arg(long, value_name = "DIR", conflicts_with = "no_cache")]
    pub cache_dir: Option<PathBuf>,
    /// Neither read nor write cached results
    #[arg(long)]
    pub no_cache: bool,
}

/// Where the report goes.
#[derive(Clone, Debug, Default, ClapArgs)]
#[command(next_help_heading = "Report")]
pub struct ReportArgs {
    /// Format of standard output
    #[arg(long, value_enum, default_value = "terminal", value_name = "FORMAT")]
    pub format: Format,
    /// Write standard output to this file instead
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Write all formats to this folder
    #[arg(long, value_name = "DIR")]
    pub report_dir: Option<PathBuf>,
    /// Leave out findings that were there before
    #[arg(long)]
    pub new_only: bool,
    /// Append the record of the decision on signatures to this file
    #[arg(long, value_name = "FILE")]
    pub audit_log: Option<PathBuf>,
    /// Post comment and check: `auto` does so in CI when the token may
    #[arg(long, value_enum, value_name = "WHEN")]
    pub post: Option<Post>,
    /// Print what would be posted, and post nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Exit with 0 whatever the verdict; errors of the tool itself still count
    #[arg(long)]
    pub exit_zero: bool,
}

/// A format of the report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Terminal,
    /// The comment.
    Markdown,
    /// Everything, with a published schema.
    Json,
    /// SARIF 2.1.0.
    Sarif,
    /// `JUnit` XML.
    Junit,
    /// GitLab Code Quality.
    CodeQuality,
    /// GitHub workflow commands.
    Github,
    /// One page that needs nothing else.
    Html,
    /// The cost, for a spreadsheet.
    Csv,
}

/// Whether to post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Post {
    /// In CI, when the token may.
    Auto,
    /// Never.
    Never,
}

/// `cost`.
#[derive(Clone, Debug, ClapArgs)]
#[command(args_conflicts_with_subcommands = true)]
pub struct CostArgs {
    /// Plan instead of projecting.
    #[command(subcommand)]
    pub plan: Option<CostCommand>,
    /// What is projected.
    #[command(flatten)]
    pub run: RunArgs,
}

/// Planning.
#[derive(Clone, Debug, Subcommand)]
pub enum CostCommand {
    /// Show what it would cost with other models, turns, caches, runs
    WhatIf(Box<WhatIfArgs>),
}

/// `cost what-if`.
#[derive(Clone, Debug, ClapArgs)]
pub struct WhatIfArgs {
    /// Folder whose workflows are planned [default: the repository around the current folder]
    pub path: Option<PathBuf>,
    /// What is compared with what.
    #[command(flatten)]
    pub input: InputArgs,
    /// Another model, for one agent or for all
    #[arg(long = "model", value_name = "[AGENT=]MODEL")]
    pub models: Vec<String>,
    /// Other turns: a figure, or median and 90th percentile
    #[arg(long, value_name = "[AGENT=]N|P50..P90")]
    pub turns: Vec<String>,
    /// Another life of the prompt cache: off, 5m, 1h
    #[arg(long, value_name = "[AGENT=]LIFE")]
    pub cache: Vec<String>,
    /// How many run at the same time
    #[arg(long, value_name = "[AGENT=]N")]
    pub parallel: Vec<String>,
    /// Other runs a month: a figure, or median and 90th percentile
    #[arg(long, value_name = "[WORKFLOW=]N|P50..P90")]
    pub runs: Vec<String>,
    /// Without this agent
    #[arg(long, value_name = "AGENT")]
    pub drop: Vec<String>,
    /// Find the cheapest configuration with the models of --use
    #[arg(long, requires = "models_to_use")]
    pub cheapest: bool,
    /// A model that may be used; may be given several times
    #[arg(long = "use", value_name = "MODEL")]
    pub models_to_use: Vec<String>,
    /// An agent that stays on its model
    #[arg(long, value_name = "AGENT")]
    pub keep: Vec<String>,
    /// Dollars a month that must not be exceeded: moves as few agents as it can, and exits with 1 when it cannot
    #[arg(long, value_name = "USD", requires = "cheapest")]
    pub max_per_month: Option<rust_decimal::Decimal>,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// `decide`.
#[derive(Clone, Debug, ClapArgs)]
pub struct DecideArgs {
    /// Folder of the repository to judge [default: all of it]
    pub path: Option<PathBuf>,
    /// Number of the pull or merge request [default: that of the event]
    #[arg(long, value_name = "NUMBER")]
    pub change: Option<u64>,
    /// Judge for this client; may be given several times
    #[arg(long = "client", value_name = "CLIENT", value_enum)]
    pub clients: Vec<Client>,
    /// Where the report goes.
    #[command(flatten)]
    pub report: ReportArgs,
}

/// `selftest`.
#[derive(Clone, Debug, ClapArgs)]
pub struct SelftestArgs {
    /// Root of the repository whose gate is tested [default: the repository around the current folder]
    pub path: Option<PathBuf>,
    /// As JSON, with every weakening
    #[arg(long)]
    pub json: bool,
}

/// `audit`.
#[derive(Clone, Debug, ClapArgs)]
pub struct AuditArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: AuditCommand,
}

/// What to do with the log.
#[derive(Clone, Debug, Subcommand)]
pub enum AuditCommand {
    /// Check that no line was changed, removed, inserted or moved
    Verify(AuditVerifyArgs),
}

/// `audit verify`.
#[derive(Clone, Debug, ClapArgs)]
pub struct AuditVerifyArgs {
    /// The log: a file of JSON lines
    pub file: PathBuf,
    /// The digest of the last record, known from elsewhere: shows when lines were cut off at the end
    #[arg(long, value_name = "DIGEST")]
    pub last: Option<String>,
}

/// `doctor`.
#[derive(Clone, Debug, ClapArgs)]
pub struct DoctorArgs {
    /// The branch that the gate protects [default: the default branch]
    #[arg(long, value_name = "NAME")]
    pub branch: Option<String>,
    /// The repository: `owner/name` or `group/project` [default: that of the CI job]
    #[arg(long, value_name = "NAME", requires = "forge")]
    pub repository: Option<String>,
    /// Where the repository is [default: that of the CI job]
    #[arg(long, value_enum, value_name = "FORGE", requires = "repository")]
    pub forge: Option<ForgeName>,
    /// Base of the REST API, for a server of your own; the token goes there
    #[arg(long, value_name = "URL", requires = "repository")]
    pub api_url: Option<String>,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// A forge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ForgeName {
    /// GitHub or GitHub Enterprise Server; the token is taken from `GITHUB_TOKEN`.
    Github,
    /// GitLab; the token is taken from `WEIGHBRIDGE_GITLAB_TOKEN`.
    Gitlab,
}

/// `tokens`.
#[derive(Clone, Debug, ClapArgs)]
pub struct TokensArgs {
    /// Folder to weigh [default: the repository around the current folder]
    pub path: Option<PathBuf>,
    /// Ask the providers for exact counts where there is a key (`ANTHROPIC_API_KEY`, `GEMINI_API_KEY`)
    #[arg(long)]
    pub exact: bool,
    /// Folder in which exact counts are kept [default: the user's cache folder]
    #[arg(long, value_name = "DIR")]
    pub cache_dir: Option<PathBuf>,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// `triggers`.
#[derive(Clone, Debug, ClapArgs)]
pub struct TriggersArgs {
    /// Folder with skills [default: the repository around the current folder]
    pub path: Option<PathBuf>,
    /// Only this skill
    #[arg(long, value_name = "NAME")]
    pub skill: Option<String>,
    /// Format of standard output
    #[arg(long, value_enum, default_value = "terminal", value_name = "FORMAT")]
    pub format: TableFormat,
}

/// A format of a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum TableFormat {
    /// For people.
    #[default]
    Terminal,
    /// For programs.
    Json,
}

/// `prices`.
#[derive(Clone, Debug, ClapArgs)]
pub struct PricesArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: PricesCommand,
}

/// What to do with prices.
#[derive(Clone, Debug, Subcommand)]
pub enum PricesCommand {
    /// Show what models cost, in dollars per million tokens
    Show(PricesShowArgs),
    /// Write list prices of a file to prices.lock; nothing is fetched
    Update(PricesUpdateArgs),
}

/// `prices show`.
#[derive(Clone, Debug, ClapArgs)]
pub struct PricesShowArgs {
    /// Names of models, as people or programs write them [default: those of prices.lock, else the newest of each vendor]
    pub models: Vec<String>,
    /// All models of the price list
    #[arg(long, conflicts_with = "models")]
    pub all: bool,
    /// A price that is paid, in dollars per million tokens; may be given several times
    #[arg(long = "price", value_name = "MODEL.KIND=USD")]
    pub prices: Vec<String>,
    /// Prices of requests sent in batches
    #[arg(long)]
    pub batch: bool,
    /// Prices of this service tier, such as `flex`
    #[arg(long, value_name = "TIER")]
    pub service_tier: Option<String>,
    /// Folder whose weighbridge.yaml and prices.lock count [default: the repository around the current folder]
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// `prices update`.
#[derive(Clone, Debug, ClapArgs)]
pub struct PricesUpdateArgs {
    /// Models to lock, besides those that are locked
    pub models: Vec<String>,
    /// The price list: JSON of genai-prices (version 2) or of `LiteLLM`
    #[arg(long, value_name = "FILE")]
    pub from: PathBuf,
    /// The version of that list, for the record
    #[arg(long, value_name = "TEXT")]
    pub source_version: Option<String>,
    /// Lock all models of the list
    #[arg(long, conflicts_with = "models")]
    pub all: bool,
    /// Write nothing; exit with 1 when prices.lock would change
    #[arg(long)]
    pub check: bool,
    /// Folder of prices.lock [default: the repository around the current folder]
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,
}

/// `calibrate`.
#[derive(Clone, Debug, ClapArgs)]
pub struct CalibrateArgs {
    /// Files with recorded runs; the format is seen from the content
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// What the columns of files in no known format mean, as YAML
    #[arg(long, value_name = "FILE")]
    pub mapping: Option<PathBuf>,
    /// The workflow of runs whose records name none
    #[arg(long, value_name = "NAME")]
    pub workflow: Option<String>,
    /// Write what was learnt to this file
    #[arg(long, short, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Forecast every month that was recorded from the weeks before it, and score the forecasts
    #[arg(long)]
    pub backtest: bool,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// `mcp`.
#[derive(Clone, Debug, ClapArgs)]
pub struct McpArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: McpCommand,
}

/// What to do with MCP servers.
#[derive(Clone, Debug, Subcommand)]
pub enum McpCommand {
    /// Show what they offer, and how many tokens it takes
    List(McpServerArgs),
    /// Write what they offer to .weighbridge/mcp, to be reviewed and committed
    Record(McpServerArgs),
    /// Compare what they offer with what is recorded; exits with 1 when it differs or one cannot be asked
    Check(McpServerArgs),
}

/// `mcp list`, `mcp record`, `mcp check`.
#[derive(Clone, Debug, ClapArgs)]
pub struct McpServerArgs {
    /// Root of the repository that configures the servers [default: the repository around the current folder]
    pub path: Option<PathBuf>,
    /// Start this server although the policy does not name it; may be given several times
    #[arg(long, value_name = "NAME")]
    pub allow: Vec<String>,
    /// Ask only this server; may be given several times
    #[arg(long, value_name = "NAME")]
    pub only: Vec<String>,
    /// Read only the file of this client; may be given several times
    #[arg(long = "client", value_name = "CLIENT", value_enum)]
    pub clients: Vec<Client>,
    /// Which protocol is spoken
    #[arg(long, value_enum, default_value = "auto", value_name = "ERA")]
    pub era: McpEra,
    /// How long a server may take, in seconds [default: `mcp.timeout_seconds` of the policy, else 30]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=600))]
    pub timeout: Option<u32>,
    /// Configuration file [default: weighbridge.yaml of the base]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Format of standard output
    #[arg(long, value_enum, default_value = "terminal", value_name = "FORMAT")]
    pub format: McpFormat,
}

/// Which protocol is spoken with MCP servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum McpEra {
    /// The modern one where a server answers to it, else the legacy one.
    Auto,
    /// `server/discover`, from 2026-07-28 on.
    Modern,
    /// `initialize`, up to 2025-11-25.
    Legacy,
}

/// A format of what servers offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum McpFormat {
    /// For people.
    Terminal,
    /// Everything.
    Json,
}

/// `rules`.
#[derive(Clone, Debug, ClapArgs)]
pub struct RulesArgs {
    /// One rule, or a group of rules; without it, all are listed
    pub rule: Option<String>,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}
