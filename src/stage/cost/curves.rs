//! The cost of an agent over its turns: why long runs are dear.

use super::show::usd;
use crate::cost::difference::Difference;
use crate::cost::project::nodes::MAX_TURNS;
use crate::cost::project::price::Prices;
use crate::cost::project::run::dollars;
use crate::cost::project::step::{NodeCache, Ready, ready};
use crate::cost::workflow::{Behaviour, Workflow};
use crate::report::cost::{Curve, CurvePoint};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use std::cmp::Reverse;

/// Agents that are shown, the dearest first.
const MAX_CURVES: usize = 8;
/// Points of a curve.
const POINTS: u32 = 24;

/// The curves of the dearest agents that work in turns.
pub(super) fn curves(
    compared: &Difference,
    head: &[Workflow],
    base: &[Workflow],
    prices: Prices<'_>,
) -> Vec<Curve> {
    let nodes = NodeCache::default();
    let costs = compared.workflows.iter().filter_map(|workflow| workflow.head.as_ref());
    let mut dearest: Vec<(Decimal, &str, &str, &str)> = costs
        .flat_map(|cost| {
            cost.steps.iter().filter_map(|step| {
                let month = step.total()? * cost.runs_per_month;
                Some((month, cost.name.as_str(), step.phase.as_str(), step.agent.as_str()))
            })
        })
        .collect();
    dearest.sort_by_key(|(month, workflow, phase, agent)| (Reverse(*month), *workflow, *phase, *agent));
    dearest
        .into_iter()
        .filter_map(|(_, workflow, phase, agent)| {
            let now = find(head, (workflow, phase, agent), prices, &nodes)?;
            let before = find(base, (workflow, phase, agent), prices, &nodes);
            // A little further than nine runs of ten go.
            let end = last_turn(now.turns.p90);
            let points = |ready: &Ready| {
                let turns = (0..=POINTS).map(|at| 1 + (end - 1) * at / POINTS);
                let mut points: Vec<CurvePoint> = turns
                    .map(|turns| CurvePoint {
                        turns: u64::from(turns),
                        usd: usd(dollars(ready.run.cost(turns).iter().sum())),
                    })
                    .collect();
                points.dedup();
                points
            };
            Some(Curve {
                workflow: workflow.to_owned(),
                agent: agent.to_owned(),
                points: points(&now),
                base_points: before.as_ref().map(points).unwrap_or_default(),
            })
        })
        .take(MAX_CURVES)
        .collect()
}

/// The last turn that is shown for this 90th percentile; figures of files may be of any size.
fn last_turn(p90: Decimal) -> u32 {
    let p90 = p90.to_u64().unwrap_or(u64::MAX).clamp(2, u64::from(MAX_TURNS));
    u32::try_from((p90 * 5 / 4).max(4)).unwrap_or(MAX_TURNS)
}

fn find(
    workflows: &[Workflow],
    (workflow, phase, agent): (&str, &str, &str),
    prices: Prices<'_>,
    nodes: &NodeCache,
) -> Option<Ready> {
    let workflow = workflows.iter().find(|candidate| candidate.name == workflow)?;
    let phase = workflow.phases.iter().find(|candidate| candidate.name == phase)?;
    let step = phase.steps.iter().find(|candidate| candidate.agent == agent)?;
    matches!(step.behaviour, Behaviour::Turns(_)).then_some(())?;
    ready(step, phase, prices, nodes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_any_size_have_a_last_turn() {
        assert_eq!([6, 20].map(|p90| last_turn(Decimal::from(p90))), [7, 25]);
        assert_eq!([Decimal::from(4_000_000_000_u64), Decimal::MAX].map(last_turn), [125_000; 2]);
    }
}
