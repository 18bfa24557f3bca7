//! The cost stage: the workflows of head and base, projected, compared, and held against the budgets.

mod curves;
mod limits;
mod show;
mod sides;

pub(super) use sides::in_force;

use super::inspect::Inspection;
use super::subject::Charge;
use crate::approval::{Amounts, Exceeded};
use crate::base::text::plural;
use crate::base::{Client, RepoPath, Tree, Usd, Verdict};
use crate::config::CostConfig;
use crate::config::cost::{RawJudge, RawUnpriced};
use crate::cost::difference::{Difference, WorkflowDifference};
use crate::cost::project::price::Prices;
use crate::cost::project::step::NodeCache;
use crate::cost::project::{WorkflowCost, expected};
use crate::cost::sensitivity::sensitivities;
use crate::cost::workflow::Workflow;
use crate::report::StageReport;
use crate::report::cost::{AssumptionReport, CostReport, Coverage, UsdRangeEnds};
use rust_decimal::Decimal;
use sides::Revisions;
use std::collections::{BTreeMap, BTreeSet};

/// Environments that are shown.
const MAX_ENVIRONMENTS: usize = 20;
/// Assumptions that are shown.
const MAX_ASSUMPTIONS: usize = 12;

/// What the stage works on.
pub(super) struct CostInputs<'a> {
    /// Head.
    pub(super) head: &'a Inspection,
    /// Base.
    pub(super) base: Option<&'a Inspection>,
    /// What is said about cost where policy is read: the target branch.
    pub(super) policy: &'a CostConfig,
    /// What head says, when it says something else.
    pub(super) proposed: Option<&'a CostConfig>,
    /// Where policy is read.
    pub(super) policy_tree: &'a dyn Tree,
    /// The clients to judge for.
    pub(super) clients: &'a [Client],
    /// What files of base are called in head.
    pub(super) renames: &'a BTreeMap<RepoPath, RepoPath>,
    /// Prices.
    pub(super) prices: Prices<'a>,
    /// The prices head proposes, when they are others.
    pub(super) new_prices: Option<Prices<'a>>,
    /// More workflows, of head and of base: those of team specifications.
    pub(super) more: (Vec<Workflow>, Vec<Workflow>),
}

/// Runs the stage. `None` when there is no workflow to price. `notes` get what else the reader should know.
pub(super) fn cost(
    inputs: &CostInputs<'_>,
    notes: &mut Vec<String>,
) -> Option<(CostReport, StageReport, Charge)> {
    let revisions = Revisions::new(inputs, notes);
    let sides = revisions.sides(inputs.proposed.unwrap_or(inputs.policy));
    if sides.head.is_empty() && sides.base.as_ref().is_none_or(Vec::is_empty) {
        return None;
    }
    let in_force = revisions.in_force(&sides);
    let nodes = NodeCache::default();
    let compared = in_force.compare(inputs, &nodes);
    // A change must not talk its own cost down: what its configuration leaves out, that of the base still asks for.
    let strict = revisions.strict().map(|strict| strict.compare(inputs, &nodes));
    if let Some(strict) = &strict {
        let (ours, theirs) = (compared.per_month().1, strict.per_month().1);
        if theirs > ours {
            notes.push(format!(
                "this change edits what is projected: {} a month by its own configuration, {} by that of the base; \
                 budgets are held against the higher figure",
                show::usd(ours),
                show::usd(theirs)
            ));
        }
    }
    let budgets = limits::budgets(&limits::Subject {
        policy: inputs.policy,
        environment: revisions.limits(),
        compared: &compared,
        strict: strict.as_ref(),
        has_base: inputs.base.is_some(),
        head: inputs.head,
        base: inputs.base,
        judge: inputs.policy.gate.judge.unwrap_or_default(),
        clients: inputs.clients,
    });
    let assumptions = sensitivities(&in_force.head, inputs.prices, &nodes)
        .into_iter()
        .take(MAX_ASSUMPTIONS)
        .map(|found| AssumptionReport {
            effect: (found.low != found.high)
                .then(|| UsdRangeEnds { low: show::usd(found.low), high: show::usd(found.high) }),
            what: found.what,
            value: found.value,
            origin: found.origin,
        })
        .collect();
    let tables = revisions
        .environments
        .iter()
        .take(MAX_ENVIRONMENTS)
        .map(|environment| {
            let there = revisions.in_environment(&sides, &environment.name);
            show::environment(environment, &there.head, there.base.as_deref(), inputs.prices, &nodes)
        })
        .collect();
    let mut report = CostReport {
        environment: revisions.chosen.clone(),
        assumptions,
        coverage: coverage(&compared, &sides.head),
        environments: tables,
        budgets,
        ..CostReport::default()
    };
    show::fill(&mut report, &compared, (&in_force.head, in_force.base.as_deref()), inputs.prices);
    notes.extend(super::mcp::provenance(&in_force.head));
    notes.extend(price_notes(&in_force.head, inputs.prices));
    report.price_change = price_change(inputs, &in_force.head, &nodes);
    let stage = conclude(&report, inputs.policy.gate.unpriced.unwrap_or_default());
    let unpriced = unpriced(&compared, inputs.policy.gate.unpriced.unwrap_or_default());
    let charge = charge(&report, &compared, strict.as_ref(), inputs.base.is_some(), unpriced);
    Some((report, stage, charge))
}

