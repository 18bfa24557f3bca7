//! What a change costs: the figures of the cost stage, ready to be shown.

use crate::base::{RepoPath, Usd, Verdict};
use serde::Serialize;

/// The cost of all workflows, head against base.
#[derive(Clone, Debug, Default, Serialize, schemars::JsonSchema)]
pub struct CostReport {
    /// The environment whose overrides and budgets apply, when one is chosen.
    pub environment: Option<String>,
    /// Expected dollars a month of all workflows together.
    pub per_month: UsdPair,
    /// Nine months of ten lie below `p90`: head.
    pub month_range: Option<UsdRange>,
    /// The range of the difference of a month, when there is a base. Both revisions are simulated with the same
    /// runs, so this is narrower than the difference of two ranges.
    pub difference_range: Option<UsdRange>,
    /// Every workflow of head, then those that are gone.
    pub workflows: Vec<WorkflowReport>,
    /// Why head costs more or less than base, largest part first; the parts add up to the difference exactly.
    pub causes: Vec<CauseReport>,
    /// What head costs a month more under the prices it proposes, when it edits prices: a line of its own, since base
    /// and head are compared under one book.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price_change: Option<Usd>,
    /// What the figures rest on, the assumption that widens the range most first.
    pub assumptions: Vec<AssumptionReport>,
    /// How much of what was found could be priced.
    pub coverage: Coverage,
    /// The same workflows in each environment of the repository.
    pub environments: Vec<EnvironmentReport>,
    /// Every budget, those that are exceeded first.
    pub budgets: Vec<BudgetReport>,
    /// What agents cost by the number of turns they take, where that is known.
    pub curves: Vec<Curve>,
}

/// An amount in both revisions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct UsdPair {
    /// Base, when there is one.
    pub base: Option<Usd>,
    /// Head.
    pub head: Usd,
}

impl UsdPair {
    /// Head less base; `None` without a base.
    pub fn difference(self) -> Option<Usd> {
        self.head.checked_sub(self.base?)
    }
}

/// Quantiles of an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct UsdRange {
    /// One of ten is less.
    pub p10: Usd,
    /// Half are less.
    pub p50: Usd,
    /// Nine of ten are less.
    pub p90: Usd,
}

/// One workflow.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct WorkflowReport {
    /// Its name.
    pub name: String,
    /// Where it was found: `weighbridge.yaml`, `teams/x/TEAM_SPEC.md`, `default`.
    pub source: String,
    /// `added`, `removed`, `changed`, `unchanged`.
    pub state: String,
    /// `declared`, `simulated`, `replayed`.
    pub estimator: String,
    /// Expected runs of a month in head, as a decimal.
    pub runs_per_month: String,
    /// Expected dollars of one run.
    pub per_run: UsdPair,
    /// The range of one run in head.
    pub run_range: Option<UsdRange>,
    /// Expected dollars of 1,000 runs.
    pub per_1000_runs: UsdPair,
    /// Expected dollars of a day.
    pub per_day: UsdPair,
    /// Expected dollars of a month.
    pub per_month: UsdPair,
    /// The range of a month in head.
    pub month_range: Option<UsdRange>,
    /// Its agents, phase by phase.
    pub agents: Vec<AgentReport>,
}

/// One agent in one phase of a workflow.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct AgentReport {
    /// The phase.
    pub phase: String,
    /// The agent.
    pub agent: String,
    /// `added`, `removed`, `changed`, `unchanged`.
    pub state: String,
    /// Its model in head, as the price book names it; in base when it is gone.
    pub model: String,
    /// Expected dollars in one run of the workflow; `None` when the model has no price: unknown, not zero.
    pub per_run: Option<UsdPair>,
    /// The same in head by kind of token, in the order fresh input, cache read, cache write (5 min), cache write
    /// (1 h), output; empty when the agent is gone or has no price.
    pub by_kind: Vec<KindReport>,
}

