//! The figures of the cost stage as the report shows them.

use crate::base::text::{signed, thousands};
use crate::base::{Usd, Verdict};
use crate::cost::difference::{Amount, Cause, Difference, State, WorkflowDifference};
use crate::cost::environment::Environment;
use crate::cost::project::price::Prices;
use crate::cost::project::simulate::Summary;
use crate::cost::project::step::NodeCache;
use crate::cost::project::{DAYS_PER_MONTH, StepCost, WorkflowCost, expected};
use crate::cost::rates::TokenKind;
use crate::cost::workflow::{Behaviour, Piece, Workflow};
use crate::report::cost::{
    AgentReport, CauseReport, CostReport, EnvironmentReport, KindReport, UsdPair, UsdRange, WorkflowReport,
};
use crate::report::words;
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// An amount to a billionth of a dollar: what lies below is the rounding of shares, not money.
pub(super) fn usd(amount: Decimal) -> Usd {
    Usd::new(amount.round_dp(DIGITS).normalize())
}

/// Digits after the point that are reported.
const DIGITS: u32 = 9;

fn range(summary: Summary) -> UsdRange {
    let usd = crate::cost::project::usd;
    UsdRange { p10: usd(summary.p10), p50: usd(summary.p50), p90: usd(summary.p90) }
}

const fn word(state: State) -> &'static str {
    match state {
        State::Added => "added",
        State::Removed => "removed",
        State::Changed => "changed",
        State::Unchanged => "unchanged",
    }
}

/// Fills in what follows from the comparison.
pub(super) fn fill(
    report: &mut CostReport,
    compared: &Difference,
    (head, base): (&[Workflow], Option<&[Workflow]>),
    prices: Prices<'_>,
) {
    let has_base = base.is_some();
    report.curves = super::curves::curves(compared, head, base.unwrap_or_default(), prices);
    let (before, after) = compared.per_month();
    report.per_month = UsdPair { base: has_base.then(|| usd(before)), head: usd(after) };
    let costs = compared.workflows.iter().filter_map(|workflow| workflow.head.as_ref());
    let months = Summary::together(costs.map(|cost| cost.month));
    report.month_range =
        (months.variance > 0.0).then(|| range(Summary { p10: months.p10.max(0.0), ..months }));
    let apart = Summary::together(compared.workflows.iter().map(|workflow| workflow.month));
    report.difference_range = (has_base && apart.variance > 0.0).then(|| range(apart));
    let workflows: BTreeMap<&str, &Workflow> = head.iter().map(|w| (w.name.as_str(), w)).collect();
    report.workflows = compared
        .workflows
        .iter()
        .map(|found| workflow(found, workflows.get(found.name()), has_base))
        .collect();
    if has_base {
        report.causes = compared.amounts().iter().map(|amount| cause(amount, head)).collect();
        // Rounded parts add up to the rounded whole as well: what is left goes to the largest, which is first.
        let whole = usd(after).amount() - usd(before).amount();
        let left = whole - report.causes.iter().map(|cause| cause.per_month.amount()).sum::<Decimal>();
        if let Some(first) = report.causes.first_mut() {
            first.per_month = usd(first.per_month.amount() + left);
        }
    }
}

fn workflow(found: &WorkflowDifference, source: Option<&&Workflow>, has_base: bool) -> WorkflowReport {
    let pair = |of: &dyn Fn(&WorkflowCost) -> Decimal| UsdPair {
        base: has_base.then(|| usd(found.base.as_ref().map_or(Decimal::ZERO, of))),
        head: usd(found.head.as_ref().map_or(Decimal::ZERO, of)),
    };
    let shown = found.head.as_ref().or(found.base.as_ref());
    let days: Decimal = DAYS_PER_MONTH.parse().unwrap_or(Decimal::ONE);
    let spread = |of: fn(&WorkflowCost) -> Summary| {
        found.head.as_ref().map(of).filter(|summary| summary.variance > 0.0).map(range)
    };
    WorkflowReport {
        name: found.name().to_owned(),
        source: source.map_or_else(|| "base".to_owned(), |workflow| workflow.source.clone()),
        state: if has_base { word(found.state) } else { "" }.to_owned(),
        estimator: shown.map_or("", |cost| cost.estimator.name()).to_owned(),
        runs_per_month: shown.map_or_else(String::new, |cost| cost.runs_per_month.normalize().to_string()),
        per_run: pair(&|cost| cost.per_run),
        run_range: spread(|cost| cost.run),
        per_1000_runs: pair(&|cost| cost.per_run * Decimal::ONE_THOUSAND),
        per_day: pair(&|cost| (cost.per_month() / days).round_dp(12)),
        per_month: pair(&WorkflowCost::per_month),
        month_range: spread(|cost| cost.month),
        agents: agents(found, has_base),
    }
}

