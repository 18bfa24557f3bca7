//! Puts measured figures in the place of assumed ones.

use super::Calibration;
use super::fit::{AgentFit, spread};
use super::resolve::float;
use crate::cost::assumed::{Assumed, Origin, Spread, Z90};
use crate::cost::prices::names;
use crate::cost::project::nodes::MAX_TURNS;
use crate::cost::project::price::Prices;
use crate::cost::project::step::family_of;
use crate::cost::recorded::fields::MAX_TOKENS;
use crate::cost::workflow::{Behaviour, CacheTtl, Phase, Step, Turns, Workflow};
use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive as _, ToPrimitive as _};
use std::cmp::Reverse;

/// What was assumed counts like so many recorded runs.
const PRIOR_RUNS: u64 = 10;

/// How much what was recorded counts beside what was assumed: `n / (n + 10)`.
fn share(fit: &AgentFit) -> f64 {
    let runs = float(fit.runs.saturating_add(fit.earlier_runs.min(PRIOR_RUNS)));
    runs / (runs + float(PRIOR_RUNS))
}

/// The behaviour with what was measured mixed into it; what no source spoke of stays as it was. `always_sent` are the
/// tokens sent with every call, which the first recorded prompt has in it. A run was recorded with all its `passes`
/// together (parallel copies, iterations, retries, steps of the same agent), and this is the behaviour of one.
pub fn measured(before: &Turns, fit: &AgentFit, always_sent: u64, passes: f64) -> Turns {
    let (own, origin) = (share(fit), || fit.origin());
    let number = |value: Option<f64>, before: &Assumed<Decimal>| {
        let mixed = value.zip(before.value.to_f64()).and_then(|(value, before)| {
            Decimal::from_f64(own * value.clamp(0.0, float(MAX_TOKENS)) + (1.0 - own) * before)
        });
        mixed.map_or_else(
            || before.clone(),
            |value| Assumed { value: value.round_dp(4).normalize(), origin: origin() },
        )
    };
    let first = fit.first_prompt.map(|first| (first - float(always_sent)).max(0.0));
    let ttl = match (fit.cache_hit, fit.hour_share) {
        // Half a lifetime does not exist: it is what was recorded once that weighs more.
        _ if own < 0.5 => None,
        (Some(hit), _) if hit <= 0.0 => Some(CacheTtl::Off),
        (_, Some(hour)) if hour > 0.5 => Some(CacheTtl::OneHour),
        (_, Some(_)) => Some(CacheTtl::FiveMinutes),
        (_, None) => None,
    };
    Turns {
        turns: fit.turns.map_or_else(
            || before.turns.clone(),
            |turns| Assumed { value: mixed_turns(before.turns.value, turns, own, passes), origin: origin() },
        ),
        first_input: number(first, &before.first_input),
        input_per_turn: number(input_of_pass(fit, passes), &before.input_per_turn),
        output_per_turn: number(fit.output_per_turn, &before.output_per_turn),
        cache: ttl.map_or_else(|| before.cache.clone(), |value| Assumed { value, origin: origin() }),
        cache_hit: number(hit_of_pass(fit, passes), &before.cache_hit),
        compaction: before.compaction.clone(),
    }
}

/// The turns of one pass, mixed by their logarithms. There is no pass without a turn, and none of a million.
fn mixed_turns(before: Spread, recorded: Spread, own: f64, passes: f64) -> Spread {
    let one = |spread: Spread, passes: f64| {
        let turns =
            |all: Decimal| (all.to_f64().unwrap_or_default() / passes).clamp(1.0, f64::from(MAX_TURNS));
        let (p50, p90) = (turns(spread.p50), turns(spread.p90.max(spread.p50)));
        (p50.ln(), (p90 / p50).ln() / Z90)
    };
    let ((mu, sigma), (mu_before, sigma_before)) = (one(recorded, passes), one(before, 1.0));
    let mu = own * mu + (1.0 - own) * mu_before;
    let sigma = own * sigma + (1.0 - own) * sigma_before;
    spread(mu.exp(), (mu + Z90 * sigma).exp())
}

/// What comes in with a later call of one pass. Growth was fitted as if all calls of a run were one conversation,
/// which has more turns before each turn than several short ones; what a run used in all stays the same.
fn input_of_pass(fit: &AgentFit, passes: f64) -> Option<f64> {
    let input = fit.input_per_turn?;
    let (Some(turns), Some(output)) = (fit.turns, fit.output_per_turn) else { return Some(input) };
    let (mean, square) = (turns.mean(), turns.mean_square());
    let (of_one, of_all) = (square - mean, square / passes - mean);
    // Passes of hardly more than one turn grow by nothing that could be told.
    if passes <= 1.0 || of_all <= 0.05 * of_one / passes {
        return Some(input);
    }
    Some(((input + output) * of_one / of_all - output).max(0.0))
}

/// The share of the later calls of one pass that found the cache alive. The first call of every other pass was taken
/// for a later one that found nothing.
fn hit_of_pass(fit: &AgentFit, passes: f64) -> Option<f64> {
    let hit = fit.cache_hit?;
    let turns = fit.turns.map_or(0.0, Spread::mean);
    let later = if passes > 1.0 && turns > passes { (turns - 1.0) / (turns - passes) } else { 1.0 };
    Some((hit * later).min(1.0))
}

