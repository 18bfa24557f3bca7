//! Which budgets there are, and how much of each is used.

use super::{judged, show};
use crate::agent::Kind;
use crate::base::text::thousands;
use crate::base::{Client, RepoPath};
use crate::config::CostConfig;
use crate::config::cost::{RawCostBudget, RawJudge};
use crate::cost::always_loaded::always_loaded;
use crate::cost::budget::{Level, Limit, Spent, Use, uses};
use crate::cost::difference::{Cause, Difference, WorkflowDifference};
use crate::cost::environment::Environment;
use crate::cost::project::WorkflowCost;
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
    /// Dearer figures under the policy's own workflows.
    pub(super) worst: Option<Difference>,
    pub(super) has_base: bool,
    pub(super) head: &'a Inspection,
    pub(super) base: Option<&'a Inspection>,
    pub(super) judge: RawJudge,
    pub(super) clients: &'a [Client],
}

/// Every budget, the gravest first.
pub(super) fn budgets(subject: &Subject<'_>) -> Vec<BudgetReport> {
    let compared = subject.worst.as_ref().unwrap_or(subject.compared);
    let policy = subject.policy;
    let limits = &policy.budgets;
    let mut found =
        uses(&limits.cost, "", subject.all(compared), &|key| policy.place(&["budgets", "cost", key]));
    if let Some(environment) = subject.environment {
        let place = |key: &str| environment.places.get(key).cloned().unwrap_or_default();
        found.extend(uses(&environment.budget, &environment.name, subject.all(compared), &place));
    }
    let mut single =
        |kind: &str, budgets: &BTreeMap<String, RawCostBudget>, spent: &dyn Fn(&str) -> Spent| {
            for (name, budget) in budgets {
                let place = |key: &str| policy.place(&["budgets", kind, name, key]);
                found.extend(uses(budget, name, spent(name), &place));
            }
        };
    single("workflows", &limits.workflows, &|name| {
        let chosen = compared.workflows.iter().filter(|workflow| workflow.name() == name);
        subject.sum(chosen)
    });
    single("agents", &limits.agents, &|name| subject.steps(compared, &|_, _, agent| agent == name));
    single("phases", &limits.phases, &|name| {
        subject.steps(compared, &|workflow, phase, _| format!("{workflow}/{phase}") == name)
    });
    let mut reports: Vec<(Level, BudgetReport)> =
        found.iter().map(|used| (used.level, report(used, compared))).collect();
    reports.extend(tokens(subject).iter().map(|used| (used.level, report(used, compared))));
    reports.sort_by_key(|(level, report)| (Reverse(*level), Reverse(report.percent)));
    reports.into_iter().map(|(_, report)| report).collect()
}

impl Subject<'_> {
    fn all(&self, compared: &Difference) -> Spent {
        self.sum(compared.workflows.iter())
    }

    fn sum<'a>(&self, workflows: impl Iterator<Item = &'a WorkflowDifference>) -> Spent {
        let mut spent = self.nothing();
        let judge = self.judge;
        for workflow in workflows {
            if let Some(head) = &workflow.head {
                spent.run += judged(head.per_run, head.run.p90, judge);
                spent.month += judged(head.per_month(), head.month.p90, judge);
                spent.complete &= head.unpriced.is_empty();
            }
            if let (Some(base), Some(run), Some(month)) =
                (&workflow.base, spent.run_base.as_mut(), spent.month_base.as_mut())
            {
                *run += judged(base.per_run, base.run.p90, judge);
                *month += judged(base.per_month(), base.month.p90, judge);
            }
        }
        spent
    }

    fn nothing(&self) -> Spent {
        let base = self.has_base.then_some(Decimal::ZERO);
        Spent { run_base: base, month_base: base, complete: true, ..Spent::default() }
    }

    /// Single agents and phases are judged by their expected cost: quantiles do not add up.
    fn steps(&self, compared: &Difference, wanted: &dyn Fn(&str, &str, &str) -> bool) -> Spent {
        let mut spent = self.nothing();
        let of = |cost: &WorkflowCost, complete: &mut bool| {
            let mut run = Decimal::ZERO;
            for step in cost.steps.iter().filter(|step| wanted(&cost.name, &step.phase, &step.agent)) {
                match step.total() {
                    Some(total) => run += total,
                    None => *complete = false,
                }
            }
            (run, run * cost.runs_per_month)
        };
        for workflow in &compared.workflows {
            if let Some(head) = &workflow.head {
                let (run, month) = of(head, &mut spent.complete);
                spent.run += run;
                spent.month += month;
            }
            if let (Some(base), Some(run_base), Some(month_base)) =
                (&workflow.base, spent.run_base.as_mut(), spent.month_base.as_mut())
            {
                let (run, month) = of(base, &mut true);
                *run_base += run;
                *month_base += month;
            }
        }
        spent
    }
}

fn report(used: &Use, compared: &Difference) -> BudgetReport {
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
    if used.in_buffer {
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
        remedy: (used.level == Level::Exceeded).then(|| remedy(used, compared)).flatten(),
    }
}

/// What would satisfy a budget: a smaller text, since the cost of a text is near linear in its tokens; else
/// the model that was there before.
fn remedy(used: &Use, compared: &Difference) -> Option<String> {
    let over = match used.limit {
        Limit::Tokens(limit) => {
            let over = used.used - Decimal::from(limit);
            return Some(format!("take {} tokens out", thousands(over.to_u64()?)));
        }
        Limit::Usd(limit) if used.what.contains("month") => used.used - limit,
        // A run's budget is exceeded by so much in every run.
        Limit::Usd(limit) => (used.used - limit) * compared.per_month().1.checked_div(used.used)?,
        Limit::Percent(limit) => {
            let (before, after) = compared.per_month();
            after - before - before * limit / Decimal::ONE_HUNDRED
        }
    };
    compared.amounts().into_iter().find_map(|amount| match amount.cause {
        Cause::Text { text: Piece::File { path, part } } => {
            let tokens = amount.tokens.filter(|tokens| *tokens > 0)?;
            let slope = amount.per_month.checked_div(Decimal::from(tokens))?;
            if slope <= Decimal::ZERO || amount.per_month < over {
                return None;
            }
            let cut = over.checked_div(slope)?.ceil().to_u64()?;
            Some(format!("take {} tokens out of {path}{}", thousands(cut), part_of(&part)))
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