/// What has to be signed for: of two ways to project the change, the dearer one counts, figure by figure.
fn charge(
    report: &CostReport,
    compared: &Difference,
    strict: Option<&Difference>,
    has_base: bool,
    unpriced: Vec<String>,
) -> Charge {
    let of = |judge| {
        let ours = amounts(compared, judge, has_base);
        strict.map_or_else(|| ours.clone(), |strict| worse(&ours, &amounts(strict, judge, has_base)))
    };
    let exceeded = report.budgets.iter().filter(|budget| budget.verdict == Verdict::NeedsApproval);
    Charge {
        expected: of(RawJudge::Expected),
        p90: of(RawJudge::P90),
        base_total: report.per_month.base.map(Usd::amount),
        complete: unpriced.is_empty(),
        exceeded: exceeded
            .map(|budget| Exceeded {
                what: budget.what.clone(),
                place: budget.place.clone(),
                owner: budget.owner.clone(),
                amount: format!("{} of {}", budget.used, budget.limit),
            })
            .collect(),
        unpriced,
    }
}

/// Models without a price that somebody has to sign for: those the change brings, and all of them where the policy
/// says that they block. What base cannot price either is a warning.
fn unpriced(compared: &Difference, gate: RawUnpriced) -> Vec<String> {
    let models = |of: fn(&WorkflowDifference) -> &Option<WorkflowCost>| -> BTreeSet<&str> {
        let costs = compared.workflows.iter().filter_map(|workflow| of(workflow).as_ref());
        costs.flat_map(|cost| &cost.unpriced).map(|model| model.name.as_str()).collect()
    };
    let (before, now) = (models(|workflow| &workflow.base), models(|workflow| &workflow.head));
    let new = |name: &&&str| gate == RawUnpriced::Block || !before.contains(**name);
    now.iter().filter(new).map(|name| (*name).to_owned()).collect()
}

fn amounts(compared: &Difference, judge: RawJudge, has_base: bool) -> Amounts {
    let sums = |of: fn(&WorkflowDifference) -> &Option<WorkflowCost>| {
        limits::sums(&compared.workflows.iter().filter_map(|workflow| of(workflow).as_ref()), judge)
    };
    let (run, month) = sums(|workflow| &workflow.head);
    let base = has_base.then(|| sums(|workflow| &workflow.base));
    let increase = base.map(|(_, before)| month - before);
    Amounts {
        total_per_month: month,
        total_per_run: run,
        increase_per_month: increase,
        increase_per_run: base.map(|(before, _)| run - before),
        increase_percent: base
            .filter(|(_, before)| !before.is_zero())
            .and_then(|(_, before)| ((month - before) * Decimal::ONE_HUNDRED).checked_div(before)),
    }
}

/// The larger of each. What no figure says is larger than any.
fn worse(one: &Amounts, other: &Amounts) -> Amounts {
    let larger = |one: Option<Decimal>, other: Option<Decimal>| Some(one?.max(other?));
    Amounts {
        total_per_month: one.total_per_month.max(other.total_per_month),
        total_per_run: one.total_per_run.max(other.total_per_run),
        increase_per_month: larger(one.increase_per_month, other.increase_per_month),
        increase_per_run: larger(one.increase_per_run, other.increase_per_run),
        increase_percent: larger(one.increase_percent, other.increase_percent),
    }
}

/// Models that are named beside what was assumed of their prices.
const MAX_NAMED: usize = 4;