/// Workflows with what was measured of them. `reference` is the revision that was in force when the runs were
/// recorded: their first prompt has its texts in it, so that a text which head adds is not taken for the task, and
/// their turns are those of all its copies.
pub fn apply(
    workflows: &mut [Workflow],
    reference: &[Workflow],
    calibration: &Calibration,
    prices: Prices<'_>,
) {
    for workflow in workflows {
        let Some(fit) = calibration.workflows.iter().find(|fit| fit.name == workflow.name) else { continue };
        let recorded = fit.runs.saturating_add(fit.earlier_runs);
        // Volumes are counts, of which there is no mean; a handful of runs does not overrule what was declared.
        if let Some(runs) = fit.runs_per_month.filter(|_| recorded >= PRIOR_RUNS) {
            workflow.runs_per_month = Assumed { value: runs, origin: Origin::Measured { runs: recorded } };
        }
        let own = workflow.clone();
        let then = reference.iter().find(|other| other.name == workflow.name).unwrap_or(&own);
        for step in workflow.phases.iter_mut().flat_map(|phase| &mut phase.steps) {
            let Some(agent) = fit_of(&fit.agents, step) else { continue };
            let before = steps(then).map(|(_, step)| step).find(|other| other.agent == step.agent);
            let sent = always_sent(before.unwrap_or(step), prices);
            let passes = [then, &own].into_iter().find_map(|workflow| passes(workflow, &fit.agents, agent));
            if let Behaviour::Turns(turns) = &mut step.behaviour {
                *turns = measured(turns, agent, sent, passes.unwrap_or(1.0));
                let declared = before.map_or(step.probability.value, |before| before.probability.value);
                let presence = presence(&fit.agents, agent);
                step.probability = probability(&step.probability, declared, presence, agent);
            }
        }
    }
}

/// What has to be said of workflows of which too little was recorded.
pub fn remarks(calibration: &Calibration) -> Vec<String> {
    let few = calibration.workflows.iter().filter_map(|fit| {
        let runs = fit.runs.saturating_add(fit.earlier_runs);
        (runs < PRIOR_RUNS).then(|| {
            format!(
                "{runs} recorded runs of {} are few: how often it runs stays as it was assumed, and so, for the \
                 most part, does how it behaves",
                fit.name
            )
        })
    });
    few.collect()
}

fn steps(workflow: &Workflow) -> impl Iterator<Item = (&Phase, &Step)> {
    workflow.phases.iter().flat_map(|phase| phase.steps.iter().map(move |step| (phase, step)))
}

/// The figures of a step: those of its agent on its model, whoever sells that; else those of the model with the most
/// runs, since a change of the model alone is no other behaviour.
fn fit_of<'a>(fits: &'a [AgentFit], step: &Step) -> Option<&'a AgentFit> {
    let model = |name: &str| names::plain(&names::resolve(name));
    let wanted = model(&step.model.value);
    // Steps of one agent in one phase were told apart by a number, which no record has.
    let plain = step.agent.rsplit_once(" (").map_or(step.agent.as_str(), |(plain, _)| plain);
    let exact = fits.iter().any(|fit| fit.agent == step.agent);
    let name = if exact { step.agent.as_str() } else { plain };
    fits.iter()
        .filter(|fit| fit.agent == name)
        .enumerate()
        .max_by_key(|(place, fit)| (model(&fit.model) == wanted, fit.runs, Reverse(*place)))
        .map(|(_, fit)| fit)
}

/// How often the agent of a fit works in a run of this workflow: parallel copies, iterations and retries of all steps
/// that these figures are about, or of all steps of this agent.
fn passes(workflow: &Workflow, fits: &[AgentFit], agent: &AgentFit) -> Option<f64> {
    let sum = |is: &dyn Fn(&AgentFit) -> bool| {
        let found = steps(workflow).filter(|(_, step)| fit_of(fits, step).is_some_and(is));
        let all: f64 = found
            .map(|(phase, step)| {
                let factor = |value: Decimal| value.max(Decimal::ZERO).to_f64().unwrap_or(1.0);
                f64::from(step.parallel.value)
                    * factor(phase.iterations.value)
                    * (1.0 + factor(step.retries.value))
            })
            .sum();
        (all > 0.0).then_some(all)
    };
    sum(&|fit| fit.agent == agent.agent && fit.model == agent.model)
        .or_else(|| sum(&|fit| fit.agent == agent.agent))
}

/// In which share of the runs the agent was there, on whatever model. Runs with two of its models count twice, so this
/// is what it is at most.
fn presence(fits: &[AgentFit], agent: &AgentFit) -> f64 {
    fits.iter().filter(|fit| fit.agent == agent.agent).map(|fit| fit.presence).sum::<f64>().min(1.0)
}

/// The share of the runs that come to a step. A change of what is declared changes what was measured by as much.
fn probability(
    before: &Assumed<Decimal>,
    declared: Decimal,
    presence: f64,
    fit: &AgentFit,
) -> Assumed<Decimal> {
    let (Some(now), Some(then)) = (before.value.to_f64(), declared.to_f64()) else { return before.clone() };
    if presence <= 0.0 {
        return before.clone();
    }
    let measured = if then > 0.0 { presence * now / then } else { now };
    let mixed = share(fit) * measured + (1.0 - share(fit)) * now;
    Decimal::from_f64(mixed.clamp(0.0, 1.0)).map_or_else(
        || before.clone(),
        |value| Assumed { value: value.round_dp(4).normalize(), origin: fit.origin() },
    )
}

/// Tokens sent with every call.
fn always_sent(step: &Step, prices: Prices<'_>) -> u64 {
    let family = prices(&step.model.value)
        .map_or_else(|_| crate::cost::tokens::default_family(step.client), |price| family_of(step, &price));
    step.sent.iter().filter(|sent| !sent.late).map(|sent| sent.weight.count(family).tokens).sum()
}
