//! What the cost section of a comment shows: the figures cut to a budget, in words, not yet escaped.

use super::mermaid;
use super::view::{Maker, Part, some};
use crate::base::Verdict;
use crate::base::text::{plural, thousands, truncate_end};
use crate::report::cost::{AgentReport, CostReport, WorkflowReport};
use crate::report::words::{self, cost as say};
use serde::Serialize;

/// The data of `cost.hbs`.
#[derive(Serialize)]
pub(super) struct CostView {
    environment: Option<String>,
    has_base: bool,
    causes_total: Option<String>,
    difference_range: Option<String>,
    causes: Vec<Cause>,
    causes_more: Option<String>,
    causes_more_amount: Option<String>,
    price_change: Option<String>,
    workflows: Part<Workflow>,
    budgets: Part<Budget>,
    budgets_rest: Option<String>,
    kinds: Vec<String>,
    agents: Part<Agent>,
    coverage: String,
    /// Where Markdown is not read.
    coverage_plain: String,
    chart: Option<String>,
    chart_note: String,
    environments: Part<Environment>,
    widest: Option<String>,
    assumptions: Part<Assumption>,
    unread: Part<String>,
    left_out: Option<String>,
}

#[derive(Serialize)]
struct Cause {
    path: Option<String>,
    url: Option<String>,
    words: String,
    amount: String,
}

#[derive(Serialize)]
struct Workflow {
    name: String,
    runs: String,
    per_run: String,
    per_month: String,
    change: String,
}

#[derive(Serialize)]
struct Budget {
    what: String,
    place: String,
    owner: Option<String>,
    used: String,
    percent: Option<String>,
    limit: String,
    level: String,
    grave: bool,
    remedy: String,
}

#[derive(Serialize)]
struct Agent {
    workflow: String,
    phase: String,
    name: String,
    model: String,
    per_run: String,
    kinds: Vec<String>,
}

#[derive(Serialize)]
struct Environment {
    name: String,
    overrides: String,
    per_month: String,
    budget: String,
    result: String,
}

#[derive(Serialize)]
struct Assumption {
    what: String,
    value: String,
    origin: String,
    ends: String,
}

impl CostView {
    pub(super) fn new(maker: &Maker<'_>, cost: &CostReport) -> Self {
        let budget = maker.budget;
        let causes = say::causes(cost, budget.cost);
        let (causes_more, causes_more_amount) = causes.as_ref().and_then(|c| c.rest.clone()).unzip();
        let kinds = kinds(cost);
        let details = |total: usize| budget.cost_details == 0 && total > 0;
        let left_out: Vec<&str> = [
            (details(cost.workflows.len()), "what each agent costs"),
            (budget.chart == 0 && mermaid::pie(cost, 2).is_some(), "the chart"),
            (details(cost.environments.len()), "environments"),
            (details(cost.assumptions.len()), "assumptions"),
            (budget.workflows == 0 && !cost.workflows.is_empty(), "workflows"),
        ]
        .into_iter()
        .filter_map(|(left_out, name)| left_out.then_some(name))
        .collect();
        Self {
            environment: cost.environment.as_deref().map(|name| truncate_end(name, 60)),
            has_base: cost.per_month.base.is_some(),
            causes_total: causes.as_ref().map(|causes| causes.total.clone()),
            difference_range: cost.difference_range.map(say::difference_range),
            causes: causes
                .map(|causes| causes.shown)
                .unwrap_or_default()
                .into_iter()
                .map(|c| cause(maker, c))
                .collect(),
            causes_more,
            causes_more_amount,
            price_change: say::price_change(cost),
            workflows: some(
                cost.workflows.iter().take(budget.workflows).map(workflow).collect(),
                cost.workflows.len(),
                budget.workflows,
                ("workflow", "workflows"),
            ),
            budgets: budgets(maker, cost),
            budgets_rest: budgets_rest(maker, cost),
            agents: agents(maker, cost, &kinds),
            kinds: kinds.into_iter().map(|kind| truncate_end(kind, 40)).collect(),
            coverage_plain: maker.cut(&say::coverage(cost).replace('`', "")),
            coverage: maker.cut(&say::coverage(cost)),
            chart: mermaid::pie(cost, budget.chart),
            chart_note: chart_note(cost),
            environments: environments(maker, cost),
            widest: widest(cost).map(|text| maker.cut(&text.replace('`', ""))),
            assumptions: assumptions(maker, cost),
            unread: some(
                cost.coverage.unread.iter().take(budget.cost).map(|text| maker.cut(text)).collect(),
                cost.coverage.unread.len(),
                budget.cost,
                ("place", "places"),
            ),
            left_out: (!left_out.is_empty()).then(|| words::list(&left_out)),
        }
    }
}

fn cause(maker: &Maker<'_>, cause: say::Because) -> Cause {
    Cause {
        url: cause.path.as_ref().and_then(|path| maker.file_url(path)),
        path: cause.path.as_ref().map(|path| maker.path(path)),
        words: maker.cut(&cause.words),
        amount: cause.amount,
    }
}

fn workflow(workflow: &WorkflowReport) -> Workflow {
    Workflow {
        name: truncate_end(&workflow.name, 60),
        runs: runs(&workflow.runs_per_month),
        per_run: say::amount_of(workflow, workflow.per_run),
        per_month: say::amount_of(workflow, workflow.per_month),
        change: say::change_of(workflow, workflow.per_month),
    }
}

