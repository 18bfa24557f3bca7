//! The part of `weighbridge.yaml` about cost: workflows, assumptions, budgets.

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A figure, or its median and 90th percentile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum RawSpread {
    /// Always the same.
    Constant(#[schemars(with = "f64")] Decimal),
    /// Differs from run to run.
    Spread {
        /// Half of the runs have less.
        #[schemars(with = "f64")]
        p50: Decimal,
        /// Nine runs of ten have less.
        #[schemars(with = "f64")]
        p90: Decimal,
    },
}

impl RawSpread {
    /// Median and 90th percentile.
    pub const fn quantiles(self) -> (Decimal, Decimal) {
        match self {
            Self::Constant(value) => (value, value),
            Self::Spread { p50, p90 } => (p50, p90),
        }
    }
}

/// How long what is written to the prompt cache lives.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    clap::ValueEnum,
)]
pub enum CacheTtl {
    /// Nothing is cached.
    #[serde(rename = "off")]
    #[value(name = "off")]
    Off,
    /// Five minutes, or as the vendor does by itself.
    #[serde(rename = "5m")]
    #[value(name = "5m")]
    FiveMinutes,
    /// One hour.
    #[serde(rename = "1h")]
    #[value(name = "1h")]
    OneHour,
}

/// How an agent behaves; whatever is missing is assumed, and the report says so.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawBehaviour {
    /// Model calls of one run of the agent.
    pub turns: Option<RawSpread>,
    /// Tokens that come in with the first call besides the agent's files: the task, what was handed over.
    #[schemars(with = "Option<f64>")]
    pub first_input: Option<Decimal>,
    /// Tokens that come in with every later call: results of tools.
    #[schemars(with = "Option<f64>")]
    pub input_per_turn: Option<Decimal>,
    /// Tokens the model writes in every turn, thinking included.
    #[schemars(with = "Option<f64>")]
    pub output_per_turn: Option<Decimal>,
    /// How long the prompt cache lives: `off`, `5m`, `1h`.
    pub cache: Option<CacheTtl>,
    /// In which share of the later calls the cache is still alive: 0 to 1.
    #[schemars(with = "Option<f64>")]
    pub cache_hit: Option<Decimal>,
    /// In which share of the runs a listed skill is read: 0 to 1.
    #[schemars(with = "Option<f64>")]
    pub skill_trigger: Option<Decimal>,
}

/// One agent of a workflow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawStep {
    /// Its name: that of its file, or any other.
    pub agent: String,
    /// Its model. Without it: that of its file, else that of the client.
    pub model: Option<String>,
    /// The client that runs it. Without it: that of the workflow.
    pub client: Option<String>,
    /// Model calls of one run of the agent.
    pub turns: Option<RawSpread>,
    /// Tokens that come in with the first call besides the agent's files.
    #[schemars(with = "Option<f64>")]
    pub first_input: Option<Decimal>,
    /// Tokens that come in with every later call.
    #[schemars(with = "Option<f64>")]
    pub input_per_turn: Option<Decimal>,
    /// Tokens the model writes in every turn.
    #[schemars(with = "Option<f64>")]
    pub output_per_turn: Option<Decimal>,
    /// How long the prompt cache lives.
    pub cache: Option<CacheTtl>,
    /// In which share of the later calls the cache is still alive.
    #[schemars(with = "Option<f64>")]
    pub cache_hit: Option<Decimal>,
    /// In which share of the runs each of its listed skills is read.
    #[schemars(with = "Option<f64>")]
    pub skill_trigger: Option<Decimal>,
    /// How many run at the same time.
    pub parallel: Option<u32>,
    /// Attempts besides the first one, on average.
    #[schemars(with = "Option<f64>")]
    pub retries: Option<Decimal>,
    /// In which share of the runs the agent is called at all: 0 to 1.
    #[schemars(with = "Option<f64>")]
    pub probability: Option<Decimal>,
}

impl RawStep {
    /// How its agent behaves.
    pub const fn behaviour(&self) -> RawBehaviour {
        RawBehaviour {
            turns: self.turns,
            first_input: self.first_input,
            input_per_turn: self.input_per_turn,
            output_per_turn: self.output_per_turn,
            cache: self.cache,
            cache_hit: self.cache_hit,
            skill_trigger: self.skill_trigger,
        }
    }
}