fn agents(found: &WorkflowDifference, has_base: bool) -> Vec<AgentReport> {
    let key = |step: &StepCost| (step.phase.clone(), step.agent.clone());
    let steps = |cost: &Option<WorkflowCost>| cost.iter().flat_map(|c| c.steps.clone()).collect::<Vec<_>>();
    let (before, after) = (steps(&found.base), steps(&found.head));
    let mut earlier: BTreeMap<_, StepCost> = before.iter().map(|step| (key(step), step.clone())).collect();
    let mut rows = Vec::new();
    for step in &after {
        let old = earlier.remove(&key(step));
        let state = match &old {
            None => State::Added,
            Some(old) if old.per_run == step.per_run => State::Unchanged,
            Some(_) => State::Changed,
        };
        let base = old.as_ref().map_or(Some(Decimal::ZERO), StepCost::total);
        let base_of = |wanted: TokenKind| {
            let kinds = old.as_ref().map_or(Some([Decimal::ZERO; 5]), |old| old.per_run)?;
            let found = TokenKind::ALL.iter().zip(kinds).find(|(kind, _)| **kind == wanted)?;
            has_base.then(|| usd(found.1))
        };
        rows.push(AgentReport {
            phase: step.phase.clone(),
            agent: step.agent.clone(),
            state: if has_base { word(state) } else { "" }.to_owned(),
            model: step.model.clone(),
            per_run: step
                .total()
                .map(|head| UsdPair { base: base.filter(|_| has_base).map(usd), head: usd(head) }),
            by_kind: step
                .per_run
                .iter()
                .flat_map(|kinds| TokenKind::ALL.iter().zip(kinds))
                .map(|(kind, sum)| KindReport {
                    kind: kind.name().to_owned(),
                    per_run: usd(*sum),
                    base_per_run: base_of(*kind),
                })
                .collect(),
        });
    }
    for step in before.iter().filter(|step| earlier.contains_key(&key(step))) {
        rows.push(AgentReport {
            phase: step.phase.clone(),
            agent: step.agent.clone(),
            state: word(State::Removed).to_owned(),
            model: step.model.clone(),
            per_run: step.total().map(|base| UsdPair { base: Some(usd(base)), head: Usd::ZERO }),
            by_kind: Vec::new(),
        });
    }
    rows
}

fn cause(amount: &Amount, head: &[Workflow]) -> CauseReport {
    let mut path = None;
    let words = match &amount.cause {
        Cause::Text { text } => {
            let tokens =
                amount.tokens.map_or_else(String::new, |tokens| format!("{} tokens", signed(tokens)));
            let calls = calls(text, head);
            match text {
                Piece::File { path: file, part } => {
                    path = Some(file.clone());
                    let part = if part == "whole" { String::new() } else { format!("{part} ") };
                    format!("{part}{tokens}{calls}")
                }
                Piece::Server { name, path: file } => {
                    path = Some(file.clone());
                    format!("tools of the MCP server {name}: {tokens}{calls}")
                }
                Piece::Client { what } => format!("{what}: {tokens}"),
            }
        }
        Cause::Model { agent, from, to } => format!("{agent} moves from {from} to {to}"),
        Cause::Behaviour { agent } => format!("{agent} takes other turns or tokens"),
        Cause::Schedule { agent } => format!("{agent} runs more or less often in a run"),
        Cause::Volume { workflow } => format!("{workflow} runs more or less often a month"),
        Cause::AgentAdded { agent, workflow } => format!("new agent {agent} in {workflow}"),
        Cause::AgentRemoved { agent, workflow } => format!("agent {agent} is gone from {workflow}"),
        Cause::WorkflowAdded { workflow } => format!("new workflow {workflow}"),
        Cause::WorkflowRemoved { workflow } => format!("workflow {workflow} is gone"),
    };
    CauseReport { path, words, per_month: usd(amount.per_month) }
}

/// `, sent with each of 17 calls of a run`: the mean number of calls of the agents that get the text.
fn calls(text: &Piece, head: &[Workflow]) -> String {
    let steps = head.iter().flat_map(|w| &w.phases).flat_map(|phase| &phase.steps);
    let turns: Vec<f64> = steps
        .filter(|step| step.sent.iter().any(|sent| sent.piece == *text && !sent.late))
        .filter_map(|step| match &step.behaviour {
            Behaviour::Turns(turns) => Some(turns.turns.value.mean()),
            Behaviour::Totals { .. } => None,
        })
        .collect();
    if turns.is_empty() {
        return String::new();
    }
    #[expect(clippy::cast_precision_loss, reason = "a few agents")]
    let mean = turns.iter().sum::<f64>() / turns.len() as f64;
    if mean < 1.5 {
        return String::new();
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "turns are few")]
    let whole = mean.round() as u64;
    format!(", sent with each of {} calls of a mean run", thousands(whole))
}

/// The workflows in one environment.
pub(super) fn environment(
    environment: &Environment,
    head: &[Workflow],
    base: Option<&[Workflow]>,
    prices: Prices<'_>,
    nodes: &NodeCache,
) -> EnvironmentReport {
    let now = expected(head, prices, nodes);
    let before = base.map(|base| expected(base, prices, nodes));
    let budget = environment.budget.per_month;
    EnvironmentReport {
        name: environment.name.clone(),
        overrides: environment.words(),
        per_run: UsdPair { base: before.map(|sums| usd(sums.per_run)), head: usd(now.per_run) },
        per_month: UsdPair { base: before.map(|sums| usd(sums.per_month)), head: usd(now.per_month) },
        budget_per_month: budget.map(usd),
        verdict: match budget {
            // What is known already exceeds it, whatever the rest costs.
            Some(budget) if now.per_month > budget => Verdict::NeedsApproval,
            _ if !now.complete => Verdict::Warn,
            _ => Verdict::Pass,
        },
    }
}

/// The line of the stage: the budgets that are exceeded, else what it costs.
pub(super) fn summary(report: &CostReport) -> String {
    let exceeded = report.budgets.iter().filter(|budget| budget.verdict > Verdict::Warn);
    let lines: Vec<String> = exceeded
        .take(2)
        .map(|budget| format!("{} is {}, its budget {}", budget.what, budget.used, budget.limit))
        .collect();
    if lines.is_empty() { words::cost::headline(report) } else { lines.join("; ") }
}