/// `12000` as `12,000`; anything that is no whole number as it is.
pub(in crate::report) fn runs(text: &str) -> String {
    text.parse::<u64>().map_or_else(|_| truncate_end(text, 30), thousands)
}

fn budgets(maker: &Maker<'_>, cost: &CostReport) -> Part<Budget> {
    let (shown, _) = say::budgets(cost);
    let rows = shown.iter().take(maker.budget.cost).map(|budget| Budget {
        what: maker.cut(&budget.what),
        place: truncate_end(&budget.place, 100),
        owner: budget.owner.as_deref().map(|owner| truncate_end(owner, 60)),
        used: truncate_end(&say::budget_used(budget), 60),
        percent: budget.percent.map(|percent| format!("{} %", thousands(percent))),
        limit: truncate_end(&budget.limit, 40),
        level: truncate_end(&budget.level, 60),
        grave: budget.verdict > Verdict::Warn,
        remedy: budget.remedy.as_deref().map(|remedy| maker.cut(remedy)).unwrap_or_default(),
    });
    some(rows.collect(), shown.len(), maker.budget.cost, ("budget", "budgets"))
}

fn budgets_rest(maker: &Maker<'_>, cost: &CostReport) -> Option<String> {
    let (shown, others) = say::budgets(cost);
    let cut = shown.len().saturating_sub(maker.budget.cost);
    let parts: Vec<String> =
        [(cut, "in need of a look not shown here"), (others, "under 70 % and not changed by this change")]
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{} {what}", plural(count, "budget", "budgets")))
            .collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// The kinds of token that appear, in the order of the report.
pub(in crate::report) fn kinds(cost: &CostReport) -> Vec<&str> {
    const ORDER: [&str; 5] =
        ["fresh input", "cache read", "cache write (5 min)", "cache write (1 h)", "output"];
    let mut found: Vec<&str> = Vec::new();
    for kind in cost.workflows.iter().flat_map(|workflow| &workflow.agents).flat_map(|agent| &agent.by_kind) {
        if !found.contains(&kind.kind.as_str()) {
            found.push(&kind.kind);
        }
    }
    found.sort_by_key(|kind| ORDER.iter().position(|known| known == kind).unwrap_or(ORDER.len()));
    found
}

fn agents(maker: &Maker<'_>, cost: &CostReport, kinds: &[&str]) -> Part<Agent> {
    let limit = maker.budget.cost_details;
    let all =
        cost.workflows.iter().flat_map(|workflow| workflow.agents.iter().map(move |agent| (workflow, agent)));
    let total = all.clone().count();
    let rows = all.take(limit).map(|(workflow, agent)| Agent {
        workflow: truncate_end(&workflow.name, 60),
        phase: truncate_end(&agent.phase, 60),
        name: truncate_end(&agent.agent, 60),
        model: truncate_end(&agent.model, 60),
        per_run: say::agent_cost(agent),
        kinds: kinds.iter().map(|kind| of_kind(agent, kind)).collect(),
    });
    some(rows.collect(), total, limit, ("agent", "agents"))
}

/// What an agent pays for a kind of token in one run; empty when it uses none, `unknown` without a price.
pub(in crate::report) fn of_kind(agent: &AgentReport, kind: &str) -> String {
    let of = agent.by_kind.iter().find(|found| found.kind == kind);
    match (of, agent.per_run) {
        (Some(found), _) => found.per_run.to_string(),
        (None, None) => "unknown".to_owned(),
        (None, Some(_)) => String::new(),
    }
}

fn chart_note(cost: &CostReport) -> String {
    let without = cost.workflows.iter().map(say::unpriced).sum::<usize>();
    if without == 0 {
        "Head only; the table above has the figures".to_owned()
    } else {
        format!("Head only, without {} that no price is known for", plural(without, "agent", "agents"))
    }
}

fn environments(maker: &Maker<'_>, cost: &CostReport) -> Part<Environment> {
    let limit = maker.budget.cost_details;
    let rows = cost.environments.iter().take(limit).map(|environment| Environment {
        name: truncate_end(&environment.name, 60),
        overrides: maker.cut(&environment.overrides.join("; ")),
        per_month: words::usd_change(environment.per_month, true),
        budget: environment.budget_per_month.map_or_else(|| "none".to_owned(), |budget| budget.to_string()),
        result: say::environment_result(environment).to_owned(),
    });
    some(rows.collect(), cost.environments.len(), limit, ("environment", "environments"))
}

/// `turns of support/resolver, $1,702 to $2,612 per month`.
fn widest(cost: &CostReport) -> Option<String> {
    let first = cost.assumptions.first()?;
    Some(format!("{}, {}", first.what, say::ends(first)?))
}

fn assumptions(maker: &Maker<'_>, cost: &CostReport) -> Part<Assumption> {
    let limit = maker.budget.cost_details;
    let rows = cost.assumptions.iter().take(limit).map(|assumption| Assumption {
        what: maker.cut(&assumption.what),
        value: maker.cut(&assumption.value),
        origin: maker.cut(&assumption.origin),
        ends: say::ends(assumption).unwrap_or_else(|| "not varied".to_owned()),
    });
    some(rows.collect(), cost.assumptions.len(), limit, ("assumption", "assumptions"))
}