/// Agents that work at the same time; phases follow each other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawPhase {
    /// Its name.
    pub name: String,
    /// How often it is gone through in one run, on average.
    #[schemars(with = "Option<f64>")]
    pub iterations: Option<Decimal>,
    /// Its agents.
    #[serde(default)]
    pub steps: Vec<RawStep>,
}

/// A workflow. It has either steps or phases.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawWorkflow {
    /// The client that runs it.
    pub client: Option<String>,
    /// Runs of a month.
    pub runs_per_month: Option<RawSpread>,
    /// Its agents, one after the other.
    #[serde(default)]
    pub steps: Vec<RawStep>,
    /// Its phases.
    #[serde(default)]
    pub phases: Vec<RawPhase>,
}

/// Defaults for what workflows do not say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawAssumptions {
    /// `small`, `medium` or `large`: how long runs are when nothing is known of them.
    pub profile: Option<RawProfile>,
    /// Runs of a month of each workflow.
    pub runs_per_month: Option<RawSpread>,
    /// How agents behave.
    #[serde(default)]
    pub behaviour: RawBehaviour,
}

/// How long runs are when nothing is known of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RawProfile {
    /// Short tasks: questions, labels, single edits.
    Small,
    /// A feature or a bug in a code base.
    #[default]
    Medium,
    /// Long tasks over many files.
    Large,
}

/// Limits of money.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawCostBudget {
    /// Dollars of one run.
    #[schemars(with = "Option<f64>")]
    pub per_run: Option<Decimal>,
    /// Dollars of a day.
    #[schemars(with = "Option<f64>")]
    pub per_day: Option<Decimal>,
    /// Dollars of a month.
    #[schemars(with = "Option<f64>")]
    pub per_month: Option<Decimal>,
    /// Dollars a month more than base.
    #[schemars(with = "Option<f64>")]
    pub increase_per_month: Option<Decimal>,
    /// Per cent more than base.
    #[schemars(with = "Option<f64>")]
    pub increase_percent: Option<Decimal>,
    /// Who owns it: a team, a person.
    pub owner: Option<String>,
}

/// Limits of tokens, for each file of a kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawTokenBudget {
    /// Of each AGENTS.md, CLAUDE.md and GEMINI.md.
    pub agents_md: Option<u64>,
    /// Of the listing entry of each skill.
    pub skill_metadata: Option<u64>,
    /// Of the listing entries of all skills of a folder together, which a client shows with every call.
    pub skill_index: Option<u64>,
    /// Of the body of each skill.
    pub skill_body: Option<u64>,
    /// Of each sub-agent.
    pub sub_agent: Option<u64>,
    /// Of everything a client reads at the root before the first prompt.
    pub always_loaded: Option<u64>,
    /// Who owns them.
    pub owner: Option<String>,
}

/// Limits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawBudgets {
    /// Of tokens.
    #[serde(default)]
    pub tokens: RawTokenBudget,
    /// Of the money of all workflows together.
    #[serde(default)]
    pub cost: RawCostBudget,
    /// Of the money of single workflows.
    #[serde(default)]
    pub workflows: BTreeMap<String, RawCostBudget>,
    /// Of the money of single agents, over all workflows.
    #[serde(default)]
    pub agents: BTreeMap<String, RawCostBudget>,
    /// Of the money of single phases, written `workflow/phase`.
    #[serde(default)]
    pub phases: BTreeMap<String, RawCostBudget>,
}

/// How the cost is judged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawGate {
    /// What is held against a budget: the expected cost, or what nine of ten stay below.
    pub judge: Option<RawJudge>,
    /// What a model without a price does.
    pub unpriced: Option<RawUnpriced>,
}

/// What is held against a budget.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RawJudge {
    /// The mean.
    #[default]
    Expected,
    /// What nine of ten stay below.
    P90,
}

/// What a model without a price does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RawUnpriced {
    /// A warning.
    #[default]
    Warn,
    /// Blocks.
    Block,
}
