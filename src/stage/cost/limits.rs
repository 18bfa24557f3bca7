//! Which budgets there are, and how much of each is used.

use super::{judged, show};
use crate::agent::Kind;
use crate::base::text::thousands;
use crate::base::{Client, RepoPath};
use crate::config::CostConfig;
use crate::config::cost::RawJudge;
use crate::cost::always_loaded::always_loaded;
use crate::cost::budget::{Level, Limit, Spent, Use, uses};
use crate::cost::difference::{Amount, Cause, Difference, WorkflowDifference};
use crate::cost::environment::Environment;
use crate::cost::project::WorkflowCost;
use crate::cost::project::simulate::Summary;
use crate::cost::tokens::default_family;
use crate::cost::workflow::Piece;
use crate::report::cost::BudgetReport;
use crate::stage::inspect::Inspection;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// What budgets are held against.
pub(super) struct Subject<'a> {
    pub(super) policy: &'a CostConfig,
    pub(super) environment: Option<&'a Environment>,
    pub(super) compared: &'a Difference,
    /// The same under the policy's own workflows, where head proposes others.
    pub(super) strict: Option<&'a Difference>,
    pub(super) has_base: bool,
    pub(super) head: &'a Inspection,
    pub(super) base: Option<&'a Inspection>,
    pub(super) judge: RawJudge,
    pub(super) clients: &'a [Client],
}

/// A use, and the causes that a remedy may speak of.
struct Held {
    found: Use,
    causes: Vec<Amount>,
}

/// Every budget, the gravest first.
pub(super) fn budgets(subject: &Subject<'_>) -> Vec<BudgetReport> {
    let mut found = money(subject, subject.compared);
    if let Some(strict) = subject.strict {
        // Each budget is held against the worse of the two: renaming a workflow or making it rarer in
        // weighbridge.yaml is no way out of it.
        for (ours, theirs) in found.iter_mut().zip(money(subject, strict)) {
            let gravity = |held: &Held| (held.found.level, held.found.used);
            if gravity(&theirs) > gravity(ours) {
                *ours = theirs;
            }
        }
    }
    found.extend(tokens(subject).into_iter().map(|found| Held { found, causes: Vec::new() }));
    let mut reports: Vec<(Level, BudgetReport)> =
        found.iter().map(|held| (held.found.level, report(&held.found, &held.causes))).collect();
    reports.sort_by_key(|(level, report)| (Reverse(*level), Reverse(report.percent)));
    reports.into_iter().map(|(_, report)| report).collect()
}

/// The budgets of money, in the order of the configuration.
fn money(subject: &Subject<'_>, compared: &Difference) -> Vec<Held> {
    let policy = subject.policy;
    let limits = &policy.budgets;
    let mut held = Vec::new();
    let mut add = |uses: Vec<Use>, causes: Vec<Amount>| {
        held.extend(uses.into_iter().map(|found| Held { found, causes: causes.clone() }));
    };
    let all = subject.sum(compared.workflows.iter());
    let place = |key: &str| policy.place(&["budgets", "cost", key]);
    add(uses(&limits.cost, "", all, &place), compared.amounts());
    if let Some(environment) = subject.environment {
        let place = |key: &str| environment.places.get(key).cloned().unwrap_or_default();
        add(uses(&environment.budget, &environment.name, all, &place), compared.amounts());
    }
    let places = |kind: &'static str, name: &str| {
        let name = name.to_owned();
        move |key: &str| policy.place(&["budgets", kind, &name, key])
    };
    for (name, budget) in &limits.workflows {
        let chosen = || compared.workflows.iter().filter(|workflow| workflow.name() == name);
        let spent = Spent { absent: chosen().next().is_none(), ..subject.sum(chosen()) };
        let causes = chosen().flat_map(|workflow| workflow.amounts.clone()).collect();
        add(uses(budget, name, spent, &places("workflows", name)), causes);
    }
    for (name, budget) in &limits.agents {
        let spent = subject.steps(compared, &|_, _, agent| agent == name);
        let mut causes = compared.amounts();
        causes.retain(|amount| amount.cause.agent() == Some(name));
        add(uses(budget, name, spent, &places("agents", name)), causes);
    }
    for (name, budget) in &limits.phases {
        let spent = subject.steps(compared, &|workflow, phase, _| format!("{workflow}/{phase}") == *name);
        add(uses(budget, name, spent, &places("phases", name)), Vec::new());
    }
    held
}

