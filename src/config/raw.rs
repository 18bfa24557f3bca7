//! What a user may write.

use super::approval::RawApprovals;
use super::cost::{RawAssumptions, RawBudgets, RawGate, RawWorkflow};
use super::evaluation::Evaluation;
use super::mcp::RawMcp;
use super::prices::RawPrices;
use super::rules::RawRules;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// `weighbridge.yaml`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawConfig {
    /// Version of this format: 1.
    #[serde(default = "one")]
    pub version: u32,
    /// The clients to judge for, such as `claude-code` or `codex`. Without it: those the repository has files of.
    #[serde(default)]
    pub clients: Vec<String>,
    /// Which files are agent files.
    #[serde(default)]
    pub files: RawFiles,
    /// What is done with the agents, and how often: what the cost is projected for.
    #[serde(default)]
    pub workflows: BTreeMap<String, RawWorkflow>,
    /// Defaults for what workflows do not say.
    #[serde(default)]
    pub assumptions: RawAssumptions,
    /// The environment whose overrides and budgets apply: a folder of `environments/`.
    pub environment: Option<String>,
    /// Limits of tokens and money.
    #[serde(default)]
    pub budgets: RawBudgets,
    /// How the cost is judged.
    #[serde(default)]
    pub gate: RawGate,
    /// What is paid where it differs from the list price.
    #[serde(default)]
    pub prices: RawPrices,
    /// MCP servers that may be started to see what they offer.
    #[serde(default)]
    pub mcp: RawMcp,
    /// Which cost asks for a signature, and who may sign.
    pub approvals: Option<RawApprovals>,
    /// How cases are run.
    #[serde(default)]
    pub evaluation: Evaluation,
    /// What becomes of findings: `off`, `info`, `warning`, `error`.
    #[serde(default)]
    pub rules: RawRules,
}

impl Default for RawConfig {
    fn default() -> Self {
        Self {
            version: 1,
            clients: Vec::new(),
            files: RawFiles::default(),
            workflows: BTreeMap::new(),
            assumptions: RawAssumptions::default(),
            environment: None,
            budgets: RawBudgets::default(),
            gate: RawGate::default(),
            prices: RawPrices::default(),
            mcp: RawMcp::default(),
            approvals: None,
            evaluation: Evaluation::default(),
            rules: RawRules::default(),
        }
    }
}

/// Which files are agent files.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawFiles {
    /// Globs of sub-agents outside the folders that clients read, such as `categories/**/*.md`.
    #[serde(default)]
    pub agents: Vec<String>,
    /// Globs of commands outside the folders that clients read.
    #[serde(default)]
    pub commands: Vec<String>,
    /// Globs of files that are not judged, such as `tests/fixtures/**`.
    #[serde(default)]
    pub exclude: Vec<String>,
}

const fn one() -> u32 {
    1
}

/// The JSON Schema of `weighbridge.yaml`, published as `schema/weighbridge.schema.json`.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(RawConfig).to_value()
}