/// A kind of token.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct KindReport {
    /// `fresh input`, `cache read`, `cache write (5 min)`, `cache write (1 h)`, `output`.
    pub kind: String,
    /// Expected dollars in one run of the workflow, head.
    pub per_run: Usd,
    /// The same in base, when there is one.
    pub base_per_run: Option<Usd>,
}

/// Why head costs more or less.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct CauseReport {
    /// The file that caused it, when it is one.
    pub path: Option<RepoPath>,
    /// In words, without the amount: `+1,840 tokens, sent with every call`, `triage moves from opus to sonnet`.
    pub words: String,
    /// Dollars a month.
    pub per_month: Usd,
}

/// An assumption.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct AssumptionReport {
    /// What is assumed: `turns of support/triage`.
    pub what: String,
    /// The figure: `p50 12, p90 40`.
    pub value: String,
    /// Where it comes from: `declared in weighbridge.yaml:12`, `default: ...`, `measured over 120 runs`.
    pub origin: String,
    /// Expected dollars a month at its low and high end, when it has been varied.
    pub effect: Option<UsdRangeEnds>,
}

/// Two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct UsdRangeEnds {
    /// At the low end.
    pub low: Usd,
    /// At the high end.
    pub high: Usd,
}

/// How much could be priced.
#[derive(Clone, Debug, Default, Serialize, schemars::JsonSchema)]
pub struct Coverage {
    /// Agents with a price, in all phases of all workflows of head.
    pub priced: u64,
    /// All of them.
    pub total: u64,
    /// Models without a price, each with the reason.
    pub unpriced: Vec<String>,
    /// What was found and could not be read, with its place.
    pub unread: Vec<String>,
}

/// The workflows in one environment.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct EnvironmentReport {
    /// Its name.
    pub name: String,
    /// Models and volumes that differ there, in words.
    pub overrides: Vec<String>,
    /// Expected dollars of one run of every workflow together.
    pub per_run: UsdPair,
    /// Expected dollars a month.
    pub per_month: UsdPair,
    /// Its budget for a month, when it has one.
    pub budget_per_month: Option<Usd>,
    /// Of that budget.
    pub verdict: Verdict,
}

/// A budget.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct BudgetReport {
    /// What it limits: `cost per month`, `tokens of AGENTS.md`, `increase per month of support`.
    pub what: String,
    /// Where it is written: `weighbridge.yaml:30`, `environments/production/budget-limits.yaml:4`.
    pub place: String,
    /// Who owns it, when it says so.
    pub owner: Option<String>,
    /// The limit in words: `$4,000`, `4,000 tokens`, `20 %`.
    pub limit: String,
    /// What head uses, in words.
    pub used: String,
    /// What base uses, in words.
    pub used_by_base: Option<String>,
    /// Share of the limit that is used, in per cent, rounded.
    pub percent: Option<u64>,
    /// `under 70 %`, `over 70 %`, `over 90 %`, `exceeded`, `exceeded in base and not worse`, `unknown`.
    pub level: String,
    /// What it means for the run.
    pub verdict: Verdict,
    /// What would satisfy it: `take AGENTS.md below 2,900 tokens`, `triage on claude-haiku-5-5`.
    pub remedy: Option<String>,
}

/// What one agent costs, the more turns it takes: every turn sends again what came before.
#[derive(Clone, Debug, Serialize, schemars::JsonSchema)]
pub struct Curve {
    /// The workflow.
    pub workflow: String,
    /// The agent.
    pub agent: String,
    /// Head, by rising turns.
    pub points: Vec<CurvePoint>,
    /// The same in base; empty without a base or when the agent is new.
    pub base_points: Vec<CurvePoint>,
}

/// A point of a [`Curve`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct CurvePoint {
    /// So many turns.
    pub turns: u64,
    /// Dollars of all of them together.
    pub usd: Usd,
}