impl Subject<'_> {
    /// Several workflows together: their means and variances add up, their quantiles do not.
    fn sum<'a>(&self, workflows: impl Iterator<Item = &'a WorkflowDifference> + Clone) -> Spent {
        let of = |costs: &[&WorkflowCost]| sums(&costs.iter().copied(), self.judge);
        let head: Vec<&WorkflowCost> = workflows.clone().filter_map(|w| w.head.as_ref()).collect();
        let base: Vec<&WorkflowCost> = workflows.filter_map(|w| w.base.as_ref()).collect();
        let (run, month) = of(&head);
        let before = self.has_base.then(|| of(&base));
        Spent {
            run,
            month,
            run_base: before.map(|(run, _)| run),
            month_base: before.map(|(_, month)| month),
            complete: head.iter().all(|cost| cost.unpriced.is_empty()),
            absent: false,
        }
    }

    /// Single agents and phases are judged by their expected cost: quantiles do not add up.
    fn steps(&self, compared: &Difference, wanted: &dyn Fn(&str, &str, &str) -> bool) -> Spent {
        let mut spent = Spent { complete: true, absent: true, ..Spent::default() };
        let mut before = (Decimal::ZERO, Decimal::ZERO);
        for workflow in &compared.workflows {
            for (cost, is_head) in workflow
                .head
                .iter()
                .map(|cost| (cost, true))
                .chain(workflow.base.iter().map(|cost| (cost, false)))
            {
                for step in cost.steps.iter().filter(|step| wanted(&cost.name, &step.phase, &step.agent)) {
                    spent.absent = false;
                    let run = step.total();
                    spent.complete &= run.is_some() || !is_head;
                    let run = run.unwrap_or_default();
                    let month = run * cost.runs_per_month;
                    let (of_run, of_month) = if is_head {
                        (&mut spent.run, &mut spent.month)
                    } else {
                        (&mut before.0, &mut before.1)
                    };
                    *of_run += run;
                    *of_month += month;
                }
            }
        }
        if self.has_base {
            spent.run_base = Some(before.0);
            spent.month_base = Some(before.1);
        }
        spent
    }
}

/// Dollars of a run and of a month of several workflows.
pub(super) fn sums<'a>(
    costs: &(impl Iterator<Item = &'a WorkflowCost> + Clone),
    judge: RawJudge,
) -> (Decimal, Decimal) {
    let p90 = |of: fn(&WorkflowCost) -> Summary| Summary::together(costs.clone().map(of)).p90;
    let run: Decimal = costs.clone().map(|cost| cost.per_run).sum();
    let month: Decimal = costs.clone().map(WorkflowCost::per_month).sum();
    (judged(run, p90(|cost| cost.run), judge), judged(month, p90(|cost| cost.month), judge))
}

fn report(used: &Use, causes: &[Amount]) -> BudgetReport {
    let amount = |value: Decimal| match used.limit {
        Limit::Usd(_) => show::usd(value).to_string(),
        Limit::Tokens(_) => format!("{} tokens", thousands(value.to_u64().unwrap_or(u64::MAX))),
        Limit::Percent(_) => format!("{} %", value.round_dp(1).normalize()),
    };
    let limit = match used.limit {
        Limit::Usd(value) | Limit::Percent(value) => amount(value),
        Limit::Tokens(tokens) => amount(Decimal::from(tokens)),
    };
    let mut level = used.level.words().to_owned();
    if used.in_buffer && used.level != Level::Absent {
        level.push_str("; less is left than the buffer of 20 %");
    }
    BudgetReport {
        what: used.what.clone(),
        place: used.place.clone(),
        owner: used.owner.clone(),
        limit,
        used: amount(used.used),
        used_by_base: used.base.map(amount),
        percent: used.percent(),
        level,
        verdict: used.verdict(),
        remedy: (used.level == Level::Exceeded).then(|| remedy(used, causes)).flatten(),
    }
}

