//! Base against head, with the same prices and assumptions: how much more, and because of what.
//!
//! The parts of a difference add up to it exactly. What was only moved or renamed costs nothing ([`align`]); where
//! causes interact, each gets its fair share ([`shapley`]).

mod align;
mod parts;
pub mod shapley;

pub use align::align;
pub use parts::{Amount, Cause};

use super::project::price::Prices;
use super::project::simulate::{Summary, summary};
use super::project::step::NodeCache;
use super::project::{self, WorkflowCost, months, project};
use super::workflow::{Behaviour, Step, Workflow};
use crate::base::RepoPath;
use crate::cost::assumed::{Assumed, Origin};
use rayon::prelude::*;
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// What happened to a workflow or an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// In head only.
    Added,
    /// In base only.
    Removed,
    /// In both, at different cost.
    Changed,
    /// In both, at the same cost.
    Unchanged,
}

/// One workflow, in both revisions.
#[derive(Clone, Debug)]
pub struct WorkflowDifference {
    /// What happened to it.
    pub state: State,
    /// Base.
    pub base: Option<WorkflowCost>,
    /// Head.
    pub head: Option<WorkflowCost>,
    /// Dollars a month because of each cause, largest first; they add up to the difference exactly.
    pub amounts: Vec<Amount>,
    /// The difference of one run.
    pub run: Summary,
    /// The difference of a month.
    pub month: Summary,
}

impl WorkflowDifference {
    /// Its name.
    pub fn name(&self) -> &str {
        self.head.as_ref().or(self.base.as_ref()).map_or("", |cost| &cost.name)
    }

    /// Expected dollars a month more.
    pub fn per_month(&self) -> Decimal {
        let month =
            |cost: &Option<WorkflowCost>| cost.as_ref().map_or(Decimal::ZERO, WorkflowCost::per_month);
        month(&self.head) - month(&self.base)
    }
}

/// All workflows.
#[derive(Clone, Debug, Default)]
pub struct Difference {
    /// In the order of head, those that are gone last.
    pub workflows: Vec<WorkflowDifference>,
}

impl Difference {
    /// Expected dollars a month in base and head.
    pub fn per_month(&self) -> (Decimal, Decimal) {
        let sum = |of: fn(&WorkflowDifference) -> &Option<WorkflowCost>| {
            self.workflows.iter().filter_map(|w| of(w).as_ref()).map(WorkflowCost::per_month).sum()
        };
        (sum(|w| &w.base), sum(|w| &w.head))
    }

    /// What each cause adds over all workflows, largest first.
    pub fn amounts(&self) -> Vec<Amount> {
        parts::merge(self.workflows.iter().flat_map(|workflow| workflow.amounts.iter().cloned()))
    }
}

/// Compares two revisions. `renames` says what a file of base is called in head.
pub fn difference(
    base: &[Workflow],
    head: &[Workflow],
    renames: &BTreeMap<RepoPath, RepoPath>,
    prices: Prices<'_>,
) -> Difference {
    difference_with(base, head, renames, prices, &NodeCache::default())
}

/// The same with distributions of turns that were made already.
pub fn difference_with(
    base: &[Workflow],
    head: &[Workflow],
    renames: &BTreeMap<RepoPath, RepoPath>,
    prices: Prices<'_>,
    nodes: &NodeCache,
) -> Difference {
    let base = align(base, head, renames);
    let of_head = project(head, prices, nodes);
    let head_by_name: BTreeMap<&str, (&Workflow, &WorkflowCost)> = head
        .iter()
        .zip(&of_head)
        .map(|(workflow, cost)| (workflow.name.as_str(), (workflow, cost)))
        .collect();
    // What did not change is not projected twice.
    let of_base: Vec<WorkflowCost> = base
        .par_iter()
        .map(|workflow| match head_by_name.get(workflow.name.as_str()) {
            Some((twin, cost)) if plain(workflow) == plain(twin) => (*cost).clone(),
            _ => project(std::slice::from_ref(workflow), prices, nodes).into_iter().next().unwrap_or_else(
                || {
                    // One in, one out.
                    WorkflowCost::empty(&workflow.name)
                },
            ),
        })
        .collect();
    let mut base_by_name: BTreeMap<&str, (&Workflow, WorkflowCost)> =
        base.iter().zip(of_base).map(|(workflow, cost)| (workflow.name.as_str(), (workflow, cost))).collect();
    let mut pairs: Vec<Pair<'_>> = Vec::new();
    for (workflow, cost) in head.iter().zip(&of_head) {
        let base = base_by_name.remove(workflow.name.as_str());
        pairs.push((base, Some((workflow, cost.clone()))));
    }
    pairs.extend(base_by_name.into_values().map(|base| (Some(base), None)));
    let workflows = pairs.into_par_iter().map(|(base, head)| compare(base, head, prices, nodes));
    Difference { workflows: workflows.collect() }
}

