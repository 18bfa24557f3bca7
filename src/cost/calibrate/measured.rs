//! Puts measured figures in the place of assumed ones.

use super::Calibration;
use super::fit::AgentFit;
use crate::cost::assumed::{Assumed, Origin};
use crate::cost::project::price::Prices;
use crate::cost::project::step::family_of;
use crate::cost::workflow::{Behaviour, CacheTtl, Step, Turns, Workflow};
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive as _;

/// The behaviour with what was measured in it; what no source spoke of stays as it was. `always_sent` are the tokens
/// sent with every call, which the first recorded prompt has in it.
pub fn measured(before: &Turns, fit: &AgentFit, always_sent: u64) -> Turns {
    let origin = || fit.origin();
    let number = |value: Option<f64>, before: &Assumed<Decimal>| {
        let value = value.and_then(Decimal::from_f64);
        value.map_or_else(|| before.clone(), |value| Assumed { value: value.normalize(), origin: origin() })
    };
    let first = fit.first_prompt.map(|first| (first - super::resolve::float(always_sent)).max(0.0));
    let ttl = match (fit.cache_hit, fit.hour_share) {
        (Some(hit), _) if hit <= 0.0 => Some(CacheTtl::Off),
        (_, Some(hour)) if hour > 0.5 => Some(CacheTtl::OneHour),
        (_, Some(_)) => Some(CacheTtl::FiveMinutes),
        (_, None) => None,
    };
    Turns {
        turns: fit.turns.map_or_else(|| before.turns.clone(), |value| Assumed { value, origin: origin() }),
        first_input: number(first, &before.first_input),
        input_per_turn: number(fit.input_per_turn, &before.input_per_turn),
        output_per_turn: number(fit.output_per_turn, &before.output_per_turn),
        cache: ttl.map_or_else(|| before.cache.clone(), |value| Assumed { value, origin: origin() }),
        cache_hit: number(fit.cache_hit, &before.cache_hit),
        compaction: before.compaction.clone(),
    }
}

/// Workflows with what was measured of them. `reference` is the revision that was in force when the runs were
/// recorded: their first prompt has its texts in it, so that a text which head adds is not taken for the task.
pub fn apply(
    workflows: &mut [Workflow],
    reference: &[Workflow],
    calibration: &Calibration,
    prices: Prices<'_>,
) {
    for workflow in workflows {
        let Some(fit) = calibration.workflows.iter().find(|fit| fit.name == workflow.name) else { continue };
        if let Some(runs) = fit.runs_per_month {
            let origin = Origin::Measured { runs: fit.runs + fit.earlier_runs };
            workflow.runs_per_month = Assumed { value: runs, origin };
        }
        for step in workflow.phases.iter_mut().flat_map(|phase| &mut phase.steps) {
            let Some(agent) = fit.agents.iter().find(|agent| agent.agent == step.agent) else { continue };
            let before = reference
                .iter()
                .filter(|other| other.name == workflow.name)
                .flat_map(|other| &other.phases)
                .flat_map(|phase| &phase.steps)
                .find(|other| other.agent == step.agent);
            let sent = before.map_or_else(|| always_sent(step, prices), |before| always_sent(before, prices));
            if let Behaviour::Turns(turns) = &mut step.behaviour {
                *turns = measured(turns, agent, sent);
            }
        }
    }
}

/// Tokens sent with every call.
fn always_sent(step: &Step, prices: Prices<'_>) -> u64 {
    let family = prices(&step.model.value)
        .map_or_else(|_| crate::cost::tokens::default_family(step.client), |price| family_of(step, &price));
    step.sent.iter().filter(|sent| !sent.late).map(|sent| sent.weight.count(family).tokens).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::assumed::Spread;

    #[test]
    fn what_was_measured_replaces_what_was_assumed_and_nothing_else() {
        let assumed = |value: i64| Assumed::default(Decimal::from(value), "a choice of ours");
        let before = Turns {
            turns: Assumed::default(Spread::constant(Decimal::TEN), "a choice of ours"),
            first_input: assumed(1),
            input_per_turn: assumed(2),
            output_per_turn: assumed(3),
            cache: Assumed::default(CacheTtl::FiveMinutes, "a choice of ours"),
            cache_hit: assumed(1),
            compaction: None,
        };
        let fit = AgentFit {
            runs: 40,
            first_prompt: Some(20_000.0),
            output_per_turn: Some(512.5),
            hour_share: Some(0.8),
            ..AgentFit::default()
        };
        let after = measured(&before, &fit, 15_000);
        let origin = Origin::Measured { runs: 40 };
        assert_eq!(after.first_input, Assumed { value: Decimal::from(5_000), origin: origin.clone() });
        assert_eq!(after.output_per_turn, Assumed { value: Decimal::new(5_125, 1), origin: origin.clone() });
        assert_eq!(after.cache, Assumed { value: CacheTtl::OneHour, origin });
        assert_eq!((&after.turns, &after.input_per_turn), (&before.turns, &before.input_per_turn));
    }

    /// A text that head adds costs more under measured behaviour as well: the task stays what it was.
    #[test]
    fn a_longer_text_is_not_taken_for_a_shorter_task() {
        use crate::cost::difference::tests::{price, step, workflow};
        let base = [workflow("w", 10, vec![step("a", "claude-cheap", 4_000)])];
        let mut head = [workflow("w", 10, vec![step("a", "claude-cheap", 6_000)])];
        let mut before = base.clone();
        let fit = AgentFit {
            agent: "a".to_owned(),
            runs: 50,
            turns: Some(Spread { p50: Decimal::from(8), p90: Decimal::from(20) }),
            first_prompt: Some(9_000.0),
            ..AgentFit::default()
        };
        let workflow_fit = crate::cost::calibrate::WorkflowFit {
            name: "w".to_owned(),
            config: None,
            runs: 50,
            earlier_runs: 0,
            runs_per_month: Some(Spread::constant(Decimal::from(300))),
            monthly: None,
            unpriced: std::collections::BTreeSet::new(),
            agents: vec![fit],
            skills: std::collections::BTreeMap::new(),
        };
        let calibration = Calibration { version: 1, until: None, workflows: vec![workflow_fit] };
        apply(&mut head, &base, &calibration, &price);
        apply(&mut before, &base, &calibration, &price);
        let first = |workflows: &[Workflow]| match &workflows[0].phases[0].steps[0].behaviour {
            Behaviour::Turns(turns) => (turns.first_input.value, turns.turns.origin.words()),
            Behaviour::Totals { .. } => panic!("turns"),
        };
        // 9,000 less the 4,000 and 800 that were sent when the runs were recorded.
        assert_eq!(first(&head), (Decimal::from(4_200), "measured over 50 runs".to_owned()));
        assert_eq!(first(&before), first(&head));
        assert_eq!(head[0].runs_per_month.value.p50, Decimal::from(300));
    }
}