/// What would satisfy a budget: a smaller text, since the cost of a text is near linear in its tokens; else
/// the model that was there before.
fn remedy(used: &Use, causes: &[Amount]) -> Option<String> {
    if let Limit::Tokens(limit) = used.limit {
        let over = used.used - Decimal::from(limit);
        return Some(format!("take {} tokens out", thousands(over.to_u64()?)));
    }
    let over = used.over_per_month?;
    causes.iter().find_map(|amount| match &amount.cause {
        Cause::Text { text: Piece::File { path, part } } => {
            let tokens = amount.tokens.filter(|tokens| *tokens > 0)?;
            let slope = amount.per_month.checked_div(Decimal::from(tokens))?;
            if slope <= Decimal::ZERO || amount.per_month < over {
                return None;
            }
            let cut = over.checked_div(slope)?.ceil().to_u64()?;
            Some(format!("take {} tokens out of {path}{}", thousands(cut), part_of(part)))
        }
        Cause::Model { agent, from, .. } if amount.per_month >= over => {
            Some(format!("run {agent} on {from} as before"))
        }
        Cause::AgentAdded { agent, .. } if amount.per_month >= over => Some(format!("leave {agent} out")),
        _ => None,
    })
}

fn part_of(part: &str) -> String {
    if part == "whole" { String::new() } else { format!(" ({part})") }
}

/// The budgets of tokens: of each file of a kind, and of what clients always read.
fn tokens(subject: &Subject<'_>) -> Vec<Use> {
    let limits = &subject.policy.budgets.tokens;
    let family = subject.clients.first().map_or(crate::base::Family::O200k, |client| default_family(*client));
    let mut found = Vec::new();
    let mut add = |key: &str, what: String, limit: Option<u64>, used: u64, base: Option<u64>| {
        if let Some(limit) = limit {
            let subject_of = (what, subject.policy.place(&["budgets", "tokens", key]), limits.owner.clone());
            let used = (Decimal::from(used), base.map(Decimal::from));
            let found_use = Use::new(subject_of, Limit::Tokens(limit), used, (false, true));
            found.push(found_use);
        }
    };
    let weight = |inspection: &Inspection, path: &RepoPath, part| {
        inspection.weights.get(&(path.clone(), part)).map(|weight| weight.count(family).tokens)
    };
    for file in subject.head.repo.files() {
        for part in &file.parts {
            use crate::agent::PartName::{Body, Listing, Whole};
            let (key, limit) = match (file.kind, part) {
                (Kind::AgentsMd | Kind::ClaudeMd | Kind::GeminiMd, Whole) => ("agents_md", limits.agents_md),
                (Kind::Skill, Listing) => ("skill_metadata", limits.skill_metadata),
                (Kind::Skill, Body) => ("skill_body", limits.skill_body),
                (Kind::SubAgent, Body) => ("sub_agent", limits.sub_agent),
                _ => continue,
            };
            let used = weight(subject.head, &file.path, *part).unwrap_or(0);
            let base = subject.base.and_then(|base| weight(base, &file.path, *part));
            let what = format!("tokens of {}{}", file.path, part_of(part.name()));
            add(key, what, limit, used, base);
        }
    }
    if limits.skill_index.is_some() {
        let index = |inspection: &Inspection| {
            let mut sums: BTreeMap<RepoPath, u64> = BTreeMap::new();
            for file in inspection.repo.files().filter(|file| file.kind == Kind::Skill) {
                if !file.declares.hidden_from_model {
                    let tokens = weight(inspection, &file.path, crate::agent::PartName::Listing).unwrap_or(0);
                    *sums.entry(file.path.parent().parent()).or_default() += tokens;
                }
            }
            sums
        };
        let before = subject.base.map(index);
        for (folder, used) in index(subject.head) {
            let base = before.as_ref().map(|sums| sums.get(&folder).copied().unwrap_or(0));
            let place = if folder.is_root() { "the root".to_owned() } else { folder.to_string() };
            add(
                "skill_index",
                format!("tokens of the index of all skills in {place}"),
                limits.skill_index,
                used,
                base,
            );
        }
    }
    if limits.always_loaded.is_some() {
        for client in subject.clients {
            let count = |inspection: &Inspection| {
                always_loaded(*client, &RepoPath::root(), &inspection.repo, inspection).count().tokens
            };
            let what = format!("tokens {} always reads", client.title());
            add("always_loaded", what, limits.always_loaded, count(subject.head), subject.base.map(count));
        }
    }
    // Files well within their limit are no news; there may be hundreds.
    found.retain(|used| used.level != Level::Under);
    found
}