type Projected<'a> = (&'a Workflow, WorkflowCost);
type Pair<'a> = (Option<Projected<'a>>, Option<Projected<'a>>);

fn compare(
    base: Option<Projected<'_>>,
    head: Option<Projected<'_>>,
    prices: Prices<'_>,
    nodes: &NodeCache,
) -> WorkflowDifference {
    let amounts = parts::amounts(
        base.as_ref().map(|(workflow, _)| *workflow),
        head.as_ref().map(|(workflow, _)| *workflow),
        prices,
        nodes,
    );
    let (run, month) = apart(base.as_ref(), head.as_ref());
    let state = match (&base, &head) {
        (None, _) => State::Added,
        (_, None) => State::Removed,
        (Some((_, before)), Some((_, after)))
            if before.per_month() == after.per_month() && amounts.is_empty() =>
        {
            State::Unchanged
        }
        _ => State::Changed,
    };
    WorkflowDifference {
        state,
        base: base.map(|(_, cost)| cost),
        head: head.map(|(_, cost)| cost),
        amounts,
        run,
        month,
    }
}

/// The difference of a run and of a month.
fn apart(base: Option<&Projected<'_>>, head: Option<&Projected<'_>>) -> (Summary, Summary) {
    match (base, head) {
        // What is new differs by all it costs.
        (None, Some((_, cost))) => (cost.run, cost.month),
        (Some((before, of_base)), Some((after, of_head)))
            if of_base.samples == of_head.samples
                && before.runs_per_month.value == after.runs_per_month.value =>
        {
            (Summary::default(), Summary::default())
        }
        _ => {
            let none = Vec::new();
            let before = base.map_or(&none, |(_, cost)| &cost.samples);
            let after = head.map_or(&none, |(_, cost)| &cost.samples);
            let at = |samples: &[f64], run: usize| samples.get(run).copied().unwrap_or(0.0);
            let runs = before.len().max(after.len());
            let run = summary(&(0..runs).map(|run| at(after, run) - at(before, run)).collect::<Vec<_>>());
            (run, month(base, head, run))
        }
    }
}

/// The difference of a month. While the volume stays, that of one run is what differs; else two months are
/// compared, which draw the same fortune.
fn month(base: Option<&Projected<'_>>, head: Option<&Projected<'_>>, run: Summary) -> Summary {
    let volume = |side: &Projected<'_>| side.0.runs_per_month.value;
    match (base, head) {
        (None, None) => Summary::default(),
        (Some(only), None) | (None, Some(only)) => {
            project::month(volume(only), run.mean, run.variance, &[&only.0.name])
        }
        (Some(before), Some(after)) if volume(before) == volume(after) => {
            project::month(volume(after), run.mean, run.variance, &[&after.0.name])
        }
        (Some(before), Some(after)) => {
            let drawn = |side: &Projected<'_>| {
                months(volume(side), side.1.run.mean, side.1.run.variance, &[&after.0.name])
            };
            let pairs = drawn(before).into_iter().zip(drawn(after));
            summary(&pairs.map(|(before, after)| after - before).collect::<Vec<_>>())
        }
    }
}

/// A workflow without where its figures come from: a moved line is no change.
fn plain(workflow: &Workflow) -> Workflow {
    let mut plain = workflow.clone();
    plain.source.clear();
    plain.unread.clear();
    forget(&mut plain.runs_per_month);
    for phase in &mut plain.phases {
        forget(&mut phase.iterations);
        phase.steps.iter_mut().for_each(forget_origins);
    }
    plain
}

fn forget<T>(assumed: &mut Assumed<T>) {
    assumed.origin = Origin::Measured { runs: 0 };
}

/// Takes out where the figures of a step come from.
pub(super) fn forget_origins(step: &mut Step) {
    forget(&mut step.model);
    forget(&mut step.parallel);
    forget(&mut step.retries);
    forget(&mut step.probability);
    step.sent.iter_mut().for_each(|sent| forget(&mut sent.probability));
    forget_behaviour(&mut step.behaviour);
}

fn forget_behaviour(behaviour: &mut Behaviour) {
    match behaviour {
        Behaviour::Totals { input, output } => {
            forget(input);
            forget(output);
        }
        Behaviour::Turns(turns) => {
            forget(&mut turns.turns);
            forget(&mut turns.first_input);
            forget(&mut turns.input_per_turn);
            forget(&mut turns.output_per_turn);
            forget(&mut turns.cache);
            forget(&mut turns.cache_hit);
            if let Some(compaction) = &mut turns.compaction {
                forget(&mut compaction.at);
                forget(&mut compaction.summary);
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