/// What was assumed of prices, each once, with the models it is about.
fn price_notes(head: &[Workflow], prices: Prices<'_>) -> Vec<String> {
    let steps = head.iter().flat_map(|workflow| &workflow.phases).flat_map(|phase| &phase.steps);
    let named: BTreeSet<&str> = steps.map(|step| step.model.value.as_str()).collect();
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for price in named.into_iter().filter_map(|name| prices(name).ok()) {
        for note in price.notes {
            found.entry(note).or_default().insert(price.model.clone());
        }
    }
    let words = |(note, models): (String, BTreeSet<String>)| {
        let more = models.len().saturating_sub(MAX_NAMED);
        let mut named: Vec<String> = models.into_iter().take(MAX_NAMED).collect();
        if more > 0 {
            named.push(plural(more, "other model", "other models"));
        }
        format!("price of {}: {note}", named.join(", "))
    };
    found.into_iter().map(words).collect()
}

/// What head costs more a month under the prices it proposes: a line of its own.
fn price_change(inputs: &CostInputs<'_>, head: &[Workflow], nodes: &NodeCache) -> Option<Usd> {
    let new = inputs.new_prices?;
    let month = |prices| expected(head, prices, nodes).per_month;
    Some(show::usd(month(new) - month(inputs.prices)))
}

fn coverage(compared: &Difference, head: &[Workflow]) -> Coverage {
    let costs = || compared.workflows.iter().filter_map(|workflow| workflow.head.as_ref());
    let steps = || costs().flat_map(|cost| &cost.steps);
    let unpriced: BTreeSet<String> = costs()
        .flat_map(|cost| &cost.unpriced)
        .map(|model| format!("{}: {}", model.name, model.reason))
        .collect();
    Coverage {
        priced: steps().filter(|step| step.per_run.is_some()).count() as u64,
        total: steps().count() as u64,
        unpriced: unpriced.into_iter().collect(),
        unread: head.iter().flat_map(|workflow| workflow.unread.iter().cloned()).collect(),
    }
}

fn conclude(report: &CostReport, unpriced: RawUnpriced) -> StageReport {
    let mut verdict = report.budgets.iter().map(|budget| budget.verdict).max().unwrap_or(Verdict::Pass);
    if !report.coverage.unpriced.is_empty() {
        verdict = verdict.max(match unpriced {
            RawUnpriced::Warn => Verdict::Warn,
            RawUnpriced::Block => Verdict::Block,
        });
    }
    StageReport { id: "cost".to_owned(), verdict, summary: show::summary(report) }
}

/// Which figure of a month is judged.
fn judged(expected: Decimal, p90: f64, judge: RawJudge) -> Decimal {
    use rust_decimal::prelude::FromPrimitive as _;
    match judge {
        RawJudge::Expected => expected,
        RawJudge::P90 => Decimal::from_f64(p90).unwrap_or(expected).round_dp(9).max(Decimal::ZERO),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::team::{self, File};
    use crate::cost::project::price::ModelPrice;
    use crate::cost::rates::{PerMillion, Rates};
    use crate::cost::workflow::team::workflow;

    #[test]
    fn what_was_assumed_of_prices_is_said_once() {
        let rows =
            (1..=6).fold(String::new(), |rows, at| rows + &format!("| Agent {at} | model-{at} | 5K |\n"));
        let text = format!("| Agent | Model | Tokens |\n|--|--|--|\n{rows}| Last | model-1 | 5K |\n");
        let path = RepoPath::new("t/TEAM_SPEC.md").unwrap();
        let team = team::read(&RepoPath::new("t").unwrap(), &[File { path: &path, text: &text }]);
        let flow = workflow(&team, Client::ClaudeCode, &|_| None).unwrap();
        let none = None;
        let free = PerMillion {
            input: Decimal::ZERO,
            output: Decimal::ZERO,
            cache_read: none,
            cache_write_5m: none,
            cache_write_1h: none,
        };
        let prices = |name: &str| {
            let mut notes = vec!["less 10 %".to_owned()];
            notes.extend((name == "model-2").then(|| "batch processing".to_owned()));
            Ok(ModelPrice { notes, ..ModelPrice::new(name, Rates::flat(free.clone())) })
        };
        assert_eq!(
            price_notes(&[flow], &prices),
            [
                "price of model-2: batch processing",
                "price of model-1, model-2, model-3, model-4, 2 other models: less 10 %"
            ]
        );
    }
}
